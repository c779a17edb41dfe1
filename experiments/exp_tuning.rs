//! # Can a controller's weights be learned from what its loop costs?
//!
//! **Question.** A predictive controller sees as far as its horizon, and its weights are guessed. The task has a cost of its own. How many
//! gradients of what the closed loop costs does it take to find good weights, and what can they make up for?
//!
//! **Maths.** The loop is $x_+ = f(x, u(x; p))$ plus a disturbance, where $u$ minimizes the plan's cost with weights $p$. Where a sample is
//! solved, $du = U_x\,dx + U_p\,dp$ by the implicit function theorem, and the gradient of the loop's cost $J$ comes by its adjoint,
//! with the plant's $A$, $B$ and the task's $l$,
//! $$r = l_u + B'\lambda_+, \qquad \lambda = l_x + A'\lambda_+ + U_x'r, \qquad \frac{dJ}{dp} = \sum_k U_p'r.$$
//! From random weights, each wrong by a factor of 3 to 30, BFGS goes down in the logarithms of the states' weights and of the last knot's
//! factor; the control keeps its weight, for only ratios matter. The task: swing up and hold for 10 s on a track of 1 m, shaken, with a kick
//! after 5 s, and 0.05 s a sample. Its cost prices the way beyond the track too.
//!
//! **Figure.** `tuning`: cost by gradients. `motion`: before and after. `check`: the gradient against differences. `horizon`: what a
//! short horizon costs.
//!
//! **Finding.** Thirty are enough. From weights that are wrong by an order of magnitude each, and costs of up to 5168, each of the 10 loops
//! is within 1 % of the least known cost, 452.30, after at most 24 gradients; 5 of them end there after a hundred. The gradient is as good as
//! the samples: 1.5e-6 from differences, and 3.5e-9 where they are solved to a thousandth of the tolerance.
//!
//! Tuned weights make up for the end of the horizon. With the weights of the task a horizon of 0.6 s costs 291 % more than one of 5 s
//! (452.32), with its own 0.04 %, and with the disturbances of the other sign, which it was not tuned for, 0.10 %. One sample less, and
//! thirty gradients leave more than twice the cost. And tuning finds what the task forgot: where the track costs nothing it ends at 0.87 m,
//! for 441.15.

use std::f64::consts::PI;

use lab::Lab;
use lab::figure::{Axis, Figure, Hue, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use swingup::expansion::Hessian;
use swingup::interior::{self, Solution};
use swingup::models::CartPole;
use swingup::mpc::{ClosedLoop, Mpc, Options};
use swingup::nalgebra::{SMatrix, SVector};
use swingup::transcription::RK4;
use swingup::{At, Bound, Cost, CostSink, Ocp, Scalar, Trajectory};

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Random weights to begin with
    #[arg(long, default_value_t = 10, value_parser = lab::flags::count)]
    starts: usize,
    /// Gradients of a long tuning
    #[arg(long, default_value_t = 100, value_parser = lab::flags::at_least::<30>)]
    gradients: usize,
}

/// Weights of x, v, θ, ω and u in a sample, and the factor of the states' in the last knot: those of the task.
const TRUE: [f64; 6] = [0.5, 0.05, 2.5, 0.05, 0.05, 10.0];
/// What is tuned, the logarithms of these: u keeps its weight, for only ratios matter.
const TUNED: [(usize, &str, Hue); 5] =
    [(0, "x", Hue::Blue), (1, "v", Hue::Orange), (2, "θ", Hue::Green), (3, "ω", Hue::Pink), (5, "end", Hue::Ink)];
/// Length of an interval and of a sample, s.
const H: f64 = 0.05;
/// Logarithms of weights, each over that of the task.
type Logs = SVector<f64, 5>;
/// Points of a curve.
type Curve = Vec<(f64, f64)>;

/// Squares of the way from upright, with weights as parameters, and of the way beyond the track with this price (1/m²).
#[derive(Clone, Copy)]
struct Weighted {
    beyond: f64,
}

