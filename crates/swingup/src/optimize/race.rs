//! Methods side by side, each at its best setting.

use std::vec;
use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient, Solver};

use super::{
    Adam, AdaptivePolyak, DampedNewton, Descent, FirstOrderState, GradientDescent, Momentum, OptionError, Polyak,
};
use super::{Smooth, Until, descend, descend_watched};
use crate::Function;
use crate::test_functions::more_garbow_hillstrom::Problem;
use crate::test_functions::{DiagonalQuadratic, Quadratic, times};

/// A method with its options.
#[derive(Clone, Debug)]
pub enum Method {
    /// [`GradientDescent`].
    GradientDescent(GradientDescent<f64>),
    /// [`Momentum`].
    Momentum(Momentum<Vec<f64>, f64>),
    /// [`Adam`].
    Adam(Adam<Vec<f64>, f64>),
    /// [`Polyak`].
    Polyak(Polyak<f64>),
    /// [`AdaptivePolyak`].
    AdaptivePolyak(AdaptivePolyak<f64>),
}

/// For each name its points, as a figure draws them.
pub type Lines<'a> = Vec<(&'a str, Vec<(f64, f64)>)>;

/// For each method its name and its work on each problem; `None` where it does not arrive.
pub type Work<'a> = Vec<(&'a str, Vec<Option<f64>>)>;

/// For each name the steps it took; `None` when it did not arrive.
pub type Steps<'a> = Vec<(&'a str, Option<usize>)>;

impl Method {
    /// Runs it from `x0` until the goal or the limit; `see` is shown every point, the start first.
    ///
    /// # Errors
    /// Those of the problem.
    pub fn descend_watched<O>(
        &self,
        problem: O,
        x0: &[f64],
        until: Until,
        mut see: impl FnMut(&[f64]),
    ) -> Result<Descent, Error>
    where
        O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    {
        match self.clone() {
            Method::GradientDescent(solver) => descend_watched(problem, solver, x0, until, |x, _| see(x)),
            Method::Momentum(solver) => descend_watched(problem, solver, x0, until, |x, _| see(x)),
            Method::Adam(solver) => descend_watched(problem, solver, x0, until, |x, _| see(x)),
            Method::Polyak(solver) => descend_watched(problem, solver, x0, until, |x, _| see(x)),
            Method::AdaptivePolyak(solver) => descend_watched(problem, solver, x0, until, |x, _| see(x)),
        }
    }
}

/// A contestant.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// Its name.
    pub name: &'static str,
    /// Its settings, of which the best one counts.
    pub settings: Vec<Method>,
}

impl Entrant {
    /// The entrant `name` with these settings.
    pub fn new(name: &'static str, settings: impl IntoIterator<Item = Method>) -> Self {
        Entrant { name, settings: settings.into_iter().collect() }
    }
}

/// The rates among which Adam chooses.
const ADAM_RATES: [f64; 7] = [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0];

/// Gradient descent and the heavy ball with the best constants for a quadratic whose curvatures go from `least` to
/// `largest`, Nesterov's momentum with the customary ones, and Adam with seven rates from 0.001 to 1.
///
/// # Errors
/// When not `0 < least <= largest < ∞`.
pub fn told_curvatures(least: f64, largest: f64) -> Result<Vec<Entrant>, OptionError> {
    Ok(vec![
        Entrant::new("gradient descent", [Method::GradientDescent(GradientDescent::for_curvatures(least, largest)?)]),
        Entrant::new("heavy ball", [Method::Momentum(Momentum::heavy_ball_for_curvatures(least, largest)?)]),
        Entrant::new("Nesterov", [Method::Momentum(Momentum::nesterov_for_curvatures(least, largest)?)]),
        Entrant::new("Adam", adams()?),
    ])
}

/// The same methods when nothing is known of the function: descent with each of `rates`, the momenta with each of `rates`
/// and of `momenta`, Adam with its seven rates.
///
/// # Errors
/// When a rate or a momentum is out of range.
pub fn told_nothing(rates: &[f64], momenta: &[f64]) -> Result<Vec<Entrant>, OptionError> {
    let (mut descent, mut ball, mut nesterov) = (vec![], vec![], vec![]);
    for &rate in rates {
        descent.push(Method::GradientDescent(GradientDescent::new(rate)?));
        for &beta in momenta {
            ball.push(Method::Momentum(Momentum::heavy_ball(rate, beta)?));
            nesterov.push(Method::Momentum(Momentum::nesterov(rate, beta)?));
        }
    }
    Ok(vec![
        Entrant::new("gradient descent", descent),
        Entrant::new("heavy ball", ball),
        Entrant::new("Nesterov", nesterov),
        Entrant::new("Adam", adams()?),
    ])
}

fn adams() -> Result<Vec<Method>, OptionError> {
    ADAM_RATES.map(Adam::new).into_iter().map(|adam| adam.map(Method::Adam)).collect()
}

/// The shortest of an entrant's runs to the goal; `None` when no setting gets there in time.
///
/// # Errors
/// Those of the problem.
pub fn best_descent<O>(problem: &O, entrant: &Entrant, x0: &[f64], until: Until) -> Result<Option<Descent>, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>> + Clone,
{
    let mut best: Option<Descent> = None;
    for method in &entrant.settings {
        // Whoever is behind the leader need not go on.
        let steps = best.as_ref().map_or(until.steps, |best| best.costs.len().saturating_sub(2));
        let until = Until { steps, ..until };
        let run = method.descend_watched(problem.clone(), x0, until, |_| ())?;
        if run.steps.is_some() {
            best = Some(run);
        }
    }
    Ok(best)
}

