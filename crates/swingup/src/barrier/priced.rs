//! A problem whose hard constraints are part of its cost.

use alloc::vec;
use alloc::vec::Vec;

use super::Barrier;
use crate::Trajectory;
use crate::constrained::{Constrained, Linear, Side, sides};
use crate::constraints::Kind;
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::Pattern;

/// A problem with the barrier of every hard bound and margin in its cost:
///
/// ```text
/// J(z) + Σ φ(m_i(z))        m: x - lower, upper - x of the states of knots 1 .. N, the same of the controls, and g
/// ```
/// Soft constraints and equations are left out: they are not this one's to keep. A bound that holds a value exactly has no
/// inside; the logarithm is infinite there.
///
/// Gauss-Newton's Hessian has `φ'' ∇m ∇m'`, which is never negative, and leaves out `φ' ∇²m`.
#[derive(Clone, Debug)]
pub struct Priced<P> {
    /// The problem.
    pub problem: P,
    /// The barrier φ.
    pub barrier: Barrier,
    /// Its parameter, μ or r.
    pub parameter: f64,
    /// A step is tried up to this share of the way to the nearest bound: above 0, below 1; infinite when that shall not matter.
    pub cut: f64,
}

/// The margin of a hard constraint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// Where.
    pub knot: usize,
    /// How far inside, in the unit of what is limited.
    pub value: f64,
}

/// The hard limits of a plan with so many intervals.
fn limits<P: Constrained<NX, NU>, const NX: usize, const NU: usize>(
    problem: &P,
    intervals: usize,
) -> impl Iterator<Item = (usize, Side)> {
    sides(problem, intervals).filter(|(.., bound)| bound.price.is_none()).map(|(knot, side, _)| (knot, side))
}

impl<P> Priced<P> {
    /// The problem with this barrier; steps are not cut.
    pub fn new(problem: P, barrier: Barrier, parameter: f64) -> Self {
        Priced { problem, barrier, parameter, cut: f64::INFINITY }
    }

    /// The margins of all hard constraints in this plan: bounds knot by knot, states first and lower ones first, then the
    /// constraints beyond bounds.
    ///
    /// # Panics
    /// When `plan` has more than N controls or not one state more.
    pub fn margins<const NX: usize, const NU: usize>(&self, plan: &Trajectory<NX, NU>) -> Vec<Margin>
    where
        P: Constrained<NX, NU>,
    {
        let n = plan.intervals();
        plan.must_have(n.min(self.problem.intervals()));
        let of_bounds =
            limits(&self.problem, n).map(|(knot, side)| Margin { knot, value: side.margin(knot, plan, &[]) });
        let mut margins: Vec<Margin> = of_bounds.collect();
        let beyond = self.problem.constraints(n);
        let mut values = vec![0.0; beyond.len()];
        self.problem.margins(plan, &mut values);
        let hard = beyond.iter().zip(&values).filter(|(constraint, _)| constraint.kind == Kind::Hard);
        margins.extend(hard.map(|(constraint, &value)| Margin { knot: constraint.knot, value }));
        margins
    }

    /// Adds what the barriers of the constraints beyond bounds have of each derivative.
    fn expand_beyond<const NX: usize, const NU: usize>(
        &self,
        plan: &Trajectory<NX, NU>,
        hessian: Hessian,
        out: &mut Expansion<NX, NU>,
    ) where
        P: Constrained<NX, NU>,
    {
        let beyond = self.problem.constraints(plan.intervals());
        let mut rows = vec![Linear::zero(); beyond.len()];
        self.problem.linearize(plan, &mut rows);
        let mut weights = vec![0.0; beyond.len()];
        for ((constraint, row), weight) in beyond.iter().zip(&rows).zip(&mut weights) {
            if constraint.kind != Kind::Hard {
                continue;
            }
            let [_, slope, curvature] = self.barrier.at(row.value, self.parameter);
            *weight = slope;
            row.curve(constraint.knot, curvature, out);
            match out.blocks.get_mut(constraint.knot) {
                Some(block) => {
                    block.x += row.x * slope;
                    block.u += row.u * slope;
                }
                None => out.x += row.x * slope,
            }
        }
        if hessian == Hessian::Exact {
            self.problem.bend(plan, &weights, out);
        }
    }
}

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Nlp<NX, NU> for Priced<P> {
    fn intervals(&self) -> usize {
        self.problem.intervals()
    }

    fn start(&self) -> [f64; NX] {
        self.problem.start()
    }

    fn step(&self) -> f64 {
        self.problem.step()
    }

    /// That of the problem where it has bounds only: each state and control meets itself in the squares of the defects. All pairs
    /// where it has further constraints.
    fn pattern(&self) -> Pattern {
        let bounds_only = self.problem.constraints(self.problem.intervals()).is_empty();
        if bounds_only { self.problem.pattern() } else { Pattern::full(2 * NX + NU) }
    }

    fn evaluate(&self, plan: &Trajectory<NX, NU>, defects: &mut [[f64; NX]]) -> f64 {
        let cost = self.problem.evaluate(plan, defects);
        let price = |margin: Margin| self.barrier.at(margin.value, self.parameter)[0];
        cost + self.margins(plan).into_iter().map(price).sum::<f64>()
    }

    fn expand(
        &self,
        plan: &Trajectory<NX, NU>,
        multipliers: &[[f64; NX]],
        hessian: Hessian,
        out: &mut Expansion<NX, NU>,
    ) {
        self.problem.expand(plan, multipliers, hessian, out);
        for (knot, side) in limits(&self.problem, plan.intervals()) {
            let [_, slope, curvature] = self.barrier.at(side.margin(knot, plan, &[]), self.parameter);
            match (side, out.blocks.get_mut(knot)) {
                (Side::State { i, sign, .. }, Some(block)) => {
                    block.x[i] += sign * slope;
                    block.xx[(i, i)] += curvature;
                }
                (Side::State { i, sign, .. }, None) => {
                    out.x[i] += sign * slope;
                    out.xx[(i, i)] += curvature;
                }
                (Side::Control { j, sign, .. }, Some(block)) => {
                    block.u[j] += sign * slope;
                    block.uu[(j, j)] += curvature;
                }
                (Side::Control { .. }, None) | (Side::Row { .. }, _) => (),
            }
        }
        self.expand_beyond(plan, hessian, out);
    }

    fn reach(&self, plan: &Trajectory<NX, NU>, step: &Trajectory<NX, NU>) -> f64 {
        let mut reach = f64::INFINITY;
        for (knot, side) in limits(&self.problem, plan.intervals()).filter(|_| self.cut.is_finite()) {
            let rate = side.along(knot, step, &[]);
            if rate < 0.0 {
                reach = f64::min(reach, -side.margin(knot, plan, &[]) / rate);
            }
        }
        f64::min(1.0, self.cut * reach)
    }
}