impl Cost<4, 1, 6> for Weighted {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 6>, x: [S; 4], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        for i in 0..4 {
            sink.square(at.p[i], x[i] - [0.0, 0.0, PI, 0.0][i]);
        }
        sink.square(at.p[4], u);
        let beyond = x[0].abs() - 0.5;
        sink.square(self.beyond, beyond.select(beyond, beyond * 0.0));
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 6>, x: [S; 4], sink: &mut impl CostSink<S>) {
        for i in 0..4 {
            sink.square(at.p[i] * at.p[5], x[i] - [0.0, 0.0, PI, 0.0][i]);
        }
    }
}

/// The weights themselves.
fn weights(logs: &Logs) -> [f64; 6] {
    let mut p = TRUE;
    TUNED.iter().zip(logs.iter()).for_each(|((i, ..), log)| p[*i] *= log.exp());
    p
}

/// A controller with its first plan, on a plant for so many samples; what its way beyond the track costs, 1/m², and a factor of the
/// disturbances.
struct Bench {
    mpc: Mpc<4, 1>,
    plan: Solution<4, 1>,
    samples: usize,
    beyond: f64,
    shake: f64,
}

impl Bench {
    fn new(intervals: usize, samples: usize, tolerance: f64) -> lab::Result<Self> {
        let pole = CartPole::new(0.5, 9.81);
        let ocp = Ocp::with_parameters(pole, Weighted { beyond: 0.0 }, [0.0; 4], H, vec![TRUE; intervals + 1])?
            .bound_states([Bound::symmetric(0.5), Bound::FREE, Bound::FREE, Bound::FREE])?
            .bound_controls([Bound::symmetric(10.0)])?;
        let rest = Trajectory::constant(intervals, [0.0; 4], [0.0]);
        let plan = interior::solve(&ocp.clone().transcribe(RK4), &rest, &interior::Options::default())?;
        let options = Options { hessian: Hessian::Exact, tolerance, barrier: 1e-4, ..Options::converged() };
        Ok(Bench { mpc: Mpc::from_solution(ocp, &plan, options)?, plan, samples, beyond: 1e4, shake: 1.0 })
    }

    /// The loop with these weights, with or without its gradient.
    fn close(&mut self, logs: &Logs, gradient: bool) -> lab::Result<ClosedLoop<4, 1>> {
        let p = weights(logs);
        (0..=self.mpc.intervals()).try_for_each(|k| self.mpc.set_parameters(k, &p))?;
        let (pole, cost) = (CartPole::new(0.5, 9.81), Weighted { beyond: self.beyond });
        let judge = Ocp::with_parameters(pole, cost, [0.0; 4], H, vec![TRUE; self.samples + 1])?.transcribe(RK4);
        let shake = self.shake;
        let push = |k: usize| {
            let (t, kick) = (k as f64, if k == 100 { 1.5 } else { 0.0 });
            [0.0, 0.02 * (1.7 * t).sin(), 0.0, 0.05 * (2.3 * t + 1.0).sin() + kick].map(|push| shake * push)
        };
        let run = if gradient { Mpc::close_loop_with_gradient } else { Mpc::close_loop };
        let mut run = run(&mut self.mpc, &self.plan, &judge, push)?;
        (0..run.gradient.len()).for_each(|i| run.gradient[i] *= p[i]);
        Ok(run)
    }

