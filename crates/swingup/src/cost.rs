//! What a motion costs, told term by term: squares, which Gauss and Newton know how to expand, Huber's, and any other.

use nalgebra::{SMatrix, SVector};

use crate::constraints::MarginSink;
use crate::inspect::{Dual, Sparsity};
use crate::second_order::Bending;
use crate::{At, Real, Scalar};

/// Takes the terms of a cost. What a term says besides its value is the sink's affair.
///
/// A weight is never negative and depends on neither `x` nor `u`: the derivatives take it as a constant. What is weighed by
/// the state goes through [`add`](CostSink::add). [`Ocp`](crate::Ocp) refuses others, where states and controls are 64 or fewer.
pub trait CostSink<S: Scalar> {
    /// `w r²`: Gauss-Newton keeps `2w ∇r ∇r'` of its Hessian.
    fn square(&mut self, weight: impl Into<S>, residual: S);

    /// Huber's function, `w r²` while `|r| <= d` and `w d (2|r| - d)` beyond: far away it pulls no harder than at `d`.
    ///
    /// Its Hessian has `2w ∇r ∇r'` inside and none outside.
    fn huber(&mut self, weight: impl Into<S>, residual: S, width: f64);

    /// Any other term; only the exact Hessian knows its curvature.
    fn add(&mut self, value: S);
}

/// The cost of a motion: a sum over knots of terms in the state and the control there.
///
/// ```
/// use swingup::{At, Cost, CostSink, Scalar};
///
/// /// The pole up, the cart at the origin: (θ - π)² + 0.1 x² + 0.01 u².
/// struct Upright;
/// impl Cost<4, 1> for Upright {
///     #[inline(always)]
///     fn running<S: Scalar>(&self, _: &At<'_, S, 0>, [x, _, theta, _]: [S; 4], [u]: [S; 1], sink: &mut impl CostSink<S>) {
///         sink.square(1.0, theta - std::f64::consts::PI);
///         sink.square(0.1, x);
///         sink.square(0.01, u);
///     }
///     #[inline(always)]
///     fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [.., theta, omega]: [S; 4], sink: &mut impl CostSink<S>) {
///         sink.square(10.0, (theta - std::f64::consts::PI).wrap());
///         sink.square(1.0, omega);
///     }
/// }
/// ```
pub trait Cost<const NX: usize, const NU: usize, const NP: usize = 0> {
    /// The terms of a knot that has a control.
    fn running<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl CostSink<S>);
    /// The terms of the last knot.
    fn terminal<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], sink: &mut impl CostSink<S>);

    /// Constraints that come with the cost: none, unless it is [subject to](crate::Ocp::subject_to) some.
    #[inline(always)]
    fn margins<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; NX], _: [S; NU], _: &mut impl MarginSink<S>) {}
    /// Those of the last knot.
    #[inline(always)]
    fn terminal_margins<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; NX], _: &mut impl MarginSink<S>) {}
}

/// The way from a reference, as a quadratic: `Σ q_i (x_i - goal_i)² + Σ r_j (u_j - rest_j)²`, and at the last knot
/// `terminal` times its part of the state.
#[derive(Clone, Debug, PartialEq)]
pub struct Tracking<const NX: usize, const NU: usize> {
    /// Weights of the states.
    pub q: [f64; NX],
    /// Weights of the controls.
    pub r: [f64; NU],
    /// The state to come to.
    pub goal: [f64; NX],
    /// The control that costs nothing.
    pub rest: [f64; NU],
    /// Factor of the last knot.
    pub terminal: f64,
}

impl<const NX: usize, const NU: usize, const NP: usize> Cost<NX, NU, NP> for Tracking<NX, NU> {
    #[inline(always)]
    fn running<S: Scalar>(&self, _: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl CostSink<S>) {
        for i in 0..NX {
            sink.square(self.q[i], x[i] - self.goal[i]);
        }
        for j in 0..NU {
            sink.square(self.r[j], u[j] - self.rest[j]);
        }
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, NP>, x: [S; NX], sink: &mut impl CostSink<S>) {
        for i in 0..NX {
            sink.square(self.terminal * self.q[i], x[i] - self.goal[i]);
        }
    }
}

