//! # How fast is a controller, and what does it cost to know more?
//!
//! **Question.** In 2010 Wang and Boyd held six masses with a plan of 30 intervals, made anew in 5 ms by five steps of an interior point method.
//! What is lost by so few, what does one take now, and how does that grow with horizon, states and controls?
//!
//! **Maths.** Masses of 1 kg between walls, joined by springs of 1 N/m: $\ddot q_i = q_{i-1} - 2 q_i + q_{i+1} + f_i + w_i$, samples of 0.5 s.
//! Three actuators pull pairs, $f = (u_1, -u_1, u_2, u_3, -u_2, -u_3)$, and each mass is pushed by a random force $|w_i| \le 0.5$ N that is held for
//! a sample. The cost is $\sum |x|^2 + |u|^2$ with $|q_i| \le 4$ m, $|u_j| \le 0.5$ N. A step is Newton's on
//! $$\textstyle J - \mu \sum \ln s, \qquad s = \text{the margins},$$
//! at one $\mu$, by Riccati's recursion: $N\,(2n^3 + 3n^2 m + 2nm^2 + m^3/6)$ products for $N$ intervals, $n$ states and $m$ controls.
//!
//! **Figure.** `loop`: the masses and what pulls them. `steps`: what a loop costs beyond the converged one. `horizon`, `size`: the time of a
//! step, by intervals and by states and controls.
//!
//! **Finding.** Little is lost by five. At one μ their loop costs 0.69 % more than the converged one, and that of ten costs the same: it is the
//! distance that μ keeps from the limits. Where μ falls within the sample, five differ by -0.011 %, and to converge takes 4.02 in the mean. One
//! step at one μ costs 0.30 % more. No mass comes farther than 0.958 m. A quadrotor with one step in a sample leans by 0.699 rad at most.
//!
//! To know more takes time in proportion to the horizon: with ten intervals a loop costs 13.0 % more than with a thousand, with thirty 0.56 %,
//! and what comes after that is paid for in vain. More states cost as Riccati's products do, from about eight on; more controls far less. Five
//! steps take about a sixtieth of the time of Wang and Boyd, of which a computer of today is a good part. The masses are linear: their A and B
//! are read once.

use std::time::Instant;

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::integrate::rollout;
use swingup::models::{Chain, OscillatingMasses, Quadrotor};
use swingup::mpc::{Mpc, Options};
use swingup::problems::limited;
use swingup::{At, Trajectory};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Samples of a loop
    #[arg(long, default_value_t = 400, value_parser = lab::flags::count)]
    samples: usize,
    /// Repetitions of a loop whose time is taken
    #[arg(long, default_value_t = 7, value_parser = lab::flags::count)]
    repeats: usize,
}

/// Points of a curve.
type Curve = Vec<(f64, f64)>;

/// Length of a sample, s.
const H: f64 = 0.5;
const PLACE: At<'static, f64, 0> = At { t: 0.0, p: &[] };

/// A closed loop: states, controls, steps and times (µs) of its samples; were all of them usable?
struct Loop<const NX: usize, const NU: usize> {
    states: Vec<[f64; NX]>,
    controls: Vec<[f64; NU]>,
    steps: usize,
    usable: bool,
    times: Vec<f64>,
}

/// A loop of so many samples; `plant` is what becomes of a state in each of them.
fn drive<const NX: usize, const NU: usize>(
    mut mpc: Mpc<NX, NU>,
    samples: usize,
    plant: impl Fn(usize, [f64; NX], [f64; NU]) -> [f64; NX],
) -> Loop<NX, NU> {
    let start = mpc.state(0);
    let mut run = Loop { states: vec![start], controls: vec![], steps: 0, usable: true, times: vec![] };
    for k in 0..samples {
        let x = run.states[k];
        let begun = Instant::now();
        let u = mpc.control(&x);
        run.times.push(1e6 * begun.elapsed().as_secs_f64());
        run.steps += mpc.report().steps;
        run.usable &= mpc.report().status.is_usable();
        run.controls.push(u);
        run.states.push(plant(k, x, u));
    }
    run
}