    /// BFGS from these weights, by at most a factor e in each, and by less until the cost falls: the least cost and its weights after each
    /// gradient, until there are so many or no step is left. Nothing where the first loop has no gradient.
    fn tune(&mut self, start: Logs, gradients: usize) -> lab::Result<Vec<(f64, Logs)>> {
        let slope = |run: &ClosedLoop<4, 1>| Logs::from_fn(|i, _| run.gradient[TUNED[i].0]);
        let first = self.close(&start, true)?;
        if first.gradient.is_empty() {
            return Ok(vec![]);
        }
        let (mut cost, mut y, mut g) = (first.cost, start, slope(&first));
        let (mut h, mut length) = (SMatrix::<f64, 5, 5>::identity() / g.norm(), 1.0);
        let mut trace = vec![(cost, y)];
        while trace.len() < gradients && length > 1e-8 {
            let s = -h * g;
            let s = s * (length / s.amax().max(1.0));
            let run = self.close(&(y + s), true)?;
            if run.gradient.is_empty() || run.cost > cost + 1e-4 * g.dot(&s) {
                length *= 0.3;
            } else {
                let z = slope(&run) - g;
                let (curved, hz) = (s.dot(&z), h * z);
                if curved > 0.0 {
                    let twice = s * hz.transpose();
                    h += (s * s.transpose() * (1.0 + z.dot(&hz) / curved) - twice - twice.transpose()) / curved;
                }
                (cost, y, g, length) = (run.cost, y + s, g + z, 1.0);
            }
            trace.push((cost, y));
        }
        Ok(trace)
    }
}

/// What a tuning ends with.
fn last(trace: &[(f64, Logs)]) -> (f64, Logs) {
    trace[trace.len() - 1]
}

/// By how many percent a cost exceeds another.
fn excess(cost: f64, best: f64) -> f64 {
    100.0 * (cost / best - 1.0)
}

