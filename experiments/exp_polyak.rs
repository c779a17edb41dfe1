//! # When is knowing the best value worth as much as knowing the curvature?
//!
//! **Question.** Polyak's step needs no rate; it needs the best value $f^*$. Written with a plus instead of the minus, an
//! easy slip, it climbs. How far does it carry with the right sign, beside descent and momentum that are told the
//! curvatures and Adam at its best rate? And what if $f^*$ is nearly known, or not at all?
//!
//! **Maths.** With $g = \nabla f(x)$ and $f$ convex,
//! $$x_+ = x - \frac{f(x) - f^*}{|g|^2}\, g, \qquad |x_+ - x^*|^2 \le |x - x^*|^2 - \frac{(f(x) - f^*)^2}{|g|^2},$$
//! and for $f = c\,|x - x^*|^p$ the step goes $1/p$ of the way. On $f = (x_0^2 + \kappa x_1^2)/2$ the start
//! $\left(1, \sqrt{(\kappa - 3)/(\kappa(3\kappa - 1))}\right)$ has the step $2/(1 + \kappa)$ for ever. When only a bound
//! $b \le f^*$ is known, half the step towards $b$ will do, and $b$ is raised half-way to the lowest $f$ after each
//! epoch: $f^* - b$ halves (Hazan and Kakade 2019).
//!
//! **Figure.** `power`: the distance from the minimum of $|x|^p$, with either sign. `condition`: steps against the
//! condition number. `valley`: the race over Rosenbrock's valley. `orbit`: the slow orbit, and how rounding leaves it.
//! `value`: $f^*$ wrong, and replaced by a bound. `swing_up`: a swing-up as a function of its controls.
//!
//! **Finding.** On these quadratics, whose 50 curvatures are evenly spaced in the logarithm, the best value is worth to
//! Polyak's step nearly what both extreme curvatures are worth to momentum, and far more than they are worth to descent:
//! at condition $10^4$ it takes 1 551 steps, the heavy ball 880, descent 50 682. It is not worth the whole curvature:
//! Newton's method takes one step. And 1 551 is the median of twenty starts that differ in their last bits; they take
//! 1 235 to 1 902. Turning the axes costs Polyak's step nothing, and Adam its lead: 210 steps become 1 946. Over
//! Rosenbrock's valley, told only that $f^* = 0$, Polyak's step takes 875 (561 to 1 061), the best of 30 heavy balls 364,
//! descent at the best of 6 rates 11 261.
//!
//! On the slow orbit every step is that of descent at its best rate. Rounding lets go of the orbit at step 85; from then
//! on the step sizes wander, and the method is faster. An $f^*$ too high is where the method stops; one too low keeps
//! it wandering; a bound that starts as far below the minimum as the start is above it, and rises every 20 steps, takes
//! 526 steps instead of 161.
//!
//! The cost of a swing-up in its 99 controls is not convex. After 20 000 steps the whole step is 19 % to 85 % above the
//! least cost, half of it 0.04 % to 0.19 %, and 0.08 % to 0.37 % when no more is known than that no cost is negative. The
//! best of 4 heavy balls is 0.39 % above, Adam 1.3 % and descent 51 %.

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel, by_step};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::newton::ReducedCost;
use swingup::optimize::{AdaptivePolyak, DampedNewton, Entrant, Method, Polyak, Smooth, Until, best_descent, descend};
use swingup::optimize::{descend_watched, lowest_descents, race_by_condition, spread, steps_when_told, told_nothing};
use swingup::problems::{SWING_UP_OPTIMUM, swing_up};
use swingup::test_functions::{DiagonalQuadratic, Power, Rosenbrock, identity, orthogonal};
use swingup::{Function, inspect, transcription::MIDPOINT};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Variables of the quadratics
    #[arg(long, default_value_t = 50, value_parser = lab::flags::at_least::<2>)]
    variables: usize,
    /// Most steps a method may take
    #[arg(long, default_value_t = 1_000_000, value_parser = lab::flags::count)]
    steps: usize,
    /// How far f has to fall, of its first value
    #[arg(long, default_value = "1e-10", value_parser = lab::flags::positive)]
    goal: f64,
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A power of the distance
    // With the right sign a step on $|x|^p$ goes $1/p$ of the way to the minimum; with the wrong sign, as far away.
    let distance = Axis::log("distance from the minimum").range(1e-8, 1e6);
    let mut panel = Panel::new("").x(Axis::linear("step")).y(distance);
    let mut error = 0.0_f64;
    for (p, sign) in [1.0, 1.5, 2.0, 4.0, 10.0].into_iter().flat_map(|p| [(p, 1.0), (p, -1.0)]) {
        let mut far = Vec::new();
        let polyak = Polyak::new(0.0)?.scale(sign)?;
        let see = |x: &[f64], _: &Polyak<f64>| far.push((x[0] * x[0] + x[1] * x[1]).sqrt());
        descend_watched(Smooth(Power { p }), polyak, &[0.6, 0.8], Until { cost: 1e-25, steps: 20 }, see)?;
        for d in far.windows(2).take(if p == 1.0 { 1 } else { 20 }) {
            error = error.max((d[1] / d[0] - (1.0 - sign / p)).abs());
        }
        panel = panel.line_markers(format!("p = {p}"), by_step(&far));
    }
    lab.record("largest error of the factors 1 - 1/p and 1 + 1/p", error)?;
    lab.claim("on |x|^p a step goes 1/p of the way, with the wrong sign as far away", error < 1e-14)?;
    let caption = "Distance from the minimum of $|x|^p$: down with the right sign, up with the wrong one. $p = 1$ takes one step.";
    let figure = Figure::new("power", "A step goes 1/p of the way; with the wrong sign, as far away");
    lab.figure(figure.caption(caption).panel(panel))?;

    // ## What a condition number costs
    // Descent and momentum are told the least and the largest curvature, Adam takes the best of seven rates. Polyak's step
    // is told that the minimum is zero, and so has no rate to choose.
    let mut random = ChaCha12Rng::seed_from_u64(lab.seed());
    let start: Vec<f64> = (0..args.variables).map(|_| random.random_range(-1.0..1.0)).collect();
    let turn = orthogonal(args.variables, || random.random_range(-1.0..1.0));
    let conditions = if lab.quick() { vec![1e1, 1e2, 1e3] } else { vec![1e1, 1e2, 1e3, 1e4, 1e5] };
    let caption = "Steps until $f$ has fallen to 1e-10 of its first value; the curvatures are evenly spaced in the logarithm. Polyak: \
        the median, the fewest and the most from twenty starts that differ in the last bits.";
    let title = "Told f*, Polyak is within a factor of two of momentum told both curvatures";
    let mut figure = Figure::new("condition", title).caption(caption);
    let mut progress = lab.progress("condition numbers", 2 * conditions.len());
    for (title, axes) in [("on the axes", identity(args.variables)), ("axes turned", turn)] {
        let lines = race_by_condition(&conditions, &start, &axes, |kappa, f, x0| {
            progress.step();
            let until = Until { cost: args.goal * f.value(x0), steps: args.steps };
            let [fewest, median, most] = spread(f, &Polyak::new(0.0)?, x0, until, 20)?;
            let told = steps_when_told(kappa, f, x0, until)?;
            Ok([vec![("Polyak", median)], told, vec![("fewest", fewest), ("most", most)]].concat())
        })?;
        let mut panel = Panel::new(title).x(Axis::log("condition number")).y(Axis::log("steps"));
        for (i, (name, line)) in lines.iter().enumerate() {
            lab.record_series(&format!("steps {title}, {name}"), line)?;
            panel = match i {
                0..5 => panel.line_markers(*name, line.iter().copied()),
                _ => panel.markers("", line.iter().copied()).hue(Hue::Blue),
            };
        }
        figure = figure.panel(panel);
        let last = |i: usize| lines[i].1.last().map_or(f64::NAN, |&(_, steps)| steps);
        let [polyak, descent, ball, _, adam, fewest, most] = [0, 1, 2, 3, 4, 5, 6].map(last);
        let claim = "Polyak takes less than twice the heavy ball's steps and a tenth of descent's";
        lab.claim(&format!("{title}, {claim}"), polyak < 2.0 * ball && polyak < 0.1 * descent)?;
        let claim = "the last bits of the start move Polyak's count by more than a fifth";
        lab.claim(&format!("{title}, {claim}"), most - fewest > 0.2 * polyak)?;
        // Adam's lead lasts longer than a short run.
        if title == "axes turned" && !lab.quick() {
            lab.claim("axes turned, Adam falls behind Polyak", adam > polyak)?;
        }
    }
    drop(progress);
    lab.figure(figure)?;

    // ## Over a curved valley
    // On Rosenbrock's valley nobody is told a curvature: the others take the best of a table of rates and momenta.
    let x0 = [-1.2, 1.0];
    let until = Until { cost: args.goal * Rosenbrock.value(&x0), steps: args.steps.min(20_000) };
    let mut entrants = vec![Entrant::new("Polyak", [Method::Polyak(Polyak::new(0.0)?)])];
    entrants.extend(told_nothing(&[5e-4, 7e-4, 1e-3, 1.5e-3, 2e-3, 3e-3], &[0.8, 0.9, 0.95, 0.97, 0.99])?);
    let mut panel = Panel::new("").x(Axis::log("step")).y(Axis::log("lowest f so far"));
    let mut steps = Vec::new();
    for entrant in entrants {
        let run = best_descent(&Smooth(Rosenbrock), &entrant, &x0, until)?;
        steps.push(run.as_ref().map_or(f64::NAN, |run| (run.costs.len() - 1) as f64));
        let Some(run) = run else { continue };
        lab.record(&format!("steps over the valley, {}", entrant.name), steps[steps.len() - 1])?;
        lab.record(&format!("settings over the valley, {}", entrant.name), entrant.settings.len() as f64)?;
        panel = panel.line(entrant.name, by_step(&run.lowest()));
    }
    let draws = spread(&Smooth(Rosenbrock), &Polyak::new(0.0)?, &x0, until, 20)?;
    for (name, count) in ["fewest", "median", "most"].into_iter().zip(draws) {
        lab.record(&format!("steps over the valley, Polyak, {name} of twenty"), count.map_or(0.0, |n| n as f64))?;
    }
    let (descent, ball, median) = (steps[1], steps[2], draws[1].map_or(f64::NAN, |n| n as f64));
    let claim = "over the valley Polyak takes less than thrice the best heavy ball's steps and a tenth of descent's";
    lab.claim(claim, median < 3.0 * ball && median < 0.1 * descent)?;
    let caption = "Descent takes the best of 6 rates, the heavy ball and Nesterov of 30 settings, Adam of 7 rates. Polyak has \
        nothing to choose; this run is the luckiest of twenty whose starts differ in the last bits.";
    let title = "Over Rosenbrock's valley a lucky Polyak is among the tuned methods";
    lab.figure(Figure::new("valley", title).caption(caption).panel(panel))?;

    // ## The slow orbit
    // From one start the step size is for ever that of descent at its best rate, and fits neither curvature.
    let f = DiagonalQuadratic { curvature: vec![1.0, 10.0] };
    let x0 = [1.0, (7.0_f64 / 290.0).sqrt()];
    let (mut far, mut sizes) = (Vec::new(), Vec::new());
    descend_watched(Smooth(&f), Polyak::new(0.0)?, &x0, Until { cost: 0.0, steps: 200 }, |x, _| {
        let (value, g) = inspect::gradient(&f, x);
        far.push((x[0] * x[0] + x[1] * x[1]).sqrt());
        sizes.push(value / (g[0] * g[0] + g[1] * g[1]));
    })?;
    let exact: Vec<f64> = std::iter::successors(Some(far[0]), |far| Some(far * 9.0 / 11.0)).take(201).collect();
    let left = (0..=200).find(|&k| (far[k] / exact[k] - 1.0).abs() > 0.01).unwrap_or(200);
    lab.record("step at which rounding has moved the slow orbit by 1 %", left as f64)?;
    lab.claim("on the slow orbit Polyak is descent at its best rate", (sizes[0] - 2.0 / 11.0).abs() < 1e-15)?;
    lab.claim("off the slow orbit Polyak is a thousand times closer by step 200", far[200] < 1e-3 * exact[200])?;
    let distance = Panel::new("distance from the minimum").x(Axis::linear("step")).y(Axis::log("|x|"));
    let distance = distance.line("in 64 bits", by_step(&far)).dashed("exact", by_step(&exact));
    let size = Panel::new("step size").x(Axis::linear("step")).y(Axis::log("(f - f*)/|g|²").range(0.04, 0.7));
    let size = size.horizontal("half of 1/least curvature", 0.5).horizontal("half of 1/largest curvature", 0.05);
    let size = size.markers("in 64 bits", by_step(&sizes));
    let caption = "Condition 10, from the start whose step size never changes. Each step magnifies the rounding of the last. On a quadratic the step size lies between the dotted lines.";
    let title = "Polyak is fast where its step sizes wander over the curvatures";
    lab.figure(Figure::new("orbit", title).caption(caption).panel(distance).panel(size))?;

    // ## The best value, wrong or bounded
    // At condition 100, with f in units of its first value: f* too high or too low, and a lower bound that rises.
    let mut f = DiagonalQuadratic::with_condition(args.variables, 100.0);
    let first = f.value(&start);
    f.curvature.iter_mut().for_each(|d| *d /= first);
    let newton = descend(Smooth(&f), DampedNewton::new(), &start, Until { cost: 1e-25, steps: 9 })?;
    lab.claim("Newton's method, told the whole curvature, takes one step", newton.steps == Some(1))?;
    let gap = Axis::log("f - f*, of its first value").range(1e-11, 1e2);
    let mut wrong = Panel::new("f* is wrong").x(Axis::linear("step")).y(gap.clone()).horizontal("", 1e-4);
    let mut last = Vec::new();
    for (label, off) in [("exact", 0.0), ("too low by 1e-4", -1e-4), ("too high by 1e-4", 1e-4)] {
        let run = descend(Smooth(&f), Polyak::new(off)?, &start, Until { cost: args.goal, steps: 600 })?;
        if let Some(steps) = run.steps {
            lab.record(&format!("steps, f* {label}"), steps as f64)?;
        }
        last.push(run.lowest().pop().unwrap_or(f64::NAN) - off.max(0.0));
        wrong = wrong.line(label, by_step(&run.costs));
    }
    lab.claim("too high an f* is where Polyak stops", last[2].abs() < 1e-12)?;
    lab.claim("with too low an f* Polyak does not arrive", last[0] <= args.goal && last[1] > args.goal)?;
    let mut bounded = Panel::new("f* is bounded from below").x(Axis::linear("step")).y(gap);
    for (below, hue) in [(1.0, Hue::Pink), (100.0, Hue::Red)] {
        let mut gap = Vec::new();
        let see = |_: &[f64], solver: &AdaptivePolyak<f64>| gap.push(-solver.bound());
        let until = Until { cost: args.goal, steps: 5000 };
        let run = descend_watched(Smooth(&f), AdaptivePolyak::new(-below, 20)?, &start, until, see)?;
        lab.record(&format!("steps, bound {below} below"), (run.costs.len() - 1) as f64)?;
        lab.claim(&format!("a rising bound that starts {below} below arrives"), run.steps.is_some())?;
        bounded = bounded.line(format!("f, bound {below} below"), by_step(&run.lowest())).hue(hue);
        bounded = bounded.dashed("", by_step(&gap)).hue(hue);
    }
    let caption = "Condition 100. Left: too high by 1e-4 ends there, too low by 1e-4 does not end. Right: the lowest f \
        so far and, dashed, how far the bound is below the minimum; it halves every 20 steps.";
    let title = "Too high is where it stops, too low keeps it wandering, a rising bound arrives";
    lab.figure(Figure::new("value", title).caption(caption).panel(wrong).panel(bounded))?;

    // ## A swing-up whose least cost is known
    // J of 99 controls, their motion rolled out, is not convex: nothing promises that Polyak's step arrives.
    let f = ReducedCost::new(swing_up().transcribe(MIDPOINT));
    let steps = if lab.quick() { 300 } else { 20_000 };
    lab.record("swing-up: steps", steps as f64)?;
    lab.record("swing-up: controls", 99.0)?;
    let polyak = Polyak::new(SWING_UP_OPTIMUM)?;
    let mut entrants = vec![
        Entrant::new("Polyak", [Method::Polyak(polyak.clone())]),
        Entrant::new("half of Polyak's step", [Method::Polyak(polyak.scale(0.5)?)]),
        Entrant::new("half of it, f* unknown", [Method::AdaptivePolyak(AdaptivePolyak::new(0.0, 20)?)]),
    ];
    entrants.extend(told_nothing(&[5e-6, 1e-5, 5e-5, 2e-4], &[0.99])?);
    lab.record("swing-up: settings of the heavy ball", entrants[4].settings.len() as f64)?;
    let mut panel = Panel::new("").x(Axis::log("step")).y(Axis::log("(lowest J so far - J*)/J*"));
    let mut ends = Vec::new();
    let starts: Vec<Vec<f64>> = (0..10).map(|_| (0..99).map(|_| random.random_range(-1e-6..1e-6)).collect()).collect();
    for entrant in &entrants {
        let starts = if entrant.settings.len() == 1 { &starts[..] } else { &starts[..1] };
        let mut runs = lowest_descents(&f, entrant, starts, steps)?;
        runs.iter_mut().flatten().for_each(|j| *j = *j / SWING_UP_OPTIMUM - 1.0);
        ends.push([0, runs.len() / 2, runs.len() - 1].map(|i| runs[i][runs[i].len() - 1]));
        for (name, end) in ["lowest", "median", "highest"].into_iter().zip(ends[ends.len() - 1]) {
            lab.record(&format!("swing-up: excess, {}, {name}", entrant.name), end)?;
        }
        panel = panel.line(entrant.name, by_step(&runs[runs.len() / 2]));
    }
    if !lab.quick() {
        let others = ends[3..].iter().map(|end| end[0]).fold(f64::INFINITY, f64::min);
        lab.claim(
            "on the swing-up half of Polyak's step comes closer, each time, than the others",
            ends[1][2] < others,
        )?;
        let fails = ends[4..].iter().all(|end| end[2] < ends[0][0]);
        lab.claim("on the swing-up the whole step stays, each time, behind momentum and Adam", fails)?;
    }
    let caption = "From zero but for 1e-6; of Polyak's steps the median of ten, of the others the best of 4 or 7 rates, momentum 0.99.";
    let title = "Where nothing is convex, half of Polyak's step comes closest";
    lab.figure(Figure::new("swing_up", title).caption(caption).panel(panel))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_polyak.rs"), run)
}
