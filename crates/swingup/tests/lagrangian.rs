//! Euler and Lagrange against the hand-written equations, and the laws of the variational midpoint step.

use core::array::from_fn;

use swingup::cost::Tracking;
use swingup::expansion::Nlp;
use swingup::inspect::{Dual, Jet};
use swingup::integrate::{NotConverged, implicit_step, rk4_step, rollout};
use swingup::lagrangian::{EulerLagrange, Lagrangian, variational_midpoint_defect};
use swingup::models::{CartPole, DoubleCartPole, ForceDrivenCartPole, Pendulum, PlanarQuadrotor};
use swingup::transcription::VariationalMidpoint;
use swingup::{At, Coefficient, Dynamics, Ocp, Scalar, Trajectory};

const HERE: At<'static, f64, 0> = At { t: 0.0, p: &[] };

/// Deterministic numbers in (-1, 1).
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 11) as f64 + 0.5) / (1u64 << 52) as f64 - 1.0
    }
}

/// A law of all models that are written both ways; `constant` says that their mass matrix is.
trait Law {
    fn check<M, const NQ: usize, const NX: usize, const NU: usize>(&self, model: &M, constant: bool)
    where
        M: Dynamics<NX, NU> + Lagrangian<NQ, NU> + Copy;
}

fn for_every_model(law: &impl Law) {
    law.check::<_, 2, 4, 1>(&CartPole::new(0.5, 9.81), true);
    law.check::<_, 2, 4, 1>(&CartPole::scaled(), true);
    law.check::<_, 2, 4, 1>(&ForceDrivenCartPole::new(1.0, 0.3, 0.5, 9.81), false);
    law.check::<_, 1, 2, 1>(&Pendulum::new(0.3, 0.5, 9.81), true);
    law.check::<_, 3, 6, 1>(&DoubleCartPole::default(), false);
    law.check::<_, 3, 6, 2>(&PlanarQuadrotor::default(), true);
}

/// The hand-written accelerations, and their first and second derivatives, are those of the Lagrangian.
struct HandWritten;
impl Law for HandWritten {
    fn check<M, const NQ: usize, const NX: usize, const NU: usize>(&self, model: &M, _: bool)
    where
        M: Dynamics<NX, NU> + Lagrangian<NQ, NU> + Copy,
    {
        let derived = EulerLagrange::<M, NQ>(*model);
        let mut unit = random(29);
        for _ in 0..200 {
            let (x, u): ([f64; NX], [f64; NU]) = (from_fn(|_| 3.0 * unit()), from_fn(|_| 3.0 * unit()));
            let (dx, du): ([f64; NX], [f64; NU]) = (from_fn(|_| unit()), from_fn(|_| unit()));
            let line = |v: f64, d: f64| Jet { v, g: [d], h: [[0.0]] };
            let (x, u): ([_; NX], [_; NU]) = (from_fn(|i| line(x[i], dx[i])), from_fn(|i| line(u[i], du[i])));
            let (by_hand, by_law) = (model.xdot(&lifted(), x, u), derived.xdot(&lifted(), x, u));
            for derivative in 0..3 {
                let read = |f: Jet<f64, 1>| [f.v, f.g[0], f.h[0][0]][derivative];
                let (by_hand, by_law) = (by_hand.map(read), by_law.map(read));
                let gap = distance(by_hand, by_law) / (1.0 + norm(&by_hand));
                assert!(gap < 1e-13, "{}, derivative {derivative}: {gap:e}", std::any::type_name::<M>());
            }
        }
    }
}

