//! What the interior point method says when there is no solution, or something is wrong.

use crate::common::Random;
use swingup::constrained::Constrained;
use swingup::cost::Tracking;
use swingup::interior::{self, Options, Report, Start, Status};
use swingup::models::{CartPole, DoubleIntegrator, PlanarQuadrotor};
use swingup::problems::limited::{self, Circle};
use swingup::transcription::{MIDPOINT, RK4};
use swingup::{
    At, Bound, Bounds, Constraints, Cost, CostSink, Dynamics, MarginSink, Ocp, Quantity, Scalar, Trajectory,
};

const FREE: Bound = Bound::FREE;
const PI: f64 = std::f64::consts::PI;

fn run<const NX: usize, const NU: usize>(nlp: &impl Constrained<NX, NU>, options: &Options) -> Report {
    let guess = Trajectory::constant(nlp.intervals(), nlp.start(), [0.0; NU]);
    let solution = interior::solve(nlp, &guess, options).unwrap();
    // Whatever happened, what is handed back is a motion of finite numbers.
    assert!(solution.plan.states.as_flattened().iter().all(|v| v.is_finite()), "{}", solution.report);
    assert!(solution.plan.controls.as_flattened().iter().all(|v| v.is_finite()));
    assert_eq!(solution.plan.controls.len(), nlp.intervals());
    solution.report
}

/// Is it called infeasible, at that knot, with one of these constraints, and in at most ten times the steps of the solvable problem?
fn infeasible<const NX: usize, const NU: usize>(
    nlp: &impl Constrained<NX, NU>,
    solvable: usize,
    at: std::ops::RangeInclusive<usize>,
    named: &[&str],
) {
    let report = run(nlp, &Options::default());
    let Status::Infeasible { knot, constraint } = &report.status else { panic!("{named:?}: {report}") };
    assert!(at.contains(knot), "{named:?}: {report}");
    assert!(named.iter().any(|name| constraint.starts_with(name)), "{named:?}: {report}");
    assert!(report.iterations() <= 10 * solvable, "{named:?}: {report}");
    assert!(report.violation > 1e-4 && !report.status.is_solved());
}

#[test]
fn contradicted_races_are_infeasible_where_they_are_contradicted() {
    let race = |n: usize| limited::race(n).unwrap();
    // The end beyond the track.
    for end in [0.8, 1.0, 1.5, -0.8, -3.0] {
        let states = [Bound::exactly(end), FREE, FREE, FREE];
        infeasible(&race(50).bound_end(states).unwrap().transcribe(RK4), 28, 50..=50, &["x "]);
    }
    // Upright and at rest before there is time for it.
    for n in [2, 4, 6, 8, 10] {
        let upright = [Bound::exactly(0.0), Bound::exactly(0.0), Bound::exactly(PI), Bound::exactly(0.0)];
        let nlp = race(n).bound_end(upright).unwrap().transcribe(RK4);
        infeasible(&nlp, 20, n..=n, &["theta", "omega", "x ", "v "]);
    }
    // States that the start is too far from.
    for track in [0.1, 0.2, 0.4] {
        let states = [Bound::within(track, 0.5), FREE, FREE, FREE];
        infeasible(&race(50).bound_states(states).unwrap().transcribe(RK4), 28, 1..=10, &["x "]);
    }
    for speed in [0.6, 1.0, 3.0] {
        let states = [FREE, Bound::within(speed, 10.0), FREE, FREE];
        infeasible(&race(20).bound_states(states).unwrap().transcribe(RK4), 20, 1..=10, &["v "]);
    }
    // A motor too weak to swing the pole up at once.
    let states = [FREE, FREE, Bound::exactly(PI), FREE];
    let weak = race(20).bound_controls([Bound::symmetric(0.5)]).unwrap().bound_end(states).unwrap();
    infeasible(&weak.transcribe(RK4), 20, 20..=20, &["theta"]);
}

/// Two margins that exclude each other, at every knot.
struct Torn;

impl Constraints<4, 1> for Torn {
    fn running<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 4], _: [S; 1], sink: &mut impl MarginSink<S>) {
        self.terminal(at, x, sink);
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [x, v, ..]: [S; 4], sink: &mut impl MarginSink<S>) {
        sink.hard("left of the line", -(x + v) - 0.1);
        sink.hard("right of the line", x + v - 0.1);
    }
}

/// An equation that nothing solves: `x² + v² = -1`.
struct Nowhere;

