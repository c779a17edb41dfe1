//! Laws of the problem on knots, for every scheme, every model and every kind of cost.
//!
//! The expansion is Taylor's: what the defects leave beside `A`, `B`, `E` falls as t², what the Lagrangian leaves beside
//! gradient and Hessian as t³. Gauss-Newton's Hessian is never negative, and is the exact one where residuals and dynamics
//! are linear.

use nalgebra::{DMatrix, SVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::cost::Tracking;
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::models::{CartPole, DoubleCartPole, DoubleIntegrator, ForceDrivenCartPole, Linear};
use swingup::models::{OscillatingMasses, Pendulum, PlanarQuadrotor, Quadrotor};
use swingup::ocp::Quadrature;
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4, Scheme, TRAPEZOID, VariationalMidpoint};
use swingup::{At, Cost, CostSink, Dynamics, Ocp, Quantity, Real, Scalar, Single, Trajectory};

const INTERVALS: usize = 3;

/// Kinds of terms.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Square,
    HuberInside,
    HuberOutside,
    Add,
    Wrap,
    Parameter,
    Time,
    Goal,
}
use Kind::{Add, Goal, HuberInside, HuberOutside, Parameter, Square, Time, Wrap};

const CURVED: [Kind; 7] = [Square, HuberInside, HuberOutside, Add, Wrap, Parameter, Time];
/// Of a residual that is linear, inside where it is Huber's.
const STRAIGHT: [Kind; 3] = [Wrap, Parameter, Goal];

#[derive(Clone, Copy)]
struct Terms(&'static [Kind]);

impl<const NX: usize, const NU: usize> Cost<NX, NU, 1> for Terms {
    #[inline(never)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; NX], u: [S; NU], sink: &mut impl CostSink<S>) {
        let curved = x[0] * u[0] + x[NX - 1].sin() + u[NU - 1] * u[NU - 1] - 0.3;
        for kind in self.0 {
            match kind {
                Square => sink.square(0.7, curved),
                HuberInside => sink.huber(0.6, curved, 100.0),
                HuberOutside => sink.huber(0.5, curved, 1e-3),
                Add => sink.add((x[NX / 2] * 0.3).exp() * u[0].cos()),
                Wrap => sink.square(0.4, (x[NX / 2] + u[0] * 0.5 + 7.0).wrap()),
                Parameter => sink.square(at.p[0], x[0] - at.p[0]),
                Time => sink.add((at.t * x[0]).sin()),
                Goal => tracking().running(at, x, u, sink),
            }
        }
    }
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; NX], sink: &mut impl CostSink<S>) {
        // The same with the state for a control.
        let u = [x[NX - 1] * 0.8; NU];
        match self.0 {
            [Goal] => Cost::<NX, NU, 1>::terminal(&tracking::<NX, NU>(), at, x, sink),
            _ => self.running(at, x, u, sink),
        }
    }
}

fn tracking<const NX: usize, const NU: usize>() -> Tracking<NX, NU> {
    let q = core::array::from_fn(|i| 0.2 + i as f64);
    Tracking { q, r: [0.3; NU], goal: [0.4; NX], rest: [0.1; NU], terminal: 3.0 }
}

/// A model behind a call, so that its text is compiled once for each number and not once for each scheme.
#[derive(Clone, Copy)]
struct Called<D>(D);

impl<D, const NX: usize, const NU: usize> Dynamics<NX, NU, 1> for Called<D>
where
    D: Dynamics<NX, NU, 1>,
{
    const STATES: [Quantity; NX] = D::STATES;
    const CONTROLS: [Quantity; NU] = D::CONTROLS;
    #[inline(never)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; NX], u: [S; NU]) -> [S; NX] {
        self.0.xdot(at, x, u)
    }
}

fn numbers<const N: usize>(random: &mut StdRng) -> [f64; N] {
    core::array::from_fn(|_| random.random_range(-0.5..0.5))
}

fn motion<const NX: usize, const NU: usize>(random: &mut StdRng) -> Trajectory<NX, NU> {
    let states = (0..=INTERVALS).map(|_| numbers(random)).collect();
    Trajectory { states, controls: (0..INTERVALS).map(|_| numbers(random)).collect() }
}

