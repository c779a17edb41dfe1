//! Newton's method on the optimality conditions: the motion and its multipliers together.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::measure::{dot, largest, worst};
use super::{Iteration, Options, Report, Solution, Status, System};
use crate::expansion::{Block, Expansion, Hessian, Nlp};
use crate::linear::{Breakdown, KktBand, KktStep, Riccati, RightSide};
use crate::ocp::{ProblemError, require, require_finite};
use crate::{Real, Trajectory};

/// Solves a problem on knots from a guess.
///
/// Each step solves the KKT system of the expansion,
/// ```text
/// [H + ωI  A'] [dz]     [g]
/// [A       0 ] [λ₊] = - [d]
/// ```
/// with the damping ω raised until `H + ωI` is positive along the constraints (inertia), and goes as far
/// along it as lowers the merit `J + ν Σ|d|` enough, ν above what the model needs. When the full step fails because the
/// constraints are curved, it is bent once by solving again for the defects at its end (second-order correction).
/// With the exact Hessian the error squares once whole steps are taken; with Gauss-Newton's it falls by a factor. The merit is
/// cautious: on the way, and where large terminal weights make it stiff, steps may be short for a long while.
///
/// The damping counts in units of the largest curvature of the guess, and a gradient in those of the largest slope that the cost
/// has had on the way: the unit of the cost does not matter.
///
/// The guess may violate the dynamics; its first state is replaced by the problem's. A solution is a local optimum, and another
/// guess may lead to another one; a motion that is rolled out is often a better guess than a straight line.
///
/// # Errors
/// When the problem has inequalities, the guess another length than the problem or a number that is not finite, or an option is out
/// of range.
pub fn solve<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    guess: &Trajectory<NX, NU>,
    options: &Options,
) -> Result<Solution<NX, NU>, ProblemError> {
    solve_watched(nlp, guess, options, |_, _| true)
}

/// [`solve`], and `see` is shown every step and the iterate that it led to; the run stops when it returns `false`.
///
/// # Errors
/// Those of [`solve`].
pub fn solve_watched<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    guess: &Trajectory<NX, NU>,
    options: &Options,
    mut see: impl FnMut(&Iteration, &Trajectory<NX, NU>) -> bool,
) -> Result<Solution<NX, NU>, ProblemError> {
    options.check()?;
    check_free(nlp)?;
    check_guess(nlp, guess)?;
    let mut run = Run::new(nlp, guess, options.system);
    let (mut iterations, mut stopped, mut no_promise, mut idle) = (Vec::new(), false, false, 0);
    let status = loop {
        run.expand(options.hessian);
        if let Some(knot) = run.not_finite() {
            break Status::NotFinite { knot };
        }
        // A slow method still gains where the merit cannot tell any more.
        idle = if no_promise && run.error() > 0.9 * run.best.error { idle + 1 } else { 0 };
        run.keep_best();
        if run.error() <= options.tolerance {
            break Status::Solved;
        }
        if stopped {
            break Status::Stopped;
        }
        if iterations.len() == options.iterations {
            break Status::IterationLimit;
        }
        let direction = match run.direction(options) {
            Ok(direction) => direction,
            Err(breakdown) => break Status::Singular { knot: breakdown.knot() },
        };
        let (step, trials) = run.search(&direction, options);
        run.learn(step, direction.damping, options);
        no_promise = direction.slope.abs() <= run.noise();
        iterations.push(Iteration {
            cost: run.cost_before,
            defect: run.defect,
            gradient: run.gradient,
            decrement: direction.decrement,
            step,
            trials,
            damping: direction.damping,
            negative: direction.negative,
            factorizations: direction.factorizations,
            penalty: 0.0,
        });
        // Where no step promises more than rounding, a few of them have done what can be done.
        if step == 0.0 || idle > 5 {
            break Status::NoProgress { knot: worst(&run.defects) };
        }
        stopped = !iterations.last().is_none_or(|iteration| see(iteration, &run.plan));
    };
    let scale = run.unit();
    let Best { plan, multipliers, cost, defect, gradient, .. } = run.best;
    Ok(Solution { plan, multipliers, report: Report { status, iterations, cost, defect, gradient, scale } })
}

