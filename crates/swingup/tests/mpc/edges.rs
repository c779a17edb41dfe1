//! Short horizons, horizons that fill no register, and calls in any order.

use swingup::cost::Tracking;
use swingup::integrate::rk4_step;
use swingup::models::DoubleIntegrator;
use swingup::mpc::{Mpc, Options, Status};
use swingup::problems::limited;
use swingup::{At, Bound, Constraints, Dynamics, MarginSink, Ocp, Quantity, Scalar};

use super::plant;

/// A mass on a table.
#[derive(Clone, Copy)]
struct Sledge;

impl<const NP: usize> Dynamics<4, 2, NP> for Sledge {
    const STATES: [Quantity; 4] =
        [Quantity::new("x", "m"), Quantity::new("y", "m"), Quantity::new("vx", "m/s"), Quantity::new("vy", "m/s")];
    const CONTROLS: [Quantity; 2] = [Quantity::new("ax", "m/s²"), Quantity::new("ay", "m/s²")];
    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, [_, _, vx, vy]: [S; 4], [ax, ay]: [S; 2]) -> [S; 4] {
        [vx, vy, ax, ay]
    }
}

/// A post in the origin, by its distance: which has no slope there.
struct Post;

impl Constraints<4, 2> for Post {
    #[inline(always)]
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, [x, y, ..]: [S; 4], _: [S; 2], sink: &mut impl MarginSink<S>) {
        sink.hard("post", (x * x + y * y).sqrt() - 0.3);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 4], _: &mut impl MarginSink<S>) {}
}

/// What lies behind the horizon in the last register, a state of zero, is no place where the constraint is asked.
#[test]
fn a_constraint_is_asked_on_the_horizon_only() {
    for intervals in 29..33 {
        for options in [Options::default(), Options { globalize: true, ..Options::default() }, Options::converged()] {
            let goal = [1.0, 0.0, 0.0, 0.0];
            let cost = Tracking { q: [1.0, 1.0, 0.1, 0.1], r: [0.1; 2], goal, rest: [0.0; 2], terminal: 10.0 };
            let ocp = Ocp::new(Sledge, cost, [-1.0, -0.1, 0.0, 0.0], intervals, 0.1).unwrap();
            let ocp = ocp.bound_controls([Bound::symmetric(2.0); 2]).unwrap().subject_to(Post);
            let mut mpc = Mpc::new(ocp, options).unwrap();
            let (mut x, mut nearest) = ([-1.0, -0.1, 0.0, 0.0], f64::INFINITY);
            for k in 0..80 {
                let u = mpc.control(&x);
                let report = mpc.report();
                assert!(report.status.is_usable() && report.error.is_finite(), "{intervals}, {k}: {report}");
                // A step that keeps slacks positive keeps every control of the plan within its limits.
                let within = (0..intervals).all(|k| mpc.planned(k).iter().all(|u| u.abs() < 2.0));
                assert!(within && !report.clipped, "{intervals}, {k}: {report}");
                x = rk4_step(&Sledge, &At { t: 0.0, p: &[] }, 0.1, x, u);
                x[3] += if k % 10 == 5 { 0.3 } else { 0.0 };
                nearest = nearest.min(x[0].hypot(x[1]));
            }
            assert!(nearest > 0.28 && (x[0] - 1.0).hypot(x[1]) < 0.15, "{intervals}: {nearest} {x:?}");
        }
    }
}

#[test]
fn a_horizon_may_be_short() {
    for intervals in 1..=6 {
        let cost = Tracking { q: [1.0, 0.1], r: [0.1], goal: [0.0; 2], rest: [0.0], terminal: 10.0 };
        let ocp = Ocp::new(DoubleIntegrator, cost, [1.0, 0.0], intervals, 0.1).unwrap();
        let ocp = ocp.bound_controls([Bound::symmetric(2.0)]).unwrap();
        let mut mpc = Mpc::new(ocp, Options::default()).unwrap();
        let mut x = [1.0, 0.0];
        for _ in 0..200 {
            let u = mpc.control(&x);
            assert!(mpc.report().status.is_usable() && u[0].abs() <= 2.0, "{intervals}: {}", mpc.report());
            x = rk4_step(&DoubleIntegrator, &At { t: 0.0, p: &[] }, 0.1, x, u);
        }
        assert!(x[0].abs() < 0.1, "{intervals}: {x:?}");
    }
}

/// A regulator's first plan is rest, or what rounding and μ leave of it: limits of states have a price there too.
#[test]
fn a_plan_at_rest_has_units() {
    let cost = Tracking { q: [1.0, 0.1], r: [0.1], goal: [0.0; 2], rest: [0.0], terminal: 10.0 };
    let ocp = Ocp::new(DoubleIntegrator, cost, [0.0; 2], 20, 0.1).unwrap();
    let ocp = ocp.bound_controls([Bound::within(-3.0, 5.0)]).unwrap();
    let ocp = ocp.bound_states([Bound::FREE, Bound::symmetric(0.5)]).unwrap();
    let mut mpc = Mpc::new(ocp, Options::default()).unwrap();
    let mut x = [0.0; 2];
    for k in 0..100 {
        let u = mpc.control(&x);
        assert!(mpc.report().status.is_usable() && mpc.report().steps <= 5, "{k}: {}", mpc.report());
        x = rk4_step(&DoubleIntegrator, &At { t: 0.0, p: &[] }, 0.1, x, u);
        // A kick in place, after which the way back is as fast as the limit allows.
        x[0] += if k == 10 { 1.0 } else { 0.0 };
        let fastest = (1..=20).map(|k| mpc.state(k)[1].abs()).fold(0.0, f64::max);
        assert!(k < 13 || fastest < 0.51, "{k}: {fastest}");
        assert!(!(13..25).contains(&k) || x[1].abs() > 0.4, "{k}: {x:?}");
    }
    assert!(x[0].abs() < 0.02, "{x:?}");
}

