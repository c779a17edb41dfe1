//! How much a linear system amplifies: its condition number.

use alloc::vec::Vec;

use super::{BandLdlt, SymmetricBand};
use crate::Real;

/// The condition number `|λ|_max/|λ|_min` of a symmetric band, by power iteration with it and with its inverse; infinite when it
/// is singular.
///
/// A digit of the data is lost for each factor of ten. `iterations` of each kind; the estimate comes from below, and is
/// good to a few per cent after a hundred, unless the vector that the iteration starts from is nearly orthogonal to the
/// eigenvectors that it looks for: then it is too small.
pub fn condition<R: Real>(matrix: &SymmetricBand<R>, iterations: usize) -> f64 {
    let mut factors = BandLdlt::new();
    if factors.factor(matrix).is_err() {
        return f64::INFINITY;
    }
    let largest = power(matrix.n(), iterations, |x| matrix.times(x));
    let smallest = power(matrix.n(), iterations, |x| {
        let mut y = x.to_vec();
        factors.solve(&mut y);
        y
    });
    largest * smallest
}

/// Largest `|Ax|` of unit vectors x = Ax/|Ax|, from an uneven one, seldom orthogonal to an eigenvector.
fn power<R: Real>(n: usize, iterations: usize, times: impl Fn(&[R]) -> Vec<R>) -> f64 {
    let mut x: Vec<R> = (0..n).map(|i| R::from(1.0 + (i * 7919 % 101) as f64 / 101.0)).collect();
    let mut growth = 0.0;
    for _ in 0..iterations {
        let norm = libm::sqrt(x.iter().map(|v| v.to_f64() * v.to_f64()).sum());
        x.iter_mut().for_each(|v| *v /= R::from(norm));
        x = times(&x);
        growth = libm::sqrt(x.iter().map(|v| v.to_f64() * v.to_f64()).sum());
    }
    growth
}
