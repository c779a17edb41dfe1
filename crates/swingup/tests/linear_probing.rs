//! Matrices recovered from their products: exactly, with few products, and never with a wrong pattern.

use nalgebra::{DMatrix, DVector};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::inspect;
use swingup::linear::probing::{
    Acyclic, Gaussian, OneHot, OutsideMatrix, Probing, SparseSymmetric, Substitution, SymmetricPattern, UnitModulus,
};
use swingup::linear::{BandCholesky, SymmetricBand};
use swingup::{Function, Scalar};

/// Values for the entries of a pattern, and the matrix.
fn random(pattern: &SymmetricPattern, size: f64, rng: &mut StdRng) -> SymmetricBand {
    let mut h = SymmetricBand::zeros(pattern.n(), pattern.half_bandwidth());
    for &(i, j) in pattern.pairs() {
        h.add(i, j, size * rng.random_range(-1.0..1.0));
    }
    h
}

fn normal(rng: &mut StdRng) -> impl FnMut() -> f64 {
    // Twelve uniform numbers have variance 1 together.
    || (0..12).map(|_| rng.random_range(-0.5..0.5)).sum()
}

fn largest_error(recovered: &SparseSymmetric<'_>, h: &SymmetricBand) -> f64 {
    let entries = recovered.pattern().pairs().iter().zip(recovered.values());
    entries.map(|(&(i, j), value)| (value - h.get(i, j)).abs()).fold(0.0, f64::max)
}

fn size(h: &SymmetricBand) -> f64 {
    (0..h.n()).flat_map(|j| h.column(j)).fold(0.0, |largest, a| a.abs().max(largest))
}

/// Recovers `h` with `method`, asserts that it took as many products as it said, and returns the relative error.
fn relative_error(method: &impl Probing, h: &SymmetricBand) -> f64 {
    let mut products = 0;
    let recovered = method.recover(|v| {
        products += 1;
        h.times(v)
    });
    assert_eq!(products, method.probes());
    largest_error(&recovered, h) / size(h)
}

/// The Hessian pattern of a cart-pole's penalized swing-up with `steps` midpoint steps: force, position, speed, angle
/// and angular speed of each step, and those of the step before, meet in the squares of the four residuals.
fn cart_pole(steps: usize) -> SymmetricPattern {
    let meet = |k: usize, members: &[(usize, usize)]| -> Vec<(usize, usize)> {
        let variables: Vec<usize> = members.iter().filter(|m| k >= m.0).map(|&(back, c)| 5 * (k - back) + c).collect();
        variables.iter().flat_map(|&i| variables.iter().map(move |&j| (i, j))).collect()
    };
    let (f, x, v, theta, omega) = (0, 1, 2, 3, 4);
    let pairs = (0..steps).flat_map(|k| {
        [
            meet(k, &[(0, x), (1, x), (0, v), (1, v)]),
            meet(k, &[(0, v), (1, v), (0, f)]),
            meet(k, &[(0, theta), (1, theta), (0, omega), (1, omega)]),
            meet(k, &[(0, omega), (1, omega), (0, theta), (1, theta), (0, f)]),
        ]
        .concat()
    });
    SymmetricPattern::from_pairs(5 * steps, pairs).unwrap()
}

#[test]
fn a_full_band_takes_two_half_bands_and_one_or_by_substitution_one_half_band_and_one() {
    let mut rng = StdRng::seed_from_u64(1);
    for (n, w) in [(495, 6), (100, 1), (60, 11), (30, 0), (5, 4), (3, 9), (1, 0), (0, 2)] {
        let pattern = SymmetricPattern::banded(n, w);
        let w = w.min(n.saturating_sub(1));
        let h = random(&pattern, 4e4, &mut rng);
        let one_hot = OneHot::new(pattern.clone());
        let unit_modulus = UnitModulus::new(pattern.clone());
        let substitution = Substitution::new(pattern.clone());
        let acyclic = Acyclic::new(pattern.clone());
        assert_eq!(one_hot.probes(), n.min(2 * w + 1));
        assert_eq!(unit_modulus.probes(), n.min(2 * w + 1));
        assert_eq!(substitution.probes(), n.min(w + 1));
        assert_eq!(acyclic.probes(), n.min(w + 1));
        if n > 0 {
            assert_eq!(relative_error(&one_hot, &h), 0.0);
            assert!(relative_error(&unit_modulus, &h) <= 1e-14);
            assert!(relative_error(&substitution, &h) <= 1e-13);
            assert!(relative_error(&acyclic, &h) <= 1e-13);
            let recovered = substitution.recover(|v| h.times(v));
            let (band, x) = (recovered.to_band(), vec![1.0; n]);
            assert!(band.times(&x).iter().zip(recovered.times(&x)).all(|(a, b)| (a - b).abs() <= 1e-8));
        }
    }
}

