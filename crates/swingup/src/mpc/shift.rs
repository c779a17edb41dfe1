//! From one sample to the next.

use super::iterate::LARGEST;
use super::work::Work;
use super::{Mpc, Prepared, Report, Status, passes};
use crate::lanes::LANES;

/// μ in units of the cost, for a first state that is its own size away from what was expected.
const KICK: f64 = 1e-2;
/// A step that keeps less than this share of slacks says that μ is too small: it is raised, and multipliers moved within a factor of its path.
const JAM: f64 = 0.1;
const NEAR: f64 = 3.0;

impl<const NX: usize, const NU: usize> Mpc<NX, NU> {
    /// Takes the step that a feedback still owes.
    pub(super) fn pay(&mut self) {
        let Prepared::Owed(dx) = self.stage else { return };
        self.stage = Prepared::No;
        match self.take_step(&dx) {
            Some(status) => self.fail(status),
            None => self.report.steps += 1,
        }
    }

    /// Shifts the plan to the next sample, unless there was none yet, or it is there already.
    pub(super) fn advance(&mut self) {
        self.report.times = super::Times::default();
        let start = self.now();
        if matches!(self.stage, Prepared::No | Prepared::Owed(_)) {
            self.shift();
        }
        self.stage = Prepared::No;
        let Work { plan, states, controls, .. } = &mut self.work;
        states.iter_mut().for_each(|(i, side)| side.settle(&plan.x[*i], self.mu));
        controls.iter_mut().for_each(|(j, side)| side.settle(&plan.u[*j], self.mu));
        self.add_time(start, |times| &mut times.shift);
    }

    /// Every knot takes what the next one had; the last interval keeps its control and is rolled forward, its new end has the multipliers
    /// of its old one, and rows on the path of μ.
    fn shift(&mut self) {
        let (mu, work) = (self.mu, &mut self.work);
        let n = work.intervals;
        for series in work.plan.x.iter_mut().chain(&mut work.multipliers) {
            series.as_flattened_mut().copy_within(1..=n, 0);
        }
        for series in &mut work.plan.u {
            series.as_flattened_mut().copy_within(1..n, 0);
        }
        for (_, side) in &mut work.states {
            side.shift(&[mu], n);
        }
        for (_, side) in work.controls.iter_mut().chain(&mut work.running) {
            side.shift(&[mu], n - 1);
        }
        let u = work.plan.control(n - 1);
        let end = self.problem.roll(n - 1, work.plan.state(n - 1), u);
        let end = if end.iter().all(|x| x.is_finite()) { end } else { work.plan.state(n - 1) };
        work.plan.set_state(n, &end);
        for (i, side) in &mut work.states {
            side.place(n, end[*i], None, mu);
        }
    }

    /// The plan begins at this state, if it is one. After a failure the plan is rolled out from there.
    pub(super) fn begin_at(&mut self, x: &[f64; NX]) -> bool {
        let length = if self.report.steps > 0 { self.report.length } else { 1.0 };
        self.report = Report { times: self.report.times, ..Report::default() };
        if !x.iter().all(|x| x.is_finite()) {
            self.report.status = Status::BadMeasurement;
            return false;
        }
        if self.options.tolerance == 0.0 {
            self.follow(x, length);
        } else {
            self.mu = self.options.barrier * self.unit;
        }
        self.work.plan.set_state(0, x);
        if core::mem::take(&mut self.lost) {
            self.roll_out();
        }
        true
    }

    /// μ for a sample that begins so far from what was expected: a kick wants room.
    fn follow(&mut self, x: &[f64; NX], length: f64) {
        let expected = self.work.plan.state(0);
        let kick = (0..NX).map(|i| (x[i] - expected[i]).abs() / self.sizes.0[i]).fold(0.0, f64::max);
        let before = self.mu;
        let after = if length < JAM {
            10.0 * before
        } else if length < 0.5 {
            before
        } else {
            0.2 * before
        };
        let least = self.options.barrier * self.unit;
        self.mu = (KICK * kick * self.unit).max(after).min(LARGEST * self.unit).max(least);
        if length < JAM {
            passes::recentre(&mut self.work, self.mu, NEAR);
        }
    }

    /// The plan's controls from its first state, as far as the model goes; multipliers of zero, and rows on the path of a μ as large as
    /// the cost.
    pub(super) fn roll_out(&mut self) {
        let n = self.work.intervals;
        for k in 0..n {
            let next = self.problem.roll(k, self.work.plan.state(k), self.work.plan.control(k));
            if next.iter().all(|x| x.is_finite()) {
                self.work.plan.set_state(k + 1, &next);
            }
        }
        self.work.multipliers.iter_mut().for_each(|series| series.fill([0.0; LANES]));
        self.problem.constrain(&mut self.work);
        self.mu = self.options.barrier.max(1e-3) * self.unit;
        self.place_rows(&[]);
    }

    /// Within the hard limits of the controls.
    pub(super) fn clip(&mut self, mut u: [f64; NU]) -> [f64; NU] {
        let bounds = self.problem.bounds(0).controls;
        for (u, bound) in u.iter_mut().zip(&bounds).filter(|(_, bound)| bound.price.is_none()) {
            let within = u.max(bound.lower).min(bound.upper);
            self.report.clipped |= within != *u;
            *u = within;
        }
        u
    }
}
