//! What a run may be told.

use crate::expansion::Hessian;
use crate::ocp::{ProblemError, require};

/// Where a run begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Start {
    /// With a short horizon that grows, unless the guess is a motion: one that moves, and obeys the dynamics to 1 % of its states.
    #[default]
    Grow,
    /// With the guess, as it is.
    Guess,
}

/// The settings of the interior point method. The defaults solve every problem of this project.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Options {
    /// Which second derivatives to use: the exact ones where they are convex, or Gauss and Newton's everywhere.
    pub hessian: Hessian,
    /// Where to begin.
    pub start: Start,
    /// Largest error of a solution: see [`Report::error`](super::Report::error).
    pub tolerance: f64,
    /// Largest error of an acceptable point, when no better one can be had.
    pub acceptable: f64,
    /// Most Newton steps, over all horizons.
    pub iterations: usize,
    /// The first barrier parameter, in units of the guess's cost for each inequality.
    pub barrier: f64,
    /// The shortest first horizon, in intervals.
    pub shortest: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            hessian: Hessian::Exact,
            start: Start::Grow,
            tolerance: 1e-8,
            acceptable: 1e-5,
            iterations: 500,
            barrier: 10.0,
            shortest: 20,
        }
    }
}

impl Options {
    /// # Errors
    /// The first option that is out of its range.
    pub fn check(&self) -> Result<(), ProblemError> {
        for (field, value) in
            [("tolerance", self.tolerance), ("acceptable", self.acceptable), ("barrier", self.barrier)]
        {
            require(value > 0.0 && value.is_finite(), value, "positive and finite", || field.into())?;
        }
        require(self.shortest > 0, 0.0, "at least 1", || "shortest".into())
    }
}