/// The defect is that of the implicit midpoint, term by term and anywhere, iff the mass matrix is constant.
struct ImplicitMidpoint;
impl Law for ImplicitMidpoint {
    fn check<M, const NQ: usize, const NX: usize, const NU: usize>(&self, model: &M, constant: bool)
    where
        M: Dynamics<NX, NU> + Lagrangian<NQ, NU> + Copy,
    {
        let (mut unit, mut most) = (random(31), 0.0_f64);
        for _ in 0..100 {
            let (x, next): ([f64; NX], [f64; NX]) = (from_fn(|_| unit()), from_fn(|_| unit()));
            let u: [f64; NU] = from_fn(|_| unit());
            let h = 0.1 * (1.5 + unit());
            let variational = variational_midpoint_defect(model, &HERE, h, x, u, next);
            let f = model.xdot(&HERE, from_fn(|i| (x[i] + next[i]) / 2.0), u);
            let midpoint: [f64; NX] = from_fn(|i| next[i] - x[i] - h * f[i]);
            most = most.max(distance(variational, midpoint) / (1.0 + norm(&f)));
        }
        assert_eq!(most < 1e-13, constant, "{}: {most:e}", std::any::type_name::<M>());
        assert!(constant || most > 1e-2, "{}: {most:e}", std::any::type_name::<M>());
    }
}

/// ∂δ/∂next = I + O(h) and ∂δ/∂x = -I + O(h).
struct LeadingOrder;
impl Law for LeadingOrder {
    fn check<M, const NQ: usize, const NX: usize, const NU: usize>(&self, model: &M, _: bool)
    where
        M: Dynamics<NX, NU> + Lagrangian<NQ, NU> + Copy,
    {
        let mut unit = random(37);
        let (x, u): ([f64; NX], [f64; NU]) = (from_fn(|_| 2.0 * unit()), from_fn(|_| unit()));
        let off = |h: f64| {
            let f = model.xdot(&HERE, x, u);
            let next = from_fn(|i| x[i] + h * f[i]);
            let (in_x, in_next) = jacobians::<M, NQ, NX, NU>(model, h, x, u, next);
            let off: [f64; NX] = from_fn(|i| {
                let identity = |j| f64::from(i == j);
                (0..NX)
                    .map(|j| (in_next[i][j] - identity(j)).abs().max((in_x[i][j] + identity(j)).abs()))
                    .fold(0.0, f64::max)
            });
            norm(&off)
        };
        let order = (off(1e-3) / off(1e-4)).log10();
        assert!((order - 1.0).abs() < 0.1, "{}: {order}", std::any::type_name::<M>());
    }
}

/// Twice the steps, a quarter of the error.
struct SecondOrder;
impl Law for SecondOrder {
    fn check<M, const NQ: usize, const NX: usize, const NU: usize>(&self, model: &M, _: bool)
    where
        M: Dynamics<NX, NU> + Lagrangian<NQ, NU> + Copy,
    {
        let mut unit = random(41);
        let (x, u): ([f64; NX], [f64; NU]) = (from_fn(|_| unit()), from_fn(|_| unit()));
        let end = rollout(model, &HERE, 0.5, 2000, x, &[u])[1];
        let error = |n: usize| {
            let h = 0.5 / n as f64;
            let there = (0..n).fold(x, |x, _| variational_step::<M, NQ, NX, NU>(model, h, x, u).unwrap());
            distance(there, end)
        };
        let order = (error(40) / error(80)).log2();
        assert!((order - 2.0).abs() < 0.1, "{}: {order}", std::any::type_name::<M>());
    }
}

/// The step over -h undoes the step; and so does the step of the motion played backwards, as no force depends on v.
struct Reversible;
impl Law for Reversible {
    fn check<M, const NQ: usize, const NX: usize, const NU: usize>(&self, model: &M, _: bool)
    where
        M: Dynamics<NX, NU> + Lagrangian<NQ, NU> + Copy,
    {
        let mut unit = random(43);
        for _ in 0..20 {
            let (x, u): ([f64; NX], [f64; NU]) = (from_fn(|_| unit()), from_fn(|_| unit()));
            let next = variational_step::<M, NQ, NX, NU>(model, 0.02, x, u).unwrap();
            let back = variational_step::<M, NQ, NX, NU>(model, -0.02, next, u).unwrap();
            assert!(distance(back, x) < 1e-13, "{}: {:e}", std::any::type_name::<M>(), distance(back, x));

            let backwards = |mut x: [f64; NX]| {
                M::VELOCITIES.iter().for_each(|&i| x[i] = -x[i]);
                x
            };
            let back = variational_step::<M, NQ, NX, NU>(model, 0.02, backwards(next), u).unwrap();
            assert!(distance(backwards(back), x) < 1e-13, "{}", std::any::type_name::<M>());
        }
    }
}

