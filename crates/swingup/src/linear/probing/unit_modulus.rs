//! Probes of which every element is as large as it may be.

use alloc::vec;
use alloc::vec::Vec;
use core::f64::consts::{SQRT_2, TAU};

use super::{OneHot, Probing, SparseSymmetric, SymmetricPattern, multiply};

/// The groups of [`OneHot`], all of them in each probe, told apart by the phases of a discrete Fourier transform.
///
/// ```text
/// v_j = exp(-2 π i c_j k/m)    c_j: group of column j,  m groups,  k = 0..m
/// ```
/// For a full band m = 2 w + 1 and c_j = j mod m. H is real, so the products of k and m - k are conjugate, and those
/// with the real vectors √2 cos and √2 sin say the same: m real products in all, as many as with one-hot groups. The
/// inverse transform makes each entry a mean over all products: if their errors are independent and of one size
/// whatever the direction, its error is smaller by √m. Cost besides the products: n m² to transform.
#[derive(Clone, Debug)]
pub struct UnitModulus {
    groups: OneHot,
    /// Row k: the element of probe k for each group. The rows are orthogonal, and m is the square of each.
    phases: Vec<Vec<f64>>,
}

impl UnitModulus {
    /// Groups the columns of `pattern`.
    pub fn new(pattern: SymmetricPattern) -> Self {
        let groups = OneHot::new(pattern);
        let m = groups.probes();
        // k = 0; cosine and sine of each k below m/2; for an even m the alternating signs of k = m/2.
        let phase = |row: usize, group: usize| {
            let k = row.div_ceil(2);
            let (sin, cos) = libm::sincos(TAU * ((k * group) % m) as f64 / m as f64);
            match (row == 0 || 2 * k == m, row % 2 == 1) {
                (true, _) => cos,
                (false, true) => SQRT_2 * cos,
                (false, false) => SQRT_2 * sin,
            }
        };
        let phases = (0..m).map(|row| (0..m).map(|group| phase(row, group)).collect()).collect();
        UnitModulus { groups, phases }
    }
}

impl Probing for UnitModulus {
    fn pattern(&self) -> &SymmetricPattern {
        self.groups.pattern()
    }

    fn probes(&self) -> usize {
        self.groups.probes()
    }

    fn recover(&self, mut product: impl FnMut(&[f64]) -> Vec<f64>) -> SparseSymmetric<'_> {
        let m = self.phases.len();
        let mut products_with_groups = vec![vec![0.0; self.pattern().n()]; m];
        for phases in &self.phases {
            let direction: Vec<f64> = self.groups.groups().iter().map(|&group| phases[group]).collect();
            let y = multiply(&mut product, &direction);
            for (of_group, &phase) in products_with_groups.iter_mut().zip(phases) {
                of_group.iter_mut().zip(&y).for_each(|(of_group, y)| *of_group += phase / m as f64 * y);
            }
        }
        self.groups.read(&products_with_groups)
    }
}
