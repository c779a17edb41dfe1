//! Second derivatives of a function of one knot, read only where its structure says that it bends.

use nalgebra::SMatrix;

mod half_jet;
mod sparse_jet;

use half_jet::HalfJet;
pub(crate) use sparse_jet::each_lane;
use sparse_jet::{SparseJet, each_pair, place};

use crate::inspect::Pattern;
use crate::{Real, Scalar};

/// A number that carries second derivatives along.
pub(crate) trait Bending<R>: Scalar {
    /// Second derivatives in its directions.
    type Hessian;
    /// All zero.
    fn flat() -> Self::Hessian;
    /// A constant.
    fn constant(v: R) -> Self;
    /// Its value.
    fn value(&self) -> R;
    /// Adds `weight ∇²f` to a sum.
    fn weigh(&self, weight: R, sum: &mut Self::Hessian);
}

/// A function of a state and a control that can be read with jets of any width.
pub(crate) trait SecondOrder<R, const NX: usize, const NU: usize> {
    /// Its second derivatives in the directions that `x` and `u` carry, in the jets' own order.
    fn hessian<J: Bending<R>>(&self, x: [J; NX], u: [J; NU]) -> J::Hessian;
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

    /// `factor` times what it was.
    pub fn scale(&mut self, factor: R) {
        self.xx *= factor;
        self.ux *= factor;
        self.uu *= factor;
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

    /// Reads the second derivatives of `f` at `(x, u)`: up to eight arguments with jets that the compiler makes sparse; with jets
    /// about as wide as there are arguments that it bends with, up to 16 of them; in a pass for each pair of blocks of eight beyond.
    pub fn read(&mut self, f: &impl SecondOrder<R, NX, NU>, pattern: &Pattern, x: &[R; NX], u: &[R; NU]) {
        let bent = pattern.bent();
        // A width that the model cannot need is not compiled: that is why these are constants.
        match bent.len() {
            0 => (),
            _ if const { NX + NU <= 4 } => self.sparse::<4, 10>(f, x, u),
            _ if const { NX + NU <= 8 } => self.sparse::<8, 36>(f, x, u),
            ..=6 if const { NX + NU > 8 } => self.pass::<6, 4, 9>(f, bent, x, u),
            7..=10 if const { NX + NU > 8 } => self.pass::<10, 6, 15>(f, bent, x, u),
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

    /// In the direction of each argument, which is a constant: see [`SparseJet`].
    #[inline(never)]
    fn sparse<const N: usize, const T: usize>(&mut self, f: &impl SecondOrder<R, NX, NU>, x: &[R; NX], u: &[R; NU]) {
        let (mut at_x, mut at_u) = ([SparseJet::<R, N, T>::from(0.0); NX], [SparseJet::from(0.0); NU]);
        each_lane!(NX, I, { at_x[I] = SparseJet::variable(x[I], I) });
        each_lane!(NU, J, { at_u[J] = SparseJet::variable(u[J], NX + J) });
        let h = f.hessian(at_x, at_u);
        each_pair!(NX + NU, I, J, {
            if let Some(h) = h[place(I, J)] {
                self.set(I, J, h);
            }
        });
    }

    /// In the directions of up to `N` of the arguments. Compiled once for each width, not once for each place that may need it.
    #[inline(never)]
    pub fn pass<const N: usize, const H: usize, const W: usize>(
        &mut self,
        f: &impl SecondOrder<R, NX, NU>,
        arguments: &[usize],
        x: &[R; NX],
        u: &[R; NU],
    ) {
        #[cfg(target_arch = "x86_64")]
        if crate::cpu::has_wide_vectors() {
            // SAFETY: the processor was asked.
            return unsafe { self.pass_in_wide_vectors::<N, H, W>(f, arguments, x, u) };
        }
        self.pass_once::<N, H, W>(f, arguments, x, u);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn pass_in_wide_vectors<const N: usize, const H: usize, const W: usize>(
        &mut self,
        f: &impl SecondOrder<R, NX, NU>,
        arguments: &[usize],
        x: &[R; NX],
        u: &[R; NU],
    ) {
        self.pass_once::<N, H, W>(f, arguments, x, u);
    }

    #[inline(always)]
    fn pass_once<const N: usize, const H: usize, const W: usize>(
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
        let h = f.hessian::<HalfJet<R, N, H, W>>(
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
