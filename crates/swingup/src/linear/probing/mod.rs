//! A sparse Hessian from products with it.
//!
//! Who can compute `H v` for a direction v, and knows which entries of H may differ from zero, gets all of H from a few
//! products: as many as the pattern asks for, however large n is. Which method, and its number of products for a full
//! band of half-bandwidth w:
//!
//! ```text
//! method            products        an error ε of the products becomes, in an entry
//! OneHot            2 w + 1         ε: each entry is read off
//! UnitModulus       2 w + 1         ε/√(2 w + 1): each entry is an average over all products
//! Substitution      w + 1           ε√k after k substitutions, k up to 2 n/(w + 1)
//! Acyclic           w + 1           as Substitution
//! Gaussian          any number      least squares: it falls with the number of products, and is large for the fewest
//! ```
//! A band with holes takes fewer. A method is prepared once for a pattern; then it says how many
//! [`probes`](Probing::probes) it will use, and [`recover`](Probing::recover)s one matrix after the other.

mod acyclic;
mod gaussian;
mod one_hot;
mod order;
mod pattern;
mod substitution;
mod unit_modulus;

use alloc::vec::Vec;
use core::fmt;

pub use acyclic::Acyclic;
pub use gaussian::{Gaussian, Undetermined};
pub use one_hot::OneHot;
pub use pattern::{OutsideMatrix, SparseSymmetric, SymmetricPattern};
pub use substitution::Substitution;
pub use unit_modulus::UnitModulus;

/// A way to recover a symmetric matrix of known pattern from its products with a few directions.
pub trait Probing {
    /// Where the matrix may differ from zero.
    fn pattern(&self) -> &SymmetricPattern;

    /// The number of products that [`recover`](Self::recover) asks for.
    fn probes(&self) -> usize;

    /// The matrix H whose products with v are `product(v)`.
    ///
    /// Entries outside the pattern, should H have any, spoil those inside: nothing in the products tells them apart.
    ///
    /// # Panics
    /// When a product does not have n elements.
    fn recover(&self, product: impl FnMut(&[f64]) -> Vec<f64>) -> SparseSymmetric<'_>;

    /// [`recover`](Self::recover), and one product more, with a direction of n numbers from `draw`, to see whether the
    /// pattern holds all of the matrix.
    ///
    /// `tolerance` is relative, in the sense of [`SparseSymmetric::check`]: some 1e-9 for exact products, for
    /// differences of gradients their error.
    ///
    /// # Errors
    /// When the recovered matrix does not explain the product.
    ///
    /// # Panics
    /// When a product does not have n elements.
    fn recover_checked(
        &self,
        mut product: impl FnMut(&[f64]) -> Vec<f64>,
        mut draw: impl FnMut() -> f64,
        tolerance: f64,
    ) -> Result<SparseSymmetric<'_>, PatternTooNarrow> {
        let recovered = self.recover(&mut product);
        let direction: Vec<f64> = (0..self.pattern().n()).map(|_| draw()).collect();
        recovered.check(&direction, &product(&direction), tolerance)?;
        Ok(recovered)
    }
}

/// The matrix has entries outside the pattern that it was recovered with.
///
/// A term of the function has been forgotten in the pattern, or its products are less exact than the tolerance says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PatternTooNarrow {
    /// The row in which most is unexplained. A forgotten entry shows in its two rows, and in those that it has spoilt.
    pub row: usize,
    /// The element of the product in that row, less that of the recovered matrix.
    pub missing: f64,
}

impl fmt::Display for PatternTooNarrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the pattern is too narrow: row {} leaves {:e} of a product unexplained", self.row, self.missing)
    }
}

impl core::error::Error for PatternTooNarrow {}

/// `product(direction)`, with its length looked at.
fn multiply(product: &mut impl FnMut(&[f64]) -> Vec<f64>, direction: &[f64]) -> Vec<f64> {
    let y = product(direction);
    assert!(y.len() == direction.len(), "a product of {} elements, n = {}", y.len(), direction.len());
    y
}

/// The products with the indicators of each group: 1 for the variables of the group, 0 for the others.
fn products_with_groups(groups: &[usize], count: usize, product: &mut impl FnMut(&[f64]) -> Vec<f64>) -> Vec<Vec<f64>> {
    let indicator = |k| groups.iter().map(|&group| f64::from(u8::from(group == k))).collect::<Vec<_>>();
    (0..count).map(|k| multiply(product, &indicator(k))).collect()
}
