//! The best iterate, and the unit in which it is judged.

use alloc::vec::Vec;

use super::kkt::{Residuals, larger};
use super::run::Run;
use crate::Trajectory;
use crate::constrained::Constrained;
use crate::expansion::Hessian;

/// The best iterate of a horizon.
pub(super) struct Best<const NX: usize, const NU: usize> {
    score: f64,
    plan: Trajectory<NX, NU>,
    multipliers: Vec<[f64; NX]>,
    rows: Vec<[f64; 4]>,
}

impl<const NX: usize, const NU: usize> Best<NX, NU> {
    pub fn none(plan: &Trajectory<NX, NU>) -> Self {
        Best { score: f64::INFINITY, plan: plan.clone(), multipliers: Vec::new(), rows: Vec::new() }
    }
}

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Forgets the slopes of a far guess, where cost and multipliers are much flatter now.
    pub(super) fn recalibrate(&mut self) -> bool {
        let mut flatter = self.latest.max(1e-12 * self.cost.abs());
        for multiplier in &self.multipliers {
            (0..NX).for_each(|i| flatter = flatter.max(multiplier[i].abs() * self.sizes.x[i]));
        }
        flatter = self.rows.iter().fold(flatter, |most, row| most.max(row.z * row.size));
        if flatter == 0.0 || flatter > 0.2 * self.slope || self.recalibrations == 5 {
            return false;
        }
        self.slope = flatter;
        self.recalibrations += 1;
        true
    }

    /// Keeps an iterate that is ten times better than the one kept.
    pub(super) fn keep(&mut self, now: &Residuals) {
        let score = larger(now.error(), 1e3 * now.broken);
        if score.is_nan() || score > 0.1 * self.best.score {
            return;
        }
        self.best.score = score;
        self.best.plan.clone_from(&self.plan);
        self.best.multipliers.clone_from(&self.multipliers);
        self.best.rows.clear();
        self.best.rows.extend(self.rows.iter().map(|row| [row.s, row.z, row.t, row.v]));
    }

    /// Goes back to the iterate that was kept, where it is much better than this one.
    fn recall(&mut self, now: &Residuals) {
        let score = larger(now.error(), 1e3 * now.broken);
        if self.best.rows.len() != self.rows.len() || self.best.score >= 0.5 * score {
            return;
        }
        self.plan.clone_from(&self.best.plan);
        self.multipliers.clone_from(&self.best.multipliers);
        for (row, [s, z, t, v]) in self.rows.iter_mut().zip(&self.best.rows) {
            (row.s, row.z, row.t, row.v) = (*s, *z, *t, *v);
        }
        self.cost = self.nlp.evaluate(&self.plan, &mut self.defects);
        self.expand(Hessian::GaussNewton);
    }

    /// Goes back to the best iterate, or not, and measures what is there, in the unit of the cost there.
    pub(super) fn take_stock(&mut self, best: bool) -> Residuals {
        self.expand(Hessian::GaussNewton);
        self.measure();
        if best {
            let now = self.residuals();
            self.recall(&now);
        }
        self.charge = 1.0;
        self.measure();
        self.recalibrate();
        self.measure();
        self.residuals()
    }
}
