//! A small square system by Gauss's elimination.

use nalgebra::{SMatrix, SVector};

use crate::Real;

/// `P M = L U` with partial pivoting; solves with M and with its transpose.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lu<const N: usize, R> {
    /// U, with the reciprocals of its diagonal, above L.
    factors: SMatrix<R, N, N>,
    /// Row exchanged with row `k` at step `k`.
    swaps: [usize; N],
}

impl<const N: usize, R: Real> Lu<N, R> {
    /// `None` when a pivot is zero or not a number.
    #[inline(always)]
    pub fn new(mut m: SMatrix<R, N, N>) -> Option<Self> {
        let mut swaps = [0; N];
        for k in 0..N {
            let mut best = k;
            for i in k + 1..N {
                if m[(i, k)].abs() > m[(best, k)].abs() {
                    best = i;
                }
            }
            swaps[k] = best;
            if best != k {
                for j in 0..N {
                    let held = m[(k, j)];
                    m[(k, j)] = m[(best, j)];
                    m[(best, j)] = held;
                }
            }
            let pivot = R::one() / m[(k, k)];
            if !pivot.is_finite() {
                return None;
            }
            m[(k, k)] = pivot;
            for i in k + 1..N {
                m[(i, k)] *= pivot;
            }
            for j in k + 1..N {
                let u = m[(k, j)];
                for i in k + 1..N {
                    let l = m[(i, k)];
                    m[(i, j)] -= l * u;
                }
            }
        }
        Some(Lu { factors: m, swaps })
    }

    /// `M⁻¹ b`, for every column of `b`.
    #[inline(always)]
    pub fn solve<const M: usize>(&self, mut b: SMatrix<R, N, M>) -> SMatrix<R, N, M> {
        let m = &self.factors;
        for c in 0..M {
            for k in 0..N {
                if self.swaps[k] != k {
                    let held = b[(k, c)];
                    b[(k, c)] = b[(self.swaps[k], c)];
                    b[(self.swaps[k], c)] = held;
                }
            }
            for k in 0..N {
                let x = b[(k, c)];
                for i in k + 1..N {
                    b[(i, c)] -= m[(i, k)] * x;
                }
            }
            for k in (0..N).rev() {
                let x = b[(k, c)] * m[(k, k)];
                b[(k, c)] = x;
                for i in 0..k {
                    b[(i, c)] -= m[(i, k)] * x;
                }
            }
        }
        b
    }

    /// `M'⁻¹ b`.
    #[inline(always)]
    pub fn solve_transposed(&self, mut b: SVector<R, N>) -> SVector<R, N> {
        let m = &self.factors;
        for k in 0..N {
            for i in 0..k {
                let u = m[(i, k)] * b[i];
                b[k] -= u;
            }
            b[k] *= m[(k, k)];
        }
        for k in (0..N).rev() {
            for i in k + 1..N {
                let l = m[(i, k)] * b[i];
                b[k] -= l;
            }
        }
        for k in (0..N).rev() {
            b.swap_rows(k, self.swaps[k]);
        }
        b
    }
}
