//! Second derivatives of a function of one knot, read only where its structure says that it bends.

use nalgebra::SMatrix;

mod half_jet;

pub(crate) use half_jet::HalfJet;

use crate::Real;
use crate::inspect::Pattern;

/// A function of a state and a control that can be read with jets of any width.
pub(crate) trait SecondOrder<R, const NX: usize, const NU: usize> {
    /// The diagonals of its Hessian in the directions that `x` and `u` carry, as a [`HalfJet`] has them.
    fn hessian<const N: usize, const H: usize, const W: usize>(
        &self,
        x: [HalfJet<R, N, H, W>; NX],
        u: [HalfJet<R, N, H, W>; NU],
    ) -> [[R; N]; H];
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

    /// Reads the second derivatives of `f` at `(x, u)`: in one pass, with jets about as wide as there are arguments that it
    /// bends with, up to 16 of them; in a pass for each pair of blocks of eight beyond.
    pub fn read(&mut self, f: &impl SecondOrder<R, NX, NU>, pattern: &Pattern, x: &[R; NX], u: &[R; NU]) {
        let bent = pattern.bent();
        // A width that the model cannot need is not compiled: that is why these are constants.
        match bent.len() {
            0 => (),
            1 | 2 => self.pass::<2, 2, 3>(f, bent, x, u),
            3 | 4 if const { NX + NU > 2 } => self.pass::<4, 3, 6>(f, bent, x, u),
            5 if const { NX + NU > 4 } => self.pass::<5, 3, 7>(f, bent, x, u),
            6 if const { NX + NU > 5 } => self.pass::<6, 4, 9>(f, bent, x, u),
            7 | 8 if const { NX + NU > 6 } => self.pass::<8, 5, 12>(f, bent, x, u),
            9 | 10 if const { NX + NU > 8 } => self.pass::<10, 6, 15>(f, bent, x, u),
            11..=16 if const { NX + NU > 10 } => self.pass::<16, 9, 24>(f, bent, x, u),
            _ if const { NX + NU > 16 } => {
                for (b, block) in bent.chunks(8).enumerate() {
                    for other in bent.chunks(8).take(b) {
                        let mut both = [0; 16];
                        both[..8].copy_from_slice(other);
                        both[8..8 + block.len()].copy_from_slice(block);
                        self.pass::<16, 9, 24>(f, &both[..8 + block.len()], x, u);
                    }
                }
            }
            _ => unreachable!("no more arguments bend than there are"),
        }
    }

    // Compiled once for each width, not once for each place that may need it.
    #[inline(never)]
    fn pass<const N: usize, const H: usize, const W: usize>(
        &mut self,
        f: &impl SecondOrder<R, NX, NU>,
        arguments: &[usize],
        x: &[R; NX],
        u: &[R; NU],
    ) {
        let (mut dx, mut du) = ([[R::zero(); N]; NX], [[R::zero(); N]; NU]);
        for (lane, &i) in arguments.iter().take(N).enumerate() {
            if i < NX {
                dx[i][lane] = R::one();
            } else {
                du[i - NX][lane] = R::one();
            }
        }
        let h = f.hessian::<N, H, W>(
            core::array::from_fn(|i| HalfJet::argument(x[i], &dx[i])),
            core::array::from_fn(|j| HalfJet::argument(u[j], &du[j])),
        );
        for (a, &i) in arguments.iter().take(N).enumerate() {
            for (b, &j) in arguments.iter().take(N).enumerate().take(a + 1) {
                // From b on to a, or from a on to b, whichever is the shorter way round.
                let onward = a - b;
                self.set(i, j, if onward < H { h[onward][b] } else { h[N - onward][a] });
            }
        }
    }
}
