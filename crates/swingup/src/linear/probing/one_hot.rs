//! Groups of columns that share no row.

use alloc::vec;
use alloc::vec::Vec;

use super::order::{count, orders, smallest_not_in};
use super::{Probing, SparseSymmetric, SymmetricPattern, products_with_groups};

/// Each probe is the sum of unit vectors whose columns of H share no row, so that every entry can be read off a
/// product.
///
/// ```text
/// v_j = 1 for the j of a group, else 0        (H v)_i = h_ij    for the one j of the group in row i
/// ```
/// An entry off the diagonal is read twice, as h_ij and as h_ji, and the mean is taken. Probes: 2 w + 1 for a full band
/// (column j is in group j mod 2 w + 1); for other patterns as many as the best of a few greedy colourings finds.
///
/// A. R. Curtis, M. J. D. Powell, J. K. Reid, On the estimation of sparse Jacobian matrices, J. Inst. Math. Appl. 13
/// (1974).
#[derive(Clone, Debug)]
pub struct OneHot {
    pattern: SymmetricPattern,
    groups: Vec<usize>,
    count: usize,
}

impl OneHot {
    /// Groups the columns of `pattern`.
    pub fn new(pattern: SymmetricPattern) -> Self {
        let colourings = orders(&pattern).map(|order| colour(&pattern, &order));
        let groups = colourings.into_iter().min_by_key(|colours| count(colours)).unwrap_or_default();
        OneHot { count: count(&groups), pattern, groups }
    }

    /// The group of each column.
    pub(super) fn groups(&self) -> &[usize] {
        &self.groups
    }

    /// The matrix, from its products with the groups.
    pub(super) fn read(&self, products: &[Vec<f64>]) -> SparseSymmetric<'_> {
        let read = |i: usize, j: usize| products[self.groups[j]][i];
        let values = self.pattern.pairs().iter().map(|&(i, j)| 0.5 * (read(i, j) + read(j, i))).collect();
        SparseSymmetric::new(&self.pattern, values)
    }
}

impl Probing for OneHot {
    fn pattern(&self) -> &SymmetricPattern {
        &self.pattern
    }

    fn probes(&self) -> usize {
        self.count
    }

    fn recover(&self, mut product: impl FnMut(&[f64]) -> Vec<f64>) -> SparseSymmetric<'_> {
        self.read(&products_with_groups(&self.groups, self.count, &mut product))
    }
}

/// Colours the variables so that no two columns in one row have the same colour.
fn colour(pattern: &SymmetricPattern, order: &[usize]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let mut colours = vec![NONE; pattern.n()];
    let mut taken = Vec::new();
    for &j in order {
        taken.clear();
        for &(i, _) in pattern.row(j) {
            taken.extend(pattern.row(i).iter().map(|&(k, _)| colours[k]).filter(|&colour| colour != NONE));
        }
        colours[j] = smallest_not_in(&mut taken);
    }
    colours
}
