//! Lanes in a register of AVX2.

use core::arch::x86_64::*;
use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{LANES, Lanes, Number, powi, sin_cos};
use crate::Scalar;

/// Four doubles in one register, `fma` fused.
///
/// It must be made only where the processor has AVX2 and FMA. Its operations are single instructions where they are inlined into a
/// function that is compiled for these, and calls elsewhere: slow, but right.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Wide(__m256d);

macro_rules! one {
    ($instruction:ident$(::<$how:ident>)?($($argument:expr),*)) => {
        // SAFETY: a `Wide` exists only where the processor has AVX2 and FMA.
        Wide(unsafe { $instruction$(::<$how>)?($($argument),*) })
    };
}

macro_rules! arithmetic {
    ($($operator:ident $method:ident $instruction:ident),*) => {$(
        impl $operator for Wide {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                one!($instruction(self.0, b.0))
            }
        }
        impl $operator<f64> for Wide {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: f64) -> Self {
                self.$method(Wide::from(b))
            }
        }
    )*};
}
arithmetic!(Add add _mm256_add_pd, Sub sub _mm256_sub_pd, Mul mul _mm256_mul_pd, Div div _mm256_div_pd);

impl From<f64> for Wide {
    #[inline(always)]
    fn from(v: f64) -> Self {
        one!(_mm256_set1_pd(v))
    }
}

impl Neg for Wide {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        one!(_mm256_xor_pd(self.0, Wide::from(-0.0).0))
    }
}

impl Wide {
    #[inline(always)]
    fn each(self, f: impl Fn(f64) -> f64) -> Self {
        let [a, b, c, d] = self.store();
        Wide::load(&[f(a), f(b), f(c), f(d)])
    }
}

impl Scalar for Wide {
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        one!(_mm256_fmadd_pd(self.0, b.0, c.0))
    }
    #[inline(always)]
    fn add_scaled(self, b: Self, factor: f64) -> Self {
        b.fma(Wide::from(factor), self)
    }
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        sin_cos(self)
    }
    #[inline(always)]
    fn exp(self) -> Self {
        self.each(Scalar::exp)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.each(Scalar::ln)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        one!(_mm256_sqrt_pd(self.0))
    }
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        powi(self, n)
    }
    #[inline(always)]
    fn powf(self, p: f64) -> Self {
        self.each(|v| Scalar::powf(v, p))
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        self.each(Scalar::tanh)
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let (y, x) = (self.store(), x.store());
        Wide::load(&core::array::from_fn(|l| Scalar::atan2(y[l], x[l])))
    }
    #[inline(always)]
    fn wrap(self) -> Self {
        use core::f64::consts::TAU;
        const NEAREST: i32 = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
        let turns: Self = one!(_mm256_round_pd::<NEAREST>((self / TAU).0));
        self - turns * TAU
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        let positive: Self = one!(_mm256_cmp_pd::<_CMP_GE_OQ>(self.0, Wide::from(0.0).0));
        one!(_mm256_blendv_pd(otherwise.0, then.0, positive.0))
    }
}

impl Number for Wide {
    type Cell = [f64; LANES];
    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        one!(_mm256_loadu_pd(from.as_ptr()))
    }
    #[inline(always)]
    fn store(self) -> [f64; LANES] {
        let mut to = [0.0; LANES];
        // SAFETY: there is room for four doubles, and the processor has AVX.
        unsafe { _mm256_storeu_pd(to.as_mut_ptr(), self.0) };
        to
    }
}

impl Lanes for Wide {
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        one!(_mm256_max_pd(self.0, other.0))
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        one!(_mm256_min_pd(self.0, other.0))
    }
}
