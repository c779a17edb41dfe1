//! The controller: `cargo bench -p swingup --bench mpc`.
//!
//! The time of a sample is the least of several runs of the same closed loop; then median and 99th percentile over its 200 samples. The
//! first plan is the solver's own, and not timed. One thread.

use std::f64::consts::PI;
use std::hint::black_box;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::expansion::Hessian;
use swingup::integrate::rk4_step;
use swingup::models::{CartPole, Chain, OscillatingMasses, Quadrotor};
use swingup::mpc::{Batch, Mpc, Options};
use swingup::problems::limited;
use swingup::transcription::RK4;
use swingup::{At, Bound, Cost, CostSink, Ocp, Scalar, Trajectory, interior};

const SAMPLES: usize = 200;
const RUNS: usize = 15;

/// Percentiles of the samples' times, µs, with the cost of the loop, how far the cart went, and steps.
struct Loop {
    median: f64,
    late: f64,
    cost: f64,
    farthest: f64,
    steps: [usize; 2],
    /// The largest residual of the optimality conditions that a sample ended with, or began its last step with.
    residual: f64,
}

/// `v += 0.02 sin 1.7k, ω += 0.05 sin(2.3k + 1)`, and a kick of 1.5 rad/s at k = 100.
fn push(k: usize) -> [f64; 4] {
    let t = k as f64;
    [0.0, 0.02 * (1.7 * t).sin(), 0.0, 0.05 * (2.3 * t + 1.0).sin() + if k == 100 { 1.5 } else { 0.0 }]
}

fn race(
    intervals: usize,
    options: &Options,
    disturbed: bool,
    mut control: impl FnMut(&mut Mpc<4, 1>, &[f64; 4]) -> (f64, f64),
) -> Loop {
    let plant = CartPole::new(0.5, 9.81);
    let mut times = [f64::INFINITY; SAMPLES];
    let mut steps = [0; SAMPLES];
    let (mut cost, mut farthest, mut residual) = (0.0, 0.0f64, 0.0f64);
    for _ in 0..RUNS {
        let problem = limited::race(intervals).expect("a race");
        let mut mpc = Mpc::new(problem, options.clone()).expect("options in range");
        let mut x = [0.0f64; 4];
        (cost, farthest, residual) = (0.0, 0.0, 0.0);
        for k in 0..SAMPLES {
            let (u, time) = control(&mut mpc, &x);
            times[k] = times[k].min(time);
            let report = mpc.report();
            steps[k] = report.steps;
            residual =
                residual.max(report.gradient).max(report.defect).max(report.inequality).max(report.complementarity);
            cost +=
                0.5 * x[0].powi(2) + 0.05 * x[1].powi(2) + 2.5 * (x[2] - PI).powi(2) + 0.05 * (x[3].powi(2) + u * u);
            x = rk4_step(&plant, &At { t: 0.0, p: &[] }, 0.05, x, [u]);
            if disturbed {
                x.iter_mut().zip(push(k)).for_each(|(x, d)| *x += d);
            }
            farthest = farthest.max(x[0].abs());
        }
    }
    let [median, late] = percentiles(times);
    steps.sort_unstable();
    Loop { median, late, cost, farthest, steps: [steps[SAMPLES / 2], steps[SAMPLES * 99 / 100]], residual }
}

/// Median and 99th percentile.
fn percentiles(mut times: [f64; SAMPLES]) -> [f64; 2] {
    times.sort_by(f64::total_cmp);
    [times[SAMPLES / 2], times[SAMPLES * 99 / 100]]
}

/// Microseconds.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let out = black_box(work());
    (out, start.elapsed().as_secs_f64() * 1e6)
}

fn whole(mpc: &mut Mpc<4, 1>, x: &[f64; 4]) -> (f64, f64) {
    let ([u], time) = timed(|| mpc.control(black_box(x)));
    (u, time)
}

fn line(name: &str, run: &Loop) {
    let Loop { median, late, cost, farthest, steps, residual } = run;
    println!(
        "{name:48} {median:8.2} µs  99 % {late:8.2} µs   steps {:2} {:3}   cost {cost:9.4}   |x| <= {farthest:.4} m   residual {residual:.1e}",
        steps[0], steps[1]
    );
}

