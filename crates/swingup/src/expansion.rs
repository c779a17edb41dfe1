//! A problem on knots, and its second-order expansion about a motion: the blocks that every Newton system is made of.

use alloc::vec::Vec;

use nalgebra::{SMatrix, SVector};

use crate::inspect::Pattern;
use crate::{Real, Trajectory};

/// Which second derivatives the expansion has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Hessian {
    /// All of the Lagrangian's.
    #[default]
    Exact,
    /// Of the squares in the cost, `2w ∇r ∇r'`, and no others: never negative, and cheaper. Newton's method then converges by a
    /// factor instead of squaring its error, so that it wants a looser tolerance.
    GaussNewton,
}

/// A problem on knots: its variables are the states `x_1 .. x_N` and the controls `u_0 .. u_{N-1}`; `x_0` is given.
///
/// ```text
/// minimize   J(x, u) = Σ l_k(x_k, u_k) + l_N(x_N)
/// subject to d_k(x_k, u_k, x_{k+1}) = 0,   k = 0 .. N-1
/// ```
/// [`Transcribed`](crate::Transcribed) makes one from an [`Ocp`](crate::Ocp). A plan that is shorter than the horizon stands for the
/// problem of its first intervals, with the terminal cost at its own end.
pub trait Nlp<const NX: usize, const NU: usize, R: Real = f64> {
    /// N, the number of intervals.
    fn intervals(&self) -> usize;

    /// `x_0`.
    fn start(&self) -> [R; NX];

    /// Length of an interval, s.
    fn step(&self) -> f64;

    /// Bounds and constraints beyond the dynamics: [`newton`](crate::newton) knows none of them and refuses a problem that has some.
    fn inequalities(&self) -> usize {
        0
    }

    /// Which pairs of an interval's arguments `(x_k, u_k, x_{k+1})` meet in the Hessian of `J + λ'd + ρ|d|²`; all of them,
    /// unless the problem knows better.
    fn pattern(&self) -> Pattern {
        Pattern::full(2 * NX + NU)
    }

    /// The largest share of `step` that a line search shall try from `plan`: 1, unless the problem knows where it ends.
    fn reach(&self, _plan: &Trajectory<NX, NU, R>, _step: &Trajectory<NX, NU, R>) -> f64 {
        1.0
    }

    /// The cost J, and the defects of all intervals.
    ///
    /// # Panics
    /// When `plan` has more than N controls or not one state more, or there is not room for its defects.
    fn evaluate(&self, plan: &Trajectory<NX, NU, R>, defects: &mut [[R; NX]]) -> R;

    /// The expansion of `J + Σ λ_k'd_k` about `plan`, its gradient without the multipliers' part.
    ///
    /// # Panics
    /// When `plan` has more than N controls or not one state more, or multipliers or `out` are of another number of intervals.
    fn expand(
        &self,
        plan: &Trajectory<NX, NU, R>,
        multipliers: &[[R; NX]],
        hessian: Hessian,
        out: &mut Expansion<NX, NU, R>,
    );
}

/// The expansion at a knot `k < N` and over the interval after it: with `dx, du` at the knot and `dx₊` at the next one,
///
/// ```text
/// d + E dx₊ - A dx - B du                                             the defect
/// g_x'dx + g_u'du                                                     the cost
/// + 1/2 dx'Q dx + du'S dx + 1/2 du'R du + dx₊'T dx + dx₊'V du         the Lagrangian's curvature
/// ```
/// The curvature of the interval in `dx₊` alone is in the next knot's `Q`. `E = I`, `T = V = 0` for explicit schemes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block<const NX: usize, const NU: usize, R = f64> {
    /// A, minus the defect's derivative in x.
    pub a: SMatrix<R, NX, NX>,
    /// B, minus the defect's derivative in u.
    pub b: SMatrix<R, NX, NU>,
    /// E, the defect's derivative in x₊.
    pub e: SMatrix<R, NX, NX>,
    /// d, the defect.
    pub defect: SVector<R, NX>,
    /// g_x.
    pub x: SVector<R, NX>,
    /// g_u.
    pub u: SVector<R, NU>,
    /// Q.
    pub xx: SMatrix<R, NX, NX>,
    /// S.
    pub ux: SMatrix<R, NU, NX>,
    /// R.
    pub uu: SMatrix<R, NU, NU>,
    /// T.
    pub nx: SMatrix<R, NX, NX>,
    /// V.
    pub nu: SMatrix<R, NX, NU>,
}

