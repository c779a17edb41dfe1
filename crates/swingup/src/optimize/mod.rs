//! Methods of first order, as `argmin` solvers: each file is one method, and inside it the lines that are the method.
//!
//! | solver | step | knows |
//! | --- | --- | --- |
//! | [`GradientDescent`] | `x₊ = x - r g` | a rate |
//! | [`Momentum`] | `v₊ = βv + g`, `x₊ = x - r v₊` (heavy ball) or `x - r (g + βv₊)` (Nesterov) | a rate and a memory |
//! | [`Adam`] | `x₊ = x - r m̂ / (√v̂ + ε)` | a rate, for each coordinate its own scale |
//! | [`Polyak`] | `x₊ = x - (f - f*)/\|g\|² g` | the best value f* |
//! | [`AdaptivePolyak`] | the same, halved, with a lower bound that it raises | a number below f* |
//! | [`DampedNewton`] | `x₊ = x - α (H + ωI)⁻¹ g` | the curvature: to compare with |
//!
//! [`DescentAscent`] goes down in some variables and up in others, to a [`Saddle`]; it is no argmin solver, for nothing it
//! sees falls.
//!
//! The solvers are, but for Newton's, generic over the vectors of `argmin-math` (`Vec<f64>`, nalgebra, ndarray) and keep one contract:
//! after an iteration the state holds the new point and the cost **there**, so that argmin's target cost,
//! observers, checkpoints (feature `serde`) and best point mean what they say. A run whose cost stops being a
//! finite number ends with [`TerminationReason::SolverExit`](argmin::core::TerminationReason) and the best point so far.
//!
//! ```
//! use argmin::core::{Executor, State};
//! use swingup::optimize::{Polyak, Smooth};
//! use swingup::test_functions::Rosenbrock;
//!
//! let run = Executor::new(Smooth(Rosenbrock), Polyak::new(0.0)?)
//!     .configure(|state| state.param(vec![-1.2, 1.0]).max_iters(20_000).target_cost(1e-12))
//!     .run()?;
//! assert!(run.state().get_best_cost() <= 1e-12);
//! # Ok::<(), argmin::core::Error>(())
//! ```

mod adam;
mod adaptive_polyak;
mod damped_newton;
mod descend;
mod descent_ascent;
mod gradient_descent;
mod mode;
mod momentum;
mod on_knots;
mod polyak;
mod profile;
mod race;
mod saddle;
mod smooth;
mod training;

pub use adam::Adam;
pub use adaptive_polyak::AdaptivePolyak;
pub use damped_newton::DampedNewton;
pub use descend::{Descent, Until, descend, descend_watched};
pub use descent_ascent::{DescentAscent, Outcome, Play, Run};
pub use gradient_descent::GradientDescent;
pub use mode::{Mode, eigenvalues};
pub use momentum::Momentum;
pub use on_knots::{Penalized, Trace, Values, Ways, best_multipliers, race_on_penalty, race_with_multipliers};
pub use polyak::Polyak;
pub use profile::{performance_profile, performance_profiles};
pub use race::{
    Entrant, Lines, Method, Steps, Work, best_descent, lowest_descent, lowest_descents, race_by_condition, spread,
    steps_when_told, told_curvatures, told_nothing, work_on_problems,
};
pub use saddle::{OnKnots, QuadraticSaddle, Saddle};
pub use smooth::Smooth;
pub use training::{Trained, largest_rate, modes_by_rate, train};

use argmin::core::{ArgminFloat, CostFunction, Error, IterState, Problem, State, TerminationReason, TerminationStatus};

/// The state that the solvers of this module run on: a point, the cost there, and the gradient that the last step took.
pub type FirstOrderState<P, F> = IterState<P, P, (), (), (), F>;

/// An option of a solver that is out of its range.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field} = {value}: must be {must}")]
pub struct OptionError {
    /// The option's name.
    pub field: &'static str,
    /// The value given.
    pub value: f64,
    /// What it must be.
    pub must: &'static str,
}

/// `value` if `allowed`, else an error that names field and value.
fn option<F: ArgminFloat>(field: &'static str, value: F, allowed: bool, must: &'static str) -> Result<F, OptionError> {
    let given = value.to_f64().unwrap_or(f64::NAN);
    if allowed { Ok(value) } else { Err(OptionError { field, value: given, must }) }
}

/// A rate: positive and finite.
fn rate<F: ArgminFloat>(value: F) -> Result<F, OptionError> {
    option("rate", value, value > F::zero() && value.is_finite(), "positive and finite")
}

/// The least and the largest curvature of a convex function.
fn curvatures<F: ArgminFloat>(least: F, largest: F) -> Result<(F, F), OptionError> {
    let (least_ok, largest_ok) = (least > F::zero() && least.is_finite(), largest >= least && largest.is_finite());
    let least = option("least curvature", least, least_ok, "positive and finite")?;
    let largest = option("largest curvature", largest, largest_ok, "finite and not below the least")?;
    Ok((least, largest))
}

/// A share, as momentum is of the velocity: from 0 up to, not including, 1.
fn share<F: ArgminFloat>(field: &'static str, value: F) -> Result<F, OptionError> {
    option(field, value, value >= F::zero() && value < F::one(), "in [0, 1)")
}

/// The first cost, so that the start can be the best point.
fn with_cost<O, P, F>(
    problem: &mut Problem<O>,
    mut state: FirstOrderState<P, F>,
) -> Result<FirstOrderState<P, F>, Error>
where
    O: CostFunction<Param = P, Output = F>,
    P: Clone,
    F: ArgminFloat,
{
    let x = start(&mut state)?;
    let cost = problem.cost(&x)?;
    Ok(state.param(x).cost(cost))
}

/// The current point; an error tells the caller that the executor was given none.
fn start<P: Clone, F: ArgminFloat>(state: &mut FirstOrderState<P, F>) -> Result<P, Error> {
    state
        .take_param()
        .ok_or_else(|| Error::msg("no start: give one with `executor.configure(|state| state.param(x0))`"))
}

/// Ends a run whose cost is not a finite number.
fn while_finite<P: Clone, F: ArgminFloat>(state: &FirstOrderState<P, F>) -> TerminationStatus {
    let cost = state.get_cost();
    if cost.is_finite() {
        return TerminationStatus::NotTerminated;
    }
    let why = std::format!("the cost is {cost} after iteration {}", state.get_iter());
    TerminationStatus::Terminated(TerminationReason::SolverExit(why))
}
