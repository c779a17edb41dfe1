//! Textbook methods for the Riccati equation in plain doubles, to see what more digits in the right place are worth.
//!
//! Neither chooses units, and one forms `BR⁻¹B'` and an inverse. [`Lq::care`] is what to use.

use nalgebra::{DMatrix, Dyn};

use super::digits::{Digits, DoubleDouble, eliminate, product};
use super::doubling::{Data, Eliminated, symmetrize};
use super::smith::{smith, squared_norm};
use crate::lqr::{Lq, Time};

/// X of the continuous equation by the matrix sign function (Roberts 1971; Byers 1987), n × n:
/// ```text
/// Z = [A - BR⁻¹S'    -BR⁻¹B'; SR⁻¹S' - Q    -(A - BR⁻¹S')']        Z ← (Z/c + c Z⁻¹)/2        (sign Z + 1) [1; X] = 0
/// ```
/// with `c² = |Z|/|Z⁻¹|`, and least squares for X. `None` when a matrix is singular or Z does not settle.
pub fn sign_function(lq: &Lq<Dyn, Dyn>) -> Option<DMatrix<f64>> {
    const STEPS: usize = 100;
    let n = lq.a.nrows();
    let Eliminated { a, g, h } = Data::<f64, Dyn, Dyn>::of(lq).eliminated()?;
    let mut z = DMatrix::zeros(2 * n, 2 * n);
    z.view_mut((0, n), (n, n)).copy_from(&-g);
    z.view_mut((n, 0), (n, n)).copy_from(&-h);
    z.view_mut((n, n), (n, n)).copy_from(&-a.transpose());
    z.view_mut((0, 0), (n, n)).copy_from(&a);
    let one = DMatrix::identity(2 * n, 2 * n);
    let mut last = f64::INFINITY;
    for _ in 0..STEPS {
        let mut inverse = one.clone();
        if !eliminate(z.clone(), &mut [inverse.as_mut_slice()]) {
            return None;
        }
        let c = libm::sqrt(libm::sqrt(squared_norm(&z) / squared_norm(&inverse)));
        let next = (&z / c + inverse * c) * 0.5;
        let change = libm::sqrt(squared_norm(&(&next - &z)) / squared_norm(&next));
        z = next;
        // It converges quadratically, until only rounding is left.
        if change < 1e-14 || (change < 1e-2 && change >= 0.5 * last) {
            let sum = z + one;
            let (qr, mut right) = (sum.columns(n, n).into_owned().qr(), -sum.columns(0, n));
            qr.q_tr_mul(&mut right);
            let mut x = qr.r().solve_upper_triangular(&right.rows(0, n))?;
            symmetrize(&mut x);
            return Some(x);
        }
        last = change;
    }
    None
}

/// In which numbers the residual of a step is formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Residual {
    /// Doubles: every term is rounded.
    Plain,
    /// Twice the digits, rounded once.
    TwiceTheDigits,
}

/// One step of Newton's method on the continuous equation (Kleinman 1968) from an X whose gain stabilizes, n × n:
/// ```text
/// X + Δ        (A - BK)'Δ + Δ(A - BK) + A'X + XA + Q - (XB + S)K = 0        K = R⁻¹(XB + S)'
/// ```
/// Δ is solved for in doubles either way. `None` when R is singular or the gain does not stabilize.
pub fn newton_step(lq: &Lq<Dyn, Dyn>, x: &DMatrix<f64>, residual: Residual) -> Option<DMatrix<f64>> {
    let (residual, gain) = match residual {
        Residual::Plain => residual_in::<f64>(lq, x)?,
        Residual::TwiceTheDigits => residual_in::<DoubleDouble>(lq, x)?,
    };
    let mut sums = [residual];
    if !smith(Time::Continuous, &(&lq.a - product(&lq.b, &gain)), &mut sums) {
        return None;
    }
    let [mut step] = sums;
    symmetrize(&mut step);
    Some(x + step)
}

/// What X leaves of the equation, and its gain.
fn residual_in<R: Digits>(lq: &Lq<Dyn, Dyn>, x: &DMatrix<f64>) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
    let [a, b, q, r, s, x] = [&lq.a, &lq.b, &lq.q, &lq.r, &lq.s, x].map(|m| m.map(R::new));
    let p = product(&x, &b) + s;
    let mut gain = p.transpose();
    if !eliminate(r, &mut [gain.as_mut_slice()]) {
        return None;
    }
    let xa = product(&x, &a);
    let left = &xa + xa.transpose() + q - product(&p, &gain);
    Some((left.map(R::rounded), gain.map(R::rounded)))
}
