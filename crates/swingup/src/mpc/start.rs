//! A controller from a first plan, and its inequalities as rows.

use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::problem::{Listing, Problem};
use super::rows::Side;
use super::work::{Constraint, Work};
use super::{Mpc, Options, Prepared, Report};
use crate::Trajectory;
use crate::constrained::Side as Which;
use crate::constraints::{Bound, Bounds, Kind, Price};
use crate::interior::{Solution, Warm};
use crate::lanes::LANES;
use crate::ocp::{ProblemError, require, require_finite};

/// A limit as large as this is none.
const NO_LIMIT: f64 = 1e19;
/// What it costs to break an equation, or a hard limit that has soft neighbours, as a multiple of the cost's largest slope.
const DEAR: f64 = 100.0;
/// A price is at least this multiple of the largest multiplier that a limit of a state has on the first plan, each per size of its state:
/// below, it would rather be broken.
const ABOVE: f64 = 3.0;

/// What a controller begins with.
#[derive(Clone, Copy)]
pub(super) struct First<'a, const NX: usize, const NU: usize> {
    pub plan: &'a Trajectory<NX, NU>,
    pub multipliers: &'a [[f64; NX]],
    pub warm: &'a Warm,
}

impl<'a, const NX: usize, const NU: usize> From<&'a Solution<NX, NU>> for First<'a, NX, NU> {
    fn from(solution: &'a Solution<NX, NU>) -> Self {
        First { plan: &solution.plan, multipliers: &solution.multipliers, warm: &solution.warm }
    }
}

impl<const NX: usize, const NU: usize> First<'_, NX, NU> {
    /// A motion whose multipliers nobody knows.
    pub fn of<T>(plan: &Trajectory<NX, NU>, begin: impl FnOnce(First<'_, NX, NU>) -> T) -> T {
        let zeros = alloc::vec![[0.0; NX]; plan.intervals()];
        begin(First { plan, multipliers: &zeros, warm: &Warm::default() })
    }
}

impl<const NX: usize, const NU: usize> Mpc<NX, NU> {
    pub(super) fn begin(
        problem: Box<dyn Problem<NX, NU>>,
        first: First<'_, NX, NU>,
        options: Options,
    ) -> Result<Self, ProblemError> {
        check_plan(&*problem, first)?;
        let n = problem.intervals();
        let sizes = sizes(&*problem, first.plan);
        let unit = problem.unit(first, &sizes);
        let mut work = Work::new(n);
        (work.sizes, work.unit) = (sizes, unit);
        let mut mpc = Mpc {
            mu: options.barrier * unit,
            sent: VecDeque::from(alloc::vec![[0.0; NU]; options.delay]),
            problem,
            options,
            work,
            unit,
            sizes,
            stale: true,
            evenly: false,
            stage: Prepared::First,
            dearest: 0.0,
            lost: false,
            merit: None,
            error_before: f64::INFINITY,
            prices: (0.0, 0.0),
            clock: None,
            report: Report::default(),
            solved: None,
            responses: Vec::new(),
        };
        mpc.evenly = mpc.problem.is_curved_evenly();
        mpc.responses = alloc::vec![[0.0; NU]; (n + 1) * mpc.problem.parameters()];
        first.warm.each(|_, which, z| {
            if let Which::State { i, .. } = which {
                mpc.dearest = mpc.dearest.max(z * mpc.sizes.0[i]);
            }
        });
        mpc.take_plan(first);
        mpc.list_bounds();
        mpc.list_constraints(first.warm);
        mpc.begin_again(first);
        Ok(mpc)
    }

    /// Begins with what converged steps make of this motion, where that is nearer to an optimum. What its multipliers were does not count:
    /// those of a problem that was given up on say nothing about prices.
    pub(super) fn begin_improved(
        problem: Box<dyn Problem<NX, NU>>,
        plan: &Trajectory<NX, NU>,
        options: Options,
    ) -> Result<Self, ProblemError> {
        let converged = Options {
            barrier: options.barrier,
            soften: options.soften,
            hessian: options.hessian,
            ..Options::converged()
        };
        let mut mpc = First::of(plan, |first| Self::begin(problem, first, converged))?;
        mpc.expand();
        let before = mpc.report.error;
        mpc.control(&plan.states[0]);
        let (n, work) = (mpc.intervals(), &mpc.work);
        let better = Trajectory {
            states: (0..=n).map(|k| work.plan.state(k)).collect(),
            controls: (0..n).map(|k| work.plan.control(k)).collect(),
        };
        let multipliers: Vec<[f64; NX]> =
            (1..=n).map(|k| core::array::from_fn(|i| work.multipliers[i].as_flattened()[k])).collect();
        let first = First { plan: &better, multipliers: &multipliers, warm: &Warm::default() };
        if mpc.report.error < before && check_plan(&*mpc.problem, first).is_ok() {
            return Self::begin(mpc.problem, first, options);
        }
        First::of(plan, |first| Self::begin(mpc.problem, first, options))
    }

