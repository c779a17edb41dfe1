//! The methods side by side, to let them race.

use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient};

use super::{
    Adam, AdaptivePolyak, Descent, GradientDescent, Momentum, OptionError, Polyak, descend,
};

/// One of the methods of this module with its options: what a list of contestants holds.
#[derive(Clone, Debug)]
pub enum Method {
    /// [`GradientDescent`].
    GradientDescent(GradientDescent<f64>),
    /// [`Momentum`].
    Momentum(Momentum<Vec<f64>, f64>),
    /// [`Adam`].
    Adam(Adam<Vec<f64>, f64>),
    /// [`Polyak`].
    Polyak(Polyak<f64>),
    /// [`AdaptivePolyak`].
    AdaptivePolyak(AdaptivePolyak<f64>),
}

impl Method {
    /// Gradient descent at rate `r`.
    ///
    /// # Errors
    /// As [`GradientDescent::new`].
    pub fn gradient_descent(r: f64) -> Result<Self, OptionError> {
        GradientDescent::new(r).map(Self::GradientDescent)
    }

    /// Gradient descent at the best rate for a quadratic with curvatures from `least` to `largest`.
    ///
    /// # Errors
    /// As [`GradientDescent::for_curvatures`].
    pub fn gradient_descent_for_curvatures(least: f64, largest: f64) -> Result<Self, OptionError> {
        GradientDescent::for_curvatures(least, largest).map(Self::GradientDescent)
    }

    /// The heavy ball with rate `r` and momentum `beta`.
    ///
    /// # Errors
    /// As [`Momentum::heavy_ball`].
    pub fn heavy_ball(r: f64, beta: f64) -> Result<Self, OptionError> {
        Momentum::heavy_ball(r, beta).map(Self::Momentum)
    }

    /// The best heavy ball for a quadratic with curvatures from `least` to `largest`.
    ///
    /// # Errors
    /// As [`Momentum::heavy_ball_for_curvatures`].
    pub fn heavy_ball_for_curvatures(least: f64, largest: f64) -> Result<Self, OptionError> {
        Momentum::heavy_ball_for_curvatures(least, largest).map(Self::Momentum)
    }

    /// Nesterov's momentum with rate `r` and momentum `beta`.
    ///
    /// # Errors
    /// As [`Momentum::nesterov`].
    pub fn nesterov(r: f64, beta: f64) -> Result<Self, OptionError> {
        Momentum::nesterov(r, beta).map(Self::Momentum)
    }

    /// Nesterov's momentum for curvatures from `least` to `largest`.
    ///
    /// # Errors
    /// As [`Momentum::nesterov_for_curvatures`].
    pub fn nesterov_for_curvatures(least: f64, largest: f64) -> Result<Self, OptionError> {
        Momentum::nesterov_for_curvatures(least, largest).map(Self::Momentum)
    }

    /// Adam at rate `r`.
    ///
    /// # Errors
    /// As [`Adam::new`].
    pub fn adam(r: f64) -> Result<Self, OptionError> {
        Adam::new(r).map(Self::Adam)
    }

    /// Polyak's step for the best value `best`.
    ///
    /// # Errors
    /// As [`Polyak::new`].
    pub fn polyak(best: f64) -> Result<Self, OptionError> {
        Polyak::new(best).map(Self::Polyak)
    }

    /// Polyak's step with a lower bound that rises after every `epoch` steps.
    ///
    /// # Errors
    /// As [`AdaptivePolyak::new`].
    pub fn adaptive_polyak(bound: f64, epoch: u64) -> Result<Self, OptionError> {
        AdaptivePolyak::new(bound, epoch).map(Self::AdaptivePolyak)
    }

    /// [`descend`] by this method.
    ///
    /// # Errors
    /// Those of the problem.
    pub fn descend<O>(&self, problem: O, x0: &[f64], until: (usize, f64)) -> Result<Descent, Error>
    where
        O: CostFunction<Param = Vec<f64>, Output = f64>
            + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    {
        match self.clone() {
            Self::GradientDescent(solver) => descend(problem, solver, x0, until),
            Self::Momentum(solver) => descend(problem, solver, x0, until),
            Self::Adam(solver) => descend(problem, solver, x0, until),
            Self::Polyak(solver) => descend(problem, solver, x0, until),
            Self::AdaptivePolyak(solver) => descend(problem, solver, x0, until),
        }
    }
}

/// The run with the fewest steps to the goal among those of `methods`; `None` when none gets there within the limit.
///
/// # Errors
/// Those of the problem, and of the first method that could not be made.
pub fn shortest_descent<O>(
    problem: &O,
    methods: impl IntoIterator<Item = Result<Method, OptionError>>,
    x0: &[f64],
    (limit, goal): (usize, f64),
) -> Result<Option<Descent>, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64>
        + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>
        + Clone,
{
    let mut shortest: Option<Descent> = None;
    for method in methods {
        // Whoever is behind the leader need not go on.
        let limit = shortest.as_ref().and_then(|run| run.steps).unwrap_or(limit);
        let run = method?.descend(problem.clone(), x0, (limit, goal))?;
        if run.steps.is_some_and(|steps| shortest.is_none() || steps < limit) {
            shortest = Some(run);
        }
    }
    Ok(shortest)
}