impl Constraints<4, 1> for Nowhere {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, _: [S; 4], _: [S; 1], _: &mut impl MarginSink<S>) {}
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [x, v, ..]: [S; 4], sink: &mut impl MarginSink<S>) {
        sink.equal("nowhere", x * x + v * v + 1.0);
    }
}

#[test]
fn margins_and_equations_that_cannot_hold_are_named() {
    let race = || limited::race(20).unwrap();
    infeasible(&race().subject_to(Torn).transcribe(RK4), 20, 1..=20, &["left of the line", "right of the line"]);
    infeasible(&race().subject_to(Nowhere).transcribe(RK4), 20, 20..=20, &["nowhere"]);
    let rest = swingup::problems::planar_quadrotor;
    for radius in [0.5, 1.0, 2.0] {
        // The end inside of what is to be kept out of.
        let circle = Circle { centre: [4.0, 1.0], radius };
        let end = [Bound::exactly(4.0), Bound::exactly(1.0), FREE, FREE, FREE, FREE];
        let ocp = rest().bound_controls([Bound::within(0.0, 6.0); 2]).unwrap().bound_end(end).unwrap();
        infeasible(&ocp.subject_to(circle).transcribe(RK4), 20, 50..=60, &["circle", "px", "pz"]);
    }
    // The start in the middle of it.
    let around = Circle { centre: [0.0, 0.1], radius: 1.0 };
    let ocp = rest().bound_controls([Bound::within(0.0, 6.0); 2]).unwrap();
    infeasible(&ocp.subject_to(around).transcribe(RK4), 20, 1..=10, &["circle"]);
}

#[test]
fn equations_at_the_end_are_met() {
    let upright = |x: f64| [Bound::exactly(x), Bound::exactly(0.0), Bound::exactly(PI), Bound::exactly(0.0)];
    for x in [0.0, 0.3] {
        let nlp = limited::race(50).unwrap().bound_end(upright(x)).unwrap().transcribe(RK4);
        let guess = Trajectory::constant(50, [0.0; 4], [0.0]);
        let solution = interior::solve(&nlp, &guess, &Options::default()).unwrap();
        assert_eq!(solution.report.status, Status::Solved, "{}", solution.report);
        let end = solution.plan.states[50];
        assert!((end[0] - x).abs() < 1e-9 && (end[2] - PI).abs() < 1e-9 && end[3].abs() < 1e-9, "{end:?}");
    }
}

#[test]
fn a_soft_bound_holds_where_its_price_is_higher_than_its_multiplier() {
    let cost = |bound: Bound| {
        let nlp = limited::race(50).unwrap().bound_states([bound, FREE, FREE, FREE]).unwrap().transcribe(RK4);
        let report = run(&nlp, &Options::default());
        assert_eq!(report.status, Status::Solved, "{report}");
        report.cost
    };
    let hard = cost(Bound::symmetric(0.5));
    assert!((cost(Bound::symmetric(0.5).soft(1e4, 0.0)) / hard - 1.0).abs() < 1e-7);
    let [low, high] = [0.1, 1.0].map(|price| cost(Bound::symmetric(0.5).soft(price, 0.0)));
    assert!(low < high && high < hard, "{low} {high} {hard}");
    // A start outside costs its price and no more.
    let outside = Bound::within(0.2, 0.5).soft(100.0, 10.0);
    assert!(cost(outside).is_finite());
}

