//! Quadratics, on the axes and off them.

use alloc::vec::Vec;

use crate::{Function, Scalar};

/// A quadratic along the axes, `f(x) = 1/2 Σ d_i x_i²`.
#[derive(Clone, Debug)]
pub struct DiagonalQuadratic {
    /// The curvatures d_i, one for each axis.
    pub curvature: Vec<f64>,
}

impl DiagonalQuadratic {
    /// `n` curvatures from 1 to `condition`, evenly spaced in the logarithm.
    ///
    /// # Panics
    /// When `n < 2`.
    pub fn with_condition(n: usize, condition: f64) -> Self {
        assert!(n >= 2, "n = {n}: a condition number needs two curvatures");
        let curvature = (0..n).map(|i| libm::pow(condition, i as f64 / (n - 1) as f64)).collect();
        DiagonalQuadratic { curvature }
    }
}

impl Function for DiagonalQuadratic {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let sum = x.iter().zip(&self.curvature).fold(S::from(0.0), |sum, (&x, &d)| sum + x * d * x);
        sum * 0.5
    }
}

/// A quadratic in any direction, `f(x) = 1/2 x'Hx`.
#[derive(Clone, Debug)]
pub struct Quadratic {
    /// H, n × n by rows, symmetric.
    pub hessian: Vec<f64>,
}

impl Quadratic {
    /// `diagonal` seen from other axes: `f(x) = d(Qx)` with an orthogonal `Q` (n × n by rows), so `H = Q'DQ`.
    ///
    /// # Panics
    /// When `rotation` is not n × n.
    pub fn rotated(diagonal: &DiagonalQuadratic, rotation: &[f64]) -> Self {
        let d = &diagonal.curvature;
        let n = d.len();
        assert!(rotation.len() == n * n, "rotation has {} entries, not {n} × {n}", rotation.len());
        let entry = |i: usize, j: usize| {
            (0..n).map(|k| rotation[k * n + i] * d[k] * rotation[k * n + j]).sum()
        };
        Quadratic { hessian: (0..n * n).map(|ij| entry(ij / n, ij % n)).collect() }
    }
}

impl Function for Quadratic {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let rows = self.hessian.chunks_exact(x.len().max(1));
        let sum = x.iter().zip(rows).fold(S::from(0.0), |sum, (&xi, row)| {
            let dot = x.iter().zip(row).fold(S::from(0.0), |dot, (&xj, &h)| dot + xj * h);
            sum + xi * dot
        });
        sum * 0.5
    }
}
