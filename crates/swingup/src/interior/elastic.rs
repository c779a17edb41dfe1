//! When constraints cannot be kept: their violation gets a price that dwarfs the cost, until they hold or are shown not to.

use super::kkt::Residuals;
use super::run::{Goal, Log, Outcome, Run};
use crate::constrained::Constrained;
use crate::constraints::Price;

/// What it costs to violate a constraint by its size, in units of the cost, and how exactly the problem with that price is solved.
const PRICE: f64 = 1e4;
const ERROR: f64 = 1e-4;
/// The price of the two sides of an equation, which have no inside and so need one from the beginning.
pub(super) const EQUATION: f64 = 1e2;

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Iterates on the whole horizon until it is solved or shown to be infeasible.
    ///
    /// Where no step improves a motion that violates hard constraints, or they come no closer for long, every violation gets a price
    /// and the problem is solved with it; that one always has a solution. When the constraints hold there, the run goes on from it without
    /// prices. When they do not, though violating one by its size costs ten thousand times what the cost knows of, the point is a local
    /// minimum of the violations: infeasible was shown.
    pub(super) fn finish(&mut self, log: &mut Log<'_, NX, NU>) -> (Outcome, Residuals) {
        let goal = Goal { error: self.options.tolerance, last: true };
        let (outcome, now) = self.minimize(goal, log);
        let ended = matches!(outcome, Outcome::Done | Outcome::Broken | Outcome::NoProgress);
        if now.broken <= self.options.tolerance && now.feasible <= self.options.acceptable || !ended {
            return (outcome, now);
        }
        self.charge();
        let (outcome, now) = self.minimize(Goal { error: ERROR, last: true }, log);
        let shown = outcome == Outcome::Done || outcome == Outcome::NoProgress && now.error() <= 100.0 * ERROR;
        if !shown {
            return (outcome, now);
        }
        if now.broken > 10.0 * ERROR {
            return (Outcome::Broken, now);
        }
        self.release();
        self.minimize(goal, log)
    }

    /// Gives every violation of a hard constraint this price, and begins again with a large μ. Limits of controls are kept: that is
    /// always possible.
    fn charge(&mut self) {
        (self.charge, self.unit) = (PRICE, PRICE * self.unit);
        for row in self.rows.iter_mut().filter(|row| row.is_meant() && !row.is_control()) {
            row.price = Some(Price { linear: self.unit / row.size, quadratic: 0.0 });
            row.strict = true;
        }
        self.begin(0.1 * PRICE * self.first_mu);
    }

    /// Takes the prices back.
    fn release(&mut self) {
        let unit = self.unit / self.charge;
        (self.charge, self.unit, self.patient) = (1.0, unit, true);
        for row in self.rows.iter_mut().filter(|row| row.strict) {
            row.price = None;
            if row.equation {
                row.price = Some(Price { linear: 1e2 * EQUATION * unit / row.size, quadratic: 0.0 });
            }
            row.strict = row.equation;
        }
        self.begin(self.first_mu);
    }

    fn begin(&mut self, mu: f64) {
        self.mu = mu;
        // What the multipliers grew to says nothing any more.
        self.multipliers.fill([0.0; NX]);
        (self.price, self.row_price, self.trust) = (1e-3 * self.unit, 1e-3 * self.unit, 0.0);
        (self.least_residual, self.idle) = (f64::INFINITY, 0);
        self.center();
    }
}
