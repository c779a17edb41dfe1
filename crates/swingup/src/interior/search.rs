//! How far to go along a step, and how: straight, or as a rollout.

use nalgebra::SVector;

use super::Step;
use super::run::{REACH, Run};
use crate::constrained::Constrained;

/// Share of the promised decrease that a step must keep.
const SUFFICIENT: f64 = 1e-4;
/// Shortest step that is tried.
const SHORTEST: f64 = 1e-9;

impl<P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'_, P, NX, NU> {
    /// Halves the step until the merit
    /// ```text
    /// J + Σ (-μ ln s - μ ln t + price of t) + ν Σ |d| + ν_g Σ |g + t - s|
    /// ```
    /// falls enough, ν above the multipliers; the length is 0 when it never does.
    pub(super) fn search(&mut self, (primal, dual): (f64, f64), step: &mut Step) {
        self.raise_prices();
        let violation: f64 = self.defects.as_flattened().iter().map(|d| d.abs()).sum();
        let residual: f64 = self.rows.iter().map(|row| row.residual().abs()).sum();
        let slope = self.cost_slope() + self.rows.iter().map(|row| row.slope(self.mu)).sum::<f64>()
            - self.price * violation
            - self.row_price * residual;
        let slacks = self.rows.iter().map(|row| (row.s, row.t, row.paid(row.t)));
        let before = self.cost + barrier(self.mu, slacks) + self.price * violation + self.row_price * residual;
        let noise = 1e-13 * (before.abs() + self.unit);
        let mut length = primal;
        while length > SHORTEST {
            for rollout in [self.rolled, !self.rolled] {
                step.trials += 1;
                let cost = if rollout {
                    self.roll_out(length)
                } else {
                    self.plan.step_into(length, &self.step.motion, &mut self.trial);
                    self.nlp.evaluate(&self.trial, &mut self.trial_defects)
                };
                if !cost.is_finite() {
                    continue;
                }
                let merit = cost + self.trial_merit(length, rollout);
                if merit <= before + SUFFICIENT * length * slope.min(0.0) + noise {
                    (step.length, step.rollout) = (length, rollout);
                    self.rolled = rollout;
                    self.accept(cost, length, dual);
                    return;
                }
            }
            length *= 0.5;
        }
    }

    /// `∇J'dz`.
    fn cost_slope(&self) -> f64 {
        let mut sum = self.expansion.x.dot(&SVector::from(self.step.motion.states[self.plan.intervals()]));
        for (k, block) in self.expansion.blocks.iter().enumerate() {
            sum += block.x.dot(&SVector::from(self.step.motion.states[k]));
            sum += block.u.dot(&SVector::from(self.step.motion.controls[k]));
        }
        sum
    }

    fn raise_prices(&mut self) {
        let most = self.step.multipliers.as_flattened().iter().fold(0.0f64, |most, l| most.max(l.abs()));
        if self.price < 1.1 * most {
            self.price = 1.5 * most;
        }
        let most = self.rows.iter().fold(0.0f64, |most, row| most.max((row.z + row.dz).abs()));
        let residual = self.rows.iter().any(|row| row.residual().abs() > 1e-12 * row.size);
        if residual && self.row_price < 1.1 * most {
            self.row_price = 1.5 * most;
        }
    }

    /// Rows of the trial, and all of its merit but the cost.
    fn trial_merit(&mut self, length: f64, rollout: bool) -> f64 {
        if !self.margins.is_empty() {
            self.nlp.margins(&self.trial, &mut self.margins);
        }
        let tau = self.share();
        let mut residual = 0.0;
        for (row, out) in self.rows.iter().zip(&mut self.trial_rows) {
            let value = row.side.margin(row.knot, &self.trial, &self.margins);
            let (s, t) = row.after(value, length, rollout, tau);
            *out = (value, s, t);
            residual += (value + t - s).abs();
        }
        let slacks = self.rows.iter().zip(&self.trial_rows).map(|(row, &(_, s, t))| (s, t, row.paid(t)));
        let violation: f64 = self.trial_defects.as_flattened().iter().map(|d| d.abs()).sum();
        barrier(self.mu, slacks) + self.price * violation + self.row_price * residual
    }

    /// The controls of the step with the feedback of its recursion, `u = ū + length k - K (x - x̄)`, through the dynamics; what the
    /// step leaves of the defects stays. Its cost.
    fn roll_out(&mut self, length: f64) -> f64 {
        let keep = 1.0 - self.share();
        for k in 0..self.plan.intervals() {
            let (x, plan) = (self.trial.states[k], &self.plan);
            let gain = self.riccati.gain(k);
            let off =
                SVector::from(self.step.motion.states[k]) * length - (SVector::from(x) - SVector::from(plan.states[k]));
            let du = SVector::from(self.step.motion.controls[k]) * length + gain * off;
            let mut u = plan.controls[k];
            for j in 0..NU {
                let (lower, upper) = self.control_limits[k][j];
                let least = lower + keep * (u[j] - lower).max(0.0);
                let most = upper - keep * (upper - u[j]).max(0.0);
                u[j] += du[j];
                if lower.is_finite() && u[j] < least {
                    u[j] = least;
                }
                if upper.is_finite() && u[j] > most {
                    u[j] = most;
                }
            }
            self.trial.controls[k] = u;
            let mut next = plan.states[k + 1];
            (0..NX).for_each(|i| next[i] += length * self.step.motion.states[k + 1][i]);
            for _ in 0..if self.expansion.explicit { 1 } else { 3 } {
                let defect = self.nlp.defect(k, x, u, next);
                let left = SVector::from_fn(|i, _| defect[i] - (1.0 - length) * self.defects[k][i]);
                let left = self.riccati.behind(k, left);
                (0..NX).for_each(|i| next[i] -= left[i]);
            }
            if !next.iter().all(|x| x.is_finite()) {
                return f64::NAN;
            }
            self.trial.states[k + 1] = next;
            (0..NX).for_each(|i| self.trial_defects[k][i] = (1.0 - length) * self.defects[k][i]);
        }
        if self.expansion.explicit {
            return self.nlp.cost(&self.trial);
        }
        self.nlp.evaluate(&self.trial, &mut self.trial_defects)
    }

    fn accept(&mut self, cost: f64, length: f64, dual: f64) {
        core::mem::swap(&mut self.plan, &mut self.trial);
        core::mem::swap(&mut self.defects, &mut self.trial_defects);
        self.cost = cost;
        let mu = self.mu;
        for (row, &(value, s, t)) in self.rows.iter_mut().zip(&self.trial_rows) {
            row.accept(value, (s, t), dual, mu, REACH);
        }
        for (now, goal) in self.multipliers.as_flattened_mut().iter_mut().zip(self.step.multipliers.as_flattened()) {
            *now += length * (goal - *now);
        }
        self.trial.states[0] = self.plan.states[0];
    }
}

/// `Σ (-μ ln s - μ ln t + paid)`, a `t` of zero left out. Logarithms of products: there are fewer of them.
fn barrier(mu: f64, slacks: impl Iterator<Item = (f64, f64, f64)>) -> f64 {
    let (mut sum, mut product, mut paid) = (0.0, 1.0, 0.0);
    for (s, t, price) in slacks {
        product *= if t > 0.0 { s * t } else { s };
        paid += price;
        if !(1e-150..1e150).contains(&product) {
            sum += libm::log(product);
            product = 1.0;
        }
    }
    paid - mu * (sum + libm::log(product))
}
