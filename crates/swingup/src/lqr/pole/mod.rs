//! A pole on its cart under a linear feedback: far from upright, within a motor's limits, and brought there.

mod angle;
mod motor;
mod region;
mod swing_up;
mod upright;

pub use angle::Angle;
pub use motor::Motor;
pub use region::{Trial, edge, outline};
pub use swing_up::{Phase, SwingUp};
pub use upright::Upright;