/// The processor, what it can do, and the time of one fixed piece of work: 10⁶ dependent additions, ms.
fn machine() {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown").trim_start();
    let has = |name: &str| {
        info.lines().find(|line| line.starts_with("flags")).is_some_and(|line| line.split(' ').any(|f| f == name))
    };
    let sets: Vec<&str> = ["sse2", "avx2", "fma", "avx512f"].into_iter().filter(|name| has(name)).collect();
    let add = || (0..1_000_000).fold(0.0, |sum, _| black_box(sum) + 1.0);
    let least = (0..20).map(|_| timed(add).1).fold(f64::INFINITY, f64::min);
    println!("processor{model}, {}; 10^6 dependent additions {:.2} ms", sets.join(" "), least / 1e3);
}

fn main() {
    machine();
    println!("\nOne step a sample, bounds held");
    for intervals in [20, 50, 100, 200, 1000] {
        for disturbed in [false, true] {
            let name = format!("race, N = {intervals}{}", if disturbed { ", disturbed" } else { "" });
            line(&name, &race(intervals, &Options::default(), disturbed, whole));
        }
    }

    println!("\nTo convergence: every residual of the optimality conditions, as it stands, below 1e-6");
    let converged = Options { tolerance: 1e-8, barrier: 5e-9, ..Options::converged() };
    for disturbed in [false, true] {
        let name = if disturbed { "race, N = 50, disturbed" } else { "race, N = 50" };
        line(name, &race(50, &converged, disturbed, whole));
    }

    println!("\nFrom measurement to control, the rest prepared before; and globalized steps");
    let prepared = |mpc: &mut Mpc<4, 1>, x: &[f64; 4]| {
        mpc.prepare();
        let ([u], time) = timed(|| mpc.feedback(black_box(x)));
        (u, time)
    };
    line("feedback", &race(50, &Options::default(), true, prepared));
    let bounded = |mpc: &mut Mpc<4, 1>, x: &[f64; 4]| {
        mpc.prepare();
        let ([u], time) = timed(|| mpc.feedback_with_bounds(black_box(x)));
        (u, time)
    };
    line("feedback with bounds", &race(50, &Options::default(), true, bounded));
    let globalized = Options { globalize: true, ..Options::default() };
    line("globalized, Gauss-Newton", &race(50, &globalized, true, whole));
    let exact = Options { hessian: Hessian::Exact, ..globalized };
    line("globalized, exact Hessian", &race(50, &exact, true, whole));

    println!("\nOther systems, one step a sample");
    quadrotor();
    masses();
    println!("\nDerivatives, in six weights, N = 50; samples to convergence with the exact Hessian");
    derivatives();
    println!("\nFour controllers side by side, one step a sample, N = 50");
    batch();
}

/// The race with its weights as parameters.
#[derive(Clone, Copy)]
struct Weighted;

const WEIGHTS: [f64; 6] = [0.5, 0.05, 2.5, 0.05, 0.05, 10.0];

impl Cost<4, 1, 6> for Weighted {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 6>, x: [S; 4], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        let [x, v, theta, omega] = x;
        sink.square(at.p[0], x);
        sink.square(at.p[1], v);
        sink.square(at.p[2], theta - PI);
        sink.square(at.p[3], omega);
        sink.square(at.p[4], u);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 6>, x: [S; 4], sink: &mut impl CostSink<S>) {
        let [x, v, theta, omega] = x;
        sink.square(at.p[0] * at.p[5], x);
        sink.square(at.p[1] * at.p[5], v);
        sink.square(at.p[2] * at.p[5], theta - PI);
        sink.square(at.p[3] * at.p[5], omega);
    }
}

