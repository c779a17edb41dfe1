//! A small symmetric system, definite or not, with its inertia.

use nalgebra::SMatrix;

use crate::Real;

/// `P F P' = L D L'` with complete pivoting, D of blocks of one and of two (J. R. Bunch, B. N. Parlett, Direct methods for
/// solving symmetric indefinite systems of linear equations, SIAM J. Numer. Anal. 8, 1971).
#[derive(Clone, Copy, Debug)]
pub(crate) struct BunchParlett<const N: usize, R> {
    /// L below D; a block of two has its off-diagonal entry where L would have its first.
    factors: SMatrix<R, N, N>,
    order: [usize; N],
    /// Is `k` the first of a block of two?
    pairs: [bool; N],
    negative: usize,
}

impl<const N: usize, R: Real> BunchParlett<N, R> {
    /// `None` when F is singular to working precision or has an entry that is not finite.
    #[inline(always)]
    pub fn new(f: &SMatrix<R, N, N>) -> Option<Self> {
        // (1 + √17)/8 bounds the growth of both kinds of pivot alike.
        const ALPHA: f64 = 0.640_388_203_202_207_9;
        // A pivot below this share of what it is the difference of is rounding and nothing else.
        let null = R::from(16.0 * R::EPSILON);
        let mut m = *f;
        let mut sizes: [R; N] = core::array::from_fn(|i| f[(i, i)].abs());
        let mut order = core::array::from_fn(|i| i);
        let (mut pairs, mut negative, mut k) = ([false; N], 0, 0);
        while k < N {
            let (mut one, mut two) = (k, (k, k));
            for j in k..N {
                if m[(j, j)].abs() > m[(one, one)].abs() {
                    one = j;
                }
                for i in j + 1..N {
                    if two == (k, k) || m[(i, j)].abs() > m[two].abs() {
                        two = (i, j);
                    }
                }
            }
            // Unpivoted when nothing else is larger: a definite F stays in its order.
            if two == (k, k) || m[(one, one)].abs() >= m[two].abs() * ALPHA {
                let one = if m[(k, k)].abs() >= m[(one, one)].abs() { k } else { one };
                swap(&mut m, &mut order, k, one);
                sizes.swap(k, one);
                let pivot = m[(k, k)];
                if pivot.abs() <= sizes[k] * null || !(R::one() / pivot).is_finite() || !pivot.is_finite() {
                    return None;
                }
                negative += usize::from(pivot < R::zero());
                for i in k + 1..N {
                    let l = m[(i, k)] / pivot;
                    sizes[i] += (l * m[(i, k)]).abs();
                    for j in k + 1..=i {
                        let u = m[(j, k)];
                        m[(i, j)] -= l * u;
                    }
                }
                for i in k + 1..N {
                    m[(i, k)] /= pivot;
                }
                k += 1;
                continue;
            }
            let (i, j) = two;
            swap(&mut m, &mut order, k, j);
            swap(&mut m, &mut order, k + 1, i);
            sizes.swap(k, j);
            sizes.swap(k + 1, i);
            let (a, b, c) = (m[(k, k)], m[(k + 1, k)], m[(k + 1, k + 1)]);
            // One eigenvalue of each sign: |b| is larger than |a| and |c|.
            let scale = R::one() / (a * c - b * b);
            if b * b <= sizes[k] * sizes[k + 1] * (null * null) || !scale.is_finite() || !b.is_finite() {
                return None;
            }
            negative += 1;
            pairs[k] = true;
            let mut columns = [[R::zero(); 2]; N];
            for i in k + 2..N {
                let (p, q) = (m[(i, k)], m[(i, k + 1)]);
                columns[i] = [(p * c - q * b) * scale, (q * a - p * b) * scale];
                sizes[i] += (columns[i][0] * p).abs() + (columns[i][1] * q).abs();
            }
            for i in k + 2..N {
                for j in k + 2..=i {
                    let (p, q) = (m[(j, k)], m[(j, k + 1)]);
                    m[(i, j)] -= columns[i][0] * p + columns[i][1] * q;
                }
            }
            for i in k + 2..N {
                m[(i, k)] = columns[i][0];
                m[(i, k + 1)] = columns[i][1];
            }
            k += 2;
        }
        Some(BunchParlett { factors: m, order, pairs, negative })
    }

    /// Number of negative eigenvalues.
    pub fn negative(&self) -> usize {
        self.negative
    }

    /// `F⁻¹ b`, for every column of `b`.
    #[inline(always)]
    pub fn solve<const M: usize>(&self, b: SMatrix<R, N, M>) -> SMatrix<R, N, M> {
        let m = &self.factors;
        let mut solution = b;
        for column in 0..M {
            let mut y: [R; N] = core::array::from_fn(|i| b[(self.order[i], column)]);
            for k in 0..N {
                // The second of a pair has nothing of the first in L.
                for i in k + 1 + usize::from(self.pairs[k])..N {
                    let known = y[k];
                    y[i] -= m[(i, k)] * known;
                }
            }
            let mut k = 0;
            while k < N {
                if self.pairs[k] {
                    let (a, b, c) = (m[(k, k)], m[(k + 1, k)], m[(k + 1, k + 1)]);
                    let det = a * c - b * b;
                    (y[k], y[k + 1]) = ((y[k] * c - y[k + 1] * b) / det, (y[k + 1] * a - y[k] * b) / det);
                    k += 2;
                } else {
                    y[k] /= m[(k, k)];
                    k += 1;
                }
            }
            for k in (0..N).rev() {
                for i in k + 1 + usize::from(self.pairs[k])..N {
                    let known = y[i];
                    y[k] -= m[(i, k)] * known;
                }
            }
            for i in 0..N {
                solution[(self.order[i], column)] = y[i];
            }
        }
        solution
    }
}

/// Exchanges rows and columns `i` and `j` of a symmetric matrix of which the lower half is kept.
#[inline(always)]
fn swap<const N: usize, R: Real>(m: &mut SMatrix<R, N, N>, order: &mut [usize; N], i: usize, j: usize) {
    if i == j {
        return;
    }
    order.swap(i, j);
    let at = |a: usize, b: usize| (a.max(b), a.min(b));
    for k in (0..N).filter(|&k| k != i && k != j) {
        let (p, q) = (at(i, k), at(j, k));
        // L's columns of earlier pivots travel along with their rows.
        let held = m[p];
        m[p] = m[q];
        m[q] = held;
    }
    let held = m[(i, i)];
    m[(i, i)] = m[(j, j)];
    m[(j, j)] = held;
}
