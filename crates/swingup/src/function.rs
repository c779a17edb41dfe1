//! A real function of a vector, and sums of squares.

use crate::Scalar;

/// A function `f: R^n -> R`, written once for every [`Scalar`].
///
/// [`inspect::gradient`](crate::inspect::gradient) and [`inspect::hessian`](crate::inspect::hessian)
/// read its derivatives off the same text; [`optimize::Smooth`](crate::optimize::Smooth) hands it to argmin.
pub trait Function {
    /// `f(x)`; x has the length the function was made for.
    fn value<S: Scalar>(&self, x: &[S]) -> S;
}

impl<F: Function> Function for &F {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        (**self).value(x)
    }
}