#[test]
fn the_holes_in_the_cart_poles_band_save_products() {
    let mut rng = StdRng::seed_from_u64(2);
    let pattern = cart_pole(99);
    assert_eq!((pattern.n(), pattern.half_bandwidth()), (495, 6));
    let h = random(&pattern, 4e4, &mut rng);
    let (one_hot, unit) = (OneHot::new(pattern.clone()), UnitModulus::new(pattern.clone()));
    let (substitution, acyclic) = (Substitution::new(pattern.clone()), Acyclic::new(pattern.clone()));
    let probes = [one_hot.probes(), unit.probes(), substitution.probes(), acyclic.probes()];
    println!("{} pairs; probes {probes:?}", pattern.pairs().len());
    // Angle, angular speed and force of a step, with angle and angular speed before it, all meet: no colouring has
    // fewer than 5.
    assert_eq!(probes, [10, 10, 5, 5]);
    let errors = [
        relative_error(&one_hot, &h),
        relative_error(&unit, &h),
        relative_error(&substitution, &h),
        relative_error(&acyclic, &h),
    ];
    println!("errors {errors:?}");
    assert!(errors.iter().all(|&error| error <= 1e-12), "{errors:?}");

    // 4.2 entries in a row: four equations in a row are too few, five are just enough.
    let too_few = Gaussian::new(pattern.clone(), 4, normal(&mut rng)).unwrap_err();
    assert_eq!(too_few.probes, 4);
    for (probes, bound) in [(5, 1e-9), (6, 1e-12), (8, 1e-13)] {
        let gaussian = Gaussian::new(pattern.clone(), probes, normal(&mut rng)).unwrap();
        let error = relative_error(&gaussian, &h);
        println!("Gaussian, {probes} probes: {error:e}");
        assert!(error <= bound, "{probes} probes: {error:e}");
    }
}

#[test]
fn random_patterns_are_recovered_by_all_methods() {
    let mut rng = StdRng::seed_from_u64(3);
    for _ in 0..60 {
        let n = rng.random_range(1..60);
        let reach = rng.random_range(1..=n);
        let pairs: Vec<_> = (0..rng.random_range(0..3 * n))
            .map(|_| {
                let i = rng.random_range(0..n);
                (i, (i + rng.random_range(0..reach)).min(n - 1))
            })
            .collect();
        let pattern = SymmetricPattern::from_pairs(n, pairs).unwrap();
        let h = random(&pattern, 1.0, &mut rng);
        let (one_hot, acyclic) = (OneHot::new(pattern.clone()), Acyclic::new(pattern.clone()));
        assert!(relative_error(&one_hot, &h) == 0.0);
        assert!(relative_error(&UnitModulus::new(pattern.clone()), &h) <= 1e-14);
        assert!(relative_error(&Substitution::new(pattern.clone()), &h) <= 1e-13);
        assert!(relative_error(&acyclic, &h) <= 1e-13);
        assert!(acyclic.probes() <= one_hot.probes());
        // As many probes as a full row has entries are always enough.
        let gaussian = Gaussian::new(pattern.clone(), one_hot.probes() + 2, normal(&mut rng)).unwrap();
        assert!(relative_error(&gaussian, &h) <= 1e-12);
    }
}

#[test]
fn too_few_products_name_an_entry_that_they_leave_open() {
    let mut rng = StdRng::seed_from_u64(4);
    // A full corner of 6 variables needs 21/6 products and gets them only when there are 6: its equations see no
    // others. The diagonal elsewhere would need one.
    let corner = (0..6).flat_map(|i| (i..6).map(move |j| (i, j)));
    let pattern = SymmetricPattern::from_pairs(50, corner).unwrap();
    for probes in 0..6 {
        let error = Gaussian::new(pattern.clone(), probes, normal(&mut rng)).unwrap_err();
        assert!(error.probes == probes && error.entry.1 < 6, "{error}");
    }
    assert!(Gaussian::new(pattern, 6, normal(&mut rng)).is_ok());
    assert_eq!(SymmetricPattern::from_pairs(3, [(1, 5)]), Err(OutsideMatrix { pair: (1, 5), n: 3 }));
}

