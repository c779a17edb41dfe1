//! The KKT system that all solvers of this module share: its right side, its solution, its residual.

use alloc::vec::Vec;

use nalgebra::SVector;

use crate::expansion::Expansion;
use crate::{Real, Trajectory};

/// Why a factorization stopped, and at which knot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Breakdown {
    /// The Hessian bends down: the point is no minimum. Damp, and try again.
    NotConvex {
        /// The knot.
        knot: usize,
    },
    /// Nothing decides some direction of the state or the control there, or a number is not finite.
    Singular {
        /// The knot.
        knot: usize,
    },
}

impl Breakdown {
    /// The knot where it happened.
    pub fn knot(&self) -> usize {
        match *self {
            Breakdown::NotConvex { knot } | Breakdown::Singular { knot } => knot,
        }
    }
}

impl core::fmt::Display for Breakdown {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match self {
            Breakdown::NotConvex { knot } => write!(f, "the Hessian is not convex at knot {knot}"),
            Breakdown::Singular { knot } => write!(f, "the system is singular at knot {knot}"),
        }
    }
}

impl core::error::Error for Breakdown {}

/// A knot's part of the right side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Side<const NX: usize, const NU: usize, R = f64> {
    /// Gradient in x.
    pub x: SVector<R, NX>,
    /// Gradient in u.
    pub u: SVector<R, NU>,
    /// Defect of the interval after it.
    pub defect: SVector<R, NX>,
}

/// The right side, with its sign turned: the gradient and the defects that a step makes zero.
#[derive(Clone, Debug, PartialEq)]
pub struct RightSide<const NX: usize, const NU: usize, R = f64> {
    /// Knots 0 .. N-1.
    pub knots: Vec<Side<NX, NU, R>>,
    /// Gradient at knot N.
    pub terminal: SVector<R, NX>,
}

/// A step: the motion's part, whose first state does not move, and the multipliers.
#[derive(Clone, Debug, PartialEq)]
pub struct KktStep<const NX: usize, const NU: usize, R = f64> {
    /// Change of the states and controls.
    pub motion: Trajectory<NX, NU, R>,
    /// Multipliers of the intervals.
    pub multipliers: Vec<[R; NX]>,
}

impl<const NX: usize, const NU: usize, R: Real> KktStep<NX, NU, R> {
    #[inline(always)]
    #[track_caller]
    pub(crate) fn must_have(&self, intervals: usize) {
        self.motion.must_have(intervals);
        let multipliers = self.multipliers.len();
        assert!(multipliers == intervals, "a step with {multipliers} multipliers, not {intervals}");
    }

    /// All zero.
    pub fn zeros(intervals: usize) -> Self {
        let motion = Trajectory::constant(intervals, [R::zero(); NX], [R::zero(); NU]);
        KktStep { motion, multipliers: alloc::vec![[R::zero(); NX]; intervals] }
    }
}

impl<const NX: usize, const NU: usize, R: Real> RightSide<NX, NU, R> {
    #[inline(always)]
    #[track_caller]
    pub(crate) fn must_have(&self, intervals: usize) {
        assert!(self.knots.len() == intervals, "a right side of {} intervals, not {intervals}", self.knots.len());
    }

    /// All zero.
    pub fn zeros(intervals: usize) -> Self {
        let side = Side { x: SVector::zeros(), u: SVector::zeros(), defect: SVector::zeros() };
        RightSide { knots: alloc::vec![side; intervals], terminal: SVector::zeros() }
    }

    /// Gradient and defects of an expansion.
    ///
    /// # Panics
    /// When it is of another number of intervals.
    pub fn take(&mut self, expansion: &Expansion<NX, NU, R>) {
        expansion.must_have(self.knots.len());
        for (side, block) in self.knots.iter_mut().zip(&expansion.blocks) {
            *side = Side { x: block.x, u: block.u, defect: block.defect };
        }
        self.terminal = expansion.x;
    }

    /// What `step` leaves of this right side: `g + Hz + A'λ` and `d + Az`, with `damping` added to H and `delta` times the
    /// multipliers taken from the defects.
    ///
    /// # Panics
    /// When expansion or step is of another number of intervals.
    pub fn residual(
        &self,
        expansion: &Expansion<NX, NU, R>,
        damping: R,
        delta: R,
        step: &KktStep<NX, NU, R>,
    ) -> RightSide<NX, NU, R> {
        expansion.must_have(self.knots.len());
        step.must_have(self.knots.len());
        let mut left = self.clone();
        for (k, block) in expansion.blocks.iter().enumerate() {
            let x = SVector::from(step.motion.states[k]);
            let u = SVector::from(step.motion.controls[k]);
            let next = SVector::from(step.motion.states[k + 1]);
            let multiplier = SVector::from(step.multipliers[k]);
            let here = &mut left.knots[k];
            here.x +=
                block.xx * x + x * damping + block.ux.tr_mul(&u) + block.nx.tr_mul(&next) - block.a.tr_mul(&multiplier);
            here.u += block.ux * x + block.uu * u + u * damping + block.nu.tr_mul(&next) - block.b.tr_mul(&multiplier);
            here.defect += block.e * next - block.a * x - block.b * u - multiplier * delta;
            let ahead = block.nx * x + block.nu * u + block.e.tr_mul(&multiplier);
            match left.knots.get_mut(k + 1) {
                Some(side) => side.x += ahead,
                None => left.terminal += ahead,
            }
        }
        if let Some(x) = step.motion.states.last() {
            let x = SVector::from(*x);
            left.terminal += expansion.xx * x + x * damping;
        }
        // The first state is given.
        if let Some(first) = left.knots.first_mut() {
            first.x = SVector::zeros();
        }
        left
    }

    /// Largest entry.
    pub fn largest(&self) -> R {
        let mut largest = R::zero();
        let mut see = |value: R| {
            // A NaN stays: nothing is larger.
            if value.abs() > largest || !value.is_finite() {
                largest = value.abs();
            }
        };
        for side in &self.knots {
            side.x.iter().chain(side.u.iter()).chain(side.defect.iter()).for_each(|&v| see(v));
        }
        self.terminal.iter().for_each(|&v| see(v));
        largest
    }
}
