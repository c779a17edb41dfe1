//! The swing-up offline, and the robots: `cargo bench -p swingup --bench swing_up`.
//!
//! Each time is the least of many repeats, in one thread.

use std::hint::black_box;
use std::time::{Duration, Instant};

use swingup::Trajectory;
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::linear::{BandCholesky, KktBand, KktStep, Riccati, RightSide, SymmetricBand};
use swingup::newton::{self, Options, PenaltyForm};
use swingup::problems;
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4, TRAPEZOID};

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

fn offline<const NX: usize, const NU: usize>(name: &str, nlp: &impl Nlp<NX, NU>, control: [f64; NU]) {
    let guess = Trajectory::constant(nlp.intervals(), nlp.start(), control);
    let options = Options::default();
    let solution = newton::solve(nlp, &guess, &options).expect("a problem in range");
    let time = least(30, || {
        black_box(newton::solve(nlp, black_box(&guess), &options).expect("a problem in range"));
    });
    let report = &solution.report;
    let (cost, steps) = (report.cost, report.iterations.len());
    println!("{name:28} {:?}, {steps} steps, cost {cost:.10}: {time:.1?}", report.status);
}

fn main() {
    offline("swing-up, midpoint", &problems::swing_up().transcribe(MIDPOINT), [0.0]);
    offline("swing-up, trapezoid", &problems::swing_up().transcribe(TRAPEZOID), [0.0]);
    offline("swing-up, Hermite-Simpson", &problems::swing_up().transcribe(HERMITE_SIMPSON), [0.0]);
    offline("swing-up, RK4", &problems::swing_up().transcribe(RK4), [0.0]);
    offline("double cart-pole", &problems::double_cart_pole().transcribe(RK4), [0.0]);
    offline("planar quadrotor", &problems::planar_quadrotor().transcribe(RK4), [2.4525; 2]);
    offline("quadrotor", &problems::quadrotor().transcribe(RK4), [2.4525; 4]);

    let nlp = problems::swing_up().transcribe(MIDPOINT);
    let guess = Trajectory::constant(99, [0.0; 4], [0.0]);
    let solution = newton::solve(&nlp, &guess, &Options::default()).expect("a problem in range");
    let (plan, multipliers) = (&solution.plan, &solution.multipliers);
    let mut expansion = Expansion::new(99);
    println!("\none iteration of the swing-up at its optimum");
    for hessian in [Hessian::GaussNewton, Hessian::Exact] {
        let time = least(2000, || nlp.expand(black_box(plan), multipliers, hessian, &mut expansion));
        println!("expansion, {hessian:?}: {time:.1?}");
    }
    let (mut right, mut step) = (RightSide::zeros(99), KktStep::zeros(99));
    right.take(&expansion);
    let mut riccati = Riccati::new(99);
    let factor = least(2000, || riccati.factor(black_box(&expansion), 0.0, true).expect("regular"));
    let solve = least(2000, || riccati.solve(&expansion, black_box(&right), &mut step));
    println!("Riccati: factor {factor:.1?}, solve {solve:.1?}");
    let mut band = KktBand::new(99);
    let factor = least(200, || band.factor(black_box(&expansion), 0.0, 0.0, true).expect("regular"));
    let solve = least(200, || band.solve(black_box(&right), &mut step));
    println!("KKT band: factor {factor:.1?}, solve {solve:.1?}");

    let mut form = PenaltyForm::new(&nlp, 100.0);
    form.multipliers.clone_from(multipliers);
    let z = form.pack(plan);
    let mut gradient = vec![0.0; form.variables()];
    let mut matrix = SymmetricBand::zeros(form.variables(), form.half_bandwidth());
    let mut cholesky = BandCholesky::new(form.variables(), form.half_bandwidth());
    let value = least(2000, || {
        black_box(form.value(black_box(&z)));
    });
    let hessian = least(2000, || {
        form.expand(black_box(&z), Hessian::Exact);
        form.hessian(&mut matrix);
    });
    let factor = least(2000, || cholesky.factor(black_box(&matrix)).expect("positive definite"));
    let solve = least(2000, || {
        form.gradient(&mut gradient);
        cholesky.solve(&mut gradient);
    });
    let (n, w) = (form.variables(), form.half_bandwidth());
    println!(
        "penalty form, n = {n}, half-bandwidth {w}: value {value:.1?}, banded Hessian {hessian:.1?}, Cholesky {factor:.1?}, gradient and solve {solve:.1?}"
    );
    println!("  together {:.1?}", value + hessian + factor + solve);
}
