//! # What does the best linear feedback buy, and what does it cost to be late?
//!
//! **Question.** A pole near the top is a linear system, and $u = -Kx$ with the best $K$ holds it. How do the gains of the notes arise, and
//! how late may the camera see the pole?
//!
//! **Maths.** With $\delta = \theta - \pi$ a pole on a cart of acceleration $u$ has $\delta'' = \frac{3}{2L}(g\delta + u)$. $K$ minimizes
//! $\int x'Qx + r u^2$; $x'Xx$ is what a state costs. When controls act $d$ samples late, $-K x_{k+d}$ is best again, with the state
//! predicted from the controls under way, $x_{k+d} = A^d x_k + \sum_{i<d} A^i B u_{k-1-i}$, and costs $\sum_{i<d} x_{k+i}'Qx_{k+i} + x_{k+d}'Xx_{k+d}$.
//!
//! **Figure.** `gains`: gains and poles by the price of control. `latency`: the loop, late.
//!
//! **Finding.** The notes' gains come out: 163.93 for the tilt of the first, with a delay margin of 30.0 ms, 188.62 and 29.2 ms of the second;
//! all weights one give 26.78, a phase margin of 61.71 degrees at 11.726 rad/s, and 91.8 ms. $K_x = -\sqrt{q_x/r}$ always. The dearer the control,
//! the more it only turns the fall around: with a price of 100 two poles decay at 5.57 and 5.28 per second, and the pole falls at 5.42.
//!
//! At 100 Hz the naive loop has a delay margin of 89.2 ms and fails from 9 samples on; for each of 13 prices of control it is the first
//! latency above the margin that fails. At 80 ms a tilt costs the naive loop 8.7 times what it costs without latency, and the one that knows what
//! is under way 2.3 times; that one still holds the pole at 120 ms, for 3.6 times.

use std::f64::consts::PI;

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use swingup::lqr::{Lq, Time, margins, poles, sampled_margins};
use swingup::models::CartPole;

/// Flags of this experiment: the common ones.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Points of a curve.
type Curve = Vec<(f64, f64)>;

/// Upright at rest in the middle of the track; a state is (x, v, θ, ω).
const UP: [f64; 4] = [0.0, 0.0, PI, 0.0];
/// Weights of the states and of the control: all one.
const ONES: ([f64; 4], f64) = ([1.0; 4], 1.0);

/// The best gain, the real parts of its poles, ascending, and phase margin (degrees), crossover (rad/s) and delay margin (ms).
fn design(g: f64, (q, r): ([f64; 4], f64)) -> lab::Result<([f64; 4], [f64; 4], [f64; 3])> {
    let lq = Lq::linearized(&CartPole::new(0.5, g), UP, [0.0], q, [r]);
    let best = lq.care()?;
    let (poles, loops) = (poles(&best.closed_loop), margins(&lq.a, &lq.b, &best.gain)?);
    let at = loops[0].gain_crossovers[0];
    let margins = [at.phase_margin.to_degrees(), at.frequency, 1e3 * at.delay_margin];
    Ok(([0, 1, 2, 3].map(|i| best.gain[i]), [0, 1, 2, 3].map(|i| poles[i].re), margins))
}

/// A loop at 100 Hz whose controls act `samples` late; all weights one, but that of the control, r.
///
/// What a tilt costs (in terms of no latency, infinite when unstable) and the tilt (rad) over 3 s after one of 0.1 rad: first of the loop that
/// knows the controls under way, then of the naive one. And the delay margin of the loop without latency (ms).
fn late(r: f64, samples: usize) -> lab::Result<([f64; 2], [Curve; 2], f64)> {
    let lq = Lq::linearized(&CartPole::new(0.5, 9.81), UP, [0.0], ONES.0, [r]).sampled(0.01)?;
    let best = lq.dare()?;
    let (late, aware) = (lq.delayed(samples)?, lq.with_latency(&best, samples)?.gain);
    let naive = aware.map_with_location(|_, j, _| if j < 4 { best.gain[j] } else { 0.0 });
    let price = |gain| late.cost_of(gain, Time::Discrete).map_or(f64::INFINITY, |cost| cost.x[(2, 2)]);
    let costs = [&aware, &naive].map(|gain| price(gain) / best.cost_to_go[(2, 2)]);
    let tilts = [&aware, &naive].map(|gain| {
        let (closed, mut x) = (&late.a - &late.b * gain, late.b.scale(0.0));
        x[2] = 0.1;
        let mut after = |k: usize| {
            let tilt = x[2];
            x = &closed * &x;
            (0.01 * k as f64, tilt)
        };
        (0..=300).map(&mut after).collect()
    });
    Ok((costs, tilts, 1e3 * sampled_margins(&lq.a, &lq.b, &best.gain, 0.01)?[0].delay()))
}

