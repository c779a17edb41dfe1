//! When constraints cannot be kept: their violation gets a price that dwarfs the cost, until they hold or are shown not to.

use super::kkt::Residuals;
use super::row::Row;
use super::run::{Goal, Log, Outcome, Run};
use crate::constrained::Constrained;
use crate::constraints::Price;

/// What it costs at first to violate a constraint by its size, in units of the cost; how exactly the problem with a price is solved;
/// the largest price.
const PRICE: f64 = 1e4;
const ERROR: f64 = 1e-4;
const DEAREST: f64 = 1e14;
/// The price of the two sides of an equation, which have no inside and so need one from the beginning.
pub(super) const EQUATION: f64 = 1e2;

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Iterates on the whole horizon until it is solved or shown to be infeasible.
    ///
    /// Where no step improves a motion that violates hard constraints, or they come no closer for long, every violation gets a price
    /// and the problem is solved with it; that one always has a solution. When the constraints hold there, the run goes on from it without
    /// prices. When they do not, and a price a thousand times higher leaves the violation where it was, the point is a local minimum
    /// of the violations: infeasible was shown.
    pub(super) fn finish(&mut self, log: &mut Log<'_, NX, NU>) -> (Outcome, Residuals) {
        let goal = Goal { error: self.options.tolerance, last: true };
        let (mut outcome, mut now) = self.minimize(goal, log);
        let ended = matches!(outcome, Outcome::Done | Outcome::Broken | Outcome::NoProgress);
        if now.broken <= self.options.tolerance && now.feasible <= self.options.acceptable || !ended {
            return (outcome, now);
        }
        let (mut price, mut before) = (PRICE, f64::INFINITY);
        loop {
            self.charge(price);
            (outcome, now) = self.minimize(Goal { error: ERROR, last: true }, log);
            let solved = outcome == Outcome::Done || outcome == Outcome::NoProgress && now.error() <= 100.0 * ERROR;
            if !solved {
                return (outcome, now);
            }
            if now.broken <= 10.0 * ERROR {
                self.release(price);
                (outcome, now) = self.minimize(goal, log);
                if outcome != Outcome::Done || now.broken <= self.options.tolerance {
                    return (outcome, now);
                }
            }
            if now.broken > 0.9 * before || price > DEAREST {
                return (Outcome::Broken, now);
            }
            before = now.broken;
            price *= 1e3;
        }
    }

    /// Gives every violation of a hard constraint this price, more than any soft one has, and begins again with a large μ. Limits of
    /// controls are kept: that is always possible.
    fn charge(&mut self, price: f64) {
        let unit = self.unit / self.charge;
        let soft = |row: &Row| match row.price {
            Some(price) if !row.strict => row.size * (price.linear + price.quadratic * row.size),
            _ => 0.0,
        };
        let dearest = self.rows.iter().map(soft).fold(unit, f64::max);
        self.charge = price * dearest / unit;
        self.unit = price * dearest;
        for row in self.rows.iter_mut().filter(|row| row.is_meant() && !row.is_control()) {
            row.price = Some(Price { linear: self.unit / row.size, quadratic: 0.0 });
            row.strict = true;
        }
        self.begin(0.1 * self.charge * self.first_mu);
    }

    /// Takes the prices back.
    fn release(&mut self, price: f64) {
        let unit = self.unit / self.charge;
        (self.charge, self.unit, self.patient) = (1.0, unit, true);
        for row in self.rows.iter_mut().filter(|row| row.strict) {
            row.price = None;
            if row.equation {
                row.price = Some(Price { linear: price * unit / row.size, quadratic: 0.0 });
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
