//! The optimizers against iterates and counts of other tools.

use argmin::core::observers::{Observe, ObserverMode};
use argmin::core::{CostFunction, Error, Executor, Gradient, KV, Solver, State, TerminationReason};
use nalgebra::DVector;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use swingup::Function;
use swingup::optimize::{Adam, FirstOrderState, GradientDescent, Momentum, Polyak, Smooth};
use swingup::test_functions::{DiagonalQuadratic, Quadratic, times};

fn data(name: &str) -> Value {
    let path = format!("{}/../../tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

/// The three functions of `torch_iterates.json`, with the gradients as it writes them.
struct Case(String);

impl CostFunction for Case {
    type Param = DVector<f64>;
    type Output = f64;
    fn cost(&self, p: &DVector<f64>) -> Result<f64, Error> {
        let (x, y) = (p[0], p[1]);
        Ok(match self.0.as_str() {
            "quadratic_1e3" => {
                let (d, b) = ([1.0, 10.0, 100.0, 1000.0], [1.0, -2.0, 3.0, -4.0]);
                (0..4).map(|i| 0.5 * d[i] * p[i] * p[i] - b[i] * p[i]).sum()
            }
            "rosenbrock" => 100.0 * (y - x * x).powi(2) + (1.0 - x).powi(2),
            "exp_sum" => (x + 3.0 * y - 0.1).exp() + (x - 3.0 * y - 0.1).exp() + (-x - 0.1).exp(),
            other => panic!("no function {other}"),
        })
    }
}

impl Gradient for Case {
    type Param = DVector<f64>;
    type Gradient = DVector<f64>;
    fn gradient(&self, p: &DVector<f64>) -> Result<DVector<f64>, Error> {
        let (x, y) = (p[0], p[1]);
        Ok(DVector::from_vec(match self.0.as_str() {
            "quadratic_1e3" => {
                let (d, b) = ([1.0, 10.0, 100.0, 1000.0], [1.0, -2.0, 3.0, -4.0]);
                (0..4).map(|i| d[i] * p[i] - b[i]).collect()
            }
            "rosenbrock" => {
                vec![-400.0 * x * (y - x * x) - 2.0 * (1.0 - x), 200.0 * (y - x * x)]
            }
            "exp_sum" => {
                let (a, b, c) = ((x + 3.0 * y - 0.1).exp(), (x - 3.0 * y - 0.1).exp(), (-x - 0.1).exp());
                vec![a + b - c, 3.0 * a - 3.0 * b]
            }
            other => panic!("no function {other}"),
        }))
    }
}

#[derive(Clone, Default)]
struct Path(Arc<Mutex<Vec<DVector<f64>>>>);

impl<I: State<Param = DVector<f64>>> Observe<I> for Path {
    fn observe_iter(&mut self, state: &I, _: &KV) -> Result<(), Error> {
        self.0.lock().unwrap().push(state.get_param().unwrap().clone());
        Ok(())
    }
}

fn path<S>(case: &Value, solver: S) -> Vec<DVector<f64>>
where
    S: Solver<Case, FirstOrderState<DVector<f64>, f64>> + 'static,
{
    let seen = Path::default();
    let name = case["name"].as_str().unwrap().to_owned();
    let x0 = DVector::from_vec(numbers(&case["x0"]));
    Executor::new(Case(name), solver)
        .configure(|state| state.param(x0).max_iters(50))
        .add_observer(seen.clone(), ObserverMode::Always)
        .run()
        .unwrap();
    seen.0.lock().unwrap().clone()
}

#[test]
fn iterates_are_those_of_torch() {
    for case in data("torch_iterates.json")["cases"].as_array().unwrap() {
        let (s, l) = (case["s"].as_f64().unwrap(), case["l"].as_f64().unwrap());
        let fstar = case["fstar"].as_f64().unwrap();
        let damped = Momentum::heavy_ball(s, 0.9).unwrap().dampening(0.3).unwrap();
        let adam = Adam::new(l).unwrap();
        let adam_fast = Adam::new(l).unwrap().betas(0.5, 0.9).unwrap().epsilon(1e-4).unwrap();
        let ours = [
            ("sgd", path(case, GradientDescent::new(s).unwrap())),
            ("momentum0.9", path(case, Momentum::heavy_ball(s, 0.9).unwrap())),
            ("momentum0.9_damp0.3", path(case, damped)),
            ("nesterov0.9", path(case, Momentum::nesterov(s, 0.9).unwrap())),
            ("adam", path(case, adam)),
            ("adam_b05_09_eps1e-4", path(case, adam_fast)),
            ("polyak_exact_fstar", path(case, Polyak::new(fstar).unwrap())),
        ];
        for (name, ours) in ours {
            let theirs = case["iterates"][name].as_array().unwrap();
            // Polyak's step amplifies rounding (it is chaotic): held to its first steps.
            let polyak = name == "polyak_exact_fstar";
            assert!(ours.len() == 50 || polyak, "{name}: {} iterates", ours.len());
            assert!(ours.len() >= 15, "{name}: {} iterates", ours.len());
            let held = if polyak { 15 } else { 50 };
            for (k, (x, reference)) in ours.iter().zip(&theirs[1..]).take(held).enumerate() {
                let reference = DVector::from_vec(numbers(reference));
                let error = (x - &reference).amax() / reference.amax().max(1.0);
                assert!(error <= 1e-12, "{} {name} step {}: {error:e}", case["name"], k + 1);
            }
        }
    }
}

/// Steps until f has fallen to 1e-10 of its first value; None when not within the limit.
fn steps<F, S>(f: F, x0: &[f64], limit: u64, solver: S) -> Option<u64>
where
    F: Function,
    S: Solver<Smooth<F>, FirstOrderState<Vec<f64>, f64>>,
{
    let goal = 1e-10 * f.value(x0);
    let run = Executor::new(Smooth(f), solver)
        .configure(|state| state.param(x0.to_vec()).max_iters(limit).target_cost(goal))
        .timer(false)
        .run()
        .unwrap();
    let reached = run.state().get_termination_reason() == Some(&TerminationReason::TargetCostReached);
    reached.then(|| run.state().get_iter())
}

struct Fifty {
    kappa: f64,
    counts: Value,
    axes: DiagonalQuadratic,
    x0: Vec<f64>,
    rotated: Quadratic,
    turned: Vec<f64>,
}

fn fifty() -> Vec<Fifty> {
    let (reference, made) = (data("rates_quadratic.json"), data("quadratics_50.json"));
    let (x0, q) = (numbers(&reference["x0"]), numbers(&made["rotation"]));
    let transposed: Vec<f64> = (0..2500).map(|ij| q[ij % 50 * 50 + ij / 50]).collect();
    let turned = times(&transposed, &x0);
    let rows = reference["rows"].as_array().unwrap().clone();
    let case = |counts: Value| {
        let kappa = counts["kappa"].as_f64().unwrap();
        let curvature = numbers(&made["curvatures"][kappa.to_string()]);
        let axes = DiagonalQuadratic { curvature };
        let rotated = Quadratic::rotated(&axes, &transposed);
        Fifty { kappa, counts, axes, x0: x0.clone(), rotated, turned: turned.clone() }
    };
    rows.into_iter().map(case).collect()
}

impl Fifty {
    fn assert_within_two(&self, method: &str, ours: Option<u64>) {
        let (ours, theirs) = (ours.map_or(-2, |n| n as i64), self.counts[method].as_i64().unwrap());
        assert!((ours - theirs).abs() <= 2, "kappa {}: {method}: {ours}, not {theirs}", self.kappa);
    }

    /// The reference's count lies within two of the spread of these.
    fn assert_among(&self, method: &str, ours: Vec<u64>) {
        let (least, most) = (*ours.iter().min().unwrap(), *ours.iter().max().unwrap());
        let theirs = self.counts[method].as_u64().unwrap();
        assert!(
            (least.saturating_sub(2)..=most + 2).contains(&theirs),
            "kappa {}: {method}: {least} to {most}, not {theirs}",
            self.kappa
        );
    }
}

#[test]
fn counts_on_quadratics_are_those_of_the_reference() {
    for case in fifty() {
        let (f, x0, kappa) = (&case.axes, &case.x0, case.kappa);
        if kappa <= 1e5 {
            let descent = GradientDescent::for_curvatures(1.0, kappa).unwrap();
            case.assert_within_two("gd 2/(L+mu)", steps(f, x0, 600_000, descent));
        }
        let ball = Momentum::heavy_ball_for_curvatures(1.0, kappa).unwrap();
        case.assert_within_two("heavy ball opt", steps(f, x0, 20_000, ball));
        let rate = 1.0 / kappa;
        let nesterov = Momentum::nesterov_for_curvatures(1.0, kappa).unwrap();
        case.assert_within_two("nesterov opt", steps(f, x0, 20_000, nesterov));
        let accelerated = Momentum::accelerated(rate).unwrap();
        case.assert_within_two("nesterov t_k", steps(f, x0, 40_000, accelerated));
        case.assert_within_two("polyak", steps(f, x0, 40_000, Polyak::new(0.0).unwrap()));
        let adam = |l: &f64| steps(f, x0, 3000, Adam::new(*l).unwrap());
        case.assert_within_two("adam best of 7 lr", SEVEN_RATES.iter().filter_map(adam).min());
    }
}

const SEVEN_RATES: [f64; 7] = [1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0];

/// Off the axes the reference's own product Hx is not to be had to the last bit, and Polyak's step makes
/// whole steps of a last bit: its count is one draw of many. So is the count here.
#[test]
fn rotated_counts_are_draws_of_the_same_lot() {
    for case in fifty().iter().filter(|case| case.kappa <= 1e4) {
        let (f, x0) = (&case.rotated, &case.turned);
        let ulps = |k: i32| -> Vec<f64> { x0.iter().map(|x| x * (1.0 + f64::from(k) * f64::EPSILON)).collect() };
        let polyak = |k| steps(f, &ulps(k), 40_000, Polyak::new(0.0).unwrap()).unwrap();
        case.assert_among("polyak, rotated", (0..100).map(polyak).collect());
        let adam = |l: &f64| steps(f, x0, 5000, Adam::new(*l).unwrap());
        if case.kappa <= 1e3 {
            case.assert_within_two("adam best of 7 lr, rotated", SEVEN_RATES.iter().filter_map(adam).min());
        } else {
            let adam = |k| steps(f, &ulps(k), 5000, Adam::new(0.1).unwrap()).unwrap();
            case.assert_among("adam best of 7 lr, rotated", (0..40).map(adam).collect());
        }
    }
}