#[test]
fn accelerations_are_the_hand_written_ones() {
    for_every_model(&HandWritten);
}

#[test]
fn a_constant_mass_makes_it_the_implicit_midpoint() {
    for_every_model(&ImplicitMidpoint);
}

#[test]
fn the_defect_is_the_next_state_less_its_prediction_to_leading_order() {
    for_every_model(&LeadingOrder);
}

#[test]
fn the_variational_midpoint_is_of_second_order() {
    for_every_model(&SecondOrder);
}

#[test]
fn the_variational_midpoint_can_be_played_backwards() {
    for_every_model(&Reversible);
}

/// Its derivative T, in (q, p), keeps the area: T' J T = J. No push, and the cart's momentum stays.
#[test]
fn the_variational_midpoint_is_symplectic() {
    let model = ForceDrivenCartPole::new(1.0, 0.3, 0.5, 9.81);
    // (x, v, θ, ω) to (x, p_x, θ, p_θ).
    let momenta = |[x, v, theta, omega]: [Dual<f64, 4>; 4]| {
        let swing = theta.cos() * (0.3 * 0.25);
        [x, v * 1.3 + swing * omega, theta, swing * v + omega * (0.3 * 0.25 / 3.0)]
    };
    let tangent = |x: [f64; 4]| momenta(from_fn(|i| Dual::variable(x[i], i))).map(|p| p.x);
    let form = |a: &[f64; 4], b: &[f64; 4]| a[0] * b[1] - a[1] * b[0] + a[2] * b[3] - a[3] * b[2];

    let x = [0.1, 0.8, 2.0, -3.0];
    let next = variational_step(&model, 0.05, x, [0.0]).unwrap();
    let (in_x, in_next) = jacobians(&model, 0.05, x, [0.0], next);
    // in_x z + in_next z₊ = 0 for a pair of directions.
    let forward = |z: [f64; 4]| solve(in_next, from_fn(|i| -(0..4).map(|j| in_x[i][j] * z[j]).sum::<f64>()));
    let push = |m: [[f64; 4]; 4], z: [f64; 4]| from_fn(|i| (0..4).map(|j| m[i][j] * z[j]).sum());
    for (i, j) in (0..16).map(|ij| (ij / 4, ij % 4)) {
        let (a, b) = (from_fn(|k| f64::from(k == i)), from_fn(|k| f64::from(k == j)));
        let before = form(&push(tangent(x), a), &push(tangent(x), b));
        let after = form(&push(tangent(next), forward(a)), &push(tangent(next), forward(b)));
        assert!((after - before).abs() < 1e-13, "{before} and {after}");
    }

    let momentum = |x: [f64; 4]| momenta(x.map(Dual::constant))[1].v;
    let mut there = x;
    for _ in 0..5000 {
        there = variational_step(&model, 0.02, there, [0.0]).unwrap();
    }
    assert!((momentum(there) - momentum(x)).abs() < 1e-12, "{} and {}", momentum(there), momentum(x));
}

/// A million steps of a free pole: the energy stays in a band of O(h²) and goes nowhere, while that of RK4 does.
#[test]
fn a_free_pole_keeps_its_energy() {
    let model = Pendulum::new(1.0, 0.5, 9.81);
    let x = [2.5, 0.0];
    let energies = |h: f64, n: usize| {
        let mut x = x;
        (0..n).map(move |_| {
            x = variational_step(&model, h, x, [0.0]).unwrap();
            model.energy(&HERE, x) - model.energy(&HERE, [2.5, 0.0])
        })
    };
    let band = goes_nowhere(energies(0.02, 1_000_000));
    let finer = energies(0.01, 10_000).map(f64::abs).fold(0.0, f64::max);
    assert!((band / finer - 4.0).abs() < 0.1, "{band:e} and {finer:e}");

    let gone = |n: usize| {
        let there = (0..n).fold(x, |x, _| rk4_step(&model, &HERE, 0.02, x, [0.0]));
        (model.energy(&HERE, there) - model.energy(&HERE, x)).abs()
    };
    assert!((gone(100_000) / gone(10_000) - 10.0).abs() < 1.0);
}

