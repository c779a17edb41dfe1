//! Probes at random, and least squares.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use super::{Probing, SparseSymmetric, SymmetricPattern, multiply};

/// A diagonal entry of R that is smaller than this share of the largest says that rounding alone has made it.
const NEGLIGIBLE: f64 = 1e-11;

/// Recovers the entries of the pattern as the least squares solution of the equations of p products with random
/// directions.
///
/// ```text
/// min over h of  Σ_q Σ_i ((H v_q)_i - Σ_j h_ij v_qj)²      q = 1..p
/// ```
/// Each product gives n equations for the pattern's m entries, so that p >= m/n at least. With the fewest that
/// determine the entries the equations are ill conditioned; each further one makes errors of the products count less.
/// The equations are brought to triangular form once, by rotations, row by row in the order of the variables: for
/// half-bandwidth w at most about p n (w + 1)⁴ rotated numbers to prepare, p n (w + 1)² to recover.
///
/// W. M. Gentleman, Least squares computations by Givens transformations without square roots, J. Inst. Math. Appl. 12
/// (1973), has the rotations by rows, here with their roots.
#[derive(Clone, Debug)]
pub struct Gaussian {
    pattern: SymmetricPattern,
    probes: Vec<Vec<f64>>,
    /// Row k of R, from its diagonal on.
    triangle: Vec<Vec<f64>>,
    /// For each equation the rotations that have merged it with rows of R.
    rotations: Vec<Vec<Rotation>>,
}

#[derive(Clone, Copy, Debug)]
struct Rotation {
    row: usize,
    cos: f64,
    sin: f64,
}

/// The products with these probes do not determine an entry.
///
/// There are too few probes for the pattern, in all or in some corner of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undetermined {
    /// The number of probes.
    pub probes: usize,
    /// The first entry that could be anything.
    pub entry: (usize, usize),
}

impl fmt::Display for Undetermined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} products do not determine entry {:?}", self.probes, self.entry)
    }
}

impl core::error::Error for Undetermined {}

impl Gaussian {
    /// Prepares `probes` directions, whose elements are `draw`n one after the other, normally distributed with unit
    /// variance.
    ///
    /// # Errors
    /// When the products would not determine the matrix.
    pub fn new(pattern: SymmetricPattern, probes: usize, mut draw: impl FnMut() -> f64) -> Result<Self, Undetermined> {
        let n = pattern.n();
        let probes: Vec<Vec<f64>> = (0..probes).map(|_| (0..n).map(|_| draw()).collect()).collect();
        let mut triangle = vec![Vec::new(); pattern.pairs().len()];
        let mut rotations = Vec::with_capacity(n * probes.len());
        for (i, probe) in (0..n).flat_map(|i| probes.iter().map(move |probe| (i, probe))) {
            // The numbers of a row's pairs ascend from that with its first column.
            let first = pattern.row(i).iter().map(|&(_, number)| number).min().unwrap_or(0);
            let last = pattern.row(i).iter().map(|&(_, number)| number).max().unwrap_or(0);
            let mut equation = vec![0.0; last + 1 - first];
            for &(j, number) in pattern.row(i) {
                equation[number - first] = probe[j];
            }
            rotations.push(merge(&mut triangle, first, equation));
        }
        let diagonal = |row: &Vec<f64>| row.first().map_or(0.0, |d: &f64| d.abs());
        let largest = triangle.iter().map(diagonal).fold(0.0, f64::max);
        let missing = triangle.iter().position(|row| {
            let determined = diagonal(row) > NEGLIGIBLE * largest;
            !determined
        });
        match missing {
            Some(number) => Err(Undetermined { probes: probes.len(), entry: pattern.pairs()[number] }),
            None => Ok(Gaussian { pattern, probes, triangle, rotations }),
        }
    }
}

/// Rotates an equation, whose coefficients begin at unknown `first`, into the triangle, until nothing is left of it or
/// it has become a new row.
fn merge(triangle: &mut [Vec<f64>], first: usize, mut equation: Vec<f64>) -> Vec<Rotation> {
    let mut rotations = Vec::new();
    let mut k = 0;
    while k < equation.len() {
        let row = first + k;
        if equation[k] == 0.0 {
            k += 1;
            continue;
        }
        if triangle[row].is_empty() {
            triangle[row] = equation.split_off(k);
            rotations.push(Rotation { row, cos: 0.0, sin: 1.0 });
            break;
        }
        let r = &mut triangle[row];
        let longer = r.len().max(equation.len() - k);
        r.resize(longer, 0.0);
        equation.resize(k + longer, 0.0);
        let length = libm::hypot(r[0], equation[k]);
        let (cos, sin) = (r[0] / length, equation[k] / length);
        for (r, e) in r.iter_mut().zip(&mut equation[k..]) {
            (*r, *e) = (cos * *r + sin * *e, cos * *e - sin * *r);
        }
        equation[k] = 0.0;
        rotations.push(Rotation { row, cos, sin });
        k += 1;
    }
    rotations
}

impl Probing for Gaussian {
    fn pattern(&self) -> &SymmetricPattern {
        &self.pattern
    }

    fn probes(&self) -> usize {
        self.probes.len()
    }

    fn recover(&self, mut product: impl FnMut(&[f64]) -> Vec<f64>) -> SparseSymmetric<'_> {
        let products: Vec<_> = self.probes.iter().map(|probe| multiply(&mut product, probe)).collect();
        let mut values = vec![0.0; self.triangle.len()];
        let right_hand_sides = (0..self.pattern.n()).flat_map(|i| products.iter().map(move |product| product[i]));
        for (mut y, rotations) in right_hand_sides.zip(&self.rotations) {
            for &Rotation { row, cos, sin } in rotations {
                (values[row], y) = (cos * values[row] + sin * y, cos * y - sin * values[row]);
            }
        }
        for (k, row) in self.triangle.iter().enumerate().rev() {
            let known: f64 = row[1..].iter().zip(&values[k + 1..]).map(|(r, h)| r * h).sum();
            values[k] = (values[k] - known) / row[0];
        }
        SparseSymmetric::new(&self.pattern, values)
    }
}
