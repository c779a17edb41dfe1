//! How a stage depends on the ends of its interval, and what its curvature is in them.

use super::Interval;
use crate::Real;
use crate::inspect::Pattern;
use crate::second_order::KnotHessian;

/// `sum + factor row`.
#[inline(always)]
pub(super) fn axpy<R: Real, const N: usize>(sum: &mut [R; N], factor: R, row: &[R; N]) {
    for c in 0..N {
        sum[c] += factor * row[c];
    }
}

/// Derivatives of NX numbers in x, u and x₊, by rows: `dz = Zx dx + Zu du + Zn dx₊`.
#[derive(Clone, Copy)]
pub(super) struct Slopes<R, const NX: usize, const NU: usize> {
    pub x: [[R; NX]; NX],
    pub u: [[R; NU]; NX],
    pub next: [[R; NX]; NX],
}

impl<R: Real, const NX: usize, const NU: usize> Slopes<R, NX, NU> {
    #[inline(always)]
    pub fn zeros() -> Self {
        Slopes { x: [[R::zero(); NX]; NX], u: [[R::zero(); NU]; NX], next: [[R::zero(); NX]; NX] }
    }

    /// Adds `F dz`, row by row and only where f depends on the state: most rates depend on few.
    #[inline(always)]
    pub fn add_product(&mut self, f: &[[R; NX]; NX], dz: &Self, explicit: bool) {
        for s in 0..NX {
            let mut u = [R::zero(); NU];
            for c in (0..NX).filter(|&c| f[s][c] != R::zero()) {
                axpy(&mut self.x[s], f[s][c], &dz.x[c]);
                axpy(&mut u, f[s][c], &dz.u[c]);
                if !explicit {
                    axpy(&mut self.next[s], f[s][c], &dz.next[c]);
                }
            }
            axpy(&mut self.u[s], R::one(), &u);
        }
    }
}

impl<const NX: usize, const NU: usize, R: Real> Interval<NX, NU, R> {
    /// Adds `Z'WZ`: the curvature `W` of a stage, whose argument is `(z, u)`. Only the arguments that bend are touched, and
    /// what is zero is passed over: they depend on few of the ends' states, and bend with few others.
    #[inline(always)]
    pub(super) fn curve(
        &mut self,
        bend: &KnotHessian<R, NX, NU>,
        pattern: &Pattern,
        z: &Slopes<R, NX, NU>,
        explicit: bool,
    ) {
        for &i in pattern.bent() {
            // Row i of WZ, over the arguments that bend.
            let (mut tx, mut tu, mut tn) = ([R::zero(); NX], [R::zero(); NU], [R::zero(); NX]);
            for &j in pattern.bent() {
                let w = bend.get(i, j);
                if w == R::zero() {
                    continue;
                }
                if j >= NX {
                    tu[j - NX] += w;
                    continue;
                }
                axpy(&mut tx, w, &z.x[j]);
                axpy(&mut tu, w, &z.u[j]);
                if !explicit {
                    axpy(&mut tn, w, &z.next[j]);
                }
            }
            if i >= NX {
                for c in 0..NX {
                    self.ux[(i - NX, c)] += tx[c];
                }
                for c in 0..NU {
                    self.uu[(i - NX, c)] += tu[c];
                }
                continue;
            }
            for c in (0..NX).filter(|&c| tx[c] != R::zero()) {
                for r in 0..NX {
                    self.xx[(r, c)] += z.x[i][r] * tx[c];
                }
                for r in 0..NU {
                    self.ux[(r, c)] += z.u[i][r] * tx[c];
                }
            }
            for c in 0..NU {
                for r in 0..NU {
                    self.uu[(r, c)] += z.u[i][r] * tu[c];
                }
            }
            if explicit {
                continue;
            }
            for c in 0..NX {
                for r in 0..NX {
                    self.nx[(r, c)] += z.next[i][r] * tx[c];
                    self.nn[(r, c)] += z.next[i][r] * tn[c];
                }
            }
            for c in 0..NU {
                for r in 0..NX {
                    self.nu[(r, c)] += z.next[i][r] * tu[c];
                }
            }
        }
    }
}
