//! A quadrotor in space.

use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// A rigid body with four propellers at the ends of a plus.
///
/// ```text
/// position' = velocity        m velocity' = R e_z (t1 + t2 + t3 + t4) - m g e_z        R = Rz(yaw) Ry(pitch) Rx(roll)
/// roll' = p + (q sin roll + r cos roll) tan pitch      Jx p' = d (t2 - t4) + (Jy - Jz) q r
/// pitch' = q cos roll - r sin roll                     Jy q' = d (t3 - t1) + (Jz - Jx) r p
/// yaw' = (q sin roll + r cos roll)/cos pitch           Jz r' = c (t1 - t2 + t3 - t4) + (Jx - Jy) p q
/// ```
/// R takes the body's axes to the world's, z up; velocities are the world's, the rates p, q, r are the body's.
/// Propellers 1, 2, 3, 4 stand at distance d in the body's directions x, y, -x, -y. Where the pitch is ±π/2 the angles
/// are not unique, and their rates are infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Quadrotor {
    /// m, kg.
    pub mass: Coefficient,
    /// Jx, Jy, Jz, about the body's axes through its centre, kg m².
    pub inertia: [Coefficient; 3],
    /// d, from the centre to a propeller, m.
    pub arm: Coefficient,
    /// c, a propeller's torque about z for each unit of its thrust, m.
    pub yaw_arm: Coefficient,
    /// g, m/s².
    pub gravity: Coefficient,
}

/// 1 kg, J = (0.01, 0.01, 0.018) kg m², arms of 0.2 m, c = 0.02 m, g = 9.81 m/s²: it hovers with 2.4525 N on each arm.
impl Default for Quadrotor {
    fn default() -> Self {
        Quadrotor {
            mass: 1.0.into(),
            inertia: [0.01.into(), 0.01.into(), 0.018.into()],
            arm: 0.2.into(),
            yaw_arm: 0.02.into(),
            gravity: 9.81.into(),
        }
    }
}

impl Quadrotor {
    /// This file, to be shown beside what comes of it.
    pub const SOURCE: &'static str = include_str!("quadrotor.rs");
}

impl<const NP: usize> Dynamics<12, 4, NP> for Quadrotor {
    const STATES: [Quantity; 12] = [
        Quantity::new("px", "m"),
        Quantity::new("py", "m"),
        Quantity::new("pz", "m"),
        Quantity::new("roll", "rad"),
        Quantity::new("pitch", "rad"),
        Quantity::new("yaw", "rad"),
        Quantity::new("vx", "m/s"),
        Quantity::new("vy", "m/s"),
        Quantity::new("vz", "m/s"),
        Quantity::new("p", "rad/s"),
        Quantity::new("q", "rad/s"),
        Quantity::new("r", "rad/s"),
    ];
    const CONTROLS: [Quantity; 4] =
        [Quantity::new("t1", "N"), Quantity::new("t2", "N"), Quantity::new("t3", "N"), Quantity::new("t4", "N")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; 12], [t1, t2, t3, t4]: [S; 4]) -> [S; 12] {
        let [_, _, _, roll, pitch, yaw, vx, vy, vz, p, q, r] = x;
        let [jx, jy, jz] = self.inertia.map(|j| j.at(at));
        let (arm, yaw_arm) = (self.arm.at(at), self.yaw_arm.at(at));
        let (sr, cr) = roll.sin_cos();
        let (sp, cp) = pitch.sin_cos();
        let (sy, cy) = yaw.sin_cos();

        // Along R e_z, its third column: ahead, to the side and up in the axes that only yaw has turned.
        let lift = (t1 + t2 + t3 + t4) / self.mass.at(at);
        let (upright, side) = (lift * cr, lift * sr);
        let ahead = upright * sp;
        let ax = cy * ahead + sy * side;
        let ay = sy * ahead - cy * side;
        let az = upright * cp - self.gravity.at(at);

        let yaw_rate = (q * sr + r * cr) / cp;
        let roll_rate = p + yaw_rate * sp;
        let pitch_rate = q * cr - r * sr;

        let dp = (arm * (t2 - t4) + (jy - jz) * (q * r)) / jx;
        let dq = (arm * (t3 - t1) + (jz - jx) * (r * p)) / jy;
        let dr = (yaw_arm * (t1 - t2 + t3 - t4) + (jx - jy) * (p * q)) / jz;

        [vx, vy, vz, roll_rate, pitch_rate, yaw_rate, ax, ay, az, dp, dq, dr]
    }
}
