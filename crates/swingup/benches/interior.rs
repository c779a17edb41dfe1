//! The interior point method from cold and warm starts, and where there is no solution: `cargo bench -p swingup --bench interior`.
//!
//! Each time is the least of many repeats, in one thread.

use std::hint::black_box;
use std::time::Instant;

use swingup::constrained::Constrained;
use swingup::interior::{self, Options, Report, Solution};
use swingup::problems::limited;
use swingup::transcription::{MIDPOINT, RK4};
use swingup::{Bound, Trajectory};

/// Milliseconds.
fn least(repeats: usize, mut work: impl FnMut()) -> f64 {
    let once = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64() * 1e3
    };
    (0..repeats).map(once).fold(f64::INFINITY, f64::min)
}

fn line(name: &str, report: &Report, time: f64) {
    let (steps, trials, factorizations) = (report.iterations(), report.trials(), report.factorizations());
    println!(
        "{name:34} {time:8.3} ms  {steps:3} steps, {factorizations:3} factorizations, {trials:3} trials, cost {:.9}, {}",
        report.cost, report.status
    );
}

fn cold<const NX: usize, const NU: usize>(
    name: &str,
    nlp: &impl Constrained<NX, NU>,
    control: [f64; NU],
) -> (Solution<NX, NU>, f64) {
    let guess = Trajectory::constant(nlp.intervals(), nlp.start(), control);
    let run = || interior::solve(nlp, black_box(&guess), &Options::default()).expect("a problem in range");
    let time = least(40, || {
        black_box(run());
    });
    let solution = run();
    line(name, &solution.report, time);
    (solution, time)
}

fn main() {
    println!("cold, from the start state at every knot");
    let mut race = 0.0;
    for n in [20, 50, 100, 200, 400] {
        let nlp = limited::race(n).expect("intervals").transcribe(RK4);
        let time = cold(&format!("race, {n} intervals"), &nlp, [0.0]).1;
        race = if n == 50 { time } else { race };
    }
    cold("double cart-pole", &limited::double_cart_pole().transcribe(RK4), [0.0]);
    cold("planar quadrotor and circle", &limited::planar_quadrotor().transcribe(RK4), [2.4525; 2]);
    cold("quadrotor", &limited::quadrotor().transcribe(RK4), [2.4525; 4]);
    for limits in [[0.4, 9.0, 9.0], [1.0, 9.0, 9.0], [9.0, 9.0, 1.0], [0.4, 1.0, 2.0], [1.0, 1.0, 1.0]] {
        let [track, speed, control] = limits;
        let nlp = limited::swing_up(track, speed, control).expect("limits").transcribe(MIDPOINT);
        cold(&format!("swing-up, {limits:?}"), &nlp, [0.0]);
    }

    println!("\nwarm, from the solution for a start that differs by so much of (0.1, 0.5, 0.2, 1)");
    let nlp = limited::race(50).expect("intervals").transcribe(RK4);
    let solution = cold("cold", &nlp, [0.0]).0;
    for share in [0.0, 0.001, 0.01, 0.1, 1.0] {
        let mut ocp = limited::race(50).expect("intervals");
        ocp.set_start([0.1, 0.5, 0.2, 1.0].map(|x| x * share)).expect("a start within bounds");
        let nlp = ocp.transcribe(RK4);
        let run = || interior::solve_from(&nlp, black_box(&solution), &Options::default()).expect("a problem in range");
        let time = least(40, || {
            black_box(run());
        });
        line(&format!("warm, {share}"), &run().report, time);
        cold("  cold", &nlp, [0.0]);
    }

    println!("\nwithout a solution, times the solvable race of 50 intervals");
    let free = Bound::FREE;
    for (name, states) in [
        ("end at 1 m", [Bound::exactly(1.0), free, free, free]),
        ("end at 3 m", [Bound::exactly(3.0), free, free, free]),
    ] {
        let nlp = limited::race(50).and_then(|ocp| ocp.bound_end(states)).expect("limits").transcribe(RK4);
        let time = cold(name, &nlp, [0.0]).1;
        println!("{name:34} {:8.1} times", time / race);
    }
    for track in [0.1, 0.2, 0.4] {
        let states = [Bound::within(track, 0.5), free, free, free];
        let nlp = limited::race(50).and_then(|ocp| ocp.bound_states(states)).expect("limits").transcribe(RK4);
        let time = cold(&format!("x >= {track} m at once"), &nlp, [0.0]).1;
        println!("{:34} {:8.1} times", "", time / race);
    }
}