/// The same of two free links, whose mass matrix changes and whose motion is chaotic.
#[test]
fn a_free_double_pole_keeps_its_energy() {
    double_pole_keeps_its_energy(100_000);
}

#[test]
#[ignore = "takes half a minute; .ci/full runs it"]
fn a_free_double_pole_keeps_its_energy_for_a_million_steps() {
    double_pole_keeps_its_energy(1_000_000);
}

fn double_pole_keeps_its_energy(steps: usize) {
    let model = DoubleCartPole::default();
    let mut x = [0.0, 0.0, 2.0, 2.5, 0.0, 0.0];
    let start = model.energy(&HERE, x);
    let energies = (0..steps).map(|_| {
        x = variational_step::<_, 3, 6, 1>(&model, 0.005, x, [0.0]).unwrap();
        model.energy(&HERE, x) - start
    });
    let band = goes_nowhere(energies);
    assert!(band < 0.01 * start.abs(), "{band:e}");
}

/// The widest deviation; asserts that the last tenth is within twice the first, and its mean where the first's was.
fn goes_nowhere(deviations: impl Iterator<Item = f64>) -> f64 {
    let all: Vec<f64> = deviations.collect();
    let (first, last) = (&all[..all.len() / 10], &all[all.len() - all.len() / 10..]);
    let widest = |part: &[f64]| part.iter().fold(0.0, |most: f64, e| most.max(e.abs()));
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    assert!(widest(last) < 2.0 * widest(first), "{:e} and {:e}", widest(first), widest(last));
    assert!((mean(last) - mean(first)).abs() < 0.05 * widest(first), "{:e} and {:e}", mean(first), mean(last));
    widest(&all)
}

#[test]
fn parameters_reach_the_lagrangian() {
    let model = EulerLagrange::<_, 2>(CartPole::new(Coefficient::Parameter(0), Coefficient::Parameter(1)));
    let (x, u) = ([0.1, 0.2, 0.3, 0.4], [0.5]);
    let derived: [f64; 4] = model.xdot(&At { t: 0.0, p: &[0.5, 9.81] }, x, u);
    let by_hand = CartPole::new(0.5, 9.81).xdot(&HERE, x, u);
    assert!(distance(derived, by_hand) < 1e-13);
}

#[test]
fn names_stand_where_the_states_do() {
    struct Named;
    impl<const NP: usize> Lagrangian<2, 1, NP> for Named {
        const POSITIONS: [usize; 2] = [0, 2];
        const VELOCITIES: [usize; 2] = [1, 3];
        const COORDINATES: [swingup::Quantity; 2] =
            [swingup::Quantity::new("x", "m"), swingup::Quantity::new("theta", "rad")];
        const RATES: [swingup::Quantity; 2] =
            [swingup::Quantity::new("v", "m/s"), swingup::Quantity::new("omega", "rad/s")];
        fn lagrangian<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; 2], [v, omega]: [S; 2]) -> S {
            v * v + omega * omega
        }
        fn force<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; 2], _: [S; 2], [u]: [S; 1]) -> [S; 2] {
            [u, u]
        }
    }
    let names = <EulerLagrange<Named, 2> as Dynamics<4, 1>>::STATES.map(|x| x.name);
    assert_eq!(names, ["x", "v", "theta", "omega"]);
}

#[test]
fn a_step_without_a_solution_says_so() {
    // r = next² + 1 has no zero; r = 1 has no slope.
    let error = implicit_step(|[x]| [x * x + 1.0], [0.3]).unwrap_err();
    assert_eq!(error.iterations, 50);
    let error = implicit_step(|[_]: [Dual<f64, 1>; 1]| [Dual::constant(1.0)], [0.3]).unwrap_err();
    assert_eq!(error, NotConverged { iterations: 0, best: [0.3] });
    assert!(error.to_string().contains("no solution"), "{error}");
    assert_eq!(implicit_step(|[x]| [x * x - 4.0], [3.0]), Ok([2.0]));
}

