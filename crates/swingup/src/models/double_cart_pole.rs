//! Two links on a cart whose acceleration is commanded.

use crate::lagrangian::Lagrangian;
use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// Two links of length l without mass, one below the other, equal masses at their ends, on a cart of acceleration u.
///
/// ```text
/// x' = v    v' = u    a' = wa    b' = wb
/// 2 l wa' + l wb' cos(a - b) + l wb² sin(a - b) + 2 (g sin a + u cos a) = 0
/// l wb' + l wa' cos(a - b) - l wa² sin(a - b) + g sin b + u cos b = 0
/// ```
/// a is the angle of the upper link, b of the lower; both from hanging, counter-clockwise, as the room sees them. One
/// mass is at (x + l sin a, -l cos a), the other at l (sin b, -cos b) from there; they cancel.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DoubleCartPole {
    /// l, of each link, m.
    pub length: Coefficient,
    /// g, m/s².
    pub gravity: Coefficient,
}

impl DoubleCartPole {
    /// This file, to be shown beside what comes of it.
    pub const SOURCE: &'static str = include_str!("double_cart_pole.rs");

    /// Links of length l (m) under gravity g (m/s²): numbers, or parameters of the knot.
    pub fn new(length: impl Into<Coefficient>, gravity: impl Into<Coefficient>) -> Self {
        DoubleCartPole { length: length.into(), gravity: gravity.into() }
    }

    /// Energy for each unit of one mass, as seen from the cart, m²/s²: constant while u = 0.
    /// ```text
    /// E = l² (wa² + wb²/2 + wa wb cos(a - b)) - g l (2 cos a + cos b)
    /// ```
    #[inline(always)]
    pub fn energy<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, [_, _, a, b, wa, wb]: [S; 6]) -> S {
        self.kinetic(at, [a, b], [wa, wb]) + self.potential(at, [a, b])
    }

    #[inline(always)]
    fn kinetic<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, [a, b]: [S; 2], [wa, wb]: [S; 2]) -> S {
        let length = self.length.at(at);
        length * length * (wa * wa + wb * wb * 0.5 + wa * wb * (a - b).cos())
    }

    #[inline(always)]
    fn potential<S: Scalar, const NP: usize>(&self, at: &At<'_, S, NP>, [a, b]: [S; 2]) -> S {
        -(self.gravity.at(at) * self.length.at(at) * (a.cos() * 2.0 + b.cos()))
    }
}

/// Two links of 0.5 m, g = 9.81 m/s².
impl Default for DoubleCartPole {
    fn default() -> Self {
        DoubleCartPole::new(0.5, 9.81)
    }
}

impl<const NP: usize> Dynamics<6, 1, NP> for DoubleCartPole {
    const STATES: [Quantity; 6] = [
        Quantity::new("x", "m"),
        Quantity::new("v", "m/s"),
        Quantity::new("a", "rad"),
        Quantity::new("b", "rad"),
        Quantity::new("wa", "rad/s"),
        Quantity::new("wb", "rad/s"),
    ];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s²")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, [_, v, a, b, wa, wb]: [S; 6], [u]: [S; 1]) -> [S; 6] {
        let (length, g) = (self.length.at(at), self.gravity.at(at));
        let ((sin_a, cos_a), (sin_b, cos_b)) = (a.sin_cos(), b.sin_cos());
        let (sin, cos) = (sin_a * cos_b - cos_a * sin_b, cos_a * cos_b + sin_a * sin_b);
        // [2 cos; cos 1] l (wa', wb') = (upper, lower), of determinant 2 - cos² >= 1.
        let upper = -(length * wb * wb * sin + (g * sin_a + u * cos_a) * 2.0);
        let lower = length * wa * wa * sin - (g * sin_b + u * cos_b);
        let scale = S::from(1.0) / (length * (-(cos * cos) + 2.0));
        [v, u, wa, wb, (upper - cos * lower) * scale, (lower * 2.0 - cos * upper) * scale]
    }
}

/// For each unit of one mass, and with a unit mass for the cart that nothing else moves:
/// ```text
/// L = v²/2 + l² (wa² + wb²/2 + wa wb cos(a - b)) + g l (2 cos a + cos b)        Q = (u, -2 l u cos a, -l u cos b)
/// ```
impl<const NP: usize> Lagrangian<3, 1, NP> for DoubleCartPole {
    const POSITIONS: [usize; 3] = [0, 2, 3];
    const VELOCITIES: [usize; 3] = [1, 4, 5];

    #[inline(always)]
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, [_, a, b]: [S; 3], [v, wa, wb]: [S; 3]) -> S {
        v * v * 0.5 + self.kinetic(at, [a, b], [wa, wb]) - self.potential(at, [a, b])
    }

    #[inline(always)]
    fn force<S: Scalar>(&self, at: &At<'_, S, NP>, [_, a, b]: [S; 3], _: [S; 3], [u]: [S; 1]) -> [S; 3] {
        let push = -(self.length.at(at) * u);
        [u, push * a.cos() * 2.0, push * b.cos()]
    }
}
