//! A quadrotor seen from the side.

use crate::lagrangian::Lagrangian;
use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// A rigid body in a vertical plane with two propellers.
///
/// ```text
/// px' = vx    m vx' = -(t1 + t2) sin φ
/// pz' = vz    m vz' = (t1 + t2) cos φ - m g
/// φ' = om     J om' = r (t2 - t1)
/// ```
/// φ is counter-clockwise; thrusts t1 at r to the left of the centre and t2 to the right, both upwards along the body.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct PlanarQuadrotor {
    /// m, kg.
    pub mass: Coefficient,
    /// J, about the centre, kg m².
    pub inertia: Coefficient,
    /// r, from the centre to a propeller, m. With t2 on the right, more of it turns the body counter-clockwise.
    pub arm: Coefficient,
    /// g, m/s².
    pub gravity: Coefficient,
}

/// 0.5 kg, 0.005 kg m², arms of 0.15 m, g = 9.81 m/s²: it hovers with 2.4525 N on each side.
impl Default for PlanarQuadrotor {
    fn default() -> Self {
        PlanarQuadrotor { mass: 0.5.into(), inertia: 0.005.into(), arm: 0.15.into(), gravity: 9.81.into() }
    }
}

impl PlanarQuadrotor {
    /// This file, to be shown beside what comes of it.
    pub const SOURCE: &'static str = include_str!("planar_quadrotor.rs");
}

impl<const NP: usize> Dynamics<6, 2, NP> for PlanarQuadrotor {
    const STATES: [Quantity; 6] = [
        Quantity::new("px", "m"),
        Quantity::new("pz", "m"),
        Quantity::new("phi", "rad"),
        Quantity::new("vx", "m/s"),
        Quantity::new("vz", "m/s"),
        Quantity::new("om", "rad/s"),
    ];
    const CONTROLS: [Quantity; 2] = [Quantity::new("t1", "N"), Quantity::new("t2", "N")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, [_, _, phi, vx, vz, om]: [S; 6], [t1, t2]: [S; 2]) -> [S; 6] {
        let (sin, cos) = phi.sin_cos();
        let lift = (t1 + t2) / self.mass.at(at);
        let turn = self.arm.at(at) / self.inertia.at(at) * (t2 - t1);
        [vx, vz, om, -(lift * sin), lift * cos - self.gravity.at(at), turn]
    }
}

/// ```text
/// L = m (vx² + vz²)/2 + J om²/2 - m g pz        Q = (-(t1 + t2) sin φ, (t1 + t2) cos φ, r (t2 - t1))
/// ```
impl<const NP: usize> Lagrangian<3, 2, NP> for PlanarQuadrotor {
    const POSITIONS: [usize; 3] = [0, 1, 2];
    const VELOCITIES: [usize; 3] = [3, 4, 5];

    #[inline(always)]
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, [_, pz, _]: [S; 3], [vx, vz, om]: [S; 3]) -> S {
        let (mass, inertia) = (self.mass.at(at), self.inertia.at(at));
        mass * ((vx * vx + vz * vz) * 0.5 - self.gravity.at(at) * pz) + inertia * om * om * 0.5
    }

    #[inline(always)]
    fn force<S: Scalar>(&self, at: &At<'_, S, NP>, [_, _, phi]: [S; 3], _: [S; 3], [t1, t2]: [S; 2]) -> [S; 3] {
        let (sin, cos) = phi.sin_cos();
        let thrust = t1 + t2;
        [-(thrust * sin), thrust * cos, self.arm.at(at) * (t2 - t1)]
    }
}
