//! A problem on knots with bounds, margins and equations.

use alloc::string::String;
use alloc::vec::Vec;

use nalgebra::SVector;

use crate::Trajectory;
use crate::constraints::{Bounds, Kind};
use crate::expansion::{Expansion, Nlp};

/// A constraint beyond bounds, `g >= 0` or `g = 0`, at one knot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constraint {
    /// Where.
    pub knot: usize,
    /// As the problem calls it.
    pub name: &'static str,
    /// How strictly it is meant.
    pub kind: Kind,
}

/// `g + g_x'dx + g_u'du` at the knot of a constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear<const NX: usize, const NU: usize> {
    /// g.
    pub value: f64,
    /// g_x.
    pub x: SVector<f64, NX>,
    /// g_u.
    pub u: SVector<f64, NU>,
}

/// A problem on knots with constraints:
///
/// ```text
/// minimize   J(x, u)
/// subject to d_k(x_k, u_k, x_{k+1}) = 0,   bounds,   g_i(x_k, u_k) >= 0,   c_i(x_k, u_k) = 0
/// ```
/// A plan shorter than the horizon stands for the problem of its first intervals: it is priced with the terminal cost at its end, and
/// has the bounds of its own knots, but no terminal constraints.
pub trait Constrained<const NX: usize, const NU: usize>: Nlp<NX, NU> {
    /// What states and controls are called.
    fn names(&self) -> ([String; NX], [String; NU]);

    /// Values of states and controls that count as large; zero where the plan's own values say it, as they do unless the plan is a small
    /// way from something.
    fn sizes(&self) -> ([f64; NX], [f64; NU]) {
        ([0.0; NX], [0.0; NU])
    }

    /// The limits of knot `k`.
    fn bounds(&self, k: usize) -> Bounds<NX, NU>;

    /// The constraints beyond bounds of a plan with so many intervals, in the order of their knots.
    fn constraints(&self, intervals: usize) -> Vec<Constraint>;

    /// Their values.
    fn margins(&self, plan: &Trajectory<NX, NU>, values: &mut [f64]);

    /// Their values and gradients.
    fn linearize(&self, plan: &Trajectory<NX, NU>, rows: &mut [Linear<NX, NU>]);

    /// Adds `Σ w_i ∇²g_i` to the curvature of an expansion.
    fn bend(&self, plan: &Trajectory<NX, NU>, weights: &[f64], out: &mut Expansion<NX, NU>);

    /// The cost alone.
    fn cost(&self, plan: &Trajectory<NX, NU>) -> f64;

    /// The defect of the interval after knot `k`.
    fn defect(&self, k: usize, x: [f64; NX], u: [f64; NU], next: [f64; NX]) -> [f64; NX];
}

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Constrained<NX, NU> for &P {
    fn names(&self) -> ([String; NX], [String; NU]) {
        (**self).names()
    }

    fn sizes(&self) -> ([f64; NX], [f64; NU]) {
        (**self).sizes()
    }

    fn bounds(&self, k: usize) -> Bounds<NX, NU> {
        (**self).bounds(k)
    }

    fn constraints(&self, intervals: usize) -> Vec<Constraint> {
        (**self).constraints(intervals)
    }

    fn margins(&self, plan: &Trajectory<NX, NU>, values: &mut [f64]) {
        (**self).margins(plan, values);
    }

    fn linearize(&self, plan: &Trajectory<NX, NU>, rows: &mut [Linear<NX, NU>]) {
        (**self).linearize(plan, rows);
    }

    fn bend(&self, plan: &Trajectory<NX, NU>, weights: &[f64], out: &mut Expansion<NX, NU>) {
        (**self).bend(plan, weights, out);
    }

    fn cost(&self, plan: &Trajectory<NX, NU>) -> f64 {
        (**self).cost(plan)
    }

    fn defect(&self, k: usize, x: [f64; NX], u: [f64; NU], next: [f64; NX]) -> [f64; NX] {
        (**self).defect(k, x, u, next)
    }
}
