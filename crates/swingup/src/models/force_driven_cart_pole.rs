//! A pole on a cart that is pushed.

use crate::lagrangian::Lagrangian;
use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// A uniform pole of mass m on a cart of mass M without friction; the control is the force u on the cart.
///
/// ```text
/// (M + m) v' + m (L/2) ω' cos θ = u + m (L/2) ω² sin θ
/// m (L/2) v' cos θ + m (L²/3) ω' = -m g (L/2) sin θ
/// ```
/// solved for the accelerations:
/// ```text
/// v' = (u + m sin θ ((L/2) ω² + (3/4) g cos θ)) / (M + m (1 - (3/4) cos² θ))
/// ω' = -(3/(2L)) (g sin θ + v' cos θ)
/// ```
/// The pole's inertia about its centre is m L²/12. θ = 0 hangs, θ = π stands, counter-clockwise positive.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ForceDrivenCartPole {
    /// M, kg.
    pub cart_mass: Coefficient,
    /// m, kg.
    pub pole_mass: Coefficient,
    /// L, from the pivot to the tip, m.
    pub length: Coefficient,
    /// g, m/s².
    pub gravity: Coefficient,
}

impl ForceDrivenCartPole {
    /// Cart of mass M, pole of mass m (kg) and length L (m), gravity g (m/s²): numbers, or parameters of the knot.
    pub fn new(
        cart_mass: impl Into<Coefficient>,
        pole_mass: impl Into<Coefficient>,
        length: impl Into<Coefficient>,
        gravity: impl Into<Coefficient>,
    ) -> Self {
        ForceDrivenCartPole {
            cart_mass: cart_mass.into(),
            pole_mass: pole_mass.into(),
            length: length.into(),
            gravity: gravity.into(),
        }
    }

    /// Energy of cart and pole, J: constant while u = 0.
    /// ```text
    /// E = (M + m) v²/2 + m (L/2) v ω cos θ + m L² ω²/6 - m g (L/2) cos θ
    /// ```
    #[inline(always)]
    pub fn energy<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, [_, v, theta, omega]: [S; 4]) -> S {
        self.kinetic(at, theta, v, omega) + self.potential(at, theta)
    }

    #[inline(always)]
    fn kinetic<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, theta: S, v: S, omega: S) -> S {
        let (cart, pole, length) = (self.cart_mass.at(at), self.pole_mass.at(at), self.length.at(at));
        // The speed of the pole's parts where it hangs straight, ω L.
        let turn = length * omega;
        cart * v * v * 0.5 + pole * (v * v * 0.5 + v * turn * theta.cos() * 0.5 + turn * turn / 6.0)
    }

    #[inline(always)]
    fn potential<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, theta: S) -> S {
        -(self.pole_mass.at(at) * self.gravity.at(at) * self.length.at(at) * theta.cos() * 0.5)
    }
}

impl<const NP: usize> Dynamics<4, 1, NP> for ForceDrivenCartPole {
    const STATES: [Quantity; 4] = [
        Quantity::new("x", "m"),
        Quantity::new("v", "m/s"),
        Quantity::new("theta", "rad"),
        Quantity::new("omega", "rad/s"),
    ];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "N")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, [_, v, theta, omega]: [S; 4], [u]: [S; 1]) -> [S; 4] {
        let (cart, pole) = (self.cart_mass.at(at), self.pole_mass.at(at));
        let (length, g) = (self.length.at(at), self.gravity.at(at));
        let (sin, cos) = theta.sin_cos();
        let push = u + pole * sin * (length * omega * omega * 0.5 + g * cos * 0.75);
        let a = push / (cart + pole * (-(cos * cos * 0.75) + 1.0));
        [v, a, omega, -(S::from(1.5) / length * (g * sin + a * cos))]
    }
}

/// L = T - V of the [energy](ForceDrivenCartPole::energy), Q = (u, 0).
impl<const NP: usize> Lagrangian<2, 1, NP> for ForceDrivenCartPole {
    const POSITIONS: [usize; 2] = [0, 2];
    const VELOCITIES: [usize; 2] = [1, 3];

    #[inline(always)]
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, [_, theta]: [S; 2], [v, omega]: [S; 2]) -> S {
        self.kinetic(at, theta, v, omega) - self.potential(at, theta)
    }

    #[inline(always)]
    fn force<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; 2], _: [S; 2], [u]: [S; 1]) -> [S; 2] {
        [u, S::from(0.0)]
    }
}