/// Has the problem no inequalities?
pub(super) fn check_free<const NX: usize, const NU: usize, R: Real>(
    nlp: &impl Nlp<NX, NU, R>,
) -> Result<(), ProblemError> {
    let count = nlp.inequalities();
    let must = "0: `interior::solve` keeps them, `barrier::Priced` gives them a price";
    require(count == 0, count as f64, must, || "inequalities of the problem".into())
}

/// Is this a guess for that problem?
pub(crate) fn check_guess<const NX: usize, const NU: usize, R: Real>(
    nlp: &impl Nlp<NX, NU, R>,
    guess: &Trajectory<NX, NU, R>,
) -> Result<(), ProblemError> {
    let (n, states, controls) = (nlp.intervals(), guess.states.len(), guess.controls.len());
    require(states == n + 1, states as f64, "one more than the problem's intervals", || "states of the guess".into())?;
    require(controls == n, controls as f64, "the number of the problem's intervals", || {
        "controls of the guess".into()
    })?;
    for (k, x) in guess.states.iter().enumerate() {
        require_finite(&x.map(Real::to_f64), |i| alloc::format!("state {i} of the guess at knot {k}"))?;
    }
    for (k, u) in guess.controls.iter().enumerate() {
        require_finite(&u.map(Real::to_f64), |j| alloc::format!("control {j} of the guess at knot {k}"))?;
    }
    Ok(())
}

/// A search direction and what it cost.
struct Direction {
    slope: f64,
    decrement: f64,
    damping: f64,
    negative: usize,
    factorizations: usize,
}

/// The best iterate so far.
struct Best<const NX: usize, const NU: usize> {
    plan: Trajectory<NX, NU>,
    multipliers: Vec<[f64; NX]>,
    cost: f64,
    defect: f64,
    gradient: f64,
    error: f64,
}

/// The KKT system, factored one way or the other.
enum Factors<const NX: usize, const NU: usize> {
    Riccati(Riccati<NX, NU>),
    Band(Box<KktBand<NX, NU>>),
}

impl<const NX: usize, const NU: usize> Factors<NX, NU> {
    fn factor(&mut self, expansion: &Expansion<NX, NU>, damping: f64, indefinite: bool) -> Result<(), Breakdown> {
        match self {
            Factors::Riccati(riccati) => riccati.factor(expansion, damping, indefinite),
            Factors::Band(band) => band.factor(expansion, damping, 0.0, indefinite),
        }
    }

    fn negative(&self) -> usize {
        match self {
            Factors::Riccati(riccati) => riccati.negative(),
            Factors::Band(band) => band.negative(),
        }
    }

    fn solve(&mut self, expansion: &Expansion<NX, NU>, right: &RightSide<NX, NU>, step: &mut KktStep<NX, NU>) {
        match self {
            Factors::Riccati(riccati) => riccati.solve(expansion, right, step),
            Factors::Band(band) => band.solve(right, step),
        }
    }
}

struct Run<'a, P, const NX: usize, const NU: usize> {
    nlp: &'a P,
    plan: Trajectory<NX, NU>,
    trial: Trajectory<NX, NU>,
    multipliers: Vec<[f64; NX]>,
    expansion: Expansion<NX, NU>,
    factors: Factors<NX, NU>,
    right: RightSide<NX, NU>,
    step: KktStep<NX, NU>,
    bent: KktStep<NX, NU>,
    defects: Vec<[f64; NX]>,
    trial_defects: Vec<[f64; NX]>,
    cost: f64,
    cost_before: f64,
    defect: f64,
    gradient: f64,
    /// The largest slope that the cost has had, and the largest curvature of the guess: the units of gradients and damping.
    unit: f64,
    curvature: f64,
    /// Price ν of a defect in the merit.
    price: f64,
    /// The damping that was last needed, and the one to begin with.
    damping: f64,
    trust: f64,
    best: Best<NX, NU>,
}

