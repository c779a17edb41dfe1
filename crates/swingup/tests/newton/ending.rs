//! Every run ends with a status that is true, and with numbers.

use swingup::cost::Tracking;
use swingup::expansion::Nlp;
use swingup::models::DoubleIntegrator;
use swingup::newton::{Indefinite, Options, Solution, Status, multipliers, solve, solve_watched};
use swingup::problems::swing_up;
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4, TRAPEZOID};
use swingup::{At, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar, Single, Trajectory};

use super::{check_report, check_solution, rest};

fn numbers<const NX: usize, const NU: usize>(solution: &Solution<NX, NU>) {
    let plan = &solution.plan;
    assert!(plan.states.as_flattened().iter().chain(plan.controls.as_flattened()).all(|v| v.is_finite()));
    assert!(solution.multipliers.as_flattened().iter().all(|v| v.is_finite()));
}

/// A linear system with a quadratic cost is solved by one whole step.
#[test]
fn a_quadratic_problem_takes_one_step() {
    let cost = Tracking { q: [1.0, 0.2], r: [0.1], goal: [0.3, 0.0], rest: [0.0], terminal: 2.0 };
    let ocp = Ocp::new(DoubleIntegrator, cost, [1.0, -0.5], 20, 0.3).expect("in range");
    fn check(nlp: &impl Nlp<2, 1>) {
        let options = Options::default();
        let solution = solve(nlp, &rest(nlp, [0.3]), &options).expect("in range");
        let report = &solution.report;
        assert_eq!((report.status, report.iterations.len()), (Status::Solved, 1));
        let step = report.iterations[0];
        assert_eq!((step.step, step.trials, step.damping, step.negative, step.factorizations), (1.0, 1, 0.0, 0, 1));
        check_report(report, &options);
        check_solution(nlp, &solution);
    }
    check(&ocp.clone().transcribe(MIDPOINT));
    check(&ocp.clone().transcribe(TRAPEZOID));
    check(&ocp.clone().transcribe(HERMITE_SIMPSON));
    check(&ocp.transcribe(RK4));
}

#[test]
fn a_run_stops_at_its_limit_or_when_it_is_told() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let guess = rest(&nlp, [0.0]);
    for iterations in [0, 1, 5] {
        let options = Options { iterations, ..Options::default() };
        let solution = solve(&nlp, &guess, &options).expect("in range");
        assert_eq!((solution.report.status, solution.report.iterations.len()), (Status::IterationLimit, iterations));
        check_solution(&nlp, &solution);
        let solution = multipliers::<4, 1, f64>(&nlp, &guess, &[1.0], &options, |_, _| true).expect("in range");
        assert_eq!((solution.report.status, solution.report.iterations.len()), (Status::IterationLimit, iterations));
    }
    let mut seen = 0;
    let mut see = || {
        seen += 1;
        seen % 7 != 0
    };
    let solution = solve_watched(&nlp, &guess, &Options::default(), |_, _| see()).expect("in range");
    assert_eq!((solution.report.status, solution.report.iterations.len()), (Status::Stopped, 7));
    check_solution(&nlp, &solution);
    let solution = multipliers::<4, 1, f64>(&nlp, &guess, &[1.0], &Options::default(), |_, _| see()).expect("in range");
    assert_eq!((solution.report.status, solution.report.iterations.len()), (Status::Stopped, 7));
    numbers(&solution);
}

/// `x' = u + ln(1 - x)`: nothing beyond x = 1.
#[derive(Clone)]
struct Wall;
impl<const NP: usize> Dynamics<1, 1, NP> for Wall {
    const STATES: [Quantity; 1] = [Quantity::new("x", "1")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "1")];
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, [x]: [S; 1], [u]: [S; 1]) -> [S; 1] {
        [u + (-x + 1.0).ln()]
    }
}

fn to_the_wall(goal: f64) -> Ocp<Wall, Tracking<1, 1>, 1, 1> {
    let cost = Tracking { q: [1.0], r: [0.1], goal: [goal], rest: [0.0], terminal: 5.0 };
    Ocp::new(Wall, cost, [0.0], 12, 0.1).expect("in range")
}

