//! Runs counted and compared, and the quadratics they run on.

use argmin::core::{CostFunction, Executor, Gradient, State};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::optimize::{
    Adam, Entrant, GradientDescent, Method, Momentum, Polyak, Smooth, Until, best_descent, descend, descend_watched,
    spread, told_curvatures, told_nothing,
};
use swingup::test_functions::{DiagonalQuadratic, Quadratic, Rosenbrock, orthogonal, times};
use swingup::{Function, inspect};

fn random(n: usize, seed: u64) -> (Vec<f64>, Vec<f64>) {
    let mut rng = StdRng::seed_from_u64(seed);
    let x = (0..n).map(|_| rng.random_range(-1.0..1.0)).collect();
    (x, orthogonal(n, || rng.random_range(-1.0..1.0)))
}

#[test]
fn drawn_vectors_are_made_orthogonal() {
    for n in [1, 2, 5, 30] {
        let (_, q) = random(n, n as u64);
        for (i, j) in (0..n * n).map(|ij| (ij / n, ij % n)) {
            let dot: f64 = (0..n).map(|k| q[i * n + k] * q[j * n + k]).sum();
            assert!((dot - f64::from(u8::from(i == j))).abs() <= 1e-14);
        }
    }
}

#[test]
fn a_rotated_quadratic_is_the_same_function_seen_from_other_axes() {
    let axes = DiagonalQuadratic::with_condition(7, 1e3);
    let (x, q) = random(7, 3);
    let rotated = Quadratic::rotated(&axes, &q);
    let qx = times(&q, &x);
    assert!((rotated.value(&qx) / axes.value(&x) - 1.0).abs() <= 1e-12);
    let turned_gradient = times(&q, &inspect::gradient(&axes, &x).1);
    let gradient = rotated.gradient(&qx).unwrap();
    assert!(gradient.iter().zip(&turned_gradient).all(|(a, b)| (a - b).abs() <= 1e-11));
    assert_eq!(Quadratic::from(&axes).cost(&x).unwrap(), axes.value(&x));
}

#[test]
fn derivatives_of_a_quadratic_are_hx_and_h() {
    let (x, q) = random(11, 5);
    let f = Quadratic::rotated(&DiagonalQuadratic::with_condition(11, 100.0), &q);
    let (_, gradient, hessian) = inspect::hessian(&f, &x);
    let product = f.gradient(&x).unwrap();
    assert!(gradient.iter().zip(&product).all(|(a, b)| (a - b).abs() <= 1e-12 * 100.0));
    assert!((0..121).all(|ij| f.hessian[ij] == f.hessian[ij % 11 * 11 + ij / 11]));
    assert!(hessian.iter().zip(&f.hessian).all(|(a, b)| (a - b).abs() <= 1e-12 * 100.0));
}

#[test]
fn methods_without_axes_take_the_same_steps_when_the_axes_are_turned() {
    let axes = DiagonalQuadratic::with_condition(10, 100.0);
    let (x, q) = random(10, 7);
    let (straight, turned) = (Quadratic::from(&axes), Quadratic::rotated(&axes, &q));
    for entrant in told_curvatures(1.0, 100.0).unwrap() {
        let until = Until { cost: 1e-8, steps: 5000 };
        let one = best_descent(&straight, &entrant, &x, until).unwrap().unwrap().steps.unwrap();
        let other = best_descent(&turned, &entrant, &times(&q, &x), until).unwrap().unwrap().steps.unwrap();
        assert_eq!(one == other, entrant.name != "Adam", "{}: {one} and {other}", entrant.name);
    }
}

#[test]
fn descend_takes_the_steps_of_argmins_executor() {
    let x0 = vec![-1.2, 1.0];
    let run = Executor::new(Smooth(Rosenbrock), Adam::new(0.1).unwrap())
        .configure(|state| state.param(x0.clone()).max_iters(5000).target_cost(1e-8))
        .run()
        .unwrap();
    let ours = descend(Smooth(Rosenbrock), Adam::new(0.1).unwrap(), &x0, Until { cost: 1e-8, steps: 5000 }).unwrap();
    assert_eq!(ours.steps, Some(run.state().get_iter() as usize));
    assert_eq!(*ours.costs.last().unwrap(), run.state().get_cost());
}

#[test]
fn a_run_shows_its_start_ends_at_its_limit_and_keeps_its_lowest() {
    let mut seen = Vec::new();
    let run = descend_watched(
        Smooth(Rosenbrock),
        Momentum::heavy_ball(1e-3, 0.9).unwrap(),
        &[-1.2, 1.0],
        Until { cost: 0.0, steps: 7 },
        |x: &[f64], _: &Momentum<Vec<f64>, f64>| seen.push(Rosenbrock.value(x)),
    )
    .unwrap();
    assert_eq!((run.steps, run.costs.len()), (None, 8));
    assert_eq!(seen, run.costs);
    let lowest = run.lowest();
    assert!(lowest.iter().zip(&run.costs).all(|(low, cost)| low <= cost));
    assert!(lowest.windows(2).all(|pair| pair[1] <= pair[0]));
    assert_eq!(
        descend(Smooth(Rosenbrock), Polyak::new(0.0).unwrap(), &[1.0, 1.0], Until { cost: 0.0, steps: 9 })
            .unwrap()
            .steps,
        Some(0)
    );
}

#[test]
fn the_best_setting_is_the_one_that_a_search_through_all_finds() {
    let x0 = [-1.2, 1.0];
    let until = Until { cost: 1e-8, steps: 20_000 };
    let rates = [5e-4, 1e-3, 2e-3, 1e-2];
    let entrant = &told_nothing(&rates, &[0.9]).unwrap()[0];
    let best = best_descent(&Smooth(Rosenbrock), entrant, &x0, until).unwrap().unwrap();
    let each = rates.map(|rate| descend(Smooth(Rosenbrock), GradientDescent::new(rate).unwrap(), &x0, until).unwrap());
    assert_eq!(best.steps, each.iter().filter_map(|run| run.steps).min());
    // At rate 1e-2 descent leaves the valley: nobody arrives, and nobody wins.
    let lost = Entrant::new("descent", [Method::GradientDescent(GradientDescent::new(1e-2).unwrap())]);
    assert_eq!(best_descent(&Smooth(Rosenbrock), &lost, &x0, until).unwrap(), None);
}

#[test]
fn curvatures_out_of_range_are_refused_by_name() {
    let refused = |least, largest| told_curvatures(least, largest).unwrap_err().to_string();
    assert_eq!(refused(0.0, 1.0), "least curvature = 0: must be positive and finite");
    assert_eq!(refused(2.0, 1.0), "largest curvature = 1: must be finite and not below the least");
    assert_eq!(refused(1.0, f64::NAN), "largest curvature = NaN: must be finite and not below the least");
}

#[test]
fn rounding_decides_the_count_of_polyak_and_not_that_of_descent() {
    let f = Quadratic::from(&DiagonalQuadratic::with_condition(10, 100.0));
    let until = Until { cost: 1e-10, steps: 5000 };
    let descent = GradientDescent::for_curvatures(1.0, 100.0).unwrap();
    let [fewest, median, most] = spread(&f, &descent, &[1.0; 10], until, 10).unwrap();
    assert!(fewest.is_some() && fewest == median && median == most);
    let [fewest, median, most] = spread(&f, &Polyak::new(0.0).unwrap(), &[1.0; 10], until, 10).unwrap();
    assert!(fewest < median && median < most);
    let unreached = Until { cost: 0.0, steps: 3 };
    assert_eq!(spread(&f, &descent, &[1.0; 10], unreached, 10).unwrap(), [None; 3]);
}
