//! Jets that keep half of their Hessian: what the expansion of a larger problem on knots reads a model with.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::Bending;
use crate::inspect::{functions_by_chain_rule, slopes_of_atan2};
use crate::{Real, Scalar};

/// How a number depends on the directions.
///
/// Where everything is inlined the compiler follows it too, and leaves out what multiplies zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Degree {
    /// Not at all: `g = 0`, `h = 0`.
    Constant,
    /// `h = 0`.
    Linear,
    Bent,
}
use Degree::{Bent, Constant, Linear};

/// A [`Jet`](crate::inspect::Jet) in `N` directions with each second derivative kept once, as the diagonals of its Hessian
/// that go round: `h[d][i]` is that in directions `i` and `i + d`, counted modulo N.
///
/// `H = N/2 + 1` diagonals hold all. Unlike the rows of a triangle they have one length, so that each is a loop over lanes
/// side by side, and the gradient goes on round for `W = N + H - 1` lanes, so that `g[i + d]` is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HalfJet<R, const N: usize, const H: usize, const W: usize> {
    v: R,
    g: [R; W],
    h: [[R; N]; H],
    degree: Degree,
}

impl<R: Real, const N: usize, const H: usize, const W: usize> HalfJet<R, N, H, W> {
    #[inline(always)]
    fn constant(v: R) -> Self {
        const { assert!(H == N / 2 + 1 && W == N + H - 1) };
        HalfJet { v, g: [R::zero(); W], h: [[R::zero(); N]; H], degree: Constant }
    }

    /// An argument with this gradient.
    #[inline(always)]
    pub fn argument(v: R, gradient: &[R; N]) -> Self {
        let mut jet = Self::constant(v);
        for i in 0..W {
            jet.g[i] = gradient[i % N];
        }
        jet.degree = Linear;
        jet
    }

    /// `h[d][i]` from i, d and the old `h[d][i]`.
    #[inline(always)]
    fn bend(&mut self, op: impl Fn(usize, usize, R) -> R) {
        for d in 0..H {
            for i in 0..N {
                self.h[d][i] = op(i, i + d, self.h[d][i]);
            }
        }
    }

    /// The chain rule: `∇f = f' g`, `∇²f = f' h + f'' g g'`.
    #[inline(always)]
    fn chain(mut self, value: R, slope: R, curvature: R) -> Self {
        self.v = value;
        if self.degree == Constant {
            return self;
        }
        let g = self.g;
        match self.degree {
            Bent => self.bend(|i, j, h| h * slope + g[i] * g[j] * curvature),
            _ => self.bend(|i, j, _| g[i] * g[j] * curvature),
        }
        self.g = scaled(g, slope);
        self.degree = Bent;
        self
    }

    /// `f(self) = slope self`, whose value is given.
    #[inline(always)]
    fn scale(mut self, value: R, slope: R) -> Self {
        self.v = value;
        if self.degree > Constant {
            self.g = scaled(self.g, slope);
        }
        if self.degree == Bent {
            self.bend(|_, _, h| h * slope);
        }
        self
    }

    #[inline(always)]
    fn recip(self) -> Self {
        let r = R::one() / self.v;
        self.chain(r, -(r * r), r * r * r * 2.0)
    }
}

#[inline(always)]
fn scaled<R: Real, const W: usize>(mut g: [R; W], slope: R) -> [R; W] {
    for i in 0..W {
        g[i] *= slope;
    }
    g
}

impl<R: Real, const N: usize, const H: usize, const W: usize> Bending<R> for HalfJet<R, N, H, W> {
    type Hessian = [[R; N]; H];

    #[inline(always)]
    fn flat() -> Self::Hessian {
        [[R::zero(); N]; H]
    }
    #[inline(always)]
    fn constant(v: R) -> Self {
        Self::constant(v)
    }
    #[inline(always)]
    fn value(&self) -> R {
        self.v
    }
    #[inline(always)]
    fn weigh(&self, weight: R, sum: &mut Self::Hessian) {
        if self.degree < Bent {
            return;
        }
        for d in 0..H {
            for i in 0..N {
                sum[d][i] += weight * self.h[d][i];
            }
        }
    }
}

