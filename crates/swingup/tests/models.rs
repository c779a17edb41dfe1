//! Laws of every model, and what each model is known for.

use core::array::from_fn;

use serde_json::Value;
use swingup::inspect::{Dual, Jet};
use swingup::integrate::{rk4_step, rollout};
use swingup::models::{
    CartPole, Chain, DoubleCartPole, DoubleIntegrator, ForceDrivenCartPole, Linear, OscillatingMasses, Pendulum,
    PlanarQuadrotor, Quadrotor,
};
use swingup::{At, Coefficient, Dynamics, Scalar};

const HERE: At<'static, f64, 0> = At { t: 0.0, p: &[] };

/// Deterministic numbers in (-1, 1).
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 11) as f64 + 0.5) / (1u64 << 52) as f64 - 1.0
    }
}

/// A law that holds for all dynamics.
trait Law {
    fn check<D: Dynamics<NX, NU>, const NX: usize, const NU: usize>(&self, model: &D, kind: Kind);
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Curved,
    Linear,
    /// Its motion is a polynomial of low degree in time.
    Exact,
}

fn for_every_model(law: &impl Law) {
    law.check(&CartPole::new(0.5, 9.81), Kind::Curved);
    law.check(&CartPole::scaled(), Kind::Curved);
    law.check(&ForceDrivenCartPole::new(1.0, 0.3, 0.5, 9.81), Kind::Curved);
    law.check(&Pendulum::new(0.3, 0.5, 9.81), Kind::Curved);
    law.check(&DoubleCartPole::default(), Kind::Curved);
    law.check(&PlanarQuadrotor::default(), Kind::Curved);
    law.check(&Quadrotor::default(), Kind::Curved);
    law.check(&OscillatingMasses::default(), Kind::Linear);
    law.check::<_, 8, 3>(&Chain, Kind::Linear);
    law.check(
        &Linear { a: [[0.1, 2.0, 0.3], [-1.5, -0.2, 0.4], [0.0, 0.7, -0.9]], b: [[0.0, 1.0], [2.0, 0.0], [0.0; 2]] },
        Kind::Linear,
    );
    law.check(&DoubleIntegrator, Kind::Exact);
}

/// `f(x + h d) - f - h f'd` falls as h², and less `h²/2 f''dd` as h³, until rounding is reached.
struct Taylor;
impl Law for Taylor {
    fn check<D: Dynamics<NX, NU>, const NX: usize, const NU: usize>(&self, model: &D, kind: Kind) {
        let place = std::any::type_name::<D>();
        let mut unit = random(3);
        for _ in 0..20 {
            let (x, u): ([f64; NX], [f64; NU]) = (from_fn(|_| unit()), from_fn(|_| unit()));
            let (dx, du): ([f64; NX], [f64; NU]) = (from_fn(|_| unit()), from_fn(|_| unit()));
            let value = model.xdot(&HERE, x, u);

            let along = |i: usize, f: &[Dual<f64, NX, NU>; NX]| -> f64 {
                (0..NX).map(|j| f[i].x[j] * dx[j]).sum::<f64>() + (0..NU).map(|j| f[i].u[j] * du[j]).sum::<f64>()
            };
            let duals = model.xdot(
                &lifted(),
                from_fn(|i| Dual::variable(x[i], i)),
                from_fn(|i| {
                    let mut u = Dual::constant(u[i]);
                    u.u[i] = 1.0;
                    u
                }),
            );
            let slope: [f64; NX] = from_fn(|i| along(i, &duals));
            let line = |v: f64, d: f64| Jet { v, g: [d], h: [[0.0]] };
            let jets: [Jet<f64, 1>; NX] =
                model.xdot(&lifted(), from_fn(|i| line(x[i], dx[i])), from_fn(|i| line(u[i], du[i])));

            let size = (0..NX).map(|i| value[i].abs() + slope[i].abs() + jets[i].h[0][0].abs()).fold(1.0, f64::max);
            for i in 0..NX {
                assert!(
                    (jets[i].v - value[i]).abs() <= 1e-14 * size && (jets[i].g[0] - slope[i]).abs() <= 1e-13 * size
                );
            }
            let (mut first, mut second) = (Vec::new(), Vec::new());
            for h in (4..14).map(|k| 0.5_f64.powi(k)) {
                let moved = model.xdot(&HERE, from_fn(|i| x[i] + h * dx[i]), from_fn(|i| u[i] + h * du[i]));
                let rest: [f64; NX] = from_fn(|i| moved[i] - value[i] - h * slope[i]);
                first.push(norm(&rest));
                second.push(norm::<NX>(&from_fn(|i| rest[i] - h * h / 2.0 * jets[i].h[0][0])));
            }
            let noise = 1e-14 * size;
            for (remainders, order) in [(first, 2.0), (second, 3.0)] {
                if kind == Kind::Curved {
                    assert_order(place, &remainders, noise, order, 0.3);
                } else {
                    assert!(norm_of(&remainders) <= noise, "{place}: {remainders:?}");
                }
            }
        }
    }
}