/// Runs the experiment.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## Tuning
    // From random weights, each wrong by a factor of 3 to 30, with a horizon of 25 samples.
    let (quick, samples) = (lab.quick(), if lab.quick() { 40 } else { 200 });
    let mut bench = Bench::new(25, samples, 1e-9)?;
    let (mut random, mut traces, mut refused) = (ChaCha12Rng::seed_from_u64(lab.seed()), vec![], 0.0);
    for _ in 0..if quick { 1 } else { args.starts } {
        let start = Logs::from_fn(|_, _| {
            let factor = 3.0 * 10.0_f64.powf(random.random_range(0.0..1.0));
            if random.random_range(0.0..1.0) < 0.5 { factor.ln() } else { -factor.ln() }
        });
        let trace = bench.tune(start, if quick { 5 } else { args.gradients })?;
        if trace.is_empty() {
            refused += 1.0;
        } else {
            traces.push(trace);
        }
    }
    let (best, tuned) =
        traces.iter().map(|t| last(t)).min_by(|a, b| a.0.total_cmp(&b.0)).ok_or("no gradient at all")?;
    let mut took = vec![];
    for (i, trace) in traces.iter().enumerate() {
        took.push(trace.iter().position(|(cost, _)| excess(*cost, best) <= 1.0).map_or(usize::MAX, |k| k + 1));
        lab.record(&format!("cost at first, start {i}"), trace[0].0)?;
        lab.record(&format!("cost in the end, start {i}"), last(trace).0)?;
    }
    let slowest = took.iter().copied().max().unwrap_or(0);
    let same = traces.iter().filter(|trace| excess(last(trace).0, best) < 1e-3).count() as f64;
    let axes = Panel::new("").x(Axis::linear("gradients").range(0.0, 40.0)).horizontal("1 %", 1.0);
    let mut panel = axes.y(Axis::log("cost above the best (%)").range(1e-3, 30.0)).vertical("", 30.0);
    for (trace, &took) in traces.iter().zip(&took) {
        let line = trace.iter().enumerate().map(|(k, (cost, _))| (1.0 + k as f64, excess(*cost, best).max(1e-4)));
        let (name, hue) = if took == slowest { ("the slowest to 1 %", Hue::Orange) } else { ("others", Hue::Sky) };
        let first = panel.series.iter().all(|series| series.label != name);
        panel = panel.line(if first { name } else { "" }, line).hue(hue);
    }
    lab.record("least cost", best)?;
    lab.record("starts with a gradient", traces.len() as f64)?;
    lab.record("starts without one", refused)?;
    lab.record("starts that end at the least cost", same)?;
    lab.record("gradients to 1 %, most", slowest as f64)?;
    if !quick {
        lab.claim("every start has a gradient", refused == 0.0)?;
        lab.claim("the worst costs ten times the best", traces.iter().any(|trace| trace[0].0 > 10.0 * best))?;
        lab.claim("every start is within 1 % of the best after 30 gradients", slowest <= 30)?;
        lab.claim("half of them end at the same cost", 2.0 * same >= traces.len() as f64)?;
    }
    let caption = "Ten random weights, each wrong by a factor of 3 to 30 either way; one of them begins far above the axis. The best is what a \
        hundred gradients find.";
    let figure = Figure::new("tuning", "Thirty gradients are enough for any of these weights").plot_height(300.0);
    lab.figure(figure.caption(caption).panel(panel))?;

    // ## Before and after
    let bad = traces[0][0].1;
    let (before, after) = (bench.close(&bad, false)?.motion, bench.close(&tuned, false)?.motion);
    let title = "Tuned weights use the whole track, and bring the cart back sooner";
    let mut figure = Figure::new("motion", title).columns(3);
    for (label, i, limits) in [("place x (m)", 0, vec![-0.5, 0.5]), ("angle θ (rad)", 2, vec![PI])] {
        let panel = Panel::over_time(label, limits).at_knots(H, &before.states, &[("before", i)]).hue(Hue::Orange);
        figure = figure.panel(panel.at_knots(H, &after.states, &[("after", i)]).hue(Hue::Blue));
    }
    let panel = Panel::over_time("control u (m/s²)", [-10.0, 10.0]).held(H, &before.controls, &[("before", 0)]);
    let panel = panel.hue(Hue::Orange).held(H, &after.controls, &[("after", 0)]).hue(Hue::Blue);
    let caption = "The first start. At 5 s a kick of 1.5 rad/s.";
    lab.figure(figure.caption(caption).panel(panel))?;

    // ## Is it the gradient?
    // Against central differences, at the first bad weights, with samples solved to two tolerances.
    let mut figure = Figure::new("check", "The gradient is exact once the samples are solved");
    for tolerance in [1e-9, 1e-12] {
        let mut bench = Bench::new(25, samples, tolerance)?;
        let gradient = bench.close(&bad, true)?.gradient;
        let axes =
            Panel::new(format!("samples solved to {tolerance:e}")).x(Axis::log("step of the logarithm of a weight"));
        let (mut panel, mut worst) = (axes.y(Axis::log("relative difference").range(1e-10, 1.0)), 0.0_f64);
        for (i, (of, name, hue)) in TUNED.into_iter().enumerate() {
            let (mut line, exact): (Curve, f64) = (vec![], *gradient.get(of).ok_or("a loop without a gradient")?);
            for half in if quick { 6..8 } else { 2..15 } {
                let (step, mut by) = (10.0_f64.powf(-0.5 * f64::from(half)), Logs::zeros());
                by[i] = step;
                let change = bench.close(&(bad + by), false)?.cost - bench.close(&(bad - by), false)?.cost;
                line.push((step, (change / (2.0 * step) / exact - 1.0).abs()));
            }
            worst = line.iter().map(|point| point.1).fold(f64::INFINITY, f64::min).max(worst);
            panel = panel.line_markers(name, line).hue(hue);
        }
        lab.record(&format!("gradient against differences, samples to {tolerance:e}"), worst)?;
        if !quick {
            let sentence = format!("samples solved to {tolerance:e}: a gradient to {:e}", 1e4 * tolerance);
            lab.claim(&sentence, worst < 1e4 * tolerance)?;
        }
        figure = figure.panel(panel);
    }
    let caption = "The loop's gradient against central differences, whose error falls with the square of the step, on the right of each panel. What is \
        left below is the samples' tolerance, and towards short steps rounding over the step.";
    lab.figure(figure.caption(caption))?;

    // ## The horizon
    // From the longest to the shortest, each from the weights of the one before; against a long horizon and the weights of the task. The weights
    // are then tried on the same disturbances with the other sign, which they were not tuned for.
    let (mut long, mut costs) = (Bench::new(if quick { 30 } else { 100 }, samples, 1e-9)?, vec![]);
    for shake in [1.0, -1.0] {
        long.shake = shake;
        costs.push(long.close(&Logs::zeros(), false)?.cost);
    }
    lab.record("cost with 5 s and the task's weights", costs[0])?;
    let ([mut task, mut own, mut mirrored], mut logs): ([Curve; 3], Logs) = (Default::default(), tuned);
    for n in if quick { vec![20] } else { (10..=25).rev().collect() } {
        let (mut bench, time) = (Bench::new(n, samples, 1e-9)?, f64::from(n as u32) / 20.0);
        task.push((time, excess(bench.close(&Logs::zeros(), false)?.cost, costs[0])));
        let trace = bench.tune(logs, if quick { 2 } else { 30 })?;
        if !trace.is_empty() {
            logs = last(&trace).1;
            own.push((time, excess(last(&trace).0, costs[0])));
            bench.shake = -1.0;
            mirrored.push((time, excess(bench.close(&logs, false)?.cost, costs[1])));
        }
    }
    lab.record_series("% above the long horizon, the task's weights, horizon", &task)?;
    lab.record_series("% above the long horizon, tuned, horizon", &own)?;
    lab.record_series("% above the long horizon, tuned, other disturbances, horizon", &mirrored)?;
    if !quick {
        let shortest = own.iter().filter(|point| point.1 < 0.1).fold(f64::INFINITY, |least, point| least.min(point.0));
        lab.record("shortest horizon that tuning brings within 0.1 %, s", shortest)?;
        lab.record("long horizon, s", H * long.mpc.intervals() as f64)?;
        let below = |line: &Curve, percent: f64| line.iter().all(|&(time, excess)| time < 0.6 || excess < percent);
        lab.claim("with the task's weights a horizon of 0.6 s costs three times as much", task[13].1 > 200.0)?;
        lab.claim("tuned, less than 0.1 % more, from 0.6 s on", below(&own, 0.1))?;
        lab.claim("with other disturbances less than 1 %", below(&mirrored, 1.0))?;
        lab.claim("at 0.55 s thirty gradients leave twice the cost", own.len() > 14 && own[14].1 > 100.0)?;
    }
    let mut panel = Panel::new("").x(Axis::linear("horizon (s)")).y(Axis::log("cost above the long horizon's (%)"));
    for (name, hue, line) in [
        ("weights of the task", Hue::Orange, task),
        ("tuned", Hue::Blue, own),
        ("tuned, mirrored disturbances", Hue::Green, mirrored),
    ] {
        panel = panel.line_markers(name, line.into_iter().map(|(t, y)| (t, y.max(1e-3)))).hue(hue);
    }
    let title = "Tuned weights make up for the end of a short horizon";
    let caption = "Against 5 s with the weights of the task. Less than 0.001 % is drawn there.";
    lab.figure(Figure::new("horizon", title).caption(caption).panel(panel.horizontal("1 %", 1.0)))?;

    // ## What is not in the cost
    // The same from the first weights, where the way beyond the track is free.
    bench.beyond = 0.0;
    let trace =
        bench.tune(Logs::from([3.0_f64, 0.3, 10.0, 0.1, 0.3].map(f64::ln)), if quick { 2 } else { args.gradients })?;
    let (cheap, logs) = last(&trace);
    let far = bench.close(&logs, false)?.motion.states.iter().map(|x| x[0].abs()).fold(0.0, f64::max);
    lab.record("cost where the track is free", cheap)?;
    lab.record("farthest place where the track is free, m", far)?;
    if !quick {
        lab.claim("where the track is free, tuning leaves it and is cheaper", far > 0.7 && cheap < best)?;
    }

    // ## Time
    let mut bench = Bench::new(25, samples, 1e-9)?;
    let repeats = if quick { 1 } else { 20 };
    let alone = lab.measure_least("the loop", repeats, || drop(bench.close(&tuned, false)))?;
    let both = lab.measure_least("the loop with its gradient", repeats, || drop(bench.close(&tuned, true)))?;
    lab.measure("the loop with its gradient over the loop", both / alone, "")?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_tuning.rs"), run)
}
