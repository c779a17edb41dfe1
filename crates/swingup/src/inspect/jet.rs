//! Second-order jets: a number that carries its gradient and its Hessian along.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::{Function, Scalar};

/// A value with its gradient and Hessian in `N` directions: `f(x + z) = v + g'z + 1/2 z'hz + O(z³)`.
///
/// The Hessian is stored whole and is symmetric to the last bit.
#[derive(Clone, Copy, Debug)]
pub struct Jet<S, const N: usize> {
    /// The value.
    pub v: S,
    /// First derivatives.
    pub g: [S; N],
    /// Second derivatives.
    pub h: [[S; N]; N],
}

impl<S: Scalar, const N: usize> Jet<S, N> {
    /// A constant: value `v`, all derivatives zero.
    #[inline(always)]
    pub fn constant(v: S) -> Self {
        Jet { v, g: [S::from(0.0); N], h: [[S::from(0.0); N]; N] }
    }

    /// The variable of direction `i`: derivative 1 there.
    ///
    /// # Panics
    /// When `i >= N`.
    #[inline(always)]
    pub fn variable(v: S, i: usize) -> Self {
        let mut jet = Self::constant(v);
        jet.g[i] = S::from(1.0);
        jet
    }

    /// The chain rule: `∇f = f' g`, `∇²f = f' h + f'' g g'`.
    #[inline(always)]
    fn chain(mut self, value: S, slope: S, curvature: S) -> Self {
        let g = self.g;
        for i in 0..N {
            for j in 0..N {
                self.h[i][j] = self.h[i][j] * slope + g[i] * g[j] * curvature;
            }
            self.g[i] = g[i] * slope;
        }
        self.v = value;
        self
    }

    #[inline(always)]
    fn zip(mut self, b: Self, op: impl Fn(S, S) -> S) -> Self {
        for i in 0..N {
            for j in 0..N {
                self.h[i][j] = op(self.h[i][j], b.h[i][j]);
            }
            self.g[i] = op(self.g[i], b.g[i]);
        }
        self.v = op(self.v, b.v);
        self
    }

    #[inline(always)]
    fn map(mut self, op: impl Fn(S) -> S) -> Self {
        for i in 0..N {
            for j in 0..N {
                self.h[i][j] = op(self.h[i][j]);
            }
            self.g[i] = op(self.g[i]);
        }
        self.v = op(self.v);
        self
    }

    #[inline(always)]
    fn recip(self) -> Self {
        let r = S::from(1.0) / self.v;
        self.chain(r, -(r * r), r * r * r * 2.0)
    }
}

/// The functions of one number that a jet follows by `chain(value, f', f'')`: one text for [`Jet`] and for those that keep half.
macro_rules! functions_by_chain_rule {
    ($number:ty) => {
        #[inline(always)]
        fn sin_cos(self) -> (Self, Self) {
            let (sin, cos) = self.v.sin_cos();
            (self.chain(sin, cos, -sin), self.chain(cos, -sin, -cos))
        }
        #[inline(always)]
        fn exp(self) -> Self {
            let e = self.v.exp();
            self.chain(e, e, e)
        }
        #[inline(always)]
        fn ln(self) -> Self {
            let r = <$number>::from(1.0) / self.v;
            self.chain(self.v.ln(), r, -(r * r))
        }
        #[inline(always)]
        fn sqrt(self) -> Self {
            let root = self.v.sqrt();
            let slope = <$number>::from(0.5) / root;
            self.chain(root, slope, -slope / self.v * 0.5)
        }
        #[inline(always)]
        fn powi(self, n: i32) -> Self {
            let k = f64::from(n);
            match n {
                0 => Self::from(1.0),
                1 => self,
                _ => self.chain(
                    self.v.powi(n),
                    self.v.powi(n.saturating_sub(1)) * k,
                    self.v.powi(n.saturating_sub(2)) * (k * (k - 1.0)),
                ),
            }
        }
        #[inline(always)]
        fn powf(self, p: f64) -> Self {
            if p == 0.0 || p == 1.0 {
                return self.powi(p as i32);
            }
            self.chain(self.v.powf(p), self.v.powf(p - 1.0) * p, self.v.powf(p - 2.0) * (p * (p - 1.0)))
        }
        #[inline(always)]
        fn tanh(self) -> Self {
            let t = self.v.tanh();
            let slope = $crate::inspect::tanh_slope(self.v);
            self.chain(t, slope, t * slope * -2.0)
        }
        #[inline(always)]
        fn wrap(self) -> Self {
            Self { v: self.v.wrap(), ..self }
        }
    };
}
pub(crate) use functions_by_chain_rule;