impl<const NX: usize, const NU: usize, R: Real> Block<NX, NU, R> {
    /// All zero.
    pub(crate) fn zeros() -> Self {
        Block { a: SMatrix::zeros(), e: SMatrix::zeros(), ..Block::identity() }
    }

    /// All zero but `A = E = I`.
    pub fn identity() -> Self {
        let (xx, xu) = (SMatrix::zeros(), SMatrix::zeros());
        let (x, one) = (SVector::zeros(), SMatrix::identity());
        let (ux, uu) = (SMatrix::zeros(), SMatrix::zeros());
        Block { a: one, b: xu, e: one, defect: x, x, u: SVector::zeros(), xx, ux, uu, nx: xx, nu: xu }
    }
}

/// The expansion about a motion.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion<const NX: usize, const NU: usize, R = f64> {
    /// Knots 0 .. N-1 with their intervals.
    pub blocks: Vec<Block<NX, NU, R>>,
    /// Gradient at knot N.
    pub x: SVector<R, NX>,
    /// Curvature at knot N.
    pub xx: SMatrix<R, NX, NX>,
    /// Is E = I and T = V = 0 in every interval?
    pub explicit: bool,
}

impl<const NX: usize, const NU: usize, R: Real> Expansion<NX, NU, R> {
    /// Room for `intervals`.
    pub fn new(intervals: usize) -> Self {
        let blocks = alloc::vec![Block::identity(); intervals];
        Expansion { blocks, x: SVector::zeros(), xx: SMatrix::zeros(), explicit: false }
    }

    #[inline(always)]
    #[track_caller]
    pub(crate) fn must_have(&self, intervals: usize) {
        assert!(self.blocks.len() == intervals, "an expansion of {} intervals, not {intervals}", self.blocks.len());
    }

    /// `∇J + A'λ`, the gradient of the Lagrangian: `see` is shown its part in each control and in each state that may move, in the
    /// order of time and with its place among the variables `u_0, x_1, u_1, x_2, ..`.
    pub(crate) fn gradient(&self, multipliers: &[[R; NX]], mut see: impl FnMut(usize, &[R])) {
        let mut carried = SVector::<R, NX>::zeros();
        for (k, (block, multiplier)) in self.blocks.iter().zip(multipliers).enumerate() {
            let (place, multiplier) = (k * (NX + NU), SVector::from(*multiplier));
            if k > 0 {
                see(place - NX, (block.x + carried - block.a.tr_mul(&multiplier)).as_slice());
            }
            see(place, (block.u - block.b.tr_mul(&multiplier)).as_slice());
            carried = if self.explicit { multiplier } else { block.e.tr_mul(&multiplier) };
        }
        see((self.blocks.len() * (NX + NU)).saturating_sub(NX), (self.x + carried).as_slice());
    }

    /// The slopes of the cost in all states and controls.
    pub(crate) fn slopes(&self) -> impl Iterator<Item = R> {
        self.blocks.iter().flat_map(|block| block.x.iter().chain(&block.u)).chain(&self.x).copied()
    }

    /// The curvatures in all states and controls but the last state.
    pub(crate) fn curvatures(&self) -> impl Iterator<Item = R> {
        self.blocks.iter().flat_map(|block| block.xx.iter().chain(&block.uu)).copied()
    }

    /// Gradient and curvature in the state of knot `k`.
    #[inline(always)]
    pub fn state(&self, k: usize) -> (&SVector<R, NX>, &SMatrix<R, NX, NX>) {
        self.blocks.get(k).map_or((&self.x, &self.xx), |block| (&block.x, &block.xx))
    }
}

impl<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize, R: Real> Nlp<NX, NU, R> for &P {
    fn intervals(&self) -> usize {
        (**self).intervals()
    }

    fn start(&self) -> [R; NX] {
        (**self).start()
    }

    fn step(&self) -> f64 {
        (**self).step()
    }

    fn inequalities(&self) -> usize {
        (**self).inequalities()
    }

    fn pattern(&self) -> Pattern {
        (**self).pattern()
    }

    fn reach(&self, plan: &Trajectory<NX, NU, R>, step: &Trajectory<NX, NU, R>) -> f64 {
        (**self).reach(plan, step)
    }

    fn evaluate(&self, plan: &Trajectory<NX, NU, R>, defects: &mut [[R; NX]]) -> R {
        (**self).evaluate(plan, defects)
    }

    fn expand(
        &self,
        plan: &Trajectory<NX, NU, R>,
        multipliers: &[[R; NX]],
        hessian: Hessian,
        out: &mut Expansion<NX, NU, R>,
    ) {
        (**self).expand(plan, multipliers, hessian, out);
    }
}