    /// Begins again with the plan of this solution, as if no sample had been. Prices and what counts as large stay as they were; with a
    /// delay, the first control of the plan counts as under way.
    ///
    /// # Errors
    /// When the plan has another length than the problem or a number that is not finite.
    pub fn restart(&mut self, solution: &Solution<NX, NU>) -> Result<(), ProblemError> {
        let first = solution.into();
        check_plan(&*self.problem, first)?;
        self.begin_again(first);
        Ok(())
    }

    /// Begins again with any motion: [`restart`](Self::restart) for what [`from_plan`](Self::from_plan) takes.
    ///
    /// # Errors
    /// Those of [`restart`](Self::restart).
    pub fn restart_from_plan(&mut self, plan: &Trajectory<NX, NU>) -> Result<(), ProblemError> {
        First::of(plan, |first| {
            check_plan(&*self.problem, first)?;
            self.begin_again(first);
            Ok(())
        })
    }

    fn begin_again(&mut self, first: First<'_, NX, NU>) {
        self.take_plan(first);
        (self.stage, self.lost, self.stale) = (Prepared::First, false, true);
        (self.merit, self.prices, self.mu) = (None, (0.0, 0.0), self.options.barrier * self.unit);
        self.problem.constrain(&mut self.work);
        let mut multipliers = Vec::new();
        first.warm.each(|knot, which, z| multipliers.push((knot, which, z)));
        self.place_rows(&multipliers);
        let now = self.clip(self.work.plan.control(0));
        self.sent.iter_mut().for_each(|sent| *sent = now);
        self.report = Report::default();
    }

    fn take_plan(&mut self, First { plan, multipliers, .. }: First<'_, NX, NU>) {
        let work = &mut self.work;
        for (k, x) in plan.states.iter().enumerate() {
            work.plan.set_state(k, x);
        }
        for (k, u) in plan.controls.iter().enumerate() {
            work.plan.set_control(k, u);
        }
        for (k, multipliers) in multipliers.iter().enumerate() {
            work.multipliers.iter_mut().zip(multipliers).for_each(|(series, &l)| series.as_flattened_mut()[k + 1] = l);
        }
    }

    /// A side for each limit that is somewhere.
    fn list_bounds(&mut self) {
        let n = self.work.intervals;
        for i in 0..NX {
            for sign in [1.0, -1.0] {
                let bounds = (1..=n).map(|k| self.problem.bounds(k).states[i]);
                let soft = self.options.soften > 0.0;
                if let Some(side) = side_of(bounds, sign, soft, self.sizes.0[i], n / LANES + 2) {
                    self.work.states.push((i, side));
                }
            }
        }
        for j in 0..NU {
            for sign in [1.0, -1.0] {
                let bounds = (0..n).map(|k| self.problem.bounds(k).controls[j]);
                if let Some(side) = side_of(bounds, sign, false, self.sizes.1[j], n / LANES + 2) {
                    self.work.controls.push((j, side));
                }
            }
        }
        (0..=n).for_each(|k| self.bound(k));
    }

    /// Takes the limits of knot `k` from the problem.
    pub(super) fn bound(&mut self, k: usize) {
        let n = self.work.intervals;
        let Bounds { states, controls } = self.problem.bounds(k);
        let soften = if self.options.soften > 0.0 { self.options.soften } else { DEAR };
        let unit = self.unit;
        let least = ABOVE * self.dearest;
        let set = |side: &mut Side, bound: Bound, there: bool, soften: f64, size: f64| {
            let limit = limit(&bound, side.sign);
            if !there || limit.abs() >= NO_LIMIT {
                return side.lift(k);
            }
            let dear = if bound.lower == bound.upper { DEAR } else { soften };
            let price = bound.price.unwrap_or(Price { linear: (dear * unit).max(least) / size, quadratic: 0.0 });
            side.set(k, limit, side.soft.then_some(price));
        };
        for (i, side) in &mut self.work.states {
            set(side, states[*i], k > 0, soften, self.sizes.0[*i]);
        }
        for (j, side) in &mut self.work.controls {
            set(side, controls[*j], k < n, DEAR, self.sizes.1[*j]);
        }
    }