/// `d atan2(y, x) = a dy + b dx = (x dy - y dx)/r²`; and of its second derivatives `ab` goes with `dy² - dx²`, `bb` with `dx dy`.
#[inline(always)]
pub(crate) fn slopes_of_atan2<S: Scalar>(y: S, x: S) -> [S; 4] {
    let r2 = y * y + x * x;
    let (a, b) = (x / r2, -(y / r2));
    [a, b, a * b * 2.0, b * b - a * a]
}

impl<S: Scalar, const N: usize> Scalar for Jet<S, N> {
    functions_by_chain_rule!(S);

    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let y = self;
        let [a, b, ab, bb] = slopes_of_atan2(y.v, x.v);
        let mut angle = Self::constant(y.v.atan2(x.v));
        for i in 0..N {
            for j in 0..N {
                angle.h[i][j] = a * y.h[i][j]
                    + b * x.h[i][j]
                    + ab * (y.g[i] * y.g[j] - x.g[i] * x.g[j])
                    + bb * (y.g[i] * x.g[j] + x.g[i] * y.g[j]);
            }
            angle.g[i] = a * y.g[i] + b * x.g[i];
        }
        angle
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        then.zip(otherwise, |a, b| self.v.select(a, b))
    }
}

impl<S: Scalar, const N: usize> From<f64> for Jet<S, N> {
    #[inline(always)]
    fn from(v: f64) -> Self {
        Self::constant(S::from(v))
    }
}

impl<S: Scalar, const N: usize> Neg for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        self.map(|d| -d)
    }
}

impl<S: Scalar, const N: usize> Add for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        self.zip(b, |a, b| a + b)
    }
}

impl<S: Scalar, const N: usize> Sub for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self.zip(b, |a, b| a - b)
    }
}

impl<S: Scalar, const N: usize> Mul for Jet<S, N> {
    type Output = Self;
    /// `∇²(ab) = a ∇²b + b ∇²a + ∇a ∇b' + ∇b ∇a'`.
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let a = self;
        let mut product = a;
        for i in 0..N {
            for j in 0..N {
                product.h[i][j] = a.v * b.h[i][j] + b.v * a.h[i][j] + (a.g[i] * b.g[j] + b.g[i] * a.g[j]);
            }
            product.g[i] = a.v * b.g[i] + b.v * a.g[i];
        }
        product.v = a.v * b.v;
        product
    }
}

impl<S: Scalar, const N: usize> Div for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let mut quotient = self * b.recip();
        quotient.v = self.v / b.v;
        quotient
    }
}

impl<S: Scalar, const N: usize> Add<f64> for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, b: f64) -> Self {
        self.v = self.v + b;
        self
    }
}

impl<S: Scalar, const N: usize> Sub<f64> for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, b: f64) -> Self {
        self.v = self.v - b;
        self
    }
}

impl<S: Scalar, const N: usize> Mul<f64> for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: f64) -> Self {
        self.map(|d| d * b)
    }
}

impl<S: Scalar, const N: usize> Div<f64> for Jet<S, N> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: f64) -> Self {
        self.map(|d| d / b)
    }
}

/// Coordinates in a block; a pass carries the directions of two blocks.
const BLOCK: usize = 4;

/// `(f(x), ∇f(x), ∇²f(x))`, exact to rounding; the Hessian n × n by rows, symmetric to the last bit.
///
/// One pass of [`Jet`] for each pair of blocks of four coordinates: one for n up to 8, three up to 12.
pub fn hessian<F: Function + ?Sized>(f: &F, x: &[f64]) -> (f64, Vec<f64>, Vec<f64>) {
    let n = x.len();
    let (mut gradient, mut hessian) = (vec![0.0; n], vec![0.0; n * n]);
    let mut value = f64::NAN;
    let mut point: Vec<Jet<f64, { 2 * BLOCK }>> = x.iter().map(|&v| Jet::constant(v)).collect();
    let blocks = || (0..n.max(1)).step_by(BLOCK);
    // Pairs of different blocks cover the diagonal too; a single block is its own pair.
    let pairs = blocks().flat_map(|b| blocks().take_while(move |&o| o < b).map(move |o| (b, o)));
    for (block, other) in pairs.chain((n <= BLOCK).then_some((0, 0))) {
        let ends = |first: usize| first..n.min(first + BLOCK);
        let mut directions: Vec<usize> = ends(block).collect();
        if other != block {
            directions.extend(ends(other));
        }
        for (lane, &i) in directions.iter().enumerate() {
            point[i].g[lane] = 1.0;
        }
        let f = f.value(&point);
        value = f.v;
        for (lane, &i) in directions.iter().enumerate() {
            gradient[i] = f.g[lane];
            for (lane_j, &j) in directions.iter().enumerate() {
                hessian[i * n + j] = f.h[lane][lane_j];
            }
            point[i].g[lane] = 0.0;
        }
    }
    (value, gradient, hessian)
}
