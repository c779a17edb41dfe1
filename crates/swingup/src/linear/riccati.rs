//! The Newton system of a problem on knots, block by block: Riccati's recursion.

use alloc::vec::Vec;

use nalgebra::{SMatrix, SVector};

use super::bunch_parlett::BunchParlett;
use super::lu::Lu;
use super::{Breakdown, KktStep, RightSide};
use crate::Real;
use crate::expansion::Expansion;

/// What the recursion keeps of a knot.
#[derive(Clone, Copy, Debug)]
struct Stage<const NX: usize, const NU: usize, R> {
    /// E, when it is not I; A and B behind its inverse: `dx₊ = Ã dx + B̃ du - E⁻¹d`.
    e: Option<Lu<NX, R>>,
    a: SMatrix<R, NX, NX>,
    b: SMatrix<R, NX, NU>,
    /// P of the next knot.
    to_go: SMatrix<R, NX, NX>,
    y: SMatrix<R, NX, NX>,
    v: SMatrix<R, NX, NU>,
    f: Option<BunchParlett<NU, R>>,
    /// K, and what `solve` has found of the offset k, of `p + P d̃` and of d̃.
    gain: SMatrix<R, NU, NX>,
    offset: SVector<R, NU>,
    ahead: SVector<R, NX>,
    d: SVector<R, NX>,
}

/// The KKT system of an [`Expansion`],
///
/// ```text
/// minimize   g'z + 1/2 z'Hz   subject to   d_k + E_k dx_{k+1} - A_k dx_k - B_k du_k = 0,   dx_0 = 0
/// ```
/// from the last knot to the first. With `Ã = E⁻¹A, B̃ = E⁻¹B, d̃ = -E⁻¹d`, and `P, p` of the next knot:
/// ```text
/// Y = P Ã + T      V̂ = P B̃ + V      s = p + P d̃
/// F = R + B̃'V̂ + V'B̃               G = S + B̃'Y + V'Ã        h = g_u + B̃'s + V'd̃
/// K = F⁻¹ G                         k = F⁻¹ h                  du = -K dx - k
/// P ← Q + Ã'Y + T'Ã - K'G           p ← g_x + Ã's + T'd̃ - K'h  λ = -E'⁻¹(Y dx + V̂ du + s)
/// ```
/// By congruence the KKT matrix has the inertia of its constraints, `N NX` eigenvalues of each sign, and of all F: the
/// point is a minimum along the constraints exactly when every F is positive definite. `O(N (NX + NU)³)` operations.
#[derive(Clone, Debug)]
pub struct Riccati<const NX: usize, const NU: usize, R = f64> {
    stages: Vec<Stage<NX, NU, R>>,
    negative: usize,
    /// P of knot 0.
    first: SMatrix<R, NX, NX>,
    /// Of the system factored last.
    damping: R,
}

impl<const NX: usize, const NU: usize, R: Real> Riccati<NX, NU, R> {
    /// Room for `intervals`.
    pub fn new(intervals: usize) -> Self {
        let (a, b) = (SMatrix::zeros(), SMatrix::zeros());
        let (ahead, gain, offset) = (SVector::zeros(), SMatrix::zeros(), SVector::zeros());
        let stage = Stage { e: None, a, b, to_go: a, y: a, v: b, f: None, gain, offset, ahead, d: ahead };
        Riccati { stages: alloc::vec![stage; intervals], negative: 0, first: a, damping: R::zero() }
    }

    /// Factors the system, with `damping` added to the curvature in every state and control.
    ///
    /// # Errors
    /// [`Breakdown::NotConvex`] at the last knot whose F has a negative eigenvalue, unless `indefinite` allows it;
    /// [`Breakdown::Singular`] where E or F cannot be factored or a number is not finite.
    ///
    /// # Panics
    /// When `expansion` is of another number of intervals than this has room for.
    pub fn factor(&mut self, expansion: &Expansion<NX, NU, R>, damping: R, indefinite: bool) -> Result<(), Breakdown> {
        expansion.must_have(self.stages.len());
        (self.negative, self.damping) = (0, damping);
        let mut to_go = expansion.xx;
        add_diagonal(&mut to_go, damping);
        for (knot, (stage, block)) in self.stages.iter_mut().zip(&expansion.blocks).enumerate().rev() {
            (stage.a, stage.b, stage.e) = (block.a, block.b, None);
            if !expansion.explicit {
                let e = Lu::new(block.e).ok_or(Breakdown::Singular { knot })?;
                (stage.a, stage.b, stage.e) = (e.solve(block.a), e.solve(block.b), Some(e));
            }
            let Stage { a, b, .. } = stage;
            stage.to_go = to_go;
            stage.y = to_go * *a;
            stage.v = to_go * *b;
            if !expansion.explicit {
                stage.y += block.nx;
                stage.v += block.nu;
            }
            let mut f = block.uu + b.tr_mul(&stage.v);
            let mut g = block.ux + b.tr_mul(&stage.y);
            to_go = block.xx + a.tr_mul(&stage.y);
            if !expansion.explicit {
                f += block.nu.tr_mul(b);
                g += block.nu.tr_mul(a);
                to_go += block.nx.tr_mul(a);
            }
            add_diagonal(&mut f, damping);
            let f = BunchParlett::new(&f).ok_or(Breakdown::Singular { knot })?;
            self.negative += f.negative();
            if f.negative() > 0 && !indefinite {
                return Err(Breakdown::NotConvex { knot });
            }
            stage.gain = f.solve(g);
            stage.f = Some(f);
            to_go -= stage.gain.tr_mul(&g);
            add_diagonal(&mut to_go, damping);
            symmetrize(&mut to_go);
        }
        self.first = to_go;
        let finite = to_go.iter().all(|p| p.is_finite());
        if finite { Ok(()) } else { Err(Breakdown::Singular { knot: 0 }) }
    }

