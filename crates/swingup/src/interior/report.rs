//! What a run says of itself.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::row::Row;
use crate::Trajectory;
use crate::constrained::Side;

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Status {
    /// The error is within the tolerance: a local optimum.
    Solved,
    /// The error is within what is acceptable; rounding or the allowed number of steps did not let it become smaller.
    Acceptable,
    /// No motion near this one violates the constraints less, and this one violates them: most at this knot, this constraint.
    Infeasible {
        /// The knot.
        knot: usize,
        /// The constraint, with its limit.
        constraint: String,
    },
    /// No step improves the motion; its largest defect is at this knot.
    NoProgress {
        /// The knot.
        knot: usize,
    },
    /// The cost falls without end: states or controls leave all bounds, the farthest at this knot.
    Unbounded {
        /// The knot.
        knot: usize,
    },
    /// The allowed number of Newton steps was taken.
    IterationLimit,
    /// The caller said stop.
    Stopped,
    /// Cost, dynamics or a margin are not a number at this knot, or over the interval after it.
    NotFinite {
        /// The knot.
        knot: usize,
    },
}

impl Status {
    /// Is the plan a solution, or acceptable as one?
    pub fn is_solved(&self) -> bool {
        matches!(self, Status::Solved | Status::Acceptable)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Status::Solved => write!(f, "solved"),
            Status::Acceptable => write!(f, "acceptable: the tolerance was not reached"),
            Status::Infeasible { knot, constraint } => {
                write!(f, "infeasible: {constraint} cannot be kept at knot {knot}")
            }
            Status::NoProgress { knot } => {
                write!(f, "no step improves the motion; its largest defect is at knot {knot}")
            }
            Status::Unbounded { knot } => {
                write!(f, "the cost falls without end, the motion is farthest at knot {knot}")
            }
            Status::IterationLimit => write!(f, "the allowed number of Newton steps was taken"),
            Status::Stopped => write!(f, "stopped by the caller"),
            Status::NotFinite { knot } => write!(f, "cost, dynamics or a margin are not a number at knot {knot}"),
        }
    }
}

/// One Newton step.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Step {
    /// Intervals of the horizon it was taken on.
    pub intervals: usize,
    /// The cost before it.
    pub cost: f64,
    /// The error before it.
    pub error: f64,
    /// The barrier parameter μ, in the unit of the cost.
    pub barrier: f64,
    /// Share of the full step that was taken.
    pub length: f64,
    /// Whether it was taken as a rollout.
    pub rollout: bool,
    /// Whether the exact Hessian was used.
    pub exact: bool,
    /// Damping, in units of the cost for a change as large as the motion itself.
    pub damping: f64,
    /// Trials of the line search.
    pub trials: usize,
    /// Factorizations.
    pub factorizations: usize,
}

/// The story of a run.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Report {
    /// How it ended.
    pub status: Status,
    /// Every Newton step.
    pub steps: Vec<Step>,
    /// The cost of the plan.
    pub cost: f64,
    /// What soft violations cost beyond that.
    pub paid: f64,
    /// Stationarity: the largest entry of the Lagrangian's gradient, in the cost's unit per unit of a state or control.
    pub gradient: f64,
    /// Feasibility of the dynamics: the largest defect, in the states' units.
    pub defect: f64,
    /// Feasibility of hard constraints: the largest violation, in the constraints' units.
    pub violation: f64,
    /// Complementarity: the largest product of a margin and its multiplier, in the cost's unit.
    pub complementarity: f64,
    /// The largest of these, free of units: gradient times the size of its variable, and complementarity, against the largest slope of
    /// the cost times the size of its variable; defects and violations against the sizes of their states.
    pub error: f64,
}

impl Report {
    /// Newton steps.
    pub fn iterations(&self) -> usize {
        self.steps.len()
    }

    /// Factorizations of the Newton system.
    pub fn factorizations(&self) -> usize {
        self.steps.iter().map(|step| step.factorizations).sum()
    }

    /// Trials of the line search.
    pub fn trials(&self) -> usize {
        self.steps.iter().map(|step| step.trials).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: cost {:.9}, {} steps, {} factorizations, {} trials; gradient {:.1e}, defect {:.1e}, violation {:.1e}, \
             complementarity {:.1e}",
            self.status,
            self.cost,
            self.iterations(),
            self.factorizations(),
            self.trials(),
            self.gradient,
            self.defect,
            self.violation,
            self.complementarity
        )
    }
}

/// Where a run stood with its inequalities when it ended: what another one can begin with.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Warm {
    pub(crate) rows: Vec<Row>,
    pub(super) barrier: f64,
}

impl Warm {
    /// Shows each inequality: its knot, which it is, and its multiplier, the fall of the least cost per unit of its limit given way.
    pub fn each(&self, mut see: impl FnMut(usize, Side, f64)) {
        self.rows.iter().for_each(|row| see(row.knot, row.side, row.z));
    }

    /// Multipliers of the constraints beyond bounds, in their order; that of an equation has a sign.
    pub fn prices(&self) -> Vec<f64> {
        let mut prices = Vec::new();
        self.each(|_, side, z| {
            if let Side::Row { place, sign } = side {
                prices.resize(prices.len().max(place + 1), 0.0);
                prices[place] += sign * z;
            }
        });
        prices
    }
}

/// The best iterate, and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution<const NX: usize, const NU: usize> {
    /// The motion.
    pub plan: Trajectory<NX, NU>,
    /// Multipliers of the defects: how the least cost changes with each, `dJ*/dd_k = -λ_k` for `d_k = ε`.
    pub multipliers: Vec<[f64; NX]>,
    /// Slacks and multipliers of the inequalities.
    pub warm: Warm,
    /// The report.
    pub report: Report,
}
