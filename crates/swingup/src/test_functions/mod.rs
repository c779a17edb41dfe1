//! Functions with known minima, to try a method on.

pub mod more_garbow_hillstrom;
mod quadratic;
mod simple;

pub use quadratic::{DiagonalQuadratic, Quadratic, identity, orthogonal, times};
pub use simple::{Cone, Power, PulledString, Rosenbrock};
