//! Newton's method on a Riccati equation, with the residual in twice the digits: the answer right to rounding.

use nalgebra::{DefaultAllocator, Dim, Dyn, OMatrix};

use super::balance::Units;
use super::compensated::Compensated;
use super::digits::{Digits, eliminate, product};
use super::doubling::symmetrize;
use super::smith::smith;
use crate::lqr::check::shaped;
use crate::lqr::{Lq, Sizes, Time};

/// What is known at one X.
struct Law<N: Dim, M: Dim>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// `K = F⁻¹(B'X + S')` with F = R, or `F⁻¹(B'XA + S')` with `F = R + B'XB`.
    gain: OMatrix<f64, M, N>,
    f: OMatrix<f64, M, M>,
    /// The equation's left side.
    residual: OMatrix<f64, N, N>,
    /// X or `XA`, for the condition.
    slope: OMatrix<f64, N, N>,
}

/// A solution in the units it was computed in.
pub(super) struct Refined<N: Dim, M: Dim>
where
    DefaultAllocator: Sizes<N, M>,
{
    pub cost_to_go: OMatrix<f64, N, N>,
    pub gain: OMatrix<f64, M, N>,
    pub f: OMatrix<f64, M, M>,
    pub condition: f64,
    pub error: f64,
}

impl Refined<Dyn, Dyn> {
    /// The same solution in the types of `lq`.
    pub fn of_the_sizes_of<N: Dim, M: Dim>(&self, lq: &Lq<N, M>) -> Refined<N, M>
    where
        DefaultAllocator: Sizes<N, M>,
    {
        let Refined { cost_to_go, gain, f, condition, error } = self;
        Refined {
            cost_to_go: shaped(&lq.q, |i, j| cost_to_go[(i, j)]),
            gain: shaped(&lq.s.transpose(), |i, j| gain[(i, j)]),
            f: shaped(&lq.r, |i, j| f[(i, j)]),
            condition: *condition,
            error: *error,
        }
    }
}

/// The law of X and what X leaves of the equation,
/// ```text
/// A'X + XA + Q - PK + K'L,  P = XB + S        or        A'XA - X + Q - PK + K'L,  P = A'XB + S
/// ```
/// with `L = FK - P'`, which is zero but for the rounding of K: with it, that rounding counts only by its square.
#[inline(always)]
fn law<N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time, x: &Compensated<N, N>) -> Option<Law<N, M>>
where
    DefaultAllocator: Sizes<N, M>,
{
    let Lq { a, b, q, r, s } = lq;
    let zero = |like: &OMatrix<f64, N, N>| Compensated::new(like.map(|_| 0.0));
    let (mut left, mut f) = (Compensated::new(q.clone()), Compensated::new(r.clone()));
    let (mut xa, mut xb) = (zero(a), Compensated::new(s.map(|_| 0.0)));
    xa.add_left_compensated(x, a);
    xb.add_left_compensated(x, b);
    let mut p = xb.clone();
    match time {
        Time::Continuous => {
            p.add(s);
            left.add_compensated(&xa);
            left.add_compensated(&xa.transpose());
        }
        Time::Discrete => {
            let across = a.transpose();
            f.add_right_compensated(&b.transpose(), &xb);
            p = Compensated::new(s.clone());
            p.add_right_compensated(&across, &xb);
            left.add_right_compensated(&across, &xa);
            left.add(&-&x.sum);
            left.rest -= &x.rest;
        }
    }
    let against = p.transpose();
    let mut gain = against.rounded();
    if !eliminate(f.rounded(), &mut [gain.as_mut_slice()]) {
        return None;
    }
    // K once more, from what it leaves.
    let mut short = slack(&f, &gain, &against);
    if !eliminate(f.rounded(), &mut [short.as_mut_slice()]) {
        return None;
    }
    gain -= short;
    left.add_left_compensated(&p, &-&gain);
    left.add_product(&gain.transpose(), &slack(&f, &gain, &against));
    let slope = if time == Time::Continuous { x.sum.clone() } else { xa.rounded() };
    Some(Law { residual: left.rounded(), gain, f: f.rounded(), slope })
}

/// `FK - P'`.
#[inline(always)]
fn slack<N: Dim, M: Dim>(
    f: &Compensated<M, M>,
    gain: &OMatrix<f64, M, N>,
    against: &Compensated<M, N>,
) -> OMatrix<f64, M, N>
where
    DefaultAllocator: Sizes<N, M>,
{
    let mut left = Compensated { sum: -&against.sum, rest: -&against.rest };
    left.add_left_compensated(f, gain);
    left.rounded()
}

