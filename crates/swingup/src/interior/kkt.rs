//! How far a point is from the optimality conditions, free of units.

use nalgebra::SVector;

use super::newton::add_slope;
use super::row::Row;
use super::run::Run;
use crate::constrained::{Constrained, Side};
use crate::linear;

/// The sizes of states and controls: the largest value on the plan, or what the problem calls large, or, where both are zero, a bound;
/// 1 where there is none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sizes<const NX: usize, const NU: usize> {
    pub x: [f64; NX],
    pub u: [f64; NU],
}

/// The parts of the error.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(super) struct Residuals {
    /// As in the report, in the user's units.
    pub gradient: f64,
    pub violation: f64,
    pub complementarity: f64,
    /// Free of units: gradient, defect and `g + t - s` together, complementarity, and the distance from the path of μ.
    pub feasible: f64,
    pub stationary: f64,
    pub complementary: f64,
    pub off_path: f64,
    /// The largest violation of a constraint that is meant to hold, against its size.
    pub broken: f64,
    /// The largest `|g - s|` of a hard one, against its size.
    pub residual: f64,
}

impl Residuals {
    /// Of the optimality conditions.
    pub fn error(&self) -> f64 {
        larger(larger(self.feasible, self.stationary), self.complementary)
    }

    /// Of those on the path of μ.
    pub fn path_error(&self) -> f64 {
        larger(larger(self.feasible, self.stationary), self.off_path)
    }
}

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Measures states and controls, and with them the unit of the cost: the largest slope there was times the
    /// size of its variable.
    pub(super) fn measure(&mut self) {
        let (mut x, mut u) = self.nlp.sizes();
        for state in &self.plan.states {
            for i in 0..NX {
                x[i] = x[i].max(state[i].abs());
            }
        }
        for control in &self.plan.controls {
            for j in 0..NU {
                u[j] = u[j].max(control[j].abs());
            }
        }
        let size = |value: f64, limit: f64| match (value > 0.0, limit > 0.0) {
            (true, _) => value,
            (false, true) => limit,
            (false, false) => 1.0,
        };
        self.sizes.x = core::array::from_fn(|i| size(x[i], self.limits.x[i]));
        self.sizes.u = core::array::from_fn(|j| size(u[j], self.limits.u[j]));
        let n = self.plan.intervals();
        let mut most = 0.0f64;
        for k in 0..=n {
            let (slope, _) = self.expansion.state(k);
            for i in 0..NX {
                most = most.max(slope[i].abs() * self.sizes.x[i]);
            }
            for (j, slope) in self.expansion.blocks.get(k).iter().flat_map(|block| block.u.iter().enumerate()) {
                most = most.max(slope.abs() * self.sizes.u[j]);
            }
        }
        self.latest = most;
        self.slope = self.slope.max(most);
        self.unit = self.charge * if self.slope > 0.0 { self.slope } else { 1.0 };
    }

    /// The largest curvature of the cost, in its own unit, the last knot's left out: its weight is often a hundred times the others'.
    pub(super) fn curvature(&self) -> f64 {
        let mut most = 0.0f64;
        for block in &self.expansion.blocks {
            for i in 0..NX {
                most = most.max(block.xx[(i, i)].abs() * self.sizes.x[i] * self.sizes.x[i]);
            }
            for j in 0..NU {
                most = most.max(block.uu[(j, j)].abs() * self.sizes.u[j] * self.sizes.u[j]);
            }
        }
        if most > 0.0 { most } else { self.unit }
    }

    /// Residuals of the optimality conditions. The right side is left with the gradient of `J - z'g`.
    pub(super) fn residuals(&mut self) -> Residuals {
        let n = self.plan.intervals();
        self.right.take(&self.expansion);
        let mut out = Residuals::default();
        for row in &self.rows {
            add_slope(&mut self.right, row, -row.z, &self.linear);
            out.violation = out.violation.max(row.violation());
            out.broken = out.broken.max(row.violation() / row.size);
            if row.price.is_none() {
                out.residual = out.residual.max(row.residual().abs() / row.size);
            }
            out.feasible = larger(out.feasible, row.residual() / row.size);
            out.complementarity = larger(out.complementarity, row.off_path(0.0));
            out.off_path = larger(out.off_path, row.off_path(self.mu) / self.unit);
        }
        out.complementary = out.complementarity / self.unit;
        for defect in &self.defects {
            for i in 0..NX {
                out.feasible = larger(out.feasible, defect[i] / self.sizes.x[i]);
            }
        }
        let explicit = self.expansion.explicit;
        let mut carried = SVector::<f64, NX>::zeros();
        let mut see = |slope: f64, size: f64| {
            out.gradient = larger(out.gradient, slope);
            out.stationary = larger(out.stationary, slope * size / self.unit);
        };
        for (k, (block, multiplier)) in self.expansion.blocks.iter().zip(&self.multipliers).enumerate() {
            let multiplier = SVector::from(*multiplier);
            let linear::Side { x, u, .. } = &self.right.knots[k];
            let (x, u) = (x + carried - block.a.tr_mul(&multiplier), u - block.b.tr_mul(&multiplier));
            (0..NX).filter(|_| k > 0).for_each(|i| see(x[i], self.sizes.x[i]));
            (0..NU).for_each(|j| see(u[j], self.sizes.u[j]));
            carried = if explicit { multiplier } else { block.e.tr_mul(&multiplier) };
        }
        let end = self.right.terminal + carried;
        (0..NX).filter(|_| n > 0).for_each(|i| see(end[i], self.sizes.x[i]));
        out
    }

    /// The constraint that is broken most.
    pub(super) fn worst_row(&self) -> Option<&Row> {
        self.rows.iter().filter(|row| row.is_meant()).min_by(|a, b| (a.value / a.size).total_cmp(&(b.value / b.size)))
    }

    /// What a row is called, with its limit.
    pub(super) fn describe(&self, row: &Row) -> alloc::string::String {
        let (states, controls) = self.nlp.names();
        let side = |sign: f64| if sign > 0.0 { ">=" } else { "<=" };
        match row.side {
            Side::State { i, sign, limit } => alloc::format!("{} {} {limit}", states[i], side(sign)),
            Side::Control { j, sign, limit } => alloc::format!("{} {} {limit}", controls[j], side(sign)),
            Side::Row { place, .. } => self.constraints[place].name.into(),
        }
    }
}

/// The larger of a value and a size; a NaN stays.
pub(super) fn larger(most: f64, value: f64) -> f64 {
    let size = value.abs();
    if most.is_nan() || size <= most { most } else { size }
}