#[test]
fn wrong_limits_are_refused_by_name() {
    let race = || limited::race(5).unwrap();
    let error = |bound: Bound| race().bound_states([bound, FREE, FREE, FREE]).unwrap_err().to_string();
    assert_eq!(
        error(Bound::within(0.5, -0.5)),
        "lower bound of x at knot 1 (upper -0.5) = 0.5: must be at most the upper one"
    );
    assert_eq!(
        error(Bound::within(f64::NAN, 1.0)),
        "lower bound of x at knot 1 = NaN: must be a number or minus infinity"
    );
    assert_eq!(
        error(Bound::symmetric(1.0).soft(-1.0, 0.0)),
        "linear price of the bound of x at knot 1 = -1: must be finite and not negative"
    );
    assert_eq!(
        error(Bound::symmetric(1.0).soft(0.0, 0.0)),
        "price of the bound of x at knot 1 = 0: must be above 0 in one of its parts"
    );
    let mut ocp = race();
    let excluding = Bounds { states: [Bound::within(0.2, 0.5), FREE, FREE, FREE], ..Bounds::FREE };
    assert_eq!(ocp.set_bounds(0, excluding).unwrap_err().to_string(), "start[0], x (m) = 0: must be within its bounds");
    ocp.set_bounds(0, Bounds { states: [Bound::symmetric(0.5), FREE, FREE, FREE], ..Bounds::FREE }).unwrap();
    assert_eq!(
        ocp.set_start([0.6, 0.0, 0.0, 0.0]).unwrap_err().to_string(),
        "start[0], x (m) = 0.6: must be within its bounds"
    );
    assert_eq!(ocp.start(), [0.0; 4]);
    assert_eq!(ocp.set_bounds(9, Bounds::FREE).unwrap_err().to_string(), "knot = 9: must be a knot of the horizon");
    let guess = Trajectory::constant(4, [0.0; 4], [0.0]);
    let nlp = race().transcribe(RK4);
    assert!(
        interior::solve(&nlp, &guess, &Options::default())
            .unwrap_err()
            .to_string()
            .starts_with("states of the guess = 5")
    );
    let options = Options { tolerance: 0.0, ..Options::default() };
    let guess = Trajectory::constant(5, [0.0; 4], [0.0]);
    assert_eq!(
        interior::solve(&nlp, &guess, &options).unwrap_err().to_string(),
        "tolerance = 0: must be positive and finite"
    );
}

#[test]
fn a_caller_and_a_budget_end_a_run_with_what_it_has() {
    let nlp = limited::race(50).unwrap().transcribe(RK4);
    let guess = Trajectory::constant(50, [0.0; 4], [0.0]);
    for most in 0..40 {
        let report = run(&nlp, &Options { iterations: most, ..Options::default() });
        assert!(report.iterations() <= most);
        assert_eq!(report.status.is_solved(), report.error <= 1e-5, "{report}");
        let mut seen = 0;
        let see = |_: &interior::Step, _: &Trajectory<4, 1>| {
            seen += 1;
            seen < most
        };
        let report = interior::solve_watched(&nlp, &guess, &Options::default(), see).unwrap().report;
        assert!(report.status == Status::Stopped || report.status == Status::Solved, "{report}");
    }
}

/// `x' = u` where x is small, and not a number where it is not.
struct Brittle(f64);

impl Dynamics<1, 1> for Brittle {
    const STATES: [Quantity; 1] = [Quantity::new("x", "m")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s")];
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [x]: [S; 1], [u]: [S; 1]) -> [S; 1] {
        [u + (S::from(self.0) - x).sqrt() * 0.0]
    }
}

#[test]
fn where_the_model_is_not_a_number_is_said_or_gone_around() {
    let cost = Tracking { q: [1.0], r: [0.1], goal: [2.0], rest: [0.0], terminal: 10.0 };
    let ocp = |edge: f64| Ocp::new(Brittle(edge), cost.clone(), [0.0], 20, 0.1).unwrap();
    // The goal is beyond the edge: the motion goes up to it, where the slope is not a number any more.
    let report = run(&ocp(1.0).transcribe(RK4), &Options::default());
    assert!(report.cost.is_finite() && report.cost < 70.0 && !report.status.is_solved(), "{report}");
    assert_eq!(run(&ocp(3.0).transcribe(RK4), &Options::default()).status, Status::Solved);
    // A guess beyond it has no value.
    let mut guess = Trajectory::constant(20, [0.0], [0.0]);
    guess.states[7] = [1.5];
    let options = Options { start: Start::Guess, ..Options::default() };
    let report = interior::solve(&ocp(1.0).transcribe(RK4), &guess, &options).unwrap().report;
    assert_eq!(report.status, Status::NotFinite { knot: 7 });
}

/// Going to the right pays.
struct Greed;

impl Cost<2, 1> for Greed {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _]: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.add(-x);
        sink.square(1e-9, u * 0.0);
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.add(-x);
    }
}

#[test]
fn a_cost_without_end_is_called_so() {
    let ocp = || Ocp::new(DoubleIntegrator, Greed, [0.0; 2], 20, 0.1).unwrap();
    let report = run(&ocp().transcribe(RK4), &Options::default());
    assert!(matches!(report.status, Status::Unbounded { .. }), "{report}");
    let report = run(&ocp().bound_controls([Bound::symmetric(1.0)]).unwrap().transcribe(RK4), &Options::default());
    assert_eq!(report.status, Status::Solved, "{report}");
}

