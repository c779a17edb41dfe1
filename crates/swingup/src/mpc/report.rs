//! What a controller says of a sample.

use core::fmt;

/// How a sample ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Status {
    /// No sample yet, or one that is prepared and has had no measurement.
    #[default]
    Ready,
    /// The error of the plan is within the tolerance.
    Converged,
    /// The allowed steps were taken.
    Stepped,
    /// The caller said stop: the plan is the best so far.
    Interrupted,
    /// No share of the step lowers the merit: the plan stays.
    NoProgress,
    /// The measured state is not finite: the plan goes on without it.
    BadMeasurement,
    /// The model, the cost, the step, or the state that a delay predicts is not a number: the plan stays as the step before left it.
    NotFinite,
    /// The curvature along the dynamics is not positive: the plan stays as the step before left it.
    NotConvex,
}

impl Status {
    /// May the control be used? After a failure it is the one that the plan of the sample before had for this one.
    pub fn is_usable(self) -> bool {
        matches!(self, Status::Converged | Status::Stepped | Status::Interrupted | Status::NoProgress)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Status::Ready => "ready",
            Status::Converged => "converged",
            Status::Stepped => "took the allowed steps",
            Status::Interrupted => "interrupted by the caller",
            Status::NoProgress => "no step improves the plan",
            Status::BadMeasurement => "the measured state is not finite",
            Status::NotFinite => "the model or the cost is not a number on the plan",
            Status::NotConvex => "the curvature along the dynamics is not positive",
        })
    }
}

/// Times of the phases of a sample, in the unit of the caller's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Times {
    /// The plan is shifted.
    pub shift: f64,
    /// Rows are eliminated, dynamics and cost expanded.
    pub expand: f64,
    /// Riccati's recursion, from the last knot to the first.
    pub factor: f64,
    /// The step from the first knot to the last, its length, and the plan that it leads to.
    pub step: f64,
}

/// The story of a sample. Residuals are those of the last expansion: with a tolerance of the plan as it is, without one of the plan
/// before the last step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// Newton steps taken; a [`feedback`](super::Mpc::feedback) leaves its own to the next sample.
    pub steps: usize,
    /// Stationarity: the largest entry of the Lagrangian's gradient, in the cost's unit per unit of a state or
    /// control.
    pub gradient: f64,
    /// The largest defect, in the states' units.
    pub defect: f64,
    /// The largest residual of an inequality, `|g + t - s|` for its margin g, violation t and slack s, in its unit. What a soft limit is
    /// broken by, t, is no residual.
    pub inequality: f64,
    /// The largest product of a slack and its multiplier, in the cost's unit.
    pub complementarity: f64,
    /// The largest of these, free of units: the gradient against the unit of the cost for a change by the variable's size, products as
    /// they exceed the last μ against that unit, defects and differences against the sizes of their variables.
    pub error: f64,
    /// The barrier parameter μ, in the cost's unit.
    pub barrier: f64,
    /// Share of the last step that was taken.
    pub length: f64,
    /// Were controls cut to their bounds?
    pub clipped: bool,
    /// Times by phase, when there is a clock.
    pub times: Times,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { status, steps, gradient, defect, inequality, complementarity, .. } = self;
        write!(
            f,
            "{status}: {steps} steps; gradient {gradient:.1e}, defect {defect:.1e}, inequality {inequality:.1e}, complementarity \
             {complementarity:.1e}"
        )
    }
}
