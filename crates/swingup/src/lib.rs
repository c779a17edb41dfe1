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
//! # The optimal control problem, and where each symbol lives
//! ```text
//! minimize    J = Σ l(t_k, x_k, u_k; p_k) + l_N(x_N; p_N)      l     Cost: terms in the sink of cost
//! subject to  x' = f(t, x, u; p),  x(0) given                  f     Dynamics: models; mechanics from L: lagrangian
//!                                                              t, p  At: what changes along the horizon
//! all of it                                                    Ocp
//! on knots:   d_k(x_k, u_k, x_{k+1}) = 0                       d     transcription: midpoint, trapezoid, .. -> Nlp
//! expanded:   A, B, E, ∇J, ∇²(J + λ'd)                               expansion
//! solved:     [H A'; A -δI] [dz; λ] = -[∇J; d]                       linear: Cholesky, LDL', Riccati
//!             z ← z + α dz until ∇J + A'λ = 0 and d = 0              newton -> Trajectory, Report
//! ```
//!
//! From a model to its best motion:
//! ```
//! use swingup::newton::{self, Options, Status};
//! use swingup::transcription::MIDPOINT;
//! use swingup::{Trajectory, problems};
//!
//! let nlp = problems::swing_up().transcribe(MIDPOINT);
//! let zeros = Trajectory::constant(99, [0.0; 4], [0.0]);
//! let solution = newton::solve(&nlp, &zeros, &Options::default())?;
//! assert_eq!(solution.report.status, Status::Solved);
//! assert!((solution.report.cost - 144.8311161142).abs() < 1e-8);
//! # Ok::<(), swingup::ocp::ProblemError>(())
//! ```
//!
//! Within limits, and at a machine:
//! ```text
//! bounds of states and controls, g(x, u) >= 0     Ocp::bound_states, bound_controls, subject_to; constraints
//! solved                                          interior: a primal-dual interior point method; qp
//! at every sample, in microseconds                mpc: Mpc, the predictive controller
//! near a rest                                     lqr: the linear regulator
//! ```
//!
//! # The problem of minimization
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

pub mod barrier;
pub mod constrained;
pub mod constraints;
pub mod cost;
mod cpu;
pub mod dynamics;
pub mod expansion;
pub mod function;
pub mod inspect;
pub mod integrate;
pub mod interior;
pub mod lagrangian;
mod lanes;
pub mod linear;
pub mod lqr;
pub mod models;
pub mod mpc;
pub mod newton;
pub mod ocp;
#[cfg(feature = "optimize")]
pub mod optimize;
pub mod problems;
pub mod qp;
pub mod real;
pub mod scalar;
mod second_order;
pub mod test_functions;
pub mod trajectory;
pub mod transcription;

pub use constraints::{Bound, Bounds, Constraints, MarginSink, Price};
pub use cost::{Cost, CostSink};
pub use dynamics::{At, Coefficient, Dynamics, Quantity};
pub use function::Function;
/// What the matrices of [`lqr`] are written in.
pub use nalgebra;
pub use ocp::Ocp;
pub use real::{Real, Single};
pub use scalar::Scalar;
pub use trajectory::Trajectory;
pub use transcription::Transcribed;

/// The README's programs compile and run.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
