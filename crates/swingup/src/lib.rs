//! Trajectory optimization and model-predictive control, written once and read many ways.
//!
//! A model is plain text in the letters of the field, generic over the number it computes with,
//! [`Scalar`]. The same text is run with `f64`, differentiated with a [`Dual`](inspect::Dual) number,
//! and expanded to second order with a [`Jet`](inspect::Jet):
//!
//! ```
//! use swingup::{Function, Scalar, inspect};
//!
//! /// Rosenbrock's valley, f(x, y) = 100 (y - x²)² + (1 - x)².
//! struct Valley;
//! impl Function for Valley {
//!     fn value<S: Scalar>(&self, x: &[S]) -> S {
//!         (x[1] - x[0].powi(2)).powi(2) * 100.0 + (-x[0] + 1.0).powi(2)
//!     }
//! }
//!
//! let (value, gradient) = inspect::gradient(&Valley, &[-1.2, 1.0]);
//! assert!((value - 24.2).abs() < 1e-14);
//! assert!((gradient[0] - -215.6).abs() < 1e-12 && (gradient[1] - -88.0).abs() < 1e-12);
//! ```
//!
//! # The problem of minimization, and where each symbol lives
//! ```text
//! minimize f(x) over x in R^n        f      Function, written in Scalar
//!                                    g = ∇f(x), H = ∇²f(x)   inspect::gradient, inspect::hessian
//! x₊ = x - step(x)                   the step: one file each in optimize
//!                                    f with a known minimum: test_functions
//! ```
//!
//! # Without the standard library
//! Default feature `optimize` brings the module [`optimize`], whose methods are `argmin` solvers. Without it
//! the crate is `no_std` and needs `core` and `alloc` only. Elementary functions are those of the `libm`
//! crate everywhere, so that the same inputs give the same digits whatever C library the machine has.
#![no_std]

extern crate alloc;
#[cfg(feature = "optimize")]
extern crate std;

pub mod dynamics;
pub mod function;
pub mod inspect;
pub mod linear;
#[cfg(feature = "optimize")]
pub mod optimize;
pub mod real;
pub mod scalar;
pub mod test_functions;

pub use dynamics::{At, Coefficient, Dynamics, Quantity};
pub use function::Function;
pub use real::{Real, Single};
pub use scalar::Scalar;