    /// Negative eigenvalues of all F together: those of the Hessian along the constraints.
    pub fn negative(&self) -> usize {
        self.negative
    }

    /// The step for the gradient and defects of `right`, with the multipliers at its end.
    ///
    /// The system is the one factored last; `expansion` is the one that it was made of.
    ///
    /// # Panics
    /// When expansion, right side or step is of another number of intervals.
    pub fn solve(
        &mut self,
        expansion: &Expansion<NX, NU, R>,
        right: &RightSide<NX, NU, R>,
        step: &mut KktStep<NX, NU, R>,
    ) {
        expansion.must_have(self.stages.len());
        right.must_have(self.stages.len());
        step.must_have(self.stages.len());
        let mut slope = right.terminal;
        for ((stage, block), right) in self.stages.iter_mut().zip(&expansion.blocks).zip(&right.knots).rev() {
            let d = stage.e.as_ref().map_or(-right.defect, |e| e.solve(-right.defect));
            stage.d = d;
            stage.ahead = slope + stage.to_go * d;
            let mut h = right.u + stage.b.tr_mul(&stage.ahead);
            slope = right.x + stage.a.tr_mul(&stage.ahead);
            if !expansion.explicit {
                h += block.nu.tr_mul(&d);
                slope += block.nx.tr_mul(&d);
            }
            stage.offset = stage.f.as_ref().map_or(h, |f| f.solve(h));
            slope -= stage.gain.tr_mul(&h);
        }
        let mut dx = SVector::<R, NX>::zeros();
        step.motion.states[0] = dx.into();
        for (k, stage) in self.stages.iter().enumerate() {
            let du = -(stage.gain * dx + stage.offset);
            let behind = -(stage.y * dx + stage.v * du + stage.ahead);
            let multiplier = stage.e.as_ref().map_or(behind, |e| e.solve_transposed(behind));
            dx = stage.a * dx + stage.b * du + stage.d;
            step.motion.controls[k] = du.into();
            step.multipliers[k] = multiplier.into();
            step.motion.states[k + 1] = dx.into();
        }
    }

    /// [`solve`](Self::solve) and one step of iterative refinement: the residual is solved for, and the correction added.
    ///
    /// The recursion alone leaves more than rounding where F is nearly singular, where the dynamics grow fast, or where
    /// the units of the states lie many decades apart.
    ///
    /// # Panics
    /// When expansion, right side or step is of another number of intervals.
    pub fn solve_refined(
        &mut self,
        expansion: &Expansion<NX, NU, R>,
        right: &RightSide<NX, NU, R>,
        step: &mut KktStep<NX, NU, R>,
    ) {
        self.solve(expansion, right, step);
        let left = right.residual(expansion, self.damping, R::zero(), step);
        let mut correction = KktStep::zeros(self.stages.len());
        self.solve(expansion, &left, &mut correction);
        let add = |to: &mut [R], what: &[R]| to.iter_mut().zip(what).for_each(|(to, &what)| *to += what);
        add(step.motion.states.as_flattened_mut(), correction.motion.states.as_flattened());
        add(step.motion.controls.as_flattened_mut(), correction.motion.controls.as_flattened());
        add(step.multipliers.as_flattened_mut(), correction.multipliers.as_flattened());
    }

    /// `E⁻¹ v` of knot `k`.
    #[inline(always)]
    pub(crate) fn behind(&self, k: usize, v: SVector<R, NX>) -> SVector<R, NX> {
        self.stages[k].e.as_ref().map_or(v, |e| e.solve(v))
    }

    /// P of knot 0, the curvature of the cost to go from there.
    pub fn first_cost_to_go(&self) -> &SMatrix<R, NX, NX> {
        &self.first
    }

    /// P of the knot behind interval `k`.
    ///
    /// # Panics
    /// When there is no such interval.
    pub fn cost_to_go_behind(&self, k: usize) -> &SMatrix<R, NX, NX> {
        &self.stages[k].to_go
    }

    /// The feedback gain K of knot `k`, `du = -K dx`.
    ///
    /// # Panics
    /// When there is no such knot.
    pub fn gain(&self, k: usize) -> &SMatrix<R, NU, NX> {
        &self.stages[k].gain
    }
}

#[inline(always)]
fn add_diagonal<const N: usize, R: Real>(m: &mut SMatrix<R, N, N>, value: R) {
    for i in 0..N {
        m[(i, i)] += value;
    }
}

/// Rounding must not make it lean: the recursion would amplify that.
#[inline(always)]
fn symmetrize<const N: usize, R: Real>(m: &mut SMatrix<R, N, N>) {
    for j in 0..N {
        for i in 0..j {
            let mean = (m[(i, j)] + m[(j, i)]) * 0.5;
            m[(i, j)] = mean;
            m[(j, i)] = mean;
        }
    }
}