/// The last two halvings whose remainders stand well above the noise show the order; of a polynomial all are noise.
#[track_caller]
fn assert_order(place: &str, remainders: &[f64], noise: f64, order: f64, may_vanish: bool) {
    let clear = remainders.iter().take_while(|r| **r > 30.0 * noise).count();
    if clear < 3 {
        assert!(may_vanish && clear == 0, "{place}: only {clear} remainders above {noise:e}: {remainders:?}");
        return;
    }
    for pair in remainders[clear - 3..clear].windows(2) {
        let measured = (pair[0] / pair[1]).log2();
        assert!((measured - order).abs() < 0.25, "{place}: order {measured}, not {order}: {remainders:?}");
    }
}

/// `E dx₊ - A dx - B du` of every interval, and slope and curvature of the Lagrangian along a step.
fn along<const NX: usize, const NU: usize>(
    e: &Expansion<NX, NU>,
    multipliers: &[[f64; NX]],
    step: &Trajectory<NX, NU>,
) -> (Vec<SVector<f64, NX>>, f64, f64) {
    let (mut slope, mut curvature, mut defects) = (0.0, 0.0, Vec::new());
    for (k, block) in e.blocks.iter().enumerate() {
        let (x, u) = (SVector::from(step.states[k]), SVector::from(step.controls[k]));
        let next = SVector::from(step.states[k + 1]);
        let d = block.e * next - block.a * x - block.b * u;
        slope += block.x.dot(&x) + block.u.dot(&u) + SVector::from(multipliers[k]).dot(&d);
        curvature += x.dot(&(block.xx * x)) + u.dot(&(block.uu * u)) + 2.0 * u.dot(&(block.ux * x));
        curvature += 2.0 * next.dot(&(block.nx * x)) + 2.0 * next.dot(&(block.nu * u));
        defects.push(d);
    }
    let last = SVector::from(step.states[e.blocks.len()]);
    (defects, slope + e.x.dot(&last), curvature + last.dot(&(e.xx * last)))
}

