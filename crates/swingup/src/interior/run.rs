//! Newton's method on the optimality conditions of one horizon.

use alloc::vec;
use alloc::vec::Vec;

use super::best::Best;
use super::kkt::{Residuals, Sizes};
use super::row::Row;
use super::{Options, Step};
use crate::Trajectory;
use crate::constrained::{Constrained, Constraint, Linear, Side};
use crate::expansion::{Expansion, Hessian};
use crate::linear::{KktStep, Riccati, RightSide};

/// How far a multiplier may be from the path of μ, as a factor.
pub(super) const REACH: f64 = 100.0;
/// A step that keeps less than this share of slacks, twice in a row, says that μ fell too early.
const JAM: f64 = 0.2;

/// Iterations in which constraints that are meant to hold may come no closer.
const PATIENCE: usize = 20;

/// Why the iteration on a horizon ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outcome {
    /// The error is below what was asked.
    Done,
    /// Constraints that are meant to hold come no closer.
    Broken,
    NoProgress,
    IterationLimit,
    Stopped,
    Unbounded,
    NotFinite {
        knot: usize,
    },
}

/// What is asked of a horizon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Goal {
    /// Largest error; a horizon that is to grow need only come close to the path of a μ that is about as small.
    pub error: f64,
    pub last: bool,
}

/// The steps so far, and the caller who watches.
pub(super) struct Log<'a, const NX: usize, const NU: usize> {
    pub steps: Vec<Step>,
    pub see: &'a mut dyn FnMut(&Step, &Trajectory<NX, NU>) -> bool,
}

/// The iterate and the room to work in.
pub(super) struct Run<'a, P, const NX: usize, const NU: usize> {
    pub nlp: &'a P,
    pub options: &'a Options,
    pub plan: Trajectory<NX, NU>,
    pub trial: Trajectory<NX, NU>,
    pub multipliers: Vec<[f64; NX]>,
    pub expansion: Expansion<NX, NU>,
    pub riccati: Riccati<NX, NU>,
    pub right: RightSide<NX, NU>,
    pub step: KktStep<NX, NU>,
    pub defects: Vec<[f64; NX]>,
    pub trial_defects: Vec<[f64; NX]>,
    pub cost: f64,
    pub rows: Vec<Row>,
    pub constraints: Vec<Constraint>,
    pub linear: Vec<Linear<NX, NU>>,
    /// Weights of the constraints' curvature, and their values on a trial.
    pub weights: Vec<f64>,
    pub margins: Vec<f64>,
    /// Values of all rows on a trial, with slacks and violations.
    pub trial_rows: Vec<(f64, f64, f64)>,
    /// Hard limits of the controls, which a rollout keeps.
    pub control_limits: Vec<[(f64, f64); NU]>,
    pub sizes: Sizes<NX, NU>,
    /// Largest limits.
    pub limits: Sizes<NX, NU>,
    /// The largest slope of the cost, that of the plan, what its unit is multiplied with while violations have a price, and that unit.
    pub slope: f64,
    pub latest: f64,
    pub recalibrations: usize,
    pub best: Best<NX, NU>,
    pub charge: f64,
    pub unit: f64,
    pub mu: f64,
    pub first_mu: f64,
    /// Prices of a defect and of a row's residual in the merit.
    pub price: f64,
    pub row_price: f64,
    pub first_cost: f64,
    first_unit: f64,
    /// The curvature of the guess, the damping last needed and the one to begin with.
    pub scale: f64,
    pub damping: f64,
    pub trust: f64,
    /// Was the last step taken as a rollout? Then that is tried first.
    pub rolled: bool,
    jams: usize,
    /// The least residual of hard constraints so far, and the iterations since.
    pub least_residual: f64,
    pub idle: usize,
    /// That the constraints can be kept is known.
    pub patient: bool,
    /// Iterations to go without the exact Hessian, after so many failures in a row.
    pub skip: usize,
    pub failures: usize,
    /// Is the expansion the one about the plan?
    pub fresh: bool,
}

