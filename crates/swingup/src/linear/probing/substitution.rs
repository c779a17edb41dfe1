//! Groups of columns that share no row of the lower triangle.

use alloc::vec;
use alloc::vec::Vec;

use super::order::{count, orders, smallest_not_in};
use super::{Probing, SparseSymmetric, SymmetricPattern, products_with_groups};

/// Each probe is the sum of unit vectors whose columns share no row of the lower triangle of H; what stands above the
/// diagonal is known by symmetry when a row's turn comes, and is subtracted.
///
/// ```text
/// h_ij = (H v)_i - Σ h_ki    over the k > i of the group of j,    j <= i,    i = n, n - 1, .. 1
/// ```
/// Probes: w + 1 for a full band. For other patterns the variables are put in the best of a few orders, of which `<`
/// above is meant. Errors of the products add up along the substitutions; on a band each of them subtracts one entry.
///
/// M. J. D. Powell, P. L. Toint, On the estimation of sparse Hessian matrices, SIAM J. Numer. Anal. 16 (1979); T. F.
/// Coleman, J. J. Moré, Estimation of sparse Hessian matrices and graph coloring problems, Math. Program. 28 (1984).
#[derive(Clone, Debug)]
pub struct Substitution {
    pattern: SymmetricPattern,
    order: Vec<usize>,
    groups: Vec<usize>,
    count: usize,
}

impl Substitution {
    /// Orders and groups the columns of `pattern`.
    pub fn new(pattern: SymmetricPattern) -> Self {
        let ordered = orders(&pattern).map(|order| (colour(&pattern, &order), order));
        let best = ordered.into_iter().min_by_key(|(groups, _)| count(groups));
        let (groups, order) = best.unwrap_or_default();
        Substitution { count: count(&groups), pattern, order, groups }
    }
}

impl Probing for Substitution {
    fn pattern(&self) -> &SymmetricPattern {
        &self.pattern
    }

    fn probes(&self) -> usize {
        self.count
    }

    fn recover(&self, mut product: impl FnMut(&[f64]) -> Vec<f64>) -> SparseSymmetric<'_> {
        let products = products_with_groups(&self.groups, self.count, &mut product);
        let position = positions(&self.order);
        let mut values = vec![0.0; self.pattern.pairs().len()];
        let mut row = vec![0.0; self.count];
        for &i in self.order.iter().rev() {
            row.iter_mut().zip(&products).for_each(|(row, product)| *row = product[i]);
            let above = |&&(j, _): &&(usize, usize)| position[j] > position[i];
            for &(k, number) in self.pattern.row(i).iter().filter(above) {
                row[self.groups[k]] -= values[number];
            }
            for &(j, number) in self.pattern.row(i).iter().filter(|entry| !above(entry)) {
                values[number] = row[self.groups[j]];
            }
        }
        SparseSymmetric::new(&self.pattern, values)
    }
}

fn positions(order: &[usize]) -> Vec<usize> {
    let mut position = vec![0; order.len()];
    order.iter().enumerate().for_each(|(p, &i)| position[i] = p);
    position
}

/// Colours the variables, in this order, so that no two columns in one row of the lower triangle have the same colour.
fn colour(pattern: &SymmetricPattern, order: &[usize]) -> Vec<usize> {
    let position = positions(order);
    let mut colours = vec![0; order.len()];
    let mut taken = Vec::new();
    for &j in order {
        taken.clear();
        for &(i, _) in pattern.row(j).iter().filter(|&&(i, _)| position[i] >= position[j]) {
            // Coloured already are those before j.
            taken.extend(pattern.row(i).iter().filter(|&&(k, _)| position[k] < position[j]).map(|&(k, _)| colours[k]));
        }
        colours[j] = smallest_not_in(&mut taken);
    }
    colours
}