/// Taylor's theorem about a random motion in a random direction, the first state's too, and Gauss-Newton's sign.
fn expansion_laws<D, T, const NX: usize, const NU: usize>(dynamics: D, scheme: T, terms: &'static [Kind], linear: bool)
where
    D: Dynamics<NX, NU, 1>,
    T: Scheme<D, NX, NU, 1>,
{
    let place = format!("{} {NX}/{NU} {terms:?}", scheme.name());
    let mut random = StdRng::seed_from_u64(7);
    let parameters = (0..=INTERVALS).map(|_| [random.random_range(0.5..1.5)]).collect();
    let ocp = Ocp::with_parameters(dynamics, Terms(terms), [0.1; NX], 0.1, parameters).expect("a problem in range");
    let nlp = ocp.quadrature(Quadrature::Integral).transcribe(scheme);
    let (plan, step) = (motion::<NX, NU>(&mut random), motion(&mut random));
    let multipliers: Vec<[f64; NX]> = (0..INTERVALS).map(|_| numbers(&mut random)).collect();
    let mut e = Expansion::new(INTERVALS);
    nlp.expand(&plan, &multipliers, Hessian::Exact, &mut e);
    assert!(e.explicit == (nlp.scheme().name() == "RK4"), "{place}");

    let mut defects = vec![[0.0; NX]; INTERVALS];
    let cost = nlp.evaluate(&plan, &mut defects);
    for (d, block) in defects.iter().zip(&e.blocks) {
        assert!((block.defect - SVector::from(*d)).amax() <= 1e-14, "{place}: defect");
    }
    let lagrangian = |cost: f64, defects: &[[f64; NX]]| {
        let priced = defects.as_flattened().iter().zip(multipliers.as_flattened()).map(|(d, y)| d * y);
        cost + priced.sum::<f64>()
    };
    let before = lagrangian(cost, &defects);
    let (slopes, slope, curvature) = along(&e, &multipliers, &step);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let (mut trial, mut moved) = (plan.clone(), defects.clone());
    for t in (2..16).map(|k| 0.5_f64.powi(k)) {
        plan.step_into(t, &step, &mut trial);
        let cost = nlp.evaluate(&trial, &mut moved);
        let left = |k: usize| SVector::from(moved[k]) - SVector::from(defects[k]) - slopes[k] * t;
        first.push((0..INTERVALS).map(|k| left(k).amax()).fold(0.0, f64::max));
        second.push((lagrangian(cost, &moved) - before - t * slope - t * t / 2.0 * curvature).abs());
    }
    assert_order(&format!("{place}: defects"), &first, 1e-16 * (1.0 + slopes[0].amax()), 2.0, linear);
    assert_order(&format!("{place}: Lagrangian"), &second, 1e-16 * (10.0 + before.abs()), 3.0, linear);

    let mut gauss_newton = e.clone();
    nlp.expand(&plan, &multipliers, Hessian::GaussNewton, &mut gauss_newton);
    for block in &gauss_newton.blocks {
        assert!(block.nx.amax() == 0.0 && block.nu.amax() == 0.0, "{place}");
        let whole = DMatrix::from_fn(NX + NU, NX + NU, |i, j| match (i < NX, j < NX) {
            (true, true) => block.xx[(i, j)],
            (false, true) => block.ux[(i - NX, j)],
            (true, false) => block.ux[(j - NX, i)],
            _ => block.uu[(i - NX, j - NX)],
        });
        assert!((&whole - whole.transpose()).amax() <= 1e-15 * whole.amax(), "{place}: not symmetric");
        let size = whole.amax();
        assert!(whole.symmetric_eigenvalues().min() >= -1e-14 * size, "{place}: Gauss-Newton bends down");
    }
    // What is linear leaves nothing out.
    if linear && terms.iter().all(|kind| matches!(kind, Wrap | Parameter | Goal)) {
        assert_eq!(gauss_newton, e, "{place}");
    }
}

fn every_scheme<D, const NX: usize, const NU: usize>(model: &D, terms: &'static [Kind], linear: bool)
where
    D: Dynamics<NX, NU, 1>,
{
    expansion_laws::<_, _, NX, NU>(Called(model), MIDPOINT, terms, linear);
    expansion_laws::<_, _, NX, NU>(Called(model), TRAPEZOID, terms, linear);
    expansion_laws::<_, _, NX, NU>(Called(model), HERMITE_SIMPSON, terms, linear);
    expansion_laws::<_, _, NX, NU>(Called(model), RK4, terms, linear);
}

#[test]
fn expansions_of_every_model_are_taylors() {
    every_scheme(&CartPole::scaled(), &CURVED, false);
    every_scheme(&ForceDrivenCartPole::new(1.0, 0.3, 0.8, 9.81), &CURVED, false);
    every_scheme(&Pendulum::new(1.0, 0.8, 9.81), &CURVED, false);
    every_scheme(&DoubleCartPole::default(), &CURVED, false);
    every_scheme(&PlanarQuadrotor::default(), &CURVED, false);
    // The largest ones take the compiler long: an implicit and an explicit scheme must do.
    let quadrotor = Quadrotor::default();
    expansion_laws::<_, _, 12, 4>(Called(quadrotor), HERMITE_SIMPSON, &CURVED, false);
    expansion_laws::<_, _, 12, 4>(Called(quadrotor), RK4, &CURVED, false);
}

#[test]
fn expansions_of_the_variational_midpoint_are_taylors() {
    expansion_laws::<_, _, 2, 1>(Pendulum::new(1.0, 0.8, 9.81), VariationalMidpoint::<1>, &CURVED, false);
    let pushed = ForceDrivenCartPole::new(1.0, 0.3, 0.8, 9.81);
    expansion_laws::<_, _, 4, 1>(pushed, VariationalMidpoint::<2>, &CURVED, false);
}

#[test]
fn expansions_of_every_kind_of_cost_are_taylors() {
    let model = CartPole::new(0.7, 9.81);
    let each: [&'static [Kind]; 8] =
        [&[Square], &[HuberInside], &[HuberOutside], &[Add], &[Wrap], &[Parameter], &[Time], &[Goal]];
    for terms in each {
        every_scheme(&model, terms, false);
    }
}

#[test]
fn gauss_newton_leaves_out_nothing_that_is_linear() {
    let linear =
        Linear { a: [[0.1, 0.9, -0.3], [0.4, -0.8, 0.2], [-0.5, 0.6, 0.3]], b: [[0.2, 1.0], [-1.0, 0.5], [0.3, 0.0]] };
    every_scheme(&linear, &STRAIGHT, true);
    every_scheme(&DoubleIntegrator, &STRAIGHT, true);
    let masses = OscillatingMasses::default();
    expansion_laws::<_, _, 12, 3>(Called(masses), TRAPEZOID, &STRAIGHT, true);
    expansion_laws::<_, _, 12, 3>(Called(masses), RK4, &STRAIGHT, true);
}

/// A coefficient that is a parameter of the knot is that number.
#[test]
fn a_parameter_is_as_good_as_a_number() {
    let parameters = vec![[0.7]; INTERVALS + 1];
    let number = Ocp::with_parameters(CartPole::new(0.7, 9.81), Terms(&CURVED), [0.1; 4], 0.1, parameters.clone());
    let model = CartPole::new(swingup::Coefficient::Parameter(0), 9.81);
    let parameter = Ocp::with_parameters(model, Terms(&CURVED), [0.1; 4], 0.1, parameters);
    let (number, parameter) = (number.expect("in range").transcribe(RK4), parameter.expect("in range").transcribe(RK4));
    let mut random = StdRng::seed_from_u64(3);
    let (plan, multipliers) = (motion(&mut random), [numbers(&mut random); INTERVALS]);
    let (mut one, mut other) = (Expansion::new(INTERVALS), Expansion::new(INTERVALS));
    number.expand(&plan, &multipliers, Hessian::Exact, &mut one);
    parameter.expand(&plan, &multipliers, Hessian::Exact, &mut other);
    assert_eq!(one, other);

    // And in single precision it is the same expansion to seven digits.
    let rounded: Vec<[Single; 4]> = multipliers.iter().map(|y| y.map(|y| Single(y as f32))).collect();
    let mut single = Expansion::new(INTERVALS);
    parameter.expand(&plan.convert(), &rounded, Hessian::Exact, &mut single);
    for (block, single) in one.blocks.iter().zip(&single.blocks) {
        assert!((block.xx - single.xx.map(Real::to_f64)).amax() <= 1e-5 * block.xx.amax());
        assert!((block.a - single.a.map(Real::to_f64)).amax() <= 1e-6 * block.a.amax());
    }
}

/// An integral of 1 over time is the time, however many knots there are; the last knot counts as it stands.
#[test]
fn an_integral_does_not_depend_on_the_knots() {
    #[derive(Clone)]
    struct One;
    impl Cost<2, 1> for One {
        fn running<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 2], _: [S; 1], sink: &mut impl CostSink<S>) {
            sink.add(S::from(1.0));
        }
        fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 2], sink: &mut impl CostSink<S>) {
            sink.add(S::from(5.0));
        }
    }
    for n in [4, 64] {
        let ocp = Ocp::new(DoubleIntegrator, One, [0.0; 2], n, 3.0 / n as f64).expect("in range");
        let plan = Trajectory::constant(n, [0.0; 2], [0.0]);
        let sum = ocp.clone().transcribe(MIDPOINT).evaluate(&plan, &mut vec![[0.0; 2]; n]);
        let integral =
            ocp.quadrature(Quadrature::Integral).transcribe(MIDPOINT).evaluate(&plan, &mut vec![[0.0; 2]; n]);
        assert_eq!((sum, integral), (n as f64 + 5.0, 8.0));
    }
}

