//! Linear systems with the band structure that time gives them.
//!
//! When the variables of a control problem are numbered knot by knot, a variable meets only those of its own and of the
//! neighbouring knots, and every matrix of the problem is a narrow band. Which solver is for which system:
//!
//! ```text
//! system                                                        solver
//! H p = -g, H positive definite                                 BandCholesky
//! [H  A'; A  -δ I], its multipliers eliminated: H + A'A/δ       BandCholesky, if H > 0 where A p = 0 and δ is small
//! [H  A'; A  -δ I], all of it, multipliers among their knots    KktBand on BandLdlt; its inertia tells a minimum
//! [H  A'; A   0  ], knot by knot                                Riccati, with the inertia of its blocks
//! ```
//! The second line is the system of a penalty or of a method of multipliers. Its condition grows with 1/δ, and its
//! elimination is the cheapest there is. The condition of the third line has no δ in it; its elimination has more
//! unknowns, a wider front and a search for pivots. The fourth makes the same step ten times as fast, but its blocks are
//! pivots by decree: where one is nearly singular it loses digits that the third line keeps.
//!
//! A Hessian that can only be multiplied by comes from [`probing`].
//!
//! `KktBand` and `Riccati` are made of an [`Expansion`](crate::expansion::Expansion) and name the knot when they break down; the
//! others know indices only.

mod band;
mod bunch_parlett;
mod cholesky;
mod condition;
mod equilibrate;
mod front;
mod kkt;
mod kkt_band;
mod ldlt;
mod lu;
pub mod probing;
mod riccati;

pub use band::SymmetricBand;
pub use cholesky::{BandCholesky, NotPositiveDefinite};
pub use condition::condition;
pub use kkt::{Breakdown, KktStep, RightSide, Side};
pub use kkt_band::KktBand;
pub use ldlt::{BandLdlt, Inertia, LdltError};
pub use riccati::Riccati;