fn race() -> Mpc<4, 1> {
    Mpc::new(limited::race(50).unwrap(), Options::default()).unwrap()
}

/// A few samples of the race: controllers in the same state, and the next measurement.
fn after(samples: usize) -> ([Mpc<4, 1>; 2], [f64; 4]) {
    let (mut twins, mut x) = ([race(), race()], [0.0; 4]);
    for _ in 0..samples {
        let [u, same] = twins.each_mut().map(|mpc| mpc.control(&x));
        assert_eq!(u, same);
        x = plant(x, u);
    }
    (twins, x)
}

/// What is prepared is used once; a control that comes in its place does not shift the plan again.
#[test]
fn calls_come_in_any_order() {
    let ([mut plain, mut other], x) = after(5);
    other.prepare();
    other.prepare();
    assert!((plain.control(&x)[0] - other.control(&x)[0]).abs() < 1e-12);

    // A feedback that nothing was prepared for is a control.
    let ([mut plain, mut other], x) = after(5);
    assert_eq!(plain.control(&x), other.feedback(&x));
    let next = plant(x, plain.planned(0));
    assert_eq!(plain.control(&next), other.feedback_with_bounds(&next));

    // A measurement that is none leaves a sample without correction, and the next as it would have been.
    let ([_, mut other], x) = after(5);
    other.prepare();
    let u = other.feedback(&[f64::NAN, 0.0, 0.0, 0.0]);
    assert!(other.report().status == Status::BadMeasurement && u[0].abs() <= 10.0);
    let next = plant(x, u);
    other.prepare();
    other.feedback(&next);
    assert!(other.report().status == Status::Stepped, "{}", other.report());
    assert!(other.state(1).iter().zip(plant(next, other.planned(0))).all(|(a, b)| (a - b).abs() < 0.05));
}

/// A derivative between the parts of a sample leaves the next control as it is.
#[test]
fn a_derivative_disturbs_no_sample() {
    let ([mut plain, mut other], x) = after(12);
    for mpc in [&mut plain, &mut other] {
        mpc.prepare();
        mpc.feedback(&x);
    }
    assert!(other.differentiate().is_some());
    let next = plant(x, [1.0]);
    assert!((plain.control(&next)[0] - other.control(&next)[0]).abs() < 1e-9);

    let ([mut plain, mut other], x) = after(12);
    plain.prepare();
    other.prepare();
    assert!(other.differentiate().is_some());
    let off = (plain.feedback_with_bounds(&x)[0] - other.feedback_with_bounds(&x)[0]).abs();
    assert!(off < 1e-9, "{off:e}");
}

#[test]
fn a_loop_that_cannot_be_judged_is_refused() {
    use swingup::interior;
    use swingup::transcription::{MIDPOINT, RK4};
    use swingup::{Trajectory, mpc::ClosedLoop};

    let ocp = || limited::race(50).unwrap();
    let rest = Trajectory::constant(50, [0.0; 4], [0.0]);
    let plan = interior::solve(&ocp().transcribe(RK4), &rest, &interior::Options::default()).unwrap();
    let refusal = |found: Result<ClosedLoop<4, 1>, swingup::ocp::ProblemError>| found.expect_err("a refusal");

    let implicit = refusal(race().close_loop(&plan, &ocp().transcribe(MIDPOINT), |_| [0.0; 4]));
    assert!(implicit.to_string().contains("the judge's scheme must be explicit"), "{implicit}");
    let options = Options { delay: 2, ..Options::default() };
    let mut late = Mpc::new(ocp(), options).unwrap();
    let late = refusal(late.close_loop(&plan, &ocp().transcribe(RK4), |_| [0.0; 4]));
    assert_eq!(late.to_string(), "delay = 2: must be 0 in a closed loop");
}

#[test]
fn settings_without_end_are_refused_or_saturate() {
    let options = Options { delay: usize::MAX, ..Options::default() };
    let refusal = Mpc::new(limited::race(5).unwrap(), options).err().expect("a refusal");
    assert_eq!(refusal.field, "delay");
    let options = Options { rescue: usize::MAX, ..Options::default() };
    let mut mpc = Mpc::new(limited::race(20).unwrap(), options).unwrap();
    mpc.control(&[0.0; 4]);
    let kicked = plant([0.0, 0.0, 0.0, 5.0], [0.0]);
    assert!(mpc.control(&kicked)[0].abs() <= 10.0 && mpc.report().status.is_usable());
    assert!(mpc.first_solution().is_some_and(|report| report.status == swingup::interior::Status::Solved));
}
