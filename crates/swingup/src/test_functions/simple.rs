//! The cone, a power of the distance, and Rosenbrock's valley.

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
