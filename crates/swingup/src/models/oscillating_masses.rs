//! Six masses between walls.

use crate::{At, Coefficient, Dynamics, Quantity, Scalar};

/// A row of six unit masses between two walls, joined by seven equal springs; three actuators pull pairs of masses.
///
/// ```text
/// q_i' = v_i        v_i' = k (q_(i-1) - 2 q_i + q_(i+1)) + f_i        q_0 = q_7 = 0
/// f = (u1, -u1, u2, u3, -u2, -u3)
/// ```
/// q_i is a mass's distance from where it rests. Each actuator pushes one mass and pulls another: u1 masses 1 and 2, u2
/// masses 3 and 5, u3 masses 4 and 6. The states are the six q_i, then the six v_i.
///
/// After the example of Y. Wang, S. Boyd, Fast model predictive control using online optimization, IEEE Transactions on
/// Control Systems Technology 18 (2010) 267-278. The pairs are those of qpDUNES's example `Wang2010`, which adapts it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct OscillatingMasses {
    /// k, of each spring for each unit of mass, N/m.
    pub spring: Coefficient,
}

/// k = 1 N/m.
impl Default for OscillatingMasses {
    fn default() -> Self {
        OscillatingMasses { spring: 1.0.into() }
    }
}

impl<const NP: usize> Dynamics<12, 3, NP> for OscillatingMasses {
    const STATES: [Quantity; 12] = [
        Quantity::new("q1", "m"),
        Quantity::new("q2", "m"),
        Quantity::new("q3", "m"),
        Quantity::new("q4", "m"),
        Quantity::new("q5", "m"),
        Quantity::new("q6", "m"),
        Quantity::new("v1", "m/s"),
        Quantity::new("v2", "m/s"),
        Quantity::new("v3", "m/s"),
        Quantity::new("v4", "m/s"),
        Quantity::new("v5", "m/s"),
        Quantity::new("v6", "m/s"),
    ];
    const CONTROLS: [Quantity; 3] = [Quantity::new("u1", "N"), Quantity::new("u2", "N"), Quantity::new("u3", "N")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; 12], [u1, u2, u3]: [S; 3]) -> [S; 12] {
        let k = self.spring.at(at);
        let [q1, q2, q3, q4, q5, q6, v1, v2, v3, v4, v5, v6] = x;
        [
            v1,
            v2,
            v3,
            v4,
            v5,
            v6,
            k * (q2 - q1 * 2.0) + u1,
            k * (q1 - q2 * 2.0 + q3) - u1,
            k * (q2 - q3 * 2.0 + q4) + u2,
            k * (q3 - q4 * 2.0 + q5) + u3,
            k * (q4 - q5 * 2.0 + q6) - u2,
            k * (q5 - q6 * 2.0) - u3,
        ]
    }
}
