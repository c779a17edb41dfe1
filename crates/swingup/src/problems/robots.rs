//! Three robots, each with a start, a goal and one quadratic cost.

use core::f64::consts::PI;

use crate::cost::Tracking;
use crate::models::{DoubleCartPole, PlanarQuadrotor, Quadrotor};
use crate::ocp::Ocp;

/// Swing up both links of a double pole: 100 intervals of 0.03 s.
///
/// Without limits on track and motor its least cost is 1129.1406587154; there are many other local
/// optima (ten were met from twenty disturbed guesses).
pub fn double_cart_pole() -> Ocp<DoubleCartPole, Tracking<6, 1>, 6, 1> {
    let cost = Tracking {
        q: [0.5, 0.05, 5.0, 5.0, 0.05, 0.05],
        r: [0.005],
        goal: [0.0, 0.0, PI, PI, 0.0, 0.0],
        rest: [0.0],
        terminal: 10.0,
    };
    Ocp::new(DoubleCartPole::new(0.5, 9.81), cost, [0.0; 6], 100, 0.03).expect("constants that are in range")
}

/// Fly 4 m to the right and 1 m up: 60 intervals of 0.05 s.
///
/// Without limits on thrusts and tilt, and with nothing in the way, its least cost is 115.6801599293.
pub fn planar_quadrotor() -> Ocp<PlanarQuadrotor, Tracking<6, 2>, 6, 2> {
    let cost = Tracking {
        q: [0.5, 0.5, 0.05, 0.05, 0.05, 0.05],
        r: [0.025; 2],
        goal: [4.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        rest: [2.4525; 2],
        terminal: 20.0,
    };
    Ocp::new(PlanarQuadrotor::default(), cost, [0.0; 6], 60, 0.05).expect("constants that are in range")
}

/// Fly 2 m ahead, 1.5 m to the right and 1 m up, and turn by 1.2 rad: 50 intervals of 0.05 s.
///
/// Without limits on thrusts and tilt its least cost is 87.7802748831.
pub fn quadrotor() -> Ocp<Quadrotor, Tracking<12, 4>, 12, 4> {
    let cost = Tracking {
        q: [1.0, 1.0, 1.0, 0.1, 0.1, 0.5, 0.05, 0.05, 0.05, 0.025, 0.025, 0.025],
        r: [0.025; 4],
        goal: [2.0, -1.5, 1.0, 0.0, 0.0, 1.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        rest: [2.4525; 4],
        terminal: 20.0,
    };
    Ocp::new(Quadrotor::default(), cost, [0.0; 12], 50, 0.05).expect("constants that are in range")
}
