//! The swing-up of the cart-pole that this project began with.

use alloc::vec::Vec;
use core::f64::consts::PI;

use crate::models::CartPole;
use crate::{At, Cost, CostSink, Ocp, Scalar};

/// The least cost of [`swing_up`] on 100 knots with the midpoint rule, found by two programs independent of this one.
pub const SWING_UP_OPTIMUM: f64 = 144.8311161142;

/// What a knot of the swing-up costs, its weight w the knot's parameter, growing from 0 to 0.99:
/// ```text
/// c (x² + v² + θ² + ω² + u²) + w (θ - π)² + 0.5 u²
/// ```
/// c regularizes: the first program had 0.1, on the multipliers as well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Regularized {
    /// c.
    pub weight: f64,
}

impl Cost<4, 1, 1> for Regularized {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(0.5 + self.weight, u);
        self.terminal(at, x, sink);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], sink: &mut impl CostSink<S>) {
        for entry in x {
            sink.square(self.weight, entry);
        }
        let [_, _, theta, _] = x;
        sink.square(at.p[0], theta - PI);
    }
}

/// [`Regularized`] with c = 0.1: `0.1 (x² + v² + θ² + ω²) + w (θ - π)² + 0.6 u²`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SwingUp;

impl Cost<4, 1, 1> for SwingUp {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], u: [S; 1], sink: &mut impl CostSink<S>) {
        Regularized { weight: 0.1 }.running(at, x, u, sink);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], sink: &mut impl CostSink<S>) {
        Regularized { weight: 0.1 }.terminal(at, x, sink);
    }
}

/// Swing the pole up from hanging at rest, in the cart-pole's own units: 100 knots, 0.1 apart.
///
/// The first program of this project (2018) had the same problem in a mirror, θ'' = -sin θ + f cos θ: its force f is `-u`, and its
/// x and v have the other sign as well.
pub fn swing_up() -> Ocp<CartPole, SwingUp, 4, 1, 1> {
    on_knots(SwingUp)
}

/// [`swing_up`] with another weight c of the [regularizer](Regularized), not negative.
///
/// # Panics
/// When the weight is negative or not finite.
pub fn swing_up_regularized(weight: f64) -> Ocp<CartPole, Regularized, 4, 1, 1> {
    assert!(weight >= 0.0 && weight.is_finite(), "weight = {weight}: must be finite and not negative");
    on_knots(Regularized { weight })
}

fn on_knots<C: Cost<4, 1, 1>>(cost: C) -> Ocp<CartPole, C, 4, 1, 1> {
    let weights: Vec<[f64; 1]> = (0..100).map(|k| [f64::from(k) / 100.0]).collect();
    Ocp::with_parameters(CartPole::scaled(), cost, [0.0; 4], 0.1, weights).expect("constants that are in range")
}
