//! Forward derivatives: a number that carries its first derivatives along.

use alloc::vec::Vec;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::{Function, Scalar};

/// A value and its derivatives in `NX` directions, and in `NU` more.
///
/// Two groups, because a system `x' = f(x, u)` wants `A = ∂f/∂x` and `B = ∂f/∂u` in one pass, and a type
/// cannot yet say `NX + NU`. The tangents are themselves [`Scalar`]s, so duals nest: a dual of a dual holds
/// second derivatives.
#[derive(Clone, Copy, Debug)]
pub struct Dual<S, const NX: usize, const NU: usize = 0> {
    /// The value.
    pub v: S,
    /// Derivatives in the first group of directions.
    pub x: [S; NX],
    /// Derivatives in the second group of directions.
    pub u: [S; NU],
}

impl<S: Scalar, const NX: usize, const NU: usize> Dual<S, NX, NU> {
    /// A constant: value `v`, all derivatives zero.
    #[inline(always)]
    pub fn constant(v: S) -> Self {
        Dual { v, x: [S::from(0.0); NX], u: [S::from(0.0); NU] }
    }

    /// The variable of direction `i` of the first group: derivative 1 there.
    ///
    /// # Panics
    /// When `i >= NX`.
    #[inline(always)]
    pub fn variable(v: S, i: usize) -> Self {
        let mut dual = Self::constant(v);
        dual.x[i] = S::from(1.0);
        dual
    }

    /// The variable of direction `j` of the second group: derivative 1 there.
    ///
    /// # Panics
    /// When `j >= NU`.
    #[inline(always)]
    pub fn control(v: S, j: usize) -> Self {
        let mut dual = Self::constant(v);
        dual.u[j] = S::from(1.0);
        dual
    }

    /// These numbers as the variables of the first group, each with its own direction.
    #[inline(always)]
    pub fn variables(x: [S; NX]) -> [Self; NX] {
        let mut variables = [Self::constant(S::from(0.0)); NX];
        for i in 0..NX {
            variables[i] = Self::variable(x[i], i);
        }
        variables
    }

    /// These numbers as the variables of the second group, each with its own direction.
    #[inline(always)]
    pub fn controls(u: [S; NU]) -> [Self; NU] {
        let mut controls = [Self::constant(S::from(0.0)); NU];
        for j in 0..NU {
            controls[j] = Self::control(u[j], j);
        }
        controls
    }

    /// The chain rule: `f(self)`, given `f` and `f'` at the value.
    #[inline(always)]
    fn chain(mut self, value: S, slope: S) -> Self {
        for i in 0..NX {
            self.x[i] = self.x[i] * slope;
        }
        for i in 0..NU {
            self.u[i] = self.u[i] * slope;
        }
        self.v = value;
        self
    }

