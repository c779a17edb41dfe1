//! Eigenvalues: closed forms, units, and whatever could keep the QR steps from converging.

use nalgebra::{Complex, DMatrix, DVector, Matrix4, matrix};
use swingup::lqr::poles;

use crate::common::Random;
use crate::{distance, numbers, read, references};

/// The largest distance of the poles from those they should be, each of which takes the nearest that is left.
fn apart(found: &[Complex<f64>], expected: &[Complex<f64>]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let mut left = found.to_vec();
    let nearest = |&e: &Complex<f64>| {
        let i = (0..left.len()).min_by(|&i, &j| distance(left[i], e).total_cmp(&distance(left[j], e))).unwrap();
        distance(left.swap_remove(i), e)
    };
    expected.iter().map(nearest).fold(0.0, f64::max)
}

fn real(values: &[f64]) -> Vec<Complex<f64>> {
    values.iter().map(|&re| Complex::new(re, 0.0)).collect()
}

#[test]
fn closed_loop_poles_are_those_of_the_references() {
    for file in ["lqr_cartpole.json", "lqr_carex.json", "lqr_darex.json"] {
        for case in references(file) {
            let (a, b) = (read(&case["A"]), read(&case["B"]));
            // A critical one has no gain, two large ones no poles.
            if case["K"].is_null() || case["closed_loop_poles"].is_null() {
                continue;
            }
            let k = if case["K"].is_array() {
                DMatrix::from_row_slice(1, 4, &numbers(&case["K"]))
            } else {
                read(&case["K"])
            };
            let expected: Vec<_> = case["closed_loop_poles"].as_array().unwrap().iter().map(numbers).collect();
            let expected: Vec<_> = expected.iter().map(|p| Complex::new(p[0], p[1])).collect();
            let closed = &a - &b * &k;
            let error = apart(&poles(&closed), &expected) / closed.norm();
            // Those of a chain of 21 integrators lie on a circle, close together, with a condition of 1e9.
            let tolerance = if case["id"] == "carex-4.1" { 1e-11 } else { 1e-14 };
            assert!(error < tolerance, "{}: {error:e}", case["id"]);
        }
    }
}

#[test]
fn permutations_have_the_roots_of_one() {
    for n in [1, 2, 3, 4, 5, 8, 13, 64] {
        let cycle = DMatrix::from_fn(n, n, |i, j| if (i + 1) % n == j { 1.0 } else { 0.0 });
        let angle = |k: usize| std::f64::consts::TAU * k as f64 / n as f64;
        let expected: Vec<_> = (0..n).map(|k| Complex::new(angle(k).cos(), angle(k).sin())).collect();
        assert!(apart(&poles(&cycle), &expected) < 1e-13, "{n}");
    }
}

#[test]
fn a_circulant_has_its_closed_form() {
    // CAREX 3.2: -2 on the diagonal, 1 beside it and in the corners.
    let n = 64;
    let a = DMatrix::from_fn(n, n, |i, j| match (n + i - j) % n {
        0 => -2.0,
        1 | 63 => 1.0,
        _ => 0.0,
    });
    let expected: Vec<_> = (0..n).map(|k| 2.0 * (std::f64::consts::TAU * k as f64 / n as f64).cos() - 2.0).collect();
    assert!(apart(&poles(&a), &real(&expected)) < 1e-13);
}

#[test]
fn what_zeros_show_is_exact() {
    assert_eq!(poles(&DMatrix::zeros(0, 0)), []);
    assert_eq!(poles(&matrix![-3.5]), real(&[-3.5]));
    assert_eq!(poles(&Matrix4::zeros()), real(&[0.0; 4]));
    for n in [2, 7, 40] {
        let jordan = DMatrix::from_fn(n, n, |i, j| if i == j { 0.1 } else { f64::from(i + 1 == j) });
        assert_eq!(poles(&jordan), real(&vec![0.1; n]));
        assert_eq!(poles(&jordan.transpose()), real(&vec![0.1; n]));
    }
    let mixed = matrix![2.0, 0.0, 5.0; 1e9, 1.0, 1e-9; 0.0, 0.0, 3.0];
    assert_eq!(poles(&mixed), real(&[1.0, 2.0, 3.0]));
}