/// The change when the number of steps doubles falls by 2⁴.
struct FourthOrder;
impl Law for FourthOrder {
    fn check<D: Dynamics<NX, NU>, const NX: usize, const NU: usize>(&self, model: &D, kind: Kind) {
        let place = std::any::type_name::<D>();
        let mut unit = random(5);
        let (x, u): ([f64; NX], [f64; NU]) = (from_fn(|_| unit()), from_fn(|_| 0.3 * unit()));
        let end = |n: usize| rollout(model, &HERE, 0.2, n, x, &[u])[1];
        let change = |n: usize| norm::<NX>(&from_fn(|i| end(2 * n)[i] - end(n)[i]));
        let changes: Vec<f64> = [4, 8, 16, 32, 64].map(change).into();
        if kind == Kind::Exact {
            assert!(norm_of(&changes) < 1e-14, "{place}: {changes:?}");
        } else {
            assert_order(place, &changes, 1e-14, 4.0, 0.4);
        }
    }
}

/// A rollout is its steps, and its substeps are shorter steps.
struct RolloutIsSteps;
impl Law for RolloutIsSteps {
    fn check<D: Dynamics<NX, NU>, const NX: usize, const NU: usize>(&self, model: &D, _: Kind) {
        let mut unit = random(7);
        let x: [f64; NX] = from_fn(|_| unit());
        let controls: [[f64; NU]; 3] = from_fn(|_| from_fn(|_| 0.1 * unit()));
        let states = rollout(model, &HERE, 0.02, 2, x, &controls);
        assert_eq!((states.len(), states[0]), (4, x));
        for k in 0..3 {
            let half = rk4_step(model, &HERE, 0.01, states[k], controls[k]);
            assert_eq!(rk4_step(model, &HERE, 0.01, half, controls[k]), states[k + 1]);
        }
        assert_eq!(rollout(model, &HERE, 0.02, 0, x, &controls), rollout(model, &HERE, 0.02, 1, x, &controls));
    }
}

#[test]
fn derivatives_are_those_of_taylors_expansion() {
    for_every_model(&Taylor);
}

#[test]
fn runge_kutta_is_of_fourth_order() {
    for_every_model(&FourthOrder);
}

#[test]
fn a_rollout_is_its_steps() {
    for_every_model(&RolloutIsSteps);
}

/// With x, v and the control reversed it is x' = v, v' = f, θ' = ω, ω' = -sin θ + f cos θ.
#[test]
fn scaled_cart_pole_in_a_mirror() {
    let mut unit = random(11);
    for _ in 0..100 {
        let [x, v, theta, omega, f] = from_fn(|_| 3.0 * unit());
        let [dx, dv, dtheta, domega] = CartPole::scaled().xdot(&HERE, [-x, -v, theta, omega], [-f]);
        assert_eq!([-dx, -dv, dtheta], [v, f, omega]);
        let mirrored = -f64::sin(theta) + f * f64::cos(theta);
        assert!((domega - mirrored).abs() <= 1e-15 * (1.0 + f.abs()), "{domega} and {mirrored}");
    }
}

#[test]
fn a_standing_pole_rests() {
    let pi = core::f64::consts::PI;
    let rests = |rate: &[f64]| assert!(norm_of(rate) < 1e-13, "{rate:?}");
    rests(&CartPole::new(0.5, 9.81).xdot(&HERE, [0.2, 0.0, pi, 0.0], [0.0]));
    rests(&CartPole::new(0.5, 9.81).xdot(&HERE, [0.2, 0.0, -3.0 * pi, 0.0], [0.0]));
    rests(&ForceDrivenCartPole::new(1.0, 0.3, 0.5, 9.81).xdot(&HERE, [0.2, 0.0, pi, 0.0], [0.0]));
    rests(&Pendulum::new(0.3, 0.5, 9.81).xdot(&HERE, [pi, 0.0], [0.0]));
    for (a, b) in [(0.0, 0.0), (0.0, pi), (pi, 0.0), (pi, pi)] {
        rests(&DoubleCartPole::default().xdot(&HERE, [0.2, 0.0, a, b, 0.0, 0.0], [0.0]));
    }
}

