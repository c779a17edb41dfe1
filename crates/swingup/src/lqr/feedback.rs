//! What any linear feedback costs.

use nalgebra::{Const, DefaultAllocator, Dim, OMatrix};

use super::check::{all_finite, fits, shape};
use super::{Lq, Lyapunov, Refusal, Sizes, Time, discrete_lyapunov, lyapunov};

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M> + Sizes<N, Const<0>>,
{
    /// X of the feedback `u = -Kx`, whatever K: the cost from x is `x'Xx`. In discrete time
    /// ```text
    /// X = (A - BK)'X(A - BK) + Q - SK - K'S' + K'RK
    /// ```
    /// and in continuous time with `(A - BK)'X + X(A - BK)` in the place of `(A - BK)'X(A - BK) - X`.
    ///
    /// # Errors
    /// [`Refusal::Unstable`] when `A - BK` does not decay; [`Refusal::Shape`] and [`Refusal::NotFinite`].
    pub fn cost_of(&self, gain: &OMatrix<f64, M, N>, time: Time) -> Result<Lyapunov<N>, Refusal> {
        fits(self)?;
        shape("K", gain, (self.b.ncols(), self.a.nrows()))?;
        all_finite("K", gain)?;
        let (back, crossed) = (gain.transpose(), &self.s * gain);
        let spent = &self.q - &crossed - crossed.transpose() + &back * &self.r * gain;
        // Rounding leaves it not quite symmetric.
        let spent = (&spent + spent.transpose()) * 0.5;
        let closed_loop = &self.a - &self.b * gain;
        match time {
            Time::Continuous => lyapunov(&closed_loop, &spent),
            Time::Discrete => discrete_lyapunov(&closed_loop, &spent),
        }
    }
}
