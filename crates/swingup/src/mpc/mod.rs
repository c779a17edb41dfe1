//! Model-predictive control: a plan that is shifted at every sample and improved by a Newton step.
//!
//! ```
//! use swingup::mpc::{Mpc, Options};
//! use swingup::problems::limited;
//!
//! let mut mpc = Mpc::new(limited::race(50)?, Options::default())?;
//! let u = mpc.control(&[0.0; 4]);
//! assert!(mpc.report().status.is_usable() && u[0].abs() <= 10.0);
//! # Ok::<(), swingup::ocp::ProblemError>(())
//! ```
//!
//! # A sample
//! ```text
//! shift      x_k ← x_{k+1}, u_k ← u_{k+1}, λ and the rows alike; the last interval is rolled forward
//! expand     A, B, d and ∇J at the plan, four knots at a time
//! factor     Riccati's recursion: the way from any first state, du = -K dx - k
//! step       dx_0 = x - x_0, onward to dx_N; as much of it as keeps every slack and multiplier positive
//! ```
//! [`control`](Mpc::control) does all of it for a measured state. [`prepare`](Mpc::prepare) does what needs no measurement, and
//! [`feedback`](Mpc::feedback) then takes a product of K with the deviation: the time from measurement to control is that of the
//! latter (Diehl, Bock and Schlöder's real-time iteration).
//!
//! The inequalities are those of the [interior point method](crate::interior), at one μ: their slacks and multipliers are shifted with
//! the plan. Limits of states, and constraints beyond bounds, are given a price ([`Options::soften`]); those of controls are kept.
//!
//! Who knows acados, CasADi or Crocoddyl finds their words in [`coming_from`].

mod batch;
mod bend;
mod cells;
mod closed_loop;
pub mod coming_from;
mod iterate;
mod linearize;
mod mixed;
mod options;
mod passes;
mod problem;
mod recursion;
mod report;
mod rows;
mod sensitivity;
mod shift;
mod shooting;
mod start;
#[cfg(test)]
mod tests;
mod trial;
mod work;

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

pub use batch::Batch;
pub use closed_loop::ClosedLoop;
pub use options::Options;
pub use report::{Report, Status, Times};
pub use sensitivity::Sensitivity;

pub use crate::lanes::LANES;

use crate::constrained::Side as Which;
use crate::constraints::Bounds;
use crate::interior::{self, Solution};
use crate::ocp::ProblemError;
use crate::{Cost, Dynamics, Ocp, Trajectory};
use problem::Problem;
use shooting::Shooting;
use start::First;
use work::Work;

/// From now on all controllers of this program find the same bits on every machine (`true`); or they are as fast as the processor lets
/// them, as at the beginning (`false`).
///
/// With AVX2 and FMA `a * b + c` is rounded once, elsewhere twice, so that machines agree to rounding only. Without these a sample takes
/// about twice as long.
pub fn portable(on: bool) {
    crate::cpu::deny_fused_vectors(on);
}

/// A controller for a problem of `NX` states and `NU` controls; its model is behind a pointer, so that the type can be named.
///
/// It allocates when it is made; no sample does, nor do other parameters or bounds.
pub struct Mpc<const NX: usize, const NU: usize> {
    problem: Box<dyn Problem<NX, NU>>,
    options: Options,
    work: Work<NX, NU>,
    /// What counts as large, in the cost, in states and in controls.
    unit: f64,
    sizes: ([f64; NX], [f64; NU]),
    /// μ, in the cost's unit.
    mu: f64,
    /// Must the curvature of the cost be read again?
    stale: bool,
    /// Is it the same everywhere?
    evenly: bool,
    stage: Prepared<NX>,
    /// The largest multiplier of a limit of a state on the first plan, times the state's size.
    dearest: f64,
    /// Did the last sample fail?
    lost: bool,
    /// Cost and defects of the plan, where the line search knows them, and its prices of defects and of the rows' residuals.
    merit: Option<(f64, f64)>,
    error_before: f64,
    prices: (f64, f64),
    /// Controls chosen that do not act yet.
    sent: VecDeque<[f64; NU]>,
    clock: Option<fn() -> f64>,
    report: Report,
    /// The solver's on the first plan.
    solved: Option<interior::Report>,
    /// du_0/dp by knots, parameters and controls.
    responses: Vec<[f64; NU]>,
}