/// Near the top, d'' = (3/(2L)) (g d + a).
#[test]
fn a_standing_pole_falls_away() {
    let standing = [0.0, 0.0, core::f64::consts::PI, 0.0];
    let x = from_fn(|i| Dual::<f64, 4, 1>::variable(standing[i], i));
    let a = Dual { u: [1.0], ..Dual::constant(0.0) };
    let omega_rate = CartPole::new(0.5, 9.81).xdot(&lifted(), x, [a])[3];
    assert!((omega_rate.x[2] - 3.0 * 9.81).abs() < 1e-13 && (omega_rate.u[0] - 3.0).abs() < 1e-14);
    assert_eq!([omega_rate.x[0], omega_rate.x[1], omega_rate.x[3]], [0.0; 3]);
}

/// A push on a cart much heavier than its pole is an acceleration; on a cart that rests the pole is a pendulum.
#[test]
fn poles_agree_where_their_carts_do() {
    let mut unit = random(13);
    let (heavy, commanded) = (ForceDrivenCartPole::new(1e12, 0.3, 0.5, 9.81), CartPole::new(0.5, 9.81));
    for _ in 0..100 {
        let x: [f64; 4] = from_fn(|_| 3.0 * unit());
        let a = 5.0 * unit();
        let difference = distance(heavy.xdot(&HERE, x, [1e12 * a]), commanded.xdot(&HERE, x, [a]));
        assert!(difference < 1e-9, "{difference:e}");

        let [_, _, theta, omega] = x;
        let pendulum = Pendulum::new(0.3, 0.5, 9.81).xdot(&HERE, [theta, omega], [0.0]);
        let free = commanded.xdot(&HERE, x, [0.0]);
        assert!(distance(pendulum, [free[2], free[3]]) < 1e-13);
    }
}

/// E' is the power of the control: force times speed, torque times rate, none of a free pole.
#[test]
fn energy_changes_by_the_power_of_the_control() {
    let mut unit = random(17);
    for _ in 0..100 {
        let x: [f64; 6] = from_fn(|_| 3.0 * unit());
        let u = 5.0 * unit();
        let four = [x[0], x[1], x[2], x[3]];

        let model = CartPole::new(0.5, 9.81);
        let change = rate(|x| model.energy(&lifted(), x), four, model.xdot(&HERE, four, [0.0]));
        assert!(change.abs() < 1e-12, "{change:e}");

        let model = ForceDrivenCartPole::new(1.0, 0.3, 0.5, 9.81);
        let change = rate(|x| model.energy(&lifted(), x), four, model.xdot(&HERE, four, [u]));
        assert!((change - u * four[1]).abs() < 1e-12, "{change} and {}", u * four[1]);

        let model = Pendulum::new(0.3, 0.5, 9.81);
        let two = [four[2], four[3]];
        let change = rate(|x| model.energy(&lifted(), x), two, model.xdot(&HERE, two, [u]));
        assert!((change - u * two[1]).abs() < 1e-12, "{change} and {}", u * two[1]);

        let model = DoubleCartPole::default();
        let change = rate(|x| model.energy(&lifted(), x), x, model.xdot(&HERE, x, [0.0]));
        assert!(change.abs() < 1e-12, "{change:e}");
    }
}

/// A positive angular velocity moves a hanging tip to +x.
#[test]
fn angles_are_counter_clockwise() {
    let x = |t: f64| rollout(&CartPole::new(0.5, 9.81), &HERE, t, 10, [0.0, 0.0, 0.0, 1.0], &[[0.0]])[1];
    let tip = |[x, _, theta, _]: [f64; 4]| [x + 0.5 * theta.sin(), -0.5 * theta.cos()];
    assert!(tip(x(0.1))[0] > 0.0 && tip(x(0.1))[1] > -0.5);
    // A cart that goes right leaves the pole behind, on its left.
    let theta = rollout(&CartPole::new(0.5, 9.81), &HERE, 0.1, 10, [0.0; 4], &[[1.0]])[1][2];
    assert!(theta < 0.0);
}

