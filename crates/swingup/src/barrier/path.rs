//! Following the path of minimizers as a barrier becomes steep.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::Cell;

use super::{Barrier, Margin, Priced};
use crate::Trajectory;
use crate::constrained::Constrained;
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::Pattern;
use crate::newton::{Iteration, Options, Report, Status, solve_watched};
use crate::ocp::{ProblemError, require};

/// How a path is followed.
#[derive(Clone, Debug, PartialEq)]
pub struct Follow {
    /// The first parameter, μ or r.
    pub first: f64,
    /// Factor from one parameter to the next.
    pub shrink: f64,
    /// The last parameter that is tried.
    pub least: f64,
    /// Largest gap, in the cost's unit, and largest violation, in the constraints' units, of an arrival.
    pub tolerance: f64,
    /// The least cost of the constrained problem, if it is known.
    pub optimum: Option<f64>,
    /// See [`Priced::cut`].
    pub cut: f64,
    /// A minimization ends after the first whole step whose decrement is at most this share of the parameter.
    pub centred: f64,
    /// For each minimization. Its tolerance is that of defects only: that of a gradient counts in the largest slope met, and a start
    /// far outside has slopes that say nothing later on.
    pub newton: Options,
}

impl Default for Follow {
    fn default() -> Self {
        let newton = Options { tolerance: 1e-9, iterations: 300, damping: 1e-12, ..Options::default() };
        let (first, shrink, least, tolerance) = (1.0, 0.1, 1e-14, 1e-8);
        Follow { first, shrink, least, tolerance, optimum: None, cut: f64::INFINITY, centred: 1e-2, newton }
    }
}

/// How a path ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum End {
    /// Gap and violation are within the tolerance.
    Arrived,
    /// The barrier is not defined at the start: the margin at this knot is not positive.
    Outside {
        /// The knot.
        knot: usize,
    },
    /// The cost of the start, or a derivative there, is beyond the largest number, at this knot.
    Overflow {
        /// The knot.
        knot: usize,
    },
    /// Newton's method could not minimize for this parameter.
    Stalled(Status),
    /// Every parameter down to the least was minimized for, and the gap or the violation is still too large.
    Exhausted,
}

/// The minimizer for one parameter, or where Newton's method came to; the same parameter comes again where rounding stopped it
/// on the way from a start far outside.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage<const NX: usize, const NU: usize> {
    /// μ or r.
    pub parameter: f64,
    /// The motion.
    pub plan: Trajectory<NX, NU>,
    /// Its cost, without barriers.
    pub cost: f64,
    /// `|cost - optimum|`, or where that is not known `Σ λ_i |m_i|` with `λ_i = -φ'(m_i)`: in a convex problem, and inside, the cost of
    /// a minimizer is at most that much above the least.
    pub gap: f64,
    /// The margins of all hard constraints, in the order of [`Priced::margins`].
    pub margins: Vec<f64>,
    /// What Newton's method says of the way to it.
    pub report: Report,
    /// Evaluations of the cost that were not finite, that of the start among them.
    pub not_finite: usize,
}

impl<const NX: usize, const NU: usize> Stage<NX, NU> {
    /// The least margin; infinite where nothing is limited.
    pub fn least_margin(&self) -> f64 {
        self.margins.iter().copied().fold(f64::INFINITY, f64::min)
    }

    /// The largest violation, at least 0.
    pub fn violation(&self) -> f64 {
        (-self.least_margin()).max(0.0)
    }
}

/// The story of a path.
#[derive(Clone, Debug, PartialEq)]
pub struct Path<const NX: usize, const NU: usize> {
    /// How it ended.
    pub end: End,
    /// Its stages; the last one is where it ended, arrived or not.
    pub stages: Vec<Stage<NX, NU>>,
}