/// Runs the experiment.
pub fn run(_: Args, lab: &mut Lab) -> lab::Result {
    // ## Gains
    // Those of the notes, and all weights one while control becomes dearer.
    for (name, g, weights, noted, delay) in [
        ("first", 9.8, ([1.0, 1.0, 1.0, 0.01], 1e-3), [-31.62278, -44.66176, 163.92621, 29.83275], 30.0),
        ("second", 9.81, ([4.0, 1.0, 1.0, 0.01], 1e-3), [-63.24555, -57.49445, 188.62142, 34.42274], 29.2),
        ("ones", 9.81, ONES, [-1.0, -2.1117052, 26.77786088, 5.03296585], 91.8),
    ] {
        let (gain, rates, margins) = design(g, weights)?;
        for (i, of) in ["x", "v", "tilt", "rate"].iter().enumerate() {
            lab.record(&format!("{name}: gain of {of}"), gain[i])?;
            lab.record(&format!("{name}: pole {}, 1/s", i + 1), rates[i])?;
        }
        for (what, margin) in ["phase margin, degrees", "crossover, rad/s", "delay margin, ms"].iter().zip(margins) {
            lab.record(&format!("{name}: {what}"), margin)?;
        }
        let same = (0..4).all(|i| (gain[i] - noted[i]).abs() < 1e-5) && (margins[2] - delay).abs() < 0.05;
        lab.claim(&format!("{name}: gains and delay margin of the notes"), same)?;
        let root = -(weights.0[0] / weights.1).sqrt();
        lab.claim(&format!("{name}: the gain of x is -√(q/r)"), (gain[0] / root - 1.0).abs() < 1e-12)?;
    }
    let (mut gains, mut rates) = ([vec![], vec![], vec![], vec![]], [vec![], vec![], vec![], vec![]]);
    for k in -80..=40 {
        let r = 10f64.powf(0.05 * f64::from(k));
        let (gain, rate, _) = design(9.81, (ONES.0, r))?;
        for i in 0..4 {
            gains[i].push((r, gain[i].abs()));
            rates[i].push((r, -rate[i]));
        }
    }
    let falls = (1.5 * 9.81 / 0.5_f64).sqrt();
    lab.record("rate of falling, 1/s", falls)?;
    lab.record_series("rate of the fastest pole, 1/s, r", &rates[0][120..])?;
    lab.record_series("rate of the second pole, 1/s, r", &rates[1][120..])?;
    let price = Axis::log("price of control r");
    let mut panel = Panel::new("gains").x(price.clone()).y(Axis::log("size of the gain"));
    for (name, line) in ["x (1/s²)", "v (1/s)", "tilt (m/s²)", "rate (m/s)"].iter().zip(gains) {
        panel = panel.line(*name, line);
    }
    let mut decay = Panel::new("poles").x(price).y(Axis::log("decay -Re p (1/s)"));
    for line in rates {
        decay = decay.line("", line).hue(Hue::Ink);
    }
    let decay = decay.horizontal("as fast as the pole falls", falls);
    let title = "Dear control turns the fall around and no more; cheap control obeys the weights";
    let caption = "All weights one, and r for the control. To the right two poles become the mirror image of the fall, and the gains of tilt \
        and rate become what that takes. The gain of x always is -√(1/r).";
    lab.figure(Figure::new("gains", title).caption(caption).panel(panel).panel(decay))?;

    // ## How late
    // Each control acts some samples after it was commanded; the compensated loop knows those under way, the naive one does not.
    let (mut known, mut naive) = (vec![], vec![]);
    for samples in 0..=12 {
        let ([aware, unaware], ..) = late(1.0, samples)?;
        known.push((10.0 * samples as f64, aware));
        naive.push((10.0 * samples as f64, unaware));
    }
    naive.retain(|cost| cost.1.is_finite());
    lab.record_series("cost of latency, compensated", &known)?;
    lab.record_series("cost of latency, naive", &naive)?;
    lab.record("naive loop: first samples of latency that fail", naive.len() as f64)?;
    lab.claim("the naive loop fails from 9 samples on", naive.len() == 9)?;
    let (mut stood, mut fails) = (vec![], vec![]);
    for k in -8..=4 {
        let (r, mut samples) = (10f64.powf(0.5 * f64::from(k)), 0);
        while late(r, samples)?.0[1].is_finite() {
            samples += 1;
        }
        stood.push((r, late(r, 0)?.2));
        fails.push((r, 10.0 * samples as f64));
    }
    lab.record("prices of control", fails.len() as f64)?;
    lab.record("latency in the middle, ms", 80.0)?;
    lab.record("longest latency, ms", 120.0)?;
    lab.record_series("delay margin at 100 Hz, ms, r", &stood)?;
    lab.record_series("latency that fails, ms, r", &fails)?;
    let foretold = stood.iter().zip(&fails).all(|(margin, fail)| (0.1 * margin.1).ceil() == (0.1 * fail.1).round());
    lab.claim("the first latency above the margin is the first that fails", foretold)?;
    let (_, tilts, margin) = late(1.0, 8)?;
    let cost = Panel::new("what it costs").x(Axis::linear("latency (ms)").range(0.0, 125.0));
    let cost = cost.y(Axis::log("cost / cost at 0"));
    let cost = cost.line_markers("compensated", known).line_markers("naive", naive).vertical("margin", margin);
    let mut moved = Panel::new("80 ms late").x(Axis::linear("time (s)")).y(Axis::linear("tilt (rad)"));
    for (name, tilt) in ["compensated", "naive"].iter().zip(tilts) {
        moved = moved.line(*name, tilt);
    }
    let much = Panel::new("what is too late").x(Axis::log("price of control r")).y(Axis::linear("latency (ms)"));
    let much = much.line("delay margin", stood).markers("first to fail", fails);
    let title = "A loop that knows its latency pays for it; one that does not is lost at its margin";
    let caption = "100 Hz, all weights one. Left: a tilt's cost. Middle: from a tilt of 0.1 rad. Right: the margin, from the loop \
        without latency, and the first latency at which the naive loop is unstable.";
    let figure = Figure::new("latency", title).columns(3).caption(caption);
    lab.figure(figure.panel(cost).panel(moved).panel(much))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_lqr.rs"), run)
}
