//! Which entries a symmetric matrix may have, and a matrix of these entries.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::PatternTooNarrow;
use crate::linear::SymmetricBand;

/// Where a symmetric n x n matrix may differ from zero: its diagonal, and pairs of variables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymmetricPattern {
    n: usize,
    /// `(i, j)` with `i <= j`, sorted, each once, every `(i, i)` among them.
    pairs: Vec<(usize, usize)>,
    /// Row i's `(column, number of the pair)` are in `[starts[i]..starts[i + 1]]`, by column.
    starts: Vec<usize>,
    adjacent: Vec<(usize, usize)>,
}

/// A pair names a variable that the matrix does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutsideMatrix {
    /// The pair.
    pub pair: (usize, usize),
    /// The number of variables.
    pub n: usize,
}

impl fmt::Display for OutsideMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pair {:?} is outside a matrix of {} variables", self.pair, self.n)
    }
}

impl core::error::Error for OutsideMatrix {}

impl SymmetricPattern {
    /// The diagonal and these pairs, in either order and any number of times; those of an
    /// [`inspect::Pattern`](crate::inspect::Pattern), shifted to each knot, will do.
    ///
    /// # Errors
    /// When a pair names a variable that is not below n.
    pub fn from_pairs(n: usize, pairs: impl IntoIterator<Item = (usize, usize)>) -> Result<Self, OutsideMatrix> {
        let mut sorted: Vec<_> = (0..n).map(|i| (i, i)).collect();
        for pair in pairs {
            let (i, j) = (pair.0.min(pair.1), pair.0.max(pair.1));
            if j >= n {
                return Err(OutsideMatrix { pair, n });
            }
            sorted.push((i, j));
        }
        sorted.sort_unstable();
        sorted.dedup();
        Ok(Self::of_sorted(n, sorted))
    }

    /// All pairs with `|i - j| <= w`.
    pub fn banded(n: usize, w: usize) -> Self {
        Self::of_sorted(n, (0..n).flat_map(|i| (i..n.min(i.saturating_add(w + 1))).map(move |j| (i, j))).collect())
    }

    fn of_sorted(n: usize, pairs: Vec<(usize, usize)>) -> Self {
        let mut starts = vec![0; n + 1];
        for &(i, j) in &pairs {
            starts[i + 1] += 1;
            if i != j {
                starts[j + 1] += 1;
            }
        }
        for i in 0..n {
            starts[i + 1] += starts[i];
        }
        let (mut next, mut adjacent) = (starts.clone(), vec![(0, 0); starts[n]]);
        for (number, &(i, j)) in pairs.iter().enumerate() {
            adjacent[next[i]] = (j, number);
            next[i] += 1;
            if i != j {
                adjacent[next[j]] = (i, number);
                next[j] += 1;
            }
        }
        SymmetricPattern { n, pairs, starts, adjacent }
    }

    /// Number of variables.
    pub fn n(&self) -> usize {
        self.n
    }

    /// `(i, j)` with `i <= j`, sorted, the diagonal among them: the unknowns of a recovery. A product gives n
    /// equations, so that no method gets along with fewer than `pairs().len() / n` of them.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// The largest `j - i`.
    pub fn half_bandwidth(&self) -> usize {
        self.pairs.iter().map(|(i, j)| j - i).max().unwrap_or(0)
    }

    /// The columns of row `i`, its diagonal among them, each with the number of its pair.
    pub(super) fn row(&self, i: usize) -> &[(usize, usize)] {
        &self.adjacent[self.starts[i]..self.starts[i + 1]]
    }

    /// The variables that share a pair with `i`, without itself, each with the number of the pair.
    pub(super) fn neighbours(&self, i: usize) -> impl Iterator<Item = (usize, usize)> {
        self.row(i).iter().copied().filter(move |&(j, _)| j != i)
    }
}

/// A symmetric matrix with a [`SymmetricPattern`].
#[derive(Clone, Debug, PartialEq)]
pub struct SparseSymmetric<'a> {
    pattern: &'a SymmetricPattern,
    values: Vec<f64>,
}

impl<'a> SparseSymmetric<'a> {
    pub(super) fn new(pattern: &'a SymmetricPattern, values: Vec<f64>) -> Self {
        SparseSymmetric { pattern, values }
    }

    /// Its pattern.
    pub fn pattern(&self) -> &'a SymmetricPattern {
        self.pattern
    }

    /// The entries, in the order of the pattern's [`pairs`](SymmetricPattern::pairs).
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Entry `(i, j)`; zero outside the pattern.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.pattern.pairs.binary_search(&(i.min(j), i.max(j))).map_or(0.0, |number| self.values[number])
    }

    /// `H v`.
    ///
    /// # Panics
    /// When `v` does not have n elements.
    pub fn times(&self, v: &[f64]) -> Vec<f64> {
        assert!(v.len() == self.pattern.n, "a vector of {}, n = {}", v.len(), self.pattern.n);
        (0..v.len()).map(|i| self.pattern.row(i).iter().map(|&(j, number)| self.values[number] * v[j]).sum()).collect()
    }

    /// The same matrix in a band, for the [solvers](crate::linear).
    pub fn to_band(&self) -> SymmetricBand {
        let mut band = SymmetricBand::zeros(self.pattern.n, self.pattern.half_bandwidth());
        for (&(i, j), &value) in self.pattern.pairs.iter().zip(&self.values) {
            band.add(i, j, value);
        }
        band
    }

    /// Is `product` the product with `v`, to `tolerance` times the largest sum of absolute terms of a row?
    ///
    /// ```text
    /// |product - H v|_i <= tolerance max_k Σ_j |h_kj v_j|    for all i
    /// ```
    ///
    /// # Errors
    /// When it is not, in some row, or when it is not finite.
    ///
    /// # Panics
    /// When `v` or `product` does not have n elements.
    pub fn check(&self, v: &[f64], product: &[f64], tolerance: f64) -> Result<(), PatternTooNarrow> {
        assert!(product.len() == self.pattern.n, "a product of {} elements, n = {}", product.len(), self.pattern.n);
        let absolute = |i| self.pattern.row(i).iter().map(|&(j, number)| (self.values[number] * v[j]).abs()).sum();
        let size = (0..self.pattern.n).map(absolute).fold(0.0, f64::max);
        let mut worst = PatternTooNarrow { row: 0, missing: 0.0 };
        for (row, (y, explained)) in product.iter().zip(self.times(v)).enumerate() {
            let missing = y - explained;
            if missing.abs() > worst.missing.abs() || missing.is_nan() {
                worst = PatternTooNarrow { row, missing };
            }
            if missing.is_nan() {
                return Err(worst);
            }
        }
        if worst.missing.abs() <= tolerance * size { Ok(()) } else { Err(worst) }
    }
}
