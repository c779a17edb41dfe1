//! Second derivatives of a function of one knot, read only where its structure says that it bends.

use nalgebra::SMatrix;

use crate::Real;
use crate::inspect::{Jet, Pattern};

/// A function of a state and a control that can be read with jets of any width.
pub(crate) trait SecondOrder<R, const NX: usize, const NU: usize> {
    /// Its second derivatives in the directions that `x` and `u` carry.
    fn hessian<const N: usize>(&self, x: [Jet<R, N>; NX], u: [Jet<R, N>; NU]) -> [[R; N]; N];
}

/// A symmetric matrix over `(x, u)`, in blocks.
pub(crate) struct KnotHessian<R, const NX: usize, const NU: usize> {
    pub xx: SMatrix<R, NX, NX>,
    pub ux: SMatrix<R, NU, NX>,
    pub uu: SMatrix<R, NU, NU>,
}

impl<R: Real, const NX: usize, const NU: usize> KnotHessian<R, NX, NU> {
    #[inline(always)]
    pub fn zeros() -> Self {
        KnotHessian { xx: SMatrix::zeros(), ux: SMatrix::zeros(), uu: SMatrix::zeros() }
    }

    /// Entry of the arguments `i` and `j`, states first.
    #[inline(always)]
    pub fn get(&self, i: usize, j: usize) -> R {
        match (i < NX, j < NX) {
            (true, true) => self.xx[(i, j)],
            (true, false) => self.ux[(j - NX, i)],
            (false, true) => self.ux[(i - NX, j)],
            (false, false) => self.uu[(i - NX, j - NX)],
        }
    }

    #[inline(always)]
    fn set(&mut self, i: usize, j: usize, value: R) {
        match (i < NX, j < NX) {
            (true, true) => {
                self.xx[(i, j)] = value;
                self.xx[(j, i)] = value;
            }
            (true, false) => self.ux[(j - NX, i)] = value,
            (false, true) => self.ux[(i - NX, j)] = value,
            (false, false) => {
                self.uu[(i - NX, j - NX)] = value;
                self.uu[(j - NX, i - NX)] = value;
            }
        }
    }

    /// Reads the second derivatives of `f` at `(x, u)`, in the narrowest jets that hold the arguments it bends with: all in
    /// one pass for up to four, a pass for each pair of blocks of four beyond.
    #[inline(always)]
    pub fn read(&mut self, f: &impl SecondOrder<R, NX, NU>, pattern: &Pattern, x: &[R; NX], u: &[R; NU]) {
        let bent = pattern.bent();
        match bent.len() {
            0 => (),
            1 | 2 => self.pass::<2>(f, bent, x, u),
            3 | 4 => self.pass::<4>(f, bent, x, u),
            5..=8 => self.pass::<8>(f, bent, x, u),
            _ => {
                for (b, block) in bent.chunks(4).enumerate() {
                    for other in bent.chunks(4).take(b) {
                        let mut both = [0; 8];
                        both[..4].copy_from_slice(other);
                        both[4..4 + block.len()].copy_from_slice(block);
                        self.pass::<8>(f, &both[..4 + block.len()], x, u);
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn pass<const N: usize>(&mut self, f: &impl SecondOrder<R, NX, NU>, arguments: &[usize], x: &[R; NX], u: &[R; NU]) {
        let mut x = x.map(Jet::<R, N>::constant);
        let mut u = u.map(Jet::<R, N>::constant);
        for (lane, &i) in arguments.iter().take(N).enumerate() {
            if i < NX {
                x[i].g[lane] = R::one();
            } else {
                u[i - NX].g[lane] = R::one();
            }
        }
        let hessian = f.hessian(x, u);
        for (a, &i) in arguments.iter().take(N).enumerate() {
            for (b, &j) in arguments.iter().take(N).enumerate().take(a + 1) {
                self.set(i, j, hessian[a][b]);
            }
        }
    }
}