#[test]
fn a_constant_may_be_a_parameter() {
    let p = [0.5, 9.81];
    let model = CartPole::new(Coefficient::Parameter(0), Coefficient::Parameter(1));
    let (x, u) = ([0.1, 0.2, 0.3, 0.4], [0.5]);
    let with_numbers = CartPole::new(0.5, 9.81).xdot(&HERE, x, u);
    assert_eq!(model.xdot(&At { t: 0.0, p: &p }, x, u), with_numbers);

    // ω' is (const)/L.
    let duals: [_; 2] = from_fn(|i| Dual::<f64, 2>::variable(p[i], i));
    let rates = model.xdot(&At { t: Dual::constant(0.0), p: &duals }, x.map(Dual::constant), u.map(Dual::constant));
    assert!((rates[3].x[0] + with_numbers[3] / 0.5).abs() < 1e-13);
    assert!((rates[3].x[1] + 3.0 * f64::sin(0.3)).abs() < 1e-13);

    assert!(model.xdot(&At { t: 0.0, p: &[0.5] }, x, u)[3].is_nan());
}

#[test]
fn quadrotors_hover() {
    let mut unit = random(19);
    let mut x = [0.0; 12];
    (x[0], x[1], x[2], x[5]) = (unit(), unit(), unit(), 3.0 * unit());
    assert!(norm_of(&Quadrotor::default().xdot(&HERE, x, [2.4525; 4])) < 1e-14);
    assert!(
        norm_of(&PlanarQuadrotor::default().xdot(&HERE, [unit(), unit(), 0.0, 0.0, 0.0, 0.0], [2.4525; 2])) < 1e-14
    );
}

/// More thrust in front raises the nose: that is a negative pitch, and the lift then points backwards.
#[test]
fn signs_of_a_quadrotors_moments() {
    let rates = |u| Quadrotor::default().xdot(&HERE, [0.0; 12], u);
    let close = |a: [f64; 3], b| assert!(distance(a, b) < 1e-12, "{a:?} and {b:?}");
    let [.., p, q, r] = rates([2.0, 1.0, 1.0, 1.0]);
    close([p, q, r], [0.0, -0.2 / 0.01, 0.02 / 0.018]);
    let [.., p, q, r] = rates([1.0, 2.0, 1.0, 1.0]);
    close([p, q, r], [0.2 / 0.01, 0.0, -0.02 / 0.018]);
    let pitched = Quadrotor::default().xdot(&HERE, from_fn(|i| if i == 4 { -0.1 } else { 0.0 }), [2.4525; 4]);
    assert!(pitched[6] < 0.0 && pitched[7] == 0.0);
}

/// The lift is along the third column of R = Rz(yaw) Ry(pitch) Rx(roll), and R' = R [p q r]×.
#[test]
fn quadrotor_turns_as_its_rotation_matrix() {
    let mut unit = random(23);
    for _ in 0..100 {
        let x: [f64; 12] = from_fn(|_| unit());
        let rates = Quadrotor::default().xdot(&HERE, x, [1.0, 2.0, 3.0, 4.0]);
        let r = rotation([x[3], x[4], x[5]]);
        for i in 0..3 {
            let gravity = if i == 2 { 9.81 } else { 0.0 };
            assert!((rates[6 + i] - (10.0 * r[i][2] - gravity)).abs() < 1e-13);
        }
        let moving = rotation(from_fn(|i| Dual::<f64, 1> { v: x[3 + i], x: [rates[3 + i]], u: [] }));
        let turned = product(r, cross([x[9], x[10], x[11]]));
        for (i, j) in (0..9).map(|ij| (ij / 3, ij % 3)) {
            assert!((moving[i][j].x[0] - turned[i][j]).abs() < 1e-13, "{} and {}", moving[i][j].x[0], turned[i][j]);
        }
    }
}

/// A ball that turns at constant rates w for a time t has turned by Rodrigues' R exp([w t]×).
#[test]
fn a_ball_turns_about_a_fixed_axis() {
    let ball = Quadrotor { inertia: [0.01.into(); 3], ..Quadrotor::default() };
    let mut x = [0.0; 12];
    (x[3], x[4], x[5]) = (0.3, -0.2, 1.0);
    (x[9], x[10], x[11]) = (0.7, -0.4, 0.9);
    let end = rollout(&ball, &HERE, 1.0, 1000, x, &[[0.0; 4]])[1];
    assert_eq!(end[9..], x[9..]);
    let expected = product(rotation([x[3], x[4], x[5]]), rodrigues([x[9], x[10], x[11]]));
    let turned = rotation([end[3], end[4], end[5]]);
    for (i, j) in (0..9).map(|ij| (ij / 3, ij % 3)) {
        assert!((turned[i][j] - expected[i][j]).abs() < 1e-11);
    }
}

