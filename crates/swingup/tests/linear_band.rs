//! Band solvers against dense linear algebra: residuals, inertia, and what they say of matrices that they refuse.

use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::linear::{BandCholesky, BandLdlt, Inertia, LdltError, NotPositiveDefinite, SymmetricBand};
use swingup::{Real, Single};

/// Shapes with the corner cases: no rows, one row, a diagonal, a band wider than the matrix.
const SHAPES: [(usize, usize); 12] =
    [(0, 0), (0, 3), (1, 0), (1, 5), (2, 1), (7, 0), (5, 9), (6, 5), (40, 1), (40, 3), (60, 6), (70, 13)];

fn random(n: usize, w: usize, rng: &mut StdRng) -> SymmetricBand {
    let mut a = SymmetricBand::zeros(n, w);
    for j in 0..n {
        a.column_mut(j).fill_with(|| rng.random_range(-1.0..1.0));
    }
    a
}

/// L D L' with a random unit L and a given D: the inertia of D, within the band.
fn product(d: &[f64], w: usize, rng: &mut StdRng) -> SymmetricBand {
    let l = random(d.len(), w, rng);
    let entry = |i: usize, k: usize| if i == k { 1.0 } else { 0.3 * l.get(i, k) };
    let mut a = SymmetricBand::zeros(d.len(), w);
    for (k, &d) in d.iter().enumerate() {
        let last = (k + a.half_bandwidth()).min(a.n() - 1);
        for (i, j) in (k..=last).flat_map(|i| (k..=i).map(move |j| (i, j))) {
            a.add(i, j, entry(i, k) * d * entry(j, k));
        }
    }
    a
}

/// `S A S`.
fn scaled(a: &SymmetricBand, s: &[f64]) -> SymmetricBand {
    let mut scaled = a.clone();
    for j in 0..a.n() {
        scaled.column_mut(j).iter_mut().enumerate().for_each(|(i, a)| *a *= s[j] * s[j + i]);
    }
    scaled
}

fn decades(n: usize, most: f64, rng: &mut StdRng) -> Vec<f64> {
    (0..n).map(|_| 10f64.powf(rng.random_range(-most..=most))).collect()
}

fn dense<R: Real>(a: &SymmetricBand<R>) -> DMatrix<f64> {
    DMatrix::from_fn(a.n(), a.n(), |i, j| a.get(i, j).to_f64())
}

fn dense_inertia(a: &SymmetricBand) -> Inertia {
    let eigenvalues = dense(a).symmetric_eigenvalues();
    let positive = eigenvalues.iter().filter(|&&e| e > 0.0).count();
    Inertia { positive, negative: a.n() - positive, zero: 0 }
}

/// |A x - b| / (|A| |x| + |b|), in maximum norms.
fn backward_error<R: Real>(a: &SymmetricBand<R>, x: &[R], b: &[R]) -> f64 {
    let vector = |v: &[R]| DVector::from_iterator(v.len(), v.iter().map(|v| v.to_f64()));
    let (a, x, b) = (dense(a), vector(x), vector(b));
    let norm = a.row_iter().map(|row| row.iter().map(|a| a.abs()).sum::<f64>()).fold(0.0, f64::max);
    let residual = (a * &x - &b).amax();
    if residual == 0.0 { 0.0 } else { residual / (norm * x.amax() + b.amax()) }
}

