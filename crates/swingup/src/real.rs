//! The plain numbers that a solver computes with, in double or in single precision.

use core::fmt::Debug;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use num_traits::{One, Zero};

use crate::Scalar;

/// A real number of one machine precision: `f64` or [`Single`].
///
/// Models need a [`Scalar`] only; a solver also compares, and fills matrices.
pub trait Real:
    Scalar
    + PartialOrd
    + Debug
    + Default
    + Zero
    + One
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Send
    + Sync
    + 'static
{
    /// Distance from 1 to the next larger number.
    const EPSILON: f64;

    /// The value in double precision, exact.
    fn to_f64(self) -> f64;

    /// Neither infinite nor NaN?
    #[inline(always)]
    fn is_finite(self) -> bool {
        self.to_f64().is_finite()
    }
}

impl Real for f64 {
    const EPSILON: f64 = f64::EPSILON;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }
}

/// Single precision: every operation rounds to 24 bits.
///
/// An `f64` that meets it is rounded first, so that a model's constants are those of a program written in `f32`.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Single(pub f32);

impl Real for Single {
    const EPSILON: f64 = f32::EPSILON as f64;
    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self.0)
    }
}

impl From<f64> for Single {
    #[inline(always)]
    fn from(value: f64) -> Self {
        Single(value as f32)
    }
}

impl Neg for Single {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Single(-self.0)
    }
}

macro_rules! rounded {
    ($($operator:ident $method:ident $assign:ident $assign_method:ident),*) => {$(
        impl $operator for Single {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                Single(self.0.$method(b.0))
            }
        }
        impl $operator<f64> for Single {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: f64) -> Self {
                Single(self.0.$method(b as f32))
            }
        }
        impl $assign for Single {
            #[inline(always)]
            fn $assign_method(&mut self, b: Self) {
                self.0.$assign_method(b.0);
            }
        }
    )*};
}
rounded!(Add add AddAssign add_assign, Sub sub SubAssign sub_assign, Mul mul MulAssign mul_assign);
rounded!(Div div DivAssign div_assign);

impl Zero for Single {
    fn zero() -> Self {
        Single(0.0)
    }
    fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl One for Single {
    fn one() -> Self {
        Single(1.0)
    }
}

impl Scalar for Single {
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        let (sin, cos) = libm::sincosf(self.0);
        (Single(sin), Single(cos))
    }
    #[inline(always)]
    fn exp(self) -> Self {
        Single(libm::expf(self.0))
    }
    #[inline(always)]
    fn ln(self) -> Self {
        Single(libm::logf(self.0))
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        Single(libm::sqrtf(self.0))
    }
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        // The powers of a single are formed in double precision and rounded once.
        Single(f64::from(self.0).powi(n) as f32)
    }
    #[inline(always)]
    fn powf(self, p: f64) -> Self {
        Single(libm::powf(self.0, p as f32))
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        Single(libm::tanhf(self.0))
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        Single(libm::atan2f(self.0, x.0))
    }
    #[inline(always)]
    fn wrap(self) -> Self {
        Single(self.0 - core::f32::consts::TAU * libm::rintf(self.0 / core::f32::consts::TAU))
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        if self.0 >= 0.0 { then } else { otherwise }
    }
}
