//! Bad input is an error that names the field and the value; nothing panics.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::cost::Tracking;
use swingup::models::{CartPole, DoubleIntegrator, Pendulum};
use swingup::newton::{Options, multipliers, solve};
use swingup::ocp::ProblemError;
use swingup::transcription::{MIDPOINT, RK4};
use swingup::{At, Coefficient, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar, Trajectory};

const NAN: f64 = f64::NAN;
const WRONG: [f64; 3] = [NAN, f64::INFINITY, f64::NEG_INFINITY];

fn tracking() -> Tracking<2, 1> {
    Tracking { q: [1.0, 0.5], r: [0.1], goal: [1.0, 0.0], rest: [0.0], terminal: 3.0 }
}

fn problem(cost: Tracking<2, 1>, start: [f64; 2], n: usize, step: f64) -> Result<(), ProblemError> {
    Ocp::new(DoubleIntegrator, cost, start, n, step).map(|_| ())
}

/// The message has all of these words, and the value.
#[track_caller]
fn says<T>(result: Result<T, ProblemError>, value: f64, words: &[&str]) {
    let wrong = result.err().expect("an error");
    assert!(wrong.value == value || wrong.value.is_nan() && value.is_nan(), "{wrong}: not {value}");
    let message = wrong.to_string();
    assert!(!message.contains('\n') && message.contains(&format!("= {value}:")), "{message}");
    for word in words {
        assert!(message.contains(word), "{message}: not {word}");
    }
}

#[test]
fn a_problem_needs_time() {
    says(problem(tracking(), [0.0; 2], 0, 0.1), 0.0, &["intervals", "at least 1"]);
    let none = Ocp::<_, _, 2, 1, 0>::with_parameters(DoubleIntegrator, tracking(), [0.0; 2], 0.1, vec![]);
    says(none, -1.0, &["intervals", "at least 1"]);
    for step in [0.0, -0.1, NAN, f64::INFINITY] {
        says(problem(tracking(), [0.0; 2], 5, step), step, &["step", "positive and finite"]);
    }
}

#[test]
fn a_start_has_numbers() {
    for value in WRONG {
        says(problem(tracking(), [value, 0.0], 5, 0.1), value, &["start[0]", "x (m)", "finite"]);
        says(problem(tracking(), [0.0, value], 5, 0.1), value, &["start[1]", "v (m/s)", "finite"]);
        let mut ocp = Ocp::new(DoubleIntegrator, tracking(), [0.1, 0.2], 5, 0.1).expect("in range");
        says(ocp.set_start([0.0, value]), value, &["start[1]"]);
        assert_eq!(ocp.start(), [0.1, 0.2]);
    }
}

/// Terms with weights and a width that the test chooses.
#[derive(Clone, Copy)]
struct Weighted {
    width: f64,
}
impl Cost<2, 1, 3> for Weighted {
    fn running<S: Scalar>(&self, at: &At<'_, S, 3>, [x, v]: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.add(x * 0.0);
        sink.square(at.p[0], u);
        sink.huber(at.p[1], v, self.width);
    }
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 3>, [x, _]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.square(1.0, x);
        sink.square(at.p[2], x);
    }
}

fn weighted(
    width: f64,
    change: impl Fn(&mut [[f64; 3]]),
) -> Result<Ocp<DoubleIntegrator, Weighted, 2, 1, 3>, ProblemError> {
    let mut parameters = vec![[1.0; 3]; 6];
    change(&mut parameters);
    Ocp::with_parameters(DoubleIntegrator, Weighted { width }, [0.0; 2], 0.1, parameters)
}

#[test]
fn a_weight_is_not_negative_and_is_named_by_term_and_knot() {
    says(weighted(1.0, |p| p[3][0] = -0.5), -0.5, &["weight of cost term 1 at knot 3", "not negative"]);
    says(weighted(1.0, |p| p[0][1] = -2.0), -2.0, &["weight of cost term 2 at knot 0"]);
    says(weighted(1.0, |p| p[5][2] = -1e-9), -1e-9, &["weight of cost term 1 at knot 5"]);
    // What a knot does not use may be anything that is a number.
    assert!(weighted(1.0, |p| (p[5][0], p[2][2]) = (-1.0, -1.0)).is_ok());
    for width in [0.0, -1.0, NAN, f64::INFINITY] {
        says(weighted(width, |_| ()), width, &["width of cost term 2 at knot 0", "positive"]);
    }
    for value in [-1.0, NAN, f64::INFINITY] {
        let tracking = Tracking { q: [1.0, value], ..tracking() };
        says(problem(tracking, [0.0; 2], 5, 0.1), value, &["weight of cost term 1 at knot 0"]);
    }
    let at_the_end = Tracking { terminal: -2.0, ..tracking() };
    says(problem(at_the_end, [0.0; 2], 5, 0.1), -2.0, &["weight of cost term 0 at knot 5"]);
}