/// Kleinman's iteration 1968 (Hewer's 1971 in discrete time): X moves by the Δ of the closed loop's Lyapunov equation with
/// the residual on its right, until a further step could change nothing but a last digit.
///
/// R is the number in which Δ is formed; its relative error is about R's ε times the condition.
///
/// # Errors
/// The condition where it ended, 0 if it is not known: when the closed loop does not decay or the steps do not shrink.
#[inline(always)]
pub(super) fn refine<R: Digits, N: Dim, M: Dim>(
    lq: &Lq<N, M>,
    time: Time,
    start: &OMatrix<R, N, N>,
    units: &Units<N, M>,
) -> Result<Refined<N, M>, f64>
where
    DefaultAllocator: Sizes<N, M>,
{
    const STEPS: usize = 30;
    const ROUNDING: f64 = 1e-17;
    let sum = start.map(R::rounded);
    let rest = start.zip_map(&sum, |x, sum| (x - R::new(sum)).rounded());
    let mut x = Compensated { sum, rest };
    let (a, b) = (lq.a.map(R::new), lq.b.map(R::new));
    let (n, _) = a.shape_generic();
    let one = OMatrix::<R, N, N>::identity_generic(n, n);
    let mut seen = 0.0;
    let mut now = law(lq, time, &x).ok_or(seen)?;
    for _ in 0..STEPS {
        let Law { gain, residual, slope, .. } = &now;
        let closed_loop = &a - product(&b, &gain.map(R::new));
        let (of_gain, of_slope) = (product(&gain.transpose(), gain), product(&slope.transpose(), slope));
        let mut sums = [residual.map(R::new), one.clone(), of_gain.map(R::new), of_slope.map(R::new)];
        if !smith(time, &closed_loop, &mut sums) {
            return Err(seen);
        }
        let [mut step, of_states, of_controls, of_slopes] = sums.map(|sum| sum.map(R::rounded));
        // The residual takes X for symmetric.
        symmetrize(&mut step);
        x.add(&step);
        now = law(lq, time, &x).ok_or(seen)?;
        let size = x.sum.norm();
        let relative = |part: &OMatrix<f64, N, N>| {
            let there = units.cost_to_go(part).norm() / units.cost_to_go(&x.sum).norm();
            (part.norm() / size).max(there)
        };
        // X = 0 is the answer to a cost of nothing, or nearly: of such there are no relative errors.
        let Law { gain, f, residual, .. } = &now;
        // The next step is within |residual| Ω⁻¹1; the last one was larger than what it left.
        let error = if size == 0.0 { 0.0 } else { (residual.norm() * relative(&of_states)).min(relative(&step)) };
        seen = if size == 0.0 { 1.0 } else { condition(lq, &of_states, &of_controls, &of_slopes) / size };
        if error <= ROUNDING {
            let (gain, f) = (gain.clone(), f.clone());
            return Ok(Refined { cost_to_go: x.rounded(), gain, f, condition: seen, error });
        }
    }
    Err(seen)
}

/// Kenney and Hewer's bound 1990, carried over to the data (A, B, Q, R, S): with Ω the closed loop's Lyapunov operator,
/// `U = |Ω⁻¹ 1|`, `V = |Ω⁻¹ K'K|`, `W = |Ω⁻¹ Y'Y|` (Y = X or XA) and Frobenius norms
/// ```text
/// |δX| <= U|δQ| + V|δR| + 2√(UV)|δS| + 2√(UW)|δA| + 2√(VW)|δB|
/// ```
/// to first order; the answer is for relative errors of one size.
fn condition<N: Dim, M: Dim>(
    lq: &Lq<N, M>,
    of_states: &OMatrix<f64, N, N>,
    of_controls: &OMatrix<f64, N, N>,
    of_slopes: &OMatrix<f64, N, N>,
) -> f64
where
    DefaultAllocator: Sizes<N, M>,
{
    let [u, v, w] = [of_states.norm(), of_controls.norm(), of_slopes.norm()];
    let Lq { a, b, q, r, s } = lq;
    let crossed = libm::sqrt(u * v) * s.norm() + libm::sqrt(u * w) * a.norm() + libm::sqrt(v * w) * b.norm();
    u * q.norm() + v * r.norm() + 2.0 * crossed
}