#[test]
fn a_pattern_that_is_too_narrow_is_reported_by_all_methods() {
    fn refused(method: &impl Probing, h: &SymmetricBand, rng: &mut StdRng) -> usize {
        let mut products = 0;
        let mut narrow = |v: &[f64]| {
            products += 1;
            h.times(v)
        };
        let error = method.recover_checked(&mut narrow, normal(rng), 1e-9).unwrap_err();
        assert_eq!(products, method.probes() + 1);
        assert!(error.missing.abs() > 0.0, "{error}");
        error.row
    }
    let mut rng = StdRng::seed_from_u64(5);
    for round in 0..20 {
        let pattern = cart_pole(20);
        let mut h = random(&pattern, 1e3, &mut rng);
        let one_hot = OneHot::new(pattern.clone());
        assert!(one_hot.recover_checked(|v| h.times(v), normal(&mut rng), 1e-12).is_ok());
        // Speed and angle of one step: not in the pattern, and not large.
        let forgotten = (5 * round + 2, 5 * round + 3);
        h.add(forgotten.0, forgotten.1, 1e-3);
        // Only rows of the pair and their neighbours are spoilt; substitutions carry it farther.
        let row = refused(&one_hot, &h, &mut rng);
        assert!(row.abs_diff(forgotten.0) <= 6, "{row} for {forgotten:?}");
        refused(&UnitModulus::new(pattern.clone()), &h, &mut rng);
        refused(&Substitution::new(pattern.clone()), &h, &mut rng);
        refused(&Acyclic::new(pattern.clone()), &h, &mut rng);
        refused(&Gaussian::new(pattern.clone(), 7, normal(&mut rng)).unwrap(), &h, &mut rng);
    }
    // What one-hot probes do not see at all is in the rows of the forgotten pair.
    let diagonal = OneHot::new(SymmetricPattern::banded(10, 0));
    let mut h = SymmetricBand::zeros(10, 3);
    h.add_diagonal(1.0);
    h.add(4, 7, 0.5);
    let error = diagonal.recover_checked(|v| h.times(v), normal(&mut rng), 1e-9).unwrap_err();
    assert!(error.row == 4 || error.row == 7, "{error}");
    assert!(diagonal.recover_checked(|v| vec![f64::NAN; v.len()], normal(&mut rng), 1e-9).is_err());
}

/// The root mean square error of the entries, recovered ten times from products with an error of 1e-3.
fn deviation(method: &impl Probing, h: &SymmetricBand, rng: &mut StdRng) -> f64 {
    let mut squares = Vec::new();
    for _ in 0..10 {
        let recovered = method.recover(|v| h.times(v).into_iter().map(|y| y + 1e-3 * normal(rng)()).collect());
        let entries = recovered.pattern().pairs().iter().zip(recovered.values());
        squares.extend(entries.map(|(&(i, j), value)| (value - h.get(i, j)).powi(2)));
    }
    f64::sqrt(squares.iter().sum::<f64>() / squares.len() as f64)
}

#[test]
fn phases_lower_the_noise_by_the_root_of_the_number_of_probes() {
    let mut rng = StdRng::seed_from_u64(6);
    let pattern = SymmetricPattern::banded(495, 6);
    let h = random(&pattern, 1.0, &mut rng);
    let read = deviation(&OneHot::new(pattern.clone()), &h, &mut rng);
    let averaged = deviation(&UnitModulus::new(pattern), &h, &mut rng);
    println!("one-hot {read:e}, unit modulus {averaged:e}, ratio {}", read / averaged);
    // 34 000 errors each: the ratio of their deviations has a deviation of its own of 0.6 %.
    assert!((read / averaged / f64::sqrt(13.0) - 1.0).abs() <= 0.03);
}

/// The energy of a string of springs that harden, pulled to the side: neighbours meet.
struct PulledString;
impl Function for PulledString {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let mut energy = -x[x.len() / 2];
        for i in 0..=x.len() {
            let left = if i == 0 { S::from(0.0) } else { x[i - 1] };
            let right = if i == x.len() { S::from(0.0) } else { x[i] };
            energy = energy + ((right - left).powi(2) + 0.01).sqrt() + (right - left).powi(2) * 0.5;
        }
        energy
    }
}

#[test]
fn a_pulled_string_is_recovered_from_two_products_and_solved() {
    let n = 12;
    let pattern = inspect::sparsity(&PulledString, n);
    let method = Substitution::new(SymmetricPattern::from_pairs(n, pattern.pairs().iter().copied()).unwrap());
    assert_eq!((method.probes(), method.pattern().half_bandwidth()), (2, 1));
    let x: Vec<f64> = (0..n).map(|i| f64::sin(i as f64)).collect();
    // H v as a difference of gradients: its error is that of the recovered matrix.
    let gradient = |x: &[f64]| inspect::gradient(&PulledString, x).1;
    let product = |v: &[f64]| -> Vec<f64> {
        let moved = |t: f64| x.iter().zip(v).map(|(x, v)| x + t * v).collect::<Vec<_>>();
        gradient(&moved(1e-5)).iter().zip(&gradient(&moved(-1e-5))).map(|(p, m)| (p - m) / 2e-5).collect()
    };
    let mut rng = StdRng::seed_from_u64(7);
    let h = method.recover_checked(product, normal(&mut rng), 1e-6).unwrap().to_band();
    let mut cholesky = BandCholesky::new(n, 1);
    cholesky.factor(&h).unwrap();
    let mut step: Vec<f64> = gradient(&x);
    cholesky.solve(&mut step);
    let dense = DMatrix::from_fn(n, n, |i, j| h.get(i, j));
    let reference = dense.lu().solve(&DVector::from_row_slice(&gradient(&x))).unwrap();
    assert!((DVector::from_vec(step) - &reference).amax() <= 1e-12 * reference.amax());
}
