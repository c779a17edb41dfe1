//! What each method promises, on random problems.

use argmin::core::checkpointing::CheckpointingFrequency;
use argmin::core::{ArgminFloat, CostFunction, Error, Executor, Gradient, Problem, Solver, State, TerminationReason};
use argmin_checkpointing_file::FileCheckpoint;
use argmin_math::{ArgminDot, ArgminMul, ArgminScaledAdd, ArgminScaledSub, ArgminZeroLike};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::Function;
use swingup::optimize::{Adam, AdaptivePolyak, FirstOrderState, GradientDescent, Momentum, Polyak, Smooth};
use swingup::test_functions::{Cone, DiagonalQuadratic, Power, Rosenbrock};

fn random_point(rng: &mut StdRng, n: usize) -> Vec<f64> {
    (0..n).map(|_| rng.random_range(-2.0..2.0)).collect()
}

fn norm(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// The points that `solver` visits, the start first.
fn walk<F, S>(f: F, x0: &[f64], steps: u64, mut solver: S) -> Vec<Vec<f64>>
where
    F: Function,
    S: Solver<Smooth<F>, FirstOrderState<Vec<f64>, f64>>,
{
    let mut problem = Problem::new(Smooth(f));
    let state = FirstOrderState::<Vec<f64>, f64>::new().param(x0.to_vec());
    let (mut state, _) = solver.init(&mut problem, state).unwrap();
    let mut points = vec![x0.to_vec()];
    for _ in 0..steps {
        state.update();
        if solver.terminate(&state).terminated() {
            break;
        }
        (state, _) = solver.next_iter(&mut problem, state).unwrap();
        points.push(state.get_param().unwrap().clone());
    }
    points
}

#[test]
fn polyak_goes_one_pth_of_the_way_on_a_power() {
    let mut rng = StdRng::seed_from_u64(1);
    for p in [1.0, 1.5, 2.0, 3.0, 4.0, 10.0] {
        for n in [1, 2, 7] {
            let x0 = random_point(&mut rng, n);
            let points = walk(Power { p }, &x0, 1, Polyak::new(0.0).unwrap());
            let expected: Vec<f64> = x0.iter().map(|x| x * (1.0 - 1.0 / p)).collect();
            let error: Vec<f64> = points[1].iter().zip(&expected).map(|(a, b)| a - b).collect();
            assert!(norm(&error) <= 1e-14 * norm(&x0), "p = {p}, n = {n}: {:e}", norm(&error));
        }
    }
}

#[test]
fn every_polyak_step_comes_closer_by_the_promised_amount() {
    let mut rng = StdRng::seed_from_u64(2);
    for s in [0.25, 0.5, 1.0, 1.5, 1.9] {
        for _ in 0..20 {
            let curvature = (0..6).map(|_| 10f64.powf(rng.random_range(-2.0..3.0))).collect();
            let f = DiagonalQuadratic { curvature };
            let polyak = Polyak::new(0.0).unwrap().scale(s).unwrap();
            for pair in walk(&f, &random_point(&mut rng, 6), 50, polyak).windows(2) {
                let (value, g) = swingup::inspect::gradient(&f, &pair[0]);
                let promised = s * (2.0 - s) * value * value / norm(&g).powi(2);
                let gained = norm(&pair[0]).powi(2) - norm(&pair[1]).powi(2);
                assert!(gained >= promised - 1e-12 * norm(&pair[0]).powi(2));
            }
        }
    }
}

#[test]
fn the_wrong_sign_climbs() {
    let mut rng = StdRng::seed_from_u64(3);
    let f = DiagonalQuadratic::with_condition(5, 100.0);
    let climb = Polyak::new(0.0).unwrap().scale(-1.0).unwrap();
    for pair in walk(&f, &random_point(&mut rng, 5), 30, climb).windows(2) {
        assert!(f.value(&pair[1]) > f.value(&pair[0]) && norm(&pair[1]) > norm(&pair[0]));
    }
}

#[test]
fn one_step_solves_the_cone() {
    let points = walk(Cone, &[3.0, -4.0], 10, Polyak::new(0.0).unwrap());
    assert!(norm(&points[1]) <= 1e-15, "{:e}", norm(&points[1]));
}

#[test]
fn the_slow_orbit_is_followed_and_then_left() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/polyak_slow_orbit.json");
    let reference: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for case in reference["cases"].as_array().unwrap() {
        let kappa = case["kappa"].as_f64().unwrap();
        let x0 = [1.0, case["x0"][1].as_f64().unwrap()];
        let f = DiagonalQuadratic { curvature: vec![1.0, kappa] };
        let points = walk(f, &x0, 200, Polyak::new(0.0).unwrap());
        let exact = |k: usize| norm(&x0) * ((kappa - 1.0) / (kappa + 1.0)).powi(k as i32);
        // The orbit is exact, but unstable: rounding grows by a fixed factor a step.
        for (k, digits) in [(1, 1e-14), (20, 1e-8), (50, 1e-3)] {
            let error = norm(&points[k]) / exact(k) - 1.0;
            assert!(error.abs() <= digits, "kappa {kappa}: {error:e} off after {k} steps");
        }
        // Up to 100 steps the reference's 60 digits stay on the orbit too.
        for (at, mp) in [(50, 0), (100, 1)] {
            let theirs = case["norm_mp"][mp].as_f64().unwrap();
            assert!((exact(at) / theirs - 1.0).abs() <= 1e-12);
        }
        assert!(norm(&points[200]) < 0.5 * exact(200), "kappa {kappa}: rounding has not left it");
    }
}

