//! Constraints beyond bounds.

use swingup::constrained::Side;
use swingup::integrate::rk4_step;
use swingup::models::{DoubleIntegrator, PlanarQuadrotor};
use swingup::mpc::{Mpc, Options};
use swingup::problems::limited;
use swingup::{At, Bound, Constraints, MarginSink, Ocp, Scalar, cost::Tracking};

use crate::common::Random;

/// Metres between the quadrotor and the circle, and how far from its goal it ends.
fn flight(options: Options, push: f64) -> (f64, f64) {
    let ocp = limited::planar_quadrotor();
    let (step, goal) = (ocp.step(), ocp.cost().cost.goal);
    let mut x = ocp.start();
    let mut mpc = Mpc::new(ocp, options).unwrap();
    let (mut nearest, mut random) = (f64::INFINITY, Random(1));
    for k in 0..150 {
        let u = mpc.control(&x);
        assert!(mpc.report().status.is_usable(), "{k}: {}", mpc.report());
        assert!(u.iter().all(|u| (0.0..=6.0).contains(u)));
        x = rk4_step(&PlanarQuadrotor::default(), &At { t: 0.0, p: &[] }, step, x, u);
        x.iter_mut().skip(3).for_each(|rate| *rate += push * (random.next() - 0.5));
        nearest = nearest.min((x[0] - 2.0).hypot(x[1] - 0.45) - 0.6);
    }
    (nearest, (x[0] - goal[0]).hypot(x[1] - goal[1]))
}

/// Where nothing pushes, what μ leaves keeps it outside; a push may bring it in by what it moves in a sample.
#[test]
fn the_quadrotor_keeps_out_of_the_circle() {
    for options in [Options::default(), Options::converged()] {
        for (push, inside) in [(0.0, 1e-4), (0.1, 5e-3)] {
            let (nearest, end) = flight(options.clone(), push);
            assert!(nearest > -inside && nearest < 0.05 && end < 0.05, "{push}: {nearest:e} {end:e}");
        }
    }
}

/// The circle is active where the plan passes it, and nowhere else.
#[test]
fn the_circle_is_active_where_the_plan_touches_it() {
    let mut mpc = Mpc::new(limited::planar_quadrotor(), Options::converged()).unwrap();
    mpc.control(&limited::planar_quadrotor().start());
    let n = mpc.intervals();
    let (mut touched, mut limits) = (vec![false; n + 1], 0);
    mpc.active(|knot, side, z| match side {
        Side::Row { place, sign } => {
            assert!(place == 0 && sign == 1.0 && z > 0.0 && !touched[knot], "{knot}: {side:?} {z}");
            touched[knot] = true;
        }
        Side::State { .. } | Side::Control { .. } => limits += 1,
    });
    assert!(limits > 0);
    for (knot, touched) in touched.into_iter().enumerate() {
        let [x, z, ..] = mpc.state(knot);
        let margin = (x - 2.0).powi(2) + (z - 0.45).powi(2) - 0.36;
        assert!(if touched { margin.abs() < 1e-3 } else { margin > 1e-3 }, "{knot}: {margin:e} {touched}");
    }
}

/// A ring that the last state is on: an equation that no bound says.
struct Ring;

impl Constraints<2, 1> for Ring {
    #[inline(always)]
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 2], _: [S; 1], _: &mut impl MarginSink<S>) {}

    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [x, v]: [S; 2], sink: &mut impl MarginSink<S>) {
        sink.equal("ring", x * x + v * v - 0.25);
    }
}

#[test]
fn an_equation_holds_at_the_end_of_every_plan() {
    let cost = Tracking { q: [1.0, 0.1], r: [0.1], goal: [0.0; 2], rest: [0.0], terminal: 1.0 };
    // One step leaves what the equation bends by while the end moves on by a sample.
    for (options, left) in [(Options::default(), 0.1), (Options::converged(), 1e-6)] {
        let ocp = Ocp::new(DoubleIntegrator, cost.clone(), [1.0, 0.0], 20, 0.1).unwrap();
        let ocp = ocp.bound_controls([Bound::symmetric(2.0)]).unwrap().subject_to(Ring);
        let mut mpc = Mpc::new(ocp, options).unwrap();
        let mut x = [1.0, 0.0];
        for k in 0..60 {
            let u = mpc.control(&x);
            assert!(mpc.report().status.is_usable(), "{k}: {}", mpc.report());
            let [end, speed] = mpc.state(20);
            let off = end * end + speed * speed - 0.25;
            assert!(off.abs() < left, "{k}: {off:e}");
            x = rk4_step(&DoubleIntegrator, &At { t: 0.0, p: &[] }, 0.1, x, u);
        }
    }
}
