//! The number a model is written in.

use core::ops::{Add, Div, Mul, Neg, Sub};

/// A number that a model computes with: real, or a real that carries derivatives along.
///
/// Numbers stand to its right, `x * 2.0` and `x + 1.0`: Rust lets no crate teach an `f64` to multiply what it does not know.
///
/// A model written in `Scalar` is evaluated with `f64`, differentiated with [`Dual`](crate::inspect::Dual)
/// and expanded to second order with [`Jet`](crate::inspect::Jet). There is no order and no equality: a
/// reading that carries more than a value has no single answer to `<`, so a choice is written with
/// [`select`](Scalar::select), which every reading can follow.
///
/// Where a function has a kink or a pole, derivatives follow the rule of the branch that the value takes;
/// at the singular point itself they may be infinite or NaN, as the value's own formula says, and then in every direction.
///
/// `f32` cannot be a `Scalar`, because no crate may add an `f64` to it; single precision is the newtype [`Single`](crate::real::Single).
pub trait Scalar:
    Copy
    + From<f64>
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// `self * b + c`; a reading may round once instead of twice.
    #[inline(always)]
    fn fma(self, b: Self, c: Self) -> Self {
        self * b + c
    }
    /// `self + b * factor`; a reading may round once instead of twice.
    #[inline(always)]
    fn add_scaled(self, b: Self, factor: f64) -> Self {
        self + b * factor
    }
    /// `(sin x, cos x)`, x in radians.
    fn sin_cos(self) -> (Self, Self);
    /// `sin x`, x in radians.
    #[inline(always)]
    fn sin(self) -> Self {
        self.sin_cos().0
    }
    /// `cos x`, x in radians.
    #[inline(always)]
    fn cos(self) -> Self {
        self.sin_cos().1
    }
    /// `e^x`.
    fn exp(self) -> Self;
    /// Natural logarithm; NaN for x < 0, -inf at 0.
    fn ln(self) -> Self;
    /// Square root; NaN for x < 0. Its derivative at 0 is infinite.
    fn sqrt(self) -> Self;
    /// `x^n` for a whole n, by repeated multiplication.
    fn powi(self, n: i32) -> Self;
    /// `x^p` for a constant real p; NaN for x < 0 unless p is whole.
    fn powf(self, p: f64) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// Angle of the point `(x, self)` in [-π, π]: `y.atan2(x)`; -π is that of `y = -0`.
    fn atan2(self, x: Self) -> Self;
    /// `|x|`; the derivative at 0 is that of the branch `x >= 0`.
    #[inline(always)]
    fn abs(self) -> Self {
        self.select(self, -self)
    }
    /// The same angle in [-π, π]: `x` less the whole turns nearest to it; the derivative is 1.
    ///
    /// `(theta - goal).wrap()` is the way to the nearest of the goal's turns.
    fn wrap(self) -> Self;
    /// `then` where `self >= 0`, `otherwise` where `self < 0` or is NaN.
    fn select(self, then: Self, otherwise: Self) -> Self;
}

impl Scalar for f64 {
    #[inline(always)]
    fn sin_cos(self) -> (f64, f64) {
        libm::sincos(self)
    }
    #[inline(always)]
    fn exp(self) -> f64 {
        libm::exp(self)
    }
    #[inline(always)]
    fn ln(self) -> f64 {
        libm::log(self)
    }
    #[inline(always)]
    fn sqrt(self) -> f64 {
        libm::sqrt(self)
    }
    #[inline(always)]
    fn powi(self, n: i32) -> f64 {
        // Binary powering, spelled out: the compiler's own may associate differently from one target
        // to another.
        let (mut power, mut square, mut left) = (1.0, self, n.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                power *= square;
            }
            square *= square;
            left >>= 1;
        }
        if n < 0 { 1.0 / power } else { power }
    }
    #[inline(always)]
    fn powf(self, p: f64) -> f64 {
        libm::pow(self, p)
    }
    #[inline(always)]
    fn tanh(self) -> f64 {
        libm::tanh(self)
    }
    #[inline(always)]
    fn atan2(self, x: f64) -> f64 {
        libm::atan2(self, x)
    }
    #[inline(always)]
    fn wrap(self) -> f64 {
        self - core::f64::consts::TAU * libm::rint(self / core::f64::consts::TAU)
    }
    #[inline(always)]
    fn select(self, then: f64, otherwise: f64) -> f64 {
        if self >= 0.0 { then } else { otherwise }
    }
}