/// One variational midpoint step, by Newton's method from the RK4 step.
fn variational_step<M, const NQ: usize, const NX: usize, const NU: usize>(
    model: &M,
    h: f64,
    x: [f64; NX],
    u: [f64; NU],
) -> Result<[f64; NX], NotConverged<NX>>
where
    M: Dynamics<NX, NU> + Lagrangian<NQ, NU>,
{
    let (from, control) = (x.map(Dual::constant), u.map(Dual::constant));
    let guess = rk4_step(model, &HERE, h, x, u);
    implicit_step(|next| variational_midpoint_defect(model, &lifted(), h, from, control, next), guess)
}

/// ∂δ/∂x and ∂δ/∂next.
fn jacobians<M, const NQ: usize, const NX: usize, const NU: usize>(
    model: &M,
    h: f64,
    x: [f64; NX],
    u: [f64; NU],
    next: [f64; NX],
) -> ([[f64; NX]; NX], [[f64; NX]; NX])
where
    M: Dynamics<NX, NU> + Lagrangian<NQ, NU>,
{
    let x: [Dual<f64, NX, NX>; NX] = from_fn(|i| Dual::variable(x[i], i));
    let next = from_fn(|i| {
        let mut next = Dual::constant(next[i]);
        next.u[i] = 1.0;
        next
    });
    let defect = variational_midpoint_defect(model, &lifted(), h, x, u.map(Dual::constant), next);
    (defect.map(|d| d.x), defect.map(|d| d.u))
}

fn lifted<S: Scalar>() -> At<'static, S, 0> {
    At { t: S::from(0.0), p: &[] }
}

fn norm<const N: usize>(x: &[f64; N]) -> f64 {
    assert!(x.iter().all(|x| x.is_finite()));
    x.iter().fold(0.0, |most, x| x.abs().max(most))
}

fn distance<const N: usize>(a: [f64; N], b: [f64; N]) -> f64 {
    norm::<N>(&from_fn(|i| a[i] - b[i]))
}

fn solve(m: [[f64; 4]; 4], b: [f64; 4]) -> [f64; 4] {
    let m = nalgebra::Matrix4::from_fn(|i, j| m[i][j]);
    m.lu().solve(&nalgebra::Vector4::from(b)).unwrap().into()
}

/// A pendulum of which nothing but its Lagrangian is written.
#[derive(Clone, Copy)]
struct Bob;
impl<const NP: usize> Lagrangian<1, 1, NP> for Bob {
    const POSITIONS: [usize; 1] = [0];
    const VELOCITIES: [usize; 1] = [1];
    fn lagrangian<S: Scalar>(&self, _: &At<'_, S, NP>, [theta]: [S; 1], [omega]: [S; 1]) -> S {
        omega * omega * 0.5 + theta.cos()
    }
    fn force<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; 1], _: [S; 1], [u]: [S; 1]) -> [S; 1] {
        [u]
    }
}

#[test]
fn who_writes_a_lagrangian_only_has_the_variational_midpoint_too() {
    let cost = Tracking { q: [1.0, 0.1], r: [0.1], goal: [3.0, 0.0], rest: [0.0], terminal: 5.0 };
    let nlp =
        Ocp::new(EulerLagrange::<_, 1>(Bob), cost, [0.1, 0.2], 4, 0.1).unwrap().transcribe(VariationalMidpoint::<1>);
    let plan = Trajectory { states: (0..5).map(|k| [0.3 * k as f64, 1.0]).collect(), controls: vec![[0.7]; 4] };
    let mut defects = [[0.0; 2]; 4];
    nlp.evaluate(&plan, &mut defects);
    for (ends, defect) in plan.states.windows(2).zip(defects) {
        assert_eq!(defect, variational_midpoint_defect(&Bob, &HERE, 0.1, ends[0], [0.7], ends[1]));
    }
}
