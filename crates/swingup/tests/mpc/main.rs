//! The predictive controller holds what it controls, at the cost of the converged one, and says truly how each sample went.

#[path = "../common/mod.rs"]
mod common;

mod batch;
mod changing;
mod edges;
mod feedback;
mod linear;
mod obstacles;
mod optimum;
mod race;
mod sensitivity;
mod time;
mod trouble;
mod units;

use std::f64::consts::PI;

use swingup::At;
use swingup::integrate::rk4_step;
use swingup::models::CartPole;
use swingup::mpc::Mpc;

/// Samples of a closed loop on the race.
const SAMPLES: usize = 200;

/// The cart-pole of the race, a sample later.
fn plant(x: [f64; 4], u: [f64; 1]) -> [f64; 4] {
    rk4_step(&CartPole::new(0.5, 9.81), &At { t: 0.0, p: &[] }, 0.05, x, u)
}

/// What a sample of the race costs.
fn running(x: [f64; 4], [u]: [f64; 1]) -> f64 {
    let (q, goal) = ([0.5, 0.05, 2.5, 0.05], [0.0, 0.0, PI, 0.0]);
    (0..4).map(|i| q[i] * (x[i] - goal[i]).powi(2)).sum::<f64>() + 0.05 * u * u
}

/// Forces that push the states, and a kick of the pole in the middle.
fn pushed(k: usize) -> [f64; 4] {
    let t = k as f64;
    let kick = if k == 100 { 1.5 } else { 0.0 };
    [0.0, 0.02 * (1.7 * t).sin(), 0.0, 0.05 * (2.3 * t + 1.0).sin() + kick]
}

fn undisturbed(_: usize) -> [f64; 4] {
    [0.0; 4]
}

/// How a closed loop on the race went.
#[derive(Debug)]
struct Lap {
    cost: f64,
    /// The largest |x|.
    furthest: f64,
    /// Newton steps of the samples, in order of size.
    steps: Vec<usize>,
    end: [f64; 4],
}

impl Lap {
    fn is_up(&self) -> bool {
        (self.end[2] - PI).abs() < 0.5 && self.furthest < 0.6
    }
}

type Sample = fn(&mut Mpc<4, 1>, &[f64; 4]) -> [f64; 1];

/// A closed loop of the race's plant, disturbed; every sample must be usable.
fn lap(mpc: &mut Mpc<4, 1>, start: [f64; 4], disturbance: impl Fn(usize) -> [f64; 4], sample: Sample) -> Lap {
    let mut lap = Lap { cost: 0.0, furthest: 0.0, steps: Vec::new(), end: start };
    for k in 0..SAMPLES {
        let u = sample(mpc, &lap.end);
        assert!(u[0].abs() <= 10.0 && mpc.report().status.is_usable(), "{k}: {}", mpc.report());
        lap.steps.push(mpc.report().steps);
        lap.cost += running(lap.end, u);
        let (next, push) = (plant(lap.end, u), disturbance(k));
        lap.end = std::array::from_fn(|i| next[i] + push[i]);
        lap.furthest = lap.furthest.max(lap.end[0].abs());
    }
    lap.steps.sort();
    lap
}