/// The cart-pole in other units: states times `x`, controls times `u`.
#[derive(Clone)]
struct InUnits {
    x: [f64; 4],
    u: f64,
}

impl Dynamics<4, 1> for InUnits {
    const STATES: [Quantity; 4] = <CartPole as Dynamics<4, 1, 0>>::STATES;
    const CONTROLS: [Quantity; 1] = <CartPole as Dynamics<4, 1, 0>>::CONTROLS;
    fn xdot<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 4], u: [S; 1]) -> [S; 4] {
        let state = std::array::from_fn(|i| x[i] * (1.0 / self.x[i]));
        let rate = CartPole::new(0.5, 9.81).xdot(at, state, [u[0] * (1.0 / self.u)]);
        std::array::from_fn(|i| rate[i] * self.x[i])
    }
}

#[test]
fn units_do_not_matter() {
    for (x, u, cost) in [
        ([1e6, 1.0, 1.0, 1.0], 1.0, 1.0),
        ([1e-6, 1.0, 1.0, 1.0], 1.0, 1.0),
        ([1.0, 1.0, 1e6, 1e6], 1.0, 1.0),
        ([1.0, 1.0, 1e-6, 1e-6], 1e6, 1.0),
        ([1.0, 1e6, 1.0, 1e-6], 1e-6, 1.0),
        ([1.0; 4], 1.0, 1e6),
        ([1.0; 4], 1.0, 1e-6),
        ([1e-6; 4], 1e-6, 1e-6),
        ([1e6; 4], 1e6, 1e6),
    ] {
        let weigh = |weights: [f64; 4]| std::array::from_fn(|i| cost * weights[i] / (x[i] * x[i]));
        let tracking = Tracking {
            q: weigh([0.5, 0.05, 2.5, 0.05]),
            r: [cost * 0.05 / (u * u)],
            goal: [0.0, 0.0, PI * x[2], 0.0],
            rest: [0.0],
            terminal: 10.0,
        };
        let nlp = Ocp::new(InUnits { x, u }, tracking, [0.0; 4], 50, 0.05)
            .unwrap()
            .bound_states([Bound::symmetric(0.5 * x[0]), FREE, FREE, FREE])
            .unwrap()
            .bound_controls([Bound::symmetric(10.0 * u)])
            .unwrap()
            .transcribe(RK4);
        let report = run(&nlp, &Options::default());
        assert_eq!(report.status, Status::Solved, "{x:?} {u} {cost}: {report}");
        assert!((report.cost / (cost * 445.247940379738) - 1.0).abs() < 1e-7, "{x:?} {u} {cost}: {report}");
    }
}

/// Random problems of all sorts end, and what is called solved is a KKT point.
#[test]
fn no_problem_hangs_or_panics() {
    let mut random = Random(7);
    for _ in 0..60 {
        let mut within = |low: f64, high: f64| low + (high - low) * random.next();
        let n = within(1.0, 30.0) as usize;
        let scale = 10f64.powf(within(-6.0, 6.0));
        let cost = Tracking {
            q: [within(0.0, 1.0), 0.0, within(0.0, 1.0), 0.0, 0.0, 0.0].map(|q| q * scale),
            r: [scale * within(0.0, 0.1); 2],
            goal: [within(-9.0, 9.0), within(-9.0, 9.0), 0.0, 0.0, 0.0, 0.0],
            rest: [within(-9.0, 9.0); 2],
            terminal: within(0.0, 1e3),
        };
        let low = within(-1.0, 3.0);
        let tilt = Bound::within(within(-3.0, 0.5), within(0.5, 3.0));
        let ocp = Ocp::new(PlanarQuadrotor::default(), cost, [0.0; 6], n, within(0.001, 0.5)).unwrap();
        let nlp = ocp
            .bound_controls([Bound::within(low, low + within(0.0, 5.0)); 2])
            .unwrap()
            .bound_states([FREE, FREE, tilt, FREE, FREE, FREE])
            .unwrap()
            .subject_to(Circle { centre: [within(-3.0, 3.0), within(-3.0, 3.0)], radius: within(0.0, 2.0) })
            .transcribe(MIDPOINT);
        let report = run(&nlp, &Options { iterations: 200, ..Options::default() });
        assert!(report.iterations() <= 200 && report.cost.is_finite());
        if report.status == Status::Solved {
            assert!(report.error <= 1e-8 && report.violation <= 1e-6, "{report}");
        }
    }
}