/// How far the current sample has come.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Prepared<const NX: usize> {
    /// The plan begins at the first sample.
    First,
    /// The plan is that of the sample before.
    No,
    /// The plan is shifted to the next sample, and that is all.
    Shifted,
    /// The system is factored for the next measurement.
    Factored,
    /// A feedback was given for this deviation of the first state, and its step is still to be taken.
    Owed([f64; NX]),
}

impl<const NX: usize, const NU: usize> Mpc<NX, NU> {
    /// A controller for this problem, its first plan a [solution](crate::interior::solve) from the problem's start.
    ///
    /// The dynamics become RK4 steps, one for each interval. Where they are not linear there may be several optima, and the plan is the
    /// cheapest of those that three guesses lead to: rest at the start with no control, and with all controls that have two limits a
    /// quarter of their range from the upper ones, and from the lower ones. A problem that the solver gives up on has a controller too,
    /// which begins with its best motion, improved by up to 100 globalized steps at its limits' prices:
    /// [`first_solution`](Self::first_solution) tells.
    ///
    /// # Errors
    /// When an option is out of range, or a bound or price of the problem is.
    pub fn new<D, C, const NP: usize>(ocp: Ocp<D, C, NX, NU, NP>, options: Options) -> Result<Self, ProblemError>
    where
        D: Dynamics<NX, NU, NP> + Send + 'static,
        C: Cost<NX, NU, NP> + Send + 'static,
    {
        options.check()?;
        let problem = Shooting::new(ocp);
        let solution = problem.solve()?;
        let mut mpc = if solution.report.status.is_solved() {
            Self::begin(Box::new(problem), (&solution).into(), options)?
        } else {
            Self::begin_improved(Box::new(problem), &solution.plan, options)?
        };
        mpc.solved = Some(solution.report);
        Ok(mpc)
    }

    /// A controller that begins with the plan of this solution, which is to be one of the same problem by RK4: that of
    /// [`interior::solve`] on `ocp.clone().transcribe(RK4)` from a guess of your own.
    ///
    /// # Errors
    /// When an option is out of range, or the plan has another length than the problem or a number that is not finite.
    pub fn from_solution<D, C, const NP: usize>(
        ocp: Ocp<D, C, NX, NU, NP>,
        solution: &Solution<NX, NU>,
        options: Options,
    ) -> Result<Self, ProblemError>
    where
        D: Dynamics<NX, NU, NP> + Send + 'static,
        C: Cost<NX, NU, NP> + Send + 'static,
    {
        options.check()?;
        Self::begin(Box::new(Shooting::new(ocp)), solution.into(), options)
    }

    /// A controller that begins with any motion, such as rest: its samples make a plan of it, and no solver is compiled.
    ///
    /// What counts as large, and what it costs to break a limit of a state, is read off this motion.
    ///
    /// # Errors
    /// When an option is out of range, or the plan has another length than the problem or a number that is not finite.
    pub fn from_plan<D, C, const NP: usize>(
        ocp: Ocp<D, C, NX, NU, NP>,
        plan: &Trajectory<NX, NU>,
        options: Options,
    ) -> Result<Self, ProblemError>
    where
        D: Dynamics<NX, NU, NP> + Send + 'static,
        C: Cost<NX, NU, NP> + Send + 'static,
    {
        options.check()?;
        First::of(plan, |first| Self::begin(Box::new(Shooting::new(ocp)), first, options))
    }

    /// The control for a measured state: the plan is shifted, and improved by the allowed steps.
    ///
    /// What became of it says [`report`](Self::report); a control within its hard bounds is always returned.
    pub fn control(&mut self, x: &[f64; NX]) -> [f64; NU] {
        self.control_while(x, &mut || true)
    }

