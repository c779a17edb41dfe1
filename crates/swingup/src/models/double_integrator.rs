//! A mass on a line.

use crate::{At, Dynamics, Quantity, Scalar};

/// A mass on a line whose acceleration is the control: `x' = v`, `v' = u`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DoubleIntegrator;

impl<const NP: usize> Dynamics<2, 1, NP> for DoubleIntegrator {
    const STATES: [Quantity; 2] = [Quantity::new("x", "m"), Quantity::new("v", "m/s")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "m/s²")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, [_, v]: [S; 2], [u]: [S; 1]) -> [S; 2] {
        [v, u]
    }
}