impl<'a, P: Nlp<NX, NU>, const NX: usize, const NU: usize> Run<'a, P, NX, NU> {
    fn new(nlp: &'a P, guess: &Trajectory<NX, NU>, system: System) -> Self {
        let n = nlp.intervals();
        let factors = match system {
            System::Riccati => Factors::Riccati(Riccati::new(n)),
            System::Band => Factors::Band(Box::new(KktBand::new(n))),
        };
        let mut plan = guess.clone();
        plan.states[0] = nlp.start();
        let mut defects = vec![[0.0; NX]; n];
        let cost = nlp.evaluate(&plan, &mut defects);
        let multipliers = vec![[0.0; NX]; n];
        let (defect, gradient) = (f64::INFINITY, f64::INFINITY);
        let error = f64::INFINITY;
        let best = Best { plan: plan.clone(), multipliers: multipliers.clone(), cost, defect, gradient, error };
        Run {
            nlp,
            trial: plan.clone(),
            plan,
            multipliers,
            expansion: Expansion::new(n),
            factors,
            right: RightSide::zeros(n),
            step: KktStep::zeros(n),
            bent: KktStep::zeros(n),
            trial_defects: defects.clone(),
            defects,
            cost,
            cost_before: cost,
            defect,
            gradient,
            unit: 0.0,
            curvature: 0.0,
            price: 0.0,
            damping: 0.0,
            trust: 0.0,
            best,
        }
    }

    fn expand(&mut self, hessian: Hessian) {
        self.nlp.expand(&self.plan, &self.multipliers, hessian, &mut self.expansion);
        self.right.take(&self.expansion);
        self.cost_before = self.cost;
        self.defect = largest(self.defects.as_flattened().iter().copied());
        let mut gradient = 0.0;
        self.expansion
            .gradient(&self.multipliers, |_, part| gradient = largest(part.iter().copied().chain([gradient])));
        self.gradient = gradient;
        self.unit = self.unit.max(largest(self.expansion.slopes()));
        if self.curvature == 0.0 {
            // A low price to begin with: it only ever rises.
            self.price = 1e-3 * self.unit();
            // Without the last knot's, whose weight is often a hundred times that of the others.
            self.curvature = largest(self.expansion.curvatures());
            // A cost that says nothing has no unit.
            if self.curvature == 0.0 {
                self.curvature = 1.0;
            }
        }
    }

    /// The unit of slopes; 1 while the cost has had none.
    fn unit(&self) -> f64 {
        if self.unit > 0.0 { self.unit } else { 1.0 }
    }

    /// How far from a solution, in units of the tolerance: a defect as it is, the gradient in units of the cost's slope.
    fn error(&self) -> f64 {
        let gradient = self.gradient / self.unit();
        if gradient.is_nan() || self.defect.is_nan() { f64::INFINITY } else { gradient.max(self.defect) }
    }

    /// What rounding may add to the merit.
    fn noise(&self) -> f64 {
        1e-14 * (self.merit(self.cost, &self.defects).abs() + self.unit()) * libm::sqrt(self.defects.len() as f64)
    }

    /// The first knot where something is not finite.
    fn not_finite(&self) -> Option<usize> {
        let sum = |knot: &crate::linear::Side<NX, NU>| knot.x.sum() + knot.u.sum() + knot.defect.sum();
        let bad = self.right.knots.iter().position(|knot| !sum(knot).is_finite());
        let end = self.right.terminal.sum() + self.cost;
        let bad = bad.or_else(|| (!end.is_finite()).then_some(self.defects.len()));
        if bad.is_some() || self.gradient.is_finite() {
            return bad;
        }
        // A slope can be infinite where the value is not.
        let sum = |block: &Block<NX, NU>| block.a.sum() + block.b.sum() + block.e.sum();
        Some(self.expansion.blocks.iter().position(|block| !sum(block).is_finite()).unwrap_or(0))
    }

    fn keep_best(&mut self) {
        if self.error() < self.best.error {
            self.best.error = self.error();
            self.best.plan.clone_from(&self.plan);
            self.best.multipliers.clone_from(&self.multipliers);
            (self.best.cost, self.best.defect, self.best.gradient) = (self.cost, self.defect, self.gradient);
        }
    }