/// A race on quadratics, one for each of `conditions`, whose curvatures go from 1 to it, evenly spaced in the logarithm, seen from the
/// axes of the orthogonal matrix `axes`: `race` is given the condition, the function and its start, `start` seen from there,
/// and says who took how many steps. Gives for each who its points `(condition, steps)`, without those who did not arrive.
///
/// # Errors
/// Those of the race.
pub fn race_by_condition<'a>(
    conditions: &[f64],
    start: &[f64],
    axes: &[f64],
    mut race: impl FnMut(f64, &Quadratic, &[f64]) -> Result<Steps<'a>, Error>,
) -> Result<Lines<'a>, Error> {
    let mut lines: Lines<'a> = Vec::new();
    let x0 = times(axes, start);
    for &kappa in conditions {
        let f = Quadratic::rotated(&DiagonalQuadratic::with_condition(start.len(), kappa), axes);
        for (name, steps) in race(kappa, &f, &x0)? {
            let line = lines.iter().position(|line| line.0 == name).unwrap_or_else(|| {
                lines.push((name, Vec::new()));
                lines.len() - 1
            });
            lines[line].1.extend(steps.map(|steps| (kappa, steps as f64)));
        }
    }
    Ok(lines)
}

/// The steps that [`told_curvatures`], from 1 to `condition`, take by their best settings.
///
/// # Errors
/// When the condition is below 1 or not finite.
pub fn steps_when_told<'a>(condition: f64, f: &Quadratic, x0: &[f64], until: Until) -> Result<Steps<'a>, Error> {
    let steps = |entrant: &Entrant| Ok((entrant.name, best_descent(f, entrant, x0, until)?.and_then(|run| run.steps)));
    told_curvatures(1.0, condition)?.iter().map(steps).collect()
}

/// The work that each entrant, by its best setting, and Newton's method spend on each of `problems` until f is below `minimum +
/// share (f(x0) - minimum)`: for each method its name and one entry a problem, `None` where it spends more than
/// `budget`.
///
/// Work is counted in gradients. A step of [`DampedNewton`] counts 1 + n of them, n for the Hessian's columns; values of f
/// count nothing, neither its line search's nor others.
///
/// # Errors
/// Those of the problems.
pub fn work_on_problems(
    problems: &[Problem],
    entrants: &[Entrant],
    share: f64,
    budget: usize,
) -> Result<Work<'static>, Error> {
    let names = entrants.iter().map(|entrant| entrant.name).chain(["Newton"]);
    let mut work: Work<'static> = names.map(|name| (name, Vec::new())).collect();
    for problem in problems {
        let (x0, f) = (problem.start(), Smooth(*problem));
        let cost = problem.minimum + share * (problem.value(&x0) - problem.minimum);
        for (work, entrant) in work.iter_mut().zip(entrants) {
            let run = best_descent(&f, entrant, &x0, Until { cost, steps: budget })?;
            work.1.push(run.and_then(|run| run.steps).map(|steps| steps as f64));
        }
        let each = problem.n + 1;
        let steps = descend(f, DampedNewton::new(), &x0, Until { cost, steps: budget / each })?.steps;
        work[entrants.len()].1.push(steps.map(|steps| (steps * each) as f64));
    }
    Ok(work)
}

/// The run of an entrant that comes lowest within `steps`: what its best setting reaches when none reaches a goal.
///
/// # Errors
/// Those of the problem.
pub fn lowest_descent<O>(problem: &O, entrant: &Entrant, x0: &[f64], steps: usize) -> Result<Descent, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>> + Clone,
{
    let mut best = Descent { steps: None, costs: vec![f64::INFINITY] };
    let lowest = |run: &Descent| run.costs.iter().copied().fold(f64::INFINITY, f64::min);
    for method in &entrant.settings {
        let until = Until { cost: f64::NEG_INFINITY, steps };
        let run = method.descend_watched(problem.clone(), x0, until, |_| ())?;
        if lowest(&run) < lowest(&best) {
            best = run;
        }
    }
    Ok(best)
}

/// [`lowest_descent`] from each of `starts`: the lowest cost up to each step, sorted by where the runs end, the lowest first.
///
/// # Errors
/// Those of the problem.
pub fn lowest_descents<O>(
    problem: &O,
    entrant: &Entrant,
    starts: &[Vec<f64>],
    steps: usize,
) -> Result<Vec<Vec<f64>>, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>> + Clone,
{
    let run = |x0: &Vec<f64>| Ok(lowest_descent(problem, entrant, x0, steps)?.lowest());
    let mut runs = starts.iter().map(run).collect::<Result<Vec<_>, Error>>()?;
    runs.sort_by(|a, b| a[a.len() - 1].total_cmp(&b[b.len() - 1]));
    Ok(runs)
}

/// How far the last bits of the start decide: the fewest steps to the goal, the median and the most from `starts` points that
/// are `x0` stretched by 0, 1, 2, .. roundings. A method that amplifies rounding, as Polyak's does, has no one count.
///
/// Runs that do not reach the goal in time are left out; `None` when that is all of them.
///
/// # Errors
/// Those of the problem.
pub fn spread<O, S>(problem: &O, solver: &S, x0: &[f64], until: Until, starts: u32) -> Result<[Option<usize>; 3], Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>> + Clone,
    S: Solver<O, FirstOrderState<Vec<f64>, f64>> + Clone,
{
    let mut counts = Vec::new();
    for stretch in (0..starts).map(|bits| 1.0 + f64::from(bits) * f64::EPSILON) {
        let x0: Vec<f64> = x0.iter().map(|x| x * stretch).collect();
        counts.extend(descend(problem.clone(), solver.clone(), &x0, until)?.steps);
    }
    counts.sort_unstable();
    Ok([counts.first(), counts.get(counts.len() / 2), counts.last()].map(Option::<&usize>::copied))
}
