//! Four controllers of one problem, side by side.

use alloc::boxed::Box;

use super::linearize::{Places, end_across, linearize};
use super::passes::{accept_all, eliminate_rows, pass, step_all};
use super::problem::Problem;
use super::recursion::{step_back, step_on};
use super::rows::Side;
use super::work::{Motion, Work};
use super::{Mpc, Prepared};
#[cfg(target_arch = "x86_64")]
use crate::lanes::Wide;
use crate::lanes::{LANES, Lanes, Plain};
use crate::ocp::{ProblemError, require};
use crate::{Cost, Dynamics};

/// The share of a slack or multiplier that one step may use up.
const SHARE: f64 = 0.99;

/// As many controllers of one problem as a register has lanes, each with its own plan: for sweeps over many starts or disturbances.
///
/// Every sample takes [`Options::steps`](super::Options::steps) Gauss-Newton steps at one μ, in all lanes at once. There is no rescue, no
/// line search and no test of convergence; a lane whose step is not a number keeps its plan.
pub struct Batch<const NX: usize, const NU: usize> {
    problem: Box<dyn Problem<NX, NU>>,
    work: Work<NX, NU, [f64; LANES]>,
    steps: usize,
    mu: [f64; LANES],
    begun: bool,
    stale: bool,
    evenly: bool,
    lengths: [f64; LANES],
}

impl<const NX: usize, const NU: usize> Batch<NX, NU> {
    /// The controllers of one problem, made with the same options, as they stand. Problem and number of steps are those of the first,
    /// prices and μ each one's own.
    ///
    /// # Errors
    /// When one has another horizon or other limits than the first, when they have constraints beyond bounds, when they have had a
    /// sample, or when their options ask for a tolerance, a line search, the exact Hessian or a delay.
    pub fn new(controllers: [Mpc<NX, NU>; LANES]) -> Result<Self, ProblemError> {
        let n = controllers[0].intervals();
        for (lane, controller) in controllers.iter().enumerate() {
            let (work, options) = (&controller.work, &controller.options);
            let field = |what: &str| alloc::format!("{what} of controller {lane}");
            require(work.intervals == n, work.intervals as f64, "those of the first", || field("intervals"))?;
            let constraints = work.constraints.len() + work.end_constraints.len();
            require(constraints == 0, constraints as f64, "0: a batch knows bounds only", || {
                field("constraints beyond bounds")
            })?;
            let sides = (work.states.len(), work.controls.len());
            let alike = sides == (controllers[0].work.states.len(), controllers[0].work.controls.len());
            require(alike, (sides.0 + sides.1) as f64, "those of the first", || field("limits"))?;
            require(options.tolerance == 0.0, options.tolerance, "0 in a batch", || field("tolerance"))?;
            require(options.delay == 0, options.delay as f64, "0 in a batch", || field("delay"))?;
            let plain = !options.globalize && options.hessian == crate::expansion::Hessian::GaussNewton;
            require(plain, 1.0, "Gauss-Newton steps without a line search in a batch", || field("steps"))?;
            let fresh = controller.stage == Prepared::First;
            require(fresh, 1.0, "0: a batch begins with first plans", || field("samples"))?;
        }
        let zero = [0.0; LANES];
        let mut work = Work::sized(n, n + 2, n + 1, zero);
        let first = &controllers[0].work;
        (work.sizes, work.unit) = (first.sizes, first.unit);
        let across = |sides: &[(usize, Side)]| {
            sides.iter().map(|(i, side)| (*i, side.empty(n + 2))).collect::<alloc::vec::Vec<_>>()
        };
        (work.states, work.controls) = (across(&first.states), across(&first.controls));
        for (lane, controller) in controllers.iter().enumerate() {
            let from = &controller.work;
            let each = |to: &mut [[f64; LANES]], from: &[[f64; LANES]]| {
                to.iter_mut().zip(from.as_flattened()).for_each(|(to, &value)| to[lane] = value);
            };
            let motion = |to: &mut Motion<NX, NU>, from: &Motion<NX, NU>| {
                to.x.iter_mut().zip(&from.x).chain(to.u.iter_mut().zip(&from.u)).for_each(|(to, from)| each(to, from));
            };
            motion(&mut work.plan, &from.plan);
            work.multipliers.iter_mut().zip(&from.multipliers).for_each(|(to, from)| each(to, from));
            let sides = work.states.iter_mut().zip(&from.states).chain(work.controls.iter_mut().zip(&from.controls));
            sides.for_each(|((_, to), (_, from))| to.take_lane(lane, from));
        }
        let mu = core::array::from_fn(|lane| controllers[lane].mu);
        let [first, ..] = controllers;
        Ok(Batch {
            steps: first.options.steps,
            mu,
            evenly: first.evenly,
            problem: first.problem,
            work,
            begun: false,
            stale: true,
            lengths: [1.0; LANES],
        })
    }

