//! Polyak's step when the best value is not known.

use argmin::core::{
    ArgminFloat, CostFunction, Error, Gradient, KV, Problem, Solver, State, TerminationReason, TerminationStatus,
};
use argmin_math::{ArgminDot, ArgminScaledSub};

use super::{FirstOrderState, OptionError, option, start, while_finite, with_cost};

/// Polyak's step with a lower bound `b <= f*` that is raised from epoch to epoch.
///
/// ```text
/// in an epoch of T steps       x₊ = x - (f(x) - b)/(2|g|²) g
/// after it                     b₊ = (b + f_best)/2,   x = x_best
/// ```
/// With `δ = f* - b` and `h = f - f*`, convexity gives
/// `|x₊ - x*|² <= |x - x*|² - (h + δ)(3h - δ)/(4|g|²)`: an epoch comes closer to the minimizer until `h <= δ/3`. Once
/// `h <= δ` the new bound is still below f* and its distance at most half the old, `δ₊ = (δ - h)/2`. An epoch too short
/// for that raises the bound above f*; it shows when the cost comes down to the bound, which then goes back to the
/// first one, with epochs of twice the length. A cost at or below the first bound ends the run: either that was f*
/// itself, or no lower bound.
///
/// After E. Hazan, S. Kakade, Revisiting the Polyak step size, arXiv:1905.00313 (2019); here an epoch goes on from
/// the best point so far.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AdaptivePolyak<F> {
    bound: F,
    /// The bound that is sure.
    first: F,
    epoch: u64,
    steps_left: u64,
    /// The last step did not change the cost.
    stuck: bool,
    finished: bool,
}

impl<F: ArgminFloat> AdaptivePolyak<F> {
    /// Starts from a number `bound` below the minimum, with epochs of `epoch >= 1` steps.
    ///
    /// # Errors
    /// When the bound is not finite or the epoch empty.
    pub fn new(bound: F, epoch: u64) -> Result<Self, OptionError> {
        let bound = option("lower bound", bound, bound.is_finite(), "finite")?;
        if epoch == 0 {
            return Err(OptionError { field: "epoch", value: 0.0, must: "at least 1" });
        }
        Ok(AdaptivePolyak { bound, first: bound, epoch, steps_left: epoch, stuck: false, finished: false })
    }

    /// The bound as it stands: at or below the minimum as long as the epochs are long enough.
    pub fn bound(&self) -> F {
        self.bound
    }
}

/// Whether a cost is down to a bound, or so little above that rounding decides.
fn down_to<F: ArgminFloat>(cost: F, bound: F) -> bool {
    cost.is_finite() && cost - bound <= F::epsilon() * F::from_f64(64.0).unwrap() * cost.abs().max(bound.abs())
}

impl<O, P, F> Solver<O, FirstOrderState<P, F>> for AdaptivePolyak<F>
where
    O: CostFunction<Param = P, Output = F> + Gradient<Param = P, Gradient = P>,
    P: Clone + ArgminDot<P, F> + ArgminScaledSub<P, F, P>,
    F: ArgminFloat,
{
    fn name(&self) -> &str {
        "adaptive Polyak step"
    }

    fn init(
        &mut self,
        problem: &mut Problem<O>,
        state: FirstOrderState<P, F>,
    ) -> Result<(FirstOrderState<P, F>, Option<KV>), Error> {
        Ok((with_cost(problem, state)?, None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        mut state: FirstOrderState<P, F>,
    ) -> Result<(FirstOrderState<P, F>, Option<KV>), Error> {
        let two = F::one() + F::one();
        let (mut x, mut f) = (start(&mut state)?, state.get_cost());
        if self.steps_left == 0 {
            self.bound = (self.bound + state.get_best_cost()) / two;
            self.steps_left = self.epoch;
            x = state.get_best_param().cloned().unwrap_or(x);
            f = state.get_best_cost();
        }
        // Half steps come down to a level above the minimum by halves, until rounding ends it.
        if (down_to(f, self.bound) || self.stuck) && self.bound > self.first {
            self.bound = self.first;
            self.epoch = self.epoch.saturating_mul(2);
            self.steps_left = self.epoch;
        }
        self.steps_left -= 1;
        let g = problem.gradient(&x)?;
        let g2 = g.dot(&g);
        self.finished = g2 == F::zero() || down_to(f, self.bound);
        if self.finished {
            return Ok((state.param(x).gradient(g).cost(f), None));
        }

        let step = (f - self.bound) / (two * g2);
        let x = x.scaled_sub(&step, &g);

        let cost = problem.cost(&x)?;
        self.stuck = cost == f;
        let kv = argmin::kv!("step" => step; "bound" => self.bound;);
        Ok((state.param(x).gradient(g).cost(cost), Some(kv)))
    }

    fn terminate(&mut self, state: &FirstOrderState<P, F>) -> TerminationStatus {
        let (cost, bound) = (state.get_best_cost(), self.bound);
        if self.finished && down_to(cost, bound) {
            let why = std::format!("the cost {cost} has come down to the lower bound {bound}");
            return TerminationStatus::Terminated(TerminationReason::SolverExit(why));
        }
        if self.finished {
            return TerminationStatus::Terminated(TerminationReason::SolverConverged);
        }
        while_finite(state)
    }
}