#[test]
fn a_parameter_is_a_number() {
    for value in WRONG {
        says(weighted(1.0, |p| p[4][1] = value), value, &["parameters[4][1]", "finite"]);
        let mut ocp = weighted(1.0, |_| ()).expect("in range");
        says(ocp.set_parameters(2, [1.0, 1.0, value]), value, &["parameters[2][2]"]);
        assert_eq!(*ocp.at(2).p, [1.0; 3]);
    }
    let mut ocp = weighted(1.0, |_| ()).expect("in range");
    says(ocp.set_parameters(6, [1.0; 3]), 6.0, &["knot", "of the horizon"]);
    says(ocp.set_parameters(2, [-4.0, 1.0, 1.0]), -4.0, &["weight of cost term 1 at knot 2"]);
    assert_eq!(*ocp.at(2).p, [1.0; 3]);
    assert_eq!(ocp.set_parameters(2, [4.0, 1.0, 1.0]), Ok(()));
}

#[test]
fn dynamics_have_a_value_at_the_start() {
    // A parameter that the problem does not have.
    let model = Pendulum::new(1.0, Coefficient::Parameter(0), 9.81);
    says(Ocp::new(model, tracking(), [0.0; 2], 5, 0.1), NAN, &["rate of omega (rad/s) at the start, knot 0"]);
    // Another start is looked at as the first one was.
    let mut ocp = Ocp::new(Rough, tracking(), [0.5, 0.5], 5, 0.1).expect("in range");
    says(ocp.set_start([1.0, 0.5]), f64::INFINITY, &["rate of x (m) at the start, knot 0", "finite"]);
    assert_eq!(ocp.start(), [0.5, 0.5]);
    let mut nlp = ocp.transcribe(MIDPOINT);
    says(nlp.set_start([0.5, -1.0]), NAN, &["rate of v (m/s) at the start, knot 0"]);
    says(nlp.set_parameters(7, []), 7.0, &["knot", "of the horizon"]);
    assert_eq!((nlp.ocp().start(), nlp.set_start([0.25, 0.5]), nlp.ocp().start()), ([0.5, 0.5], Ok(()), [0.25, 0.5]));
    assert_eq!((nlp.ocp().cost(), nlp.ocp().parameters().len()), (&tracking(), 6));
}

/// Barriers: `1/u`, and at the end `-ln x`.
#[derive(Clone)]
struct Barriers;
impl Cost<2, 1> for Barriers {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.add(S::from(1.0) / u);
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.add(-x.ln());
    }
}

#[test]
fn a_cost_need_not_have_a_value_at_rest() {
    assert!(Ocp::new(DoubleIntegrator, Barriers, [-1.0, 0.0], 5, 0.1).is_ok());
}

/// A weight that the state or the control changes.
#[derive(Clone)]
struct Moving(usize);
impl<const NP: usize> Cost<2, 1, NP> for Moving {
    fn running<S: Scalar>(&self, at: &At<'_, S, NP>, [x, v]: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.add(x * v);
        sink.square(if self.0 == 1 { x.exp() } else { at.t.exp() }, u);
        sink.huber(if self.0 == 2 { u + 2.0 } else { S::from(1.0) }, v, 1.0);
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, NP>, [x, v]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.square(if self.0 == 3 { v * v + 0.5 } else { S::from(1.0) }, x);
    }
}

#[test]
fn a_weight_depends_on_neither_state_nor_control() {
    let ocp = |which| Ocp::new(DoubleIntegrator, Moving(which), [0.0; 2], 5, 0.1);
    let must = "independent of the state and the control";
    assert!(ocp(0).is_ok());
    says(ocp(1), 1.0, &["weight of cost term 1 at knot 0", must]);
    says(ocp(2), 2.0, &["weight of cost term 2 at knot 0", must]);
    says(ocp(3), 0.5, &["weight of cost term 0 at knot 5", must]);
}

#[test]
fn a_guess_fits_its_problem() {
    let nlp = Ocp::new(DoubleIntegrator, tracking(), [0.0; 2], 5, 0.1).expect("in range").transcribe(MIDPOINT);
    let check = |guess: &Trajectory<2, 1>, value: f64, words: &[&str]| {
        says(solve(&nlp, guess, &Options::default()), value, words);
        says(multipliers::<2, 1, f64>(&nlp, guess, &[1.0], &Options::default(), |_, _| true), value, words);
    };
    let fine = Trajectory::constant(5, [0.0; 2], [0.0]);
    check(&Trajectory::constant(4, [0.0; 2], [0.0]), 5.0, &["states of the guess", "one more"]);
    let mut guess = fine.clone();
    guess.controls.push([0.0]);
    check(&guess, 6.0, &["controls of the guess", "number of the problem's intervals"]);
    check(&Trajectory { states: vec![], controls: vec![] }, 0.0, &["states of the guess"]);
    for value in WRONG {
        let mut guess = fine.clone();
        guess.states[3][1] = value;
        check(&guess, value, &["state 1 of the guess at knot 3", "finite"]);
        let mut guess = fine.clone();
        guess.controls[4] = [value];
        check(&guess, value, &["control 0 of the guess at knot 4", "finite"]);
    }
}

