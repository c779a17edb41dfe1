//! The Newton system of an iteration: rows condensed into it, damped as much as it takes, solved.

use nalgebra::SVector;

use super::Step;
use super::row::Row;
use super::run::Run;
use crate::constrained::{Constrained, Linear, Side};
use crate::expansion::Hessian;
use crate::linear::RightSide;

/// Adds `weight ∇g` of a row to the slopes.
#[inline(always)]
pub(super) fn add_slope<const NX: usize, const NU: usize>(
    right: &mut RightSide<NX, NU>,
    row: &Row,
    weight: f64,
    linear: &[Linear<NX, NU>],
) {
    let n = right.knots.len();
    match row.side {
        Side::State { i, sign, .. } if row.knot < n => right.knots[row.knot].x[i] += sign * weight,
        Side::State { i, sign, .. } => right.terminal[i] += sign * weight,
        Side::Control { j, sign, .. } => right.knots[row.knot].u[j] += sign * weight,
        Side::Row { place, sign } => {
            let Linear { x, u, .. } = &linear[place];
            if let Some(side) = right.knots.get_mut(row.knot) {
                side.x += x * (sign * weight);
                side.u += u * (sign * weight);
            } else {
                right.terminal += x * (sign * weight);
            }
        }
    }
}

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Adds the rows to the expansion, and `weight - z` times their gradients to the right side.
    pub(super) fn condense(&mut self, fresh: bool) {
        let mu = self.mu;
        for r in 0..self.rows.len() {
            self.rows[r].eliminate(mu);
            let row = &self.rows[r];
            if fresh {
                add_slope(&mut self.right, row, row.z - row.force, &self.linear);
            }
            let stiffness = row.stiffness;
            match (row.side, self.expansion.blocks.get_mut(row.knot)) {
                (Side::State { i, .. }, Some(block)) => block.xx[(i, i)] += stiffness,
                (Side::State { i, .. }, None) => self.expansion.xx[(i, i)] += stiffness,
                (Side::Control { j, .. }, Some(block)) => block.uu[(j, j)] += stiffness,
                (Side::Control { .. }, None) => (),
                (Side::Row { place, .. }, _) => self.linear[place].curve(row.knot, stiffness, &mut self.expansion),
            }
        }
    }

    /// Solves the Newton system, damped as much as it takes; `false` when no damping helps.
    pub(super) fn direction(&mut self, exact: bool, step: &mut Step) -> bool {
        self.condense(true);
        step.exact = exact;
        let mut convex = false;
        let mut damping = self.trust;
        if exact {
            self.damp(damping);
            step.factorizations += 1;
            convex = self.riccati.factor(&self.expansion, 0.0, false).is_ok();
        }
        if convex {
            self.failures = 0;
        } else if self.options.hessian == Hessian::Exact {
            if self.skip > 0 {
                self.skip -= 1;
            } else {
                self.failures += 1;
                self.skip = self.failures.min(8);
            }
        }
        if exact && !convex {
            step.exact = false;
            self.expand(Hessian::GaussNewton);
            self.condense(false);
        }
        let mut added = 0.0;
        while !convex {
            self.damp(damping - added);
            added = damping;
            step.factorizations += 1;
            convex = self.riccati.factor(&self.expansion, 0.0, false).is_ok();
            if !convex {
                if !damping.is_finite() || damping > 1e14 * self.scale {
                    return false;
                }
                damping = if damping > 0.0 { 8.0 * damping } else { (1e-3 * self.scale).max(self.damping / 3.0) };
            }
        }
        (self.damping, step.damping) = (damping, damping);
        self.riccati.solve(&self.expansion, &self.right, &mut self.step);
        true
    }

    /// Adds damping to the curvature, as much for a change of any variable by its own size.
    pub(super) fn damp(&mut self, damping: f64) {
        let x: SVector<f64, NX> = SVector::from(self.sizes.x.map(|size| damping / (size * size)));
        let u: SVector<f64, NU> = SVector::from(self.sizes.u.map(|size| damping / (size * size)));
        for block in &mut self.expansion.blocks {
            (0..NX).for_each(|i| block.xx[(i, i)] += x[i]);
            (0..NU).for_each(|j| block.uu[(j, j)] += u[j]);
        }
        (0..NX).for_each(|i| self.expansion.xx[(i, i)] += x[i]);
    }

    /// Steps of the rows, and the longest that keep them inside.
    pub(super) fn longest(&mut self) -> (f64, f64) {
        let (tau, mu) = (self.share(), self.mu);
        let (mut primal, mut dual) = (1.0f64, 1.0f64);
        for row in &mut self.rows {
            let dg = row.side.along(row.knot, &self.step.motion, &self.linear);
            row.step(dg, mu);
            let (p, d) = row.longest(tau);
            (primal, dual) = (primal.min(p), dual.min(d));
        }
        (primal, dual)
    }
}
