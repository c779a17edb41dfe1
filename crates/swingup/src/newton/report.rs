//! What a run says of itself.

use alloc::vec::Vec;

use crate::Trajectory;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Status {
    /// Defects and gradient are within the tolerance.
    Solved,
    /// The allowed number of Newton steps was taken. Controls that cost nothing, weights many decades apart and a tolerance
    /// below rounding are the usual reasons.
    IterationLimit,
    /// All penalties were used; defects and gradient are as small as the last one makes them.
    RoundLimit,
    /// The caller said stop.
    Stopped,
    /// No step along the computed direction improves the motion, or none promises more than rounding: it may be as good as
    /// this precision can make it. The largest defect is at this knot.
    NoProgress {
        /// The knot.
        knot: usize,
    },
    /// The Newton system has no solution that damping would mend, from this knot on.
    Singular {
        /// The knot.
        knot: usize,
    },
    /// Cost or dynamics are not finite at this knot, or over the interval after it.
    NotFinite {
        /// The knot.
        knot: usize,
    },
}

/// One Newton step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Iteration {
    /// The cost J before the step.
    pub cost: f64,
    /// Largest defect before the step, in the states' units.
    pub defect: f64,
    /// Largest entry of the gradient that is to vanish, before the step.
    pub gradient: f64,
    /// `dz'H dz` of the full step dz: twice what the quadratic model promises where the defects are zero; it may be negative
    /// where they are not, because H is positive along the constraints only.
    pub decrement: f64,
    /// Share of the full step that was taken.
    pub step: f64,
    /// Trials of the line search.
    pub trials: usize,
    /// Damping that was added to the Hessian.
    pub damping: f64,
    /// Negative eigenvalues before damping: of the Hessian along the constraints, or of the penalty form's matrix. When that is
    /// singular, those that were met before.
    pub negative: usize,
    /// Factorizations: one without damping, the others with.
    pub factorizations: usize,
    /// The penalty ρ; 0 in the form that has none.
    pub penalty: f64,
}

/// The story of a run.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// Every Newton step.
    pub iterations: Vec<Iteration>,
    /// The cost of the solution.
    pub cost: f64,
    /// Its largest defect, in the states' units.
    pub defect: f64,
    /// The largest entry of the Lagrangian's gradient there.
    pub gradient: f64,
    /// The largest slope that the cost has had: the unit in which `gradient` is compared with the tolerance.
    pub scale: f64,
}

/// The best iterate of [`solve`](super::solve) or the last of [`multipliers`](super::multipliers), and how it came about.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(serialize = "R: serde::Serialize", deserialize = "R: serde::Deserialize<'de>"))
)]
pub struct Solution<const NX: usize, const NU: usize, R = f64> {
    /// The motion.
    pub plan: Trajectory<NX, NU, R>,
    /// Multipliers of the defects: how the least cost changes with each, `dJ*/dd_k = -λ_k` for `d_k = ε`.
    #[cfg_attr(feature = "serde", serde(with = "crate::trajectory::rows"))]
    pub multipliers: Vec<[R; NX]>,
    /// The report.
    pub report: Report,
}
