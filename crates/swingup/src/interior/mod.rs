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
//! What a warm start saves ([`solve_from`]), on the race of 50 intervals from another start than that of the solution it has:
//!
//! | start differs by | steps cold | steps warm | time |
//! | --- | --- | --- | --- |
//! | nothing | 28 | 4 | 28 % |
//! | (0.0001 m, 0.0005 m/s, 0.0002, 0.001/s) | 30 | 4 | 25 % |
//! | ten times that | 29 | 4 | 26 % |
//! | a hundred times that | 30 | 7 | 41 % |
//! | a thousand times that | 38 | 319, to another optimum | 16 times |
//!
//! (`cargo bench -p swingup --bench interior`). The last line says when not to: a plan that is a tenth of a metre and a radian per
//! second away is no longer a beginning.
//!
//! ```
//! use swingup::interior::{self, Options};
//! use swingup::{Trajectory, problems::limited, transcription::RK4};
//!
//! let problem = limited::race(50)?.transcribe(RK4);
//! let hanging = Trajectory::constant(50, [0.0; 4], [0.0]);
//! let solution = interior::solve(&problem, &hanging, &Options::default())?;
//! assert!(solution.report.status.is_solved());
//! # Ok::<(), swingup::ocp::ProblemError>(())
//! ```

mod best;
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

pub use crate::constrained::Side;
pub use horizon::{solve, solve_from, solve_watched};
pub use options::{Options, Start};
pub use report::{Report, Solution, Status, Step, Warm};
