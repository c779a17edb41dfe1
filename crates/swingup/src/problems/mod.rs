//! Problems with known optima: what the solvers are tried on.

mod programs;
mod robots;
mod swing_up;

pub use programs::Program;
pub use robots::{double_cart_pole, planar_quadrotor, quadrotor};
pub use swing_up::{SWING_UP_OPTIMUM, SwingUp, swing_up};