/// A plan that is shorter than the horizon stands for the problem of its first intervals.
#[test]
fn a_shorter_plan_is_a_shorter_problem() {
    let problem =
        |n| Ocp::new(DoubleIntegrator, tracking(), [0.3, 0.1], n, 0.1).expect("in range").transcribe(MIDPOINT);
    let mut plan = Trajectory::<2, 1>::constant(3, [0.3, 0.1], [0.2]);
    plan.states[2] = [0.5, -0.2];
    let mut defects = [[[0.0; 2]; 3]; 2];
    let mut expansions = [Expansion::new(3), Expansion::new(3)];
    for ((nlp, defects), expansion) in [problem(3), problem(8)].iter().zip(&mut defects).zip(&mut expansions) {
        let cost = nlp.evaluate(&plan, defects);
        assert_eq!(cost, problem(3).evaluate(&plan, &mut [[0.0; 2]; 3]));
        nlp.expand(&plan, &[[0.7; 2]; 3], Hessian::Exact, expansion);
    }
    assert_eq!(defects[0], defects[1]);
    assert_eq!(expansions[0], expansions[1]);
}

/// Another length is told at once, not truncated.
#[test]
fn other_lengths_are_refused() {
    use swingup::linear::{KktBand, KktStep, Riccati, RightSide};
    fn says<T>(what: &str, call: impl FnOnce() -> T) {
        let wrong = std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).err().expect(what);
        let message = wrong.downcast_ref::<String>().expect("a message");
        assert!(message.contains(what), "{message}: not {what}");
    }
    let nlp = Ocp::new(DoubleIntegrator, tracking(), [0.0; 2], 3, 0.1).expect("in range").transcribe(MIDPOINT);
    let plan = |n| Trajectory::<2, 1>::constant(n, [0.0; 2], [0.0]);
    let mut ragged = plan(3);
    ragged.states.pop();
    for wrong in [plan(4), ragged] {
        let what = format!("{} states and {} controls", wrong.states.len(), wrong.controls.len());
        says(&what, || nlp.evaluate(&wrong, &mut [[0.0; 2]; 3]));
        says(&what, || nlp.expand(&wrong, &[[0.0; 2]; 3], Hessian::Exact, &mut Expansion::new(3)));
    }
    says("room for 2 defects", || nlp.evaluate(&plan(3), &mut [[0.0; 2]; 2]));
    for n in [2, 4] {
        let says_multipliers = format!("{n} multipliers, not 3");
        let multipliers = vec![[0.0; 2]; n];
        says(&says_multipliers, || nlp.expand(&plan(3), &multipliers, Hessian::Exact, &mut Expansion::new(3)));
        let of = format!("an expansion of {n} intervals, not 3");
        says(&of, || nlp.expand(&plan(3), &[[0.0; 2]; 3], Hessian::Exact, &mut Expansion::new(n)));

        let (mut riccati, mut band) = (Riccati::<2, 1>::new(3), KktBand::<2, 1>::new(3));
        says(&of, || riccati.factor(&Expansion::new(n), 1.0, true));
        says(&of, || band.factor(&Expansion::new(n), 1.0, 0.0, true));
        let (fine, right) = (Expansion::new(3), RightSide::zeros(3));
        riccati.factor(&fine, 1.0, true).expect("regular");
        band.factor(&fine, 1.0, 0.0, true).expect("regular");
        says("a right side of", || riccati.solve(&fine, &RightSide::zeros(n), &mut KktStep::zeros(3)));
        says("a right side of", || band.solve(&RightSide::zeros(n), &mut KktStep::zeros(3)));
        says("states and", || riccati.solve(&fine, &right, &mut KktStep::zeros(n)));
        says("states and", || band.solve(&right, &mut KktStep::zeros(n)));
    }
}

