//! The derivative of the control, against differences.

use swingup::expansion::Hessian;
use swingup::interior::{self, Solution};
use swingup::models::CartPole;
use swingup::mpc::{Mpc, Options};
use swingup::transcription::RK4;
use swingup::{At, Bound, Coefficient, Cost, CostSink, MarginSink, Ocp, Scalar, Trajectory};

/// The race with its weights, the pole's length and a wall at the right as parameters.
#[derive(Clone, Copy)]
struct Weighted;

impl Cost<4, 1, 7> for Weighted {
    #[inline(always)]
    fn running<S: Scalar>(
        &self,
        at: &At<'_, S, 7>,
        [x, v, theta, omega]: [S; 4],
        [u]: [S; 1],
        sink: &mut impl CostSink<S>,
    ) {
        let [q1, q2, q3, q4, r, ..] = *at.p;
        sink.square(q1, x);
        sink.square(q2, v);
        sink.square(q3, theta - std::f64::consts::PI);
        sink.square(q4, omega);
        sink.square(r, u);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 7>, x: [S; 4], sink: &mut impl CostSink<S>) {
        let [q1, q2, q3, q4, ..] = *at.p;
        let goal = [0.0, 0.0, std::f64::consts::PI, 0.0];
        for (i, weight) in [q1, q2, q3, q4].into_iter().enumerate() {
            sink.square(weight * 10.0, x[i] - goal[i]);
        }
    }
    #[inline(always)]
    fn margins<S: Scalar>(&self, at: &At<'_, S, 7>, [x, ..]: [S; 4], _: [S; 1], sink: &mut impl MarginSink<S>) {
        sink.hard("wall", at.p[6] - x * x);
    }
}

const P: [f64; 7] = [0.5, 0.05, 2.5, 0.05, 0.05, 0.5, 0.16];
const N: usize = 30;

fn problem(start: [f64; 4]) -> Ocp<CartPole, Weighted, 4, 1, 7> {
    let model = CartPole::new(Coefficient::Parameter(5), 9.81);
    Ocp::with_parameters(model, Weighted, start, 0.05, vec![P; N + 1])
        .and_then(|ocp| ocp.bound_states([Bound::symmetric(0.5), Bound::FREE, Bound::FREE, Bound::FREE]))
        .and_then(|ocp| ocp.bound_controls([Bound::symmetric(10.0)]))
        .expect("a problem in range")
}

fn controller(start: [f64; 4]) -> Mpc<4, 1> {
    let options =
        Options { hessian: Hessian::Exact, tolerance: 1e-11, barrier: 1e-4, steps: 300, ..Options::converged() };
    Mpc::new(problem(start), options).expect("options in range")
}

/// The control from `x` with these changes of parameters, always from the same first plan.
fn control(x: [f64; 4], change: &[(usize, usize, f64)]) -> f64 {
    let mut mpc = controller(START);
    let mut parameters = vec![P; N + 1];
    for &(k, i, by) in change {
        parameters[k][i] += by;
    }
    for (k, p) in parameters.iter().enumerate() {
        mpc.set_parameters(k, p).expect("parameters in range");
    }
    let [u] = mpc.control(&x);
    let report = mpc.report();
    assert!(report.error <= 1e-11, "{report}");
    u
}

/// Swinging, neither at a bound of the control nor far from one of the track.
const START: [f64; 4] = [0.2, 0.1, 1.2, 3.0];

fn difference(at: impl Fn(f64) -> f64, h: f64) -> f64 {
    (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h)
}

#[test]
fn the_control_changes_with_the_state_as_its_derivative_says() {
    let mut mpc = controller(START);
    mpc.control(&START);
    let state = mpc.differentiate().expect("a convex point").state;
    for i in 0..4 {
        let moved = |by: f64| {
            let mut x = START;
            x[i] += by;
            control(x, &[])
        };
        let expected = difference(moved, 1e-4);
        assert!((state[0][i] - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{i}: {} {expected}", state[0][i]);
    }
}

#[test]
fn the_control_changes_with_parameters_as_its_derivative_says() {
    let mut mpc = controller(START);
    mpc.control(&START);
    let derivative = mpc.differentiate().expect("a convex point");
    for i in 0..7 {
        let h = 1e-4 * P[i];
        let everywhere = |by: f64| control(START, &(0..=N).map(|k| (k, i, by)).collect::<Vec<_>>());
        let (found, expected) = (derivative.shared(i)[0], difference(everywhere, h));
        assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{i} everywhere: {found} {expected}");
        for k in [0, 7, N] {
            let there = |by: f64| control(START, &[(k, i, by)]);
            let (found, expected) = (derivative.parameter(k, i)[0], difference(there, 10.0 * h));
            assert!((found - expected).abs() <= 1e-6 * (1.0 + expected.abs()), "{i} at {k}: {found} {expected}");
        }
    }
}

#[test]
fn differentiating_leaves_the_plan_and_the_report_as_they_are() {
    let mut mpc = controller(START);
    let mut other = controller(START);
    assert_eq!(mpc.control(&START), other.control(&START));
    let (report, plan) = (*mpc.report(), mpc.state(N));
    mpc.differentiate();
    assert_eq!((report, plan), (*mpc.report(), mpc.state(N)));
    let next = [0.21, 0.15, 1.4, 3.1];
    assert_eq!(mpc.control(&next), other.control(&next));
}

fn first_plan() -> Solution<4, 1> {
    let guess = Trajectory::constant(N, START, [0.0]);
    interior::solve(&problem(START).transcribe(RK4), &guess, &Default::default()).expect("a guess that fits")
}

#[test]
fn the_cost_of_a_loop_changes_with_weights_as_its_gradient_says() {
    let plant = Ocp::with_parameters(CartPole::new(0.52, 9.81), Weighted, START, 0.05, vec![P; 61])
        .expect("a plant in range")
        .transcribe(RK4);
    let push = |k: usize| [0.0, 0.02 * (1.7 * k as f64).sin(), 0.0, if k == 30 { 0.5 } else { 0.0 }];
    let first = controller(START);
    let plan = first_plan();
    let cost = |p: [f64; 7]| {
        let mut mpc = controller(START);
        (0..=N).for_each(|k| mpc.set_parameters(k, &p).expect("parameters in range"));
        mpc.close_loop(&plan, &plant, push).expect("a plan that fits").cost
    };
    let mut mpc = first;
    let found = mpc.close_loop_with_gradient(&plan, &plant, push).expect("a plan that fits");
    assert_eq!(found.failures, 0);
    assert_eq!(found.cost, cost(P));
    for i in 0..7 {
        let moved = |by: f64| {
            let mut p = P;
            p[i] += by;
            cost(p)
        };
        let expected = difference(moved, 1e-4 * P[i]);
        let gradient = found.gradient[i];
        assert!((gradient - expected).abs() <= 1e-5 * (1.0 + expected.abs()), "{i}: {gradient} {expected}");
    }
}
