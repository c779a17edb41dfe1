//! One number on a processor that multiplies and adds at once, its rows in registers of four.

use core::arch::x86_64::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{LANES, Number, powi, sin_cos, symmetrize_from, transpose};
use crate::Scalar;

/// One double whose `fma` is fused.
///
/// It must be made only where the processor has AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Fused(f64);

macro_rules! arithmetic {
    ($($operator:ident $method:ident),*) => {$(
        impl $operator for Fused {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                Fused(self.0.$method(b.0))
            }
        }
        impl $operator<f64> for Fused {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: f64) -> Self {
                Fused(self.0.$method(b))
            }
        }
    )*};
}
arithmetic!(Add add, Sub sub, Mul mul, Div div);

impl From<f64> for Fused {
    #[inline(always)]
    fn from(v: f64) -> Self {
        Fused(v)
    }
}

impl Neg for Fused {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Fused(-self.0)
    }
}

impl Scalar for Fused {
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        // SAFETY: a `Fused` exists only where the processor has FMA.
        Fused(unsafe { _mm_cvtsd_f64(_mm_fmadd_sd(_mm_set_sd(self.0), _mm_set_sd(b.0), _mm_set_sd(c.0))) })
    }
    #[inline(always)]
    fn add_scaled(self, b: Self, factor: f64) -> Self {
        b.fma(Fused::from(factor), self)
    }
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        sin_cos(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Fused(Scalar::exp(self.0))
    }
    #[inline(always)]
    fn ln(self) -> Self {
        Fused(Scalar::ln(self.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Fused(Scalar::sqrt(self.0))
    }
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        powi(self, n)
    }
    #[inline(always)]
    fn powf(self, p: f64) -> Self {
        Fused(Scalar::powf(self.0, p))
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Fused(Scalar::tanh(self.0))
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        Fused(Scalar::atan2(self.0, x.0))
    }
    #[inline(always)]
    fn wrap(self) -> Self {
        Fused(Scalar::wrap(self.0))
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        if self.0 >= 0.0 { then } else { otherwise }
    }
}

impl Number for Fused {
    type Cell = f64;
    #[inline(always)]
    fn load(from: &f64) -> Self {
        Fused(*from)
    }
    #[inline(always)]
    fn store(self) -> f64 {
        self.0
    }
    #[inline(always)]
    fn load_row<const N: usize>(from: &[f64; N]) -> [Self; N] {
        // SAFETY: a `Fused` is an f64.
        unsafe { *from.as_ptr().cast() }
    }
    #[inline(always)]
    fn store_row<const N: usize>(row: &[Self; N], to: &mut [f64; N]) {
        // SAFETY: as above.
        unsafe { *to.as_mut_ptr().cast() = *row }
    }
    #[inline(always)]
    fn add_row<const N: usize>(sum: &mut [Self; N], factor: Self, row: &[Self; N]) {
        let (to, from) = (sum.as_mut_ptr().cast::<f64>(), row.as_ptr().cast::<f64>());
        for c in 0..N / LANES {
            // SAFETY: four doubles from 4c on are within both, and the processor has AVX and FMA.
            unsafe {
                let (to, from) = (to.add(LANES * c), from.add(LANES * c));
                let added = _mm256_fmadd_pd(_mm256_set1_pd(factor.0), _mm256_loadu_pd(from), _mm256_loadu_pd(to));
                _mm256_storeu_pd(to, added);
            }
        }
        for i in N / LANES * LANES..N {
            sum[i] = factor.fma(row[i], sum[i]);
        }
    }
    #[inline(always)]
    fn add_product<const N: usize>(a: &[Self; N], b: &[Self; N], mut sum: Self) -> Self {
        if N >= LANES {
            let (a, b) = (a.as_ptr().cast::<f64>(), b.as_ptr().cast::<f64>());
            // SAFETY: four doubles from 4c on are within both, and the processor has AVX and FMA.
            unsafe {
                let mut lanes = _mm256_mul_pd(_mm256_loadu_pd(a), _mm256_loadu_pd(b));
                for c in 1..N / LANES {
                    let (a, b) = (a.add(LANES * c), b.add(LANES * c));
                    lanes = _mm256_fmadd_pd(_mm256_loadu_pd(a), _mm256_loadu_pd(b), lanes);
                }
                let two = _mm_add_pd(_mm256_castpd256_pd128(lanes), _mm256_extractf128_pd::<1>(lanes));
                sum = sum + Fused(_mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two))));
            }
        }
        for i in N / LANES * LANES..N {
            sum = a[i].fma(b[i], sum);
        }
        sum
    }
    #[inline(always)]
    fn symmetrize<const N: usize>(matrix: &mut [[Self; N]; N]) {
        let corner = matrix.as_mut_ptr().cast::<f64>();
        for first in (0..N / LANES * LANES).step_by(LANES) {
            for from in (0..=first).step_by(LANES) {
                // SAFETY: four doubles from column 4c on are within each row, and the processor has AVX.
                unsafe {
                    let at = |row: usize, column: usize| corner.add(N * row + column);
                    let half = _mm256_set1_pd(0.5);
                    let (mut below, mut above, mut mean) = ([half; LANES], [half; LANES], [half; LANES]);
                    for r in 0..LANES {
                        below[r] = _mm256_loadu_pd(at(first + r, from));
                        above[r] = _mm256_loadu_pd(at(from + r, first));
                    }
                    let above = transpose(above);
                    for r in 0..LANES {
                        mean[r] = _mm256_mul_pd(_mm256_add_pd(below[r], above[r]), half);
                        _mm256_storeu_pd(at(first + r, from), mean[r]);
                    }
                    let columns = transpose(mean);
                    for r in 0..LANES {
                        _mm256_storeu_pd(at(from + r, first), columns[r]);
                    }
                }
            }
        }
        symmetrize_from(matrix, N / LANES * LANES);
    }
}
