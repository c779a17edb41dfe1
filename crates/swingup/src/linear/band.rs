//! Symmetric matrices with a narrow band.

use alloc::vec;
use alloc::vec::Vec;

use crate::Real;

/// A symmetric matrix that is zero but for its diagonal and the `w` diagonals on either side of it.
///
/// ```text
/// a_ij = a_ji,   a_ij = 0 for |i - j| > w
/// ```
/// The lower band is held by columns, each of them contiguous from its diagonal downwards: a column is what an
/// elimination step of [`BandCholesky`](super::BandCholesky) works on, and what a knot of a control problem writes to.
/// Memory: n (w + 1) numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct SymmetricBand<R = f64> {
    n: usize,
    w: usize,
    /// Column j in `[j (w + 1) ..][.. w + 1]`; what would be below row n - 1 is zero and stays so.
    columns: Vec<R>,
}

impl<R: Real> SymmetricBand<R> {
    /// The n x n matrix of zeros with room for half-bandwidth `w`; a wider band than the matrix has is cut to n - 1.
    pub fn zeros(n: usize, w: usize) -> Self {
        let w = w.min(n.saturating_sub(1));
        SymmetricBand { n, w, columns: vec![R::zero(); n * (w + 1)] }
    }

    /// Number of rows, and of columns.
    pub fn n(&self) -> usize {
        self.n
    }

    /// Number of diagonals on either side of the main one.
    pub fn half_bandwidth(&self) -> usize {
        self.w
    }

    /// `a_ij`; zero outside the band.
    ///
    /// # Panics
    /// When `i` or `j` is not below n.
    pub fn get(&self, i: usize, j: usize) -> R {
        let (row, column) = (i.max(j), i.min(j));
        assert!(row < self.n, "entry ({i}, {j}) of a matrix with {} rows", self.n);
        if row - column > self.w { R::zero() } else { self.columns[column * (self.w + 1) + row - column] }
    }

    /// `a_ij += v` and, the same number, `a_ji += v`: the entry is named once, by its lower or by its upper index.
    ///
    /// # Panics
    /// When `(i, j)` is outside the band: a contribution that is lost would be a wrong matrix.
    #[inline]
    pub fn add(&mut self, i: usize, j: usize, v: R) {
        let (row, column) = (i.max(j), i.min(j));
        assert!(
            row < self.n && row - column <= self.w,
            "entry ({i}, {j}) of a matrix with {} rows and half-bandwidth {}",
            self.n,
            self.w
        );
        self.columns[column * (self.w + 1) + row - column] += v;
    }

    /// Every entry of the band becomes `v`.
    pub fn fill(&mut self, v: R) {
        for j in 0..self.n {
            self.column_mut(j).fill(v);
        }
    }

    /// `A += v I`.
    pub fn add_diagonal(&mut self, v: R) {
        for column in self.columns.chunks_exact_mut(self.w + 1) {
            column[0] += v;
        }
    }

    /// `a_jj, a_(j+1)j, ..`: column j of the lower band, as far down as the matrix goes.
    ///
    /// # Panics
    /// When `j` is not below n.
    #[inline]
    pub fn column(&self, j: usize) -> &[R] {
        let length = (self.w + 1).min(self.n - j);
        &self.columns[j * (self.w + 1)..][..length]
    }

    /// [`column`](Self::column) to write to.
    ///
    /// # Panics
    /// When `j` is not below n.
    #[inline]
    pub fn column_mut(&mut self, j: usize) -> &mut [R] {
        let length = (self.w + 1).min(self.n - j);
        &mut self.columns[j * (self.w + 1)..][..length]
    }

    /// The largest `|a_ij|`; zero when there is none.
    pub fn largest(&self) -> R {
        self.columns.iter().fold(R::zero(), |most, a| if a.abs() > most { a.abs() } else { most })
    }

    /// `A x`; cost n (2 w + 1) products.
    ///
    /// # Panics
    /// When `x` does not have n elements.
    pub fn times(&self, x: &[R]) -> Vec<R> {
        let mut y = vec![R::zero(); self.n];
        self.times_into(x, &mut y);
        y
    }

    /// `y = A x`.
    ///
    /// # Panics
    /// When `x` or `y` does not have n elements.
    pub fn times_into(&self, x: &[R], y: &mut [R]) {
        assert!(x.len() == self.n && y.len() == self.n, "vectors of {} and {}, n = {}", x.len(), y.len(), self.n);
        y.fill(R::zero());
        for j in 0..self.n {
            let column = self.column(j);
            let mut sum = y[j] + column[0] * x[j];
            for ((&a, &xi), yi) in column[1..].iter().zip(&x[j + 1..]).zip(&mut y[j + 1..]) {
                sum += a * xi;
                *yi += a * x[j];
            }
            y[j] = sum;
        }
    }

    /// The columns with their zeros below row n - 1, w + 1 numbers each.
    pub(super) fn padded_columns(&self) -> &[R] {
        &self.columns
    }
}
