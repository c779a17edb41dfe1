//! Measurements and models that fail: said, survived and recovered from.

use std::f64::consts::PI;

use swingup::mpc::{Mpc, Options, Status};
use swingup::problems::limited;
use swingup::{At, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar};

use super::{Sample, plant};

fn plan_of(mpc: &Mpc<4, 1>) -> Vec<[f64; 5]> {
    let knot = |k: usize| {
        let ([x, v, theta, omega], [u]) = (mpc.state(k), mpc.planned(k));
        [x, v, theta, omega, u]
    };
    (0..mpc.intervals()).map(knot).collect()
}

fn prepared(mpc: &mut Mpc<4, 1>, x: &[f64; 4]) -> [f64; 1] {
    mpc.prepare();
    mpc.feedback(x)
}

fn prepared_with_bounds(mpc: &mut Mpc<4, 1>, x: &[f64; 4]) -> [f64; 1] {
    mpc.prepare();
    mpc.feedback_with_bounds(x)
}

const SAMPLES: [Sample; 3] = [Mpc::control, prepared, prepared_with_bounds];

/// Three samples without a measurement in a row, now and then: the plan goes on.
#[test]
fn without_a_measurement_the_plan_goes_on() {
    for sample in SAMPLES {
        for options in [Options::default(), Options::converged()] {
            let mut mpc = Mpc::new(limited::race(50).unwrap(), options).unwrap();
            let mut x = [0.0; 4];
            for k in 0..200 {
                let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
                let mut measured = x;
                if k % 20 > 16 {
                    measured[k % 4] = bad[k % 3];
                }
                let u = sample(&mut mpc, &measured);
                assert!(u[0].abs() <= 10.0);
                assert_eq!(mpc.report().status == Status::BadMeasurement, measured != x, "{k}");
                assert_eq!(mpc.report().status.is_usable(), measured == x, "{k}");
                x = plant(x, u);
            }
            assert!((x[2] - PI).abs() < 0.05 && x[0].abs() < 0.1, "{x:?}");
        }
    }
}

#[test]
fn a_bad_measurement_leaves_the_shifted_plan() {
    let mut mpc = Mpc::new(limited::race(50).unwrap(), Options::default()).unwrap();
    mpc.control(&[0.0; 4]);
    let before = plan_of(&mpc);
    let u = mpc.control(&[0.0, f64::NAN, 0.0, 0.0]);
    assert_eq!(plan_of(&mpc)[..49], before[1..]);
    assert_eq!(u[0], before[1][4]);
}

/// The cart-pole of the race on a track that no number knows beyond |v| = 6.
struct Edge;

impl Dynamics<4, 1> for Edge {
    const STATES: [Quantity; 4] = [
        Quantity::new("x", "m"),
        Quantity::new("v", "m/s"),
        Quantity::new("theta", "rad"),
        Quantity::new("omega", "rad/s"),
    ];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s²")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [_, v, theta, omega]: [S; 4], [a]: [S; 1]) -> [S; 4] {
        let (sin, cos) = theta.sin_cos();
        let nothing = (-(v * v) + 36.0).sqrt() * 0.0;
        [v, a + nothing, omega, -((sin * 9.81 + a * cos) * 3.0)]
    }
}

fn edge(options: Options) -> Mpc<4, 1> {
    let race = limited::race(50).unwrap();
    let bounds = *race.bounds(1);
    let ocp = Ocp::new(Edge, race.cost().clone(), [0.0; 4], 50, 0.05).unwrap();
    let ocp = ocp.bound_states(bounds.states).and_then(|ocp| ocp.bound_controls(bounds.controls)).unwrap();
    Mpc::new(ocp, options).unwrap()
}

/// A measurement that is finite and wrong, and where the model is not a number.
#[test]
fn where_the_model_is_not_a_number_the_plan_stays_and_the_next_sample_recovers() {
    for (way, sample) in SAMPLES.into_iter().enumerate() {
        for options in [Options::default(), Options::converged()] {
            let mut mpc = edge(options);
            let mut x = [0.0; 4];
            let mut failures = 0;
            for k in 0..200 {
                let wrong = k % 60 == 30;
                let before = plan_of(&mpc);
                let mut measured = x;
                measured[1] = if wrong { 8.0 } else { x[1] };
                let u = sample(&mut mpc, &measured);
                let status = mpc.report().status;
                if wrong && way == 0 {
                    assert_eq!(status, Status::NotFinite, "{k}: {}", mpc.report());
                    assert_eq!((u[0], &plan_of(&mpc)[1..49]), (before[1][4], &before[2..]), "{k}");
                }
                failures += usize::from(!status.is_usable());
                assert!(u[0].abs() <= 10.0 && u[0].is_finite());
                x = plant(x, u);
            }
            // A feedback is linear in what is measured: the model is asked later, at the step that it leads to, or not at all.
            assert!(failures <= 6 && (way > 0 || failures == 3), "{way}: {failures}");
            assert!((x[2] - PI).abs() < 0.05 && x[0].abs() < 0.1, "{way}: {x:?}");
        }
    }
}

/// A push that counts for nothing while the parameter is zero.
struct Careless;

impl Cost<2, 1, 1> for Careless {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        self.terminal(at, x, sink);
        sink.square(at.p[0], u);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, [x, v]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.square(at.p[0], x);
        sink.square(at.p[0], v);
    }
}

#[test]
fn a_cost_without_curvature_is_said_and_the_next_sample_recovers() {
    use swingup::integrate::rk4_step;
    use swingup::models::DoubleIntegrator;
    for options in [Options::default(), Options::converged()] {
        for feedback in [false, true] {
            let ocp = Ocp::with_parameters(DoubleIntegrator, Careless, [1.0, 0.0], 0.1, vec![[1.0]; 21]).unwrap();
            let mut mpc = Mpc::new(ocp, options.clone()).unwrap();
            let mut x = [1.0, 0.0];
            for k in 0..60 {
                let careless = k % 10 == 7;
                (0..=20).for_each(|k| mpc.set_parameters(k, &[if careless { 0.0 } else { 1.0 }]).unwrap());
                let expected = mpc.planned(usize::from(k > 0));
                let u = if feedback {
                    mpc.prepare();
                    mpc.feedback(&x)
                } else {
                    mpc.control(&x)
                };
                let status = mpc.report().status;
                assert_eq!(status == Status::NotConvex, careless, "{k}: {status}");
                assert!(status.is_usable() != careless && (!careless || feedback || u == expected));
                x = rk4_step(&DoubleIntegrator, &At { t: 0.0, p: &[] }, 0.1, x, u);
            }
            assert!(x[0].hypot(x[1]) < 0.02, "{x:?}");
        }
    }
}
