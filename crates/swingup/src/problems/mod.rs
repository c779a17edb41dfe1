//! Problems with known optima: what the solvers are tried on.

mod first_order;
pub mod limited;
mod parking;
mod programs;
mod robots;
mod swing_up;

pub use first_order::{
    Distance, Inside, SHORT_TRACK_OPTIMUM, SPRING_OPTIMUM, ShortTrack, Spring, rounded_abs, short_track, solve_rounded,
    spring,
};
pub use parking::{PARKING_OPTIMUM, Parking, parking, parking_active, parking_arrivals, parking_path, parking_under};
pub use programs::Program;
pub use robots::{double_cart_pole, planar_quadrotor, quadrotor};
pub use swing_up::{Regularized, SWING_UP_OPTIMUM, SwingUp, swing_up, swing_up_regularized};
