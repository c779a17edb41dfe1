//! Motion: one step of a dynamics, a rollout of many, and the solution of an implicit step.

use alloc::vec::Vec;
use core::array::from_fn;
use core::fmt;

use nalgebra::{SMatrix, SVector};

use crate::inspect::Dual;
use crate::linear::Lu;
use crate::{At, Dynamics, Scalar};

/// One step of the classical Runge-Kutta method of order 4 over h (s), with control and parameters held.
///
/// ```text
/// k1 = f(t, x)    k2 = f(t + h/2, x + h/2 k1)    k3 = f(t + h/2, x + h/2 k2)    k4 = f(t + h, x + h k3)
/// x₊ = x + h/6 (k1 + 2 k2 + 2 k3 + k4)
/// ```
#[inline(always)]
pub fn rk4_step<D, S, const NX: usize, const NU: usize, const NP: usize>(
    dynamics: &D,
    at: &At<'_, S, NP>,
    h: f64,
    x: [S; NX],
    u: [S; NU],
) -> [S; NX]
where
    D: Dynamics<NX, NU, NP>,
    S: Scalar,
{
    let half = At { t: at.t + 0.5 * h, p: at.p };
    let end = At { t: at.t + h, p: at.p };
    let k1 = dynamics.xdot(at, x, u);
    let k2 = dynamics.xdot(&half, moved(x, &k1, 0.5 * h), u);
    let k3 = dynamics.xdot(&half, moved(x, &k2, 0.5 * h), u);
    let k4 = dynamics.xdot(&end, moved(x, &k3, h), u);
    let mut next = x;
    for i in 0..NX {
        next[i] = x[i].add_scaled(k1[i].add_scaled(k2[i] + k3[i], 2.0) + k4[i], h / 6.0);
    }
    next
}

/// `x + h k`.
#[inline(always)]
fn moved<S: Scalar, const NX: usize>(mut x: [S; NX], k: &[S; NX], h: f64) -> [S; NX] {
    for i in 0..NX {
        x[i] = x[i].add_scaled(k[i], h);
    }
    x
}

/// The states at `controls.len() + 1` knots h (s) apart, from x on: RK4 takes `substeps` steps while a control is held.
///
/// `at` says when the first knot is, and the parameters of all. No substeps count as one.
pub fn rollout<D, const NX: usize, const NU: usize, const NP: usize>(
    dynamics: &D,
    at: &At<'_, f64, NP>,
    h: f64,
    substeps: usize,
    x: [f64; NX],
    controls: &[[f64; NU]],
) -> Vec<[f64; NX]>
where
    D: Dynamics<NX, NU, NP>,
{
    let substeps = substeps.max(1);
    let dt = h / substeps as f64;
    let mut states = Vec::with_capacity(controls.len() + 1);
    let mut x = x;
    states.push(x);
    for (k, &u) in controls.iter().enumerate() {
        for substep in 0..substeps {
            let t = at.t + k as f64 * h + substep as f64 * dt;
            x = rk4_step(dynamics, &At { t, p: at.p }, dt, x, u);
        }
        states.push(x);
    }
    states
}

/// The state that makes the defect r of an implicit step vanish, by Newton's method with the exact Jacobian.
///
/// ```text
/// next₊ = next - (∂r/∂next)⁻¹ r(next)
/// ```
/// from the guess, until a step is below `1e-10 (1 + |next|)` in each state: the error is squared each time, so what is
/// left then is rounding.
///
/// # Errors
/// [`NotConverged`] when the Jacobian is singular, a number is not finite, or 50 iterations are not enough: the step is
/// too long, or the guess too far.
pub fn implicit_step<const NX: usize>(
    defect: impl Fn([Dual<f64, NX>; NX]) -> [Dual<f64, NX>; NX],
    guess: [f64; NX],
) -> Result<[f64; NX], NotConverged<NX>> {
    let mut next = guess;
    for iterations in 0..50 {
        let r = defect(from_fn(|i| Dual::variable(next[i], i)));
        let jacobian = SMatrix::from_fn(|i, j| r[i].x[j]);
        let Some(factors) = Lu::new(jacobian) else { return Err(NotConverged { iterations, best: next }) };
        let step = factors.solve(SVector::from(r.map(|r| r.v)));
        if step.iter().any(|s| !s.is_finite()) {
            return Err(NotConverged { iterations, best: next });
        }
        next = from_fn(|i| next[i] - step[i]);

        if (0..NX).all(|i| step[i].abs() <= 1e-10 * (1.0 + next[i].abs())) {
            return Ok(next);
        }
    }
    Err(NotConverged { iterations: 50, best: next })
}

/// Newton's method found no next state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NotConverged<const NX: usize> {
    /// Iterations taken.
    pub iterations: usize,
    /// The last state that was finite.
    pub best: [f64; NX],
}

impl<const NX: usize> fmt::Display for NotConverged<NX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the implicit step has no solution near its guess: {} Newton iterations led to {:?}",
            self.iterations, self.best
        )
    }
}

impl<const NX: usize> core::error::Error for NotConverged<NX> {}
