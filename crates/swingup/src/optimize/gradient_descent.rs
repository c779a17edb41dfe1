//! Gradient descent.

use argmin::core::{ArgminFloat, CostFunction, Error, Gradient, KV, Problem, Solver, TerminationStatus};
use argmin_math::ArgminScaledSub;

use super::{FirstOrderState, OptionError, curvatures, rate, start, while_finite, with_cost};

/// Gradient descent with a constant rate.
///
/// ```text
/// x₊ = x - r g
/// ```
/// On a quadratic with curvatures from `m` to `L` it converges for `r < 2/L`, fastest for `r = 2/(L + m)`,
/// each step by the factor `(L - m)/(L + m)`.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GradientDescent<F> {
    rate: F,
}

impl<F: ArgminFloat> GradientDescent<F> {
    /// Descent at rate `r > 0`.
    ///
    /// # Errors
    /// When the rate is not positive and finite.
    pub fn new(r: F) -> Result<Self, OptionError> {
        Ok(GradientDescent { rate: rate(r)? })
    }

    /// The best rate for a quadratic with curvatures from `least` to `largest`, `r = 2/(L + m)`.
    ///
    /// # Errors
    /// When not `0 < least <= largest`, or one is not finite.
    pub fn for_curvatures(least: F, largest: F) -> Result<Self, OptionError> {
        let (m, l) = curvatures(least, largest)?;
        Self::new((F::one() + F::one()) / (l + m))
    }
}

impl<O, P, F> Solver<O, FirstOrderState<P, F>> for GradientDescent<F>
where
    O: CostFunction<Param = P, Output = F> + Gradient<Param = P, Gradient = P>,
    P: Clone + ArgminScaledSub<P, F, P>,
    F: ArgminFloat,
{
    fn name(&self) -> &str {
        "gradient descent"
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
        let g = problem.gradient(&x)?;

        let x = x.scaled_sub(&self.rate, &g);

        let cost = problem.cost(&x)?;
        Ok((state.param(x).gradient(g).cost(cost), None))
    }

    fn terminate(&mut self, state: &FirstOrderState<P, F>) -> TerminationStatus {
        while_finite(state)
    }
}
