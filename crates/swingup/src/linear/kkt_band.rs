//! The Newton system of a problem on knots as one symmetric band, multipliers and all.

use super::{BandLdlt, Breakdown, Inertia, KktStep, LdltError, RightSide, SymmetricBand};
use crate::Real;
use crate::expansion::Expansion;

/// The KKT system of an [`Expansion`],
///
/// ```text
/// [H + ωI   A' ] [z]     [g]
/// [A       -δ I] [λ] = - [d]
/// ```
/// with its unknowns in the order of time, `u_0, λ_0, x_1, u_1, λ_1, x_2, ..`: half-bandwidth `3 NX + NU - 1`.
///
/// It makes the same step as [`Riccati`](super::Riccati) where that exists; it is slower, and needs no block of its own to be
/// regular. The point is a minimum along the constraints exactly when the matrix has `N NX` negative eigenvalues.
#[derive(Clone, Debug)]
pub struct KktBand<const NX: usize, const NU: usize, R = f64> {
    matrix: SymmetricBand<R>,
    factors: BandLdlt<R>,
    unknowns: alloc::vec::Vec<R>,
    intervals: usize,
}

impl<const NX: usize, const NU: usize, R: Real> KktBand<NX, NU, R> {
    /// Unknowns of an interval.
    const EACH: usize = 2 * NX + NU;

    /// Room for `intervals`.
    pub fn new(intervals: usize) -> Self {
        let n = intervals * Self::EACH;
        let matrix = SymmetricBand::zeros(n, 3 * NX + NU - 1);
        KktBand { matrix, factors: BandLdlt::new(), unknowns: alloc::vec![R::zero(); n], intervals }
    }

    /// Factors the system, with `damping` ω added to the curvature in every state and control, and `delta` δ taken from the
    /// diagonal of the multipliers.
    ///
    /// # Errors
    /// [`Breakdown::NotConvex`] at the first knot when the inertia is not that of a minimum, unless `indefinite` allows it;
    /// [`Breakdown::Singular`] at the knot of the unknown that nothing decides.
    ///
    /// # Panics
    /// When `expansion` is of another number of intervals than this has room for.
    pub fn factor(
        &mut self,
        expansion: &Expansion<NX, NU, R>,
        damping: R,
        delta: R,
        indefinite: bool,
    ) -> Result<(), Breakdown> {
        expansion.must_have(self.intervals);
        self.assemble(expansion, damping, delta);
        self.factors.factor(&self.matrix).map_err(|error| match error {
            LdltError::Singular { index } | LdltError::NotFinite { index } => {
                Breakdown::Singular { knot: index / Self::EACH }
            }
        })?;
        if self.negative() > 0 && !indefinite { Err(Breakdown::NotConvex { knot: 0 }) } else { Ok(()) }
    }

    fn assemble(&mut self, expansion: &Expansion<NX, NU, R>, damping: R, delta: R) {
        let m = &mut self.matrix;
        m.fill(R::zero());
        for (k, block) in expansion.blocks.iter().enumerate() {
            let u = k * Self::EACH;
            let (multiplier, next) = (u + NU, u + NU + NX);
            for i in 0..NU {
                for j in 0..=i {
                    m.add(u + i, u + j, block.uu[(i, j)]);
                }
                m.add(u + i, u + i, damping);
            }
            for i in 0..NX {
                for j in 0..NU {
                    m.add(multiplier + i, u + j, -block.b[(i, j)]);
                    m.add(next + i, u + j, block.nu[(i, j)]);
                }
                for j in 0..NX {
                    m.add(next + j, multiplier + i, block.e[(i, j)]);
                }
                m.add(multiplier + i, multiplier + i, -delta);
                m.add(next + i, next + i, damping);
            }
            let hessian = expansion.state(k + 1).1;
            for i in 0..NX {
                for j in 0..=i {
                    m.add(next + i, next + j, hessian[(i, j)]);
                }
            }
            if k == 0 {
                continue;
            }
            let x = u - NX;
            for j in 0..NX {
                for i in 0..NU {
                    m.add(u + i, x + j, block.ux[(i, j)]);
                }
                for i in 0..NX {
                    m.add(multiplier + i, x + j, -block.a[(i, j)]);
                    m.add(next + i, x + j, block.nx[(i, j)]);
                }
            }
        }
    }

    /// The matrix that was factored last.
    pub fn matrix(&self) -> &SymmetricBand<R> {
        &self.matrix
    }

    /// Eigenvalues of the matrix by their sign.
    pub fn inertia(&self) -> Inertia {
        self.factors.inertia()
    }

    /// Negative eigenvalues beyond those of the constraints: of the Hessian along them when δ = 0.
    pub fn negative(&self) -> usize {
        self.inertia().negative.saturating_sub(self.intervals * NX)
    }

    /// The step for the gradient and defects of `right`, with the multipliers at its end.
    ///
    /// # Panics
    /// When right side or step is of another number of intervals.
    pub fn solve(&mut self, right: &RightSide<NX, NU, R>, step: &mut KktStep<NX, NU, R>) {
        let n = self.intervals;
        right.must_have(n);
        step.must_have(n);
        for (k, side) in right.knots.iter().enumerate() {
            let here = &mut self.unknowns[k * Self::EACH..][..Self::EACH];
            let gradient = right.knots.get(k + 1).map_or(right.terminal, |next| next.x);
            for j in 0..NU {
                here[j] = -side.u[j];
            }
            for i in 0..NX {
                here[NU + i] = -side.defect[i];
                here[NU + NX + i] = -gradient[i];
            }
        }
        self.factors.solve_refined(&self.matrix, &mut self.unknowns);
        step.motion.states[0] = [R::zero(); NX];
        for k in 0..n {
            let here = &self.unknowns[k * Self::EACH..][..Self::EACH];
            step.motion.controls[k] = core::array::from_fn(|j| here[j]);
            step.multipliers[k] = core::array::from_fn(|i| here[NU + i]);
            step.motion.states[k + 1] = core::array::from_fn(|i| here[NU + NX + i]);
        }
    }
}
