//! The order of a scheme: a motion that makes all defects zero is wrong by `h^p`, and so it is between its knots.

use swingup::cost::Tracking;
use swingup::inspect::Dual;
use swingup::integrate::implicit_step;
use swingup::models::ForceDrivenCartPole;
use swingup::transcription::{Between, HERMITE_SIMPSON, MIDPOINT, RK4, Scheme, TRAPEZOID, VariationalMidpoint};
use swingup::{At, Dynamics, Ocp, Quantity, Scalar, Trajectory};

/// A pendulum that is shaken: its rate depends on time, on the control and on a parameter.
#[derive(Clone, Copy)]
struct Shaken;
impl Dynamics<2, 1, 1> for Shaken {
    const STATES: [Quantity; 2] = [Quantity::new("theta", "rad"), Quantity::new("omega", "rad/s")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("torque", "rad/s²")];
    fn xdot<S: Scalar>(&self, at: &At<'_, S, 1>, [theta, omega]: [S; 2], [u]: [S; 1]) -> [S; 2] {
        [omega + (at.t * 2.0).sin() * 0.2, -theta.sin() * at.p[0] - omega * omega * 0.1 + u * (at.t * 3.0).cos()]
    }
}

const START: [f64; 2] = [0.9, -0.4];
const TIME: f64 = 1.6;

type Problem<D, const NX: usize> = Ocp<D, Tracking<NX, 1>, NX, 1, 1>;

/// The motion over `n` intervals whose defects are zero; parameter and control are the same all along.
fn move_on<D, T, const NX: usize>(
    model: D,
    start: [f64; NX],
    scheme: &T,
    n: usize,
) -> (Problem<D, NX>, Trajectory<NX, 1>)
where
    D: Dynamics<NX, 1, 1>,
    T: Scheme<D, NX, 1, 1>,
{
    let cost = Tracking { q: [1.0; NX], r: [1.0], goal: [0.0; NX], rest: [0.0], terminal: 1.0 };
    let ocp = Ocp::with_parameters(model, cost, start, TIME / n as f64, vec![[1.3]; n + 1]).expect("in range");
    let mut plan = Trajectory::constant(n, start, [0.7]);
    for k in 0..n {
        let (at, x, u) = (ocp.at(k), plan.states[k], plan.controls[k]);
        let p = at.p.map(Dual::constant);
        let at = At { t: Dual::constant(at.t), p: &p };
        let (x, u) = (x.map(Dual::constant), u.map(Dual::constant));
        let defect = |next| scheme.defect(ocp.dynamics(), &at, ocp.step(), x, u, next);
        plan.states[k + 1] = implicit_step(defect, plan.states[k]).expect("a short step");
    }
    (ocp, plan)
}

fn distance<const NX: usize>(a: [f64; NX], b: [f64; NX]) -> f64 {
    (0..NX).fold(0.0, |most, i| f64::max(most, (a[i] - b[i]).abs()))
}

#[track_caller]
fn assert_order(name: &str, errors: &[f64], order: f64) {
    for pair in errors.windows(2).skip(1) {
        let measured = (pair[0] / pair[1]).log2();
        assert!((measured - order).abs() < 0.15, "{name}: order {measured}, not {order}: {errors:?}");
    }
}

fn order_laws<D, T, const NX: usize>(model: D, start: [f64; NX], scheme: T, order: usize)
where
    D: Dynamics<NX, 1, 1> + Copy,
    T: Scheme<D, NX, 1, 1>,
{
    let name = scheme.name();
    assert_eq!(scheme.order(), order, "{name}");
    let (_, exact) = move_on(model, start, &RK4, 4096);
    let (mut at_knots, mut between) = (Vec::new(), Vec::new());
    for n in [8, 16, 32, 64, 128] {
        let (ocp, plan) = move_on(model, start, &scheme, n);
        at_knots.push((0..=n).map(|k| distance(plan.states[k], exact.states[4096 / n * k])).fold(0.0, f64::max));
        // A third and two thirds are on no grid: the error is that in the rate.
        let motion = ocp.between(&plan, 2);
        assert_eq!(motion.len(), 2 * n);
        let worst = |most: f64, b: &Between<NX>| most.max(distance(b.error, [0.0; NX]));
        between.push(motion.iter().fold(0.0, worst));
    }
    assert_order(name, &at_knots, order as f64);
    // A cubic's slope is right to h³ at best.
    assert_order(&format!("{name} between knots"), &between, order.min(3) as f64);
}

#[test]
fn every_scheme_has_its_order() {
    order_laws(Shaken, START, MIDPOINT, 2);
    order_laws(Shaken, START, TRAPEZOID, 2);
    order_laws(Shaken, START, HERMITE_SIMPSON, 4);
    order_laws(Shaken, START, RK4, 4);
    // That of Lagrange's equations; this pole's mass changes with its angle.
    let pushed = ForceDrivenCartPole::new(1.0, 0.4, 1.5, 2.0);
    order_laws(pushed, [0.0, 0.3, 0.9, -0.4], VariationalMidpoint::<2>, 2);
}

/// Hermite-Simpson's middle is on the cubic, and the dynamics hold there: that is its equation.
#[test]
fn hermite_simpson_is_exact_in_the_middle() {
    let (ocp, plan) = move_on(Shaken, START, &HERMITE_SIMPSON, 8);
    for b in ocp.between(&plan, 1) {
        assert!(distance(b.error, [0.0; 2]) < 1e-13, "{b:?}");
    }
}

/// The cubic passes through the knots with the model's rates: near a knot, state and error say so.
#[test]
fn the_motion_between_knots_joins_them() {
    let (ocp, plan) = move_on(Shaken, START, &MIDPOINT, 16);
    let points = 9999;
    let motion = ocp.between(&plan, points);
    for (k, ends) in plan.states.windows(2).enumerate() {
        let (first, last) = (motion[k * points], motion[(k + 1) * points - 1]);
        assert!(distance(first.x, ends[0]) < 1e-4 && distance(last.x, ends[1]) < 1e-4);
        assert!(distance(first.error, [0.0; 2]) < 1e-4 && distance(last.error, [0.0; 2]) < 1e-4);
        assert!((first.t - (k as f64 + 1e-4) * ocp.step()).abs() < 1e-12);
    }
}
