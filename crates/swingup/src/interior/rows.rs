//! The inequalities of a horizon, one row for each side of a bound or constraint.

use alloc::vec;

use super::elastic::EQUATION;
use super::row::{Row, Side};
use super::run::Run;
use crate::constrained::{Constrained, Linear};
use crate::constraints::{Kind, Price};
use crate::{Bound, Trajectory};

/// A limit as large as this is none.
const NO_LIMIT: f64 = 1e19;

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Bounds and constraints as rows.
    pub(super) fn list_rows(&mut self) {
        let n = self.plan.intervals();
        self.rows.reserve(4 * (n + 1) + 2 * self.constraints.len());
        self.control_limits.reserve(n);
        for knot in 0..=n {
            let bounds = self.nlp.bounds(knot);
            let mut hard = [(f64::NEG_INFINITY, f64::INFINITY); NU];
            let mut bound = |bound: Bound, side: &dyn Fn(f64, f64) -> Side, size: &mut f64| {
                for (sign, limit) in [(1.0, bound.lower), (-1.0, bound.upper)] {
                    if limit.abs() < NO_LIMIT {
                        let mut row = Row::new(knot, side(sign, limit), bound.price);
                        row.equation = bound.lower == bound.upper && bound.price.is_none();
                        row.strict = row.equation;
                        self.rows.push(row);
                        *size = size.max(limit.abs());
                    }
                }
            };
            for i in (0..NX).filter(|_| knot > 0) {
                bound(bounds.states[i], &|sign, limit| Side::State { i, sign, limit }, &mut self.limits.x[i]);
            }
            for j in (0..NU).filter(|_| knot < n) {
                let side = |sign, limit| Side::Control { j, sign, limit };
                bound(bounds.controls[j], &side, &mut self.limits.u[j]);
                if bounds.controls[j].price.is_none() {
                    let Bound { lower, upper, .. } = bounds.controls[j];
                    hard[j] = (lower, upper);
                }
            }
            if knot < n {
                self.control_limits.push(hard);
            }
        }
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

    /// Values of the rows on a plan, the constraints' in `margins`.
    pub(super) fn row_value(side: Side, knot: usize, plan: &Trajectory<NX, NU>, margins: &[f64]) -> f64 {
        match side {
            Side::State { i, sign, limit } => sign * (plan.states[knot][i] - limit),
            Side::Control { j, sign, limit } => sign * (plan.controls[knot][j] - limit),
            Side::Row { place, sign } => sign * margins[place],
        }
    }
}