#[test]
fn descent_contracts_at_the_rate_of_the_spectrum() {
    let f = DiagonalQuadratic { curvature: vec![1.0, 9.0] };
    let points = walk(f, &[1.0, 1.0], 20, GradientDescent::new(0.2).unwrap());
    for pair in points.windows(2) {
        for i in 0..2 {
            assert!((pair[1][i].abs() / pair[0][i].abs() - 0.8).abs() <= 1e-12);
        }
    }
}

#[test]
fn adam_steps_by_its_rate_whatever_the_size_of_the_gradient() {
    // Scaling a gradient by a power of two changes no digit but through ε.
    let adam = || Adam::new(0.01).unwrap().epsilon(1e-300).unwrap();
    let (a, b) = (vec![1.0, 5.0], vec![4.0, 5.0 / 16.0]);
    let ours = walk(DiagonalQuadratic { curvature: a }, &[1.0, 1.0], 100, adam());
    let other = walk(DiagonalQuadratic { curvature: b }, &[1.0, 1.0], 100, adam());
    assert_eq!(ours, other);
    assert!((ours[1][0] - 0.99).abs() <= 1e-15 && (ours[1][1] - 0.99).abs() <= 1e-15);
}

#[test]
fn an_adaptive_bound_stays_below_the_minimum_and_halves_its_distance() {
    let mut rng = StdRng::seed_from_u64(4);
    for _ in 0..20 {
        let f = DiagonalQuadratic::with_condition(4, 10.0);
        let x0 = random_point(&mut rng, 4);
        let mut solver = AdaptivePolyak::new(-50.0, 60).unwrap();
        let mut problem = Problem::new(Smooth(&f));
        let state = FirstOrderState::<Vec<f64>, f64>::new().param(x0);
        let (mut state, _) = solver.init(&mut problem, state).unwrap();
        let mut bounds = vec![];
        for _ in 0..60 * 20 {
            state.update();
            (state, _) = solver.next_iter(&mut problem, state).unwrap();
            bounds.push(solver.bound());
        }
        for epoch in bounds.chunks(60).collect::<Vec<_>>().windows(2) {
            let (before, after) = (-epoch[0][0], -epoch[1][0]);
            assert!(after >= 0.0 && after <= 0.5 * before * (1.0 + 1e-12), "{before} to {after}");
        }
        state.update();
        assert!(state.get_best_cost() < 1e-4);
    }
}

