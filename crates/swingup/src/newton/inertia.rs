//! What the linear systems of a plan are like: their signs and their condition.

use super::PenaltyForm;
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::linear::{BandLdlt, Breakdown, Inertia, KktBand, LdltError, SymmetricBand, condition};
use crate::{Real, Trajectory};

impl<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize, R: Real> PenaltyForm<P, NX, NU, R> {
    /// ∇²L at `z`.
    pub fn hessian_at(&mut self, z: &[R]) -> SymmetricBand<R> {
        let mut matrix = SymmetricBand::zeros(self.variables(), self.half_bandwidth());
        self.expand(z, Hessian::Exact);
        self.hessian(&mut matrix);
        matrix
    }

    /// The signs of the eigenvalues of ∇²L at `z`.
    ///
    /// # Errors
    /// When a number there is not finite, or the matrix is singular.
    pub fn inertia_at(&mut self, z: &[R]) -> Result<Inertia, LdltError> {
        let mut factors = BandLdlt::new();
        factors.factor(&self.hessian_at(z))?;
        Ok(factors.inertia())
    }

    /// Eigenvalues of ∇²L at a motion that are below zero and that are zero but for rounding.
    pub fn not_positive_at(&mut self, plan: &Trajectory<NX, NU, R>) -> [usize; 2] {
        let (mut factors, z) = (BandLdlt::new(), self.pack(plan));
        // Where it is singular the signs are counted all the same.
        let _ = factors.factor(&self.hessian_at(&z));
        [factors.inertia().negative, factors.inertia().zero]
    }

    /// The condition number of ∇²L at `z`.
    pub fn condition_at(&mut self, z: &[R]) -> f64 {
        condition(&self.hessian_at(z), 2000)
    }
}

/// The factored KKT matrix of a plan with its multipliers, the constraints as rates `d/h`: its
/// [`negative`](KktBand::negative) eigenvalues along the constraints say whether the plan may be a minimum.
///
/// # Errors
/// When the matrix is singular, at which knot.
pub fn kkt_at<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    plan: &Trajectory<NX, NU>,
    multipliers: &[[f64; NX]],
) -> Result<KktBand<NX, NU>, Breakdown> {
    let mut expansion = Expansion::new(nlp.intervals());
    nlp.expand(plan, multipliers, Hessian::Exact, &mut expansion);
    let rate = 1.0 / nlp.step();
    for block in &mut expansion.blocks {
        block.a *= rate;
        block.b *= rate;
        block.e *= rate;
    }
    let mut kkt = KktBand::new(nlp.intervals());
    kkt.factor(&expansion, 0.0, 0.0, true)?;
    Ok(kkt)
}
