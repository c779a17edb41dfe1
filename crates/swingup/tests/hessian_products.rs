//! Products with a Hessian, by three ways that share nothing but the model's text.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::linear::probing::{Acyclic, Probing, Substitution, SymmetricPattern, every_order, every_way};
use swingup::models::CartPole;
use swingup::newton::PenaltyForm;
use swingup::ocp::Quadrature;
use swingup::problems::{SwingUp, swing_up};
use swingup::test_functions::PulledString;
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4, Scheme};
use swingup::{Function, Ocp, Scalar, inspect};

fn agree(ocp: Ocp<CartPole, SwingUp, 4, 1, 1>, scheme: impl Scheme<CartPole, 4, 1, 1>) {
    let mut rng = StdRng::seed_from_u64(1);
    let mut draw = |n: usize| (0..n).map(|_| rng.random_range(-1.0..1.0)).collect::<Vec<f64>>();
    let n = ocp.intervals();
    let multipliers = draw(4 * n).chunks(4).map(|y| [y[0], y[1], y[2], y[3]]).collect();
    let (z, v) = (draw(5 * n), draw(5 * n));
    let mut form = PenaltyForm::new(ocp.transcribe(scheme), 10.0);
    form.multipliers = multipliers;
    let value: f64 = form.value(&z).0;
    assert!((form.function().value(&z) - value).abs() <= 1e-13 * value.abs());

    let matrix = form.hessian_at(&z);
    let (y, slow) = (matrix.times(&v), inspect::product(&form.function(), &z, &v));
    let fast = form.product(&z, &v);
    let size = y.iter().fold(0.0_f64, |most, y| most.max(y.abs()));
    for i in 0..v.len() {
        assert!((slow[i] - y[i]).abs() <= 1e-13 * size, "{i}: {} {}", slow[i], y[i]);
        assert!((fast[i] - y[i]).abs() <= 1e-13 * size, "{i}: {} {}", fast[i], y[i]);
    }

    // The pattern holds all of the matrix.
    let pattern = form.pattern();
    assert_eq!(pattern.half_bandwidth(), form.half_bandwidth());
    for j in 0..v.len() {
        for (below, entry) in matrix.column(j).iter().enumerate() {
            assert!(*entry == 0.0 || pattern.pairs().binary_search(&(j, j + below)).is_ok(), "({j}, {})", j + below);
        }
    }
    let order: Vec<usize> = (0..v.len()).rev().collect();
    for acyclic in [Acyclic::new(pattern.clone()), Acyclic::in_order(pattern.clone(), &order)] {
        let recovered = acyclic.recover(&mut |v| form.product(&z, v));
        assert_eq!(recovered.errors(&matrix).len(), pattern.pairs().len());
        assert!(recovered.largest_error(&matrix) <= 1e-13);
    }
}

#[test]
fn products_by_the_whole_text_by_intervals_and_with_the_assembled_matrix_agree() {
    agree(swing_up(), MIDPOINT);
    agree(swing_up(), HERMITE_SIMPSON);
    agree(swing_up().quadrature(Quadrature::Integral), RK4);
}

/// Curved in all its variables.
struct Wave;
impl Function for Wave {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let mut sum = S::from(1.0);
        for (i, &x) in x.iter().enumerate() {
            sum = sum * (x.sin() + 1.5) + x * x * (i as f64);
        }
        sum
    }
}

#[test]
fn a_product_is_that_of_the_whole_hessian() {
    for n in [0, 1, 7, 8, 9, 20] {
        let x: Vec<f64> = (0..n).map(|i| f64::from(i) * 0.37 - 1.0).collect();
        let v: Vec<f64> = (0..n).map(|i| 1.0 - f64::from(i * i) * 0.11).collect();
        let (_, _, hessian) = inspect::hessian(&Wave, &x);
        let product = inspect::product(&Wave, &x, &v);
        let reference: Vec<f64> =
            hessian.chunks(v.len().max(1)).map(|r| r.iter().zip(&v).map(|(h, v)| h * v).sum()).collect();
        let size = reference.iter().fold(1.0_f64, |most, y| most.max(y.abs()));
        assert_eq!(product.len(), v.len());
        assert!(
            product.iter().zip(&reference).all(|(p, r)| (p - r).abs() <= 1e-13 * size),
            "{n}: {product:?} {reference:?}"
        );
    }
}

#[test]
#[should_panic(expected = "an order of 495 variables")]
fn an_order_that_names_a_variable_twice_is_refused() {
    Acyclic::in_order(SymmetricPattern::banded(495, 1), &[0; 495]);
}

#[test]
fn a_pulled_string_hangs_in_its_shape() {
    for (n, at) in [(12, 4), (1, 0), (5, 0), (5, 4)] {
        let string = PulledString { at };
        let pattern = SymmetricPattern::from_pairs(n, inspect::sparsity(&string, n).pairs().iter().copied()).unwrap();
        let (_, slope) = inspect::gradient(&string, &string.shape(n));
        assert!(slope.iter().all(|g| g.abs() <= 1e-14), "{slope:?}");
        assert_eq!(Substitution::new(pattern).probes(), n.min(2));
    }
}

#[test]
fn every_order_has_its_band_and_every_way_its_name() {
    // Two variables a knot: the second of a knot meets the first of the next.
    let pattern = SymmetricPattern::from_pairs(8, [(1, 2), (3, 4), (5, 6)]).unwrap();
    let by_knot = every_order(&pattern, 2, true);
    assert_eq!(by_knot.iter().map(|o| o.half_bandwidth).collect::<Vec<_>>(), [1, 3]);
    let by_variable = every_order(&pattern, 2, false);
    assert_eq!(by_variable.iter().map(|o| o.half_bandwidth).collect::<Vec<_>>(), [3, 5]);
    assert_eq!(by_variable[1].places, [1, 0]);
    assert!(by_knot.iter().chain(&by_variable).all(|o| o.acyclic == 2));
    assert_eq!(every_order(&SymmetricPattern::banded(5, 1), 5, true).len(), 120);

    assert!(pattern.all_meet(&[1, 2]) && !pattern.all_meet(&[1, 2, 3]));
    let mut rng = StdRng::seed_from_u64(2);
    let ways = every_way(&SymmetricPattern::banded(30, 2), [3, 4], || rng.random_range(-1.0..1.0)).unwrap();
    let probes: Vec<_> = ways.iter().map(|(_, way)| way.probes()).collect();
    assert_eq!(probes, [5, 5, 3, 5, 3, 3, 3, 4]);
    assert!(every_way(&SymmetricPattern::banded(30, 2), [2], || 1.0).is_err());
}
