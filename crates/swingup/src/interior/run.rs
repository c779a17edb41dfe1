//! Newton's method on the optimality conditions of one horizon.

use alloc::vec;
use alloc::vec::Vec;

use nalgebra::SVector;

use super::elastic::EQUATION;
use super::kkt::{Residuals, Sizes};
use super::row::{Row, Side};
use super::{Options, Step};
use crate::Trajectory;
use crate::constrained::{Constrained, Constraint, Linear};
use crate::constraints::{Kind, Price};
use crate::expansion::{Expansion, Hessian};
use crate::linear::{KktStep, Riccati, RightSide};

/// How far a multiplier may be from the path of μ, as a factor.
const REACH: f64 = 100.0;
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

/// Gradient and defects, with rows added to the slopes.
pub(super) struct Right<const NX: usize, const NU: usize>(pub RightSide<NX, NU>);

impl<const NX: usize, const NU: usize> Right<NX, NU> {
    pub fn take(&mut self, expansion: &Expansion<NX, NU>) {
        self.0.take(expansion);
    }

    /// Adds `weight ∇g`.
    #[inline(always)]
    pub fn add(&mut self, row: &Row, weight: f64, linear: &[Linear<NX, NU>]) {
        let n = self.0.knots.len();
        match row.side {
            Side::State { i, sign, .. } if row.knot < n => self.0.knots[row.knot].x[i] += sign * weight,
            Side::State { i, sign, .. } => self.0.terminal[i] += sign * weight,
            Side::Control { j, sign, .. } => self.0.knots[row.knot].u[j] += sign * weight,
            Side::Row { place, sign } => {
                let Linear { x, u, .. } = &linear[place];
                if let Some(side) = self.0.knots.get_mut(row.knot) {
                    side.x += x * (sign * weight);
                    side.u += u * (sign * weight);
                } else {
                    self.0.terminal += x * (sign * weight);
                }
            }
        }
    }
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
    pub right: Right<NX, NU>,
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
    pub unit: f64,
    pub mu: f64,
    pub first_mu: f64,
    /// Prices of a defect and of a row's residual in the merit.
    pub price: f64,
    pub row_price: f64,
    pub first_cost: f64,
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
    skip: usize,
    failures: usize,
}

impl<'a, P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'a, P, NX, NU> {
    /// The plan's horizon, rows not yet centred.
    pub fn new(nlp: &'a P, options: &'a Options, mut plan: Trajectory<NX, NU>) -> Self {
        let n = plan.intervals();
        plan.states[0] = nlp.start();
        let mut defects = vec![[0.0; NX]; n];
        let cost = nlp.evaluate(&plan, &mut defects);
        let constraints = nlp.constraints(n);
        let unit = Linear { value: 0.0, x: SVector::zeros(), u: SVector::zeros() };
        let limits = Sizes { x: [0.0; NX], u: [0.0; NU] };
        let m = constraints.len();
        let mut run = Run {
            nlp,
            options,
            trial: plan.clone(),
            multipliers: vec![[0.0; NX]; n],
            expansion: Expansion::new(n),
            riccati: Riccati::new(n),
            right: Right(RightSide::zeros(n)),
            step: KktStep::zeros(n),
            trial_defects: defects.clone(),
            defects,
            cost,
            rows: Vec::new(),
            linear: vec![unit; m],
            weights: vec![0.0; m],
            margins: vec![0.0; m],
            constraints,
            trial_rows: Vec::new(),
            control_limits: Vec::new(),
            sizes: Sizes { x: [1.0; NX], u: [1.0; NU] },
            limits,
            unit: 0.0,
            mu: 0.0,
            first_mu: 0.0,
            price: 0.0,
            row_price: 0.0,
            first_cost: cost,
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
            plan,
        };
        run.list_rows();
        run.expand(Hessian::GaussNewton);
        run.measure();
        run.unit = if run.unit > 0.0 { run.unit } else { 1.0 };
        run.scale = run.curvature();
        (run.price, run.row_price) = (1e-3 * run.unit, 1e-3 * run.unit);
        let per_row = run.rows.len().max(1) as f64;
        run.first_mu = options.barrier * cost.abs().max(1e-3 * run.unit) / per_row;
        run.mu = if run.rows.is_empty() { 0.0 } else { run.first_mu };
        run.size_rows();
        run
    }

