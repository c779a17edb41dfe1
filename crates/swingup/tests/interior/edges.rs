//! The corners of the interior point method: costs that say nothing, limits that are none, motions that do not move.

use swingup::constrained::{Constrained, Constraint, Linear};
use swingup::constraints::{Kind, Price};
use swingup::cost::Tracking;
use swingup::expansion::{Hessian, Nlp};
use swingup::interior::{self, Options, Report, Start, Status};
use swingup::models::DoubleIntegrator;
use swingup::newton;
use swingup::problems::limited;
use swingup::qp::Qp;
use swingup::transcription::{MIDPOINT, RK4};
use swingup::{At, Bound, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar, Trajectory};

const FREE: Bound = Bound::FREE;

fn run<const NX: usize, const NU: usize>(nlp: &impl Constrained<NX, NU>, options: &Options) -> Report {
    let guess = Trajectory::constant(nlp.intervals(), nlp.start(), [0.0; NU]);
    let solution = interior::solve(nlp, &guess, options).unwrap();
    assert!(solution.plan.states.as_flattened().iter().all(|v| v.is_finite()), "{}", solution.report);
    solution.report
}

fn mass(start: [f64; 2], goal: f64, n: usize) -> Ocp<DoubleIntegrator, Tracking<2, 1>, 2, 1> {
    let cost = Tracking { q: [1.0, 0.1], r: [0.01], goal: [goal, 0.0], rest: [0.0], terminal: 10.0 };
    Ocp::new(DoubleIntegrator, cost, start, n, 0.1).unwrap()
}

#[test]
fn where_there_is_nothing_to_do_nothing_is_done() {
    let at_goal = run(&mass([0.0; 2], 0.0, 30).transcribe(RK4), &Options::default());
    assert_eq!((at_goal.status, at_goal.steps.len()), (Status::Solved, 0));
    let bounded = mass([0.0; 2], 0.0, 30).bound_controls([Bound::symmetric(1.0)]).unwrap();
    assert_eq!(run(&bounded.transcribe(RK4), &Options::default()).status, Status::Solved);
    assert_eq!(Qp::<1, 1>::new([1.0], 0).solve(&Options::default()).unwrap().report.status, Status::Solved);
    // No cost, only a place to be at.
    let cost = Tracking { q: [0.0; 2], r: [0.0], goal: [0.0; 2], rest: [0.0], terminal: 1.0 };
    let there = Ocp::new(DoubleIntegrator, cost, [0.0; 2], 20, 0.1)
        .and_then(|ocp| ocp.bound_end([Bound::exactly(1.0), Bound::exactly(0.0)]))
        .and_then(|ocp| ocp.bound_controls([Bound::symmetric(5.0)]));
    let report = run(&there.unwrap().transcribe(RK4), &Options::default());
    assert_eq!(report.status, Status::Solved, "{report}");
}

#[test]
fn one_interval_is_a_horizon() {
    let nlp = mass([1.0, 0.0], 0.0, 1).bound_controls([Bound::symmetric(1.0)]).unwrap().transcribe(MIDPOINT);
    assert_eq!(run(&nlp, &Options { shortest: 1, ..Options::default() }).status, Status::Solved);
    assert_eq!(run(&nlp, &Options { shortest: usize::MAX, ..Options::default() }).status, Status::Solved);
}

#[test]
fn limits_that_are_none_do_not_matter() {
    let least = |bound: Bound| {
        let nlp = mass([1.0, 0.0], 0.0, 30).bound_controls([bound]).unwrap().transcribe(RK4);
        let report = run(&nlp, &Options::default());
        assert_eq!(report.status, Status::Solved, "{bound:?}: {report}");
        report.cost
    };
    let free = least(FREE);
    for limit in [1e3, 1e6, 1e19, 1e154, 1e300, f64::MAX] {
        assert!((least(Bound::symmetric(limit)) / free - 1.0).abs() < 1e-7, "{limit}");
    }
}

