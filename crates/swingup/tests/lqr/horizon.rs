//! Finite horizons, tracking along a motion, and what a predictive controller takes over from the regulator.

use std::f64::consts::PI;

use crate::common::Random;
use nalgebra::{Const, Matrix1, Matrix4, Vector4};
use swingup::cost::Tracking;
use swingup::lqr::{Lq, ToGo, finite_horizon, tracking};
use swingup::models::CartPole;
use swingup::newton::{self, Options, Status};
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4};
use swingup::{Ocp, Trajectory};

const TOP: [f64; 4] = [0.0, 0.0, PI, 0.0];
const STEP: f64 = 0.02;

fn cost() -> Tracking<4, 1> {
    Tracking { q: [1.0, 0.1, 1.0, 0.1], r: [0.1], goal: TOP, rest: [0.0], terminal: 1.0 }
}

fn cart_pole(start: [f64; 4], intervals: usize) -> Ocp<CartPole, Tracking<4, 1>, 4, 1> {
    Ocp::new(CartPole::new(0.5, 9.8), cost(), start, intervals, STEP).unwrap()
}

fn upright() -> Lq<Const<4>, Const<1>> {
    Lq::about(&cart_pole(TOP, 1).transcribe(RK4), TOP, [0.0]).unwrap()
}

#[test]
fn about_a_rest_the_problem_is_that_of_its_weights() {
    let lq = upright();
    assert_eq!(lq.q, Matrix4::from_diagonal(&Vector4::new(1.0, 0.1, 1.0, 0.1)));
    assert_eq!((lq.r, lq.s), (Matrix1::new(0.1), Vector4::zeros()));
    // x₊ = x + vh + ah²/2, v₊ = v + ah.
    assert!((lq.a[(0, 1)] - STEP).abs() < 1e-16 && (lq.b[0] - STEP * STEP / 2.0).abs() < 1e-16);
    // An implicit scheme's A is its own, E⁻¹A: the midpoint's growth of the tilt is Cayley's, not Runge and Kutta's.
    let midpoint = Lq::about(&cart_pole(TOP, 1).transcribe(MIDPOINT), TOP, [0.0]).unwrap();
    let trace = |lq: &Lq<Const<4>, Const<1>>| lq.a[(2, 2)] + lq.a[(3, 3)];
    let rate = 3.0 * 9.8 / (2.0 * 0.5);
    assert!((trace(&lq) - 2.0 * f64::cosh(STEP * f64::sqrt(rate))).abs() < 1e-6);
    let half = rate * STEP * STEP / 4.0;
    assert!((trace(&midpoint) - 2.0 * (1.0 + half) / (1.0 - half)).abs() < 1e-13);
}

/// With the regulator's cost at its end a horizon of any length has the regulator's gain.
#[test]
fn the_cost_to_go_at_the_end_is_an_endless_horizon() {
    let lq = upright();
    let regulator = lq.dare().unwrap();
    let found = finite_horizon(&vec![lq.clone(); 7], &regulator.cost_to_go).unwrap();
    for (gain, cost) in found.gains.iter().zip(&found.costs_to_go) {
        assert!((gain - regulator.gain).norm() < 1e-12 * regulator.gain.norm());
        assert!((cost - regulator.cost_to_go).norm() < 1e-12 * regulator.cost_to_go.norm());
    }
    assert_eq!((found.gains.len(), found.costs_to_go.len()), (7, 8));
    // Without it the gain comes there as the horizon grows.
    let distance = |intervals: usize| {
        let found = finite_horizon(&vec![lq.clone(); intervals], &Matrix4::zeros()).unwrap();
        (found.gains[0] - regulator.gain).norm() / regulator.gain.norm()
    };
    assert!(distance(50) > 1e-2 && distance(800) < 1e-6 && distance(3000) < 1e-12);
}

/// The cost that the recursion promises is the one that its motion pays, on intervals that all differ.
#[test]
fn a_horizon_that_changes_pays_what_it_promises() {
    let intervals: Vec<Lq<Const<4>, Const<1>>> = (0..20)
        .map(|k| {
            let mut lq = upright();
            lq.a *= 1.0 + 0.01 * f64::from(k % 3);
            lq.q *= 1.0 + 0.3 * f64::from(k % 5);
            lq.with_cross(Vector4::new(0.01, -0.02, 0.0, 0.03) * f64::from(k % 2))
        })
        .collect();
    let end = Matrix4::identity() * 3.0;
    let found = finite_horizon(&intervals, &end).unwrap();
    let start = Vector4::new(0.3, -0.2, 0.1, 0.5);
    let (mut x, mut paid) = (start, 0.0);
    for (lq, gain) in intervals.iter().zip(&found.gains) {
        let u = -gain * x;
        paid += (x.transpose() * lq.q * x + x.transpose() * lq.s * u * 2.0 + u.transpose() * lq.r * u)[0];
        x = lq.a * x + lq.b * u;
    }
    paid += (x.transpose() * end * x)[0];
    let promised = (start.transpose() * found.costs_to_go[0] * start)[0];
    assert!((paid / promised - 1.0).abs() < 1e-13, "{paid} {promised}");
}

