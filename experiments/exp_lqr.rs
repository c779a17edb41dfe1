//! # How far, how late, and from where does a linear feedback hold a pole?
//!
//! **Question.** TODO
//!
//! **Maths.** TODO
//!
//! **Figure.** TODO
//!
//! **Finding.** TODO

use std::f64::consts::PI;

use lab::Lab;
use lab::animation::cart_pole;
use lab::figure::{Axis, Figure, Hue, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::At;
use swingup::integrate::rk4_step;
use swingup::lqr::{Angle, Lq, Motor, Phase, Refusal, SwingUp, Trial, Upright};
use swingup::lqr::{discrete_lyapunov, edge, margins, poles, sampled_margins};
use swingup::models::CartPole;

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Random starts of the swing-up
    #[arg(long, default_value_t = 100, value_parser = lab::flags::count)]
    starts: usize,
}

/// Upright, at rest, in the middle of the track; states are (x, v, θ, ω).
const UP: [f64; 4] = [0.0, 0.0, PI, 0.0];

/// A gain, the real parts of its poles, ascending, and its margins: phase (degrees), where (rad/s), delay (s).
struct Design {
    gain: [f64; 4],
    rates: Vec<f64>,
    margins: [f64; 3],
}

/// The best gain for the weights q and r.
fn design(g: f64, q: [f64; 4], r: f64) -> lab::Result<Design> {
    let lq = Lq::linearized(&CartPole::new(0.5, g), UP, [0.0], q, [r]);
    let best = lq.care()?;
    let rates = poles(&best.closed_loop).iter().map(|p| p.re).collect();
    let crossing = margins(&lq.a, &lq.b, &best.gain)?.swap_remove(0).gain_crossovers[0];
    let margins = [crossing.phase_margin.to_degrees(), crossing.frequency, crossing.delay_margin];
    Ok(Design { gain: [0, 1, 2, 3].map(|i| best.gain[i]), rates, margins })
}

/// A loop at 100 Hz whose controls act some samples late, from a tilt of 0.1 rad.
struct Late {
    /// What it costs when the controls under way are known, and when they are not, if it is stable then; in terms of the best without latency.
    aware: f64,
    unaware: Option<f64>,
    /// The tilt over 3 s of the pole itself, aware and not.
    tilts: [Vec<(f64, f64)>; 2],
    /// Least delay (ms) that takes the loop without latency to the edge.
    margin: f64,
}

/// The loop of the weights (1, 1, 1, 1) and r with `samples` of latency.
fn late(r: f64, samples: usize) -> lab::Result<Late> {
    let pole = CartPole::new(0.5, 9.81);
    let lq = Lq::linearized(&pole, UP, [0.0], [1.0; 4], [r]).sampled(0.01)?;
    let best = lq.dare()?;
    let (late, latency) = (lq.delayed(samples), lq.with_latency(&best, samples));
    let unaware = latency.gain.map_with_location(|_, j, _| if j < 4 { best.gain[j] } else { 0.0 });
    let (closed, kept) = (&late.a - &late.b * &unaware, unaware.transpose());
    let spent = &late.q - &late.s * &unaware - &kept * late.s.transpose() + &kept * &late.r * &unaware;
    // Rounding leaves the weight not quite symmetric.
    let unaware_cost = match discrete_lyapunov(&closed, &((&spent + spent.transpose()) * 0.5)) {
        Ok(cost) => Some(cost.x[(2, 2)] / best.cost_to_go[(2, 2)]),
        Err(Refusal::Unstable { .. }) => None,
        Err(other) => return Err(other.into()),
    };
    let tilts = [&latency.gain, &unaware].map(|gain| {
        let (mut x, mut under_way) = ([0.0, 0.0, PI + 0.1, 0.0], vec![0.0; samples]);
        let follow = |k: usize| {
            let tilt = (0.01 * k as f64, x[2] - PI);
            let known = [x[0], x[1], tilt.1, x[3]].into_iter().chain(under_way.iter().copied());
            under_way.insert(0, -known.zip(gain.iter()).map(|(z, k)| z * k).sum::<f64>());
            x = rk4_step(&pole, &At { t: 0.0, p: &[] }, 0.01, x, [under_way.pop().unwrap_or(0.0)]);
            tilt
        };
        (0..=300).map(follow).collect()
    });
    let margin = 1e3 * sampled_margins(&lq.a, &lq.b, &best.gain, 0.01)?[0].delay();
    Ok(Late { aware: latency.cost_to_go[(2, 2)] / best.cost_to_go[(2, 2)], unaware: unaware_cost, tilts, margin })
}

