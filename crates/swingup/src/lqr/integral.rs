//! Integral action: outputs that shall have no steady error.

use nalgebra::{DMatrix, DefaultAllocator, Dim, Dyn, OMatrix};

use super::check::{dynamic, fits, shape};
use super::{Lq, Refusal, Sizes, Time};

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The problem with the integrals (sums) of the outputs `Cx` as further states, weighted with `weight`:
    /// `z' = Cx` or `z₊ = z + Cx`, state `(x, z)`.
    ///
    /// In discrete time z counts samples, so that the same weight means another thing at another sampling time; to avoid that add the
    /// integrals in continuous time, and [sample](Self::sampled) then.
    ///
    /// With `u = -K (x, z)` and `z' = Cx - r` a constant disturbance or reference r leaves no error in Cx.
    ///
    /// # Errors
    /// [`Refusal::Shape`] when C has not a column for each state or the weight not a row and column for each output.
    pub fn with_integrals<P: Dim>(
        &self,
        c: &OMatrix<f64, P, N>,
        weight: &OMatrix<f64, P, P>,
        time: Time,
    ) -> Result<Lq<Dyn, Dyn>, Refusal>
    where
        DefaultAllocator: Sizes<P, N>,
    {
        fits(self)?;
        let (n, m) = self.b.shape();
        let outputs = c.nrows();
        shape("C", c, (outputs, n))?;
        shape("weight", weight, (outputs, outputs))?;
        let all = n + outputs;
        let mut a = DMatrix::zeros(all, all);
        let mut q = DMatrix::zeros(all, all);
        a.view_mut((0, 0), (n, n)).copy_from(&dynamic(&self.a));
        a.view_mut((n, 0), (outputs, n)).copy_from(&dynamic(c));
        if time == Time::Discrete {
            a.view_mut((n, n), (outputs, outputs)).fill_with_identity();
        }
        q.view_mut((0, 0), (n, n)).copy_from(&dynamic(&self.q));
        q.view_mut((n, n), (outputs, outputs)).copy_from(&dynamic(weight));
        let b = dynamic(&self.b).resize(all, m, 0.0);
        let s = dynamic(&self.s).resize(all, m, 0.0);
        Ok(Lq::<Dyn, Dyn>::new(a, b, q, dynamic(&self.r)).with_cross(s))
    }
}