/// Without moments the angular momentum R J w stays where it is, in the world, and so does w'Jw/2.
#[test]
fn a_free_body_keeps_its_angular_momentum() {
    let body = Quadrotor { inertia: [0.01.into(), 0.015.into(), 0.018.into()], ..Quadrotor::default() };
    let mut x = [0.0; 12];
    (x[9], x[10], x[11]) = (2.0, 0.4, -0.9);
    let momentum = |x: &[f64; 12]| {
        let spin = [0.01 * x[9], 0.015 * x[10], 0.018 * x[11]];
        let r = rotation([x[3], x[4], x[5]]);
        let world: [f64; 3] = from_fn(|i| (0..3).map(|j| r[i][j] * spin[j]).sum());
        [world[0], world[1], world[2], (0..3).map(|i| spin[i] * x[9 + i]).sum::<f64>() / 2.0]
    };
    let states = rollout(&body, &HERE, 0.01, 10, x, &[[1.0; 4]; 70]);
    assert!(states.iter().any(|x| distance([x[9], x[10], x[11]], [2.0, 0.4, -0.9]) > 0.3), "it tumbles");
    for state in &states {
        assert!(distance(momentum(state), momentum(&x)) < 1e-11, "{:?}", momentum(state));
    }
}

/// In its own shapes a row of masses oscillates with 2 √k sin(j π/14); an actuator pushes as much as it pulls.
#[test]
fn oscillating_masses_have_the_modes_of_a_row() {
    for j in 1..=6 {
        let shape = |i: usize| (core::f64::consts::PI * (i * j) as f64 / 7.0).sin();
        let x = from_fn(|i| if i < 6 { shape(i + 1) } else { 0.0 });
        let rates = OscillatingMasses { spring: 2.5.into() }.xdot(&HERE, x, [0.0; 3]);
        let square = 4.0 * 2.5 * (core::f64::consts::PI * j as f64 / 14.0).sin().powi(2);
        for i in 0..6 {
            assert!((rates[6 + i] + square * x[i]).abs() < 1e-14);
        }
    }
    let rates = OscillatingMasses::default().xdot(&HERE, [0.0; 12], [1.0, 2.0, 3.0]);
    assert_eq!(rates[6..], [1.0, -1.0, 2.0, 3.0, -2.0, -3.0]);
}

#[test]
fn a_chain_pushed_in_pairs_is_the_row_of_oscillating_masses() {
    let x = from_fn(|i| (1.3 * i as f64).sin());
    let pairs = Chain.xdot(&HERE, x, [1.0, -1.0, 2.0, 3.0, -2.0, -3.0]);
    for (one, other) in pairs.into_iter().zip(OscillatingMasses::default().xdot(&HERE, x, [1.0, 2.0, 3.0])) {
        assert!((one - other).abs() < 1e-14);
    }
    assert_eq!(Chain.xdot(&HERE, [0.0; 6], [5.0, 7.0])[3..], [5.0, 7.0, 0.0]);
}

#[test]
fn states_of_a_linear_system_are_numbered() {
    type System = Linear<3, 2>;
    assert_eq!(<System as Dynamics<3, 2>>::STATES.map(|x| x.name), ["x0", "x1", "x2"]);
    assert_eq!(<System as Dynamics<3, 2>>::CONTROLS.map(|u| u.name), ["u0", "u1"]);
    assert_eq!(<Linear<40, 1> as Dynamics<40, 1>>::STATES[39].name, "x");
}

/// Another tool's optima were made with the same equations: the steps between their knots are ours.
#[test]
fn steps_are_those_of_the_reference() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/robots_unbounded.json");
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    follows(&DoubleCartPole::default(), &file["robots"]["double_cart_pole"]);
    follows(&PlanarQuadrotor::default(), &file["robots"]["planar_quad"]);
    follows(&Quadrotor::default(), &file["robots"]["quadrotor"]);
}

