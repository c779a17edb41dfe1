//! A pole on a motor.

use crate::lagrangian::Lagrangian;
use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// A uniform rod that a motor turns about its end with torque u.
///
/// ```text
/// θ' = ω        (m L²/3) ω' = -m g (L/2) sin θ + u,   that is   ω' = -(3g/(2L)) sin θ + 3u/(m L²)
/// ```
/// θ = 0 hangs, θ = π stands, counter-clockwise positive: the pole of [`CartPole`](super::CartPole), its cart at rest.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Pendulum {
    /// m, kg.
    pub mass: Coefficient,
    /// L, from the pivot to the tip, m.
    pub length: Coefficient,
    /// g, m/s².
    pub gravity: Coefficient,
}

impl Pendulum {
    /// A rod of mass m (kg) and length L (m) under gravity g (m/s²): numbers, or parameters of the knot.
    pub fn new(mass: impl Into<Coefficient>, length: impl Into<Coefficient>, gravity: impl Into<Coefficient>) -> Self {
        Pendulum { mass: mass.into(), length: length.into(), gravity: gravity.into() }
    }

    /// Energy, J: constant while u = 0.
    /// ```text
    /// E = m L² ω²/6 - m g (L/2) cos θ
    /// ```
    #[inline(always)]
    pub fn energy<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, [theta, omega]: [S; 2]) -> S {
        self.kinetic(at, omega) + self.potential(at, theta)
    }

    #[inline(always)]
    fn kinetic<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, omega: S) -> S {
        let speed = self.length.at(at) * omega;
        self.mass.at(at) * speed * speed / 6.0
    }

    #[inline(always)]
    fn potential<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, theta: S) -> S {
        -(self.mass.at(at) * self.gravity.at(at) * self.length.at(at) * theta.cos() * 0.5)
    }
}

impl<const NP: usize> Dynamics<2, 1, NP> for Pendulum {
    const STATES: [Quantity; 2] = [Quantity::new("theta", "rad"), Quantity::new("omega", "rad/s")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "N m")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, [theta, omega]: [S; 2], [u]: [S; 1]) -> [S; 2] {
        let (mass, length, g) = (self.mass.at(at), self.length.at(at), self.gravity.at(at));
        [omega, S::from(1.5) / length * (u * 2.0 / (mass * length) - g * theta.sin())]
    }
}

/// L = T - V of the [energy](Pendulum::energy), Q = u.
impl<const NP: usize> Lagrangian<1, 1, NP> for Pendulum {
    const POSITIONS: [usize; 1] = [0];
    const VELOCITIES: [usize; 1] = [1];

    #[inline(always)]
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, [theta]: [S; 1], [omega]: [S; 1]) -> S {
        self.kinetic(at, omega) - self.potential(at, theta)
    }

    #[inline(always)]
    fn force<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; 1], _: [S; 1], u: [S; 1]) -> [S; 1] {
        u
    }
}