    /// Are there rows for these limits of knot `k`?
    pub(super) fn check_sides(&self, k: usize, bounds: &Bounds<NX, NU>) -> Result<(), ProblemError> {
        let (states, controls) = self.problem.names();
        let fits = |sides: &[(usize, Side)], at: usize, bound: &Bound, name: &str| {
            for sign in [1.0, -1.0] {
                let limit = limit(bound, sign);
                if limit.abs() >= NO_LIMIT || limit.is_nan() {
                    continue;
                }
                let field = || alloc::format!("bound of {name} at knot {k}");
                let side = sides.iter().find(|(i, side)| *i == at && side.sign == sign);
                require(
                    side.is_some(),
                    limit,
                    "none, as the problem had none on this side when the controller was made",
                    field,
                )?;
                let priced = bound.price.is_some() || bound.lower == bound.upper;
                let soft = side.is_some_and(|(_, side)| side.soft);
                require(soft || !priced, limit, "hard, as the problem's was when the controller was made", field)?;
            }
            Ok(())
        };
        if k > 0 {
            (0..NX).try_for_each(|i| fits(&self.work.states, i, &bounds.states[i], states[i]))?;
        }
        if k < self.work.intervals {
            (0..NU).try_for_each(|j| fits(&self.work.controls, j, &bounds.controls[j], controls[j]))?;
        }
        Ok(())
    }

    /// Sides of the constraints beyond bounds. A hard one gets a price as a limit of a state does: a disturbance may break it.
    fn list_constraints(&mut self, warm: &Warm) {
        let n = self.work.intervals;
        let [running, ending] = self.problem.listings();
        self.work.constraints.extend(running.iter().map(|listing| Constraint::new(n / LANES + 2, listing.first)));
        self.work.end_constraints.extend(ending.iter().map(|_| Constraint::new(1, true)));
        self.problem.constrain(&mut self.work);
        let (unit, soften) = (self.unit, self.options.soften);
        // Places count from the first running one at each knot, and from the first ending one at the last.
        let multipliers = prices(warm, n, [running.as_slice(), &ending]);
        let kinds = running.iter().map(|listing| (listing, true)).chain(ending.iter().map(|listing| (listing, false)));
        for (at, (Listing { kind, first }, runs)) in kinds.enumerate() {
            let place = if runs { at } else { at - running.len() };
            let (constraints, knots) = if runs { (&self.work.constraints, n) } else { (&self.work.end_constraints, 1) };
            let size = self.size_of(&constraints[place], knots);
            let dear =
                |factor: f64| Price { linear: (factor * unit / size).max(ABOVE * multipliers[at]), quadratic: 0.0 };
            let (signs, price): (&[f64], _) = match *kind {
                Kind::Hard => (&[1.0], (soften > 0.0).then(|| dear(soften))),
                Kind::Soft(price) => (&[1.0], Some(price)),
                Kind::Equal => (&[1.0, -1.0], Some(dear(DEAR))),
            };
            for &sign in signs {
                let mut side = Side::far(if runs { n / LANES + 2 } else { 1 }, sign, price.is_some(), size);
                (0..knots).filter(|&k| k > 0 || *first || !runs).for_each(|k| side.set(k, 0.0, price));
                let sides = if runs { &mut self.work.running } else { &mut self.work.ending };
                sides.push((place, side));
            }
        }
    }

    /// How much a constraint changes when states and controls change by their sizes, at most on the plan; 1 where that is nothing.
    fn size_of(&self, constraint: &Constraint<NX, NU>, knots: usize) -> f64 {
        let change = |k: usize| {
            let (x, u) = (constraint.gradient.state(k), constraint.gradient.control(k));
            let of_state: f64 = (0..NX).map(|i| x[i].abs() * self.sizes.0[i]).sum();
            of_state + (0..NU).map(|j| u[j].abs() * self.sizes.1[j]).sum::<f64>()
        };
        let size = (0..knots).map(change).fold(0.0, f64::max);
        if size > 0.0 && size.is_finite() { size } else { 1.0 }
    }

