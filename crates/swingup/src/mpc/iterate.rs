//! Newton steps on the plan.

use super::rows::REACH;
use super::{Mpc, Status, Times, passes};
use crate::expansion::Hessian;

/// The share of a slack or multiplier that one step may use up.
pub(super) const SHARE: f64 = 0.99;
/// Share of the promised decrease that a step must keep.
const SUFFICIENT: f64 = 1e-4;
/// The first μ of a sample is this share of the error, and at most the second, both in units of the cost.
const FIRST: f64 = 5e-3;
pub(super) const LARGEST: f64 = 2e-3;
/// An error below which the merit is asked only when it grows.
const CLOSE: f64 = 1e-2;
/// A step shorter than this asks for another one.
const SHORT: f64 = 0.3;

impl<const NX: usize, const NU: usize> Mpc<NX, NU> {
    /// Steps until the error is small enough, or no more are allowed; the status says which.
    pub(super) fn iterate(&mut self, steps: usize, keep_going: &mut dyn FnMut() -> bool) {
        (self.merit, self.error_before) = (None, f64::INFINITY);
        let end = self.options.barrier * self.unit;
        if self.options.tolerance > 0.0 {
            self.mu = end;
        }
        loop {
            self.expand();
            let report = &self.report;
            if !report.error.is_finite() {
                return self.fail(Status::NotFinite);
            }
            if self.options.tolerance > 0.0 {
                if report.error <= self.options.tolerance {
                    self.report.status = Status::Converged;
                    return;
                }
                self.choose_barrier(end);
            }
            if self.report.steps >= steps && self.options.tolerance > 0.0 {
                self.report.status = Status::Stepped;
                return;
            }
            if !keep_going() {
                self.report.status = Status::Interrupted;
                return;
            }
            if !self.factor() {
                return;
            }
            if let Some(status) = self.take_step(&[0.0; NX]) {
                return self.fail(status);
            }
            self.report.steps += 1;
            let short = self.report.length < SHORT;
            let allowed = if short { steps.saturating_add(self.options.rescue) } else { steps };
            if self.options.tolerance == 0.0 && self.report.steps >= allowed {
                self.report.status = Status::Stepped;
                return;
            }
            if short && self.options.tolerance == 0.0 {
                self.mu = (4.0 * self.mu).min(LARGEST * self.unit).max(end);
            }
        }
    }

    /// From a μ that suits the error down to the last one, as fast as the plan follows.
    fn choose_barrier(&mut self, end: f64) {
        let report = &self.report;
        let scaled = report.error * self.unit;
        let before = self.mu;
        if report.steps == 0 {
            self.mu = (FIRST * scaled).min(LARGEST * self.unit).max(end);
        } else if scaled - self.mu < 100.0 * self.mu {
            let relative = self.mu / self.unit;
            self.mu = (0.2 * self.mu).min(relative * libm::sqrt(relative) * self.unit).max(end);
        }
        if self.mu != before {
            passes::recentre(&mut self.work, self.mu, REACH);
            passes::eliminate(&mut self.work, self.mu);
            let curved = self.is_curved();
            self.problem.expand(&mut self.work, curved);
            self.problem.end(&mut self.work);
        }
    }

    fn is_curved(&self) -> bool {
        self.stale || !self.evenly || !self.work.running.is_empty()
    }

    /// The problem about the plan, and how far that is from optimal.
    pub(super) fn expand(&mut self) {
        let start = self.now();
        self.problem.constrain(&mut self.work);
        let (complementarity, violation, row_error) = passes::eliminate(&mut self.work, self.mu);
        let curved = self.is_curved();
        let (gradient, defect, error) = self.problem.expand(&mut self.work, curved);
        let end = self.problem.end(&mut self.work);
        let report = &mut self.report;
        (report.gradient, report.defect, report.inequality) = (gradient, defect, violation);
        let off_path = (complementarity / self.unit - self.options.barrier).max(0.0);
        report.error = larger(error, larger(row_error, off_path));
        for i in 0..NX {
            let slope = end[i] + self.work.multipliers[i].as_flattened()[self.work.intervals];
            report.gradient = larger(report.gradient, slope.abs());
            report.error = larger(report.error, slope.abs() * self.sizes.0[i] / self.unit);
        }
        (report.complementarity, report.barrier) = (complementarity, self.mu);
        self.stale = false;
        self.add_time(start, |times| &mut times.expand);
    }

