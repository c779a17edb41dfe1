//! What a controller may be told.

use crate::expansion::Hessian;
use crate::ocp::{ProblemError, require};

/// The longest delay, in samples.
const LONGEST: usize = 10_000;

/// The settings of a controller.
///
/// The unit of the cost is, on the first plan, its largest slope times the size of the variable, or its largest curvature times the
/// square of that; the size of a variable is its largest value there, or its limit, or 1. The defaults take one step a sample; [`converged`](Options::converged) takes as many as it needs.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, deny_unknown_fields))]
pub struct Options {
    /// Most Newton steps in a sample.
    pub steps: usize,
    /// Error at which a sample takes no further step: see [`Report::error`](super::Report::error). Complementarity counts as it exceeds
    /// [`barrier`](Self::barrier), so that any tolerance can be met. With 0 all steps are taken.
    ///
    /// With a tolerance μ begins large in each sample and falls to `barrier` as the error does; with 0 it goes on from sample to sample,
    /// raised by a kick and falling by a factor of 5 in quiet ones.
    pub tolerance: f64,
    /// Further steps, where slacks allow less than 0.3 of a step to be taken: after a kick, say. Without a tolerance only.
    pub rescue: usize,
    /// Which second derivatives the steps use: Gauss and Newton's, or the exact ones where they are convex.
    pub hessian: Hessian,
    /// Is a step shortened until a merit falls, and not only until it keeps the inequalities?
    pub globalize: bool,
    /// The least barrier parameter μ, in units of the cost. Closer to zero the plan comes closer to its bounds, and a
    /// disturbance costs more steps. A goal on a limit is missed by about the root of it, as a share of the variable's size.
    pub barrier: f64,
    /// What a violation of a hard limit of a state, or of a hard constraint beyond bounds, costs at least, as a multiple of the unit of the
    /// cost per size of the state or margin; a disturbance may break it, so that a controller must know how to go on. 0 keeps it hard.
    /// Limits of controls are hard in any case.
    pub soften: f64,
    /// Samples d from the choice of a control to the time that it acts. The measured state is rolled forward by the d controls under way,
    /// with the parameters of knot 0, so that knot k is k + d samples after the measurement. The first of them are taken to be the first
    /// control of the first plan.
    pub delay: usize,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            steps: 1,
            tolerance: 0.0,
            rescue: 4,
            hessian: Hessian::GaussNewton,
            globalize: false,
            barrier: 1e-4,
            soften: 10.0,
            delay: 0,
        }
    }
}

impl Options {
    /// As many steps as it takes, up to 100, to an error of 1e-6. That is free of units; solvers that ask each residual to be below 1e-6
    /// as it stands may ask for more, or for less: the [report](super::Report) has those too.
    pub fn converged() -> Self {
        Options { steps: 100, tolerance: 1e-6, barrier: 1e-7, globalize: true, ..Options::default() }
    }

    /// # Errors
    /// The first option that is out of its range.
    pub fn check(&self) -> Result<(), ProblemError> {
        require(self.steps > 0, 0.0, "at least 1", || "steps".into())?;
        require(self.barrier > 0.0 && self.barrier.is_finite(), self.barrier, "positive and finite", || {
            "barrier".into()
        })?;
        for (field, value) in [("tolerance", self.tolerance), ("soften", self.soften)] {
            require(value >= 0.0 && value.is_finite(), value, "finite and not negative", || field.into())?;
        }
        require(self.delay <= LONGEST, self.delay as f64, "at most 10000", || "delay".into())?;
        Ok(())
    }
}
