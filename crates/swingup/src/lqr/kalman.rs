//! The dual problem: the estimator with the least variance.

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};

use super::{Lq, Refusal, Sizes};

/// A steady Kalman filter for N states and P measurements.
#[derive(Clone, Debug)]
pub struct Kalman<N: Dim, P: Dim>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, P>,
{
    /// The covariance of the estimate's error; in discrete time of the prediction, before the sample's measurement.
    pub covariance: OMatrix<f64, N, N>,
    /// L, what a measurement's surprise `y - Cx̂` changes of the estimate, N × P; in continuous time per second.
    pub gain: OMatrix<f64, N, P>,
    /// By how much a relative error of the data may be enlarged in the covariance.
    pub condition: f64,
    /// A bound on the covariance's relative error before it was rounded to doubles.
    pub error: f64,
}

impl<N: Dim, P: Dim> Kalman<N, P>
where
    DefaultAllocator: Sizes<N, P>,
{
    /// For `x' = Ax + w`, `y = Cx + v` with white noises of density W and V: `x̂' = Ax̂ + L(y - Cx̂)` with `L = ΣC'V⁻¹` and
    /// `AΣ + ΣA' - ΣC'V⁻¹CΣ + W = 0`. The regulator of A', C', W, V, transposed.
    ///
    /// # Errors
    /// Those of [`Lq::care`], about A', C', W, V in place of A, B, Q, R.
    pub fn continuous(
        a: &OMatrix<f64, N, N>,
        c: &OMatrix<f64, P, N>,
        process: &OMatrix<f64, N, N>,
        measurement: &OMatrix<f64, P, P>,
    ) -> Result<Self, Refusal> {
        let dual = Lq::new(a.transpose(), c.transpose(), process.clone(), measurement.clone()).care()?;
        let gain = dual.gain.transpose();
        Ok(Kalman { covariance: dual.cost_to_go, gain, condition: dual.condition, error: dual.error })
    }

    /// For `x₊ = Ax + w`, `y = Cx + v` with noises of covariance W and V: `x̂ ← x̂ + L(y - Cx̂)` at each sample, then `x̂₊ = Ax̂`;
    /// `L = ΣC'(V + CΣC')⁻¹` and `Σ = A(Σ - LCΣ)A' + W`.
    ///
    /// The dual regulator's gain, transposed, is AL: it needs no inverse of A to know L, but one more elimination.
    ///
    /// # Errors
    /// Those of [`Lq::dare`], about A', C', W, V in place of A, B, Q, R.
    pub fn discrete(
        a: &OMatrix<f64, N, N>,
        c: &OMatrix<f64, P, N>,
        process: &OMatrix<f64, N, N>,
        measurement: &OMatrix<f64, P, P>,
    ) -> Result<Self, Refusal> {
        let dual = Lq::new(a.transpose(), c.transpose(), process.clone(), measurement.clone()).dare()?;
        let seen = c * &dual.cost_to_go;
        let surprise = (measurement + &seen * c.transpose()).cholesky();
        let gain = surprise.ok_or(Refusal::IllConditioned { condition: dual.condition })?.solve(&seen);
        let gain = gain.transpose();
        Ok(Kalman { covariance: dual.cost_to_go, gain, condition: dual.condition, error: dual.error })
    }
}
