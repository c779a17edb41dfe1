//! Newton's method for problems on knots.
//!
//! | form | solves | linear system |
//! | --- | --- | --- |
//! | [`solve`] | the optimality conditions, in the motion and its multipliers at once | [`Riccati`](crate::linear::Riccati) |
//!
//! Every run ends with a [`Status`] and the best iterate, and tells each iteration in its [`Report`].

mod multipliers;
mod options;
mod penalty;
mod reduced;
mod report;
mod stationary;

pub use multipliers::{Indefinite, multipliers};
pub use options::Options;
pub use penalty::PenaltyForm;
pub use reduced::{NoRollout, ReducedCost};
pub use report::{Iteration, Report, Solution, Status};
pub use stationary::{solve, solve_watched};
