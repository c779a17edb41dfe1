//! The interior point method: problems on knots with bounds, margins and equations, solved or honestly not.
//!
//! Every inequality `g >= 0` gets a slack `s > 0` and a multiplier `z > 0`, and the optimality conditions are solved with
//! `s z = μ` for a falling barrier parameter μ, motion, slacks and multipliers together. A row of inequalities is eliminated where it
//! stands: it adds `z/s ∇g ∇g'` to the curvature of its knot, and what is left is the Newton system of a problem without
//! inequalities, which [`Riccati`](crate::linear::Riccati) solves in `O(N)`.
//!
//! Three choices make one setting do for all problems here:
//!
//! * **Curvature.** The exact Hessian where it is positive along the constraints, Gauss and Newton's where it is not: it is
//!   positive and knows the way down without damping.
//! * **Trials.** A step is tried along its straight line, and, where that is not good enough, as a rollout: the controls of the step with
//!   the feedback of its Riccati recursion, through the dynamics. A rollout has no defects, whatever the dynamics bend.
//! * **The horizon grows.** From a guess that is no motion, the problem of the first intervals is solved first, loosely, and then that
//!   of twice as many ([`Start::Grow`]). A swing-up on the whole horizon is found at its end and moves to the front by half an
//!   interval a step; on a short horizon it is found at the front.
//!
//! Solving one robot: `solve(&problem, &guess, &Options::default())`; see [`solve`].

mod elastic;
mod horizon;
mod kkt;
mod newton;
mod options;
mod report;
mod row;
mod rows;
mod run;
mod search;

pub use horizon::{solve, solve_from, solve_watched};
pub use options::{Options, Start};
pub use report::{Report, Solution, Status, Step, Warm};
pub use row::Side;
