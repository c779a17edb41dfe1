//! The way to a solution: a horizon that grows, and what is done when it does not work.

use alloc::vec;
use alloc::vec::Vec;

use super::kkt::{Residuals, larger};
use super::row::Row;
use super::run::{Goal, Log, Outcome, REACH, Run};
use super::{Options, Report, Solution, Start, Status, Step, Warm};
use crate::Trajectory;
use crate::constrained::Constrained;
use crate::constraints::{Bound, Kind};
use crate::newton::check_guess;
use crate::newton::measure::{largest, worst};
use crate::ocp::{ProblemError, check_bound, require};

/// A horizon that is to grow is solved until its error and μ, in the cost's unit, are about as small as this.
const LOOSE: f64 = 1e-3;

/// Solves a problem on knots with constraints from a guess, or says why not.
///
/// The guess may violate everything; its first state is replaced by the problem's. A solution is a local optimum, and another guess
/// may lead to another one. Unless the guess is a motion, it is only a beginning: the problem of the first `N/2, N/4, ..` intervals,
/// the first not shorter than [`Options::shortest`], is solved loosely from it, then that of twice as many, the state held from where
/// the shorter motion ended. A terminal cost stands at the end of each.
///
/// # Errors
/// When the guess has another length than the problem or a number that is not finite, or an option is out of range. What the solver
/// finds is a [`Status`].
pub fn solve<const NX: usize, const NU: usize>(
    nlp: &impl Constrained<NX, NU>,
    guess: &Trajectory<NX, NU>,
    options: &Options,
) -> Result<Solution<NX, NU>, ProblemError> {
    solve_watched(nlp, guess, options, |_, _| true)
}

/// [`solve`], and `see` is shown every step and the iterate that it led to, which is shorter than the horizon while that grows; the
/// run stops when it returns `false`.
///
/// # Errors
/// Those of [`solve`].
pub fn solve_watched<const NX: usize, const NU: usize>(
    nlp: &impl Constrained<NX, NU>,
    guess: &Trajectory<NX, NU>,
    options: &Options,
    mut see: impl FnMut(&Step, &Trajectory<NX, NU>) -> bool,
) -> Result<Solution<NX, NU>, ProblemError> {
    options.check()?;
    check_limits(nlp)?;
    check_guess(nlp, guess)?;
    let mut log = Log { steps: Vec::with_capacity(64), see: &mut see };
    let horizons = horizons(nlp, guess, options);
    let mut run = Run::new(nlp, options, cut(guess, horizons[0]));
    run.center();
    for &longer in &horizons[1..] {
        let (outcome, now) = run.minimize(Goal { error: LOOSE, last: false }, &mut log);
        let ended = matches!(outcome, Outcome::Stopped | Outcome::IterationLimit | Outcome::NotFinite { .. });
        if ended {
            let run = run.lengthen(guess, guess.intervals(), false);
            return Ok(run.report(outcome, &now, log.steps));
        }
        if matches!(outcome, Outcome::Unbounded | Outcome::NoProgress) {
            // What holds the whole problem may be missing in a short one.
            run = Run::new(nlp, options, guess.clone());
            run.center();
            break;
        }
        // A horizon that cannot keep its constraints need not grow slowly.
        let broken = outcome == Outcome::Broken;
        run = run.lengthen(guess, if broken { guess.intervals() } else { longer }, outcome == Outcome::Done);
        if broken {
            break;
        }
    }
    let (outcome, now) = run.finish(&mut log);
    Ok(run.report(outcome, &now, log.steps))
}

/// Solves a problem from the solution of a similar one: its motion, its multipliers, and what it knew of the inequalities.
///
/// # Errors
/// Those of [`solve`].
pub fn solve_from<const NX: usize, const NU: usize>(
    nlp: &impl Constrained<NX, NU>,
    like: &Solution<NX, NU>,
    options: &Options,
) -> Result<Solution<NX, NU>, ProblemError> {
    options.check()?;
    check_limits(nlp)?;
    check_guess(nlp, &like.plan)?;
    let (n, multipliers) = (nlp.intervals(), like.multipliers.len());
    require(multipliers == n, multipliers as f64, "the number of the problem's intervals", || {
        "multipliers of the solution".into()
    })?;
    let mut see = |_: &Step, _: &Trajectory<NX, NU>| true;
    let mut log = Log { steps: Vec::with_capacity(64), see: &mut see };
    let mut run = Run::new(nlp, options, like.plan.clone());
    run.multipliers.clone_from(&like.multipliers);
    run.fresh = false;
    run.warm(&like.warm);
    let (outcome, now) = run.finish(&mut log);
    Ok(run.report(outcome, &now, log.steps))
}

/// Are all limits and prices such that something can keep and pay them?
fn check_limits<const NX: usize, const NU: usize>(nlp: &impl Constrained<NX, NU>) -> Result<(), ProblemError> {
    let (states, controls) = nlp.names();
    for k in 0..=nlp.intervals() {
        let bounds = nlp.bounds(k);
        let named = bounds.states.iter().zip(&states).chain(bounds.controls.iter().zip(&controls));
        named.into_iter().try_for_each(|(bound, name)| check_bound(bound, name, k))?;
    }
    for constraint in nlp.constraints(nlp.intervals()) {
        if let Kind::Soft(price) = constraint.kind {
            check_bound(&Bound { price: Some(price), ..Bound::FREE }, constraint.name, constraint.knot)?;
        }
    }
    Ok(())
}

