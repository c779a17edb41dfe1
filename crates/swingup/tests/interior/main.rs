//! The interior point method on problems whose optima other programs found.
//!
//! `race_n*.csv` and `robot_*.csv` are IPOPT's motions, to 1e-12 and better, bounds not relaxed; the costs are those of these motions.

#[path = "../common/mod.rs"]
mod common;

mod edges;
mod race;
mod status;
mod within_limits;

use common::{Random, data};
use swingup::constrained::Constrained;
use swingup::cost::Tracking;
use swingup::expansion::Hessian;
use swingup::interior::{self, Options, Report, Start, Status};
use swingup::models::{CartPole, Slewed};
use swingup::newton;
use swingup::problems::limited;
use swingup::transcription::{MIDPOINT, RK4};
use swingup::{Bound, Ocp, Trajectory, problems};

fn solve<const NX: usize, const NU: usize>(
    nlp: &impl Constrained<NX, NU>,
    control: [f64; NU],
    options: &Options,
) -> interior::Solution<NX, NU> {
    let guess = Trajectory::constant(nlp.intervals(), nlp.start(), control);
    interior::solve(nlp, &guess, options).unwrap()
}

/// Newton steps, factorizations and trials.
fn work(report: &Report) -> [usize; 3] {
    [report.iterations(), report.factorizations(), report.trials()]
}

fn reference<const NX: usize, const NU: usize>(file: &str) -> Trajectory<NX, NU> {
    let text = data(file);
    let rows: Vec<Vec<f64>> =
        text.lines().skip(1).map(|line| line.split(',').map(|v| v.parse().unwrap()).collect()).collect();
    let states = rows.iter().map(|row| row[..NX].try_into().unwrap()).collect();
    let controls = rows[..rows.len() - 1].iter().map(|row| row[NX..].try_into().unwrap()).collect();
    Trajectory { states, controls }
}