    /// [`control`](Self::control), with a step taken only while `keep_going` says so: it is asked before each one.
    pub fn control_while(&mut self, x: &[f64; NX], keep_going: &mut dyn FnMut() -> bool) -> [f64; NU] {
        let now = self.delayed(x);
        self.pay();
        self.advance();
        if self.begin_at(&now) {
            self.iterate(self.options.steps, keep_going);
        } else {
            self.report.status = no_number(x);
        }
        self.answer(self.work.plan.control(0))
    }

    /// All of the next sample that needs no measurement: the state it expects is the plan's. Once is enough: the plan is shifted only
    /// after a control was asked for.
    pub fn prepare(&mut self) {
        self.prepare_while(&mut || true);
    }

    /// [`prepare`](Self::prepare), with a step taken only while `keep_going` says so: it is asked before each one.
    pub fn prepare_while(&mut self, keep_going: &mut dyn FnMut() -> bool) {
        self.pay();
        self.advance();
        self.stage = Prepared::Shifted;
        self.begin_at(&self.work.plan.state(0));
        if self.options.steps > 1 {
            self.iterate(self.options.steps - 1, keep_going);
        }
        self.expand();
        if !self.report.error.is_finite() {
            self.fail(Status::NotFinite);
        } else if self.factor() {
            self.stage = Prepared::Factored;
        }
    }

    /// The control for a measured state after [`prepare`](Self::prepare): that of the plan and its step, corrected by `-K dx` for the
    /// deviation `dx` from what was expected, cut to the bounds of the controls.
    ///
    /// The rest of the step is taken by the next `prepare` or `control`, which count it. Where nothing is prepared this is
    /// [`control`](Self::control); where that failed, as its status says, the plan's control from here.
    pub fn feedback(&mut self, x: &[f64; NX]) -> [f64; NU] {
        if self.stage != Prepared::Factored {
            return self.unprepared(x);
        }
        let mut u = self.work.plan.control(0);
        if let Some(dx) = self.deviation(x) {
            let to_go = &self.work.to_go[0];
            for j in 0..NU {
                u[j] -= to_go.offset[j] + (0..NX).map(|i| to_go.gain[j][i] * dx[i]).sum::<f64>();
            }
            self.stage = Prepared::Owed(dx);
        }
        self.answer(u)
    }

    /// [`feedback`](Self::feedback) with the whole step: as much of it as keeps every slack and multiplier positive.
    pub fn feedback_with_bounds(&mut self, x: &[f64; NX]) -> [f64; NU] {
        if self.stage != Prepared::Factored {
            return self.unprepared(x);
        }
        if let Some(dx) = self.deviation(x) {
            self.stage = Prepared::Owed(dx);
            self.pay();
        }
        self.answer(self.work.plan.control(0))
    }

    /// What became of the last sample.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The solver's report on the first plan, where [`new`](Self::new) has solved for it.
    pub fn first_solution(&self) -> Option<&interior::Report> {
        self.solved.as_ref()
    }

    /// N, the number of intervals.
    pub fn intervals(&self) -> usize {
        self.work.intervals
    }

    /// The plan's state at knot `k`.
    ///
    /// # Panics
    /// When `k > N`.
    pub fn state(&self, k: usize) -> [f64; NX] {
        assert!(k <= self.intervals(), "knot {k} of {}", self.intervals());
        self.work.plan.state(k)
    }

    /// The plan's control of interval `k`.
    ///
    /// # Panics
    /// When `k >= N`.
    pub fn planned(&self, k: usize) -> [f64; NU] {
        assert!(k < self.intervals(), "interval {k} of {}", self.intervals());
        self.work.plan.control(k)
    }

