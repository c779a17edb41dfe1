//! Four controllers of one problem, side by side.

use alloc::boxed::Box;
use alloc::vec::Vec;

use super::iterate::SHARE;
use super::linearize::{Places, end_across, linearize};
use super::passes::{accept_all, eliminate_rows, pass, step_all};
use super::problem::Problem;
use super::recursion::{step_back, step_on};
use super::rows::Side;
use super::shooting::Shooting;
use super::work::{Motion, Work};
use super::{Mpc, Options};
use crate::expansion::Hessian;
#[cfg(target_arch = "x86_64")]
use crate::lanes::Wide;
use crate::lanes::{LANES, Lanes, Plain};
use crate::ocp::{ProblemError, require};
use crate::{Cost, Dynamics, Ocp};

/// A problem whose Newton steps are taken in lanes across several of its kind; who controls only one has no need of it compiled.
trait Across<const NX: usize, const NU: usize>: Problem<NX, NU> {
    /// A Newton step in every lane of a batch; the share of it that each one took.
    fn step_across(&self, work: &mut Work<NX, NU, [f64; LANES]>, mu: &[f64; LANES], curved: bool) -> [f64; LANES];
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Across<NX, NU> for Shooting<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP> + Send + 'static,
    C: Cost<NX, NU, NP> + Send + 'static,
{
    fn step_across(&self, work: &mut Work<NX, NU, [f64; LANES]>, mu: &[f64; LANES], curved: bool) -> [f64; LANES] {
        step_across(&self.places(), work, mu, curved)
    }
}

/// As many controllers of one problem as a register has lanes, [`LANES`], each with its own plan: for sweeps over many starts or disturbances.
///
/// Parameters and bounds stay those of the problem.
/// Every sample takes [`Options::steps`](super::Options::steps) Gauss-Newton steps at one μ, in all lanes at once. There is no rescue, no
/// line search and no test of convergence; a lane whose step is not a number keeps its plan.
pub struct Batch<const NX: usize, const NU: usize> {
    problem: Box<dyn Across<NX, NU>>,
    work: Work<NX, NU, [f64; LANES]>,
    steps: usize,
    mu: [f64; LANES],
    begun: bool,
    stale: bool,
    evenly: bool,
    lengths: [f64; LANES],
}

impl<const NX: usize, const NU: usize> Batch<NX, NU> {
    /// Controllers for a problem, each with the first plan of [`Mpc::new`] from its own start.
    ///
    /// # Errors
    /// Those of [`Mpc::new`]; when the problem has constraints beyond bounds, or options ask for a tolerance, a line search, the exact
    /// Hessian or a delay.
    pub fn new<D, C, const NP: usize>(
        ocp: Ocp<D, C, NX, NU, NP>,
        starts: [[f64; NX]; LANES],
        options: Options,
    ) -> Result<Self, ProblemError>
    where
        D: Dynamics<NX, NU, NP> + Clone + Send + 'static,
        C: Cost<NX, NU, NP> + Clone + Send + 'static,
    {
        require(options.tolerance == 0.0, options.tolerance, "0 in a batch", || "tolerance".into())?;
        require(options.delay == 0, options.delay as f64, "0 in a batch", || "delay".into())?;
        require(!options.globalize, 1.0, "0 in a batch, which has no line search", || "globalize".into())?;
        let exact = options.hessian == Hessian::Exact;
        require(!exact, 1.0, "0 in a batch", || "exact hessian".into())?;
        let mut controllers = Vec::with_capacity(LANES);
        for start in starts {
            let mut ocp = ocp.clone();
            ocp.set_start(start)?;
            controllers.push(Mpc::new(ocp, options.clone())?);
        }
        let first = &controllers[0].work;
        let (n, constraints) = (first.intervals, first.constraints.len() + first.end_constraints.len());
        require(constraints == 0, constraints as f64, "0: a batch knows bounds only", || {
            "constraints beyond bounds".into()
        })?;
        let zero = [0.0; LANES];
        let mut work = Work::sized(n, n + 2, n + 1, zero);
        (work.sizes, work.unit) = (first.sizes, first.unit);
        let across =
            |sides: &[(usize, Side)]| sides.iter().map(|(i, side)| (*i, side.empty(n + 2))).collect::<Vec<_>>();
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
        Ok(Batch {
            steps: options.steps,
            mu,
            evenly: controllers[0].evenly,
            problem: Box::new(Shooting::new(ocp)),
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
    linearize::<L, [f64; LANES], D, C, NX, NU, NP>(places, work, curved);
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