/// The cost itself.
pub(crate) struct Total<S>(pub S);

impl<S: Scalar> CostSink<S> for Total<S> {
    #[inline(always)]
    fn square(&mut self, weight: impl Into<S>, r: S) {
        self.0 = self.0 + weight.into() * r * r;
    }
    #[inline(always)]
    fn huber(&mut self, weight: impl Into<S>, r: S, d: f64) {
        let beyond = r.abs() - d;
        self.0 = self.0 + weight.into() * beyond.select((beyond * 2.0 + d) * d, r * r);
    }
    #[inline(always)]
    fn add(&mut self, value: S) {
        self.0 = self.0 + value;
    }
}

/// Value, gradient and Gauss-Newton Hessian.
pub(crate) struct GaussNewton<R, const NX: usize, const NU: usize> {
    pub x: SVector<R, NX>,
    pub u: SVector<R, NU>,
    pub xx: SMatrix<R, NX, NX>,
    pub ux: SMatrix<R, NU, NX>,
    pub uu: SMatrix<R, NU, NU>,
}

impl<R: Real, const NX: usize, const NU: usize> GaussNewton<R, NX, NU> {
    #[inline(always)]
    pub fn new() -> Self {
        let (x, u) = (SVector::zeros(), SVector::zeros());
        GaussNewton { x, u, xx: SMatrix::zeros(), ux: SMatrix::zeros(), uu: SMatrix::zeros() }
    }

    /// A term with this slope and curvature in `r`: `slope ∇r` and `curvature ∇r ∇r'`.
    ///
    /// Most residuals depend on one argument, so that what is zero is passed over.
    #[inline(always)]
    fn term(&mut self, r: &Dual<R, NX, NU>, slope: R, curvature: R) {
        for j in 0..NX {
            if r.x[j] == R::zero() {
                continue;
            }
            self.x[j] += slope * r.x[j];
            let bend = curvature * r.x[j];
            for i in 0..NX {
                self.xx[(i, j)] += r.x[i] * bend;
            }
            for i in 0..NU {
                self.ux[(i, j)] += r.u[i] * bend;
            }
        }
        for j in 0..NU {
            if r.u[j] == R::zero() {
                continue;
            }
            self.u[j] += slope * r.u[j];
            let bend = curvature * r.u[j];
            for i in 0..NU {
                self.uu[(i, j)] += r.u[i] * bend;
            }
        }
    }
}

impl<R: Real, const NX: usize, const NU: usize> CostSink<Dual<R, NX, NU>> for GaussNewton<R, NX, NU> {
    #[inline(always)]
    fn square(&mut self, weight: impl Into<Dual<R, NX, NU>>, r: Dual<R, NX, NU>) {
        let twice = weight.into().v * 2.0;
        self.term(&r, twice * r.v, twice);
    }
    #[inline(always)]
    fn huber(&mut self, weight: impl Into<Dual<R, NX, NU>>, r: Dual<R, NX, NU>, d: f64) {
        let (slope, curvature) = huber_slope(weight.into().v, r.v, d);
        self.term(&r, slope, curvature);
    }
    #[inline(always)]
    fn add(&mut self, value: Dual<R, NX, NU>) {
        self.term(&value, R::one(), R::zero());
    }
}

/// First and second derivative of Huber's function in r.
#[inline(always)]
fn huber_slope<R: Real>(weight: R, r: R, d: f64) -> (R, R) {
    let twice = weight * 2.0;
    let beyond = r.abs() - d;
    let sign = r.select(R::one(), -R::one());
    (twice * beyond.select(sign * d, r), twice * beyond.select(R::zero(), R::one()))
}

/// What the exact Hessian has and Gauss-Newton has not: the curvature of the residuals and of the other terms.
pub(crate) struct Curvature<R, J: Bending<R>>(pub J::Hessian);