#[test]
fn epochs_that_are_too_short_grow_until_they_are_not() {
    for (condition, epoch) in [(10.0, 1), (100.0, 1), (100.0, 5), (1e3, 2), (1e4, 5)] {
        let f = DiagonalQuadratic::with_condition(10, condition);
        let solver = AdaptivePolyak::new(-1.0, epoch).unwrap();
        let run = Executor::new(Smooth(&f), solver)
            .configure(|state| state.param(vec![1.0; 10]).max_iters(100_000).target_cost(1e-10))
            .run()
            .unwrap();
        assert!(run.state().get_best_cost() <= 1e-10, "condition {condition}, epochs of {epoch}");
    }
}

#[test]
fn a_bound_above_the_minimum_is_refused_when_it_shows() {
    let run = Executor::new(Smooth(Rosenbrock), AdaptivePolyak::new(1.0, 100).unwrap())
        .configure(|state| state.param(vec![-1.2, 1.0]).max_iters(100_000))
        .run()
        .unwrap();
    let Some(TerminationReason::SolverExit(why)) = run.state().get_termination_reason() else {
        panic!("{:?}", run.state().get_termination_reason());
    };
    assert!(why.contains("down to the lower bound 1"), "{why}");
}

/// `1/2 |x|²` on any vector and in any precision.
struct Bowl<P>(std::marker::PhantomData<P>);

impl<P: ArgminDot<P, F>, F: ArgminFloat> CostFunction for Bowl<(P, F)> {
    type Param = P;
    type Output = F;
    fn cost(&self, x: &P) -> Result<F, Error> {
        Ok(F::from_f64(0.5).unwrap() * x.dot(x))
    }
}

impl<P: Clone, F> Gradient for Bowl<(P, F)> {
    type Param = P;
    type Gradient = P;
    fn gradient(&self, x: &P) -> Result<P, Error> {
        Ok(x.clone())
    }
}

/// Every solver brings the bowl down to 1e-8 from `x0`.
fn all_reach_the_bottom<P, F>(x0: P)
where
    F: ArgminFloat,
    P: Clone + ArgminDot<P, F> + ArgminMul<F, P> + ArgminScaledAdd<P, F, P> + ArgminScaledSub<P, F, P> + ArgminZeroLike,
    for<'a> &'a P: IntoIterator<Item = &'a F>,
    for<'a> &'a mut P: IntoIterator<Item = &'a mut F>,
{
    fn check<P: Clone + ArgminDot<P, F>, F: ArgminFloat>(
        solver: impl Solver<Bowl<(P, F)>, FirstOrderState<P, F>>,
        x0: &P,
    ) {
        let goal = F::from_f64(1e-8).unwrap();
        let name = solver.name().to_owned();
        let run = Executor::new(Bowl(std::marker::PhantomData), solver)
            .configure(|state| state.param(x0.clone()).max_iters(3000).target_cost(goal))
            .run()
            .unwrap();
        let best = run.state().get_best_cost();
        assert!(best <= goal, "{name}: {best:e}", best = best.to_f64().unwrap());
    }
    let c = |x: f64| F::from_f64(x).unwrap();
    check(GradientDescent::new(c(0.1)).unwrap(), &x0);
    check(Momentum::heavy_ball(c(0.1), c(0.5)).unwrap(), &x0);
    check(Momentum::nesterov(c(0.1), c(0.5)).unwrap(), &x0);
    check(Momentum::accelerated(c(0.1)).unwrap(), &x0);
    check(Adam::new(c(0.01)).unwrap(), &x0);
    check(Polyak::new(c(0.0)).unwrap(), &x0);
    check(AdaptivePolyak::new(c(-1.0), 10).unwrap(), &x0);
}