    /// Bounds and constraints as rows.
    fn list_rows(&mut self) {
        let n = self.plan.intervals();
        for knot in 0..=n {
            let bounds = self.nlp.bounds(knot);
            let mut hard = [(f64::NEG_INFINITY, f64::INFINITY); NU];
            let mut bound = |bound: crate::Bound, side: &dyn Fn(f64, f64) -> Side, size: &mut f64| {
                for (sign, limit) in [(1.0, bound.lower), (-1.0, bound.upper)] {
                    if limit.is_finite() {
                        let mut row = Row::new(knot, side(sign, limit), bound.price);
                        row.equation = bound.lower == bound.upper && bound.price.is_none();
                        row.strict = row.equation;
                        self.rows.push(row);
                        *size = size.max(limit.abs());
                    }
                }
            };
            for i in (0..NX).filter(|_| knot > 0) {
                bound(bounds.states[i], &|sign, limit| Side::State { i, sign, limit }, &mut self.limits.x[i]);
            }
            for j in (0..NU).filter(|_| knot < n) {
                let side = |sign, limit| Side::Control { j, sign, limit };
                bound(bounds.controls[j], &side, &mut self.limits.u[j]);
                if bounds.controls[j].price.is_none() {
                    hard[j] = (bounds.controls[j].lower, bounds.controls[j].upper);
                }
            }
            if knot < n {
                self.control_limits.push(hard);
            }
        }
        for (place, constraint) in self.constraints.iter().enumerate() {
            let signs: &[f64] = if constraint.kind == Kind::Equal { &[1.0, -1.0] } else { &[1.0] };
            let price = if let Kind::Soft(price) = constraint.kind { Some(price) } else { None };
            for &sign in signs {
                let mut row = Row::new(constraint.knot, Side::Row { place, sign }, price);
                row.equation = constraint.kind == Kind::Equal;
                row.strict = row.equation;
                self.rows.push(row);
            }
        }
        self.trial_rows = vec![(0.0, 0.0, 0.0); self.rows.len()];
    }

    /// The sizes of the margins: half the way between two limits, else the size of what is limited.
    fn size_rows(&mut self) {
        for r in 0..self.rows.len() {
            let row = self.rows[r];
            let bounds = self.nlp.bounds(row.knot);
            let (bound, size) = match row.side {
                Side::State { i, .. } => (bounds.states[i], self.sizes.x[i].max(self.limits.x[i])),
                Side::Control { j, .. } => (bounds.controls[j], self.sizes.u[j].max(self.limits.u[j])),
                Side::Row { place, .. } => {
                    let Linear { value, x, u } = &self.linear[place];
                    let moved = (0..NX).map(|i| x[i].abs() * self.sizes.x[i]).sum::<f64>()
                        + (0..NU).map(|j| u[j].abs() * self.sizes.u[j]).sum::<f64>();
                    (crate::Bound::FREE, value.abs().max(moved))
                }
            };
            let half = 0.5 * (bound.upper - bound.lower);
            let size = if half > 0.0 { size.min(half) } else { size };
            let row = &mut self.rows[r];
            row.size = if size > 0.0 && size.is_finite() { size } else { 1.0 };
            if row.equation {
                row.price = Some(Price { linear: EQUATION * self.unit / row.size, quadratic: 0.0 });
            }
        }
    }

