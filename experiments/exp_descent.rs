//! # What does knowing the curvature buy?
//!
//! **Question.** Descent, momentum and Adam know the gradient; Newton's method knows how it changes. What does that buy on
//! quadratics, on a swing-up, and on 41 problems? And was it the method that failed in the notes' first experiments?
//!
//! **Maths.** A gradient step divides the error of a quadratic of condition $\kappa$ by $1 + O(1/\kappa)$, momentum by
//! $1 + O(1/\sqrt\kappa)$, Newton's by everything. On knots the motion $z$ has defects $d(z) = 0$ and cost $J$, and
//! $$L(z, \lambda) = J + \lambda' d + \rho\, |d/h|^2, \qquad \lambda \leftarrow \lambda + 2\rho\, d/h^2 \text{ after each round}.$$
//! Where a cost has kinks, $\sqrt{e^2 + \varepsilon^2}$ stands for $|e|$ while $\varepsilon$ falls.
//!
//! **Figure.** FILL
//!
//! **Finding.** FILL

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::newton::{self, Options, Status};
use swingup::optimize::{Adam, Entrant, Method, Momentum, Penalized, approach, best_multipliers, least_work};
use swingup::optimize::{lowest_descent, performance_profile, steps_by_condition, told_nothing, work_on_problems};
use swingup::problems::{SHORT_TRACK_OPTIMUM, SPRING_OPTIMUM, SWING_UP_OPTIMUM, short_track, solve_rounded, spring};
use swingup::test_functions::{more_garbow_hillstrom::Problem, orthogonal};
use swingup::{Scalar, Trajectory, problems, transcription::MIDPOINT};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Relative error of the cost, and largest defect as a rate, of a swing-up that counts as solved
    #[arg(long, default_value = "1e-6", value_parser = lab::flags::positive)]
    goal: f64,
    /// Most gradients of a method of first order on the swing-up
    #[arg(long, default_value_t = 100_000, value_parser = lab::flags::at_least::<4000>)]
    gradients: usize,
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A condition number
    // Descent and momentum are told the extreme curvatures, Adam takes the best of seven rates.
    let (conditions, most) = ([1e1, 1e2, 1e3, 1e4, 1e5, 1e6], if lab.quick() { 5000 } else { 100_000 });
    let mut random = ChaCha12Rng::seed_from_u64(lab.seed());
    let start: Vec<f64> = (0..20).map(|_| random.random_range(-1.0..1.0)).collect();
    let axes: Vec<f64> = (0..400).map(|ij| if ij % 21 == 0 { 1.0 } else { 0.0 }).collect();
    let turn = orthogonal(20, || random.random_range(-1.0..1.0));
    let caption =
        "Steps until $f$ has fallen to 1e-10 of its first value, in 20 variables. No marker: not within 100 000.";
    let title = "Whichever way the axes are turned, only Newton's method does not see the condition number";
    let mut figure = Figure::new("condition", title).caption(caption);
    for (title, turn) in [("on the axes", axes), ("axes turned", turn)] {
        let mut panel = Panel::new(title).x(Axis::log("condition number")).y(Axis::log("steps").range(0.5, 2e5));
        for (name, line) in steps_by_condition(&conditions, &start, &turn, 1e-10, most)? {
            lab.record_series(&format!("steps {title}, {name}"), &line)?;
            if name == "Newton" {
                let claim = format!("{title}, Newton's method takes one step at every condition number");
                lab.claim(&claim, line.len() == 6 && line.iter().all(|at| at.1 == 1.0))?;
            }
            panel = panel.line_markers(name, line);
        }
        figure = figure.panel(panel);
    }
    lab.figure(figure)?;

    // ## The swing-up, defects at a price
    // A defect costs 100 |d/h|² and has no multiplier. The table's rates go up to where descent blows up.
    let (nlp, zero) = (problems::swing_up().transcribe(MIDPOINT), Trajectory::constant(99, [0.0; 4], [0.0]));
    let form = Penalized::new(&nlp, 100.0);
    let mut values = vec![form.value(&form.pack(&zero))];
    let newton = newton::multipliers(&nlp, &zero, &[100.0], &Options::default(), |_, plan| {
        values.push(form.value(&form.pack(plan)));
        true
    })?;
    let least = values[values.len() - 1];
    lab.record("priced: Newton steps", (values.len() - 1) as f64)?;
    if let Some([_, cost, defect]) = approach(&newton.report, nlp.ocp().step(), SWING_UP_OPTIMUM).last() {
        lab.record("priced: relative cost error of the minimum", *cost)?;
        lab.record("priced: largest defect of the minimum, as a rate", *defect)?;
        lab.claim("at a price of 100 the largest defect stays above 0.01", *defect > 0.01)?;
    }
    let calls = Axis::log("gradients");
    let mut panel = Panel::new("").x(calls.clone()).y(Axis::log("(L - L*)/L*").range(1e-9, 1e1));
    panel = panel.line_markers("Newton", by_step(&values.iter().map(|v| v / least - 1.0).collect::<Vec<_>>()));
    let rates = if lab.quick() { vec![1.5e-5] } else { vec![3e-6, 1e-5, 1.5e-5] };
    let mut excess = Vec::new();
    for entrant in told_nothing(&rates, &[0.9, 0.99, 0.999])? {
        let budget = if lab.quick() { 1000 } else { args.gradients / 5 };
        let run = lowest_descent(&form, &entrant, &form.pack(&zero), budget)?.lowest();
        let run: Vec<f64> = run.iter().map(|value| value / least - 1.0).collect();
        excess.push(run[run.len() - 1]);
        lab.record(&format!("priced: excess at the end, {}", entrant.name), run[run.len() - 1])?;
        panel = panel.line(entrant.name, by_step(&run));
    }
    if !lab.quick() {
        let claim = "on the penalty form momentum arrives within 20 000 gradients, descent and Adam do not";
        lab.claim(claim, excess[1].max(excess[2]) < 1e-6 && excess[0].min(excess[3]) > 0.1)?;
    }
    let caption = "How far the penalty form is above its least value, at the best of a table of settings; the heavy ball runs \
        under Nesterov. The least value itself has defects of 0.02 and a cost 3 % too low.";
    let title = "Momentum needs two hundred times the steps of Newton's method";
    lab.figure(Figure::new("priced", title).caption(caption).panel(panel))?;

    // ## The swing-up, with multipliers
    // A small penalty is worth most to a gradient: 10 |d/h|², in rounds of 1 000 steps. Newton's grows by tens from 0.1.
    let form = Penalized::new(&nlp, 10.0);
    let options = Options { cutoff: 1e-9, ..Options::default() };
    let (h, most, goal) = (nlp.ocp().step(), if lab.quick() { 4000 } else { args.gradients }, args.goal);
    let rounds = newton::multipliers(&nlp, &zero, &options.penalties(), &options, |_, _| true)?;
    let at_once = newton::solve(&nlp, &zero, &options)?;
    let mut paths = vec![
        ("Newton, all at once", approach(&at_once.report, h, SWING_UP_OPTIMUM)),
        ("Newton, by rounds", approach(&rounds.report, h, SWING_UP_OPTIMUM)),
    ];
    let entrants = told_nothing(if lab.quick() { &[1.5e-4] } else { &[1e-4, 1.5e-4] }, &[0.98, 0.99, 0.995])?;
    for (entrant, long) in entrants.iter().map(|entrant| (entrant, false)).chain([(&entrants[2], true)]) {
        let (name, steps) = if long { ("Nesterov, 4 000 a round", 4000) } else { (entrant.name, 1000) };
        paths.push((name, best_multipliers(&form, entrant, (steps, most / steps), SWING_UP_OPTIMUM, goal)?));
    }
    let mut panels = ["|J - J*|/J*", "largest |d|/h"]
        .map(|label| Panel::new("").x(calls.clone()).y(Axis::log(label).range(1e-8, 1e1)).horizontal("goal", goal));
    let mut first = Vec::new();
    for (name, path) in &paths {
        let solved = path.iter().find(|at| at[1].max(at[2]) <= goal);
        first.push(solved.map_or(f64::INFINITY, |at| at[0]));
        let (what, value) = solved.or(path.last()).map_or(("", 0.0), |at| match solved {
            Some(_) => ("gradients to the goal", at[0]),
            None => ("error at the end", at[1].max(at[2])),
        });
        lab.record(&format!("multipliers: {what}, {name}"), value)?;
        for (i, panel) in panels.iter_mut().enumerate() {
            *panel = std::mem::take(panel).line_markers(*name, path.iter().map(|at| (at[0], at[i + 1])));
        }
    }
    lab.claim(
        "with multipliers Newton's method arrives within 100 steps in both forms",
        first[0].max(first[1]) <= 100.0,
    )?;
    if !lab.quick() {
        let claim = "with multipliers momentum arrives within 20 000 gradients, descent, Adam and longer rounds do not";
        let fails = [first[2], first[5], first[6]].iter().all(|first| first.is_infinite());
        lab.claim(claim, first[3].max(first[4]) <= 20_000.0 && fails)?;
    }
    let ball = Entrant::new("", [Method::Momentum(Momentum::heavy_ball(1.5e-4, 0.99)?)]);
    lab.measure_alone("Newton all at once, to 1e-10", "ms", || {
        let since = std::time::Instant::now();
        let run = newton::solve(&nlp, &zero, &Options::default());
        run.map_or(f64::NAN, |_| 1e3 * since.elapsed().as_secs_f64())
    })?;
    lab.measure_alone("the heavy ball by rounds, to 1e-6", "ms", || {
        let since = std::time::Instant::now();
        let run = best_multipliers(&form, &ball, (1000, most / 1000), SWING_UP_OPTIMUM, goal);
        run.map_or(f64::NAN, |_| 1e3 * since.elapsed().as_secs_f64())
    })?;
    let [cost, rate] = panels;
    let caption = "Cost and dynamics of the swing-up at the best of a table; a step of Newton's method has one gradient, and one banded \
        Hessian besides. The heavy ball runs under Nesterov.";
    let title = "Tuned momentum arrives, a thousand times later than Newton's method";
    lab.figure(Figure::new("multipliers", title).caption(caption).panel(cost).panel(rate))?;

    // ## Descent and ascent at once
    // The notes' first part: a mass on a spring is pulled to 1, descending in the motion and ascending in its multipliers.
    let (mut costs, mut defects) = (Vec::new(), Vec::new());
    Penalized::new(&spring(0.0), 0.0).descend_and_ascend(1e-3, 30_000, |cost, defect| {
        costs.push(cost);
        defects.push(defect);
    })?;
    lab.record("spring: largest defect at step 10000, as a rate", defects[10_000])?;
    lab.record("spring: largest defect at step 30000, as a rate", defects[30_000])?;
    lab.claim("descent and ascent violate the dynamics by 0.2 after thirty thousand steps", defects[30_000] > 0.2)?;
    let (rate, cost) = (Axis::linear("largest |d|/h").range(0.0, 1.1), Axis::linear("J").range(0.0, 21.0));
    let rate = Panel::new("").x(Axis::linear("step")).y(rate).line("", by_step(&defects)).hue(Hue::Blue);
    let cost = Panel::new("").x(Axis::linear("step")).y(cost).line("", by_step(&costs)).hue(Hue::Blue);
    let caption =
        "A mass on a spring, 20 knots, rate 0.001 for motion and multipliers. Left: what is left of the dynamics.";
    let figure = Figure::new("saddle", "Descent in the motion, ascent in its multipliers: a spiral, slowly inwards");
    lab.figure(figure.caption(caption).panel(rate).panel(cost.horizontal("optimum", SPRING_OPTIMUM)))?;

    // ## Adam on a short track
    // The notes' second part: 15 rounds of 2 001 steps at rate 0.001, from zero and from starts changed by 1e-6.
    let nlp = short_track(0.0);
    let penalties: Vec<f64> = (0..15).map(|round| 0.1 + 0.5 * f64::from(round)).collect();
    let mut rate = Panel::new("").x(Axis::linear("round")).y(Axis::log("largest |d|/h"));
    let mut cost =
        Panel::new("").x(Axis::linear("round")).y(Axis::linear("J")).horizontal("optimum", SHORT_TRACK_OPTIMUM);
    let mut defects = Vec::new();
    for start in 0..if lab.quick() { 4 } else { 20 } {
        let z = (0..245).map(|_| if start == 0 { 0.0 } else { random.random_range(-1e-6..1e-6) }).collect();
        let (mut adam, mut path) = (Adam::new(1e-3)?, Vec::new());
        let step = |z: &mut Vec<f64>, g: &Vec<f64>| adam.step(z, g);
        Penalized::new(&nlp, 0.0).rounds(z, &penalties, 2001, step, |cost, defect| path.push((cost, defect)))?;
        defects.push(path[14].1);
        rate = rate.line("", (1..).map(f64::from).zip(path.iter().map(|at| at.1))).hue(Hue::Blue);
        cost = cost.line("", (1..).map(f64::from).zip(path.iter().map(|at| at.0))).hue(Hue::Blue);
    }
    defects.sort_by(f64::total_cmp);
    let (least, most) = (defects[0], defects[defects.len() - 1]);
    for (name, value) in [("least", least), ("median", defects[defects.len() / 2]), ("largest", most)] {
        lab.record(&format!("short track: Adam's last defect as a rate, {name}"), value)?;
    }
    lab.claim("starts that differ by 1e-6 end with defects that differ by half and more", most > 1.5 * least)?;
    let caption =
        "Twenty runs from starts that differ by 1e-6. All are the same for nine rounds; then each ends where it will.";
    let figure = Figure::new("adam", "Adam on a short track: where a run ends is decided by 1e-6 of its start");
    lab.figure(figure.caption(caption).panel(rate).panel(cost))?;

    // ## Newton's method on kinks
    // |e| becomes √(e² + ε²), ε falls to 0.3 of itself, and each width starts from the motion of the one before.
    let widths: Vec<f64> = std::iter::successors(Some(1.0), |width| Some(width * 0.3)).take(17).collect();
    let options = Options { tolerance: 1e-7, ..Options::default() };
    let guesses = (Trajectory::constant(19, [0.0; 2], [0.0]), Trajectory::constant(49, [0.0; 4], [0.0]));
    let paths = [
        ("spring", SPRING_OPTIMUM, solve_rounded(spring, guesses.0, &widths, &options)?),
        ("short track", SHORT_TRACK_OPTIMUM, solve_rounded(short_track, guesses.1, &widths, &options)?),
    ];
    let mut panel = Panel::new("").x(Axis::log("width ε")).y(Axis::log("J - least J"));
    for (name, optimum, path) in paths {
        let (steps, cost, _) = path[path.len() - 1];
        let solved = path.iter().all(|at| at.2 == Status::Solved);
        lab.record(&format!("{name}: cost by Newton's method"), cost)?;
        lab.record(&format!("{name}: Newton steps"), steps as f64)?;
        lab.claim(&format!("Newton's method solves the {name} at every width"), solved)?;
        let claim = format!("Newton's method finds the optimum of the {name} to a ten-millionth");
        lab.claim(&claim, (cost / optimum - 1.0).abs() < 1e-7)?;
        panel = panel.line_markers(name, widths.iter().zip(&path).map(|(&width, at)| (width, at.1 - cost)));
    }
    let caption =
        "The cost with its kinks, at the solution of the problem with rounded ones, above that of the least width.";
    let figure =
        Figure::new("kinks", "Rounded over a width, a kink costs that width: Newton's method takes what the notes had");
    lab.figure(figure.caption(caption).panel(panel))?;

    // ## Forty-one problems
    // Solved is what has fallen by all but a millionth of what it can fall.
    let rates: Vec<f64> = (-8..=0).map(|k| Scalar::powi(10.0, k)).collect();
    let budget = if lab.quick() { 200 } else { 5000 };
    let work = work_on_problems(Problem::all(), &told_nothing(&rates, &[0.9, 0.99])?, 1e-6, budget)?;
    let best = least_work(&work.iter().map(|method| method.1.clone()).collect::<Vec<_>>());
    let share = Axis::linear("share of the problems").range(0.0, 1.0);
    let mut panel = Panel::new("").x(Axis::log("work, of that of the best")).y(share);
    let mut solved = Vec::new();
    for (name, work) in &work {
        let profile = performance_profile(work, &best, 1e3);
        solved.push(work.iter().flatten().count());
        lab.record(&format!("problems solved, {name}"), work.iter().flatten().count() as f64)?;
        lab.record(&format!("share of the problems with the least work, {name}"), profile[0].1)?;
        panel = panel.line(*name, profile);
    }
    lab.claim(
        "Newton's method solves more of the problems than any other",
        solved[..4].iter().all(|&n| n < solved[4]),
    )?;
    let caption = "Share of the 41 problems that a method solves within so many times the work of the best one there, each at the best of \
        its settings for each problem. A step of Newton's method counts as n + 1 gradients.";
    let title = "On 41 problems the Hessian is worth its n gradients";
    lab.figure(Figure::new("profile", title).caption(caption).panel(panel))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_descent.rs"), run)
}