    /// A control for each measured state: that of its plan where the state is not finite.
    pub fn control(&mut self, states: &[[f64; NX]; LANES]) -> [[f64; NU]; LANES] {
        if self.begun {
            self.shift();
        }
        self.begun = true;
        for (lane, x) in states.iter().enumerate().filter(|(_, x)| x.iter().all(|x| x.is_finite())) {
            self.work.plan.x.iter_mut().zip(x).for_each(|(series, &x)| series[0][lane] = x);
        }
        for _ in 0..self.steps {
            let curved = self.stale || !self.evenly;
            self.lengths = self.problem.step_across(&mut self.work, &self.mu, curved);
            self.stale = false;
        }
        let bounds = self.problem.bounds(0).controls;
        core::array::from_fn(|lane| {
            core::array::from_fn(|j| {
                let u = self.work.plan.u[j][0][lane];
                if bounds[j].price.is_none() { u.max(bounds[j].lower).min(bounds[j].upper) } else { u }
            })
        })
    }

    /// Share of the last step that each lane took; 0 where it was not a number.
    pub fn lengths(&self) -> [f64; LANES] {
        self.lengths
    }

    /// Every knot takes what the next one had; the last interval keeps its control and is rolled forward.
    fn shift(&mut self) {
        let (mu, work) = (self.mu, &mut self.work);
        let n = work.intervals;
        for series in work.plan.x.iter_mut().chain(&mut work.multipliers) {
            series.copy_within(1..=n, 0);
        }
        for series in &mut work.plan.u {
            series.copy_within(1..n, 0);
        }
        for (_, side) in &mut work.states {
            side.shift(&mu, n);
        }
        for (_, side) in &mut work.controls {
            side.shift(&mu, n - 1);
        }
        for lane in 0..LANES {
            let (x, u) = (work.plan.state(LANES * (n - 1) + lane), work.plan.control(LANES * (n - 1) + lane));
            let end = self.problem.roll(n - 1, x, u);
            let end = if end.iter().all(|x| x.is_finite()) { end } else { x };
            work.plan.set_state(LANES * n + lane, &end);
            for (i, side) in &mut work.states {
                side.place(LANES * n + lane, end[*i], None, mu[lane]);
            }
        }
    }
}

pass! {
    /// A Newton step in every lane; the share of it that each one took.
    fn step_across[D, C, const NX: usize, const NU: usize, const NP: usize](
        places: &Places<'_, D, C, NP>, work: &mut Work<NX, NU, [f64; LANES]>, mu: &[f64; LANES], curved: bool
    ) -> [f64; LANES] [D: Dynamics<NX, NU, NP>, C: Cost<NX, NU, NP>]
    = step_across_in[D, C, NX, NU, NP] in Plain | Wide
}

#[inline(always)]
fn step_across_in<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU, [f64; LANES]>,
    mu: &[f64; LANES],
    curved: bool,
) -> [f64; LANES]
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let (mu, zero, one) = (L::load(mu), L::from(0.0), L::from(1.0));
    let n = work.intervals;
    eliminate_rows(work, mu);
    if curved {
        linearize::<L, [f64; LANES], D, C, NX, NU, NP, true>(places, work);
    } else {
        linearize::<L, [f64; LANES], D, C, NX, NU, NP, false>(places, work);
    }
    end_across::<L, D, C, NX, NU, NP>(places, work);
    let mut least = L::from(f64::INFINITY);
    for k in (0..n).rev() {
        let (here, behind) = work.to_go.split_at_mut(k + 1);
        least = least.min(step_back::<L, NX, NU>(&work.stages[k], &behind[0], &mut here[k]));
    }
    let mut dx = [zero; NX];
    for i in 0..NX {
        work.step.x[i][0] = zero.store();
    }
    for k in 0..n {
        let (du, next, multiplier) = step_on::<L, NX, NU>(&work.stages[k], &work.to_go[k], &work.to_go[k + 1], &dx);
        for j in 0..NU {
            work.step.u[j][k] = du[j].store();
        }
        for i in 0..NX {
            work.step.x[i][k + 1] = next[i].store();
            work.next_multipliers[i][k + 1] = multiplier[i].store();
        }
        dx = next;
    }
    let used = step_all(work);
    let share = |used: L| L::from(SHARE) / used.max(L::from(SHARE));
    let (mut primal, mut dual) = (share(used.0), share(used.1));
    // A lane that is not a number, or not convex, keeps its plan: what is selected by a NaN is the second.
    let mut sane = least;
    for i in 0..NX {
        sane = (L::from(1e150) - dx[i].abs()).select(sane, -one);
    }
    primal = sane.select(primal, zero);
    dual = sane.select(dual, zero);
    if sane.store().into_iter().any(|lane| lane.is_nan() || lane < 0.0) {
        clean::<L, NX, NU>(work, sane);
    }
    accept_all(work, mu, (primal, dual));
    primal.store()
}

/// No step where a lane's is not a number.
#[inline(always)]
fn clean<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU, [f64; LANES]>, sane: L) {
    let zero = L::from(0.0);
    for series in work.step.x.iter_mut().chain(&mut work.step.u) {
        for step in series {
            *step = sane.select(L::load(step), zero).store();
        }
    }
    for (to, from) in work.next_multipliers.iter_mut().zip(&work.multipliers) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = sane.select(L::load(to), L::load(from)).store();
        }
    }
    for side in work.sides() {
        side.clean(sane);
    }
}
