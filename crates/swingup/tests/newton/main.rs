//! Newton's method finds the optima that other tools found, and tells truly what it did.
//!
//! `blog_part4_optimum.csv` and `blog_part4_multipliers.csv` are the swing-up's optimum in the mirror that this project began
//! in: their f, x, v and the multipliers of x and v have the other sign, f stands a knot later, and the multipliers are of
//! rates, `d/h`. `robots_unbounded.json` is IPOPT's, by multiple shooting.

mod ending;
mod notes;
mod online;
mod plain;
mod units;

use serde_json::Value;
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::newton::{Options, PenaltyForm, Report, Solution, Status, System, solve, solve_watched};
use swingup::problems::{SWING_UP_OPTIMUM, double_cart_pole, planar_quadrotor, quadrotor, swing_up};
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4, TRAPEZOID};
use swingup::{Real, Trajectory};

fn data(name: &str) -> String {
    let path = format!("{}/../../tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|wrong| panic!("{path}: {wrong}"))
}

fn table(name: &str) -> Vec<Vec<f64>> {
    let row = |line: &str| line.split(',').map(|v| v.parse().expect("a number")).collect();
    data(name).lines().skip(1).map(row).collect()
}

fn rest<const NX: usize, const NU: usize, R: Real>(
    nlp: &impl Nlp<NX, NU, R>,
    control: [f64; NU],
) -> Trajectory<NX, NU, R> {
    Trajectory::constant(nlp.intervals(), nlp.start(), control.map(R::from))
}

/// What every report says truly, whatever came of the run.
fn check_report(report: &Report, options: &Options) {
    assert!(report.iterations.len() <= options.iterations);
    for (k, i) in report.iterations.iter().enumerate() {
        let place = format!("step {k}: {i:?}");
        assert!(i.cost.is_finite() && i.defect >= 0.0 && i.gradient >= 0.0 && i.damping >= 0.0, "{place}");
        assert!(i.trials >= 1 && i.factorizations >= 1 && (0.0..=1.0).contains(&i.step), "{place}");
        // Along a Hessian that is positive where it counts the model promises something.
        assert!(i.decrement > 0.0 || i.defect > 1e-9 || i.gradient <= 1e-6, "{place}");
        assert!(i.negative == 0 || i.damping > 0.0, "{place}");
    }
    if report.status == Status::Solved {
        assert!(
            report.defect <= options.tolerance && report.gradient <= options.tolerance * report.scale,
            "{report:?}"
        );
    }
    assert!(report.cost.is_finite());
}

/// Cost, defects and gradient of the report are those of the solution.
fn check_solution<const NX: usize, const NU: usize>(nlp: &impl Nlp<NX, NU>, solution: &Solution<NX, NU>) {
    let mut defects = vec![[0.0; NX]; nlp.intervals()];
    assert_eq!(nlp.evaluate(&solution.plan, &mut defects), solution.report.cost);
    let largest = defects.as_flattened().iter().fold(0.0_f64, |most, d| most.max(d.abs()));
    assert_eq!(largest, solution.report.defect);
    // The gradient of J + λ'd, by the penalty form without a penalty.
    let mut form = PenaltyForm::new(nlp, 0.0);
    form.multipliers.clone_from(&solution.multipliers);
    form.expand(&form.pack(&solution.plan), Hessian::GaussNewton);
    let mut gradient = vec![0.0; form.variables()];
    form.gradient(&mut gradient);
    let largest = gradient.iter().fold(0.0_f64, |most, g| most.max(g.abs()));
    assert!((largest - solution.report.gradient).abs() <= 1e-13 * (1.0 + largest), "{largest:e}");
    assert_eq!(solution.plan.states[0], nlp.start());
}

fn swing_up_from_zero() -> Solution<4, 1> {
    let nlp = swing_up().transcribe(MIDPOINT);
    let options = Options::default();
    let solution = solve(&nlp, &rest(&nlp, [0.0]), &options).expect("in range");
    check_report(&solution.report, &options);
    check_solution(&nlp, &solution);
    solution
}

#[test]
fn the_swing_up_is_that_of_the_notes() {
    let Solution { plan, multipliers, report } = swing_up_from_zero();
    assert_eq!(report.status, Status::Solved);
    assert!((report.cost - SWING_UP_OPTIMUM).abs() < 1e-8, "{}", report.cost);
    assert!(report.defect < 1e-10);

    let rows = table("blog_part4_optimum.csv");
    assert_eq!(rows.len(), plan.states.len());
    for (k, row) in rows.iter().enumerate() {
        let [f, x, v, theta, omega] = row[..] else { panic!("row {k}") };
        for (ours, theirs) in plan.states[k].into_iter().zip([-x, -v, theta, omega]) {
            assert!((ours - theirs).abs() < 1e-6, "knot {k}: {ours} and {theirs}");
        }
        if k > 0 {
            assert!((plan.controls[k - 1][0] + f).abs() < 1e-6, "control {k}");
        }
    }
    let rows = table("blog_part4_multipliers.csv");
    assert_eq!(rows.len(), multipliers.len());
    for (k, (row, ours)) in rows.iter().zip(&multipliers).enumerate() {
        let [x, v, theta, omega] = row[..] else { panic!("row {k}") };
        for (ours, theirs) in ours.iter().zip([-x, -v, theta, omega]) {
            assert!(
                (ours - theirs / 0.1).abs() < 1e-6 * (1.0 + ours.abs()),
                "multiplier {k}: {ours} and {}",
                theirs / 0.1
            );
        }
    }
}

/// The work of a run, all of it counted: trials of the line search, factorizations with those that only counted eigenvalues or
/// found more damping to be needed.
#[test]
fn the_swing_up_takes_little_work() {
    let report = swing_up_from_zero().report;
    let trials: usize = report.iterations.iter().map(|i| i.trials).sum();
    let factorizations: usize = report.iterations.iter().map(|i| i.factorizations).sum();
    let steps = report.iterations.len();
    assert!(steps <= 30 && trials <= 60 && factorizations <= 50, "{steps} {trials} {factorizations}");
}

/// Near the optimum the error squares, with whole steps and no damping.
#[test]
fn the_last_steps_converge_quadratically() {
    let report = swing_up_from_zero().report;
    let last = &report.iterations[report.iterations.len() - 4..];
    let ends = report.gradient;
    let gradients: Vec<f64> = last.iter().map(|i| i.gradient).chain([ends]).collect();
    for (i, pair) in last.iter().zip(gradients.windows(2)) {
        assert_eq!((i.step, i.damping, i.factorizations), (1.0, 0.0, 1));
        assert!(pair[1] <= (40.0 * pair[0] * pair[0]).max(1e-12), "{gradients:?}");
    }
}

/// Every scheme has an optimum of its own, and those of order 4 nearly the same one.
#[test]
fn every_scheme_is_solved() {
    fn cost(nlp: &impl Nlp<4, 1>) -> f64 {
        let solution = solve(nlp, &rest(nlp, [0.0]), &Options::default()).expect("in range");
        assert_eq!(solution.report.status, Status::Solved);
        check_report(&solution.report, &Options::default());
        check_solution(nlp, &solution);
        solution.report.cost
    }
    let [midpoint, trapezoid] = [cost(&swing_up().transcribe(MIDPOINT)), cost(&swing_up().transcribe(TRAPEZOID))];
    let [simpson, rk4] = [cost(&swing_up().transcribe(HERMITE_SIMPSON)), cost(&swing_up().transcribe(RK4))];
    assert!((simpson - rk4).abs() < 1e-3 && (midpoint - rk4).abs() < 0.2 && (trapezoid - rk4).abs() < 0.2);
}

fn robot<const NX: usize, const NU: usize>(name: &str, nlp: &impl Nlp<NX, NU>, control: [f64; NU], steps: usize) {
    let all: Value = serde_json::from_str(&data("robots_unbounded.json")).expect("JSON");
    let reference = &all["robots"][name];
    let number = |value: &Value| value.as_f64().expect("a number");
    let options = Options::default();
    let solution = solve(nlp, &rest(nlp, control), &options).expect("in range");
    check_report(&solution.report, &options);
    check_solution(nlp, &solution);
    let (cost, taken) = (number(&reference["cost"]), solution.report.iterations.len());
    assert!(solution.report.status == Status::Solved && taken <= steps, "{name}: {taken} steps");
    assert!((solution.report.cost - cost).abs() <= 1e-7 * cost, "{name}: {} and {cost}", solution.report.cost);
    let (states, controls) = (reference["x"].as_array().expect("rows"), reference["u"].as_array().expect("rows"));
    assert_eq!((states.len(), controls.len()), (solution.plan.states.len(), solution.plan.controls.len()));
    let near = |ours: f64, theirs: f64| (ours - theirs).abs() <= 1e-5 * (1.0 + theirs.abs());
    for (ours, theirs) in solution.plan.controls.iter().zip(controls) {
        assert!((0..NU).all(|j| near(ours[j], number(&theirs[j]))), "{name}: {ours:?} and {theirs}");
    }
    for (ours, theirs) in solution.plan.states.iter().zip(states) {
        assert!((0..NX).all(|i| near(ours[i], number(&theirs[i]))), "{name}: {ours:?} and {theirs}");
    }
}

#[test]
fn three_robots_reach_the_optima_of_another_solver() {
    robot("double_cart_pole", &double_cart_pole().transcribe(RK4), [0.0], 300);
    robot("planar_quad", &planar_quadrotor().transcribe(RK4), [2.4525; 2], 10);
    robot("quadrotor", &quadrotor().transcribe(RK4), [2.4525; 4], 10);
}

/// The band makes the steps of the recursion.
#[test]
fn the_linear_system_does_not_matter() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let options = Options { system: System::Band, ..Options::default() };
    let (band, riccati) = (solve(&nlp, &rest(&nlp, [0.0]), &options).expect("in range"), swing_up_from_zero());
    check_report(&band.report, &options);
    check_solution(&nlp, &band);
    assert_eq!(band.report.status, Status::Solved);
    assert!((band.report.cost - SWING_UP_OPTIMUM).abs() < 1e-8);
    // Rounding aside, as long as rounding does not grow.
    for (a, b) in band.report.iterations.iter().zip(&riccati.report.iterations).take(10) {
        assert_eq!((a.step, a.trials, a.damping, a.negative), (b.step, b.trials, b.damping, b.negative));
        assert!((a.cost - b.cost).abs() <= 1e-8 * b.cost, "{} and {}", a.cost, b.cost);
    }
}