#[test]
fn companions_have_the_roots_of_their_polynomials() {
    // (s - 1)..(s - 8): each root to what rounding of the coefficients leaves it, about 1e-10.
    let roots: Vec<f64> = (1..=8).map(f64::from).collect();
    let mut coefficients = vec![1.0];
    for root in &roots {
        let shifted: Vec<f64> = coefficients.iter().map(|c| -root * c).collect();
        coefficients.insert(0, 0.0);
        coefficients.iter_mut().zip(shifted).for_each(|(c, s)| *c += s);
    }
    let companion = DMatrix::from_fn(8, 8, |i, j| if i == 7 { -coefficients[j] } else { f64::from(i + 1 == j) });
    assert!(apart(&poles(&companion), &real(&roots)) < 1e-9);
    // s⁴ + 1, and roots that lie eighteen decades apart.
    let cyclic = matrix![0.0, 1.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0; 0.0, 0.0, 0.0, 1.0; -1.0, 0.0, 0.0, 0.0];
    assert!(poles(&cyclic).iter().all(|p| (p.re.abs() - 0.5f64.sqrt()).abs() < 1e-15));
    let wide = poles(&matrix![0.0, 1.0; -1.0, -1e9 - 1e-9]);
    assert!((wide[0].re + 1e9).abs() < 1e-6 && (wide[1].re * 1e9 + 1.0).abs() < 1e-15, "{wide:?}");
}

#[test]
fn units_do_not_change_poles() {
    let mut random = Random(5);
    let mut worst = 0f64;
    for n in 1..=24 {
        let a = DMatrix::from_fn(n, n, |_, _| 2.0 * random.next() - 1.0);
        let expected = poles(&a);
        assert_eq!(expected.len(), n);
        let trace: f64 = expected.iter().map(|p| p.re).sum();
        assert!((trace - a.trace()).abs() < 1e-13 * n as f64);
        let units = DVector::from_fn(n, |_, _| 10f64.powf(12.0 * random.next() - 6.0));
        let scaled = DMatrix::from_fn(n, n, |i, j| a[(i, j)] * units[i] / units[j]);
        worst = worst.max(apart(&poles(&scaled), &expected));
        // Entries near the ends of what a number can be: a power of two rounds nothing.
        for size in [2f64.powi(-900), 2f64.powi(900)] {
            let back: Vec<_> = poles(&(&a * size)).iter().map(|p| p / size).collect();
            assert_eq!(back, expected);
        }
    }
    assert!(worst < 1e-11);
}

#[test]
fn every_matrix_has_as_many_poles_as_rows() {
    let mut random = Random(77);
    let mut worst = 0f64;
    for trial in 0..3000 {
        let n = 2 + trial % 23;
        // Signs and zeros, entries over twenty-four decades, or a permutation with signs.
        let a = DMatrix::from_fn(n, n, |i, j| match trial % 3 {
            0 => (3.0 * random.next()).floor() - 1.0,
            1 => (2.0 * random.next() - 1.0) * 10f64.powf(24.0 * random.next() - 12.0),
            _ if (5 * i + 3) % n == j => 1.0 - 2.0 * (2.0 * random.next()).floor(),
            _ => 0.0,
        });
        let found = poles(&a);
        assert_eq!(found.len(), n, "{a}");
        // The sum of the squares is the trace of the square, and complex ones come in pairs.
        let (sum, squares) =
            found.iter().fold((Complex::new(0.0, 0.0), Complex::new(0.0, 0.0)), |(s, q), p| (s + p, q + p * p));
        let size = a.norm();
        worst =
            worst.max((sum.re - a.trace()).abs() / size).max((squares.re - (&a * &a).trace()).abs() / (size * size));
        assert!(sum.im.abs() <= 1e-15 * size);
    }
    assert!(worst < 1e-13);
}

#[test]
fn matrices_without_eigenvalues_have_none() {
    assert_eq!(poles(&DMatrix::<f64>::zeros(2, 3)), []);
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(poles(&matrix![1.0, 2.0; bad, 0.0]), []);
    }
}

/// `[0 s; c/s 0]` has the eigenvalues ±√c, whatever the unit s; a square of its entries is no number any more.
#[test]
fn units_whose_squares_overflow_are_units() {
    for exponent in [-1000, -700, -480, 480, 700, 1000] {
        let s = f64::powi(2.0, exponent);
        let found = poles(&matrix![0.0, s; 4.0 / s, 0.0]);
        assert_eq!(found, real(&[-2.0, 2.0]), "{exponent}");
    }
    // A row that is nothing beside its column.
    assert!(
        apart(&poles(&matrix![0.0, 1e-200; 3.0, 0.0]), &real(&[-3_f64.sqrt() * 1e-100, 3_f64.sqrt() * 1e-100]))
            < 1e-115
    );
    let golden = 0.5 + 1.25_f64.sqrt();
    let found = poles(&matrix![0.0, 1e-320, 0.0; 3e-20, 0.0, 1.0; 1.0, 1.0, 1.0]);
    assert!(apart(&found, &real(&[0.0, golden, 1.0 - golden])) < 1e-14, "{found:?}");
}