/// The edge of what is recovered, along lines from upright: the tilt (rad) and rate (rad/s) of each of its points.
fn region(recovers: impl Fn([f64; 4]) -> bool, lines: usize) -> Vec<(f64, f64)> {
    let at = |line: usize| (PI * line as f64 / lines as f64).sin_cos();
    let half = (0..lines).map(|line| {
        let (sin, cos) = at(line);
        let far = edge(PI, 60, 1e-3, |s| recovers([0.0, 0.0, PI + s * cos, 10.0 * s * sin]));
        (far * cos, 10.0 * far * sin)
    });
    // What is true of a state is true of its mirror image.
    let half: Vec<_> = half.collect();
    let other = half.iter().map(|(tilt, rate)| (-tilt, -rate));
    half.iter().copied().chain(other).chain([half[0]]).collect()
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## Gains
    let notes = [
        ("notes' first", 9.8, [1.0, 1.0, 1.0, 0.01], 1e-3, [-31.62278, -44.66176, 163.92621, 29.83275], 0.030),
        ("notes' second", 9.81, [4.0, 1.0, 1.0, 0.01], 1e-3, [-63.24555, -57.49445, 188.62142, 34.42274], 0.0292),
        ("all weights one", 9.81, [1.0; 4], 1.0, [-1.0, -2.1117052, 26.77786088, 5.03296585], 0.0918),
    ];
    for (name, g, q, r, known, delay) in notes {
        let found = design(g, q, r)?;
        for (i, of) in ["x", "v", "tilt", "rate"].iter().enumerate() {
            lab.record(&format!("{name}: gain of {of}"), found.gain[i])?;
            lab.record(&format!("{name}: pole {}, 1/s", i + 1), found.rates[i])?;
        }
        for (what, number) in
            ["phase margin, degrees", "crossover, rad/s", "delay margin, ms"].iter().zip(found.margins)
        {
            lab.record(&format!("{name}: {what}"), if what.ends_with("ms") { 1e3 * number } else { number })?;
        }
        let same = (0..4).all(|i| (found.gain[i] - known[i]).abs() < 1e-5);
        lab.claim(&format!("{name}: gains as noted"), same)?;
        lab.claim(&format!("{name}: delay margin as noted"), (found.margins[2] - delay).abs() < 1e-4)?;
        lab.claim(&format!("{name}: the cart's gain is -√(q/r)"), (found.gain[0] + (q[0] / r).sqrt()).abs() < 1e-9)?;
    }
    let price = Axis::log("price of control r");
    let mut gains = [vec![], vec![], vec![], vec![]];
    let mut rates = [vec![], vec![], vec![], vec![]];
    let mut delays = vec![];
    for k in -40..=20 {
        let r = 10f64.powf(f64::from(k) / 10.0);
        let found = design(9.81, [1.0; 4], r)?;
        for i in 0..4 {
            gains[i].push((r, found.gain[i].abs()));
            rates[i].push((r, -found.rates[i]));
        }
        delays.push((r, 1e3 * found.margins[2]));
    }
    let mut panel = Panel::new("gains").x(price.clone()).y(Axis::log("|gain|"));
    for (name, line) in ["x (1/s²)", "v (1/s)", "tilt (m/s²)", "rate (m/s)"].iter().zip(gains) {
        panel = panel.line(*name, line);
    }
    let mut decay = Panel::new("poles").x(price).y(Axis::log("-Re p (1/s)"));
    for line in rates {
        decay = decay.line("", line).hue(Hue::Blue);
    }
    let decay = decay.horizontal("as fast as it falls", (1.5 * 9.81 / 0.5_f64).sqrt());
    let title = "Dear control only mirrors the fall; cheap control is set by the weights";
    lab.figure(Figure::new("gains", title).caption("TODO").panel(panel).panel(decay))?;

    // ## From how far
    let best = design(9.81, [1.0; 4], 1.0)?;
    let pole = Upright { pole: CartPole::new(0.5, 9.81), gain: best.gain, angle: Angle::Wrapped, most: f64::INFINITY };
    let lines = if lab.quick() { 24 } else { 120 };
    let trial = Trial { step: 2e-3, time: 60.0 };
    let forms = [
        ("sin δ", Angle::Sine, 1.1055),
        ("wrapped δ", Angle::Wrapped, 1.1976),
        ("2 tan(δ/2)", Angle::HalfTangent, 1.2457),
    ];
    let axes = Panel::new("without limits").x(Axis::linear("tilt δ (rad)")).y(Axis::linear("rate ω (rad/s)"));
    let mut free = axes.clone();
    let mut rest = vec![];
    for (name, angle, known) in forms {
        let pole = Upright { angle, ..pole };
        let recovers = |x: [f64; 4]| trial.recovers(&pole, x, Upright::verdict);
        let tilt = edge(2.0, 200, 1e-7, |tilt| recovers([0.0, 0.0, PI + tilt, 0.0]));
        lab.record(&format!("recoverable tilt, {name}"), tilt)?;
        lab.claim(&format!("recoverable tilt, {name}: {known}"), (tilt - known).abs() < 1e-4)?;
        rest.push((tilt, 0.0));
        free = free.line(name, region(recovers, lines));
    }
    let free = free.markers("at rest", rest).hue(Hue::Ink);
    let motor = Motor { acceleration: 15.0, speed: 1.0, reach: 0.44 };
    let limited = Upright { most: 15.0, ..pole };
    let mut within = Panel { title: "wrapped, within limits".into(), ..axes };
    within = within.line("none", region(|x| trial.recovers(&pole, x, Upright::verdict), lines));
    within = within.line("15 m/s²", region(|x| trial.recovers(&limited, x, Upright::verdict), lines));
    let lq = Lq::linearized(&pole.pole, UP, [0.0], [1.0; 4], [1.0]).care()?;
    let swing = SwingUp::new(pole.pole, &lq, motor, 0.01);
    within = within.line("and 1 m/s, 0.44 m", region(|x| swing.recovers(x), lines));
    lab.figure(Figure::new("region", "TODO").caption("TODO").panel(free).panel(within))?;

    // ## How late
    let (mut aware, mut unaware, mut tilts) = (vec![], vec![], [vec![], vec![]]);
    for samples in 0..=12 {
        let (late, ms) = (late(1.0, samples)?, 10.0 * samples as f64);
        aware.push((ms, late.aware));
        if let Some(cost) = late.unaware {
            unaware.push((ms, cost));
        }
        if samples == 8 {
            tilts = late.tilts;
        }
    }
    lab.record_series("cost of latency, compensated", &aware)?;
    lab.record_series("cost of latency, naive", &unaware)?;
    lab.claim("the naive loop fails from 9 samples on", unaware.len() == 9)?;
    let (mut margins, mut fails) = (vec![], vec![]);
    for k in -8..=4 {
        let r = 10f64.powf(0.5 * f64::from(k));
        let first = (0..40).find(|samples| late(r, *samples).is_ok_and(|late| late.unaware.is_none()));
        fails.push((r, 10.0 * first.unwrap_or(0) as f64));
        margins.push((r, late(r, 0)?.margin));
    }
    lab.record_series("delay margin of the 100 Hz loop, ms, r", &margins)?;
    lab.record_series("naive loop fails from, ms, r", &fails)?;
    let panel =
        Panel::new("cost").x(Axis::linear("latency (ms)").range(0.0, 125.0)).y(Axis::log("cost / cost without"));
    let panel = panel.line_markers("compensated", aware).line_markers("naive", unaware).vertical("margin", 91.8);
    let motion = Panel::new("at 80 ms").x(Axis::linear("time (s)")).y(Axis::linear("tilt (rad)"));
    let [a, b] = tilts;
    let motion = motion.line("compensated", a).line("naive", b);
    let stands =
        Panel::new("latency that is too much").x(Axis::log("price of control r")).y(Axis::linear("latency (ms)"));
    let stands = stands.line("margin, 100 Hz", margins).markers("fails", fails);
    let figure = Figure::new("latency", "TODO").columns(3).caption("TODO");
    lab.figure(figure.panel(panel).panel(motion).panel(stands))?;

    // ## Swing up
    let mut control = swing;
    let (mut x, mut states, mut pushes, mut held) = ([0.0; 4], vec![[0.0; 4]], vec![], f64::NAN);
    for k in 0..800 {
        let a = control.acceleration(x);
        if control.phase == Phase::Hold && held.is_nan() {
            held = 0.01 * k as f64;
        }
        x = control.after(x, a);
        states.push(x);
        pushes.push([a]);
    }
    lab.record("caught after, s", held)?;
    let frames: Vec<(f64, f64)> = states.iter().step_by(4).map(|x| (3.0 * x[0], x[2])).collect();
    let film = cart_pole("A pole is swung up and caught", frames, 25.0, 20);
    lab.film("catch", "TODO", "TODO", film)?;

    // ## over time
    let angle = Panel::over_time("angle (rad)", [PI, -PI]).at_knots(0.01, &states, &[("pole", 2)]);
    let cart = Panel::over_time("place (m), speed (m/s)", []).at_knots(0.01, &states, &[("place", 0), ("speed", 1)]);
    let push = Panel::over_time("acceleration (m/s²)", [-15.0, 15.0]).held(0.01, &pushes, &[("cart", 0)]);
    let figure = Figure::new("catch_over_time", "TODO").columns(3).caption("TODO");
    lab.figure(figure.panel(angle.vertical("caught", held)).panel(cart).panel(push))?;
    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_lqr.rs"), run)
}