    /// Riccati's recursion; after a failure the status says which.
    pub(super) fn factor(&mut self) -> bool {
        let start = self.now();
        let exact = self.options.hessian == Hessian::Exact;
        if exact {
            self.problem.bend(&mut self.work);
            self.stale = true;
        }
        let mut least = passes::sweep_back(&mut self.work);
        let mut convex = least > 0.0;
        if exact && !convex {
            self.problem.expand(&mut self.work, true);
            self.problem.end(&mut self.work);
            least = passes::sweep_back(&mut self.work);
            convex = least > 0.0;
        }
        self.add_time(start, |times| &mut times.factor);
        if !convex {
            self.fail(if least.is_nan() { Status::NotFinite } else { Status::NotConvex });
        }
        convex
    }

    /// The step for this change of the first state, as far as it goes; why there is none.
    pub(super) fn take_step(&mut self, first: &[f64; NX]) -> Option<Status> {
        let start = self.now();
        let n = self.work.intervals;
        let slope = passes::sweep_on(&mut self.work, first);
        let finite = slope.is_finite() && self.work.step.state(n).iter().all(|x| x.is_finite());
        let used = passes::step_rows(&mut self.work);
        if !finite || !(used.0 + used.1).is_finite() {
            return Some(Status::NotFinite);
        }
        let share = |used: f64| if used > SHARE { SHARE / used } else { 1.0 };
        let (mut primal, dual) = (share(used.0), share(used.1));
        // Close to the solution, and coming closer, the merit has nothing to say.
        let near = self.report.error < CLOSE && self.report.error < self.error_before;
        self.error_before = self.report.error;
        // A state that was measured stands, whatever it does to the merit.
        let expected = first.iter().all(|dx| *dx == 0.0);
        if self.options.globalize && !near && expected {
            match self.search(primal, slope) {
                Some(length) => primal = length,
                None => return Some(Status::NoProgress),
            }
        }
        if near {
            self.merit = None;
        }
        passes::accept(&mut self.work, self.mu, (primal, dual));
        self.report.length = primal;
        self.add_time(start, |times| &mut times.step);
        None
    }

    /// Halves the step until the merit
    /// ```text
    /// J + Σ (-μ ln s - μ ln t + price of t) + ν Σ |d| + ν_g Σ |g + t - s|
    /// ```
    /// falls enough, ν above the multipliers, all of them against the sizes of their states and margins; `None` when it never does.
    fn search(&mut self, longest: f64, slope: f64) -> Option<f64> {
        let (cost, missed) = match self.merit {
            Some(merit) => merit,
            None => {
                passes::lead(&mut self.work, 0.0);
                self.problem.try_out(&mut self.work)
            }
        };
        // Where a step ended, the trial is still the plan.
        let rows = passes::row_slope(&mut self.work, self.mu);
        let before = passes::row_merit(&mut self.work, 0.0);
        let multipliers = self.work.next_multipliers.iter().zip(&self.sizes.0);
        let most = multipliers.fold(0.0f64, |most, (series, size)| {
            series.as_flattened().iter().fold(most, |most, l| most.max(l.abs() * size))
        });
        self.prices = (priced(self.prices.0, most), priced(self.prices.1, rows.multiplier));
        let price = |cost: f64, missed: f64, rows: passes::RowMerit| {
            let barrier = rows.paid - self.mu * rows.logarithms;
            cost + barrier + self.prices.0 * missed + self.prices.1 * rows.residual
        };
        let merit = price(cost, missed, before);
        let slope = slope + rows.force + rows.slope - self.prices.0 * missed - self.prices.1 * before.residual;
        let noise = 1e-12 * (merit.abs() + self.unit);
        let mut length = longest;
        for _ in 0..24 {
            passes::lead(&mut self.work, length);
            let (cost, missed) = self.problem.try_out(&mut self.work);
            let rows = passes::row_merit(&mut self.work, length);
            if price(cost, missed, rows) <= merit + SUFFICIENT * length * slope.min(0.0) + noise {
                self.merit = Some((cost, missed));
                return Some(length);
            }
            length *= 0.5;
        }
        None
    }

    /// The plan stays as the step before left it. One that is no number, or not convex, begins anew from the next sample's state.
    pub(super) fn fail(&mut self, status: Status) {
        self.report.status = status;
        self.lost = status != Status::NoProgress;
    }

    pub(super) fn now(&self) -> f64 {
        self.clock.map_or(0.0, |clock| clock())
    }

    pub(super) fn add_time(&mut self, start: f64, phase: impl Fn(&mut Times) -> &mut f64) {
        if let Some(clock) = self.clock {
            *phase(&mut self.report.times) += clock() - start;
        }
    }
}

/// A price above what it must exceed, and not so far above that a residual is all that counts.
fn priced(price: f64, multiplier: f64) -> f64 {
    let wanted = 1.5 * multiplier;
    if price < 1.1 * multiplier || (price > 10.0 * multiplier && multiplier > 0.0) { wanted } else { price }
}

/// The larger one; a NaN stays.
fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b <= a { a } else { b }
}