    /// The chain rule in two arguments: `f(self, b)`, given `f`, `∂f/∂self` and `∂f/∂b`.
    #[inline(always)]
    fn chain2(self, b: Self, value: S, slope: S, slope_b: S) -> Self {
        let (mut x, mut u) = (self.x, self.u);
        for i in 0..NX {
            x[i] = x[i].fma(slope, b.x[i] * slope_b);
        }
        for i in 0..NU {
            u[i] = u[i].fma(slope, b.u[i] * slope_b);
        }
        Dual { v: value, x, u }
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Scalar for Dual<S, NX, NU> {
    #[inline(always)]
    fn add_scaled(mut self, b: Self, factor: f64) -> Self {
        for i in 0..NX {
            self.x[i] = self.x[i].add_scaled(b.x[i], factor);
        }
        for i in 0..NU {
            self.u[i] = self.u[i].add_scaled(b.u[i], factor);
        }
        self.v = self.v.add_scaled(b.v, factor);
        self
    }
    #[inline(always)]
    fn sin_cos(self) -> (Self, Self) {
        let (sin, cos) = self.v.sin_cos();
        (self.chain(sin, cos), self.chain(cos, -sin))
    }
    #[inline(always)]
    fn exp(self) -> Self {
        let e = self.v.exp();
        self.chain(e, e)
    }
    #[inline(always)]
    fn ln(self) -> Self {
        self.chain(self.v.ln(), S::from(1.0) / self.v)
    }
    #[inline(always)]
    fn sqrt(self) -> Self {
        let root = self.v.sqrt();
        self.chain(root, S::from(0.5) / root)
    }
    #[inline(always)]
    fn powi(self, n: i32) -> Self {
        if n == 0 {
            return Self::from(1.0);
        }
        self.chain(self.v.powi(n), self.v.powi(n.saturating_sub(1)) * f64::from(n))
    }
    #[inline(always)]
    fn powf(self, p: f64) -> Self {
        if p == 0.0 {
            return Self::from(1.0);
        }
        self.chain(self.v.powf(p), self.v.powf(p - 1.0) * p)
    }
    #[inline(always)]
    fn tanh(self) -> Self {
        self.chain(self.v.tanh(), tanh_slope(self.v))
    }
    #[inline(always)]
    fn atan2(self, x: Self) -> Self {
        let r2 = self.v * self.v + x.v * x.v;
        self.chain2(x, self.v.atan2(x.v), x.v / r2, -self.v / r2)
    }
    #[inline(always)]
    fn wrap(self) -> Self {
        Dual { v: self.v.wrap(), ..self }
    }
    #[inline(always)]
    fn select(self, then: Self, otherwise: Self) -> Self {
        let (mut x, mut u) = (then.x, then.u);
        for i in 0..NX {
            x[i] = self.v.select(then.x[i], otherwise.x[i]);
        }
        for i in 0..NU {
            u[i] = self.v.select(then.u[i], otherwise.u[i]);
        }
        Dual { v: self.v.select(then.v, otherwise.v), x, u }
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> From<f64> for Dual<S, NX, NU> {
    #[inline(always)]
    fn from(v: f64) -> Self {
        Self::constant(S::from(v))
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Neg for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn neg(mut self) -> Self {
        for i in 0..NX {
            self.x[i] = -self.x[i];
        }
        for i in 0..NU {
            self.u[i] = -self.u[i];
        }
        self.v = -self.v;
        self
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Add for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, b: Self) -> Self {
        for i in 0..NX {
            self.x[i] = self.x[i] + b.x[i];
        }
        for i in 0..NU {
            self.u[i] = self.u[i] + b.u[i];
        }
        self.v = self.v + b.v;
        self
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Sub for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, b: Self) -> Self {
        for i in 0..NX {
            self.x[i] = self.x[i] - b.x[i];
        }
        for i in 0..NU {
            self.u[i] = self.u[i] - b.u[i];
        }
        self.v = self.v - b.v;
        self
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Mul for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        self.chain2(b, self.v * b.v, b.v, self.v)
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Div for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let quotient = self.v / b.v;
        let slope = S::from(1.0) / b.v;
        self.chain2(b, quotient, slope, -quotient * slope)
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Add<f64> for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn add(mut self, b: f64) -> Self {
        self.v = self.v + b;
        self
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Sub<f64> for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn sub(mut self, b: f64) -> Self {
        self.v = self.v - b;
        self
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Mul<f64> for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn mul(mut self, b: f64) -> Self {
        for i in 0..NX {
            self.x[i] = self.x[i] * b;
        }
        for i in 0..NU {
            self.u[i] = self.u[i] * b;
        }
        self.v = self.v * b;
        self
    }
}

impl<S: Scalar, const NX: usize, const NU: usize> Div<f64> for Dual<S, NX, NU> {
    type Output = Self;
    #[inline(always)]
    fn div(mut self, b: f64) -> Self {
        for i in 0..NX {
            self.x[i] = self.x[i] / b;
        }
        for i in 0..NU {
            self.u[i] = self.u[i] / b;
        }
        self.v = self.v / b;
        self
    }
}

/// `1 - tanh² x = 4e/(1 + e)²` with `e = exp(-2|x|)`: no digit is lost where tanh x is near 1.
#[inline(always)]
pub(crate) fn tanh_slope<S: Scalar>(x: S) -> S {
    let e = (x.abs() * -2.0).exp();
    e * 4.0 / ((e + 1.0) * (e + 1.0))
}

/// Directions carried in one pass: two AVX-512 or four SSE registers of them.
const LANES: usize = 8;

/// `(f(x), ∇f(x))`, exact to rounding: one pass of [`Dual`] for each eight coordinates.
pub fn gradient<F: Function + ?Sized>(f: &F, x: &[f64]) -> (f64, Vec<f64>) {
    let mut point: Vec<Dual<f64, LANES>> = x.iter().map(|&v| Dual::constant(v)).collect();
    let mut gradient = Vec::with_capacity(x.len());
    let mut value = f64::NAN;
    for first in (0..x.len().max(1)).step_by(LANES) {
        let lanes = first..x.len().min(first + LANES);
        for i in lanes.clone() {
            point[i].x[i - first] = 1.0;
        }
        let f = f.value(&point);
        value = f.v;
        gradient.extend_from_slice(&f.x[..lanes.len()]);
        for i in lanes {
            point[i].x[i - first] = 0.0;
        }
    }
    (value, gradient)
}

/// `∇²f(x) v`, exact to rounding: the gradient's derivative along `v`, one pass of a [`Dual`] of a [`Dual`] for each eight
/// coordinates. No pattern is asked for, and no step size.
///
/// # Panics
/// When `x` and `v` differ in length.
pub fn product<F: Function + ?Sized>(f: &F, x: &[f64], v: &[f64]) -> Vec<f64> {
    assert!(x.len() == v.len(), "a point of {} elements and a direction of {}", x.len(), v.len());
    let along = |(&v, &slope): (&f64, &f64)| Dual::constant(Dual { v, x: [slope], u: [] });
    let mut point: Vec<Dual<Dual<f64, 1>, LANES>> = x.iter().zip(v).map(along).collect();
    let mut product = Vec::with_capacity(x.len());
    for first in (0..x.len()).step_by(LANES) {
        let lanes = first..x.len().min(first + LANES);
        for i in lanes.clone() {
            point[i].x[i - first] = Dual::from(1.0);
        }
        product.extend(f.value(&point).x[..lanes.len()].iter().map(|slope| slope.x[0]));
        for i in lanes {
            point[i].x[i - first] = Dual::from(0.0);
        }
    }
    product
}