/// More arguments than a reading of the structure can tell apart: every pair counts, and the expansion is the same.
#[test]
fn more_than_64_states_and_controls_are_expanded_too() {
    let mut a = [[0.0; 64]; 64];
    for i in 0..64 {
        (a[i][i], a[i][(i + 1) % 64]) = (-1.0, 0.5);
    }
    let model = Linear { a, b: [[0.1]; 64] };
    let nlp = Ocp::new(model, tracking::<64, 1>(), [0.2; 64], 2, 0.1).expect("in range").transcribe(MIDPOINT);
    assert_eq!(Nlp::<64, 1>::pattern(&nlp).bent().len(), 129);
    let mut e = Expansion::new(2);
    nlp.expand(&Trajectory::constant(2, [0.2; 64], [0.3]), &[[1.0; 64]; 2], Hessian::Exact, &mut e);
    let weights = tracking::<64, 1>();
    for block in &e.blocks {
        for i in 0..64 {
            for j in 0..64 {
                let curvature = if i == j { 2.0 * weights.q[i] } else { 0.0 };
                assert!((block.xx[(i, j)] - curvature).abs() < 1e-13);
                assert!((block.a[(i, j)] - 0.05 * a[i][j] - f64::from(u8::from(i == j))).abs() < 1e-15);
            }
        }
    }
}
