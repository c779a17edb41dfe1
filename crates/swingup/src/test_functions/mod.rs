//! Functions with known minima, to try a method on.

mod quadratic;
mod simple;

pub use quadratic::{DiagonalQuadratic, Quadratic};
pub use simple::{Cone, Power, Rosenbrock};