fn follows<const NX: usize, const NU: usize>(model: &impl Dynamics<NX, NU>, robot: &Value) {
    let number = |value: &Value| value.as_f64().unwrap();
    let row = |value: &Value| -> Vec<f64> { value.as_array().unwrap().iter().map(number).collect() };
    let rows = |name: &str| -> Vec<Vec<f64>> { robot[name].as_array().unwrap().iter().map(row).collect() };
    let (states, controls) = (rows("x"), rows("u"));
    let (q, r, goal) = (row(&robot["Q"]), row(&robot["R"]), row(&robot["goal"]));
    let mut cost = 0.0;
    for (k, x) in states.iter().enumerate() {
        let weight = if k == controls.len() { number(&robot["W"]) } else { 1.0 };
        cost += (0..NX).map(|i| weight * q[i] * (x[i] - goal[i]).powi(2) / 2.0).sum::<f64>();
    }
    for (k, u) in controls.iter().enumerate() {
        cost += (0..NU).map(|i| r[i] * (u[i] - number(&robot["uref"])).powi(2) / 2.0).sum::<f64>();
        let next = rk4_step(model, &HERE, number(&robot["dt"]), from_fn(|i| states[k][i]), from_fn(|i| u[i]));
        let gap = distance(next, from_fn(|i| states[k + 1][i]));
        assert!(gap < 1e-12, "knot {k}: {gap:e}");
    }
    assert!((cost / number(&robot["cost"]) - 1.0).abs() < 1e-13);
}

fn lifted<S: Scalar>() -> At<'static, S, 0> {
    At { t: S::from(0.0), p: &[] }
}

/// The rate of change of a function of the state.
fn rate<const N: usize>(f: impl Fn([Dual<f64, 1>; N]) -> Dual<f64, 1>, x: [f64; N], xdot: [f64; N]) -> f64 {
    f(from_fn(|i| Dual { v: x[i], x: [xdot[i]], u: [] })).x[0]
}

fn rotation<S: Scalar>([roll, pitch, yaw]: [S; 3]) -> [[S; 3]; 3] {
    let (zero, one) = (S::from(0.0), S::from(1.0));
    let ((sr, cr), (sp, cp), (sy, cy)) = (roll.sin_cos(), pitch.sin_cos(), yaw.sin_cos());
    let about_x = [[one, zero, zero], [zero, cr, -sr], [zero, sr, cr]];
    let about_y = [[cp, zero, sp], [zero, one, zero], [-sp, zero, cp]];
    let about_z = [[cy, -sy, zero], [sy, cy, zero], [zero, zero, one]];
    product(product(about_z, about_y), about_x)
}

/// `exp([w]×)`.
fn rodrigues(w: [f64; 3]) -> [[f64; 3]; 3] {
    let angle = w.iter().map(|w| w * w).sum::<f64>().sqrt();
    let (k, k2) = (cross(w), product(cross(w), cross(w)));
    let (a, b) = (angle.sin() / angle, (1.0 - angle.cos()) / (angle * angle));
    from_fn(|i| from_fn(|j| f64::from(i == j) + a * k[i][j] + b * k2[i][j]))
}

fn cross([x, y, z]: [f64; 3]) -> [[f64; 3]; 3] {
    [[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]]
}

fn product<S: Scalar>(a: [[S; 3]; 3], b: [[S; 3]; 3]) -> [[S; 3]; 3] {
    from_fn(|i| from_fn(|j| a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j]))
}

fn norm<const N: usize>(x: &[f64; N]) -> f64 {
    norm_of(x)
}

fn norm_of(x: &[f64]) -> f64 {
    assert!(x.iter().all(|x| x.is_finite()));
    x.iter().fold(0.0, |most, x| x.abs().max(most))
}

fn distance<const N: usize>(a: [f64; N], b: [f64; N]) -> f64 {
    norm::<N>(&from_fn(|i| a[i] - b[i]))
}

/// The last halvings whose remainders stand well above the noise show the order.
#[track_caller]
fn assert_order(place: &str, remainders: &[f64], noise: f64, order: f64, tolerance: f64) {
    let clear = remainders.iter().take_while(|remainder| **remainder > 30.0 * noise).count();
    assert!(clear >= 2, "{place}: only {clear} above rounding: {remainders:?}");
    let measured = (remainders[clear - 2] / remainders[clear - 1]).log2();
    assert!((measured - order).abs() < tolerance, "{place}: order {measured}, not {order}: {remainders:?}");
}