/// Gauss-Newton needs no damping, and its optimum is the same.
#[test]
fn gauss_newton_finds_the_same_optimum() {
    let nlp = planar_quadrotor().transcribe(RK4);
    let options = Options { hessian: Hessian::GaussNewton, ..Options::default() };
    let solution = solve(&nlp, &rest(&nlp, [2.4525; 2]), &options).expect("in range");
    assert_eq!(solution.report.status, Status::Solved);
    assert!((solution.report.cost - 115.6801599293).abs() < 1e-9);
    assert!(solution.report.iterations.iter().all(|i| i.negative == 0));
}

/// The problem with one defect asked to be `push` instead of zero.
struct Pushed<'a, P, const NX: usize> {
    nlp: &'a P,
    knot: usize,
    push: [f64; NX],
}

impl<P: Nlp<NX, NU>, const NX: usize, const NU: usize> Nlp<NX, NU> for Pushed<'_, P, NX> {
    fn intervals(&self) -> usize {
        self.nlp.intervals()
    }
    fn start(&self) -> [f64; NX] {
        self.nlp.start()
    }
    fn step(&self) -> f64 {
        self.nlp.step()
    }
    fn evaluate(&self, plan: &Trajectory<NX, NU>, defects: &mut [[f64; NX]]) -> f64 {
        let cost = self.nlp.evaluate(plan, defects);
        (0..NX).for_each(|i| defects[self.knot][i] -= self.push[i]);
        cost
    }
    fn expand(&self, plan: &Trajectory<NX, NU>, y: &[[f64; NX]], hessian: Hessian, out: &mut Expansion<NX, NU>) {
        self.nlp.expand(plan, y, hessian, out);
        (0..NX).for_each(|i| out.blocks[self.knot].defect[i] -= self.push[i]);
    }
}

