//! # Is an exponential barrier more stable than a logarithm?
//!
//! **Question.** A limit can be a price that rises steeply at it. The notes tried a logarithm, which is not defined outside,
//! and an exponential, which "is more stable". Is it? What does each cost, and where does it end?
//!
//! **Maths.** With margins $m_i \ge 0$ of multipliers $\lambda_i$: $J + \sum \varphi(m_i)$ for a falling parameter. Logarithm:
//! $\varphi = -\mu \ln m$, $m_i = \mu/\lambda_i$, $J - J^* \le n\mu$; relaxed: a parabola below $\delta$. Exponential:
//! $r e^{-m/r}$, $m_i = -r \ln\lambda_i$. Softplus: $r \ln(1 + e^{-m/r})$, $m_i = r \ln(1/\lambda_i - 1)$.
//!
//! **Figure.** `paths`: minimizers of each, by parameter. `work`: Newton steps from three starts. `units`: where active
//! constraints sit. `swing_up`: a swing-up on a short track. `stall`: the logarithm comes to a halt there, and goes on.
//!
//! **Finding.** Half right. On a quadratic program with 80 limits, by one Newton's method to one accuracy, the logarithm
//! takes 55 steps (73 cut at the boundary), the exponential 81 and softplus 76; counted elsewhere, 48, 72, 86 and 82. With
//! slacks and multipliers as variables it takes 12 (elsewhere 11), and 16 or 18 from outside: a fair race has another winner.
//! From outside the logarithm is refused. The exponential takes 83 from near and 189 from far, about one for each r of
//! violation, meets 281 values that are not finite, and dies beyond 709.78 r. Softplus takes 78 and meets none.
//!
//! The start is more stable, not the end. An active constraint sits at $r\ln\lambda$, outside when $\lambda > 1$, and the unit
//! of the cost decides that: times $0.01$ or $1$ none is outside, times $100$ four. There softplus, whose slope is at most $1$,
//! ends with a violation of 1.34; the relaxed logarithm, the true one while each $\mu/\lambda_i \ge \delta$, with 1.74.
//!
//! On the swing-up with $|x| \le 0.4$ the exponential ends in another valley, at 1 477.90, from $r = 1$; from $0.01$ it finds
//! 295.2328. At one fixed $r = 0.038$, the notes' way, it ends at 0.573; softplus at 0.901, the relaxed logarithm at 1.409, the
//! optimum without limits. The logarithm stalls: in the notes' way on a matrix with 1 negative eigenvalue, and damped
//! because damping, in units of the largest curvature, the barrier's, is 826. In smaller units it takes 144 steps, primal-dual 103.

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use swingup::barrier::{Barrier, Barrier::Exponential, Barrier::Log, Barrier::Softplus, End, Follow, Priced, follow};
use swingup::interior;
use swingup::newton::{Indefinite, Options, Status, multipliers};
use swingup::problems::{self, PARKING_OPTIMUM, Program, parking, parking_active, parking_arrivals, parking_path};
use swingup::{Bound, Trajectory, transcription::MIDPOINT};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Half the length of the swing-up's track
    #[arg(long, default_value_t = 0.4, value_parser = lab::flags::positive)]
    track: f64,
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## Four paths
    // Minimizers of a quadratic program with 80 limits. Relaxed, it is the logarithm while all margins of that are above δ.
    let parameter = Axis::log("parameter μ or r (unit of cost)");
    let (gap, relaxed) = (Axis::log("|J - J*| (unit of cost)"), Barrier::RelaxedLog { delta: 0.01 });
    let mut gaps = Panel::new("the gap").x(parameter.clone()).y(gap.clone().range(1e-8, 1e2));
    let log = parking_path(Log, 1.0)?;
    lab.record("limits", log.last().margins.len() as f64)?;
    lab.claim("the logarithm's gap is at most 80 μ", log.stages.iter().all(|s| s.gap <= 80.0 * s.parameter))?;
    gaps = gaps.dashed("80 μ", log.curve(|s| 80.0 * s.parameter)).line_markers("logarithm", log.curve(|s| s.gap));
    for (name, barrier) in [("relaxed, δ = 0.01", relaxed), ("exponential", Exponential), ("softplus", Softplus)] {
        let path = parking_path(barrier, 1.0)?;
        lab.record(&format!("parking, {name}: violation at the end"), path.last().violation())?;
        gaps = gaps.line_markers(name, path.curve(|stage| stage.gap));
    }
    let far = Axis::log("largest difference of a control (m/s²)").range(1e-8, 10.0);
    let mut leaves = Panel::new("relaxed, from the logarithm").x(Axis::log("parameter μ (unit of cost)")).y(far);
    for delta in [0.1, 0.01, 0.001] {
        let line = parking_path(Barrier::RelaxedLog { delta }, 1.0)?.distances(&log);
        let both = line.iter().zip(&log.stages).map(|((_, far), log)| (*far < 1e-7, log.least_margin() >= delta));
        let as_said = both.clone().all(|(same, above)| same == above) && both.clone().any(|(same, _)| !same);
        lab.claim(&format!("relaxed below {delta}, it is the logarithm exactly where all margins are above"), as_said)?;
        let line = line.into_iter().map(|(mu, far)| (mu, far.max(1e-8)));
        leaves = leaves.line_markers(format!("δ = {delta}"), line);
    }
    let title = "Three barriers lead to the optimum; the relaxed logarithm leaves its path at μ = λδ";
    let caption = "Left: cost above or below the least one. Right: way from the logarithm; at the bottom, below 1e-8.";
    lab.figure(Figure::new("paths", title).caption(caption).panel(gaps).panel(leaves))?;

    // ## Work
    // From u = 0, inside, 3, outside by 1, and 100, until gap and violation are below 1e-8. Elsewhere steps were counted by a
    // program that did not say how near the path it stayed: its counts must lie between those of a loose and a tight one.
    let entrants = [
        ("logarithm", Log, f64::INFINITY, [48, 0, 0]),
        ("logarithm, cut", Log, 0.99, [72, 0, 0]),
        ("exponential", Exponential, f64::INFINITY, [86, 89, 184]),
        ("softplus", Softplus, f64::INFINITY, [82, 83, 85]),
    ];
    lab.record("steps elsewhere, primal-dual", 11.0)?;
    let mut figure = Figure::new("work", "From outside, an exponential pays a Newton step for each r of violation");
    for (place, (start, u)) in [("inside", 0.0), ("outside", 3.0), ("far outside", 100.0)].into_iter().enumerate() {
        let mut panel = Panel::new(start).x(Axis::linear("Newton steps").range(0.0, 200.0));
        for (name, barrier, cut, elsewhere) in entrants {
            let ([loose, path, tight], known) = (parking_arrivals(barrier, cut, u)?, elsewhere[place]);
            for (what, count) in path.counts().into_iter().chain([("steps elsewhere", known)]) {
                lab.record(&format!("{what}, {name}, {start}"), count as f64)?;
            }
            let ends = if known > 0 { "arrives, with the steps counted elsewhere" } else { "is refused" };
            let end = if known > 0 { End::Arrived } else { End::Outside { knot: 0 } };
            let between = (loose.steps()..=tight.steps()).contains(&known);
            lab.claim(&format!("{start}, {name} {ends}"), between && path.end == end)?;
            panel = if known > 0 { panel.line_markers(name, path.gaps()) } else { panel };
        }
        // With slacks and multipliers as variables, to the same gap.
        let exact = interior::Options { tolerance: 1e-10, ..Default::default() };
        let own = interior::solve(&parking(1.0), &problems::parking_under(u), &exact)?.report;
        let gaps = own.steps.iter().map(|step| step.cost).chain([own.cost]).map(|cost| (cost - PARKING_OPTIMUM).abs());
        lab.record(&format!("steps, primal-dual, {start}"), own.iterations() as f64)?;
        lab.record(&format!("trials, primal-dual, {start}"), own.trials() as f64)?;
        let arrives = (own.cost - PARKING_OPTIMUM).abs() < 1e-8 && own.violation < 1e-8;
        lab.claim(&format!("{start}, primal-dual arrives"), arrives)?;
        panel = panel.line("primal-dual", gaps.enumerate().map(|(step, gap)| (step as f64, gap.max(1e-9))));
        figure = figure.panel(panel.y(gap.clone().range(1e-9, 1e6)));
    }
    lab.figure(figure.caption("Cost above the least one after each parameter; the logarithm is refused outside."))?;
    // The largest number is that of 709.78 r; a larger r to begin with starts further out.
    lab.record("violation of the overflow, over r", f64::MAX.ln())?;
    for (first, end) in [(1.0, End::Overflow { knot: 0 }), (10.0, End::Arrived)] {
        let options = Follow { first, optimum: Some(PARKING_OPTIMUM), ..Follow::default() };
        let path = follow(&parking(1.0), Exponential, &problems::parking_under(720.0), &options)?;
        lab.claim(&format!("718 outside, from r = {first}: {end:?}"), path.end == end)?;
    }

    // ## Units
    // The same problem with its cost in three units; what softplus cannot hold at 100 moves the others too, and is not shown.
    let mut panel = Panel::new("").x(Axis::log("multiplier λ (unit of cost / unit of margin)"));
    let two = [("exponential", Exponential, "-ln λ", Hue::Blue), ("softplus", Softplus, "ln(1/λ - 1)", Hue::Orange)];
    for (name, barrier, rule, hue) in two {
        let mut points = Vec::new();
        for unit in [0.01, 1.0, 100.0] {
            let (active, violation) = parking_active(barrier, unit)?;
            let outside = active.iter().filter(|at| at.1 < 0.0).count();
            lab.record(&format!("active constraints outside, {name}, cost times {unit}"), outside as f64)?;
            lab.record(&format!("violation, {name}, cost times {unit}"), violation)?;
            points.extend(if barrier == Exponential || unit <= 1.0 { active } else { Vec::new() });
        }
        let on_rule = points.iter().all(|(lambda, at)| (at - barrier.margin(*lambda, 1.0)).abs() < 0.01);
        lab.claim(&format!("{name}: an active constraint sits at r times {rule}"), on_rule)?;
        let line = (0..=240).map(|k| 10_f64.powf(f64::from(k) / 40.0 - 5.0)).map(|l| (l, barrier.margin(l, 1.0)));
        panel = panel.dashed(rule, line).hue(hue).markers(name, points).hue(hue);
    }
    let title = "Where λ > 1 an exponential ends outside, and softplus does not hold";
    let caption = "Margins of active constraints at r = 1e-7, for the cost times 0.01, 1 and, of the exponential, 100.";
    let panel = panel.y(Axis::linear("margin / r").range(-5.0, 10.0)).horizontal("the limit", 0.0);
    lab.figure(Figure::new("units", title).caption(caption).panel(panel))?;

    // ## The swing-up on a short track
    // Each barrier from a hanging pole at rest, its parameter halved from stage to stage.
    let side = [Bound::symmetric(args.track), Bound::FREE, Bound::FREE, Bound::FREE];
    let short = problems::swing_up().bound_states(side)?.transcribe(MIDPOINT);
    let rest = Trajectory::constant(99, [0.0; 4], [0.0]);
    let mut far = Panel::new("").x(parameter.clone().range(1e-8, 1.0)).y(Axis::linear("largest |x|").range(0.0, 1.5));
    let mut cost = Panel::new("").x(parameter.range(1e-8, 1.0)).y(Axis::log("J (unit of cost)").range(100.0, 2000.0));
    for (name, barrier, first, finds_it) in [
        ("logarithm", Log, 1.0, true),
        ("exponential, r from 1", Exponential, 1.0, false),
        ("exponential, r from 0.01", Exponential, 0.01, true),
        ("relaxed, δ = 0.01", relaxed, 1.0, false),
        ("softplus", Softplus, 1.0, false),
    ] {
        let path = follow(&short, barrier, &rest, &Follow { first, shrink: 0.5, least: 1e-11, ..Follow::default() })?;
        let (last, reach) = (path.last(), |margin: f64| args.track - margin);
        lab.record(&format!("track, {name}: steps"), path.steps() as f64)?;
        lab.record(&format!("track, {name}: cost"), last.cost)?;
        lab.record(&format!("track, {name}: largest |x|"), reach(last.least_margin()))?;
        let best = (last.cost - 295.2328).abs() < 1e-4 && last.violation() < 1e-8;
        lab.claim(&format!("track, {name}: the optimum, {finds_it}"), best == finds_it)?;
        far = far.line(name, path.curve(|stage| reach(stage.least_margin())));
        cost = cost.line(name, path.curve(|stage| stage.cost));
    }
    let own = interior::solve(&short, &rest, &interior::Options::default())?.report;
    lab.record("track, primal-dual: steps", own.iterations() as f64)?;
    lab.claim("track, primal-dual: the optimum", own.status.is_solved() && (own.cost - 295.2328).abs() < 1e-4)?;
    let title = "On a short track only the logarithm, and a small r from the start, find the optimum";
    let caption = "Left: how far the cart goes; right: its cost; by the parameter, which falls from the right.";
    let far = far.horizontal("the limit", args.track);
    lab.figure(Figure::new("swing_up", title).caption(caption).panel(far).panel(cost))?;

    // ## The notes' way, and a stall
    // Theirs: multipliers and penalties, one fixed parameter. Ours: damping in units of the largest curvature, the barrier's.
    for (name, barrier, parameter, indefinite, damping, ends) in [
        ("exponential", Exponential, 0.038, Indefinite::Accept, 1.0, "RoundLimit"),
        ("logarithm", Log, 0.1, Indefinite::Accept, 1.0, "NoProgress"),
        ("logarithm, damped by 1e-12", Log, 0.1, Indefinite::Damp, 1e-12, "RoundLimit"),
    ] {
        let (priced, Program { penalties, options }) = (Priced::new(&short, barrier, parameter), Program::second());
        let options = Options { indefinite, damping, iterations: 500, ..options };
        let end = multipliers(&priced, &rest, &penalties, &options, |_, _| true)?;
        let reach = priced.margins(&end.plan).iter().fold(0.0, |most, at| f64::max(most, args.track - at.value));
        lab.record(&format!("the notes' way, {name}: largest |x|"), reach)?;
        let negative = end.report.iterations.last().map_or(0, |last| last.negative);
        lab.record(&format!("the notes' way, {name}: negative eigenvalues at the end"), negative as f64)?;
        let as_said = format!("{:?}", end.report.status).starts_with(ends);
        lab.claim(&format!("the notes' way, {name}: {ends}"), as_said)?;
    }
    let mut panel = Panel::new("").x(Axis::linear("Newton steps").range(0.0, 550.0));
    for (damping, shrink, stalls) in [(1e-3, 0.1, true), (1e-3, 0.5, false), (1e-12, 0.1, false)] {
        let newton = Options { damping, ..Follow::default().newton };
        let path = follow(&short, Log, &rest, &Follow { shrink, newton, ..Follow::default() })?;
        let name = format!("damping {damping:e}, μ times {shrink}");
        lab.record(&format!("{name}: steps"), path.steps() as f64)?;
        lab.record(&format!("{name}: last one"), path.iterations().last().map_or(0.0, |last| last.damping))?;
        let end = if stalls { End::Stalled(Status::IterationLimit) } else { End::Arrived };
        lab.claim(&format!("{name}: {end:?}"), path.end == end)?;
        panel = panel.line_markers(name, path.gaps());
    }
    let title = "Damping in units of the barrier's own curvature stops the logarithm";
    let caption = "The gap's estimate after each parameter; damping counts in units of the largest curvature.";
    let panel = panel.y(Axis::log("Σ λm, an estimate of J - J*").range(1e-9, 1e3));
    lab.figure(Figure::new("stall", title).caption(caption).panel(panel))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_barriers.rs"), run)
}
