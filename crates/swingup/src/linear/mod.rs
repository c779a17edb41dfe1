//! Linear systems with the band structure that time gives them.
//!
//! When the variables of a control problem are numbered knot by knot, a variable meets only those of its own and of the
//! neighbouring knots, and every matrix of the problem is a narrow band. Which solver is for which system:
//!
//! ```text
//! system                                                        solver
//! H p = -g, H positive definite                                 BandCholesky
//! [H  A'; A  -δ I], its multipliers eliminated: H + A'A/δ       BandCholesky, if H > 0 where A p = 0 and δ is small
//! [H  A'; A   0  ], all of it, multipliers among their knots    BandLdlt, and its inertia tells a minimum
//! ```
//! The second line is the system of a penalty or of a method of multipliers. Its condition grows with 1/δ, and its
//! elimination is the cheapest there is. The condition of the third line has no δ in it; its elimination has more
//! unknowns, a wider front and a search for pivots.
//!
//! A Hessian that can only be multiplied by comes from [`probing`].
//!
//! The solvers know indices and no knots: which variable of which knot has which index is for those who assemble to
//! say.

pub mod band;
pub mod cholesky;
mod equilibrate;
mod front;
pub mod ldlt;
pub mod probing;

pub use band::SymmetricBand;
pub use cholesky::{BandCholesky, NotPositiveDefinite};
pub use ldlt::{BandLdlt, Inertia, LdltError};