#[test]
fn a_cost_without_a_minimum_is_said_with_its_knot() {
    let mut bad = upright();
    bad.r = Matrix1::new(-10.0);
    let refusal = finite_horizon(&[upright(), bad, upright()], &Matrix4::identity()).unwrap_err();
    assert_eq!(refusal.knot(), 1);
}

/// The gains along an optimum are the derivatives of the best controls in the state.
#[test]
fn tracking_gains_are_derivatives_of_the_optimum() {
    let start = [0.1, 0.0, PI - 0.5, 0.2];
    let solve = |start| {
        let nlp = cart_pole(start, 60).transcribe(HERMITE_SIMPSON);
        let solution = newton::solve(&nlp, &Trajectory::constant(60, start, [0.0]), &Options::default()).unwrap();
        assert_eq!(solution.report.status, Status::Solved);
        (nlp, solution)
    };
    let (nlp, solution) = solve(start);
    let regulator = tracking(&nlp, &solution.plan, &solution.multipliers).unwrap();
    let small = 1e-5;
    for i in 0..4 {
        let control = |sign: f64| {
            let mut moved = start;
            moved[i] += sign * small;
            solve(moved).1.plan.controls[0][0]
        };
        let derivative = (control(1.0) - control(-1.0)) / (2.0 * small);
        assert!((derivative + regulator.gains[0][i]).abs() < 1e-6 * regulator.gains[0].norm(), "{i}");
    }
}

/// A predictive controller that hands over to the regulator behind its horizon begins as the regulator does.
#[test]
fn a_predictive_controller_with_the_cost_to_go_begins_as_the_regulator() {
    let regulator = upright().dare().unwrap();
    for (tilt, tolerance) in [(1e-3, 1e-5), (1e-4, 1e-7)] {
        let start = [0.0, 0.0, PI + tilt, 0.0];
        let cost = ToGo::new(cost(), &regulator.cost_to_go, TOP).unwrap();
        for intervals in [1, 5, 40] {
            let nlp = Ocp::new(CartPole::new(0.5, 9.8), cost.clone(), start, intervals, STEP).unwrap().transcribe(RK4);
            let guess = Trajectory::constant(intervals, start, [0.0]);
            let solution = newton::solve(&nlp, &guess, &Options::default()).unwrap();
            assert_eq!(solution.report.status, Status::Solved);
            let control = -regulator.gain[2] * tilt;
            let error = (solution.plan.controls[0][0] / control - 1.0).abs();
            assert!(error < tolerance, "{intervals} intervals: {error:e}");
            let promised = regulator.cost_to_go[(2, 2)] * tilt * tilt;
            assert!((solution.report.cost / promised - 1.0).abs() < tolerance);
        }
    }
}

/// Within its level the regulator never asks for more than its limits, and on it once as much.
#[test]
fn within_a_level_the_limits_are_kept_for_ever() {
    let lq = upright();
    let regulator = lq.dare().unwrap();
    let (most, track) = (15.0, Vector4::new(1.0, 0.0, 0.0, 0.0));
    let level = regulator.control_level(&[most]).unwrap().min(regulator.level(&track, 0.44).unwrap());
    let root = regulator.cost_to_go.cholesky().unwrap().l().transpose();
    let mut random = Random(8);
    for _ in 0..200 {
        let direction = Vector4::from_fn(|_, _| random.next() - 0.5).normalize() * level.sqrt();
        let mut x = root.solve_upper_triangular(&direction).unwrap();
        for _ in 0..500 {
            assert!((regulator.gain * x)[0].abs() <= most * (1.0 + 1e-12) && x[0].abs() <= 0.44 * (1.0 + 1e-12));
            x = regulator.closed_loop * x;
        }
    }
    // The state of that level where the control is largest.
    let level = regulator.control_level(&[most]).unwrap();
    let along = regulator.cost_to_go.cholesky().unwrap().solve(&regulator.gain.transpose());
    let x = along * (level / (regulator.gain * along)[0]).sqrt();
    assert!(((regulator.gain * x)[0] / most - 1.0).abs() < 1e-12);
    assert!(((x.transpose() * regulator.cost_to_go * x)[0] / level - 1.0).abs() < 1e-12);
    assert_eq!(regulator.control_level(&[]), None);
}

#[test]
fn a_cost_to_go_may_be_flat_but_not_negative() {
    let mut x = Matrix4::zeros();
    x[(1, 1)] = 4.0;
    assert!(ToGo::new(cost(), &x, TOP).is_some());
    x[(1, 1)] = -4.0;
    assert!(ToGo::new(cost(), &x, TOP).is_none());
    x[(1, 1)] = f64::NAN;
    assert!(ToGo::new(cost(), &x, TOP).is_none());
    // Positive on the diagonal is not enough, and what leans is no weight.
    x[(1, 1)] = 1.0;
    x[(0, 1)] = 1.0;
    assert!(ToGo::new(cost(), &x, TOP).is_none(), "leans");
    x[(1, 0)] = 1.0;
    assert!(ToGo::new(cost(), &x, TOP).is_none(), "x₀x₁ has no minimum");
    x[(0, 1)] = f64::NAN;
    x[(1, 0)] = f64::NAN;
    assert!(ToGo::new(cost(), &x, TOP).is_none());
}
