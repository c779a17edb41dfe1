//! A problem on knots with bounds, margins and equations.

use alloc::string::String;
use alloc::vec::Vec;

use nalgebra::SVector;

use crate::Trajectory;
use crate::constraints::{Bound, Bounds, Kind};
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

impl<const NX: usize, const NU: usize> Linear<NX, NU> {
    /// All zero.
    pub(crate) fn zero() -> Self {
        Linear { value: 0.0, x: SVector::zeros(), u: SVector::zeros() }
    }

    /// Adds `weight ∇g ∇g'` to the curvature of this knot.
    #[inline(always)]
    pub(crate) fn curve(&self, knot: usize, weight: f64, out: &mut Expansion<NX, NU>) {
        let Linear { x, u, .. } = self;
        match out.blocks.get_mut(knot) {
            Some(block) => {
                block.xx.ger(weight, x, x, 1.0);
                block.ux.ger(weight, u, x, 1.0);
                block.uu.ger(weight, u, u, 1.0);
            }
            None => out.xx.ger(weight, x, x, 1.0),
        }
    }

    /// `g_x'x + g_u'u` at this knot of a motion.
    #[inline(always)]
    pub(crate) fn along(&self, knot: usize, motion: &Trajectory<NX, NU>) -> f64 {
        let of_control = motion.controls.get(knot).map_or(0.0, |u| self.u.dot(&SVector::from(*u)));
        self.x.dot(&SVector::from(motion.states[knot])) + of_control
    }
}

/// One side of a bound or constraint: what its margin is. A sign is 1 for a lower side and -1 for an upper one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// `sign (x_i - limit)`.
    State {
        /// The state.
        i: usize,
        /// Which side.
        sign: f64,
        /// The limit.
        limit: f64,
    },
    /// `sign (u_j - limit)`.
    Control {
        /// The control.
        j: usize,
        /// Which side.
        sign: f64,
        /// The limit.
        limit: f64,
    },
    /// `sign g` of a constraint beyond bounds.
    Row {
        /// Its place among them.
        place: usize,
        /// 1, and -1 for the other side of an equation.
        sign: f64,
    },
}

impl Side {
    /// The margin at this knot of a plan; `values` are those of the constraints beyond bounds.
    #[inline(always)]
    pub(crate) fn margin<const NX: usize, const NU: usize>(
        self,
        knot: usize,
        plan: &Trajectory<NX, NU>,
        values: &[f64],
    ) -> f64 {
        match self {
            Side::State { i, sign, limit } => sign * (plan.states[knot][i] - limit),
            Side::Control { j, sign, limit } => sign * (plan.controls[knot][j] - limit),
            Side::Row { place, sign } => sign * values[place],
        }
    }

    /// How much the margin changes along a step; `rows` are the constraints beyond bounds.
    #[inline(always)]
    pub(crate) fn along<const NX: usize, const NU: usize>(
        self,
        knot: usize,
        step: &Trajectory<NX, NU>,
        rows: &[Linear<NX, NU>],
    ) -> f64 {
        match self {
            Side::State { i, sign, .. } => sign * step.states[knot][i],
            Side::Control { j, sign, .. } => sign * step.controls[knot][j],
            Side::Row { place, sign } => sign * rows[place].along(knot, step),
        }
    }
}

/// The finite sides of all bounds that a plan with so many intervals has, with their knots: states before controls, lower before upper.
pub(crate) fn sides<P: Constrained<NX, NU>, const NX: usize, const NU: usize>(
    problem: &P,
    intervals: usize,
) -> impl Iterator<Item = (usize, Side, Bound)> {
    (0..=intervals).flat_map(move |knot| {
        let bounds = problem.bounds(knot);
        let both = |bound: Bound| [(1.0, bound.lower), (-1.0, bound.upper)].into_iter().map(move |at| (at, bound));
        let states = (0..NX).filter(move |_| knot > 0).flat_map(move |i| {
            both(bounds.states[i]).map(move |((sign, limit), bound)| (Side::State { i, sign, limit }, limit, bound))
        });
        let controls = (0..NU).filter(move |_| knot < intervals).flat_map(move |j| {
            both(bounds.controls[j]).map(move |((sign, limit), bound)| (Side::Control { j, sign, limit }, limit, bound))
        });
        let finite = states.chain(controls).filter(|(_, limit, _)| limit.is_finite());
        finite.map(move |(side, _, bound)| (knot, side, bound))
    })
}

/// How many inequalities and equations a problem has beyond its dynamics.
pub(crate) fn inequalities<P: Constrained<NX, NU>, const NX: usize, const NU: usize>(problem: &P) -> usize {
    let n = problem.intervals();
    sides(problem, n).count() + problem.constraints(n).len()
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