/// The horizons of a run, in intervals: halves of halves as long as they are not too short, unless the guess is a motion.
fn horizons<const NX: usize, const NU: usize>(
    nlp: &impl Constrained<NX, NU>,
    guess: &Trajectory<NX, NU>,
    options: &Options,
) -> Vec<usize> {
    let mut horizons = vec![guess.intervals()];
    if options.start == Start::Grow && !is_motion(nlp, guess) {
        while horizons[0] / 2 >= options.shortest {
            horizons.insert(0, horizons[0] / 2);
        }
    }
    horizons
}

/// Does it move, and obey the dynamics to 1 % of its states?
fn is_motion<const NX: usize, const NU: usize>(nlp: &impl Constrained<NX, NU>, guess: &Trajectory<NX, NU>) -> bool {
    let n = guess.intervals();
    let mut defects = vec![[0.0; NX]; n];
    let mut plan = guess.clone();
    plan.states[0] = nlp.start();
    nlp.evaluate(&plan, &mut defects);
    let size = |i: usize| plan.states.iter().fold(0.0f64, |most, x| most.max(x[i].abs()));
    let worst = |i: usize| defects.iter().fold(0.0f64, |most, d| if d[i].abs() <= most { most } else { d[i].abs() });
    let moves = plan.states.iter().any(|x| x != &plan.states[0]);
    moves && (0..NX).all(|i| worst(i) <= 0.01 * size(i))
}

fn cut<const NX: usize, const NU: usize>(guess: &Trajectory<NX, NU>, n: usize) -> Trajectory<NX, NU> {
    Trajectory { states: guess.states[..=n].to_vec(), controls: guess.controls[..n].to_vec() }
}

impl<'a, P: Constrained<NX, NU>, const NX: usize, const NU: usize> Run<'a, P, NX, NU> {
    /// Puts all rows on the path.
    pub(super) fn center(&mut self) {
        let mu = self.mu;
        self.rows.iter_mut().for_each(|row| row.center(mu));
    }

    /// The same run on a longer horizon: its motion is kept, and beyond it the last state is held, or the guess taken.
    fn lengthen(self, guess: &Trajectory<NX, NU>, longer: usize, hold: bool) -> Self {
        let n = self.plan.intervals();
        let mut plan = cut(guess, longer);
        let last = self.plan.states[n];
        plan.states[..=n].copy_from_slice(&self.plan.states);
        plan.controls[..n].copy_from_slice(&self.plan.controls);
        if hold {
            plan.states[n + 1..].fill(last);
        }
        let mut run = Run::new(self.nlp, self.options, plan);
        run.multipliers[..n].copy_from_slice(&self.multipliers);
        run.fresh = false;
        run.mu = self.mu;
        run.center();
        let common = |row: &&Row| row.knot < n;
        for (row, known) in run.rows.iter_mut().filter(|row| row.knot < n).zip(self.rows.iter().filter(common)) {
            row.know(known);
        }
        run
    }

    /// Begins where another run ended.
    fn warm(&mut self, warm: &Warm) {
        self.mu = if self.rows.is_empty() { 0.0 } else { warm.barrier.max(1e-5 * self.unit).min(self.first_mu) };
        self.center();
        if warm.rows.len() == self.rows.len() && warm.rows.iter().all(Row::is_inside) {
            let mu = self.mu;
            for (row, known) in self.rows.iter_mut().zip(&warm.rows) {
                row.know(known);
                row.recentre(mu, REACH);
            }
        }
    }

    /// The report of where it stands: what `now` says when it is done, else of the best iterate.
    fn report(mut self, outcome: Outcome, now: &Residuals, steps: Vec<Step>) -> Solution<NX, NU> {
        let mut now = *now;
        if outcome != Outcome::Done {
            // Where the model is not a number, the last motion is what shows it.
            now = self.take_stock(!matches!(outcome, Outcome::NotFinite { .. }));
        }
        let error = larger(now.error(), now.broken);
        let fine = |most: f64| error <= most;
        let status = match outcome {
            Outcome::NotFinite { knot } => Status::NotFinite { knot },
            _ if fine(self.options.tolerance) => Status::Solved,
            Outcome::Stopped => Status::Stopped,
            Outcome::Unbounded => Status::Unbounded { knot: worst(&self.plan.states) },
            _ if fine(self.options.acceptable) => Status::Acceptable,
            Outcome::Broken | Outcome::Done => match self.worst_row() {
                Some(row) => Status::Infeasible { knot: row.knot, constraint: self.describe(row) },
                None => Status::NoProgress { knot: worst(&self.defects) },
            },
            Outcome::IterationLimit => Status::IterationLimit,
            Outcome::NoProgress => Status::NoProgress { knot: worst(&self.defects) },
        };
        let cost = self.nlp.evaluate(&self.plan, &mut self.trial_defects);
        let defect = largest(self.trial_defects.as_flattened().iter().copied());
        let report = Report {
            status,
            steps,
            cost,
            paid: self.rows.iter().filter(|row| !row.is_meant()).map(|row| row.paid((-row.value).max(0.0))).sum(),
            gradient: now.gradient,
            defect,
            violation: now.violation,
            complementarity: now.complementarity,
            error,
        };
        let warm = Warm { rows: self.rows, barrier: self.mu };
        Solution { plan: self.plan, multipliers: self.multipliers, warm, report }
    }
}
