//! # How fast can a swing-up be planned anew?
//!
//! **Question.** A controller that plans at every sample is as good as its plan and as fast as its solver. What does a Newton step on the whole
//! horizon cost, what does it leave undone, and what do other people's solvers need for the same?
//!
//! **Maths.** At each sample, from the measured state $x_0$ and within $|u| \le 10$ m/s² and $|x| \le 0.5$ m,
//! $$\min \sum_{k<N} \tfrac12 (e_k'Qe_k + ru_k^2) + \tfrac{10}{2} e_N'Qe_N,\qquad e = x - (0, 0, \pi, 0),\quad x_{k+1} = \Phi(x_k, u_k)$$
//! with RK4 over 0.05 s. The last plan is shifted by a knot and takes one Newton step (Diehl, Bock and Schlöder 2005), or as many as bring the KKT
//! residual to 1e-6. The plant is the model, undisturbed or with $v$ and $\omega$ pushed at each sample and $\omega$ by 1.5 rad/s after 5 s.
//!
//! **Figure.** `loop`: the disturbed loop, one step a sample. `residual`: what each step found and left. `time`: what a sample takes, by
//! intervals, ours and the solvers that Python has here. `time_cold`: from nothing.
//!
//! **Finding.** In one pass over the horizon, which leaves little undone. Each of 200 samples takes one step on 50 intervals, and the
//! swing-up costs 445.40, disturbed 452.25; plans that converge pay 445.33 and 452.25, for 2.70 and 4.72 steps a sample. No plan is
//! replayed: disturbed, a step finds a KKT error of up to 0.67, and its control is wrong by 0.24 m/s² at most, from the kick on by 0.13. Every
//! control is within its bound, the cart at most 0.04 mm beyond its own, which has a price. From 20 to 1000 intervals it is much the same, at
//! costs up to 452.93, and the time grows as their number.
//!
//! Of the other solvers the fastest, Crocoddyl, took about nine times as long for an iteration, with a penalty for the cart's bound and without
//! AVX2, which its package is not built for; a quadratic program by PIQP more than thirty times as long. To convergence, each by its own
//! test, ours took less than a third of Crocoddyl's time and less than a tenth of the others', in the median, and about a tenth of the next one's
//! in the 99th percentile. From nothing it takes 28 steps, and 57 with 1000 intervals. Times are true of the machine in the record, and of what
//! Python had there.

use std::f64::consts::PI;
use std::time::Instant;

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use lab::peers::{self, Cold, Loop, Loops, Peer, Peers};
use swingup::integrate::rk4_step;
use swingup::interior::{self, Solution};
use swingup::models::CartPole;
use swingup::mpc::{Mpc, Options, Report};
use swingup::problems::limited;
use swingup::transcription::RK4;
use swingup::{At, Trajectory};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Times that each loop is played; of each sample the least time counts
    #[arg(long, default_value_t = 5, value_parser = lab::flags::count)]
    repeats: usize,
}

/// Where a plan has converged.
const RESIDUAL: f64 = 1e-6;
/// Seconds between samples.
const STEP: f64 = 0.05;

/// The plan from rest and no control at all.
fn solve(n: usize) -> lab::Result<Solution<4, 1>> {
    let guess = Trajectory::constant(n, [0.0; 4], [0.0]);
    Ok(interior::solve(&limited::race(n)?.transcribe(RK4), &guess, &interior::Options::default())?)
}

/// As others count: each part of the KKT residual below [`RESIDUAL`], in the problem's units.
fn to_convergence() -> Options {
    Options { tolerance: 3e-9, barrier: 1e-9, ..Options::converged() }
}

fn residual(report: &Report) -> f64 {
    [report.gradient, report.defect, report.inequality, report.complementarity].into_iter().fold(0.0, f64::max)
}

/// A loop that was played: 200 samples.
#[derive(Default)]
struct Played {
    states: Vec<[f64; 4]>,
    controls: Vec<[f64; 1]>,
    reports: Vec<Report>,
    times: Loop,
}

fn play(first: &Solution<4, 1>, options: &Options, disturbed: bool, repeats: usize) -> lab::Result<Played> {
    let (pole, at) = (CartPole::new(0.5, 9.81), At { t: 0.0, p: &[] });
    let (mut played, mut least) = (Played::default(), [f64::INFINITY; 200]);
    for _ in 0..repeats {
        let mut mpc = Mpc::from_solution(limited::race(first.plan.controls.len())?, first, options.clone())?;
        let (mut x, mut loop_of) = ([0.0; 4], Played::default());
        for (k, least) in least.iter_mut().enumerate() {
            let since = Instant::now();
            let u = mpc.control(&x);
            *least = least.min(1e6 * since.elapsed().as_secs_f64());
            loop_of.states.push(x);
            loop_of.controls.push(u);
            loop_of.reports.push(*mpc.report());
            x = rk4_step(&pole, &at, STEP, x, u);
            if disturbed {
                x[1] += 0.02 * (1.7 * k as f64).sin();
                x[3] += 0.05 * (2.3 * k as f64 + 1.0).sin() + if k == 100 { 1.5 } else { 0.0 };
            }
        }
        played = loop_of;
    }
    let price = |[x, v, theta, omega]: [f64; 4], [u]: [f64; 1]| {
        0.5 * (x * x + 0.1 * v * v + 5.0 * (theta - PI).powi(2) + 0.1 * omega * omega + 0.1 * u * u)
    };
    let Played { states, controls, reports, .. } = &played;
    let iterations = reports.iter().map(|report| report.steps as f64).sum::<f64>() / reports.len() as f64;
    let cost = states.iter().zip(controls).map(|(x, u)| price(*x, *u)).sum();
    let farthest = states.iter().map(|x| x[0].abs()).fold(0.0, f64::max);
    played.times = Loop { cost, farthest, iterations, ..Loop::of_times(&least) };
    Ok(played)
}

