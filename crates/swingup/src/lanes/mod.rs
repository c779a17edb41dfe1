//! Several numbers at once: a loop over knots, or over problems, four lanes at a time.
//!
//! A model's text is run with a [`Lanes`] as with any other [`Scalar`]. On a processor with AVX2 and FMA, which is asked at run time,
//! a [`Wide`] is one of its registers; elsewhere a [`Plain`] is four doubles, that the compiler treats as it can. One rounds
//! `a * b + c` once and the other twice, so that their results agree to rounding and not to the last bit.

#[cfg(target_arch = "x86_64")]
use core::arch::x86_64::*;

mod elementary;
#[cfg(target_arch = "x86_64")]
mod fused;
mod plain;
#[cfg(test)]
mod tests;
#[cfg(target_arch = "x86_64")]
mod wide;

pub(crate) use elementary::{powi, sin_cos};
#[cfg(target_arch = "x86_64")]
pub(crate) use fused::Fused;
pub(crate) use plain::Plain;
#[cfg(target_arch = "x86_64")]
pub(crate) use wide::Wide;

use crate::Scalar;

/// Rows become columns.
///
/// # Safety
/// The processor has AVX.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn transpose([a, b, c, d]: [__m256d; LANES]) -> [__m256d; LANES] {
    // SAFETY: the caller says that there is AVX.
    unsafe {
        let (ab_even, ab_odd) = (_mm256_unpacklo_pd(a, b), _mm256_unpackhi_pd(a, b));
        let (cd_even, cd_odd) = (_mm256_unpacklo_pd(c, d), _mm256_unpackhi_pd(c, d));
        [
            _mm256_permute2f128_pd::<0x20>(ab_even, cd_even),
            _mm256_permute2f128_pd::<0x20>(ab_odd, cd_odd),
            _mm256_permute2f128_pd::<0x31>(ab_even, cd_even),
            _mm256_permute2f128_pd::<0x31>(ab_odd, cd_odd),
        ]
    }
}

/// Doubles in a register of AVX2: controllers of a [`Batch`](crate::mpc::Batch).
pub const LANES: usize = 4;

/// What a recursion over knots computes with: one problem's number, or those of several problems in lanes.
pub(crate) trait Number: Scalar {
    /// As it lies in memory.
    type Cell: Copy;
    /// From memory.
    fn load(from: &Self::Cell) -> Self;
    /// As it lies in memory.
    fn store(self) -> Self::Cell;

    /// A row from memory.
    #[inline(always)]
    fn load_row<const N: usize>(from: &[Self::Cell; N]) -> [Self; N] {
        let mut row = [Self::from(0.0); N];
        for i in 0..N {
            row[i] = Self::load(&from[i]);
        }
        row
    }
    /// A row as it lies in memory.
    #[inline(always)]
    fn store_row<const N: usize>(row: &[Self; N], to: &mut [Self::Cell; N]) {
        for i in 0..N {
            to[i] = row[i].store();
        }
    }
    /// `sum + factor row`, in its place.
    #[inline(always)]
    fn add_row<const N: usize>(sum: &mut [Self; N], factor: Self, row: &[Self; N]) {
        for i in 0..N {
            sum[i] = factor.fma(row[i], sum[i]);
        }
    }
    /// `sum + a'b`.
    #[inline(always)]
    fn add_product<const N: usize>(a: &[Self; N], b: &[Self; N], mut sum: Self) -> Self {
        for i in 0..N {
            sum = a[i].fma(b[i], sum);
        }
        sum
    }
    /// The mean of a matrix and its transpose, in its place.
    #[inline(always)]
    fn symmetrize<const N: usize>(matrix: &mut [[Self; N]; N]) {
        symmetrize_from(matrix, 0);
    }
}

/// [`Number::symmetrize`] in the rows from `first` on.
#[inline(always)]
fn symmetrize_from<S: Scalar, const N: usize>(matrix: &mut [[S; N]; N], first: usize) {
    for i in first..N {
        for j in 0..i {
            let mean = (matrix[i][j] + matrix[j][i]) * 0.5;
            matrix[i][j] = mean;
            matrix[j][i] = mean;
        }
    }
}

/// [`LANES`] numbers, each computed with as if it were alone.
pub(crate) trait Lanes: Number<Cell = [f64; LANES]> {
    /// The larger one in each lane; where one is NaN, `other`.
    fn max(self, other: Self) -> Self;
    /// The smaller one in each lane; where one is NaN, `other`.
    fn min(self, other: Self) -> Self;
}

impl Number for f64 {
    type Cell = f64;
    #[inline(always)]
    fn load(from: &f64) -> f64 {
        *from
    }
    #[inline(always)]
    fn store(self) -> f64 {
        self
    }
}