impl<'a, P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'a, P, NX, NU> {
    /// The plan's horizon, rows not yet centred.
    pub fn new(nlp: &'a P, options: &'a Options, mut plan: Trajectory<NX, NU>) -> Self {
        let n = plan.intervals();
        plan.states[0] = nlp.start();
        let mut defects = vec![[0.0; NX]; n];
        let cost = nlp.evaluate(&plan, &mut defects);
        let constraints = nlp.constraints(n);
        let limits = Sizes { x: [0.0; NX], u: [0.0; NU] };
        let m = constraints.len();
        let mut run = Run {
            nlp,
            options,
            trial: plan.clone(),
            multipliers: vec![[0.0; NX]; n],
            expansion: Expansion::new(n),
            riccati: Riccati::new(n),
            right: RightSide::zeros(n),
            step: KktStep::zeros(n),
            trial_defects: defects.clone(),
            defects,
            cost,
            rows: Vec::new(),
            linear: vec![Linear::zero(); m],
            weights: vec![0.0; m],
            margins: vec![0.0; m],
            constraints,
            trial_rows: Vec::new(),
            control_limits: Vec::new(),
            sizes: Sizes { x: [1.0; NX], u: [1.0; NU] },
            limits,
            slope: 0.0,
            latest: 0.0,
            recalibrations: 0,
            best: Best::none(&plan),
            charge: 1.0,
            unit: 0.0,
            mu: 0.0,
            first_mu: 0.0,
            price: 0.0,
            row_price: 0.0,
            first_cost: cost,
            first_unit: 0.0,
            scale: 0.0,
            damping: 0.0,
            trust: 0.0,
            rolled: false,
            jams: 0,
            least_residual: f64::INFINITY,
            idle: 0,
            patient: false,
            skip: 0,
            failures: 0,
            fresh: false,
            plan,
        };
        run.list_rows();
        // Without multipliers the exact Hessian is that of the cost.
        run.expand(options.hessian);
        run.fresh = run.constraints.is_empty();
        run.measure();
        run.first_unit = run.unit;
        run.scale = run.curvature();
        (run.price, run.row_price) = (1e-3 * run.unit, 1e-3 * run.unit);
        let per_row = run.rows.len().max(1) as f64;
        run.first_mu = options.barrier * cost.abs().max(1e-3 * run.unit) / per_row;
        run.mu = if run.rows.is_empty() { 0.0 } else { run.first_mu };
        run.size_rows();
        run
    }

    /// The expansion about the plan, without the rows.
    pub fn expand(&mut self, hessian: Hessian) {
        self.nlp.expand(&self.plan, &self.multipliers, hessian, &mut self.expansion);
        if !self.constraints.is_empty() {
            self.nlp.linearize(&self.plan, &mut self.linear);
            self.margins.iter_mut().zip(&self.linear).for_each(|(margin, linear)| *margin = linear.value);
            if hessian == Hessian::Exact {
                self.weights.fill(0.0);
                for row in &self.rows {
                    if let Side::Row { place, sign } = row.side {
                        self.weights[place] -= sign * row.z;
                    }
                }
                self.nlp.bend(&self.plan, &self.weights, &mut self.expansion);
            }
        }
        for row in &mut self.rows {
            row.value = row.side.margin(row.knot, &self.plan, &self.margins);
        }
    }

    /// The first knot where something is not a number.
    pub fn not_finite(&self) -> Option<usize> {
        let bad = |k: usize| {
            let block = &self.expansion.blocks[k];
            let sum =
                block.x.sum() + block.u.sum() + block.defect.sum() + block.a.sum() + block.b.sum() + block.e.sum();
            let curved = block.xx.sum() + block.ux.sum() + block.uu.sum();
            !(sum + curved).is_finite()
        };
        let n = self.plan.intervals();
        let knot = (0..n).find(|&k| bad(k));
        let row = self.rows.iter().find(|row| !row.value.is_finite()).map(|row| row.knot);
        let linear = |(c, l): (&Constraint, &Linear<NX, NU>)| (!(l.x.sum() + l.u.sum()).is_finite()).then_some(c.knot);
        let linear = self.constraints.iter().zip(&self.linear).find_map(linear);
        let end = self.expansion.x.sum() + self.expansion.xx.sum() + self.cost;
        knot.or(row).or(linear).or((!end.is_finite()).then_some(n))
    }

