//! Newton's method for problems on knots.
//!
//! | form | solves | linear system |
//! | --- | --- | --- |
//! | [`solve`] | the optimality conditions, in the motion and its multipliers at once | [`Riccati`](crate::linear::Riccati), or [`KktBand`](crate::linear::KktBand) |
//! | [`multipliers`] | the [`PenaltyForm`] for growing penalties, and multipliers between | [`BandCholesky`](crate::linear::BandCholesky) |
//! | [`online`] | either of them for a horizon that recedes, a few steps for each sample | as above |
//! | [`plain_lagrangian`] | the same conditions with nothing that would make it safe: to compare with | [`KktBand`](crate::linear::KktBand) |
//!
//! Every run ends with a [`Status`] and the best iterate, and tells each iteration in its [`Report`].

mod compare;
mod inertia;
pub(crate) mod measure;
mod multipliers;
pub mod online;
mod options;
mod penalty;
mod plain;
mod product;
mod reduced;
mod report;
mod rounding;
mod stationary;

pub use compare::{Course, compare_forms};
pub use inertia::kkt_at;
pub use multipliers::{Indefinite, multipliers};
pub use options::{Options, System};
pub use penalty::PenaltyForm;
pub use plain::{Biased, biased_branch, plain_lagrangian};
pub use reduced::{NoRollout, ReducedCost};
pub use report::{Iteration, Report, Solution, Status};
pub use rounding::{rounding_floor, rounding_price};
pub(crate) use stationary::check_guess;
pub use stationary::{solve, solve_watched};