impl<const NX: usize, const NU: usize> Path<NX, NU> {
    /// The last stage.
    ///
    /// # Panics
    /// Never for a path that [`follow`] gave: it has a stage for the first parameter at least.
    pub fn last(&self) -> &Stage<NX, NU> {
        self.stages.last().expect("a stage for the first parameter")
    }

    /// Newton steps of all stages.
    pub fn steps(&self) -> usize {
        self.iterations().count()
    }

    /// What all of it took, by name: Newton steps, their factorizations, the trials of their line searches, and values of the
    /// cost that were not finite.
    pub fn counts(&self) -> [(&'static str, usize); 4] {
        let factorizations = self.iterations().map(|iteration| iteration.factorizations).sum();
        let trials = self.iterations().map(|iteration| iteration.trials).sum();
        let not_finite = self.stages.iter().map(|stage| stage.not_finite).sum();
        [("steps", self.steps()), ("factorizations", factorizations), ("trials", trials), ("not finite", not_finite)]
    }

    /// All Newton steps, in their order.
    pub fn iterations(&self) -> impl Iterator<Item = &Iteration> {
        self.stages.iter().flat_map(|stage| &stage.report.iterations)
    }

    /// What `y` sees in each stage, by the parameter.
    pub fn curve(&self, y: impl Fn(&Stage<NX, NU>) -> f64) -> Vec<(f64, f64)> {
        self.stages.iter().map(|stage| (stage.parameter, y(stage))).collect()
    }

    /// The largest difference between a control here and in the same stage of another path, by the parameter.
    pub fn distances(&self, other: &Self) -> Vec<(f64, f64)> {
        let far = |(own, other): (&Stage<NX, NU>, &Stage<NX, NU>)| {
            let pairs = own.plan.controls.as_flattened().iter().zip(other.plan.controls.as_flattened());
            (own.parameter, pairs.fold(0.0, |most, (a, b)| f64::max(most, (a - b).abs())))
        };
        self.stages.iter().zip(&other.stages).map(far).collect()
    }

    /// The gap after each stage, by the Newton steps taken so far.
    pub fn gaps(&self) -> Vec<(f64, f64)> {
        let mut steps = 0;
        let gap = |stage: &Stage<NX, NU>| {
            steps += stage.report.iterations.len();
            (steps as f64, stage.gap)
        };
        self.stages.iter().map(gap).collect()
    }
}

/// Minimizes a problem with barriers for one parameter after the other, each from the motion of the last, the first from `start`.
///
/// Ends where gap and violation are within the tolerance, or says why not: see [`End`].
///
/// # Errors
/// When the start does not fit the problem, or an option is out of range.
pub fn follow<P: Constrained<NX, NU>, const NX: usize, const NU: usize>(
    problem: &P,
    barrier: Barrier,
    start: &Trajectory<NX, NU>,
    options: &Follow,
) -> Result<Path<NX, NU>, ProblemError> {
    options.check(barrier)?;
    let mut priced = Priced { problem, barrier, parameter: options.first, cut: options.cut };
    let mut path = Path { end: End::Exhausted, stages: Vec::new() };
    let mut plan = start.clone();
    let newton = Options { tolerance: f64::MIN_POSITIVE, ..options.newton.clone() };
    loop {
        let watched = Watched { nlp: &priced, not_finite: Cell::new(0) };
        let far = |last: &Iteration| {
            let whole = last.step == 1.0 && last.defect <= options.newton.tolerance;
            !whole || last.decrement > options.centred * priced.parameter
        };
        let mut last_plan = None;
        let solution = solve_watched(&watched, &plan, &newton, |last, at| {
            last_plan = (!far(last)).then(|| at.clone());
            far(last)
        })?;
        plan = last_plan.unwrap_or(solution.plan);
        let (margins, parameter) = (priced.margins(&plan), priced.parameter);
        let cost = problem.evaluate(&plan, &mut vec![[0.0; NX]; plan.intervals()]);
        let price = |margin: &Margin| -barrier.at(margin.value, parameter)[1] * margin.value.abs();
        let estimate = || margins.iter().map(price).sum();
        let stage = Stage {
            parameter,
            plan: plan.clone(),
            cost,
            gap: options.optimum.map_or_else(estimate, |optimum| (cost - optimum).abs()),
            margins: margins.iter().map(|margin| margin.value).collect(),
            report: solution.report,
            not_finite: watched.not_finite.get(),
        };
        let infinite = margins.iter().find(|margin| barrier.at(margin.value, parameter)[0] == f64::INFINITY);
        let near = stage.gap <= options.tolerance && stage.violation() <= options.tolerance;
        let Report { status, cost: value, .. } = stage.report;
        // Rounding counts in the largest slope met: when that was that of a start far outside, it hides what is left, and a new
        // run measures anew. As each has halved the price, they come to an end.
        let halved = |first: &Iteration| first.cost > 0.0 && value < 0.5 * first.cost;
        let anew = stage.report.iterations.first().is_some_and(halved);
        path.stages.push(stage);
        path.end = match status {
            Status::NotFinite { knot } => match infinite {
                Some(at) if barrier == Barrier::Log => End::Outside { knot: at.knot },
                _ => End::Overflow { knot: infinite.map_or(knot, |at| at.knot) },
            },
            Status::NoProgress { .. } if anew => continue,
            Status::Solved | Status::Stopped if near => End::Arrived,
            Status::Solved | Status::Stopped if parameter * options.shrink >= options.least => {
                priced.parameter *= options.shrink;
                continue;
            }
            Status::Solved | Status::Stopped => End::Exhausted,
            status => End::Stalled(status),
        };
        return Ok(path);
    }
}

impl Follow {
    /// # Errors
    /// The first option that is out of its range.
    fn check(&self, barrier: Barrier) -> Result<(), ProblemError> {
        let mut positive = vec![
            ("first", self.first),
            ("least", self.least),
            ("tolerance", self.tolerance),
            ("centred", self.centred),
        ];
        if let Barrier::RelaxedLog { delta } = barrier {
            positive.push(("delta", delta));
        }
        for (field, value) in positive {
            require(value > 0.0 && value.is_finite(), value, "positive and finite", || field.into())?;
        }
        require(self.shrink > 0.0 && self.shrink < 1.0, self.shrink, "between 0 and 1", || "shrink".into())?;
        let cut = self.cut > 0.0 && (self.cut < 1.0 || self.cut == f64::INFINITY);
        require(cut, self.cut, "between 0 and 1, or infinite", || "cut".into())
    }
}

/// Counts the values that are not finite.
struct Watched<'a, P> {
    nlp: &'a P,
    not_finite: Cell<usize>,
}

impl<P: Nlp<NX, NU>, const NX: usize, const NU: usize> Nlp<NX, NU> for Watched<'_, P> {
    fn intervals(&self) -> usize {
        self.nlp.intervals()
    }

    fn start(&self) -> [f64; NX] {
        self.nlp.start()
    }

    fn step(&self) -> f64 {
        self.nlp.step()
    }

    fn pattern(&self) -> Pattern {
        self.nlp.pattern()
    }

    fn reach(&self, plan: &Trajectory<NX, NU>, step: &Trajectory<NX, NU>) -> f64 {
        self.nlp.reach(plan, step)
    }

    fn evaluate(&self, plan: &Trajectory<NX, NU>, defects: &mut [[f64; NX]]) -> f64 {
        let cost = self.nlp.evaluate(plan, defects);
        self.not_finite.set(self.not_finite.get() + usize::from(!cost.is_finite()));
        cost
    }

    fn expand(
        &self,
        plan: &Trajectory<NX, NU>,
        multipliers: &[[f64; NX]],
        hessian: Hessian,
        out: &mut Expansion<NX, NU>,
    ) {
        self.nlp.expand(plan, multipliers, hessian, out);
    }
}