/// Records a loop's median time and its 99th percentile, each sample's time the least of several runs; the median, µs.
fn time<const NX: usize, const NU: usize>(
    lab: &mut Lab,
    name: &str,
    repeats: usize,
    mut run: impl FnMut() -> lab::Result<Loop<NX, NU>>,
) -> lab::Result<f64> {
    let mut times = run()?.times;
    lab.measure_alone(&format!("{name}, median"), "µs", || {
        for again in (0..repeats).filter_map(|_| run().ok()) {
            times.iter_mut().zip(again.times).for_each(|(least, time)| *least = least.min(time));
        }
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })?;
    lab.measure(&format!("{name}, 99th percentile"), times[99 * (times.len() - 1) / 100], "µs")?;
    Ok(times[times.len() / 2])
}

/// The plant: the masses after a sample, pulled by the controls and pushed by a disturbance, both held.
fn pulled(x: [f64; 12], [u1, u2, u3]: [f64; 3], push: &[f64; 6]) -> [f64; 12] {
    let pull = [u1, -u1, u2, u3, -u2, -u3];
    rollout(&Chain, &PLACE, H, 10, x, &[std::array::from_fn::<f64, 6, _>(|i| pull[i] + push[i])])[1]
}

/// Σ |x|² + |u|² of a loop.
fn cost(run: &Loop<12, 3>) -> f64 {
    run.states.iter().flatten().chain(run.controls.iter().flatten()).map(|value| value * value).sum()
}

/// A loop of the masses, pushed like this.
fn masses_loop(intervals: usize, options: Options, pushes: &[[f64; 6]]) -> lab::Result<Loop<12, 3>> {
    let mpc = Mpc::new(limited::masses(OscillatingMasses::default(), intervals)?, options)?;
    Ok(drive(mpc, pushes.len(), |k, x, u| pulled(x, u, &pushes[k])))
}

/// A flight of a quadrotor, with one step in a sample.
fn fly() -> lab::Result<Loop<12, 4>> {
    let plant = |_, x, u| rollout(&Quadrotor::default(), &PLACE, 0.05, 10, x, &[u])[1];
    Ok(drive(Mpc::new(limited::quadrotor(), Options::default())?, 100, plant))
}

/// The time of one step on a chain with nothing but its controls, µs, at this place of a curve.
fn grow<const NX: usize, const NU: usize>(lab: &mut Lab, args: &Args, at: f64, line: &mut Curve) -> lab::Result {
    if !lab.quick() {
        let mut ocp = limited::masses::<_, NX, NU>(Chain, 30)?;
        ocp.set_start([0.3; NX])?;
        let next = |_, x, u| rollout(&Chain, &PLACE, H, 10, x, &[u])[1];
        let rest = Trajectory::constant(30, [0.3; NX], [0.0; NU]);
        let run = || Ok(drive(Mpc::from_plan(ocp.clone(), &rest, Options::default())?, args.samples.min(50), next));
        line.push((at, time(lab, &format!("a step, {NX} states, {NU} controls, N = 30"), args.repeats, run)?));
    }
    Ok(())
}

