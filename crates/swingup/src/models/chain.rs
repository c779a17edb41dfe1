//! A row of masses of any length.

use crate::{At, Dynamics, Quantity, Scalar};

/// A row of `NX/2` unit masses between two walls, joined by springs of 1 N/m; a control pushes each of the first `NU`.
///
/// ```text
/// q_i' = v_i        v_i' = q_(i-1) - 2 q_i + q_(i+1) + u_i        q_0 = q_(NX/2 + 1) = 0
/// ```
/// The states are all q_i, a mass's distance from where it rests (m), then all v_i (m/s); controls are forces (N). It compiles only for an
/// even `NX` and `NU <= NX/2`. [`OscillatingMasses`](super::OscillatingMasses) is the same row, pulled in pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Chain;

impl<const NX: usize, const NU: usize, const NP: usize> Dynamics<NX, NU, NP> for Chain {
    const STATES: [Quantity; NX] = {
        let mut quantities = [Quantity::new("q", "m"); NX];
        let mut i = NX / 2;
        while i < NX {
            quantities[i] = Quantity::new("v", "m/s");
            i += 1;
        }
        quantities
    };
    const CONTROLS: [Quantity; NU] = [Quantity::new("u", "N"); NU];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, x: [S; NX], u: [S; NU]) -> [S; NX] {
        const { assert!(NX.is_multiple_of(2) && NU <= NX / 2, "two states for each mass, and a mass for each control") };
        let masses = NX / 2;
        let mut rate = [S::from(0.0); NX];
        for i in 0..masses {
            rate[i] = x[masses + i];
            let mut force = x[i] * -2.0;
            if i > 0 {
                force = force + x[i - 1];
            }
            if i + 1 < masses {
                force = force + x[i + 1];
            }
            if i < NU {
                force = force + u[i];
            }
            rate[masses + i] = force;
        }
        rate
    }
}
