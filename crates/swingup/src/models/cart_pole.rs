//! A pole on a cart whose acceleration is commanded.

use core::ops::Mul;

use crate::lagrangian::Lagrangian;
use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// A uniform pole on a cart whose acceleration a is the control: a motor holds the velocity, the pole cannot push back.
///
/// ```text
/// x' = v        v' = a
/// θ' = ω        ω' = -(3/(2L)) (g sin θ + a cos θ)
/// ```
/// It is (m L²/3) θ'' = -m (L/2) (g sin θ + a cos θ) about the pivot; the mass of the pole cancels. θ = 0 hangs, θ = π
/// stands, counter-clockwise positive: the tip is at (x + L sin θ, -L cos θ).
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CartPole {
    /// L, from the pivot to the tip, m.
    pub length: Coefficient,
    /// g, m/s².
    pub gravity: Coefficient,
}

impl CartPole {
    /// The pole of length L (m) under gravity g (m/s²): numbers, or parameters of the knot.
    pub fn new(length: impl Into<Coefficient>, gravity: impl Into<Coefficient>) -> Self {
        CartPole { length: length.into(), gravity: gravity.into() }
    }

    /// The cart-pole in its own units, ω' = -(sin θ + a cos θ): L = 3/2 and g = 1.
    ///
    /// Its unit of time is √(2L/(3g)) of the pole it stands for, that of acceleration is g.
    pub fn scaled() -> Self {
        CartPole::new(1.5, 1.0)
    }

    /// Energy of the pole for each unit of its mass, as seen from the cart, m²/s²: constant while a = 0.
    /// ```text
    /// E = L² ω²/6 - g (L/2) cos θ
    /// ```
    #[inline(always)]
    pub fn energy<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, [_, _, theta, omega]: [S; 4]) -> S {
        let (length, g) = (self.length.at(at), self.gravity.at(at));
        length * length * omega * omega / 6.0 - g * length * theta.cos() * 0.5
    }
}

impl<const NP: usize> Dynamics<4, 1, NP> for CartPole {
    const STATES: [Quantity; 4] = [
        Quantity::new("x", "m"),
        Quantity::new("v", "m/s"),
        Quantity::new("theta", "rad"),
        Quantity::new("omega", "rad/s"),
    ];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s²")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, [_, v, theta, omega]: [S; 4], [a]: [S; 1]) -> [S; 4] {
        use Coefficient::Number;
        let turning = match (self.length, self.gravity) {
            (Number(length), Number(g)) => turning(theta, a, g, 1.5 / length),
            (length, g) => turning(theta, a, g.at(at), S::from(1.5) / length.at(at)),
        };
        [v, a, omega, turning]
    }
}

/// `-(3/(2L)) (g sin θ + a cos θ)` with constants that are numbers, or carry derivatives too.
#[inline(always)]
fn turning<S: Scalar + Mul<K, Output = S>, K>(theta: S, a: S, g: K, per_length: K) -> S {
    let (sin, cos) = theta.sin_cos();
    -((sin * g + a * cos) * per_length)
}

/// For each unit of the pole's mass, and with a unit mass for the cart that nothing else moves:
/// ```text
/// L = v²/2 + L² ω²/6 + g (L/2) cos θ        Q = (a, -(L/2) a cos θ)
/// ```
impl<const NP: usize> Lagrangian<2, 1, NP> for CartPole {
    const POSITIONS: [usize; 2] = [0, 2];
    const VELOCITIES: [usize; 2] = [1, 3];

    #[inline(always)]
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, [_, theta]: [S; 2], [v, omega]: [S; 2]) -> S {
        let (length, g) = (self.length.at(at), self.gravity.at(at));
        v * v * 0.5 + length * length * omega * omega / 6.0 + g * length * theta.cos() * 0.5
    }

    #[inline(always)]
    fn force<S: Scalar>(&self, at: &At<'_, S, NP>, [_, theta]: [S; 2], _: [S; 2], [a]: [S; 1]) -> [S; 2] {
        [a, -(self.length.at(at) * a * theta.cos() * 0.5)]
    }
}
