//! A pole under a linear feedback, as a system of its own.

use core::f64::consts::PI;

use super::Angle;
use crate::models::CartPole;
use crate::{At, Dynamics, Quantity, Scalar};

/// A cart-pole whose acceleration is `-Kx` about upright, within limits: a closed loop `x' = f(x)` without controls.
///
/// ```text
/// a = clip(-(K_x x + K_v v + K_δ e(δ) + K_ω ω), -most, most)        δ = θ - π
/// ```
/// Being one more text in [`Scalar`], it can be run, differentiated and looked at like any model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Upright {
    /// The pole on its cart.
    pub pole: CartPole,
    /// K in the order of the model's states `(x, v, δ, ω)`: 1/s², 1/s, m/s² per rad, m/s per rad.
    pub gain: [f64; 4],
    /// The form e in which the tilt enters.
    pub angle: Angle,
    /// Largest acceleration of the motor, m/s²; may be infinite.
    pub most: f64,
}

impl Upright {
    /// The acceleration a (m/s²) in the state `(x, v, θ, ω)`.
    #[inline(always)]
    pub fn acceleration<S: Scalar>(&self, [x, v, theta, omega]: [S; 4]) -> S {
        let [k_x, k_v, k_tilt, k_omega] = self.gain;
        let a = -(x * k_x + v * k_v + self.angle.of(theta - PI) * k_tilt + omega * k_omega);
        let (most, least) = (S::from(self.most), S::from(-self.most));
        (a - self.most).select(most, (a + self.most).select(a, least))
    }

    /// Whether the pole stands at rest in the middle of the track, after whatever turns: each of `x`, `v`, `δ`, `ω` is below
    /// `near` (m, m/s, rad, rad/s).
    pub fn stands([x, v, theta, omega]: [f64; 4], near: f64) -> bool {
        [x, v, (theta - PI).wrap(), omega].iter().all(|e| e.abs() < near)
    }

    /// For a [`Trial`](super::Trial): yes when the pole stands to a thousandth, no when it has fallen, |δ| > π.
    ///
    /// Without the no, what passes below and is caught after a turn would count as recovered; where it does depends on the last digits.
    pub fn verdict(state: [f64; 4]) -> Option<bool> {
        let fallen = (state[2] - PI).abs() > PI;
        if fallen { Some(false) } else { Self::stands(state, 1e-3).then_some(true) }
    }
}

impl<const NP: usize> Dynamics<4, 0, NP> for Upright {
    const STATES: [Quantity; 4] = <CartPole as Dynamics<4, 1, NP>>::STATES;
    const CONTROLS: [Quantity; 0] = [];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; 4], _: [S; 0]) -> [S; 4] {
        self.pole.xdot(at, x, [self.acceleration(x)])
    }
}