/// `dJ*/dd_k = -λ_k`: a multiplier is a price.
#[test]
fn multipliers_are_the_prices_of_the_defects() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let solution = swing_up_from_zero();
    for (knot, i) in [(0, 0), (17, 1), (50, 2), (98, 3)] {
        let cost = |size: f64| {
            let push = std::array::from_fn(|j| if j == i { size } else { 0.0 });
            solve(&Pushed { nlp: &nlp, knot, push }, &solution.plan, &Options::default()).expect("in range").report.cost
        };
        let (price, h) = ((cost(1e-4) - cost(-1e-4)) / 2e-4, solution.multipliers[knot][i]);
        assert!((price + h).abs() <= 1e-5 * (1.0 + h.abs()), "knot {knot}, state {i}: {price} and {h}");
    }
}

/// Whom it is shown to sees the very iterates.
#[test]
fn the_watcher_sees_every_iterate() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let mut costs = Vec::new();
    let solution = solve_watched(&nlp, &rest(&nlp, [0.0]), &Options::default(), |_, plan| {
        costs.push(nlp.evaluate(plan, &mut vec![[0.0; 4]; 99]));
        true
    })
    .expect("in range");
    let told = solution.report.iterations.iter().skip(1).map(|i| i.cost).chain([solution.report.cost]);
    assert_eq!(costs, told.collect::<Vec<f64>>());
}
