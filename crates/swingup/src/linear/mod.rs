//! Linear systems of Newton's method.

mod bunch_parlett;
mod kkt;
mod lu;
mod riccati;

pub use kkt::{Breakdown, KktStep, RightSide, Side};
pub use riccati::Riccati;
