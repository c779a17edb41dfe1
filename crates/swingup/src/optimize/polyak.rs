//! Polyak's step.

use argmin::core::{
    ArgminFloat, CostFunction, Error, Gradient, KV, Problem, Solver, TerminationReason, TerminationStatus,
};
use argmin_math::{ArgminDot, ArgminScaledSub};

use super::{FirstOrderState, OptionError, option, start, while_finite, with_cost};

/// Polyak's step: as far along the gradient as a straight line down to the best value would go.
///
/// ```text
/// x₊ = x - s (f(x) - f*)/|g|² g
/// ```
/// For convex f and `0 < s < 2` every step comes closer to every minimizer x*:
/// ```text
/// |x₊ - x*|² <= |x - x*|² - s (2 - s) (f - f*)²/|g|²
/// ```
/// and for `f = c|x - x*|^p` the step with `s = 1` goes 1/p of the way. B. T. Polyak, Introduction to
/// Optimization (1987), section 5.3.
///
/// Converged when `f(x) <= f*`, which can only be reached when f* is not below the minimum, or where g = 0. With
/// f* below the minimum the steps do not die out: the method ends up circling where `f - f_min` is comparable to `f_min - f*`.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Polyak<F> {
    best: F,
    scale: F,
    stationary: bool,
}

impl<F: ArgminFloat> Polyak<F> {
    /// Polyak's step for the best value `f* = best`.
    ///
    /// # Errors
    /// When `best` is not finite.
    pub fn new(best: F) -> Result<Self, OptionError> {
        let best = option("best value", best, best.is_finite(), "finite")?;
        Ok(Polyak { best, scale: F::one(), stationary: false })
    }

    /// The step times `s`, anything finite but zero: 1/2 for caution, and -1 to see where a wrong sign leads.
    ///
    /// # Errors
    /// When `s` is zero or not finite.
    pub fn scale(self, s: F) -> Result<Self, OptionError> {
        let allowed = s.is_finite() && s != F::zero();
        Ok(Polyak { scale: option("scale", s, allowed, "finite and not zero")?, ..self })
    }
}

impl<O, P, F> Solver<O, FirstOrderState<P, F>> for Polyak<F>
where
    O: CostFunction<Param = P, Output = F> + Gradient<Param = P, Gradient = P>,
    P: Clone + ArgminDot<P, F> + ArgminScaledSub<P, F, P>,
    F: ArgminFloat,
{
    fn name(&self) -> &str {
        "Polyak's step"
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
        let x = start(&mut state)?;
        let f = state.get_cost();
        let g = problem.gradient(&x)?;
        let g2 = g.dot(&g);
        self.stationary = g2 == F::zero();
        if self.stationary {
            return Ok((state.param(x).gradient(g).cost(f), None));
        }

        let step = self.scale * (f - self.best) / g2;
        let x = x.scaled_sub(&step, &g);

        let cost = problem.cost(&x)?;
        Ok((state.param(x).gradient(g).cost(cost), Some(argmin::kv!("step" => step;))))
    }

    fn terminate(&mut self, state: &FirstOrderState<P, F>) -> TerminationStatus {
        if self.stationary || state.get_cost() <= self.best {
            return TerminationStatus::Terminated(TerminationReason::SolverConverged);
        }
        while_finite(state)
    }
}
