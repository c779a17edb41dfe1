//! Cholesky's factorization of a band matrix.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::SymmetricBand;
use crate::Real;

/// Solves `A x = b` for a symmetric positive definite band matrix A.
///
/// ```text
/// A = L D L'        L: 1 on the diagonal, the band of A below it        D: diagonal, positive
/// ```
/// This is Cholesky's factorization without its roots: they would lengthen by their latency the chain of operations
/// from one pivot to the next, which is what the time of a narrow band is made of. Nothing fills in outside the band.
/// Cost: n w (w + 3)/2 products and n divisions to factor, n (2 w + 1) products to solve; no memory is allocated after
/// construction.
///
/// G. H. Golub, C. F. Van Loan, Matrix Computations, 4th edition, sections 4.1 and 4.3.
#[derive(Clone, Debug)]
pub struct BandCholesky<R = f64> {
    n: usize,
    w: usize,
    /// Column j of L in `[j (w + 1) ..][.. w + 1]`, with 1/d_j in the place of the 1; then w columns of zeros, so that
    /// the last columns are eliminated like all others.
    columns: Vec<R>,
}

/// The matrix has a leading block that is not positive definite.
///
/// For a Hessian: there is a direction among the variables `0..=index` along which the function bends down, or not at
/// all; add to the diagonal, or take a positive definite approximation. A matrix that holds a NaN or an infinity is
/// refused with this error too, at the first pivot that they reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotPositiveDefinite {
    /// The variable whose pivot is not positive; all before it are.
    pub index: usize,
}

impl fmt::Display for NotPositiveDefinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the matrix is not positive definite: the pivot of variable {} is not positive", self.index)
    }
}

impl core::error::Error for NotPositiveDefinite {}

impl<R: Real> BandCholesky<R> {
    /// Room for matrices with n rows and half-bandwidth `w`: the factor of the identity.
    pub fn new(n: usize, w: usize) -> Self {
        let w = w.min(n.saturating_sub(1));
        let mut columns = vec![R::zero(); (n + w) * (w + 1)];
        for column in columns.chunks_exact_mut(w + 1).take(n) {
            column[0] = R::one();
        }
        BandCholesky { n, w, columns }
    }

    /// Factors `matrix`, in the memory of the factor before it; a matrix of another shape gets new memory.
    ///
    /// # Errors
    /// When the matrix is not positive definite. It is so for all that rounding can tell: a singular matrix may pass
    /// with a pivot that is rounding and nothing else. After an error, [`solve`](Self::solve) has nothing to solve
    /// with.
    pub fn factor(&mut self, matrix: &SymmetricBand<R>) -> Result<(), NotPositiveDefinite> {
        let (n, w) = (matrix.n(), matrix.half_bandwidth());
        if (n, w) != (self.n, self.w) {
            *self = Self::new(n, w);
        }
        let (band, zeros) = self.columns.split_at_mut(n * (w + 1));
        band.copy_from_slice(matrix.padded_columns());
        zeros.fill(R::zero());
        // Narrow bands have loops of a length that the compiler knows, and unrolls.
        let columns = &mut self.columns[..];
        match w {
            1 => eliminate(columns, n, 2),
            2 => eliminate(columns, n, 3),
            3 => eliminate(columns, n, 4),
            4 => eliminate(columns, n, 5),
            5 => eliminate(columns, n, 6),
            6 => eliminate(columns, n, 7),
            7 => eliminate(columns, n, 8),
            8 => eliminate(columns, n, 9),
            9 => eliminate(columns, n, 10),
            10 => eliminate(columns, n, 11),
            11 => eliminate(columns, n, 12),
            12 => eliminate(columns, n, 13),
            _ => eliminate(columns, n, w + 1),
        }
    }

    /// Replaces b, in `x`, by the solution of `A x = b`.
    ///
    /// # Panics
    /// When `x` does not have n elements.
    pub fn solve(&self, x: &mut [R]) {
        assert!(x.len() == self.n, "a vector of {}, n = {}", x.len(), self.n);
        match self.w {
            0 => x.iter_mut().zip(&self.columns).for_each(|(x, &inverse)| *x *= inverse),
            1 => substitute::<R, 1>(&self.columns, x, 2),
            2 => substitute::<R, 2>(&self.columns, x, 3),
            3 => substitute::<R, 3>(&self.columns, x, 4),
            4 => substitute::<R, 4>(&self.columns, x, 5),
            5 => substitute::<R, 5>(&self.columns, x, 6),
            6 => substitute::<R, 6>(&self.columns, x, 7),
            7 => substitute::<R, 7>(&self.columns, x, 8),
            8 => substitute::<R, 8>(&self.columns, x, 9),
            w => substitute_wide(&self.columns, x, w + 1),
        }
    }
}

/// Column by column, from the matrix to 1/D and L: a column's products leave the w columns after it.
#[inline(always)]
fn eliminate<R: Real>(columns: &mut [R], n: usize, stride: usize) -> Result<(), NotPositiveDefinite> {
    for index in 0..n {
        let (column, after) = columns[index * stride..].split_at_mut(stride);
        let after = &mut after[..stride * (stride - 1)];
        let d = column[0];
        let positive = d > R::zero() && d.is_finite();
        if !positive {
            return Err(NotPositiveDefinite { index });
        }
        let inverse = R::one() / d;
        for i in 1..stride {
            let l = column[i] * inverse;
            for (a, &c) in after[(i - 1) * stride..][..stride - i].iter_mut().zip(&column[i..]) {
                *a -= l * c;
            }
        }
        column[0] = inverse;
        for c in &mut column[1..] {
            *c *= inverse;
        }
    }
    Ok(())
}

/// `L z = b`, `D y = z`, `L' x = y`, with the W unknowns ahead in registers.
#[inline(always)]
fn substitute<R: Real, const W: usize>(columns: &[R], x: &mut [R], stride: usize) {
    let n = x.len();
    let mut ahead = [R::zero(); W];
    ahead.copy_from_slice(&x[..W]);
    for (j, column) in columns.chunks_exact(stride).take(n).enumerate() {
        let z = ahead[0];
        for i in 1..W {
            ahead[i - 1] = ahead[i] - column[i] * z;
        }
        ahead[W - 1] = x.get(j + W).copied().unwrap_or(R::zero()) - column[W] * z;
        x[j] = z * column[0];
    }
    let mut behind = [R::zero(); W];
    for (x, column) in x.iter_mut().zip(columns.chunks_exact(stride)).rev() {
        // The nearest unknown, which has only just been found, comes last.
        let mut sum = *x;
        for i in (0..W).rev() {
            sum -= column[i + 1] * behind[i];
        }
        behind.copy_within(..W - 1, 1);
        behind[0] = sum;
        *x = sum;
    }
}

/// `L z = b`, `D y = z`, `L' x = y`.
fn substitute_wide<R: Real>(columns: &[R], x: &mut [R], stride: usize) {
    for (j, column) in columns.chunks_exact(stride).take(x.len()).enumerate() {
        let z = x[j];
        for (x, &l) in x[j + 1..].iter_mut().zip(&column[1..]) {
            *x -= l * z;
        }
        x[j] = z * column[0];
    }
    for (j, column) in columns.chunks_exact(stride).take(x.len()).enumerate().rev() {
        let mut sum = x[j];
        for (&x, &l) in x[j + 1..].iter().zip(&column[1..]).rev() {
            sum -= l * x;
        }
        x[j] = sum;
    }
}