#[test]
fn long_motions_from_rest_to_rest_are_not_called_infeasible() {
    for n in [300, 3000] {
        let cost = Tracking { q: [0.0; 2], r: [1.0], goal: [0.0; 2], rest: [0.0], terminal: 1.0 };
        let nlp = Ocp::new(DoubleIntegrator, cost, [0.0; 2], n, 0.01)
            .and_then(|ocp| ocp.bound_end([Bound::exactly(1.0), Bound::exactly(0.0)]))
            .unwrap()
            .transcribe(RK4);
        let report = run(&nlp, &Options::default());
        assert_eq!(report.status, Status::Solved, "{n}: {report}");
    }
}

#[test]
fn a_soft_limit_with_a_high_price_gives_way_to_a_hard_one() {
    let mut qp = Qp::<1, 1>::new([0.0], 10);
    qp.expansion.explicit = true;
    for block in &mut qp.expansion.blocks {
        (block.b[(0, 0)], block.uu[(0, 0)]) = (1.0, 1.0);
    }
    qp.bounds[9].states[0] = Bound::within(f64::NEG_INFINITY, 0.0).soft(100.0, 0.0);
    qp.bounds[10].states[0] = Bound::exactly(0.5);
    let solution = qp.solve(&Options::default()).unwrap();
    assert_eq!(solution.report.status, Status::Solved, "{}", solution.report);
    assert!((solution.plan.states[10][0] - 0.5).abs() < 1e-8);
    assert_eq!(qp.certificate(&solution), None);
    // What is paid is told apart from the cost.
    qp.bounds[10].states[0] = FREE;
    qp.bounds[9].states[0] = Bound::within(0.2, 1.0).soft(0.01, 0.0);
    let report = qp.solve(&Options::default()).unwrap().report;
    assert!(report.status.is_solved() && report.paid > 0.0 && report.violation == 0.0, "{report}");
}

/// `y' = √(1 - x)`: what nobody pays for may blow up.
struct Unpaid;

impl Dynamics<2, 1> for Unpaid {
    const STATES: [Quantity; 2] = [Quantity::new("x", "m"), Quantity::new("y", "m")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s")];
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _]: [S; 2], [u]: [S; 1]) -> [S; 2] {
        [u, (-x + 1.0).sqrt()]
    }
}

#[test]
fn a_state_without_a_cost_stays_a_number() {
    let cost = Tracking { q: [1.0, 0.0], r: [0.01], goal: [2.0, 0.0], rest: [0.0], terminal: 10.0 };
    let nlp = Ocp::new(Unpaid, cost, [0.0; 2], 20, 0.1).unwrap().transcribe(RK4);
    assert!(!run(&nlp, &Options::default()).status.is_solved());
}

/// As far to the right as the end allows.
struct Far;

impl Cost<2, 1> for Far {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 2], _: [S; 1], _: &mut impl CostSink<S>) {}
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.add(-x);
    }
}

#[test]
fn what_only_the_end_limits_is_solved_though_a_shorter_horizon_has_no_solution() {
    let end = [Bound::within(f64::NEG_INFINITY, 1.0), Bound::symmetric(1.0)];
    let nlp = Ocp::new(DoubleIntegrator, Far, [0.0; 2], 40, 0.1).unwrap().bound_end(end).unwrap().transcribe(RK4);
    let report = run(&nlp, &Options::default());
    assert_eq!(report.status, Status::Solved, "{report}");
    assert!((report.cost + 1.0).abs() < 1e-6);
}

#[test]
fn a_far_guess_ends_where_a_near_one_does() {
    let nlp = mass([1.0, 0.0], 0.0, 30).bound_controls([Bound::symmetric(1.0)]).unwrap().transcribe(RK4);
    let near = run(&nlp, &Options::default()).cost;
    let at_once = Options { start: Start::Guess, ..Options::default() };
    for speed in [1e3, 1e6, 1e8] {
        let mut guess = Trajectory::constant(30, [1.0, 0.0], [0.0]);
        guess.states[1..].iter_mut().for_each(|x| x[1] = speed);
        let report = interior::solve(&nlp, &guess, &at_once).unwrap().report;
        assert_eq!(report.status, Status::Solved, "{speed}: {report}");
        assert!((report.cost / near - 1.0).abs() < 1e-6, "{speed}: {report}, {near}");
    }
}

