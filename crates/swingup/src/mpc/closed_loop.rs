//! A closed loop, what it costs in the eyes of another problem, and how that changes with the controller's parameters.

use alloc::vec::Vec;

use nalgebra::SVector;

use super::Mpc;
use crate::Trajectory;
use crate::constrained::Constrained;
use crate::expansion::{Expansion, Hessian};
use crate::interior::Solution;
use crate::ocp::{ProblemError, require};

/// What became of a controller on a plant.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedLoop<const NX: usize, const NU: usize> {
    /// The motion.
    pub motion: Trajectory<NX, NU>,
    /// Its cost.
    pub cost: f64,
    /// `dJ/dp_i` in the controller's parameters, each the same at all of its knots; empty unless it was asked for, or where a sample had
    /// no derivative.
    pub gradient: Vec<f64>,
    /// Samples whose control could not be used.
    pub failures: usize,
}

impl<const NX: usize, const NU: usize> Mpc<NX, NU> {
    /// Begins with `plan` and controls the problem `judge`, whose intervals are the samples, whose dynamics are the plant and whose cost
    /// says what the loop is worth; `push(k)` is added to the state after sample `k`.
    ///
    /// # Errors
    /// When the plan does not fit the controller's problem, the controller has a delay, or the judge's dynamics are not an explicit
    /// scheme, as RK4 is.
    pub fn close_loop(
        &mut self,
        plan: &Solution<NX, NU>,
        judge: &impl Constrained<NX, NU>,
        push: impl FnMut(usize) -> [f64; NX],
    ) -> Result<ClosedLoop<NX, NU>, ProblemError> {
        self.run_loop(plan, judge, push, &mut |_| ())
    }

    /// [`close_loop`](Self::close_loop) with the gradient of its cost, by the adjoint of the loop: with `x₊ = A dx + B du` of the plant and
    /// `du = U_x dx + U_p dp` of the [controller](Self::differentiate),
    ///
    /// ```text
    /// r = l_u + B'λ₊        dJ/dp += U_p'r        λ = l_x + A'λ₊ + U_x'r        λ_N = l_N'
    /// ```
    /// The controls must not depend on samples before: they do not where each one converges.
    ///
    /// # Errors
    /// Those of [`close_loop`](Self::close_loop).
    pub fn close_loop_with_gradient(
        &mut self,
        plan: &Solution<NX, NU>,
        judge: &impl Constrained<NX, NU>,
        push: impl FnMut(usize) -> [f64; NX],
    ) -> Result<ClosedLoop<NX, NU>, ProblemError> {
        let count = self.problem.parameters();
        let mut derivatives = Vec::with_capacity(judge.intervals());
        let mut out = self.run_loop(plan, judge, push, &mut |mpc| {
            let found = mpc.differentiate();
            derivatives.push(found.map(|found| (found.state, (0..count).map(|i| found.shared(i)).collect::<Vec<_>>())));
        })?;
        let n = judge.intervals();
        let mut expansion = Expansion::new(n);
        judge.expand(&out.motion, &alloc::vec![[0.0; NX]; n], Hessian::GaussNewton, &mut expansion);
        let mut multiplier = expansion.x;
        let mut gradient = alloc::vec![0.0; count];
        for (block, derivative) in expansion.blocks.iter().zip(&derivatives).rev() {
            let Some((of_state, of_parameters)) = derivative else { return Ok(out) };
            let slope: SVector<f64, NU> = block.u + block.b.tr_mul(&multiplier);
            for (sum, of_parameter) in gradient.iter_mut().zip(of_parameters) {
                *sum += slope.dot(&SVector::from(*of_parameter));
            }
            let through = SVector::from_fn(|i, _| (0..NU).map(|j| of_state[j][i] * slope[j]).sum::<f64>());
            multiplier = block.x + block.a.tr_mul(&multiplier) + through;
        }
        out.gradient = gradient;
        Ok(out)
    }

    fn run_loop(
        &mut self,
        plan: &Solution<NX, NU>,
        judge: &impl Constrained<NX, NU>,
        mut push: impl FnMut(usize) -> [f64; NX],
        after: &mut dyn FnMut(&mut Self),
    ) -> Result<ClosedLoop<NX, NU>, ProblemError> {
        require(self.options.delay == 0, self.options.delay as f64, "0 in a closed loop", || "delay".into())?;
        self.restart(plan)?;
        let mut motion = Trajectory::constant(judge.intervals(), judge.start(), [0.0; NU]);
        let mut failures = 0;
        for k in 0..judge.intervals() {
            let x = motion.states[k];
            let u = self.control(&x);
            failures += usize::from(!self.report.status.is_usable());
            after(self);
            let (missed, pushed) = (judge.defect(k, x, u, x), push(k));
            let next: [f64; NX] = core::array::from_fn(|i| x[i] - missed[i]);
            if k == 0 {
                let (left, size) = (judge.defect(k, x, u, next), x.iter().fold(1.0f64, |size, x| size.max(x.abs())));
                let off = left.iter().fold(0.0f64, |off, left| off.max(left.abs()));
                let explicit = off <= 1e-9 * size || !off.is_finite();
                require(explicit, off, "0: the judge's scheme must be explicit", || "defect of the judge".into())?;
            }
            motion.controls[k] = u;
            motion.states[k + 1] = core::array::from_fn(|i| next[i] + pushed[i]);
        }
        Ok(ClosedLoop { cost: judge.cost(&motion), motion, gradient: Vec::new(), failures })
    }
}