/// The times of ours.
fn ours(first: &Solution<4, 1>, repeats: usize) -> lab::Result<Peer> {
    let (size, mut least, report) = (first.plan.controls.len(), f64::INFINITY, &first.report);
    for _ in 0..repeats {
        let since = Instant::now();
        solve(size)?;
        least = least.min(1e3 * since.elapsed().as_secs_f64());
    }
    let (iterations, violation) = (report.iterations() as f64, report.defect.max(report.violation));
    let cold = Some(Cold { ms: least, iterations, cost: report.cost, violation });
    let loops = |options| -> lab::Result<Option<Loops>> {
        let [undisturbed, disturbed] = [false, true].map(|disturbed| play(first, &options, disturbed, repeats));
        Ok(Some(Loops { undisturbed: Some(undisturbed?.times), disturbed: Some(disturbed?.times) }))
    };
    let (step, converged) = (loops(Options::default())?, loops(to_convergence())?);
    Ok(Peer { name: "ours".into(), holds: "bounds".into(), size, cold, step, converged })
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## Fifty intervals
    // One step a sample, convergence at each sample, and what a plan that converges makes of the states of the former.
    let (first, mut found) = (solve(50)?, vec![]);
    lab.record("KKT residual to converge to", RESIDUAL)?;
    lab.record("intervals", first.plan.controls.len() as f64)?;
    for (name, most) in [("undisturbed", 445.6), ("disturbed", 452.6)] {
        let step = play(&first, &Options::default(), name == "disturbed", 1)?;
        let best = play(&first, &to_convergence(), name == "disturbed", 1)?;
        let mut mpc = Mpc::from_solution(limited::race(50)?, &first, to_convergence())?;
        let wrong = |(x, u): (&[f64; 4], &[f64; 1])| (mpc.control(x)[0] - u[0]).abs();
        let wrong: Vec<f64> = step.states.iter().zip(&step.controls).map(wrong).collect();
        let errors: Vec<f64> = step.reports.iter().map(|report| report.error).collect();
        let largest = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let push = largest(&step.controls.iter().map(|u| u[0].abs()).collect::<Vec<_>>());
        let left = largest(&best.reports.iter().map(residual).collect::<Vec<_>>());
        for (what, number) in [
            ("cost, one step", step.times.cost),
            ("cost, to convergence", best.times.cost),
            ("farthest place, one step, m", step.times.farthest),
            ("beyond the limit, one step, mm", 1e3 * (step.times.farthest - 0.5).max(0.0)),
            ("largest acceleration, one step, m/s²", push),
            ("largest KKT error that a step finds", largest(&errors)),
            ("largest error of a control, one step, m/s²", largest(&wrong)),
            ("largest error of a control from the kick on, m/s²", largest(&wrong[100..])),
            ("steps of a sample, to convergence", best.times.iterations),
            ("largest KKT residual, to convergence", left),
        ] {
            lab.record(&format!("{name}: {what}"), number)?;
        }
        lab.claim(&format!("{name}, one step a sample: the cost is at most {most}"), step.times.cost <= most)?;
        lab.claim(
            &format!("{name}, one step a sample: the cart stays within 0.5005 m"),
            step.times.farthest <= 0.5005,
        )?;
        let taken = step.reports.iter().all(|report| report.steps == 1 && report.status.is_usable());
        lab.claim(&format!("{name}: one step at each sample, each control within 10 m/s²"), taken && push <= 10.0)?;
        lab.claim(&format!("{name}, to convergence: each part of the KKT residual is at most 1e-6"), left <= RESIDUAL)?;
        found.push((name.to_string(), step, errors, wrong));
    }
    let (states, controls) = (found[1].1.states.clone(), found[1].1.controls.clone());
    lab.record("samples", states.len() as f64)?;
    let place = Panel::over_time("place (m)", [-0.5, 0.5]).at_knots(STEP, &states, &[("", 0)]).hue(Hue::Blue);
    let angle = Panel::over_time("angle (rad)", [PI]).at_knots(STEP, &states, &[("", 2)]).hue(Hue::Blue);
    let push = Panel::over_time("acceleration (m/s²)", [-10.0, 10.0]).held(STEP, &controls, &[("", 0)]).hue(Hue::Blue);
    let mut figure = Figure::new("loop", "One Newton step a sample swings up, and takes a kick").columns(1);
    for panel in [place, angle, push] {
        figure = figure.panel(panel.vertical("", 5.0));
    }
    let caption = "Pushed at each sample, and kicked by 1.5 rad/s after 5 s. Dotted: the limits, upright, and when the kick comes.";
    lab.figure(figure.plot_height(150.0).caption(caption))?;

    // ## What a step finds and what it leaves
    let left = Panel::new("error of the shifted plan").x(Axis::linear("time (s)"));
    let right = Panel::new("error of the control").x(Axis::linear("time (s)"));
    let mut left = left.y(Axis::log("KKT error (in units of the cost)").range(1e-5, 1.0));
    let mut right = right.y(Axis::log("|u - u*| (m/s²)").range(1e-8, 1.0));
    for (name, _, errors, wrong) in &found {
        let [errors, wrong] =
            [errors, wrong].map(|of| of.iter().enumerate().map(|(k, error)| (STEP * k as f64, *error)));
        left = left.line(name, errors);
        right = right.line(name, wrong);
    }
    let caption = "Left: the KKT error at the measured state, before the step, each part in its own unit; what the barrier's parameter keeps from a \
        limit does not count. Right: the control against that of a plan from the same state that converges.";
    let figure = Figure::new("residual", "No plan is replayed: each step finds one that is wrong, and mends it");
    lab.figure(figure.caption(caption).panel(left).panel(right))?;

    // ## Time
    // Ours on up to 1000 intervals, then the solvers of the Python on the search path, from the same first plans.
    let (mut all, mut plans) = (Peers::default(), vec![]);
    let sizes = if lab.quick() { vec![20, 50] } else { vec![20, 50, 100, 200, 500, 1000] };
    let repeats = if lab.quick() { 2 } else { args.repeats };
    for &n in &sizes {
        let first = solve(n)?;
        lab.record(&format!("N = {n}: steps from nothing"), first.report.iterations() as f64)?;
        lab.measure_alone(&format!("ours, N = {n}: all loops"), "s", || {
            let since = Instant::now();
            all.peers.extend(ours(&first, repeats).ok());
            since.elapsed().as_secs_f64()
        })?;
        let controls = first.plan.controls.iter().chain(first.plan.controls.last());
        let knots = first.plan.states.iter().zip(controls).map(|(x, u)| [x[0], x[1], x[2], x[3], u[0]]);
        plans.push((n, knots.collect::<Vec<_>>()));
    }
    let costs: Vec<f64> =
        all.peers.iter().filter_map(|peer| Some(peer.step.as_ref()?.disturbed.as_ref()?.cost)).collect();
    lab.record("fewest intervals", sizes[0] as f64)?;
    lab.record("most intervals", sizes[sizes.len() - 1] as f64)?;
    lab.record("largest cost, one step, any number of intervals", costs.iter().copied().fold(0.0, f64::max))?;
    lab.claim("with any number of intervals one step holds the pole", {
        costs.len() == sizes.len() && costs.iter().all(|&cost| cost < 453.0)
    })?;
    if !lab.quick() {
        plans.retain(|(n, _)| *n <= 200);
        let mut bar = lab.progress("other solvers", 6 * plans.len());
        lab.measure_alone("other solvers: all loops", "s", || {
            let since = Instant::now();
            let theirs = peers::race(&plans, |_| bar.step());
            all.peers.extend(theirs.peers);
            all.missing.extend(theirs.missing);
            since.elapsed().as_secs_f64()
        })?;
    }
    all.measure(lab.by_ref())?;
    let mut figure = Figure::new("time", "What a sample takes, disturbed").columns(2).plot_height(220.0);
    for what in ["median", "99th percentile"] {
        let panel = Panel::new("").x(Axis::log("intervals N")).y(Axis::log(format!("{what} (µs)")).range(1.0, 5e4));
        let [mut one, mut all_of_it] = [panel.clone(), panel];
        if what == "median" {
            (one.title, all_of_it.title) = ("one step a sample".into(), "to convergence at each sample".into());
        }
        let time = |of: &Loop| if what == "median" { of.median_us } else { of.p99_us };
        let of = |loops: &Option<Loops>| loops.as_ref()?.disturbed.as_ref().map(time);
        figure =
            figure.panel(all.draw(one, |peer| of(&peer.step))).panel(all.draw(all_of_it, |peer| of(&peer.converged)));
    }
    let caption = "200 samples; of each the least time of several loops. To convergence: to a KKT residual of 1e-6; Crocoddyl by its own test. Other \
        solvers, where Python has them, without what calls them. |x| <= 0.5 m has a price in ours and in Crocoddyl, whose cart goes some \
        millimetres beyond; OSQP solves to 1e-3.";
    lab.figure(figure.caption(caption))?;

    // ## The first plan
    let panel = Panel::new("").x(Axis::log("intervals N")).y(Axis::log("time (ms)"));
    let panel = all.draw(panel, |peer| Some(peer.cold.as_ref()?.ms));
    let caption = "From rest and no control at all to a KKT residual of 1e-6, least of several times; of those that have a globalization.";
    lab.figure(Figure::new("time_cold", "The first plan, from nothing").caption(caption).panel(panel))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_race.rs"), run)
}
