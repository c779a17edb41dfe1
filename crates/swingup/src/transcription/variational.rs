//! The variational midpoint: the discrete Euler-Lagrange equations as a scheme.

use super::{Interval, Scheme};
use crate::inspect::{Dual, Jet, Pattern, Sparsity};
use crate::lagrangian::{Lagrangian, variational_midpoint_defect};
use crate::{At, Real, Scalar};

/// The symplectic midpoint of a [`Lagrangian`] with `NQ` coordinates: order 2, and without forces
/// its energy stays within O(h²) of the first for very long times.
///
/// Its equations are those of [`variational_midpoint_defect`]. Where the mass is constant, and neither ∂L/∂q nor the force
/// changes with v, it is [`MIDPOINT`](super::MIDPOINT).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct VariationalMidpoint<const NQ: usize>;

impl<L, const NQ: usize, const NX: usize, const NU: usize, const NP: usize> Scheme<L, NX, NU, NP>
    for VariationalMidpoint<NQ>
where
    L: Lagrangian<NQ, NU, NP>,
{
    fn name(&self) -> &'static str {
        "variational midpoint"
    }

    fn order(&self) -> usize {
        2
    }

    fn explicit(&self) -> bool {
        false
    }

    #[inline(always)]
    fn defect<S: Scalar>(&self, l: &L, at: &At<'_, S, NP>, h: f64, x: [S; NX], u: [S; NU], next: [S; NX]) -> [S; NX] {
        variational_midpoint_defect(l, at, h, x, u, next)
    }

    /// The pairs are of all arguments of the interval, `(x, u, x₊)`.
    fn bends(&self, l: &L, at: &At<'_, Sparsity, NP>) -> Pattern {
        Pattern::read(2 * NX + NU, || {
            let (x, u) = (Sparsity::variables::<NX>(0), Sparsity::variables(NX));
            variational_midpoint_defect(l, at, 1.0, x, u, Sparsity::variables(NX + NU))
        })
    }

    fn expand<R: Real>(
        &self,
        l: &L,
        bends: &Pattern,
        at: &At<'_, R, NP>,
        h: f64,
        [x, next]: [&[R; NX]; 2],
        u: &[R; NU],
        multiplier: Option<&[R; NX]>,
    ) -> Interval<NX, NU, R> {
        let mut out = Interval::zeros();
        let p = at.p.map(Dual::constant);
        let here = At { t: Dual::constant(at.t), p: &p };
        let (here_x, here_u) = (Dual::<R, NX, NU>::variables(*x), Dual::controls(*u));
        let near = variational_midpoint_defect(l, &here, h, here_x, here_u, next.map(Dual::constant));
        let p = at.p.map(Dual::constant);
        let there = At { t: Dual::constant(at.t), p: &p };
        let there_x = Dual::<R, NX>::variables(*next);
        let far = variational_midpoint_defect(l, &there, h, x.map(Dual::constant), u.map(Dual::constant), there_x);
        for s in 0..NX {
            out.defect[s] = near[s].v;
            for i in 0..NX {
                out.a[(s, i)] = -near[s].x[i];
                out.e[(s, i)] = far[s].x[i];
            }
            for j in 0..NU {
                out.b[(s, j)] = -near[s].u[j];
            }
        }
        let Some(multiplier) = multiplier else { return out };
        // Four arguments and four others in each pass; a last block of four meets itself when there is no other.
        let blocks: usize = bends.bent().len().div_ceil(4);
        for (b, block) in bends.bent().chunks(4).enumerate() {
            for other in bends.bent().chunks(4).take(b + usize::from(blocks == 1)) {
                let lanes = other.iter().chain(block).copied();
                let mut at_lanes = [x.map(Jet::<R, 8>::constant), next.map(Jet::constant)];
                let mut u_lanes = u.map(Jet::constant);
                for (lane, i) in lanes.clone().enumerate() {
                    let argument = match i {
                        i if i < NX => &mut at_lanes[0][i],
                        i if i < NX + NU => &mut u_lanes[i - NX],
                        i => &mut at_lanes[1][i - NX - NU],
                    };
                    argument.g[lane] = R::one();
                }
                let p = at.p.map(Jet::constant);
                let place = At { t: Jet::constant(at.t), p: &p };
                let defect = variational_midpoint_defect(l, &place, h, at_lanes[0], u_lanes, at_lanes[1]);
                for (a, i) in lanes.clone().enumerate() {
                    for (b, j) in lanes.clone().enumerate() {
                        let bend = (0..NX).fold(R::zero(), |sum, s| sum + multiplier[s] * defect[s].h[a][b]);
                        out.set(i, j, bend);
                    }
                }
            }
        }
        out
    }
}

impl<const NX: usize, const NU: usize, R: Real> Interval<NX, NU, R> {
    /// The curvature in two of the arguments `(x, u, x₊)`, those that have a block.
    fn set(&mut self, i: usize, j: usize, value: R) {
        let (far, n) = (NX + NU, NX);
        match (i, j) {
            (i, j) if i < n && j < n => self.xx[(i, j)] = value,
            (i, j) if i < far && i >= n && j < n => self.ux[(i - n, j)] = value,
            (i, j) if i < far && i >= n && j >= n && j < far => self.uu[(i - n, j - n)] = value,
            (i, j) if i >= far && j < n => self.nx[(i - far, j)] = value,
            (i, j) if i >= far && j < far => self.nu[(i - far, j - n)] = value,
            (i, j) if i >= far => self.nn[(i - far, j - far)] = value,
            _ => (),
        }
    }
}
