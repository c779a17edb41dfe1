//! Jets that know which of their derivatives are zero whatever the values: what a small problem on knots is expanded with.

use core::ops::{Add, Div, Mul, Neg, Sub};

use super::Bending;
use crate::inspect::{functions_by_chain_rule, slopes_of_atan2};
use crate::{Real, Scalar};

/// `body` for each `I < n <= 16`, written out: the lane is a constant there.
macro_rules! each_lane {
    ($n:expr, $i:ident, $body:block) => {
        each_lane!(@lanes $n, $i, $body, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    };
    (@lanes $n:expr, $i:ident, $body:block, $($lane:literal)*) => {
        $(if const { $lane < $n } {
            const $i: usize = $lane;
            $body
        })*
    };
}
pub(crate) use each_lane;

/// `body` for each `J <= I < n <= 8`, written out.
macro_rules! each_pair {
    ($n:expr, $i:ident, $j:ident, $body:block) => {
        each_pair!(@row $n, $i, $j, $body, 0, 0);
        each_pair!(@row $n, $i, $j, $body, 1, 0 1);
        each_pair!(@row $n, $i, $j, $body, 2, 0 1 2);
        each_pair!(@row $n, $i, $j, $body, 3, 0 1 2 3);
        each_pair!(@row $n, $i, $j, $body, 4, 0 1 2 3 4);
        each_pair!(@row $n, $i, $j, $body, 5, 0 1 2 3 4 5);
        each_pair!(@row $n, $i, $j, $body, 6, 0 1 2 3 4 5 6);
        each_pair!(@row $n, $i, $j, $body, 7, 0 1 2 3 4 5 6 7);
    };
    (@row $n:expr, $i:ident, $j:ident, $body:block, $row:literal, $($column:literal)*) => {
        if const { $row < $n } {
            const $i: usize = $row;
            $({
                const $j: usize = $column;
                $body
            })*
        }
    };
}
pub(crate) use each_pair;

/// A [`Jet`](crate::inspect::Jet) in `N <= 8` directions whose zeros are `None`: `T = N (N + 1)/2` second derivatives, the lower
/// triangle by rows.
///
/// What is `None` does not depend on the values. Where lanes are constants and all is inlined the compiler knows it too, and what
/// it compiles of a model is its own Hessian, without loop, test or zero: hence the [`each_pair`] instead of loops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SparseJet<R, const N: usize, const T: usize> {
    v: R,
    g: [Option<R>; N],
    h: [Option<R>; T],
}

/// Place of `(i, j)`, `j <= i`, in a triangle by rows.
pub(crate) const fn place(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

#[inline(always)]
fn plus<R: Real>(a: Option<R>, b: Option<R>) -> Option<R> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, None) => a,
        (None, b) => b,
    }
}

#[inline(always)]
fn times<R: Real>(a: Option<R>, b: Option<R>) -> Option<R> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a * b),
        _ => None,
    }
}

#[inline(always)]
fn scaled<R: Real>(a: Option<R>, factor: R) -> Option<R> {
    times(a, Some(factor))
}

impl<R: Real, const N: usize, const T: usize> SparseJet<R, N, T> {
    #[inline(always)]
    fn constant(v: R) -> Self {
        const { assert!(N <= 8 && T == N * (N + 1) / 2) };
        SparseJet { v, g: [None; N], h: [None; T] }
    }

    /// The variable of a direction.
    #[inline(always)]
    pub fn variable(v: R, lane: usize) -> Self {
        let mut jet = Self::constant(v);
        jet.g[lane] = Some(R::one());
        jet
    }

    /// Each derivative from those of `self` and `b`.
    #[inline(always)]
    fn zip(mut self, b: &Self, v: R, op: impl Fn(Option<R>, Option<R>) -> Option<R>) -> Self {
        each_pair!(N, I, J, { self.h[place(I, J)] = op(self.h[place(I, J)], b.h[place(I, J)]) });
        each_lane!(N, I, { self.g[I] = op(self.g[I], b.g[I]) });
        self.v = v;
        self
    }

    /// Each derivative from its own.
    #[inline(always)]
    fn map(mut self, v: R, op: impl Fn(R) -> R) -> Self {
        each_pair!(N, I, J, { self.h[place(I, J)] = self.h[place(I, J)].map(&op) });
        each_lane!(N, I, { self.g[I] = self.g[I].map(&op) });
        self.v = v;
        self
    }

