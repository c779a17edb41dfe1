//! Band systems that are symmetric and indefinite.

use alloc::vec::Vec;
use core::fmt;

use super::SymmetricBand;
use super::equilibrate::equilibrate;
use super::front::{Front, Pivot};
use crate::Real;

/// Solves `A x = b` for a symmetric band matrix A of any inertia.
///
/// ```text
/// P' S A S P = L D L'      S: scaling by powers of two     P: the order of elimination
///                          L: 1 on the diagonal            D: blocks 1x1 and 2x2
/// ```
/// A sweep over the columns keeps a dense front of the variables that it has met. A variable whose row is complete may
/// be a pivot, alone or with another one, if it is not below a tenth of what it eliminates; if it is, it stays in the
/// front until it has better company. So no entry of L exceeds 10, and a zero on the diagonal, as each multiplier of a
/// constraint has it, costs a few more variables in the front and nothing else.
///
/// Cost: about n (w + 1)² products to factor, twice the entries of L to solve. Memory is kept from one factorization to
/// the next.
///
/// B. M. Irons, A frontal solution program for finite element analysis, Int. J. Numer. Methods Eng. 2 (1970); I. S.
/// Duff, J. K. Reid, The multifrontal solution of indefinite sparse symmetric linear equations, ACM TOMS 9 (1983).
#[derive(Clone, Debug, Default)]
pub struct BandLdlt<R = f64> {
    scale: Vec<R>,
    front: Front<R>,
    /// The slot of each variable that has entered the front.
    slots: Vec<usize>,
    /// The columns of L, in the order of elimination.
    columns: Vec<Column<R>>,
    rows: Vec<usize>,
    values: Vec<R>,
    /// The second column of the 2x2 pivot that is being stored.
    second: Vec<R>,
    inertia: Inertia,
    /// Right hand side and residual of a refined solution.
    refined: (Vec<R>, Vec<R>),
}

/// A column of L, and its row of D^-1.
#[derive(Clone, Copy, Debug)]
struct Column<R> {
    variable: usize,
    /// Where its rows and values end; they begin where those of the column before it end.
    end: usize,
    inverse: R,
    /// The entry of D^-1 to the next column, in the first column of a 2x2 block.
    with_next: Option<R>,
}

/// Signs of the eigenvalues of a symmetric matrix.
///
/// For the matrix `[H A'; A 0]` of a problem with m independent constraints, m negative ones and no zero say that H is
/// positive definite along the constraints: the step is a descent to a minimum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inertia {
    /// Eigenvalues above zero.
    pub positive: usize,
    /// Eigenvalues below zero.
    pub negative: usize,
    /// Eigenvalues that are zero but for rounding.
    pub zero: usize,
}

/// Why a matrix was not factored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LdltError {
    /// No pivot is left for this variable: after the elimination of others its row is zero to 30 (w + 1) ε, in the
    /// scaling that makes all rows of the matrix about as large as 1. No such threshold is sure: a matrix nearer to a
    /// singular one than its rounding may pass.
    ///
    /// For a matrix `[H A'; A 0]`: a constraint repeats others (as a rule its multiplier is named), or the problem
    /// does not say what a variable should be.
    Singular {
        /// The first such variable.
        index: usize,
    },
    /// There is a NaN or an infinity in the matrix.
    NotFinite {
        /// The column of the lower band that it is in.
        index: usize,
    },
}

impl fmt::Display for LdltError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LdltError::Singular { index } => write!(f, "the matrix is singular: no pivot is left for variable {index}"),
            LdltError::NotFinite { index } => write!(f, "column {index} of the matrix is not finite"),
        }
    }
}

impl core::error::Error for LdltError {}

impl<R: Real> BandLdlt<R> {
    /// A factorization of nothing, n = 0; it takes its memory when it meets its first matrix.
    pub fn new() -> Self {
        BandLdlt::default()
    }

    /// Factors `matrix`.
    ///
    /// # Errors
    /// When the matrix is singular or not finite. A singular one has been factored all the same:
    /// [`inertia`](Self::inertia) counts its zeros, and [`solve`](Self::solve) leaves the variables without a pivot at
    /// zero. One that is not finite leaves a factorization of nothing.
    pub fn factor(&mut self, matrix: &SymmetricBand<R>) -> Result<(), LdltError> {
        let (n, w) = (matrix.n(), matrix.half_bandwidth());
        self.columns.clear();
        self.rows.clear();
        self.values.clear();
        self.slots.clear();
        self.inertia = Inertia::default();
        if let Some(index) = (0..n).find(|&j| !matrix.column(j).iter().all(|a| a.is_finite())) {
            self.scale.clear();
            return Err(LdltError::NotFinite { index });
        }
        self.scale.resize(n, R::one());
        self.refined.0.resize(n, R::zero());
        self.refined.1.resize(n, R::zero());
        equilibrate(matrix, &mut self.scale, &mut self.refined.0);

        // What rounding leaves of a zero row grows with the eliminations that it has been through, some 2 w.
        let null = R::from(30.0 * (w + 1) as f64 * R::EPSILON);
        let mut singular = None;
        self.front.clear(w + 1);
        for k in 0..n {
            let column = matrix.column(k);
            while self.slots.len() < k + column.len() {
                self.slots.push(self.front.enter(self.slots.len()));
            }
            for (i, &a) in column.iter().enumerate() {
                self.front.add(self.slots[k], self.slots[k + i], self.scale[k] * a * self.scale[k + i]);
            }
            self.front.fully_summed(self.slots[k]);
            while let Some(pivot) = self.front.pivot(null) {
                if let Pivot::Null(slot) = pivot {
                    singular = singular.or(Some(self.front.variable(slot)));
                }
                self.eliminate(pivot);
            }
        }
        // A front of finite numbers always has a pivot at the end; what is left has overflowed.
        match singular.or(self.front.candidates().min()) {
            Some(index) => Err(LdltError::Singular { index }),
            None => Ok(()),
        }
    }