/// Time that Riccati's products over 30 intervals take at ten in a nanosecond, µs.
fn ten_a_nanosecond(n: f64, m: f64) -> f64 {
    30.0 * (2.0 * n.powi(3) + 3.0 * n * n * m + 2.0 * n * m * m + m.powi(3) / 6.0) / 1e4
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## The loop
    // The same pushes for every controller.
    let samples = if lab.quick() { args.samples.min(100) } else { args.samples };
    let mut random = ChaCha12Rng::seed_from_u64(lab.seed());
    let pushes: Vec<[f64; 6]> = (0..samples).map(|_| [0.0; 6].map(|_| random.random_range(-0.5..0.5))).collect();
    let best = masses_loop(30, Options::converged(), &pushes)?;
    let five = masses_loop(30, Options { steps: 5, ..Options::default() }, &pushes)?;
    let mut reach: [Curve; 2] = [vec![], vec![]];
    for (k, x) in five.states.iter().enumerate() {
        reach[0].push((H * k as f64, x[..6].iter().copied().fold(f64::NEG_INFINITY, f64::max)));
        reach[1].push((H * k as f64, x[..6].iter().copied().fold(f64::INFINITY, f64::min)));
    }
    let farthest = reach.iter().flatten().map(|(_, q)| q.abs()).fold(0.0, f64::max);
    let hardest = five.controls.iter().chain(&best.controls).flatten().map(|u| u.abs()).fold(0.0, f64::max);
    lab.record("five steps: farthest place, m", farthest)?;
    lab.record("converged: steps in a sample, mean", best.steps as f64 / samples as f64)?;
    lab.claim("no mass is farther than 4 m from where it rests", farthest <= 4.0)?;
    lab.claim("no actuator pulls harder than 0.5 N", hardest <= 0.5)?;
    lab.claim("every control is usable", five.usable && best.usable)?;
    let [right, left] = reach;
    let place =
        Panel::over_time("place of a mass (m)", [-4.0, 4.0]).y(Axis::linear("place of a mass (m)").range(-4.4, 4.4));
    let place = place.line("farthest right", right).line("farthest left", left);
    let pull = Panel::over_time("u2 (N)", [-0.5, 0.5]).x(Axis::linear("time (s)").range(0.0, 25.0));
    let pull = pull.y(Axis::linear("u2 (N)").range(-0.6, 0.6));
    let pull = pull.held(H, &best.controls, &[("converged", 1)]).hue(Hue::Orange);
    let pull = pull.held(H, &five.controls, &[("five steps", 1)]).hue(Hue::Blue);
    let caption = "Left: the two masses that are farthest out, with five steps in a sample; dotted, limits that they never come near. Right: one of three \
        actuators. Five steps at one μ keep a distance from its limits, the converged controller goes there.";
    let title = "Pushed at random, six masses are held by three actuators within their limits";
    lab.figure(Figure::new("loop", title).caption(caption).panel(place).panel(pull))?;

    // ## Few steps
    // At one μ, or from a large μ down in each sample as far as the steps reach.
    let axes = Panel::new("").x(Axis::linear("Newton steps in a sample").range(0.0, 10.5));
    let mut panel = axes.y(Axis::linear("cost beyond the converged (%)").range(-0.5, 1.5)).horizontal("", 0.0);
    let mut beyond = vec![];
    for (name, options) in [("one μ", Options::default()), ("μ falls", Options::converged())] {
        let mut line: Curve = vec![];
        for steps in [1, 2, 3, 5, 10] {
            let run = masses_loop(30, Options { steps, ..options.clone() }, &pushes)?;
            line.push((steps as f64, 100.0 * (cost(&run) / cost(&best) - 1.0)));
        }
        lab.record_series(&format!("{name}: % beyond the converged, steps"), &line)?;
        panel = panel.line_markers(name, line.clone());
        beyond.push(line);
    }
    let within = beyond.iter().flatten().all(|point| point.1.abs() < 2.0);
    lab.claim("from one step on, loops cost within 2 % of the converged one", within)?;
    let [at_five, at_ten] = [beyond[0][3].1, beyond[0][4].1];
    lab.claim("ten steps at one μ cost what five do", (at_five - at_ten).abs() < 1e-3)?;
    lab.claim("five with a μ that falls are nearer to the converged loop", beyond[1][3].1.abs() < 0.2 * at_five.abs())?;
    let caption = "The same pushes for all. One μ: that of the disturbance, whatever the steps; it keeps the controls from their limits. μ falls: in each \
        sample as far as the steps allow. Below zero a loop is cheaper than the converged one: no plan knows the pushes to come.";
    let title = "Five steps do what ten do; what is left is the price of one μ";
    lab.figure(Figure::new("steps", title).caption(caption).plot_height(260.0).panel(panel))?;

    // ## The horizon
    let axes = Panel::new("what it takes").x(Axis::log("intervals N").range(7.0, 1500.0));
    let mut panel = axes.clone().y(Axis::log("time of a control (µs)").range(3.0, 2e4));
    let mut farther: Curve = vec![];
    for (name, steps) in [("1 step", 1), ("5 steps", 5)] {
        let mut line: Curve = vec![];
        for intervals in [10, 30, 100, 300, 1000] {
            let options = Options { steps, ..Options::default() };
            if !lab.quick() {
                let begin = &pushes[..samples.min(if intervals > 100 { 20 } else { 200 })];
                let run = || masses_loop(intervals, options.clone(), begin);
                line.push((
                    intervals as f64,
                    time(lab.by_ref(), &format!("masses, {name}, N = {intervals}"), args.repeats, run)?,
                ));
            }
            if steps == 1 {
                let run = masses_loop(intervals, options, &pushes[..samples.min(100)])?;
                farther.push((intervals as f64, cost(&run)));
            }
        }
        panel = panel.line_markers(name, line);
    }
    let by_interval = [(10.0, 5.0), (1000.0, 500.0)];
    let panel = panel
        .dashed("0.5 µs an interval", by_interval)
        .markers("Wang and Boyd, 5 steps", [(30.0, 5000.0)])
        .hue(Hue::Ink);
    let last = farther[4].1;
    for point in &mut farther {
        point.1 = 100.0 * (point.1 / last - 1.0);
    }
    lab.record_series("% beyond the loop of N = 1000, N", &farther[..2])?;
    lab.claim(
        "ten intervals cost more than 5 % more than a thousand, thirty less than 2 %",
        farther[0].1 > 5.0 && farther[1].1 < 2.0,
    )?;
    let axes = Panel { title: "what it buys".into(), ..axes };
    let buys = axes.y(Axis::linear("cost beyond that of N = 1000 (%)")).line_markers("1 step", farther);
    let caption = "Left: the median over samples, each the least of several runs, in one thread; true of one machine. Wang and Boyd: in C, published in 2010. \
        Right: the loop's cost with one step, for the same pushes.";
    let title = "Time grows like the horizon, and 30 intervals know nearly all";
    lab.figure(Figure::new("horizon", title).caption(caption).panel(panel).panel(buys))?;

    // ## States and controls
    let [mut states, mut controls]: [Curve; 2] = [vec![], vec![]];
    grow::<4, 2>(lab.by_ref(), &args, 4.0, &mut states)?;
    grow::<8, 2>(lab.by_ref(), &args, 8.0, &mut states)?;
    grow::<12, 2>(lab.by_ref(), &args, 12.0, &mut states)?;
    grow::<16, 2>(lab.by_ref(), &args, 16.0, &mut states)?;
    grow::<12, 1>(lab.by_ref(), &args, 1.0, &mut controls)?;
    controls.extend(states.get(2).map(|point| (2.0, point.1)));
    grow::<12, 4>(lab.by_ref(), &args, 4.0, &mut controls)?;
    let flown = fly()?;
    let thrusts = flown.controls.iter().flatten().all(|thrust| (0.0..=5.0).contains(thrust));
    lab.claim("a quadrotor's thrusts stay within 0 and 5 N with one step", thrusts && flown.usable)?;
    let tilt = flown.states.iter().map(|x| x[3].abs().max(x[4].abs())).fold(0.0, f64::max);
    lab.record("quadrotor: largest tilt, rad", tilt)?;
    lab.claim("and its tilt within 0.701 rad", tilt < 0.701)?;
    if !lab.quick() {
        time(lab.by_ref(), "quadrotor, 1 step, N = 50", args.repeats, fly)?;
        let converged = || masses_loop(30, Options::converged(), &pushes[..samples.min(200)]);
        time(lab.by_ref(), "masses, converged, N = 30", args.repeats, converged)?;
    }
    let time_axis = Axis::log("time of a step (µs)").range(0.5, 100.0);
    let by_states: Curve = (4..=16).map(|n| (f64::from(n), ten_a_nanosecond(f64::from(n), 2.0))).collect();
    let by_controls: Curve =
        (2..=8).map(|m| (0.5 * f64::from(m), ten_a_nanosecond(12.0, 0.5 * f64::from(m)))).collect();
    let axes = Panel::new("2 controls").x(Axis::linear("states").range(2.0, 18.0)).y(time_axis.clone());
    let states = axes.line_markers("measured", states).dashed("Riccati's products, 10 a ns", by_states);
    let axes = Panel::new("12 states").x(Axis::linear("controls").range(0.0, 4.5)).y(time_axis);
    let controls = axes.line_markers("measured", controls).dashed("Riccati's products, 10 a ns", by_controls);
    let caption = "Chains of masses with N = 30, the first of them pushed by controls; one step, the median over samples. Dashed: 30 (2n³ + 3n²m + 2nm² + m³/6) \
        products of Riccati's recursion; the time is that of a whole step. True of one machine.";
    let title = "Riccati's products tell how a step's time grows";
    lab.figure(Figure::new("size", title).caption(caption).panel(states).panel(controls))?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_fast_mpc.rs"), run)
}