#[test]
fn what_is_not_finite_is_named_by_its_knot() {
    let mut guess = Trajectory::constant(12, [0.0], [0.0]);
    guess.states[7] = [3.0];
    let see = |_: &_, _: &_| true;
    // An explicit step is wrong from the knot on, an implicit one in the interval that ends there.
    let nlp = to_the_wall(0.5).transcribe(RK4);
    let solution = solve(&nlp, &guess, &Options::default()).expect("in range");
    assert_eq!(solution.report.status, Status::NotFinite { knot: 7 });
    numbers(&solution);
    let nlp = to_the_wall(0.5).transcribe(MIDPOINT);
    let solution = solve(&nlp, &guess, &Options::default()).expect("in range");
    assert_eq!(solution.report.status, Status::NotFinite { knot: 6 });
    numbers(&solution);
    let solution = multipliers::<1, 1, f64>(&nlp, &guess, &[1.0], &Options::default(), see).expect("in range");
    assert!(matches!(solution.report.status, Status::NotFinite { knot: 5 | 6 }), "{:?}", solution.report.status);
    numbers(&solution);
}

/// A goal behind the wall: steps that would cross it are shortened, and no NaN gets in.
#[test]
fn steps_into_nothing_are_shortened() {
    for goal in [0.9, 1.5, 50.0] {
        let nlp = to_the_wall(goal).transcribe(RK4);
        let solution = solve(&nlp, &Trajectory::constant(12, [0.0], [0.0]), &Options::default()).expect("in range");
        numbers(&solution);
        check_report(&solution.report, &Options::default());
        check_solution(&nlp, &solution);
        assert!(solution.plan.states.iter().all(|[x]| *x < 1.0));
    }
}

/// `x' = u + √x` at x = 0: the value is finite, the derivative is not.
struct Root;
impl Dynamics<1, 1> for Root {
    const STATES: [Quantity; 1] = [Quantity::new("x", "1")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "1")];
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [x]: [S; 1], [u]: [S; 1]) -> [S; 1] {
        [u + x.sqrt()]
    }
}

#[test]
fn an_infinite_derivative_is_no_solution() {
    let cost = Tracking { q: [1.0], r: [0.1], goal: [0.0], rest: [0.0], terminal: 5.0 };
    let nlp = Ocp::new(Root, cost, [0.0], 5, 0.1).expect("in range").transcribe(RK4);
    let mut guess = Trajectory::constant(5, [0.4], [0.0]);
    (guess.states[0], guess.states[3]) = ([0.0], [0.0]);
    let solution = solve(&nlp, &guess, &Options::default()).expect("in range");
    assert!(matches!(solution.report.status, Status::NotFinite { .. }), "{:?}", solution.report.status);
    // Everything that is finite vanishes here.
    let solution = solve(&nlp, &rest(&nlp, [0.0]), &Options::default()).expect("in range");
    assert!(matches!(solution.report.status, Status::NotFinite { .. }), "{:?}", solution.report.status);
    numbers(&solution);
}

/// Whole steps at any price leave what can be computed with; the last motion that had a value is handed back.
#[test]
fn whole_steps_that_diverge_end_with_numbers() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let options = Options { line_search: false, indefinite: Indefinite::Accept, ..Options::default() };
    let see = |_: &_, _: &_| true;
    let penalties = [0.0, 0.1, 1.1, 11.1, 111.1, 1111.1];
    let solution = multipliers::<4, 1, Single>(&nlp, &rest(&nlp, [0.0]), &penalties, &options, see).expect("in range");
    assert!(matches!(solution.report.status, Status::NotFinite { .. }), "{:?}", solution.report.status);
    assert!(solution.report.cost.is_finite());
    let plan = &solution.plan;
    assert!(plan.states.as_flattened().iter().chain(plan.controls.as_flattened()).all(|v| v.0.is_finite()));
}

/// A cost that falls for ever.
struct Downhill;
impl Cost<2, 1> for Downhill {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _]: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(1.0, x);
        sink.add(-(u * u));
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [_, v]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.add(v);
    }
}

#[test]
fn a_problem_without_a_minimum_ends_without_a_solution() {
    let nlp = Ocp::new(DoubleIntegrator, Downhill, [0.5, 0.0], 10, 0.1).expect("in range").transcribe(MIDPOINT);
    let solution = solve(&nlp, &rest(&nlp, [1.0]), &Options::default()).expect("in range");
    assert_ne!(solution.report.status, Status::Solved);
    numbers(&solution);
    for (indefinite, line_search) in [(Indefinite::Damp, true), (Indefinite::Accept, false), (Indefinite::Damp, false)]
    {
        let options = Options { indefinite, line_search, ..Options::default() };
        let see = |_: &_, _: &_| true;
        let solution =
            multipliers::<2, 1, f64>(&nlp, &rest(&nlp, [1.0]), &[1.0, 10.0], &options, see).expect("in range");
        assert_ne!(solution.report.status, Status::Solved);
        numbers(&solution);
    }
}