/// `du_0/dp` after each sample of a disturbed loop, against a Newton step; and the gradient of a loop against the loop.
fn derivatives() {
    let weighted = |knots: usize| {
        let ocp = Ocp::with_parameters(CartPole::new(0.5, 9.81), Weighted, [0.0; 4], 0.05, vec![WEIGHTS; knots + 1]);
        let ocp = ocp.and_then(|ocp| ocp.bound_controls([Bound::symmetric(10.0)])).expect("limits");
        ocp.bound_states([Bound::symmetric(0.5), Bound::FREE, Bound::FREE, Bound::FREE]).expect("limits")
    };
    let rest = Trajectory::constant(50, [0.0; 4], [0.0]);
    let plan = interior::solve(&weighted(50).transcribe(RK4), &rest, &interior::Options::default()).expect("a problem");
    let exact = Options { hessian: Hessian::Exact, tolerance: 1e-9, barrier: 1e-4, ..Options::converged() };
    let mut mpc = Mpc::from_solution(weighted(50), &plan, exact).expect("options in range");
    let judge = weighted(SAMPLES).transcribe(RK4);
    let (mut step, mut derivative) = ([f64::INFINITY; SAMPLES], [f64::INFINITY; SAMPLES]);
    let (mut alone, mut with) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..RUNS {
        let run = mpc.close_loop(&plan, &judge, push).expect("a loop");
        mpc.restart(&plan).expect("its own plan");
        for (k, x) in run.motion.states[..SAMPLES].iter().enumerate() {
            let (_, time) = timed(|| mpc.control(black_box(x)));
            step[k] = step[k].min(time / mpc.report().steps.max(1) as f64);
            derivative[k] = derivative[k].min(timed(|| mpc.differentiate().is_some()).1);
        }
        alone = alone.min(timed(|| mpc.close_loop(&plan, &judge, push)).1);
        with = with.min(timed(|| mpc.close_loop_with_gradient(&plan, &judge, push)).1);
    }
    let [[step, _], [derivative, _]] = [percentiles(step), percentiles(derivative)];
    println!("a step {step:8.2} µs   du_0/dp {derivative:8.2} µs   ratio {:5.2}", derivative / step);
    println!("a loop {:8.2} ms   with its gradient {:8.2} ms   ratio {:5.2}", alone / 1e3, with / 1e3, with / alone);
}

/// Wang and Boyd's masses, five steps a sample, pushed at random.
fn masses() {
    let mut times = [f64::INFINITY; SAMPLES];
    for _ in 0..RUNS {
        let problem = limited::masses(OscillatingMasses::default(), 30).expect("masses");
        let mut x = problem.start();
        let mut random = StdRng::seed_from_u64(1);
        let mut mpc = Mpc::new(problem, Options { steps: 5, ..Options::default() }).expect("options in range");
        for time in &mut times {
            let ([u1, u2, u3], sample) = timed(|| mpc.control(black_box(&x)));
            *time = time.min(sample);
            let pull = [u1, -u1, u2, u3, -u2, -u3].map(|pull| pull + random.random_range(-0.5..0.5));
            x = rk4_step(&Chain, &At { t: 0.0, p: &[] }, 0.5, x, pull);
        }
    }
    let [median, late] = percentiles(times);
    println!("masses, 12 states, N = 30, five steps {median:22.2} µs  99 % {late:8.2} µs");
}

fn batch() {
    let plant = CartPole::new(0.5, 9.81);
    let starts = [[0.0; 4], [0.1, 0.0, 0.3, 1.0], [-0.2, 0.5, 3.0, -1.0], [0.3, -0.5, 1.5, 0.0]];
    let mut times = [f64::INFINITY; SAMPLES];
    for _ in 0..RUNS {
        let mut batch = Batch::new(limited::race(50).expect("a race"), starts, Options::default()).expect("a batch");
        let mut states = starts;
        for time in &mut times {
            let (u, sample) = timed(|| batch.control(black_box(&states)));
            *time = time.min(sample);
            states = std::array::from_fn(|i| rk4_step(&plant, &At { t: 0.0, p: &[] }, 0.05, states[i], u[i]));
        }
    }
    let [median, late] = percentiles(times).map(|time| time / 4.0);
    println!("race, for each control {:30} {median:8.2} µs  99 % {late:8.2} µs", "");
}

fn quadrotor() {
    let mut times = [f64::INFINITY; SAMPLES];
    let plant = Quadrotor::default();
    for _ in 0..RUNS {
        let problem = limited::quadrotor();
        let mut x = problem.start();
        let mut mpc = Mpc::new(problem, Options::default()).expect("options in range");
        for time in &mut times {
            let (u, sample) = timed(|| mpc.control(black_box(&x)));
            *time = time.min(sample);
            x = rk4_step(&plant, &At { t: 0.0, p: &[] }, 0.05, x, u);
        }
    }
    let [median, late] = percentiles(times);
    println!("quadrotor, 12 states, N = 50 {median:31.2} µs  99 % {late:8.2} µs");
}
