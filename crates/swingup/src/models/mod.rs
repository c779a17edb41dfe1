//! Systems to control, each one text in [`Scalar`](crate::Scalar).
//!
//! | model | states / controls | is |
//! | --- | --- | --- |
//! | [`CartPole`] | 4 / 1 | a uniform pole on a cart whose acceleration is commanded |
//! | [`ForceDrivenCartPole`] | 4 / 1 | the same pole on a cart that is pushed, so that the pole pushes back |
//! | [`Pendulum`] | 2 / 1 | the same pole on a motor |
//! | [`DoubleCartPole`] | 6 / 1 | two links one below the other, on a cart whose acceleration is commanded |
//! | [`PlanarQuadrotor`] | 6 / 2 | a quadrotor seen from the side |
//! | [`Quadrotor`] | 12 / 4 | a quadrotor in space |
//! | [`OscillatingMasses`] | 12 / 3 | six masses between walls, joined by springs |
//! | [`Chain`] | any even number / any up to half of it | masses between walls, joined by springs, some of them pushed |
//! | [`DoubleIntegrator`] | 2 / 1 | a mass on a line |
//! | [`Linear`] | any | x' = Ax + Bu |
//! | [`Slewed`] | any | another model whose controls are states, driven by their rates |
//!
//! An angle of a pole is 0 where it hangs and π where it stands, counter-clockwise positive. A physical constant is a
//! [`Coefficient`](crate::Coefficient): a number, or a parameter of the knot.

mod cart_pole;
mod chain;
mod double_cart_pole;
mod double_integrator;
mod force_driven_cart_pole;
mod linear;
mod oscillating_masses;
mod pendulum;
mod planar_quadrotor;
mod quadrotor;
mod slewed;

pub use cart_pole::CartPole;
pub use chain::Chain;
pub use double_cart_pole::DoubleCartPole;
pub use double_integrator::DoubleIntegrator;
pub use force_driven_cart_pole::ForceDrivenCartPole;
pub use linear::Linear;
pub use oscillating_masses::OscillatingMasses;
pub use pendulum::Pendulum;
pub use planar_quadrotor::PlanarQuadrotor;
pub use quadrotor::Quadrotor;
pub use slewed::Slewed;
