//! Optima below the published ones, checked without the solver: their motions are written out here once more, in plain numbers.

use std::f64::consts::PI;

use swingup::Trajectory;
use swingup::constrained::Constrained;
use swingup::interior::{self, Options, Start, Status};
use swingup::problems::limited;
use swingup::transcription::{MIDPOINT, RK4};

fn solve<const NX: usize, const NU: usize>(nlp: &impl Constrained<NX, NU>, start: Start) -> Trajectory<NX, NU> {
    let guess = Trajectory::constant(nlp.intervals(), nlp.start(), [0.0; NU]);
    let solution = interior::solve(nlp, &guess, &Options { start, ..Options::default() }).unwrap();
    assert_eq!(solution.report.status, Status::Solved);
    solution.plan
}

/// The double pole's accelerations by Cramer's rule, from the two equations as its model's text states them.
fn double_pole(x: [f64; 6], u: f64) -> [f64; 6] {
    let ([_, v, a, b, wa, wb], l, g) = (x, 0.5, 9.81);
    let m = [[2.0 * l, l * (a - b).cos()], [l * (a - b).cos(), l]];
    let right = [
        -l * wb * wb * (a - b).sin() - 2.0 * (g * a.sin() + u * a.cos()),
        l * wa * wa * (a - b).sin() - g * b.sin() - u * b.cos(),
    ];
    let det = m[0][0] * m[1][1] - m[0][1] * m[1][0];
    let upper = (right[0] * m[1][1] - m[0][1] * right[1]) / det;
    let lower = (m[0][0] * right[1] - m[1][0] * right[0]) / det;
    [v, u, wa, wb, upper, lower]
}

#[test]
fn the_double_pole_moves_as_it_says_within_its_limits() {
    let plan = solve(&limited::double_cart_pole().transcribe(RK4), Start::Grow);
    let (h, mut cost, mut worst) = (0.03, 0.0, 0.0_f64);
    let q = [0.5, 0.05, 5.0, 5.0, 0.05, 0.05];
    let tracked = |x: &[f64; 6]| -> f64 {
        let goal = [0.0, 0.0, PI, PI, 0.0, 0.0];
        (0..6).map(|i| q[i] * (x[i] - goal[i]).powi(2)).sum()
    };
    assert_eq!(plan.states[0], [0.0; 6]);
    for k in 0..100 {
        let (x, u) = (plan.states[k], plan.controls[k][0]);
        let moved = |d: [f64; 6], h: f64| -> [f64; 6] { std::array::from_fn(|i| x[i] + h * d[i]) };
        let k1 = double_pole(x, u);
        let k2 = double_pole(moved(k1, h / 2.0), u);
        let k3 = double_pole(moved(k2, h / 2.0), u);
        let k4 = double_pole(moved(k3, h), u);
        let mean = std::array::from_fn(|i| (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]) / 6.0);
        let (arrives, next) = (moved(mean, h), plan.states[k + 1]);
        worst = (0..6).fold(worst, |worst, i| worst.max((next[i] - arrives[i]).abs()));
        worst = worst.max(u.abs() - 30.0).max(next[0].abs() - 1.0);
        cost += tracked(&x) + 0.005 * u * u;
    }
    cost += 10.0 * tracked(&plan.states[100]);
    assert!(worst <= 1e-9, "{worst}");
    assert!((cost - 3149.4488).abs() < 1e-3, "{cost}");
}

/// The largest error of a midpoint step, or violation of a limit, and the cost.
fn check_swing_up(plan: &Trajectory<4, 1>, [track, speed, push]: [f64; 3]) -> (f64, f64) {
    let (h, mut cost, mut worst) = (0.1, 0.0, 0.0_f64);
    assert_eq!((plan.states[0], plan.controls.len()), ([0.0; 4], 99));
    for (k, x) in plan.states.iter().enumerate() {
        cost += 0.1 * x.iter().map(|v| v * v).sum::<f64>() + k as f64 / 100.0 * (x[2] - PI).powi(2);
        let Some(&[u]) = plan.controls.get(k) else { continue };
        cost += 0.6 * u * u;
        let next = plan.states[k + 1];
        let m: [f64; 4] = std::array::from_fn(|i| 0.5 * (x[i] + next[i]));
        let rate = [m[1], u, m[3], -m[2].sin() - u * m[2].cos()];
        worst = (0..4).fold(worst, |worst, i| worst.max((next[i] - x[i] - h * rate[i]).abs()));
        worst = worst.max(next[0].abs() - track).max(next[1].abs() - speed).max(u.abs() - push);
    }
    (worst, cost)
}

#[test]
fn two_swing_ups_are_cheaper_than_was_known() {
    const NONE: f64 = f64::INFINITY;
    // Known: 268.3244, and 312.2883, which the growing horizon finds.
    for (limits, start, best) in [([0.9, NONE, NONE], Start::Grow, 146.2300), ([0.4, 1.0, 2.0], Start::Guess, 311.2049)]
    {
        let nlp = limited::swing_up(limits[0], limits[1], limits[2]).unwrap().transcribe(MIDPOINT);
        let (worst, cost) = check_swing_up(&solve(&nlp, start), limits);
        assert!(worst <= 1e-9, "{limits:?}: {worst}");
        assert!((cost - best).abs() < 1e-4, "{limits:?}: {cost}");
    }
}

#[test]
fn the_slow_swing_up_reaches_the_top_before_it_lets_go() {
    let nlp = limited::slow_swing_up().transcribe(MIDPOINT);
    let plan = solve(&nlp, Start::Grow);
    assert!((nlp.cost(&plan) - 261.0992).abs() < 1e-4, "{}", nlp.cost(&plan));
    assert!(plan.states.iter().any(|x| x[2] >= PI));
    assert!(plan.states.iter().all(|x| x[1].abs() <= 0.553 && x[0].abs() <= 1.32));
}
