//! Where a regulator keeps within limits for ever: the set that a predictive controller may end in.

use nalgebra::{DefaultAllocator, Dim, OVector};

use super::{Regulator, Sizes};

impl<N: Dim, M: Dim> Regulator<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The largest level c such that `|c'x| <= bound` wherever `x'Xx <= c`, for a row c' (`row`):
    /// ```text
    /// max { c'x : x'Xx <= c } = √(c c'X⁻¹c)
    /// ```
    /// Under `u = -Kx` the cost to go never rises if no state is paid for (Q - SR⁻¹S' >= 0), so a linear motion that begins within the level stays there: with the least of the levels
    /// of all limits, none is ever exceeded. `None` when X is not positive definite, and the set not bounded.
    pub fn level(&self, row: &OVector<f64, N>, bound: f64) -> Option<f64> {
        let along = self.cost_to_go.clone().cholesky()?.solve(row);
        Some(bound * bound / row.dot(&along))
    }

    /// The largest level within which no control exceeds its bound, `|u_j| <= bounds_j`: the least level of the rows of K.
    ///
    /// `None` when X is not positive definite, or there is not a bound for each control.
    pub fn control_level(&self, bounds: &[f64]) -> Option<f64> {
        if bounds.len() != self.gain.nrows() {
            return None;
        }
        let mut rows = bounds.iter().enumerate().map(|(j, &bound)| self.level(&self.gain.row(j).transpose(), bound));
        rows.try_fold(f64::INFINITY, |least, level| Some(least.min(level?)))
    }
}
