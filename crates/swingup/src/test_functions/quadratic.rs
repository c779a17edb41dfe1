//! Quadratics, on the axes and off them.

use alloc::vec;
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
    /// `diagonal` seen from other axes: `f(x) = d(Q'x)` with an orthogonal `Q` (n × n by rows), so `H = QDQ'`, and Qx is where x was.
    ///
    /// # Panics
    /// When `rotation` is not n × n.
    pub fn rotated(diagonal: &DiagonalQuadratic, rotation: &[f64]) -> Self {
        let d = &diagonal.curvature;
        let n = d.len();
        assert!(rotation.len() == n * n, "rotation has {} entries, not {n} × {n}", rotation.len());
        let mut hessian = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let entry = (0..n).map(|k| rotation[i * n + k] * d[k] * rotation[j * n + k]).sum();
                hessian[i * n + j] = entry;
                hessian[j * n + i] = entry;
            }
        }
        Quadratic { hessian }
    }
}

impl From<&DiagonalQuadratic> for Quadratic {
    fn from(diagonal: &DiagonalQuadratic) -> Self {
        let d = &diagonal.curvature;
        let n = d.len();
        let entry = |ij| if ij % (n + 1) == 0 { d[ij / n] } else { 0.0 };
        Quadratic { hessian: (0..n * n).map(entry).collect() }
    }
}

/// An orthogonal matrix, n × n by rows: a rotation, perhaps with a reflection. Its rows are vectors of entries taken from
/// `draw`, made orthonormal one after the other.
///
/// # Panics
/// When `draw` yields vectors that are not independent, as a constant does.
pub fn orthogonal(n: usize, mut draw: impl FnMut() -> f64) -> Vec<f64> {
    let mut rows: Vec<Vec<f64>> = Vec::with_capacity(n);
    for _ in 0..n {
        let mut row: Vec<f64> = (0..n).map(|_| draw()).collect();
        let drawn = dot(&row, &row);
        // Gram-Schmidt, twice: once leaves what rounding has brought back.
        for other in rows.iter().chain(&rows) {
            let along = dot(other, &row);
            row.iter_mut().zip(other).for_each(|(x, o)| *x -= along * o);
        }
        let left = dot(&row, &row);
        assert!(left > 1e-20 * drawn, "the vectors drawn are not independent");
        let length = libm::sqrt(left);
        rows.push(row.iter().map(|x| x / length).collect());
    }
    rows.concat()
}

/// The matrix of axes that are not turned, n × n by rows.
pub fn identity(n: usize) -> Vec<f64> {
    (0..n * n).map(|ij| if ij % (n + 1) == 0 { 1.0 } else { 0.0 }).collect()
}

/// `Mx` for M n × n by rows.
pub fn times(m: &[f64], x: &[f64]) -> Vec<f64> {
    m.chunks_exact(x.len().max(1)).map(|row| dot(row, x)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
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
