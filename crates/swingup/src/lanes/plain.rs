//! Lanes for any processor.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::{LANES, Lanes, Number, powi, sin_cos};
use crate::Scalar;

/// Four doubles.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(crate) struct Plain([f64; LANES]);

impl Plain {
    #[inline(always)]
    fn each(self, f: impl Fn(f64) -> f64) -> Self {
        let [a, b, c, d] = self.0;
        Plain([f(a), f(b), f(c), f(d)])
    }
    #[inline(always)]
    fn with(self, other: Self, f: impl Fn(f64, f64) -> f64) -> Self {
        let ([a, b, c, d], [e, g, h, i]) = (self.0, other.0);
        Plain([f(a, e), f(b, g), f(c, h), f(d, i)])
    }
}

macro_rules! arithmetic {
    ($($operator:ident $method:ident),*) => {$(
        impl $operator for Plain {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: Self) -> Self {
                self.with(b, f64::$method)
            }
        }
        impl $operator<f64> for Plain {
            type Output = Self;
            #[inline(always)]
            fn $method(self, b: f64) -> Self {
                self.each(|a| a.$method(b))
            }
        }
    )*};
}
arithmetic!(Add add, Sub sub, Mul mul, Div div);

impl From<f64> for Plain {
    #[inline(always)]
    fn from(v: f64) -> Self {
        Plain([v; LANES])
    }
}

impl Neg for Plain {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.each(|v| -v)
    }
}

impl Scalar for Plain {
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
        self.each(Scalar::sqrt)
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
        self.with(x, Scalar::atan2)
    }
    #[inline(always)]
    fn wrap(self) -> Self {
        self.each(Scalar::wrap)
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        let pick = |l: usize| if self.0[l] >= 0.0 { then.0[l] } else { otherwise.0[l] };
        Plain([pick(0), pick(1), pick(2), pick(3)])
    }
}

impl Number for Plain {
    type Cell = [f64; LANES];
    #[inline(always)]
    fn load(from: &[f64; LANES]) -> Self {
        Plain(*from)
    }
    #[inline(always)]
    fn store(self) -> [f64; LANES] {
        self.0
    }
}

impl Lanes for Plain {
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }
}