#[test]
fn solvers_run_on_every_vector_of_argmin_math_and_in_both_precisions() {
    all_reach_the_bottom(vec![1.0_f64, -2.0, 0.5]);
    all_reach_the_bottom(vec![1.0_f32, -2.0, 0.5]);
    all_reach_the_bottom(nalgebra::SVector::from([1.0_f64, -2.0, 0.5]));
    all_reach_the_bottom(nalgebra::DVector::from_vec(vec![1.0_f32, -2.0, 0.5]));
    all_reach_the_bottom(ndarray::arr1(&[1.0_f64, -2.0, 0.5]));
}

#[test]
fn a_run_resumed_from_a_checkpoint_is_the_same_run() {
    let folder = std::env::temp_dir().join(format!("swingup-checkpoint-{}", std::process::id()));
    let folder = folder.to_str().unwrap();
    let run = |steps, name: &str| {
        let file = FileCheckpoint::new(folder, name, CheckpointingFrequency::Always);
        Executor::new(Smooth(Rosenbrock), Adam::new(0.01).unwrap())
            .configure(|state| state.param(vec![-1.2, 1.0]).max_iters(steps))
            .checkpointing(file)
            .run()
            .unwrap()
            .state()
            .get_param()
            .unwrap()
            .clone()
    };
    let whole = run(100, "whole");
    run(40, "parts");
    // The saved state carries its own limit of 40 steps; single steps go on from it.
    let file = FileCheckpoint::new(folder, "parts", CheckpointingFrequency::Always);
    let (mut solver, mut state): (Adam<Vec<f64>, f64>, FirstOrderState<Vec<f64>, f64>) =
        argmin::core::checkpointing::Checkpoint::load(&file).unwrap().unwrap();
    let mut problem = Problem::new(Smooth(Rosenbrock));
    for _ in 40..100 {
        (state, _) = solver.next_iter(&mut problem, state).unwrap();
    }
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(state.get_param().unwrap(), &whole);
}

#[test]
fn a_cost_that_blows_up_ends_the_run_with_the_best_point() {
    let f = DiagonalQuadratic { curvature: vec![1.0, 100.0] };
    let run = Executor::new(Smooth(f), GradientDescent::new(1.0).unwrap())
        .configure(|state| state.param(vec![1.0, 1.0]).max_iters(10_000))
        .run()
        .unwrap();
    let Some(TerminationReason::SolverExit(why)) = run.state().get_termination_reason() else {
        panic!("{:?}", run.state().get_termination_reason());
    };
    assert!(why.starts_with("the cost is "), "{why}");
    assert_eq!(run.state().get_best_cost(), 50.5);
}

#[test]
fn a_stationary_point_is_not_divided_by() {
    for best in [-1.0, 0.0] {
        let points = walk(Power { p: 4.0 }, &[0.0, 0.0], 10, Polyak::new(best).unwrap());
        assert!(points.iter().flatten().all(|x| *x == 0.0) && points.len() <= 2);
    }
}

#[test]
fn options_out_of_range_name_field_and_value() {
    let refused = [
        GradientDescent::new(-0.5).unwrap_err().to_string(),
        GradientDescent::new(f64::NAN).unwrap_err().to_string(),
        Momentum::<Vec<f64>, f64>::heavy_ball(0.1, 1.0).unwrap_err().to_string(),
        Adam::<Vec<f64>, f64>::new(0.0).unwrap_err().to_string(),
        Adam::<Vec<f64>, f64>::new(0.1).unwrap().betas(0.9, -0.1).unwrap_err().to_string(),
        Polyak::new(f64::INFINITY).unwrap_err().to_string(),
        Polyak::new(0.0).unwrap().scale(0.0).unwrap_err().to_string(),
        AdaptivePolyak::new(0.0, 0).unwrap_err().to_string(),
    ];
    assert_eq!(
        refused,
        [
            "rate = -0.5: must be positive and finite",
            "rate = NaN: must be positive and finite",
            "momentum = 1: must be in [0, 1)",
            "rate = 0: must be positive and finite",
            "beta2 = -0.1: must be in [0, 1)",
            "best value = inf: must be finite",
            "scale = 0: must be finite and not zero",
            "epoch = 0: must be at least 1",
        ]
    );
}
