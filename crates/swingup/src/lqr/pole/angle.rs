//! How a tilt that may have turned many times enters a linear feedback.

use crate::Scalar;

/// What `-Kx` takes for the tilt δ (rad), of a pole that may have turned many times: a form `e(δ)` with `e ≈ δ` near 0.
///
/// | form | e(δ) | far from 0 |
/// | --- | --- | --- |
/// | [`Unwrapped`](Angle::Unwrapped) | δ | counts turns: upright after one turn is 2π away, and the cart unwinds the pole or runs off |
/// | [`Sine`](Angle::Sine) | sin δ | loses gain, `e'(δ) = cos δ`, is gone at ±π/2 and takes hanging for upright |
/// | [`Wrapped`](Angle::Wrapped) | δ - 2π round(δ/2π) | has all its gain, and jumps from π to -π where the pole hangs |
/// | [`HalfTangent`](Angle::HalfTangent) | 2 tan(δ/2) | gains, `e'(δ) = 1/cos²(δ/2)`, and has its pole where the pole hangs |
///
/// All but the first have the period 2π. All have the slope 1 at 0, so that one gain serves all and small tilts tell no difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Angle {
    /// δ itself.
    Unwrapped,
    /// sin δ.
    Sine,
    /// δ less the whole turns nearest to it, in [-π, π].
    Wrapped,
    /// 2 tan(δ/2).
    HalfTangent,
}

impl Angle {
    /// The form `e(δ)` of the tilt δ (rad).
    #[inline(always)]
    pub fn of<S: Scalar>(self, tilt: S) -> S {
        match self {
            Angle::Unwrapped => tilt,
            Angle::Sine => tilt.sin(),
            Angle::Wrapped => tilt.wrap(),
            Angle::HalfTangent => {
                // The tangent has the period π, so that δ/2 needs no wrapping.
                let (sin, cos) = (tilt * 0.5).sin_cos();
                sin / cos * 2.0
            }
        }
    }
}
