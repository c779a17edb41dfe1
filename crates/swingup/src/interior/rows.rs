//! The inequalities of a horizon, one row for each side of a bound or constraint.

use alloc::vec;

use super::elastic::EQUATION;
use super::row::Row;
use super::run::Run;
use crate::Bound;
use crate::constrained::{Constrained, Linear, Side, sides};
use crate::constraints::{Kind, Price};

/// A limit as large as this is none.
const NO_LIMIT: f64 = 1e19;

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Bounds and constraints as rows.
    pub(super) fn list_rows(&mut self) {
        let n = self.plan.intervals();
        self.rows.reserve(4 * (n + 1) + 2 * self.constraints.len());
        for (knot, side, bound) in sides(self.nlp, n) {
            let (size, limit) = match side {
                Side::State { i, limit, .. } => (&mut self.limits.x[i], limit),
                Side::Control { j, limit, .. } => (&mut self.limits.u[j], limit),
                Side::Row { .. } => continue,
            };
            if limit.abs() < NO_LIMIT {
                *size = size.max(limit.abs());
                let mut row = Row::new(knot, side, bound.price);
                row.equation = bound.lower == bound.upper && bound.price.is_none();
                row.strict = row.equation;
                self.rows.push(row);
            }
        }
        self.control_limits.extend((0..n).map(|knot| {
            self.nlp.bounds(knot).controls.map(|Bound { lower, upper, price }| match price {
                None => (lower, upper),
                Some(_) => (f64::NEG_INFINITY, f64::INFINITY),
            })
        }));
        for (place, constraint) in self.constraints.iter().enumerate() {
            let signs: &[f64] = if constraint.kind == Kind::Equal { &[1.0, -1.0] } else { &[1.0] };
            let price = if let Kind::Soft(price) = constraint.kind { Some(price) } else { None };
            for &sign in signs {
                let mut row = Row::new(constraint.knot, Side::Row { place, sign }, price);
                row.equation = constraint.kind == Kind::Equal;
                row.strict = row.equation;
                self.rows.push(row);
            }
        }
        self.trial_rows = vec![(0.0, 0.0, 0.0); self.rows.len()];
    }

    /// The sizes of the margins: half the way between two limits, else the size of what is limited.
    pub(super) fn size_rows(&mut self) {
        for r in 0..self.rows.len() {
            let row = self.rows[r];
            let bounds = self.nlp.bounds(row.knot);
            let (bound, size) = match row.side {
                Side::State { i, .. } => (bounds.states[i], self.sizes.x[i].max(self.limits.x[i])),
                Side::Control { j, .. } => (bounds.controls[j], self.sizes.u[j].max(self.limits.u[j])),
                Side::Row { place, .. } => {
                    let Linear { value, x, u } = &self.linear[place];
                    let moved = (0..NX).map(|i| x[i].abs() * self.sizes.x[i]).sum::<f64>()
                        + (0..NU).map(|j| u[j].abs() * self.sizes.u[j]).sum::<f64>();
                    (Bound::FREE, value.abs().max(moved))
                }
            };
            let half = 0.5 * (bound.upper - bound.lower);
            let size = if half > 0.0 { size.min(half) } else { size };
            let row = &mut self.rows[r];
            row.size = if size > 0.0 && size.is_finite() { size } else { 1.0 };
            if row.equation {
                row.price = Some(Price { linear: EQUATION * self.unit / row.size, quadratic: 0.0 });
            }
        }
    }
}
