//! What a motion must keep: bounds on states and controls, margins that stay positive, equations that hold.

use alloc::vec::Vec;

use crate::cost::{Cost, CostSink};
use crate::inspect::Sparsity;
use crate::second_order::Bending;
use crate::{At, Real, Scalar};

/// What a violation `t >= 0` of a soft constraint costs: `linear t + 1/2 quadratic t²`.
///
/// With a linear part larger than the multiplier that the constraint would have if it were hard, it holds wherever it can.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Price {
    /// Cost per unit of violation.
    pub linear: f64,
    /// Cost per its half square.
    pub quadratic: f64,
}

/// The limits of one state or control, in its unit; an infinite one is none.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Bound {
    /// The least value.
    pub lower: f64,
    /// The largest value.
    pub upper: f64,
    /// What it costs to be outside; `None` forbids it.
    pub price: Option<Price>,
}

impl Bound {
    /// No limit.
    pub const FREE: Bound = Bound::within(f64::NEG_INFINITY, f64::INFINITY);

    /// From `lower` to `upper`.
    pub const fn within(lower: f64, upper: f64) -> Self {
        Bound { lower, upper, price: None }
    }

    /// From `-size` to `size`.
    pub const fn symmetric(size: f64) -> Self {
        Bound::within(-size, size)
    }

    /// This value and no other.
    pub const fn exactly(value: f64) -> Self {
        Bound::within(value, value)
    }

    /// The same limits, at a price instead of forbidden beyond.
    #[must_use]
    pub const fn soft(self, linear: f64, quadratic: f64) -> Self {
        Bound { price: Some(Price { linear, quadratic }), ..self }
    }
}

/// The limits of a knot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds<const NX: usize, const NU: usize> {
    /// Of the states.
    pub states: [Bound; NX],
    /// Of the controls.
    pub controls: [Bound; NU],
}

impl<const NX: usize, const NU: usize> Bounds<NX, NU> {
    /// No limits.
    pub const FREE: Self = Bounds { states: [Bound::FREE; NX], controls: [Bound::FREE; NU] };
}

/// Takes the constraints of a knot. They come in the same order, with the same names and prices, at every knot of a kind.
pub trait MarginSink<S: Scalar> {
    /// `margin >= 0`.
    fn hard(&mut self, name: &'static str, margin: S);

    /// `margin >= 0`, or a price.
    fn soft(&mut self, name: &'static str, price: Price, margin: S);

    /// `value = 0`.
    fn equal(&mut self, name: &'static str, value: S);
}

/// Constraints beyond bounds: margins, positive inside, and equations.
///
/// ```
/// use swingup::{At, Constraints, MarginSink, Scalar};
///
/// /// Keep out of a circle of radius 0.6 m around (2, 0.45).
/// struct Circle;
/// impl Constraints<6, 2> for Circle {
///     #[inline(always)]
///     fn running<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 6], _: [S; 2], sink: &mut impl MarginSink<S>) {
///         self.terminal(at, x, sink);
///     }
///     #[inline(always)]
///     fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [px, pz, ..]: [S; 6], sink: &mut impl MarginSink<S>) {
///         let (dx, dz) = (px - 2.0, pz - 0.45);
///         sink.hard("circle", dx * dx + dz * dz - 0.36);
///     }
/// }
/// ```
pub trait Constraints<const NX: usize, const NU: usize, const NP: usize = 0> {
    /// Those of a knot that has a control. The first state is given: what does not depend on the control is no constraint there.
    fn running<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl MarginSink<S>);

    /// Those of the last knot.
    fn terminal<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], sink: &mut impl MarginSink<S>);
}

/// A cost, subject to constraints: made by [`Ocp::subject_to`](crate::Ocp::subject_to).
#[derive(Clone, Debug, PartialEq)]
pub struct Subject<C, K> {
    /// What it costs.
    pub cost: C,
    /// What it must keep.
    pub constraints: K,
}

impl<C, K, const NX: usize, const NU: usize, const NP: usize> Cost<NX, NU, NP> for Subject<C, K>
where
    C: Cost<NX, NU, NP>,
    K: Constraints<NX, NU, NP>,
{
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl CostSink<S>) {
        self.cost.running(at, x, u, sink);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], sink: &mut impl CostSink<S>) {
        self.cost.terminal(at, x, sink);
    }

    #[inline(always)]
    fn margins<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU], sink: &mut impl MarginSink<S>) {
        self.cost.margins(at, x, u, sink);
        self.constraints.running(at, x, u, sink);
    }

    #[inline(always)]
    fn terminal_margins<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], sink: &mut impl MarginSink<S>) {
        self.cost.terminal_margins(at, x, sink);
        self.constraints.terminal(at, x, sink);
    }
}

/// How strictly a constraint is meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `g >= 0`.
    Hard,
    /// `g >= 0`, or a price.
    Soft(Price),
    /// `g = 0`.
    Equal,
}

/// The names, kinds and structures of a knot's constraints.
#[derive(Default)]
pub(crate) struct Listed(pub Vec<(&'static str, Kind, Sparsity)>);

impl MarginSink<Sparsity> for Listed {
    fn hard(&mut self, name: &'static str, margin: Sparsity) {
        self.0.push((name, Kind::Hard, margin));
    }
    fn soft(&mut self, name: &'static str, price: Price, margin: Sparsity) {
        self.0.push((name, Kind::Soft(price), margin));
    }
    fn equal(&mut self, name: &'static str, value: Sparsity) {
        self.0.push((name, Kind::Equal, value));
    }
}

/// Shows each constraint of a knot, whatever its kind, with its place among them.
pub(crate) struct Each<F> {
    place: usize,
    see: F,
}

impl<F> Each<F> {
    #[inline(always)]
    pub fn new(see: F) -> Self {
        Each { place: 0, see }
    }
}

impl<S: Scalar, F: FnMut(usize, S)> MarginSink<S> for Each<F> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: S) {
        (self.see)(self.place, margin);
        self.place += 1;
    }
    #[inline(always)]
    fn soft(&mut self, name: &'static str, _: Price, margin: S) {
        self.hard(name, margin);
    }
    #[inline(always)]
    fn equal(&mut self, name: &'static str, value: S) {
        self.hard(name, value);
    }
}

/// `Σ w_i ∇²g_i` of those that stand, in the directions that the arguments carry.
pub(crate) struct Weighted<'a, R, J: Bending<R>, F> {
    weights: core::slice::Iter<'a, R>,
    place: usize,
    stands: F,
    pub sum: J::Hessian,
}

impl<'a, R, J: Bending<R>, F: Fn(usize) -> bool> Weighted<'a, R, J, F> {
    pub fn new(weights: &'a [R], stands: F) -> Self {
        Weighted { weights: weights.iter(), place: 0, stands, sum: J::flat() }
    }
}

impl<R: Real, J: Bending<R>, F: Fn(usize) -> bool> MarginSink<J> for Weighted<'_, R, J, F> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: J) {
        if (self.stands)(self.place)
            && let Some(&weight) = self.weights.next()
        {
            margin.weigh(weight, &mut self.sum);
        }
        self.place += 1;
    }
    #[inline(always)]
    fn soft(&mut self, name: &'static str, _: Price, margin: J) {
        self.hard(name, margin);
    }
    #[inline(always)]
    fn equal(&mut self, name: &'static str, value: J) {
        self.hard(name, value);
    }
}