/// Whatever ended a run, its numbers are those of the plan that it hands back, and no iterate was much better.
#[test]
fn a_report_is_of_its_plan() {
    let nlp = limited::race(50).unwrap().transcribe(RK4);
    let guess = Trajectory::constant(50, [0.0; 4], [0.0]);
    let at_once = Options { start: Start::Guess, ..Options::default() };
    let all = interior::solve(&nlp, &guess, &at_once).unwrap().report;
    for most in [1, 5, 20, 60, 80, 82, 85] {
        let mut steps = 0;
        let stop = |_: &interior::Step, _: &Trajectory<4, 1>| {
            steps += 1;
            steps < most
        };
        let stopped = interior::solve_watched(&nlp, &guess, &at_once, stop).unwrap();
        let budget = Options { iterations: most, ..at_once.clone() };
        for solution in [stopped, interior::solve(&nlp, &guess, &budget).unwrap()] {
            let report = &solution.report;
            let mut defects = vec![[0.0; 4]; 50];
            assert_eq!(nlp.evaluate(&solution.plan, &mut defects), report.cost);
            let largest = defects.as_flattened().iter().fold(0.0f64, |most, d| most.max(d.abs()));
            assert_eq!(largest, report.defect);
            let best = all.steps[..most].iter().map(|step| step.error).fold(f64::INFINITY, f64::min);
            assert!(report.error <= 40.0 * best, "{most}: {report}, {best}");
        }
    }
}

#[test]
fn a_warm_start_takes_any_first_barrier_and_no_broken_solution() {
    let nlp = limited::race(20).unwrap().transcribe(RK4);
    let guess = Trajectory::constant(20, [0.0; 4], [0.0]);
    let solution = interior::solve(&nlp, &guess, &Options::default()).unwrap();
    for barrier in [1e-6, 0.1, 1.0, 1e6] {
        let options = Options { barrier, ..Options::default() };
        let report = interior::solve_from(&nlp, &solution, &options).unwrap().report;
        assert_eq!(report.status, Status::Solved, "{barrier}: {report}");
    }
    let mut broken = solution;
    broken.multipliers.pop();
    let error = interior::solve_from(&nlp, &broken, &Options::default()).unwrap_err().to_string();
    assert_eq!(error, "multipliers of the solution = 19: must be the number of the problem's intervals");
}

#[test]
fn a_quadratic_program_is_taken_at_its_word() {
    let mut qp = Qp::<1, 1>::new([0.0], 4);
    qp.expansion.explicit = true;
    for block in &mut qp.expansion.blocks {
        (block.b[(0, 0)], block.uu[(0, 0)]) = (1.0, 1.0);
    }
    qp.bounds[0].controls[0] = Bound::symmetric(0.1);
    let guess = Trajectory::constant(4, [0.0], [0.0]);
    let error = newton::solve(&qp, &guess, &newton::Options::default()).unwrap_err();
    assert_eq!((error.field.as_str(), error.value), ("inequalities of the problem", 2.0));
    for (linear, quadratic) in [(0.0, 0.0), (-1.0, 0.0), (f64::NAN, 1.0), (1.0, f64::INFINITY)] {
        let row = Linear { value: 1.0, x: nalgebra::SVector::from([1.0]), u: nalgebra::SVector::zeros() };
        let mut priced = qp.clone();
        let kind = Kind::Soft(Price { linear, quadratic });
        priced.rows.push((Constraint { knot: 2, name: "row", kind }, row));
        assert!(priced.solve(&Options::default()).unwrap_err().to_string().contains("price of the bound of row"));
    }
    // The start is where the problem's is, seen from the plan.
    let mut ocp = limited::race(20).unwrap();
    let plan = Trajectory::constant(20, [0.0; 4], [0.0]);
    ocp.set_start([0.01, 0.0, 0.02, 0.0]).unwrap();
    let around = Qp::about(&ocp.transcribe(RK4), &plan, &[[0.0; 4]; 20], &[], Hessian::GaussNewton);
    assert_eq!(around.start, [0.01, 0.0, 0.02, 0.0]);
}
