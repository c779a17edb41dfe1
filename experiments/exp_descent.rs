//! # What does knowing the curvature buy?
//!
//! **Question.** FILL
//!
//! **Maths.** FILL
//!
//! **Figure.** FILL
//!
//! **Finding.** FILL

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::newton::{self, Options, Status};
use swingup::optimize::{Adam, DampedNewton, Penalized, Smooth, Until, best_descent, best_multipliers, descend};
use swingup::optimize::{least_work, lowest_descent, performance_profile, told_curvatures, told_nothing};
use swingup::problems::{SHORT_TRACK_OPTIMUM, SPRING_OPTIMUM, SWING_UP_OPTIMUM, short_track, solve_rounded, spring};
use swingup::test_functions::{DiagonalQuadratic, Quadratic, more_garbow_hillstrom::Problem, orthogonal, times};
use swingup::transcription::MIDPOINT;
use swingup::{Function, Scalar, Trajectory, problems};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Relative error of the cost, and largest defect as a rate, of a swing-up that counts as solved
    #[arg(long, default_value = "1e-6", value_parser = lab::flags::positive)]
    goal: f64,
    /// Most steps of a method of first order on the swing-up
    #[arg(long, default_value_t = 100_000, value_parser = lab::flags::at_least::<1000>)]
    steps: usize,
    /// Starts of Adam on the short track
    #[arg(long, default_value_t = 20, value_parser = lab::flags::at_least::<2>)]
    starts: usize,
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A condition number
    // Descent and momentum are told the extreme curvatures, Adam takes the best of seven rates, Newton's method has the Hessian.
    let (n, most) = (20, if lab.quick() { 10_000 } else { 100_000 });
    let mut random = ChaCha12Rng::seed_from_u64(lab.seed());
    let start: Vec<f64> = (0..n).map(|_| random.random_range(-1.0..1.0)).collect();
    let turn = orthogonal(n, || random.random_range(-1.0..1.0));
    let caption = format!("Steps until $f$ has fallen to 1e-10 of its first value, at most {most}; 20 curvatures.");
    let mut figure =
        Figure::new("condition", "Only Newton's method does not see the condition number").caption(caption);
    let mut newton_steps = Vec::new();
    for (title, turned) in [("on the axes", false), ("axes turned", true)] {
        let mut lines = vec![("Newton", Vec::new())];
        for kappa in [1e1, 1e2, 1e3, 1e4, 1e5, 1e6] {
            let axes = DiagonalQuadratic::with_condition(n, kappa);
            let f = if turned { Quadratic::rotated(&axes, &turn) } else { Quadratic::from(&axes) };
            let x0 = if turned { times(&turn, &start) } else { start.clone() };
            let until = Until { cost: 1e-10 * f.value(&x0), steps: most };
            let newton = descend(f.clone(), DampedNewton::new(), &x0, until)?.steps.unwrap_or(most);
            newton_steps.push(newton);
            lines[0].1.push((kappa, newton as f64));
            for (i, entrant) in told_curvatures(1.0, kappa)?.iter().enumerate() {
                if lines.len() < i + 2 {
                    lines.push((entrant.name, Vec::new()));
                }
                let steps = best_descent(&f, entrant, &x0, until)?.and_then(|run| run.steps);
                lines[i + 1].1.extend(steps.map(|steps| (kappa, steps as f64)));
            }
        }
        let mut panel = Panel::new(title).x(Axis::log("condition number")).y(Axis::log("steps"));
        for (name, line) in lines {
            lab.record_series(&format!("steps {title}, {name}"), &line)?;
            panel = panel.line_markers(name, line);
        }
        figure = figure.panel(panel);
    }
    lab.claim(
        "Newton's method takes one step at every condition number",
        newton_steps.iter().all(|&steps| steps == 1),
    )?;
    lab.figure(figure)?;

    // ## The swing-up as a penalty
    // Defects cost 100 |d/h|² and have no multipliers. The rates of the table go up to where descent blows up.
    let nlp = problems::swing_up().transcribe(MIDPOINT);
    let (form, zero) = (Penalized::new(&nlp, 100.0), Trajectory::constant(99, [0.0; 4], [0.0]));
    let z0 = form.pack(&zero);
    let mut values = vec![form.value(&z0)];
    let solution = newton::multipliers(&nlp, &zero, &[100.0], &Options::default(), |_, plan| {
        values.push(form.value(&form.pack(plan)));
        true
    })?;
    let least = values[values.len() - 1];
    let (cost, defect) = form.cost_and_defect(&form.pack(&solution.plan));
    lab.record("penalty: Newton steps", (values.len() - 1) as f64)?;
    lab.record("penalty: relative cost error at its minimum", (cost - SWING_UP_OPTIMUM).abs() / SWING_UP_OPTIMUM)?;
    lab.record("penalty: largest defect at its minimum, as a rate", defect)?;
    let calls = Axis::log("gradient calls");
    let mut panel = Panel::new("").x(calls.clone()).y(Axis::log("(L - L*)/L*").range(1e-9, 1e1));
    panel = panel.line_markers("Newton", by_step(&values.iter().map(|v| v / least - 1.0).collect::<Vec<_>>()));
    let rates = if lab.quick() { vec![1.5e-5] } else { vec![3e-6, 1e-5, 1.5e-5] };
    for entrant in told_nothing(&rates, &[0.9, 0.99, 0.999])? {
        let lowest = lowest_descent(&form, &entrant, &z0, args.steps / if lab.quick() { 50 } else { 5 })?.lowest();
        let excess: Vec<f64> = lowest.iter().map(|value| value / least - 1.0).collect();
        lab.record(&format!("penalty: excess after the budget, {}", entrant.name), excess[excess.len() - 1])?;
        panel = panel.line(entrant.name, by_step(&excess));
    }
    let caption = "FILL";
    lab.figure(Figure::new("penalty", "FILL").caption(caption).panel(panel))?;

    // ## The swing-up by multipliers
    // The least penalty with which the rounds converge is worth the most to a gradient: 10 |d/h|², in rounds of 1 000 steps.
    let form = Penalized::new(&nlp, 10.0);
    let rates = if lab.quick() { vec![1.5e-4] } else { vec![1e-4, 1.5e-4] };
    let mut paths = Vec::new();
    for (name, penalties) in [("Newton, by rounds", vec![10.0; 30]), ("Newton, all at once", vec![])] {
        let options = Options { cutoff: 1e-9, ..Options::default() };
        let run = match penalties.is_empty() {
            true => newton::solve(&nlp, &zero, &options)?,
            false => newton::multipliers(&nlp, &zero, &penalties, &options, |_, _| true)?,
        };
        let far =
            |(k, (cost, defect)): (usize, (f64, f64))| [k as f64, (cost / SWING_UP_OPTIMUM - 1.0).abs(), defect / nlp.ocp().step()];
        let last = (run.report.cost, run.report.defect);
        let steps = run.report.iterations.iter().map(|step| (step.cost, step.defect)).chain([last]);
        paths.push((name, steps.enumerate().map(far).collect()));
    }
    for entrant in told_nothing(&rates, &[0.98, 0.99, 0.995])? {
        let rounds = (1000, args.steps / if lab.quick() { 5000 } else { 1000 });
        paths.push((entrant.name, best_multipliers(&form, &entrant, rounds, SWING_UP_OPTIMUM, args.goal)?));
    }
    let mut error = Panel::new("cost").x(calls.clone()).y(Axis::log("|J - J*|/J*").range(1e-8, 1e1));
    let mut rate = Panel::new("dynamics").x(calls).y(Axis::log("largest |d|/h").range(1e-8, 1e1));
    for (name, path) in &paths {
        let solved = path.iter().find(|at| at[1].max(at[2]) <= args.goal);
        match (solved, path.last()) {
            (Some(at), _) => lab.record(&format!("multipliers: gradients to the goal, {name}"), at[0])?,
            (None, Some(at)) => {
                lab.record(&format!("multipliers: error after the budget, {name}"), at[1].max(at[2]))?
            }
            _ => (),
        }
        error = error.line_markers(*name, path.iter().map(|at| (at[0], at[1])));
        rate = rate.line_markers(*name, path.iter().map(|at| (at[0], at[2])));
    }
    lab.figure(Figure::new("multipliers", "FILL").caption("FILL").panel(error).panel(rate))?;

    // ## Descent and ascent at once
    // The notes' first part: a mass on a spring is pulled to 1, descending in the motion and ascending in its multipliers.
    let nlp = spring(0.0);
    let (mut costs, mut defects) = (Vec::new(), Vec::new());
    Penalized::new(&nlp, 0.0).descend_and_ascend(1e-3, 30_000, |cost, defect| {
        costs.push(cost);
        defects.push(defect);
    })?;
    for step in [10_000, 30_000] {
        lab.record(&format!("spring: largest defect as a rate at step {step}"), defects[step])?;
        lab.record(&format!("spring: cost at step {step}"), costs[step])?;
    }
    let claim = "descent and ascent at once leave a defect above 0.2 after thirty thousand steps";
    lab.claim(claim, defects[30_000] > 0.2)?;
    let step = Axis::linear("step");
    let rate = Panel::new("dynamics").x(step.clone()).y(Axis::linear("largest |d|/h"));
    let rate = rate.line("", by_step(&defects));
    let cost = Panel::new("cost").x(step).y(Axis::linear("J")).horizontal("optimum", SPRING_OPTIMUM);
    let cost = cost.line("", by_step(&costs));
    lab.figure(Figure::new("saddle", "FILL").caption("FILL").panel(rate).panel(cost))?;

    // ## Adam on a short track
    // The notes' second part: 15 rounds of 2 001 steps at rate 0.001, from zero and from starts changed by 1e-6.
    let nlp = short_track(0.0);
    let penalties: Vec<f64> = (0..15).map(|round| 0.1 + 0.5 * f64::from(round)).collect();
    let mut rate = Panel::new("dynamics").x(Axis::linear("round")).y(Axis::log("largest |d|/h"));
    let mut cost =
        Panel::new("cost").x(Axis::linear("round")).y(Axis::linear("J")).horizontal("optimum", SHORT_TRACK_OPTIMUM);
    let mut residuals = Vec::new();
    for start in 0..if lab.quick() { 4 } else { args.starts } {
        let z = (0..245).map(|_| if start == 0 { 0.0 } else { random.random_range(-1e-6..1e-6) }).collect();
        let (mut adam, mut path) = (Adam::new(1e-3)?, Vec::new());
        let step = |z: &mut Vec<f64>, g: &Vec<f64>| adam.step(z, g);
        Penalized::new(&nlp, 0.0).rounds(z, &penalties, 2001, step, |cost, defect| path.push((cost, defect)))?;
        residuals.push(path[14].1);
        rate = rate.line("", (1..).zip(&path).map(|(k, at)| (f64::from(k), at.1))).hue(Hue::Blue);
        cost = cost.line("", (1..).zip(&path).map(|(k, at)| (f64::from(k), at.0))).hue(Hue::Blue);
    }
    lab.record("Adam: defect from zero", residuals[0])?;
    residuals.sort_by(f64::total_cmp);
    lab.record("Adam: least defect", residuals[0])?;
    lab.record("Adam: median defect", residuals[residuals.len() / 2])?;
    lab.record("Adam: largest defect", residuals[residuals.len() - 1])?;
    lab.claim(
        "a change of the start by 1e-6 changes Adam's last defect by half and more",
        residuals[residuals.len() - 1] > 1.5 * residuals[0],
    )?;
    lab.figure(Figure::new("adam", "FILL").caption("FILL").panel(rate).panel(cost))?;

    // ## Newton's method on kinks
    // |e| becomes √(e² + ε²), and ε falls by thirds; each width starts from the motion of the one before.
    let widths: Vec<f64> = std::iter::successors(Some(1.0), |width| Some(width * 0.3)).take(17).collect();
    let options = Options { tolerance: 1e-7, ..Options::default() };
    let guess = (Trajectory::constant(19, [0.0; 2], [0.0]), Trajectory::constant(49, [0.0; 4], [0.0]));
    let paths = [
        ("spring", SPRING_OPTIMUM, solve_rounded(spring, guess.0, &widths, &options)?),
        ("short track", SHORT_TRACK_OPTIMUM, solve_rounded(short_track, guess.1, &widths, &options)?),
    ];
    let mut panel = Panel::new("").x(Axis::log("width ε")).y(Axis::log("J - lowest J"));
    for (name, optimum, path) in paths {
        let (steps, cost, _) = path[path.len() - 1];
        lab.record(&format!("{name}: cost by Newton's method"), cost)?;
        lab.record(&format!("{name}: optimum by interior points"), optimum)?;
        lab.record(&format!("{name}: Newton steps"), steps as f64)?;
        lab.claim(
            &format!("Newton's method solves the {name} at every width"),
            path.iter().all(|at| at.2 == Status::Solved),
        )?;
        lab.claim(
            &format!("Newton's method finds the optimum of the {name} to 1e-6"),
            (cost / optimum - 1.0).abs() < 1e-6,
        )?;
        panel = panel.line_markers(name, widths.iter().zip(&path).map(|(&width, at)| (width, at.1 - cost)));
    }
    lab.figure(Figure::new("kinks", "FILL").caption("FILL").panel(panel))?;

    // ## Forty-one problems
    // Solved is what has fallen by all but a millionth of what it can fall. A Hessian counts as n gradients.
    let budget = if lab.quick() { 300 } else { 5000 };
    let rates: Vec<f64> = (-8..=0).map(|k| Scalar::powi(10.0, k)).collect();
    let entrants = told_nothing(&rates, &[0.9, 0.99])?;
    let mut work = vec![Vec::new(); 5];
    for problem in Problem::all() {
        let (x0, f) = (problem.start(), Smooth(*problem));
        let until = Until { cost: problem.minimum + 1e-6 * (problem.value(&x0) - problem.minimum), steps: budget };
        for (work, entrant) in work.iter_mut().zip(&entrants) {
            work.push(best_descent(&f, entrant, &x0, until)?.and_then(|run| run.steps).map(|steps| steps as f64));
        }
        let newton = descend(f, DampedNewton::new(), &x0, until)?.steps;
        work[4].push(newton.map(|steps| (steps * (problem.n + 1)) as f64).filter(|&calls| calls <= budget as f64));
    }
    let best = least_work(&work);
    let mut panel = Panel::new("")
        .x(Axis::log("work, times that of the best"))
        .y(Axis::linear("share of problems solved").range(0.0, 1.0));
    for (name, work) in entrants.iter().map(|entrant| entrant.name).chain(["Newton"]).zip(&work) {
        let profile = performance_profile(work, &best, 1e3);
        lab.record(&format!("profile: solved, {name}"), work.iter().flatten().count() as f64)?;
        lab.record(&format!("profile: share that is the best, {name}"), profile[0].1)?;
        panel = panel.line(name, profile);
    }
    lab.figure(Figure::new("profile", "FILL").caption("FILL").panel(panel))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_descent.rs"), run)
}
