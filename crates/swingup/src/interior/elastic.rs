//! When constraints cannot be kept: their violation gets a price, and the price rises until they hold or nothing but they count.

use super::kkt::Residuals;
use super::run::{Goal, Log, Outcome, Run};
use crate::constrained::Constrained;
use crate::constraints::Price;

/// Prices of the size of a constraint, in units of the cost.
const PRICES: [f64; 3] = [1e2, 1e4, 1e7];

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Iterates on the whole horizon until it is solved or shown to be infeasible.
    ///
    /// Where no step improves a motion that violates hard constraints, or their multipliers grow without end, every violation gets a
    /// price and the problem is solved with it; that one always has a solution. When it keeps the constraints it is the solution asked
    /// for. When it does not though a violation costs ten million times what the whole motion does, the point is a local minimum of the
    /// violations: infeasible was shown. Equations have a price from the beginning: they have no inside.
    pub(super) fn finish(&mut self, log: &mut Log<'_, NX, NU>) -> (Outcome, Residuals) {
        let goal = Goal { error: self.options.tolerance, last: true };
        let mut prices = PRICES.into_iter().skip(usize::from(self.rows.iter().any(|row| row.strict)));
        loop {
            let (outcome, now) = self.minimize(goal, log);
            let ended = matches!(outcome, Outcome::Done | Outcome::Broken | Outcome::NoProgress);
            if now.broken <= self.options.tolerance || !ended {
                return (outcome, now);
            }
            let Some(price) = prices.next() else {
                // A local minimum of the violations, as far as rounding lets it be one.
                let shown = outcome == Outcome::Done || now.error() <= self.options.acceptable;
                return (if shown { Outcome::Broken } else { outcome }, now);
            };
            self.charge(price);
        }
    }

    /// Gives every violation of a hard constraint this price, and begins again with a large μ.
    fn charge(&mut self, price: f64) {
        let linear = price * self.unit;
        for row in self.rows.iter_mut().filter(|row| row.price.is_none() || row.strict) {
            row.price = Some(Price { linear: linear / row.size, quadratic: 0.0 });
            row.strict = true;
        }
        self.mu = self.first_mu;
        (self.price, self.row_price, self.trust) = (1e-3 * self.unit, 1e-3 * self.unit, 0.0);
        self.center();
    }
}