    /// Shows each limit and constraint that is active, with its knot and its multiplier: the slack, against its size, is smaller than
    /// the multiplier against the cost's unit. The size is that of the variable, or what the variables' sizes change a constraint by;
    /// constraints have their place among those of the knot, and both sides of an equation are shown.
    pub fn active(&self, mut see: impl FnMut(usize, Which, f64)) {
        let (n, unit, work) = (self.intervals(), self.unit, &self.work);
        for &(i, ref side) in &work.states {
            side.active(1..n + 1, unit).for_each(|(k, limit, z)| see(k, Which::State { i, sign: side.sign, limit }, z));
        }
        for &(j, ref side) in &work.controls {
            side.active(0..n, unit).for_each(|(k, limit, z)| see(k, Which::Control { j, sign: side.sign, limit }, z));
        }
        for &(place, ref side) in &work.running {
            side.active(0..n, unit).for_each(|(k, _, z)| see(k, Which::Row { place, sign: side.sign }, z));
        }
        for &(place, ref side) in &work.ending {
            side.active(0..1, unit).for_each(|(_, _, z)| see(n, Which::Row { place, sign: side.sign }, z));
        }
    }

    /// Other parameters at knot `k`, from the next sample on. They stay with their knot when the plan is shifted. What counts as large,
    /// and with it the price of a softened limit, stays that of the first plan.
    ///
    /// # Errors
    /// When there is no such knot, there are more or fewer than the problem has, one is not finite, or a weight becomes negative.
    pub fn set_parameters(&mut self, k: usize, p: &[f64]) -> Result<(), ProblemError> {
        self.problem.set_parameters(k, p)?;
        self.stale = true;
        Ok(())
    }

    /// Other limits at knot `k`, from the next sample on. They stay with their knot when the plan is shifted.
    ///
    /// # Errors
    /// When there is no such knot, limits contradict each other or are not numbers, a price is none, or there is a limit where the
    /// problem had none at any knot, a price where it had none at any knot, or none where it had one.
    pub fn set_bounds(&mut self, k: usize, bounds: Bounds<NX, NU>) -> Result<(), ProblemError> {
        self.check_sides(k, &bounds)?;
        self.problem.set_bounds(k, bounds)?;
        self.bound(k);
        Ok(())
    }

    /// A clock, whose unit the times of the report then have.
    pub fn set_clock(&mut self, clock: fn() -> f64) {
        self.clock = Some(clock);
    }

    /// The control where no step is prepared: that of the plan from here, if its preparation has just failed, or else of a whole sample.
    fn unprepared(&mut self, x: &[f64; NX]) -> [f64; NU] {
        if self.stage != Prepared::Shifted || !self.lost {
            return self.control(x);
        }
        self.stage = Prepared::No;
        let now = self.delayed(x);
        if now.iter().all(|x| x.is_finite()) {
            self.lost = false;
            self.work.plan.set_state(0, &now);
            self.roll_out();
        }
        self.answer(self.work.plan.control(0))
    }

    /// How far a prepared sample's state is from what was expected, unless it is none; the sample has then had its measurement.
    fn deviation(&mut self, x: &[f64; NX]) -> Option<[f64; NX]> {
        self.stage = Prepared::No;
        let (now, expected) = (self.delayed(x), self.work.plan.state(0));
        let found = now.iter().all(|x| x.is_finite());
        self.report.status = if found { Status::Stepped } else { no_number(x) };
        found.then(|| core::array::from_fn(|i| now[i] - expected[i]))
    }

    /// The state that a measurement will have become when the next control acts, with the parameters of knot 0.
    fn delayed(&self, x: &[f64; NX]) -> [f64; NX] {
        self.sent.iter().fold(*x, |x, &u| self.problem.roll(0, x, u))
    }

    /// Sends a control, cut to its bounds.
    fn answer(&mut self, u: [f64; NU]) -> [f64; NU] {
        let u = self.clip(u);
        if self.options.delay > 0 {
            self.sent.pop_front();
            self.sent.push_back(u);
        }
        u
    }
}

/// The status where a state is not finite: was it measured, or predicted?
fn no_number<const NX: usize>(measured: &[f64; NX]) -> Status {
    if measured.iter().all(|x| x.is_finite()) { Status::NotFinite } else { Status::BadMeasurement }
}