    /// Factors, damping as much as it takes, and solves.
    fn direction(&mut self, options: &Options) -> Result<Direction, Breakdown> {
        // Undamped first: its signs are for the report, and when they are right and the model is trusted it is used.
        let (mut damping, mut factorizations) = (0.0, 1);
        let mut factored = self.factors.factor(&self.expansion, 0.0, true);
        let negative = self.factors.negative();
        let convex = factored.is_ok() && negative == 0;
        if !convex || self.trust > 0.0 {
            let least = options.damping * self.curvature;
            damping = if self.trust > 0.0 { self.trust } else { least.max(self.damping / 3.0) };
            factored = self.factors.factor(&self.expansion, damping, false);
            factorizations += 1;
        }
        while let Err(breakdown) = factored {
            if damping.is_nan() || damping >= 1e14 * self.curvature {
                return Err(breakdown);
            }
            damping *= 8.0;
            factored = self.factors.factor(&self.expansion, damping, false);
            factorizations += 1;
        }
        self.damping = damping;
        self.factors.solve(&self.expansion, &self.right, &mut self.step);
        let promised = self.gradient_along(&self.step);
        // dz'(H + ωI)dz = -g'dz - λ₊'A dz = -g'dz + λ₊'d.
        let decrement = dot(self.step.multipliers.as_flattened(), self.defects.as_flattened()) - promised;
        let violation: f64 = self.defects.as_flattened().iter().map(|d| d.abs()).sum();
        if violation > 0.0 {
            let needed = (promised + 0.5 * decrement.max(0.0)) / (0.9 * violation);
            if self.price < needed {
                self.price = 1.5 * needed;
            }
        }
        let slope = promised - self.price * violation;
        Ok(Direction { slope, decrement, damping, negative, factorizations })
    }

    /// `g'dz`.
    fn gradient_along(&self, step: &KktStep<NX, NU>) -> f64 {
        let mut sum = 0.0;
        for (k, side) in self.right.knots.iter().enumerate() {
            sum += dot(side.x.as_slice(), &step.motion.states[k]) + dot(side.u.as_slice(), &step.motion.controls[k]);
        }
        sum + dot(self.right.terminal.as_slice(), &step.motion.states[self.defects.len()])
    }

    fn merit(&self, cost: f64, defects: &[[f64; NX]]) -> f64 {
        cost + self.price * defects.as_flattened().iter().map(|d| d.abs()).sum::<f64>()
    }

    /// A short step says that the model was trusted too far, a full one that it may be trusted further.
    fn learn(&mut self, step: f64, damping: f64, options: &Options) {
        if step < 0.3 {
            self.trust = (options.damping * self.curvature).max(8.0 * damping);
        } else if step == 1.0 {
            self.trust = if self.trust > options.damping * self.curvature { self.trust / 8.0 } else { 0.0 };
        }
    }

    /// Goes along the step; the share of it that was taken, 0 when none was good, and the trials.
    fn search(&mut self, direction: &Direction, options: &Options) -> (f64, usize) {
        let before = self.merit(self.cost, &self.defects);
        let noise = self.noise();
        let enough = |merit: f64, alpha: f64| merit <= before + options.sufficient * alpha * direction.slope + noise;
        let (mut alpha, mut trials) = (self.nlp.reach(&self.plan, &self.step.motion), 0);
        while alpha >= options.shortest {
            trials += 1;
            self.plan.step_into(alpha, &self.step.motion, &mut self.trial);
            let cost = self.nlp.evaluate(&self.trial, &mut self.trial_defects);
            if enough(self.merit(cost, &self.trial_defects), alpha) {
                self.accept(cost, alpha, false);
                return (alpha, trials);
            }
            if alpha == 1.0 && self.trial_defects.as_flattened().iter().all(|d| d.is_finite()) {
                trials += 1;
                if let Some(cost) = self.corrected(&enough) {
                    self.accept(cost, 1.0, true);
                    return (1.0, trials);
                }
            }
            alpha *= options.backtrack;
        }
        (0.0, trials)
    }

    /// Second-order correction: the full step, bent to meet the defects that it left.
    fn corrected(&mut self, enough: &impl Fn(f64, f64) -> bool) -> Option<f64> {
        let mut right = self.right.clone();
        for (side, left) in right.knots.iter_mut().zip(&self.trial_defects) {
            side.defect += nalgebra::SVector::from(*left);
        }
        self.factors.solve(&self.expansion, &right, &mut self.bent);
        self.plan.step_into(1.0, &self.bent.motion, &mut self.trial);
        let cost = self.nlp.evaluate(&self.trial, &mut self.trial_defects);
        enough(self.merit(cost, &self.trial_defects), 1.0).then_some(cost)
    }

    fn accept(&mut self, cost: f64, alpha: f64, bent: bool) {
        core::mem::swap(&mut self.plan, &mut self.trial);
        core::mem::swap(&mut self.defects, &mut self.trial_defects);
        self.cost = cost;
        let goal = if bent { &self.bent.multipliers } else { &self.step.multipliers };
        for (now, goal) in self.multipliers.as_flattened_mut().iter_mut().zip(goal.as_flattened()) {
            *now += alpha * (goal - *now);
        }
    }
}