fn right_hand_side(n: usize, rng: &mut StdRng) -> Vec<f64> {
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Factors, solves with and without refinement, and returns both backward errors.
fn solve(ldlt: &mut BandLdlt, a: &SymmetricBand, rng: &mut StdRng) -> (f64, f64) {
    ldlt.factor(a).unwrap();
    let b = right_hand_side(a.n(), rng);
    let (mut x, mut refined) = (b.clone(), b.clone());
    ldlt.solve(&mut x);
    ldlt.solve_refined(a, &mut refined);
    (backward_error(a, &x, &b), backward_error(a, &refined, &b))
}

#[test]
fn a_band_is_its_dense_matrix() {
    let mut rng = StdRng::seed_from_u64(1);
    for (n, w) in SHAPES {
        let mut a = random(n, w, &mut rng);
        assert_eq!(a.half_bandwidth(), w.min(n.saturating_sub(1)));
        if n > 1 && w > 0 {
            let before = dense(&a);
            a.add(0, 1, 2.0);
            a.add(1, 0, 1.0);
            a.add_diagonal(0.5);
            let mut expected = before + DMatrix::identity(n, n) * 0.5;
            expected[(0, 1)] += 2.0;
            expected[(0, 1)] += 1.0;
            expected[(1, 0)] = expected[(0, 1)];
            assert_eq!(dense(&a), expected);
        }
        let x = right_hand_side(n, &mut rng);
        let y = DVector::from_vec(a.times(&x));
        assert!(n == 0 || (y - dense(&a) * DVector::from_vec(x)).amax() <= 1e-14);
        a.fill(0.0);
        assert_eq!(dense(&a), DMatrix::zeros(n, n));
    }
}

#[test]
#[should_panic(expected = "entry (5, 2) of a matrix with 9 rows and half-bandwidth 2")]
fn nothing_is_written_outside_the_band() {
    SymmetricBand::<f64>::zeros(9, 2).add(5, 2, 1.0);
}

#[test]
fn positive_definite_systems_are_solved() {
    let mut rng = StdRng::seed_from_u64(2);
    let mut cholesky = BandCholesky::new(0, 0);
    let mut ldlt = BandLdlt::new();
    for round in 0..300 {
        let (n, w) =
            if round < SHAPES.len() { SHAPES[round] } else { (rng.random_range(1..80), rng.random_range(0..17)) };
        let spread = [0.0, 3.0, 6.0][round % 3];
        let d = decades(n, spread, &mut rng);
        let a = product(&d, w, &mut rng);
        cholesky.factor(&a).unwrap();
        let b = right_hand_side(n, &mut rng);
        let mut x = b.clone();
        cholesky.solve(&mut x);
        assert!(backward_error(&a, &x, &b) <= 1e-15, "n = {n}, w = {w}");
        let error = solve(&mut ldlt, &a, &mut rng);
        assert!(error.0 <= 1e-13 && error.1 <= 1e-15, "n = {n}, w = {w}: {error:?}");
        assert_eq!(ldlt.inertia(), Inertia { positive: n, negative: 0, zero: 0 });
        if spread == 0.0 && n > 0 {
            let reference = dense(&a).lu().solve(&DVector::from_vec(b)).unwrap();
            assert!((DVector::from_vec(x) - &reference).amax() <= 1e-10 * reference.amax(), "n = {n}, w = {w}");
        }
    }
}

#[test]
fn cholesky_names_the_first_pivot_that_is_not_positive() {
    let mut rng = StdRng::seed_from_u64(3);
    for w in 0..14 {
        for index in [0, 1, 17, 29] {
            for pivot in [-1.0, 0.0, f64::NAN, f64::INFINITY] {
                let mut d = vec![1.0; 30];
                if w == 0 || pivot == -1.0 {
                    d[index] = pivot;
                }
                let mut a = product(&d, w, &mut rng);
                if w > 0 && pivot != -1.0 {
                    a.add(index, index, pivot - a.get(index, index));
                }
                let refused = BandCholesky::new(30, w).factor(&a);
                assert_eq!(refused, Err(NotPositiveDefinite { index }), "w = {w}, pivot = {pivot}");
            }
        }
    }
    let mut a = SymmetricBand::zeros(2, 1);
    a.fill(1.0);
    assert_eq!(BandCholesky::new(2, 1).factor(&a), Err(NotPositiveDefinite { index: 1 }));
    a.add(1, 0, f64::NAN);
    let refused = BandCholesky::new(2, 1).factor(&a).unwrap_err();
    assert_eq!(refused.to_string(), "the matrix is not positive definite: the pivot of variable 1 is not positive");
}

#[test]
fn indefinite_systems_are_solved_and_their_inertia_is_that_of_the_eigenvalues() {
    let mut rng = StdRng::seed_from_u64(4);
    let mut ldlt = BandLdlt::new();
    let mut worst = (0.0f64, 0.0f64);
    for round in 0..400 {
        let (n, w) =
            if round < SHAPES.len() { SHAPES[round] } else { (rng.random_range(1..80), rng.random_range(0..17)) };
        let mut a = random(n, w, &mut rng);
        if round % 3 == 1 && w > 2 && round >= SHAPES.len() {
            // Zeros on the diagonal, all of them or some; a tridiagonal matrix of odd n could be singular.
            let share = [0.3, 0.7, 1.0][round / 3 % 3];
            (0..n).for_each(|j| {
                if rng.random_bool(share) {
                    a.column_mut(j)[0] = 0.0;
                }
            });
            a.add(0, 0, 1.0);
        }
        let graded = if round % 3 == 2 { decades(n, 7.0, &mut rng) } else { vec![1.0; n] };
        let scaled = scaled(&a, &graded);
        let error = solve(&mut ldlt, &scaled, &mut rng);
        worst = (worst.0.max(error.0), worst.1.max(error.1));
        if n == 0 {
            assert_eq!(ldlt.inertia(), Inertia::default());
            continue;
        }
        let smallest = dense(&a).symmetric_eigenvalues().iter().fold(1.0f64, |least, e| least.min(e.abs()));
        if smallest > 1e-9 {
            assert_eq!(ldlt.inertia(), dense_inertia(&a), "n = {n}, w = {w}");
        }
    }
    println!("backward errors: plain {:e}, refined {:e}", worst.0, worst.1);
    assert!(worst.0 <= 1e-13 && worst.1 <= 1e-14, "{worst:?}");
}

#[test]
fn ill_conditioned_indefinite_systems_are_solved() {
    let mut rng = StdRng::seed_from_u64(5);
    let mut ldlt = BandLdlt::new();
    for _ in 0..200 {
        let (n, w) = (rng.random_range(1..80), rng.random_range(0..17));
        let mut d = decades(n, 5.0, &mut rng);
        d.iter_mut().for_each(|d| *d *= if rng.random_bool(0.5) { 1.0 } else { -1.0 });
        let a = product(&d, w, &mut rng);
        let error = solve(&mut ldlt, &a, &mut rng);
        assert!(error.0 <= 1e-13 && error.1 <= 1e-14, "n = {n}, w = {w}: {error:?}");
    }
}

/// The matrix `[H A'; A 0]` of a problem with dynamics, ordered by time: each step has its inputs, the multipliers of
/// its dynamics and its states, and `dynamics` of state and input before it.
fn time_ordered(steps: usize, states: usize, inputs: usize, rng: &mut StdRng) -> SymmetricBand {
    let knot = inputs + 2 * states;
    let mut a = SymmetricBand::zeros(steps * knot, states + knot - 1);
    for k in 0..steps {
        let (u, multiplier, x) = (k * knot, k * knot + inputs, k * knot + inputs + states);
        (0..inputs).for_each(|i| a.add(u + i, u + i, rng.random_range(0.1..1.0)));
        // A cost of some states only.
        a.add(x, x, rng.random_range(0.0..1.0));
        for i in 0..states {
            a.add(x + i, multiplier + i, 1.0);
            (0..inputs).for_each(|j| a.add(multiplier + i, u + j, rng.random_range(-1.0..1.0)));
            if k > 0 {
                (0..states).for_each(|j| a.add(multiplier + i, x - knot + j, rng.random_range(-1.0..1.0)));
            }
        }
    }
    a
}

#[test]
fn the_systems_of_control_are_solved_and_their_inertia_counts_the_constraints() {
    let mut rng = StdRng::seed_from_u64(6);
    let mut ldlt = BandLdlt::new();
    let mut worst = (0.0f64, 0.0f64);
    for round in 0..120 {
        let (steps, states, inputs) = (rng.random_range(1..30), rng.random_range(1..7), rng.random_range(1..4));
        let mut a = time_ordered(steps, states, inputs, &mut rng);
        if round % 2 == 1 {
            a = scaled(&a, &decades(a.n(), 4.0, &mut rng));
        }
        let error = solve(&mut ldlt, &a, &mut rng);
        worst = (worst.0.max(error.0), worst.1.max(error.1));
        let expected = Inertia { positive: steps * (states + inputs), negative: steps * states, zero: 0 };
        assert_eq!(ldlt.inertia(), expected, "{steps} steps, {states} states, {inputs} inputs");
        // Nothing worse than a few fronts of delayed variables.
        assert!(ldlt.entries() <= 3 * a.n() * (a.half_bandwidth() + 1));
    }
    println!("backward errors: plain {:e}, refined {:e}", worst.0, worst.1);
    assert!(worst.0 <= 1e-13 && worst.1 <= 1e-14, "{worst:?}");
}

#[test]
fn a_singular_matrix_is_refused_by_the_name_of_a_variable() {
    let mut rng = StdRng::seed_from_u64(7);
    let mut ldlt = BandLdlt::new();
    // Nothing is said of variable 4.
    let mut a = random(9, 3, &mut rng);
    (1..8).for_each(|j| a.add(4, j, -a.get(4, j)));
    assert_eq!(ldlt.factor(&a), Err(LdltError::Singular { index: 4 }));
    assert_eq!(ldlt.inertia().zero, 1);
    let mut x = right_hand_side(9, &mut rng);
    ldlt.solve(&mut x);
    assert_eq!(x[4], 0.0);
    assert_eq!(ldlt.factor(&a).unwrap_err().to_string(), "the matrix is singular: no pivot is left for variable 4");
    // Constraint 3 repeats constraint 2: [H A'; A 0] with H = I of two variables.
    let mut a = SymmetricBand::zeros(4, 3);
    (0..2).for_each(|i| a.add(i, i, 1.0));
    (2..4).for_each(|row| (0..2).for_each(|j| a.add(row, j, [0.3, -0.7][j])));
    assert_eq!(ldlt.factor(&a), Err(LdltError::Singular { index: 3 }));
    assert_eq!(ldlt.inertia(), Inertia { positive: 2, negative: 1, zero: 1 });
    // All zeros, and a product with zeros in D, which no elimination sees as exact zeros.
    assert_eq!(ldlt.factor(&SymmetricBand::zeros(5, 2)), Err(LdltError::Singular { index: 0 }));
    assert_eq!(ldlt.inertia(), Inertia { positive: 0, negative: 0, zero: 5 });
    for _ in 0..100 {
        let (n, w) = (rng.random_range(1..60), rng.random_range(0..12));
        let d: Vec<f64> = (0..n).map(|_| [-1.0, 0.0, 1.0, 1.0, 2.0][rng.random_range(0..5)]).collect();
        let count = |sign: f64| d.iter().filter(|&&d| d == sign || d == 2.0 * sign).count();
        let a = product(&d, w, &mut rng);
        let (positive, negative) = (count(1.0), count(-1.0));
        let refused = ldlt.factor(&a);
        assert_eq!(ldlt.inertia(), Inertia { positive, negative, zero: n - positive - negative }, "n = {n}, w = {w}");
        assert_eq!(refused.is_err(), positive + negative < n);
    }
}

#[test]
fn a_matrix_that_is_not_finite_is_refused() {
    let mut rng = StdRng::seed_from_u64(8);
    let mut ldlt = BandLdlt::new();
    for (i, j) in [(0, 0), (7, 5), (19, 19), (12, 14)] {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let mut a = random(20, 3, &mut rng);
            a.add(i, j, bad);
            assert_eq!(ldlt.factor(&a), Err(LdltError::NotFinite { index: i.min(j) }));
            a.add_diagonal(10.0);
            assert!(BandCholesky::new(20, 3).factor(&a).is_err());
        }
    }
    assert_eq!(LdltError::NotFinite { index: 5 }.to_string(), "column 5 of the matrix is not finite");
}

