//! The swing-up offline: `cargo bench -p swingup --bench swing_up`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::linear::{KktStep, Riccati, RightSide};
use swingup::newton::{self, Options};
use swingup::transcription::MIDPOINT;
use swingup::{At, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar, Trajectory};

struct CartPole;
impl CartPole { fn scaled() -> Self { CartPole } }
impl<const NP: usize> Dynamics<4, 1, NP> for CartPole {
    const STATES: [Quantity; 4] = [Quantity::new("x", "m"); 4];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s²")];
    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, [_, v, theta, omega]: [S; 4], [a]: [S; 1]) -> [S; 4] {
        let (length, g) = (S::from(1.5), S::from(1.0));
        let (sin, cos) = theta.sin_cos();
        [v, a, omega, -(S::from(1.5) / length * (g * sin + a * cos))]
    }
}

/// Σ 0.1 (|x|² + u²) + 0.5 u² + (k/100) (θ - π)², k/100 the knot's parameter.
struct SwingUp;

impl Cost<4, 1, 1> for SwingUp {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(0.6, u);
        self.terminal(at, x, sink);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], sink: &mut impl CostSink<S>) {
        for entry in x {
            sink.square(0.1, entry);
        }
        sink.square(at.p[0], x[2] - std::f64::consts::PI);
    }
}

fn least(repeats: usize, mut work: impl FnMut()) -> Duration {
    (0..repeats)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed()
        })
        .min()
        .unwrap_or_default()
}

fn main() {
    let weights = (0..100).map(|k| [k as f64 / 100.0]).collect();
    let ocp = Ocp::with_parameters(CartPole::scaled(), SwingUp, [0.0; 4], 0.1, weights).unwrap();
    let nlp = ocp.transcribe(MIDPOINT);
    let guess = Trajectory::constant(99, [0.0; 4], [0.0]);
    let options = Options::default();
    let solution = newton::solve(&nlp, &guess, &options).unwrap();
    for i in &solution.report.iterations {
        println!("{i:?}");
    }
    let r = &solution.report;
    println!("{:?} {} cost {:.12} defect {:.1e} gradient {:.1e}", r.status, r.iterations.len(), r.cost, r.defect, r.gradient);
    println!("solve {:?}", least(50, || {
        black_box(newton::solve(&nlp, &guess, &options).unwrap());
    }));
    let mut expansion = Expansion::new(99);
    let (plan, multipliers) = (&solution.plan, &solution.multipliers);
    for hessian in [Hessian::Exact, Hessian::GaussNewton] {
        let t = least(1000, || nlp.expand(black_box(plan), multipliers, hessian, &mut expansion));
        println!("expand {hessian:?} {t:?}");
    }
    nlp.expand(plan, multipliers, Hessian::Exact, &mut expansion);
    let mut riccati = Riccati::new(99);
    println!("riccati factor {:?}", least(1000, || riccati.factor(black_box(&expansion), 0.0, true).unwrap()));
    let (mut right, mut step) = (RightSide::zeros(99), KktStep::zeros(99));
    right.take(&expansion);
    println!("riccati solve {:?}", least(1000, || riccati.solve(&expansion, black_box(&right), &mut step)));
    let mut defects = vec![[0.0; 4]; 99];
    println!("evaluate {:?}", least(1000, || { black_box(nlp.evaluate(black_box(plan), &mut defects)); }));
}