impl<R: Real, J: Bending<R>> CostSink<J> for Curvature<R, J> {
    #[inline(always)]
    fn square(&mut self, weight: impl Into<J>, r: J) {
        r.weigh(weight.into().value() * r.value() * 2.0, &mut self.0);
    }
    #[inline(always)]
    fn huber(&mut self, weight: impl Into<J>, r: J, d: f64) {
        r.weigh(huber_slope(weight.into().value(), r.value(), d).0, &mut self.0);
    }
    #[inline(always)]
    fn add(&mut self, value: J) {
        value.weigh(R::one(), &mut self.0);
    }
}

/// The structure of what [`Curvature`] takes.
#[derive(Default)]
pub(crate) struct Bends(pub alloc::vec::Vec<Sparsity>);

impl CostSink<Sparsity> for Bends {
    fn square(&mut self, _: impl Into<Sparsity>, r: Sparsity) {
        self.0.push(r);
    }
    fn huber(&mut self, _: impl Into<Sparsity>, r: Sparsity, _: f64) {
        self.0.push(r);
    }
    fn add(&mut self, value: Sparsity) {
        self.0.push(value);
    }
}

/// Are all squares linear, and are there none of Huber's functions? Then the Gauss-Newton Hessian is the same everywhere.
pub(crate) struct Even(pub bool);

impl CostSink<Sparsity> for Even {
    fn square(&mut self, _: impl Into<Sparsity>, r: Sparsity) {
        self.0 &= r.is_linear();
    }
    fn huber(&mut self, _: impl Into<Sparsity>, _: Sparsity, _: f64) {
        self.0 = false;
    }
    fn add(&mut self, _: Sparsity) {}
}

/// The first weight that depends on an argument: its place among the terms.
#[derive(Default)]
pub(crate) struct Moving {
    terms: usize,
    pub term: Option<usize>,
}

impl Moving {
    fn see(&mut self, weight: Sparsity) {
        if !weight.is_constant() && self.term.is_none() {
            self.term = Some(self.terms);
        }
        self.terms += 1;
    }
}

impl CostSink<Sparsity> for Moving {
    fn square(&mut self, weight: impl Into<Sparsity>, _: Sparsity) {
        self.see(weight.into());
    }
    fn huber(&mut self, weight: impl Into<Sparsity>, _: Sparsity, _: f64) {
        self.see(weight.into());
    }
    fn add(&mut self, _: Sparsity) {
        self.terms += 1;
    }
}

/// The weight of the term that has so many before it.
pub(crate) struct WeightOf {
    pub before: usize,
    pub weight: f64,
}

impl WeightOf {
    fn see(&mut self, weight: f64) {
        if self.before == 0 {
            self.weight = weight;
        }
        self.before = self.before.wrapping_sub(1);
    }
}

impl CostSink<f64> for WeightOf {
    fn square(&mut self, weight: impl Into<f64>, _: f64) {
        self.see(weight.into());
    }
    fn huber(&mut self, weight: impl Into<f64>, _: f64, _: f64) {
        self.see(weight.into());
    }
    fn add(&mut self, _: f64) {
        self.see(0.0);
    }
}

/// The first weight or width that is no weight: its place among the terms, its name, its value.
#[derive(Default)]
pub(crate) struct Check {
    terms: usize,
    pub wrong: Option<(usize, &'static str, f64)>,
}

impl Check {
    fn term(&mut self, name: &'static str, value: f64, fine: bool) {
        if !fine && self.wrong.is_none() {
            self.wrong = Some((self.terms, name, value));
        }
    }
}

impl CostSink<f64> for Check {
    fn square(&mut self, weight: impl Into<f64>, _: f64) {
        let weight = weight.into();
        self.term("weight", weight, weight >= 0.0 && weight.is_finite());
        self.terms += 1;
    }
    fn huber(&mut self, weight: impl Into<f64>, _: f64, width: f64) {
        let weight = weight.into();
        self.term("weight", weight, weight >= 0.0 && weight.is_finite());
        self.term("width", width, width > 0.0 && width.is_finite());
        self.terms += 1;
    }
    fn add(&mut self, _: f64) {
        self.terms += 1;
    }
}