    /// Iterates until the goal is met, or why not.
    pub fn minimize(&mut self, goal: Goal, log: &mut Log<'_, NX, NU>) -> (Outcome, Residuals) {
        loop {
            let exact = self.options.hessian == Hessian::Exact && self.skip == 0;
            // Where the step before has probably solved it, the cheaper expansion shows that.
            let probably = log.steps.last().is_some_and(|step| step.error < 1e-4 && step.length > 0.99);
            let fresh = core::mem::take(&mut self.fresh);
            if !fresh {
                self.expand(if exact && !probably { Hessian::Exact } else { Hessian::GaussNewton });
            }
            self.measure();
            let mut now = self.residuals();
            if exact && probably && !fresh && now.error() > goal.error {
                self.expand(Hessian::Exact);
                now = self.residuals();
            }
            if !now.error().is_finite() {
                return (Outcome::NotFinite { knot: self.not_finite().unwrap_or(0) }, now);
            }
            let loose = !goal.last && self.mu <= goal.error * self.unit && now.path_error() <= 10.0 * goal.error;
            if goal.last && self.charge == 1.0 {
                self.keep(&now);
            }
            if now.error() <= goal.error && goal.last && self.recalibrate() {
                self.fresh = true;
                continue;
            }
            if now.error() <= goal.error && goal.last || loose && !log.steps.is_empty() {
                return (Outcome::Done, now);
            }
            if log.steps.len() >= self.options.iterations {
                return (Outcome::IterationLimit, now);
            }
            if !self.patient && self.charge == 1.0 && self.is_broken(&now) {
                return (Outcome::Broken, now);
            }
            if self.cost < -1e15 * (self.first_cost.abs() + self.first_unit) {
                return (Outcome::Unbounded, now);
            }
            self.lower_barrier(&now);
            let mut step = self.next_step(now.error());
            if !self.direction(exact, &mut step) {
                let failed = self.not_finite().map_or(Outcome::NoProgress, |knot| Outcome::NotFinite { knot });
                return (failed, now);
            }
            let lengths = self.longest();
            if self.jammed(lengths.0) {
                log.steps.push(step);
                continue;
            }
            self.search(lengths, &mut step);
            log.steps.push(step);
            if !(log.see)(&step, &self.plan) {
                return (Outcome::Stopped, now);
            }
            if step.length == 0.0 {
                return (Outcome::NoProgress, now);
            }
            self.learn(step.length, lengths.0, step.damping);
        }
    }

    /// A step that is yet to be taken, from a point with this error.
    fn next_step(&self, error: f64) -> Step {
        Step {
            intervals: self.plan.intervals(),
            cost: self.cost,
            error,
            barrier: self.mu,
            length: 0.0,
            rollout: false,
            exact: false,
            damping: 0.0,
            trials: 0,
            factorizations: 0,
        }
    }

    /// Constraints that are meant to hold have not come closer for long, by a hundredth of their size, though their multipliers are large.
    fn is_broken(&mut self, now: &Residuals) -> bool {
        let away = now.residual.max(now.broken);
        let closer = away < 0.9 * self.least_residual || away <= 0.01;
        self.least_residual = if closer { away } else { self.least_residual };
        self.idle = if closer { 0 } else { self.idle + 1 };
        let away = |row: &Row| if row.strict { -row.value } else { row.residual().abs() };
        let pressed = |row: &Row| row.is_meant() && away(row) > 0.01 * row.size && row.z * row.size > 0.05 * self.unit;
        self.idle >= PATIENCE && self.rows.iter().any(pressed)
    }

    /// Lowers μ when the path is close: by a factor of five, and in the end faster than its square root.
    fn lower_barrier(&mut self, now: &Residuals) {
        if self.rows.is_empty() || now.path_error() * self.unit >= 30.0 * self.mu {
            return;
        }
        let relative = self.mu / self.unit;
        let faster = relative * libm::sqrt(relative) * self.unit;
        self.mu = faster.min(0.2 * self.mu).max(0.1 * self.options.tolerance * self.unit).min(self.mu);
    }

    /// Steps that keep next to nothing of the slacks say that μ fell too early: raises it, each time to less than before.
    fn jammed(&mut self, longest: f64) -> bool {
        self.jams = if longest < JAM { self.jams + 1 } else { 0 };
        if self.jams < 2 || self.mu >= self.first_mu {
            return false;
        }
        self.jams = 0;
        self.first_mu *= 0.5;
        self.mu = (10.0 * self.mu).min(self.first_mu);
        for row in &mut self.rows {
            row.recentre(self.mu, REACH);
        }
        true
    }

    /// The share of a slack that one step may use up.
    pub fn share(&self) -> f64 {
        (1.0 - self.mu / self.unit).clamp(0.95, 0.9999)
    }

    /// A short step says that the model was trusted too far, a full one that it may be trusted further.
    fn learn(&mut self, length: f64, longest: f64, damping: f64) {
        let least = 1e-3 * self.scale;
        if length < 0.3 * longest {
            self.trust = least.max(8.0 * damping);
        } else if length > 0.9 * longest {
            self.trust = if self.trust > least { self.trust / 8.0 } else { 0.0 };
        }
    }
}