    /// Values of the rows on a plan, the constraints' in `margins`.
    pub fn row_value(side: Side, knot: usize, plan: &Trajectory<NX, NU>, margins: &[f64]) -> f64 {
        match side {
            Side::State { i, sign, limit } => sign * (plan.states[knot][i] - limit),
            Side::Control { j, sign, limit } => sign * (plan.controls[knot][j] - limit),
            Side::Row { place, sign } => sign * margins[place],
        }
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
            row.value = Self::row_value(row.side, row.knot, &self.plan, &self.margins);
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
            self.expand(if exact { Hessian::Exact } else { Hessian::GaussNewton });
            self.measure();
            let now = self.residuals();
            if !now.error().is_finite() {
                return (Outcome::NotFinite { knot: self.not_finite().unwrap_or(0) }, now);
            }
            let loose = !goal.last && self.mu <= goal.error * self.unit && now.path_error() <= 10.0 * goal.error;
            if now.error() <= goal.error && goal.last || loose && !log.steps.is_empty() {
                return (Outcome::Done, now);
            }
            if log.steps.len() >= self.options.iterations {
                return (Outcome::IterationLimit, now);
            }
            if !self.patient && self.is_broken(&now) {
                return (Outcome::Broken, now);
            }
            if self.cost < -1e15 * (self.first_cost.abs() + self.unit) || self.cost < -1e100 {
                return (Outcome::Unbounded, now);
            }
            self.lower_barrier(&now);
            let (cost, error, mut step) = (self.cost, now.error(), self.blank());
            step.cost = cost;
            step.error = error;
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
            let (length, damping) = (step.length, step.damping);
            log.steps.push(step);
            if !(log.see)(&step, &self.plan) {
                return (Outcome::Stopped, now);
            }
            if length == 0.0 {
                return (Outcome::NoProgress, now);
            }
            self.learn(length, lengths.0, damping);
        }
    }

    fn blank(&self) -> Step {
        Step {
            intervals: self.plan.intervals(),
            cost: 0.0,
            error: 0.0,
            barrier: self.mu,
            length: 0.0,
            rollout: false,
            exact: false,
            damping: 0.0,
            trials: 0,
            factorizations: 0,
        }
    }

    /// Hard constraints have not come closer for long, by a hundredth of their size, though their multipliers are large.
    fn is_broken(&mut self, now: &Residuals) -> bool {
        let closer = now.residual < 0.9 * self.least_residual || now.residual <= 0.01;
        self.least_residual = if closer { now.residual } else { self.least_residual };
        self.idle = if closer { 0 } else { self.idle + 1 };
        let pressed = |row: &Row| row.price.is_none() && row.residual().abs() > 0.01 * row.size;
        self.idle >= PATIENCE && self.rows.iter().any(|row| pressed(row) && row.z * row.size > 0.05 * self.unit)
    }

    /// Lowers μ when the path is close: by a factor of five, and in the end faster than its square root.
    fn lower_barrier(&mut self, now: &Residuals) {
        if self.rows.is_empty() || now.path_error() * self.unit >= 30.0 * self.mu {
            return;
        }
        let relative = self.mu / self.unit;
        let faster = relative * libm::sqrt(relative) * self.unit;
        self.mu = faster.min(0.2 * self.mu).max(0.1 * self.options.tolerance * self.unit);
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

    /// Adds the rows to the expansion, and `weight - z` times their gradients to the right side.
    fn condense(&mut self, fresh: bool) {
        let mu = self.mu;
        for r in 0..self.rows.len() {
            self.rows[r].eliminate(mu);
            let row = &self.rows[r];
            if fresh {
                self.right.add(row, row.z - row.force, &self.linear);
            }
            let stiffness = row.stiffness;
            match (row.side, self.expansion.blocks.get_mut(row.knot)) {
                (Side::State { i, .. }, Some(block)) => block.xx[(i, i)] += stiffness,
                (Side::State { i, .. }, None) => self.expansion.xx[(i, i)] += stiffness,
                (Side::Control { j, .. }, Some(block)) => block.uu[(j, j)] += stiffness,
                (Side::Row { place, .. }, Some(block)) => {
                    let Linear { x, u, .. } = &self.linear[place];
                    block.xx.ger(stiffness, x, x, 1.0);
                    block.ux.ger(stiffness, u, x, 1.0);
                    block.uu.ger(stiffness, u, u, 1.0);
                }
                (Side::Row { place, .. }, None) => {
                    let Linear { x, .. } = &self.linear[place];
                    self.expansion.xx.ger(stiffness, x, x, 1.0);
                }
                (Side::Control { .. }, None) => (),
            }
        }
    }

    /// Solves the Newton system, damped as much as it takes; `false` when no damping helps.
    fn direction(&mut self, exact: bool, step: &mut Step) -> bool {
        self.condense(true);
        step.exact = exact;
        let mut convex = false;
        let mut damping = self.trust;
        if exact {
            self.damp(damping);
            step.factorizations += 1;
            convex = self.riccati.factor(&self.expansion, 0.0, false).is_ok();
        }
        if convex {
            self.failures = 0;
        } else if self.options.hessian == Hessian::Exact {
            if self.skip > 0 {
                self.skip -= 1;
            } else {
                self.failures += 1;
                self.skip = self.failures.min(8);
            }
        }
        if exact && !convex {
            step.exact = false;
            self.expand(Hessian::GaussNewton);
            self.condense(false);
        }
        let mut added = 0.0;
        while !convex {
            self.damp(damping - added);
            added = damping;
            step.factorizations += 1;
            convex = self.riccati.factor(&self.expansion, 0.0, false).is_ok();
            if !convex {
                if damping.is_nan() || damping > 1e14 * self.scale {
                    return false;
                }
                damping = if damping > 0.0 { 8.0 * damping } else { (1e-3 * self.scale).max(self.damping / 3.0) };
            }
        }
        (self.damping, step.damping) = (damping, damping);
        self.riccati.solve(&self.expansion, &self.right.0, &mut self.step);
        true
    }

    /// Adds damping to the curvature, as much for a change of any variable by its own size.
    fn damp(&mut self, damping: f64) {
        let x: SVector<f64, NX> = SVector::from(self.sizes.x.map(|size| damping / (size * size)));
        let u: SVector<f64, NU> = SVector::from(self.sizes.u.map(|size| damping / (size * size)));
        for block in &mut self.expansion.blocks {
            (0..NX).for_each(|i| block.xx[(i, i)] += x[i]);
            (0..NU).for_each(|j| block.uu[(j, j)] += u[j]);
        }
        (0..NX).for_each(|i| self.expansion.xx[(i, i)] += x[i]);
    }

    /// Steps of the rows, and the longest that keep them inside.
    fn longest(&mut self) -> (f64, f64) {
        let (tau, mu) = (self.keep(), self.mu);
        let (mut primal, mut dual) = (1.0f64, 1.0f64);
        for row in &mut self.rows {
            let dg = match row.side {
                Side::State { i, sign, .. } => sign * self.step.motion.states[row.knot][i],
                Side::Control { j, sign, .. } => sign * self.step.motion.controls[row.knot][j],
                Side::Row { place, sign } => {
                    let Linear { x, u, .. } = &self.linear[place];
                    let along_x = x.dot(&SVector::from(self.step.motion.states[row.knot]));
                    let du = self.step.motion.controls.get(row.knot).map_or(0.0, |du| u.dot(&SVector::from(*du)));
                    sign * (along_x + du)
                }
            };
            row.step(dg, mu);
            let (p, d) = row.longest(tau);
            (primal, dual) = (primal.min(p), dual.min(d));
        }
        (primal, dual)
    }

    /// The share of a slack that one step may use up.
    pub fn keep(&self) -> f64 {
        (1.0 - self.mu / self.unit).clamp(0.95, 0.9999)
    }

    /// Multipliers stay within this of the path.
    pub fn reach(&self) -> f64 {
        REACH
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