impl<R: Real, const N: usize, const H: usize, const W: usize> Scalar for HalfJet<R, N, H, W> {
    functions_by_chain_rule!(R);

    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let y = self;
        let [a, b, ab, bb] = slopes_of_atan2(y.v, x.v);
        let mut angle = Self::constant(y.v.atan2(x.v));
        if y.degree.max(x.degree) == Constant {
            return angle;
        }
        for d in 0..H {
            for i in 0..N {
                let j = i + d;
                angle.h[d][i] = a * y.h[d][i]
                    + b * x.h[d][i]
                    + ab * (y.g[i] * y.g[j] - x.g[i] * x.g[j])
                    + bb * (y.g[i] * x.g[j] + x.g[i] * y.g[j]);
            }
        }
        for i in 0..W {
            angle.g[i] = a * y.g[i] + b * x.g[i];
        }
        angle.degree = Bent;
        angle
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        if self.v >= R::zero() { then } else { otherwise }
    }
}

impl<R: Real, const N: usize, const H: usize, const W: usize> From<f64> for HalfJet<R, N, H, W> {
    #[inline(always)]
    fn from(v: f64) -> Self {
        Self::constant(R::from(v))
    }
}

impl<R: Real, const N: usize, const H: usize, const W: usize> Neg for HalfJet<R, N, H, W> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.scale(-self.v, -R::one())
    }
}

/// `a + b` and `a - b`.
macro_rules! termwise {
    ($($operator:ident $method:ident $assign:tt),*) => {$(
        impl<R: Real, const N: usize, const H: usize, const W: usize> $operator for HalfJet<R, N, H, W> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, b: Self) -> Self {
                self.v $assign b.v;
                if b.degree > Constant {
                    for i in 0..W {
                        self.g[i] $assign b.g[i];
                    }
                }
                if b.degree == Bent {
                    for d in 0..H {
                        for i in 0..N {
                            self.h[d][i] $assign b.h[d][i];
                        }
                    }
                }
                self.degree = self.degree.max(b.degree);
                self
            }
        }
        impl<R: Real, const N: usize, const H: usize, const W: usize> $operator<f64> for HalfJet<R, N, H, W> {
            type Output = Self;
            #[inline(always)]
            fn $method(mut self, b: f64) -> Self {
                self.v $assign R::from(b);
                self
            }
        }
    )*};
}
termwise!(Add add +=, Sub sub -=);

impl<R: Real, const N: usize, const H: usize, const W: usize> Mul for HalfJet<R, N, H, W> {
    type Output = Self;
    /// `∇²(ab) = a ∇²b + b ∇²a + ∇a ∇b' + ∇b ∇a'`.
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let a = self;
        let v = a.v * b.v;
        if a.degree == Constant {
            return b.scale(v, a.v);
        }
        if b.degree == Constant {
            return a.scale(v, b.v);
        }
        let mut product = Self::constant(v);
        let cross = |i: usize, j: usize| a.g[i] * b.g[j] + b.g[i] * a.g[j];
        for d in 0..H {
            for i in 0..N {
                let (ah, bh, cross) = (a.h[d][i], b.h[d][i], cross(i, i + d));
                product.h[d][i] = match (a.degree, b.degree) {
                    (Bent, Bent) => a.v * bh + b.v * ah + cross,
                    (Bent, _) => b.v * ah + cross,
                    (_, Bent) => a.v * bh + cross,
                    _ => cross,
                };
            }
        }
        for i in 0..W {
            product.g[i] = a.v * b.g[i] + b.v * a.g[i];
        }
        product.degree = Bent;
        product
    }
}

impl<R: Real, const N: usize, const H: usize, const W: usize> Div for HalfJet<R, N, H, W> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let mut quotient = self * b.recip();
        quotient.v = self.v / b.v;
        quotient
    }
}

impl<R: Real, const N: usize, const H: usize, const W: usize> Mul<f64> for HalfJet<R, N, H, W> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: f64) -> Self {
        self.scale(self.v * b, R::from(b))
    }
}

impl<R: Real, const N: usize, const H: usize, const W: usize> Div<f64> for HalfJet<R, N, H, W> {
    type Output = Self;
    #[inline(always)]
    fn div(mut self, b: f64) -> Self {
        self.v = self.v / b;
        for i in 0..W {
            self.g[i] = self.g[i] / b;
        }
        self.bend(|_, _, h| h / b);
        self
    }
}
