//! Linear systems of Newton's method.

mod band;
mod bunch_parlett;
mod cholesky;
mod equilibrate;
mod front;
mod kkt;
mod kkt_band;
mod ldlt;
mod lu;
mod riccati;

pub use band::SymmetricBand;
pub use cholesky::{BandCholesky, NotPositiveDefinite};
pub use kkt::{Breakdown, KktStep, RightSide, Side};
pub use kkt_band::KktBand;
pub use ldlt::{BandLdlt, Inertia, LdltError};
pub(crate) use lu::Lu;
pub use riccati::Riccati;