    /// Puts slacks and multipliers where the plan and these known multipliers say.
    pub(super) fn place_rows(&mut self, known: &[(usize, Which, f64)]) {
        let (mu, work) = (self.mu, &mut self.work);
        let z = |knot: usize, is: &dyn Fn(Which) -> bool| {
            known.iter().find(|(at, which, _)| *at == knot && is(*which)).map(|(.., z)| *z)
        };
        for (i, side) in &mut work.states {
            let own = side.sign;
            for (k, &value) in work.plan.x[*i].as_flattened().iter().enumerate() {
                let is = |which| matches!(which, Which::State { i: at, sign, .. } if at == *i && sign == own);
                side.place(k, value, z(k, &is), mu);
            }
        }
        for (j, side) in &mut work.controls {
            let own = side.sign;
            for (k, &value) in work.plan.u[*j].as_flattened().iter().enumerate() {
                let is = |which| matches!(which, Which::Control { j: at, sign, .. } if at == *j && sign == own);
                side.place(k, value, z(k, &is), mu);
            }
        }
        for (place, side) in &mut work.running {
            for (k, &value) in work.constraints[*place].value.as_flattened().iter().enumerate() {
                side.place(k, value, None, mu);
            }
        }
        for (place, side) in &mut work.ending {
            side.place(0, work.end_constraints[*place].value[0][0], None, mu);
        }
    }
}

fn check_plan<const NX: usize, const NU: usize>(
    problem: &dyn Problem<NX, NU>,
    First { plan, multipliers, .. }: First<'_, NX, NU>,
) -> Result<(), ProblemError> {
    let n = problem.intervals();
    let fits = plan.intervals() == n && plan.states.len() == n + 1 && multipliers.len() == n;
    require(fits, plan.intervals() as f64, "the number of the problem's intervals", || "intervals of the plan".into())?;
    require_finite(plan.states.as_flattened(), |i| alloc::format!("state {} at knot {} of the plan", i % NX, i / NX))?;
    require_finite(plan.controls.as_flattened(), |i| {
        alloc::format!("control {} of interval {} of the plan", i % NU, i / NU)
    })?;
    require_finite(multipliers.as_flattened(), |i| alloc::format!("multiplier {} of defect {}", i % NX, i / NX))?;
    Ok(())
}

/// The limit of this side.
fn limit(bound: &Bound, sign: f64) -> f64 {
    if sign > 0.0 { bound.lower } else { bound.upper }
}

/// A side for these bounds, if there is a limit among them: soft if one is, or an equation is among them.
fn side_of(bounds: impl Iterator<Item = Bound>, sign: f64, soft: bool, size: f64, length: usize) -> Option<Side> {
    let mut found = None;
    for bound in bounds.filter(|bound| limit(bound, sign).abs() < NO_LIMIT) {
        found = Some(found.unwrap_or(soft) || bound.price.is_some() || bound.lower == bound.upper);
    }
    found.map(|soft| Side::far(length, sign, soft, size))
}

/// The largest multiplier of each constraint beyond bounds on the first plan, running ones before ending ones.
fn prices(warm: &Warm, n: usize, [running, ending]: [&[Listing]; 2]) -> Vec<f64> {
    // The solver counts them knot by knot, those of knot 0 only where they depend on the control.
    let of_knot = |k: usize| running.iter().enumerate().filter(move |(_, listing)| k > 0 || listing.first);
    let places = (0..n).flat_map(|k| of_knot(k).map(|(place, _)| place));
    let places: Vec<usize> = places.chain((0..ending.len()).map(|place| running.len() + place)).collect();
    let mut most = alloc::vec![0.0; running.len() + ending.len()];
    warm.each(|_, which, z| {
        if let Which::Row { place, .. } = which
            && let Some(&at) = places.get(place)
        {
            most[at] = z.max(most[at]);
        }
    });
    most
}

/// A value below this is what rounding and μ leave of a variable at rest.
const NOISE: f64 = 1e-6;

/// What counts as large in each state and control: the largest value on the plan, or a limit, or 1.
fn sizes<const NX: usize, const NU: usize>(
    problem: &dyn Problem<NX, NU>,
    plan: &Trajectory<NX, NU>,
) -> ([f64; NX], [f64; NU]) {
    let bounds = problem.bounds(1);
    let size = |values: &mut dyn Iterator<Item = f64>, bound: &Bound| {
        let most = values.fold(0.0f64, |most, value| most.max(value.abs()));
        let limit = [bound.lower.abs(), bound.upper.abs()].into_iter().filter(|limit| *limit < NO_LIMIT);
        let limit = limit.fold(0.0f64, f64::max);
        if most > 1e-3 * limit && most > NOISE {
            most
        } else if limit > 0.0 {
            limit
        } else {
            1.0
        }
    };
    let x = core::array::from_fn(|i| size(&mut plan.states.iter().map(|x| x[i]), &bounds.states[i]));
    let bounds = problem.bounds(0);
    let u = core::array::from_fn(|j| size(&mut plan.controls.iter().map(|u| u[j]), &bounds.controls[j]));
    (x, u)
}
