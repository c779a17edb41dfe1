//! What a run may be told.

use super::Indefinite;
use crate::expansion::Hessian;
use crate::ocp::{ProblemError, require};

/// How the KKT system is solved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum System {
    /// Block by block: [`Riccati`](crate::linear::Riccati).
    #[default]
    Riccati,
    /// As one band: [`KktBand`](crate::linear::KktBand), for problems whose blocks lose digits.
    Band,
}

/// The settings of Newton's method in all its forms; each says which of them looks at it, if not all do.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Options {
    /// Which second derivatives to use.
    pub hessian: Hessian,
    /// How the KKT system of [`solve`](super::solve) is solved.
    pub system: System,
    /// Largest defect of a solution in the states' units, and largest entry of its Lagrangian's gradient in units of the
    /// largest slope that the cost has had on the way.
    pub tolerance: f64,
    /// Most Newton steps.
    pub iterations: usize,
    /// Factor between trials of the line search.
    pub backtrack: f64,
    /// Share of the promised decrease that a step must keep.
    pub sufficient: f64,
    /// Shortest step, of the full one, that is tried.
    pub shortest: f64,
    /// First damping where the Hessian is not convex, in units of its largest entry at the guess, the last knot's left out.
    pub damping: f64,
    /// Where the penalty form is not convex.
    pub indefinite: Indefinite,
    /// Whether the penalty form's steps are shortened until they lower it; the notes' first program took them whole.
    pub line_search: bool,
    /// The first penalty ρ of [`penalties`](Self::penalties).
    pub penalty: f64,
    /// Its growth from round to round.
    pub growth: f64,
    /// Most rounds.
    pub rounds: usize,
    /// A round of [`multipliers`](super::multipliers) ends when the Newton decrement is below this share of the cost.
    pub cutoff: f64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            hessian: Hessian::Exact,
            system: System::Riccati,
            tolerance: 1e-11,
            iterations: 500,
            backtrack: 0.5,
            sufficient: 1e-4,
            shortest: 1e-9,
            damping: 1e-3,
            indefinite: Indefinite::Damp,
            line_search: true,
            penalty: 0.1,
            growth: 10.0,
            rounds: 8,
            cutoff: 1e-7,
        }
    }
}

impl Options {
    /// The penalties of the method of multipliers: the first one and its multiples, as many as there are rounds.
    pub fn penalties(&self) -> alloc::vec::Vec<f64> {
        core::iter::successors(Some(self.penalty), |rho| Some(rho * self.growth)).take(self.rounds).collect()
    }

    /// # Errors
    /// The first option that is out of its range.
    pub fn check(&self) -> Result<(), ProblemError> {
        for (field, value) in [
            ("tolerance", self.tolerance),
            ("damping", self.damping),
            ("penalty", self.penalty),
            ("cutoff", self.cutoff),
        ] {
            require(value > 0.0 && value.is_finite(), value, "positive and finite", || field.into())?;
        }
        for (field, value) in [("sufficient", self.sufficient), ("shortest", self.shortest)] {
            require(value > 0.0 && value < 1.0, value, "between 0 and 1", || field.into())?;
        }
        let shrinks = self.backtrack > 0.0 && self.backtrack <= 0.95;
        require(shrinks, self.backtrack, "above 0 and at most 0.95", || "backtrack".into())?;
        require(self.growth > 1.0 && self.growth.is_finite(), self.growth, "above 1 and finite", || "growth".into())
    }
}