    /// The chain rule: `∇f = f' g`, `∇²f = f' h + f'' g g'`.
    #[inline(always)]
    fn chain(mut self, value: R, slope: R, curvature: R) -> Self {
        each_pair!(N, I, J, {
            let h = scaled(self.h[place(I, J)], slope);
            self.h[place(I, J)] = plus(h, scaled(times(self.g[I], self.g[J]), curvature));
        });
        each_lane!(N, I, { self.g[I] = scaled(self.g[I], slope) });
        self.v = value;
        self
    }

    #[inline(always)]
    fn recip(self) -> Self {
        let r = R::one() / self.v;
        self.chain(r, -(r * r), r * r * r * 2.0)
    }
}

impl<R: Real, const N: usize, const T: usize> Bending<R> for SparseJet<R, N, T> {
    type Hessian = [Option<R>; T];

    #[inline(always)]
    fn flat() -> Self::Hessian {
        [None; T]
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
        each_pair!(N, I, J, {
            let h = &mut sum[place(I, J)];
            *h = plus(*h, scaled(self.h[place(I, J)], weight));
        });
    }
}

impl<R: Real, const N: usize, const T: usize> Scalar for SparseJet<R, N, T> {
    functions_by_chain_rule!(R);

    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let y = self;
        let [a, b, ab, bb] = slopes_of_atan2(y.v, x.v);
        let mut angle = Self::constant(y.v.atan2(x.v));
        each_pair!(N, I, J, {
            let k = place(I, J);
            let squares = plus(times(y.g[I], y.g[J]), times(x.g[I], x.g[J]).map(|d| -d));
            let cross = plus(times(y.g[I], x.g[J]), times(x.g[I], y.g[J]));
            let first = plus(scaled(y.h[k], a), scaled(x.h[k], b));
            angle.h[k] = plus(plus(first, scaled(squares, ab)), scaled(cross, bb));
        });
        each_lane!(N, I, { angle.g[I] = plus(scaled(y.g[I], a), scaled(x.g[I], b)) });
        angle
    }
    /// What one of the two has, it has.
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        let zero = R::zero();
        then.zip(&otherwise, self.v.select(then.v, otherwise.v), |a, b| match (a, b) {
            (None, None) => None,
            (a, b) => Some(self.v.select(a.unwrap_or(zero), b.unwrap_or(zero))),
        })
    }
}

impl<R: Real, const N: usize, const T: usize> From<f64> for SparseJet<R, N, T> {
    #[inline(always)]
    fn from(v: f64) -> Self {
        Self::constant(R::from(v))
    }
}

impl<R: Real, const N: usize, const T: usize> Neg for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(-self.v, |d| -d)
    }
}

impl<R: Real, const N: usize, const T: usize> Add for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        self.zip(&b, self.v + b.v, plus)
    }
}

impl<R: Real, const N: usize, const T: usize> Sub for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self.zip(&b, self.v - b.v, |a, b| plus(a, b.map(|d| -d)))
    }
}

impl<R: Real, const N: usize, const T: usize> Mul for SparseJet<R, N, T> {
    type Output = Self;
    /// `∇²(ab) = a ∇²b + b ∇²a + ∇a ∇b' + ∇b ∇a'`.
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let a = self;
        let mut product = Self::constant(a.v * b.v);
        each_pair!(N, I, J, {
            let k = place(I, J);
            let cross = plus(times(a.g[I], b.g[J]), times(b.g[I], a.g[J]));
            product.h[k] = plus(plus(scaled(b.h[k], a.v), scaled(a.h[k], b.v)), cross);
        });
        each_lane!(N, I, { product.g[I] = plus(scaled(b.g[I], a.v), scaled(a.g[I], b.v)) });
        product
    }
}

impl<R: Real, const N: usize, const T: usize> Div for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let mut quotient = self * b.recip();
        quotient.v = self.v / b.v;
        quotient
    }
}

impl<R: Real, const N: usize, const T: usize> Add<f64> for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, b: f64) -> Self {
        self.v = self.v + b;
        self
    }
}

impl<R: Real, const N: usize, const T: usize> Sub<f64> for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, b: f64) -> Self {
        self.v = self.v - b;
        self
    }
}

impl<R: Real, const N: usize, const T: usize> Mul<f64> for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: f64) -> Self {
        self.map(self.v * b, |d| d * b)
    }
}

impl<R: Real, const N: usize, const T: usize> Div<f64> for SparseJet<R, N, T> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: f64) -> Self {
        self.map(self.v / b, |d| d / b)
    }
}
