//! The cone, a power of the distance, Rosenbrock's valley, and a pulled string.

use alloc::vec::Vec;

use crate::{Function, Scalar};

/// The cone `f(x) = |x|`, minimum 0 at the origin, where it has no derivative.
#[derive(Clone, Copy, Debug)]
pub struct Cone;

impl Function for Cone {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        square(x).sqrt()
    }
}

/// A power of the distance, `f(x) = |x|^p`, minimum 0 at the origin.
#[derive(Clone, Copy, Debug)]
pub struct Power {
    /// The exponent p > 0: 1 is the cone, 2 the round bowl, larger is flatter at the bottom.
    pub p: f64,
}

impl Function for Power {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        square(x).powf(self.p / 2.0)
    }
}

/// Rosenbrock's valley, `f(x, y) = 100 (y - x²)² + (1 - x)²`, minimum 0 at (1, 1).
///
/// H. H. Rosenbrock, An automatic method for finding the greatest or least value of a function,
/// The Computer Journal 3 (1960) 175-184. The customary start is (-1.2, 1).
#[derive(Clone, Copy, Debug)]
pub struct Rosenbrock;

impl Function for Rosenbrock {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        (x[1] - x[0] * x[0]).powi(2) * 100.0 + (-x[0] + 1.0).powi(2)
    }
}

/// `|x|²`.
fn square<S: Scalar>(x: &[S]) -> S {
    x.iter().fold(S::from(0.0), |sum, &x| x.fma(x, sum))
}

/// The energy of a string of beads between two walls, one of them pulled to the side by a force of 1:
/// `f(x) = Σ (x_{k+1} - x_k)²/2 + x_0²/2 + x_{n-1}²/2 - x_at`.
///
/// Minimum [`shape`](PulledString::shape): straight from either wall to the bead that is pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PulledString {
    /// The bead that is pulled.
    pub at: usize,
}

impl PulledString {
    /// The minimum for `n` beads: `(k + 1)(n - at)/(n + 1)` up to the pulled one, `(n - k)(at + 1)/(n + 1)` after it.
    pub fn shape(&self, n: usize) -> Vec<f64> {
        let rise = |k: usize| if k <= self.at { (k + 1) * (n - self.at) } else { (n - k) * (self.at + 1) };
        (0..n).map(|k| rise(k) as f64 / (n + 1) as f64).collect()
    }
}

impl Function for PulledString {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let walls = (x[0] * x[0] + x[x.len() - 1] * x[x.len() - 1]) * 0.5;
        x.windows(2).fold(walls - x[self.at], |sum, pair| sum + (pair[1] - pair[0]).powi(2) * 0.5)
    }
}