#[test]
fn single_precision_solves_to_its_own_rounding() {
    let mut rng = StdRng::seed_from_u64(9);
    let single = |a: &SymmetricBand| {
        let mut single = SymmetricBand::<Single>::zeros(a.n(), a.half_bandwidth());
        for j in 0..a.n() {
            single.column_mut(j).iter_mut().zip(a.column(j)).for_each(|(s, &a)| *s = Single::from(a));
        }
        single
    };
    let (mut cholesky, mut ldlt) = (BandCholesky::<Single>::new(1, 0), BandLdlt::<Single>::new());
    for _ in 0..100 {
        let (n, w) = (rng.random_range(1..80), rng.random_range(0..14));
        let b: Vec<Single> = right_hand_side(n, &mut rng).into_iter().map(Single::from).collect();
        let a = single(&product(&decades(n, 1.0, &mut rng), w, &mut rng));
        let mut x = b.clone();
        cholesky.factor(&a).unwrap();
        cholesky.solve(&mut x);
        assert!(backward_error(&a, &x, &b) <= 1e-6);
        let a = single(&time_ordered(n.div_ceil(5), 2, 1, &mut rng));
        let b: Vec<Single> = right_hand_side(a.n(), &mut rng).into_iter().map(Single::from).collect();
        let mut x = b.clone();
        ldlt.factor(&a).unwrap();
        ldlt.solve_refined(&a, &mut x);
        assert!(backward_error(&a, &x, &b) <= 1e-6);
        assert_eq!(ldlt.inertia().negative, n.div_ceil(5) * 2);
    }
}