    fn eliminate(&mut self, pivot: Pivot<R>) {
        let (rows, values, second) = (&mut self.rows, &mut self.values, &mut self.second);
        second.clear();
        let begin = rows.len();
        self.front.eliminate(pivot, |k, row, l| {
            if k == 0 {
                rows.push(row);
                values.push(l);
            } else {
                second.push(l);
            }
        });
        let end = rows.len();
        let mut column = |slot, end, inverse, with_next| {
            self.columns.push(Column { variable: self.front.variable(slot), end, inverse, with_next });
        };
        match pivot {
            Pivot::One(slot, inverse) => {
                column(slot, end, inverse, None);
                let count = if inverse > R::zero() { &mut self.inertia.positive } else { &mut self.inertia.negative };
                *count += 1;
            }
            Pivot::Two([p, q], [a, b, c]) => {
                column(p, end, a, Some(b));
                rows.extend_from_within(begin..end);
                values.append(second);
                column(q, 2 * end - begin, c, None);
                // A block of one sign would have both of its diagonal entries of that sign, and their product above b².
                let (positive, negative) = match (a * c > b * b, a > R::zero()) {
                    (true, true) => (2, 0),
                    (true, false) => (0, 2),
                    (false, _) => (1, 1),
                };
                self.inertia.positive += positive;
                self.inertia.negative += negative;
            }
            Pivot::Null(slot) => {
                column(slot, end, R::zero(), None);
                self.inertia.zero += 1;
            }
        }
    }

    /// How many eigenvalues of the matrix are above, below and at zero (Sylvester: as many as of D).
    pub fn inertia(&self) -> Inertia {
        self.inertia
    }

    /// Numbers in L, below its diagonal of ones.
    pub fn entries(&self) -> usize {
        self.values.len()
    }

    /// Replaces b, in `x`, by the solution of `A x = b`.
    ///
    /// # Panics
    /// When `x` does not have n elements.
    pub fn solve(&self, x: &mut [R]) {
        assert!(x.len() == self.scale.len(), "a vector of {}, n = {}", x.len(), self.scale.len());
        x.iter_mut().zip(&self.scale).for_each(|(x, &s)| *x *= s);
        // L z = S b
        let mut begin = 0;
        for column in &self.columns {
            let z = x[column.variable];
            for (&row, &l) in self.rows[begin..column.end].iter().zip(&self.values[begin..column.end]) {
                x[row] -= l * z;
            }
            begin = column.end;
        }
        // D y = z
        let mut from_last = R::zero();
        for (k, column) in self.columns.iter().enumerate() {
            let z = x[column.variable];
            let mut y = column.inverse * z + from_last;
            from_last = R::zero();
            if let (Some(b), Some(next)) = (column.with_next, self.columns.get(k + 1)) {
                y += b * x[next.variable];
                from_last = b * z;
            }
            x[column.variable] = y;
        }
        // L' S^-1 x = y
        for (k, column) in self.columns.iter().enumerate().rev() {
            let begin = if k == 0 { 0 } else { self.columns[k - 1].end };
            let mut sum = x[column.variable];
            for (&row, &l) in self.rows[begin..column.end].iter().zip(&self.values[begin..column.end]) {
                sum -= l * x[row];
            }
            x[column.variable] = sum;
        }
        x.iter_mut().zip(&self.scale).for_each(|(x, &s)| *x *= s);
    }

    /// [`solve`](Self::solve) and one step of iterative refinement, with the matrix that has been factored.
    ///
    /// ```text
    /// x₊ = x + A^-1 (b - A x)
    /// ```
    /// The residual is formed in the same precision: it repairs what elimination has lost to growth and to scaling.
    ///
    /// # Panics
    /// When `x` does not have n elements, or `matrix` another n.
    pub fn solve_refined(&mut self, matrix: &SymmetricBand<R>, x: &mut [R]) {
        let (mut b, mut residual) = core::mem::take(&mut self.refined);
        b.copy_from_slice(x);
        self.solve(x);
        matrix.times_into(x, &mut residual);
        residual.iter_mut().zip(&b).for_each(|(r, &b)| *r = b - *r);
        self.solve(&mut residual);
        x.iter_mut().zip(&residual).for_each(|(x, &correction)| *x += correction);
        self.refined = (b, residual);
    }
}