#[test]
fn options_have_ranges() {
    let nlp = Ocp::new(DoubleIntegrator, tracking(), [0.0; 2], 5, 0.1).expect("in range").transcribe(RK4);
    let guess = Trajectory::constant(5, [0.0; 2], [0.0]);
    type Field = (&'static str, fn(&mut Options, f64), &'static [f64]);
    let fields: [Field; 8] = [
        ("tolerance", |o, v| o.tolerance = v, &[0.0, -1.0, NAN, f64::INFINITY]),
        ("sufficient", |o, v| o.sufficient = v, &[0.0, -1.0, NAN, 1.0]),
        ("shortest", |o, v| o.shortest = v, &[0.0, NAN, 1.5]),
        ("damping", |o, v| o.damping = v, &[0.0, -1.0, NAN]),
        ("penalty", |o, v| o.penalty = v, &[0.0, -1.0, NAN]),
        ("cutoff", |o, v| o.cutoff = v, &[0.0, -1.0, NAN]),
        ("backtrack", |o, v| o.backtrack = v, &[0.0, 1.0, NAN]),
        ("growth", |o, v| o.growth = v, &[1.0, 0.0, NAN, f64::INFINITY]),
    ];
    assert_eq!(Options::default().check(), Ok(()));
    for (name, set, values) in fields {
        for &value in values {
            let mut options = Options::default();
            set(&mut options, value);
            says(options.check(), value, &[name]);
            says(solve(&nlp, &guess, &options), value, &[name]);
            says(multipliers::<2, 1, f64>(&nlp, &guess, &[1.0], &options, |_, _| true), value, &[name]);
        }
    }
    for value in [-1.0, NAN, f64::INFINITY] {
        let run = multipliers::<2, 1, f64>(&nlp, &guess, &[1.0, value], &Options::default(), |_, _| true);
        says(run, value, &["penalties[1]", "finite and not negative"]);
    }
}

/// A model that is not finite in many places.
#[derive(Clone, Copy)]
struct Rough;
impl<const NP: usize> Dynamics<2, 1, NP> for Rough {
    const STATES: [Quantity; 2] = [Quantity::new("x", "m"), Quantity::new("v", "m/s")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s²")];
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, [x, v]: [S; 2], [u]: [S; 1]) -> [S; 2] {
        [v / (x - 1.0), u.exp() * x.sqrt() + v.ln()]
    }
}

/// Whatever the numbers: an error, or a run that ends with numbers.
#[test]
fn nothing_panics() {
    let mut random = StdRng::seed_from_u64(11);
    let mut run = 0;
    for _ in 0..3000 {
        let mut any = || match random.random_range(0..40) {
            0 => NAN,
            1 => f64::INFINITY,
            2 => -f64::INFINITY,
            3 => 1e300,
            4 => -1e300,
            5 => 1e-310,
            6 | 7 => 0.0,
            8 => 1.0,
            _ => random.random_range(-0.3..3.0),
        };
        let cost = Tracking { q: [any(), any()], r: [any()], goal: [any(), any()], rest: [any()], terminal: any() };
        let (start, step) = ([any(), any()], any());
        let mut guess = Trajectory::constant(3, [any(), any()], [any()]);
        guess.states[2] = [any(), any()];
        let options = Options { damping: any(), cutoff: any(), iterations: 30, ..Options::default() };
        let penalties = [any(), any()];
        let Ok(ocp) = Ocp::new(Rough, cost, start, 3, step) else { continue };
        let nlp = ocp.transcribe(MIDPOINT);
        if let Ok(solution) = solve(&nlp, &guess, &options) {
            run += 1;
            let plan = solution.plan;
            assert!(plan.states.as_flattened().iter().chain(plan.controls.as_flattened()).all(|v| v.is_finite()));
        }
        let _ = multipliers::<2, 1, f64>(&nlp, &guess, &penalties, &options, |_, _| true);
    }
    assert!(run > 100, "{run} runs");
    let ocp = Ocp::new(
        CartPole::scaled(),
        Tracking { q: [0.0; 4], r: [0.0], goal: [0.0; 4], rest: [0.0], terminal: 0.0 },
        [0.0; 4],
        3,
        0.1,
    );
    // A cost that says nothing: any motion will do.
    let solution =
        solve(&ocp.expect("in range").transcribe(RK4), &Trajectory::constant(3, [1.0; 4], [1.0]), &Options::default());
    assert!(solution.expect("in range").report.defect <= 1e-10);
}
