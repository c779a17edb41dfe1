//! Any linear system.

use crate::{At, Dynamics, Quantity, Scalar};

/// A linear system that does not change with time: `x' = Ax + Bu`.
///
/// Its states are called x0, x1, .. and its controls u0, u1, ..; from the 33rd on they have no number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear<const NX: usize, const NU: usize> {
    /// A, by rows.
    pub a: [[f64; NX]; NX],
    /// B, by rows.
    pub b: [[f64; NU]; NX],
}

impl<const NX: usize, const NU: usize, const NP: usize> Dynamics<NX, NU, NP> for Linear<NX, NU> {
    const STATES: [Quantity; NX] = numbered("x", &X);
    const CONTROLS: [Quantity; NU] = numbered("u", &U);

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, x: [S; NX], u: [S; NU]) -> [S; NX] {
        let mut rate = [S::from(0.0); NX];
        for i in 0..NX {
            for j in 0..NX {
                rate[i] = rate[i] + x[j] * self.a[i][j];
            }
            for j in 0..NU {
                rate[i] = rate[i] + u[j] * self.b[i][j];
            }
        }
        rate
    }
}

const fn numbered<const N: usize>(letter: &'static str, names: &[&'static str; 32]) -> [Quantity; N] {
    let mut quantities = [Quantity::new(letter, "1"); N];
    let mut i = 0;
    while i < N && i < names.len() {
        quantities[i] = Quantity::new(names[i], "1");
        i += 1;
    }
    quantities
}

#[rustfmt::skip]
const X: [&str; 32] = [
    "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15",
    "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x29", "x30", "x31",
];
#[rustfmt::skip]
const U: [&str; 32] = [
    "u0", "u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9", "u10", "u11", "u12", "u13", "u14", "u15",
    "u16", "u17", "u18", "u19", "u20", "u21", "u22", "u23", "u24", "u25", "u26", "u27", "u28", "u29", "u30", "u31",
];