fn furthest<const NX: usize, const NU: usize>(a: &Trajectory<NX, NU>, b: &Trajectory<NX, NU>) -> f64 {
    let states = a.states.as_flattened().iter().zip(b.states.as_flattened());
    let controls = a.controls.as_flattened().iter().zip(b.controls.as_flattened());
    states.chain(controls).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

#[test]
fn the_race_from_rest_ends_at_the_optimum() {
    let costs = [447.434065000126, 445.247940379738, 445.330612749079, 445.330754222746];
    let mut works = Vec::new();
    for (n, cost) in [20, 50, 100, 200].into_iter().zip(costs) {
        let nlp = limited::race(n).unwrap().transcribe(RK4);
        let solution = solve(&nlp, [0.0], &Options::default());
        let report = &solution.report;
        assert_eq!(report.status, Status::Solved, "{n}: {report}");
        assert!((report.cost / cost - 1.0).abs() < 1e-8, "{n}: {report}");
        assert!(report.violation == 0.0 && report.defect < 1e-7, "{n}: {report}");
        assert!(furthest(&solution.plan, &reference(&format!("race_n{n}.csv"))) < 2e-3);
        works.push(work(report));
    }
    assert_eq!(works, [[20, 21, 20], [28, 31, 33], [29, 32, 34], [29, 32, 34]]);
}

#[test]
fn robots_reach_the_costs_of_other_programs() {
    let planar = solve(&limited::planar_quadrotor().transcribe(RK4), [2.4525; 2], &Options::default());
    let quadrotor = solve(&limited::quadrotor().transcribe(RK4), [2.4525; 4], &Options::default());
    for (report, cost) in [(&planar.report, 120.36188901959862), (&quadrotor.report, 93.18322700061755)] {
        assert_eq!(report.status, Status::Solved);
        assert!((report.cost / cost - 1.0).abs() < 1e-7, "{report}");
    }
    assert!(furthest(&planar.plan, &reference("robot_planar_quad.csv")) < 1e-3);
    assert!(furthest(&quadrotor.plan, &reference("robot_quadrotor.csv")) < 1e-3);
    assert_eq!([work(&planar.report), work(&quadrotor.report)], [[17, 20, 18], [13, 13, 14]]);
}

/// The default finds a better one than IPOPT from the same guess; from IPOPT's motion it finds IPOPT's. From ours IPOPT (casadi 3.8.2, tol
/// 1e-12) stays at 3149.448774250545.
#[test]
fn the_double_pole_has_a_better_optimum_than_was_known() {
    let nlp = limited::double_cart_pole().transcribe(RK4);
    let solution = solve(&nlp, [0.0], &Options::default());
    assert_eq!(solution.report.status, Status::Solved);
    assert!((solution.report.cost / 3149.448774250545 - 1.0).abs() < 1e-7, "{}", solution.report);
    assert_eq!(work(&solution.report), [81, 89, 98]);
    let known = reference("robot_double_cart_pole.csv");
    let report = interior::solve(&nlp, &known, &Options::default()).unwrap().report;
    assert_eq!(report.status, Status::Solved);
    assert!((report.cost / 3388.321434872859 - 1.0).abs() < 1e-7, "{report}");
}

/// The costs are IPOPT's, to the four digits that were published, where no better optimum is known.
#[test]
fn the_swing_up_within_limits_reaches_the_costs_of_other_programs() {
    const NONE: f64 = f64::INFINITY;
    let mut works = Vec::new();
    for (limits, cost) in [
        ([0.4, NONE, NONE], 295.2328),
        ([1.0, NONE, NONE], 145.7368),
        ([NONE, NONE, 1.0], 149.8648),
        ([0.4, 1.0, 2.0], 312.2883),
        ([1.0, 1.0, 1.0], 188.9584),
        // 268.3244 is another local optimum.
        ([0.9, NONE, NONE], 146.2300),
    ] {
        let nlp = limited::swing_up(limits[0], limits[1], limits[2]).unwrap().transcribe(MIDPOINT);
        let report = solve(&nlp, [0.0], &Options::default()).report;
        assert_eq!(report.status, Status::Solved, "{limits:?}: {report}");
        assert!((report.cost - cost).abs() < 1e-4, "{limits:?}: {report}");
        works.push(work(&report));
    }
    assert_eq!(works, [[103, 121, 169], [34, 35, 35], [28, 28, 26], [141, 166, 238], [84, 99, 95], [32, 33, 31]]);
}

#[test]
fn the_slow_swing_up_takes_its_steps() {
    let report = solve(&limited::slow_swing_up().transcribe(MIDPOINT), [0.0], &Options::default()).report;
    assert_eq!(report.status, Status::Solved, "{report}");
    assert!((report.cost - 261.0992).abs() < 1e-4, "{report}");
    assert_eq!(work(&report), [65, 70, 62]);
}

#[test]
fn without_inequalities_it_is_newtons_method() {
    let nlp = problems::swing_up().transcribe(MIDPOINT);
    let report = solve(&nlp, [0.0], &Options::default()).report;
    assert!((report.cost - problems::SWING_UP_OPTIMUM).abs() < 1e-9, "{report}");
    assert_eq!(report.complementarity, 0.0);
    let report = solve(&nlp, [0.0], &Options { start: Start::Guess, ..Options::default() }).report;
    assert!((report.cost - problems::SWING_UP_OPTIMUM).abs() < 1e-9, "{report}");
}

/// Any states, any controls: motions of nothing at all.
#[test]
fn a_hundred_random_guesses_end_at_optima() {
    let nlp = limited::race(50).unwrap().transcribe(RK4);
    let (mut solved, mut best) = (0, 0);
    for seed in 0..100 {
        let mut random = Random(seed);
        let guess = limited::race_guess(50, || random.next());
        let report = interior::solve(&nlp, &guess, &Options::default()).unwrap().report;
        assert!(report.cost.is_finite() && report.iterations() <= 500);
        solved += usize::from(report.status == Status::Solved);
        best += usize::from((report.cost - 445.247940379738).abs() < 1e-4);
    }
    assert!(solved >= 97 && best >= 97, "{solved} solved, {best} at the best optimum");
}

#[test]
fn gauss_and_newton_come_to_the_same_motion() {
    let nlp = limited::race(50).unwrap().transcribe(RK4);
    let options = Options { hessian: Hessian::GaussNewton, ..Options::default() };
    let report = solve(&nlp, [0.0], &options).report;
    assert_eq!(report.status, Status::Solved, "{report}");
    assert!((report.cost / 445.247940379738 - 1.0).abs() < 1e-8);
    assert!(report.steps.iter().all(|step| !step.exact));
}

/// The gap of a point on the central path is `m μ`; here the optimum is known.
#[test]
fn multipliers_are_the_price_of_limits() {
    let cost = |track: f64| {
        let ocp = limited::swing_up(track, f64::INFINITY, f64::INFINITY).unwrap();
        solve(&ocp.transcribe(MIDPOINT), [0.0], &Options { tolerance: 1e-10, ..Options::default() })
    };
    let here = cost(1.0);
    let mut price = 0.0;
    here.warm.each(|_, side, z| {
        if let interior::Side::State { .. } = side {
            price += z;
        }
    });
    let slope = (cost(1.0 + 1e-4).report.cost - cost(1.0 - 1e-4).report.cost) / 2e-4;
    assert!((slope + price).abs() < 1e-4 * price, "{slope} {price}");
}

#[test]
fn a_warm_start_takes_fewer_steps() {
    let mut ocp = limited::race(50).unwrap();
    let cold = solve(&ocp.clone().transcribe(RK4), [0.0], &Options::default());
    ocp.set_start([0.02, 0.0, 0.05, 0.1]).unwrap();
    let nlp = ocp.transcribe(RK4);
    let warm = interior::solve_from(&nlp, &cold, &Options::default()).unwrap().report;
    let again = solve(&nlp, [0.0], &Options::default()).report;
    assert_eq!(warm.status, Status::Solved, "{warm}");
    assert!((warm.cost / again.cost - 1.0).abs() < 1e-8, "{warm}, {again}");
    assert!(2 * warm.iterations() <= again.iterations(), "{warm}, {again}");
}

#[test]
fn a_motor_that_cannot_jump_does_not() {
    let model = Slewed::<_, 4>(CartPole::new(0.5, 9.81));
    let goal = [0.0, 0.0, std::f64::consts::PI, 0.0, 0.0];
    let cost = Tracking { q: [0.5, 0.05, 2.5, 0.05, 0.05], r: [1e-6], goal, rest: [0.0], terminal: 10.0 };
    let least = |slew: f64| {
        let free = Bound::FREE;
        let nlp = Ocp::<_, _, 5, 1>::new(model, cost.clone(), [0.0; 5], 50, 0.05)
            .and_then(|ocp| ocp.bound_states([Bound::symmetric(0.5), free, free, free, Bound::symmetric(10.0)]))
            .and_then(|ocp| ocp.bound_controls([Bound::symmetric(slew)]))
            .unwrap()
            .transcribe(RK4);
        let solution = solve(&nlp, [0.0], &Options::default());
        assert_eq!(solution.report.status, Status::Solved, "{}", solution.report);
        let jump = |ends: &[[f64; 5]]| (ends[1][4] - ends[0][4]).abs();
        let most = solution.plan.states.windows(2).map(jump).fold(0.0, f64::max);
        assert!(most <= 0.05 * slew * (1.0 + 1e-9) && most > 0.04 * slew, "{most} at {slew}");
        solution.report.cost
    };
    let costs = [40.0, 80.0, 160.0].map(least);
    assert!(costs[0] > costs[1] && costs[1] > costs[2], "{costs:?}");
}

#[test]
fn forms_that_know_no_inequalities_refuse_them() {
    let nlp = limited::race(20).unwrap().transcribe(RK4);
    let guess = Trajectory::constant(20, [0.0; 4], [0.0]);
    let error = newton::solve(&nlp, &guess, &newton::Options::default()).unwrap_err().to_string();
    let must = "must be 0: `interior::solve` keeps them, `barrier::Priced` gives them a price";
    assert_eq!(error, format!("inequalities of the problem = 80: {must}"));
    let circle = problems::planar_quadrotor().subject_to(limited::Circle { centre: [2.0, 0.45], radius: 0.6 });
    let guess = Trajectory::constant(60, [0.0; 6], [2.4525; 2]);
    let error = newton::solve(&circle.transcribe(RK4), &guess, &newton::Options::default()).unwrap_err();
    assert_eq!(error.value, 60.0);
}
