//! Regulators that change with time, and what one leaves to a predictive controller.

use alloc::vec::Vec;

use nalgebra::{Const, SMatrix, SVector};

use super::Lq;
use super::check::symmetric;
use crate::expansion::{Block, Expansion, Hessian, Nlp};
use crate::linear::{Breakdown, Lu, Riccati};
use crate::{At, Cost, CostSink, MarginSink, Scalar, Trajectory};

/// The gains `u_k = -K_k x_k` of a finite horizon, and the costs to go `x'P_k x`.
#[derive(Clone, Debug, PartialEq)]
pub struct FiniteHorizon<const NX: usize, const NU: usize> {
    /// K_0 .. K_{N-1}.
    pub gains: Vec<SMatrix<f64, NU, NX>>,
    /// P_0 .. P_N, the last one the terminal weight.
    pub costs_to_go: Vec<SMatrix<f64, NX, NX>>,
}

/// The best feedback over the discrete problems `intervals`, one after another, with `x'Px`, `P = terminal`, at the end.
///
/// It is the recursion that Newton's method takes its steps with, [`Riccati`], without gradients and defects.
///
/// # Errors
/// [`Breakdown`] at the last knot from which the cost has no minimum.
pub fn finite_horizon<const NX: usize, const NU: usize>(
    intervals: &[Lq<Const<NX>, Const<NU>>],
    terminal: &SMatrix<f64, NX, NX>,
) -> Result<FiniteHorizon<NX, NU>, Breakdown> {
    let mut expansion = Expansion::<NX, NU>::new(intervals.len());
    expansion.explicit = true;
    expansion.xx = *terminal;
    for (block, lq) in expansion.blocks.iter_mut().zip(intervals) {
        *block = Block { a: lq.a, b: lq.b, xx: lq.q, ux: lq.s.transpose(), uu: lq.r, ..Block::identity() };
    }
    factored(&expansion, 1.0)
}

/// The regulator about a motion, `u = ū_k - K_k (x - x̄_k)`: the best answer to a small deviation.
///
/// With the multipliers of a solution its curvature is the Lagrangian's, and the gains are the derivatives of the best controls in the
/// state; zeros take the cost's curvature alone.
///
/// # Errors
/// [`Breakdown`] at the last knot from which the cost has no minimum.
///
/// # Panics
/// When the motion is longer than the problem, or multipliers are not one for each of its intervals.
pub fn tracking<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    motion: &Trajectory<NX, NU>,
    multipliers: &[[f64; NX]],
) -> Result<FiniteHorizon<NX, NU>, Breakdown> {
    let mut expansion = Expansion::new(motion.controls.len());
    nlp.expand(motion, multipliers, Hessian::Exact, &mut expansion);
    // The expansion is of the cost's second derivative, 2X for x'Xx.
    factored(&expansion, 0.5)
}

fn factored<const NX: usize, const NU: usize>(
    expansion: &Expansion<NX, NU>,
    scale: f64,
) -> Result<FiniteHorizon<NX, NU>, Breakdown> {
    let intervals = expansion.blocks.len();
    let mut riccati = Riccati::new(intervals);
    riccati.factor(expansion, 0.0, false)?;
    let gains = (0..intervals).map(|k| *riccati.gain(k)).collect();
    let mut costs_to_go = Vec::with_capacity(intervals + 1);
    costs_to_go.push(riccati.first_cost_to_go() * scale);
    costs_to_go.extend((0..intervals).map(|k| riccati.cost_to_go_behind(k) * scale));
    Ok(FiniteHorizon { gains, costs_to_go })
}

impl<const NX: usize, const NU: usize> Lq<Const<NX>, Const<NU>> {
    /// The problem of small deviations from rest at `x` under `u`, over one interval of a problem on knots; of its cost the second
    /// order only. `None` when the scheme's next state is not determined there.
    ///
    /// # Panics
    /// When the problem has no interval.
    pub fn about(nlp: &impl Nlp<NX, NU>, x: [f64; NX], u: [f64; NU]) -> Option<Self> {
        let mut expansion = Expansion::new(1);
        nlp.expand(&Trajectory::constant(1, x, u), &[[0.0; NX]], Hessian::Exact, &mut expansion);
        let Block { a, b, e, xx, ux, uu, .. } = expansion.blocks[0];
        let e = Lu::new(e)?;
        Some(Lq { a: e.solve(a), b: e.solve(b), q: xx * 0.5, r: uu * 0.5, s: ux.transpose() * 0.5 })
    }
}

/// A cost whose terminal part is the regulator's cost to go: `(x - x̄)'X(x - x̄)` instead of what `cost` has.
///
/// A predictive controller with it hands over what is behind its horizon to the regulator; where no bound is active its
/// first control is then `-K(x - x̄)` to first order, whatever the horizon, for X of `Lq::about(&nlp, ..)` and its `dare`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ToGo<C, const NX: usize> {
    /// What is paid on the way.
    pub cost: C,
    /// `X = F'F`.
    factor: [[f64; NX]; NX],
    goal: [f64; NX],
}

impl<C, const NX: usize> ToGo<C, NX> {
    /// `None` when X is not symmetric and positive semidefinite.
    pub fn new(cost: C, x: &SMatrix<f64, NX, NX>, goal: [f64; NX]) -> Option<Self> {
        symmetric("X", x).ok()?;
        let mut left = *x;
        let mut factor = [[0.0; NX]; NX];
        for k in 0..NX {
            let rounding = 16.0 * NX as f64 * f64::EPSILON * x[(k, k)].abs();
            if left[(k, k)] < -rounding || !left[(k, k)].is_finite() {
                return None;
            }
            if left[(k, k)] <= rounding {
                // Beside a zero an entry is zero, to rounding: at most the geometric mean of its corners.
                let beside = |j: usize| left[(j, k)].abs() > libm::sqrt(rounding) * libm::sqrt(x[(j, j)].abs());
                if (k + 1..NX).any(|j| beside(j) || left[(j, k)].is_nan()) {
                    return None;
                }
                continue;
            }
            let root = libm::sqrt(left[(k, k)]);
            let row: SVector<f64, NX> = left.column(k) / root;
            left -= row * row.transpose();
            for j in k..NX {
                factor[k][j] = row[j];
            }
        }
        Some(ToGo { cost, factor, goal })
    }
}

impl<C: Cost<NX, NU, NP>, const NX: usize, const NU: usize, const NP: usize> Cost<NX, NU, NP> for ToGo<C, NX> {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl CostSink<S>) {
        self.cost.running(at, x, u, sink);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, NP>, x: [S; NX], sink: &mut impl CostSink<S>) {
        for (k, row) in self.factor.iter().enumerate() {
            if row[k] == 0.0 {
                continue;
            }
            let residual = (k..NX).fold(S::from(0.0), |sum, j| sum + (x[j] - self.goal[j]) * row[j]);
            sink.square(1.0, residual);
        }
    }

    #[inline(always)]
    fn margins<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl MarginSink<S>) {
        self.cost.margins(at, x, u, sink);
    }

    #[inline(always)]
    fn terminal_margins<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], sink: &mut impl MarginSink<S>) {
        self.cost.terminal_margins(at, x, sink);
    }
}
