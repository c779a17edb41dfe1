//! The units of cost, states and controls are a matter of taste.

use std::f64::consts::PI;

use swingup::cost::Tracking;
use swingup::models::CartPole;
use swingup::mpc::{Mpc, Options};
use swingup::{At, Bound, Dynamics, Ocp, Quantity, Scalar};

use super::{plant, pushed};

const FREE: Bound = Bound::FREE;

/// The cart-pole with states and control in so many of their units.
struct Scaled {
    states: [f64; 4],
    control: f64,
}

impl Dynamics<4, 1> for Scaled {
    const STATES: [Quantity; 4] = <CartPole as Dynamics<4, 1>>::STATES;
    const CONTROLS: [Quantity; 1] = <CartPole as Dynamics<4, 1>>::CONTROLS;

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 4], [u]: [S; 1]) -> [S; 4] {
        let plain = [0, 1, 2, 3].map(|i| x[i] * (1.0 / self.states[i]));
        let rate = CartPole::new(0.5, 9.81).xdot(at, plain, [u * (1.0 / self.control)]);
        [0, 1, 2, 3].map(|i| rate[i] * self.states[i])
    }
}

/// Controls of the race in m/s² along a disturbed loop, with these units; a second limit on the speed.
fn controls(options: &Options, scaled: Scaled, unit: f64) -> Vec<f64> {
    let Scaled { states, control } = scaled;
    let goal = [0.0, 0.0, PI * states[2], 0.0];
    let q = [0.5, 0.05, 2.5, 0.05];
    let cost = Tracking {
        q: [0, 1, 2, 3].map(|i| unit * q[i] / (states[i] * states[i])),
        r: [unit * 0.05 / (control * control)],
        goal,
        rest: [0.0],
        terminal: 10.0,
    };
    let ocp = Ocp::new(scaled, cost, [0.0; 4], 50, 0.05)
        .and_then(|ocp| {
            ocp.bound_states([Bound::symmetric(0.5 * states[0]), Bound::symmetric(2.0 * states[1]), FREE, FREE])
        })
        .and_then(|ocp| ocp.bound_controls([Bound::symmetric(10.0 * control)]))
        .unwrap();
    let mut mpc = Mpc::new(ocp, options.clone()).unwrap();
    let mut x = [0.0; 4];
    (0..120)
        .map(|k| {
            let [u] = mpc.control(&[0, 1, 2, 3].map(|i| x[i] * states[i])).map(|u| u / control);
            let (next, push) = (plant(x, [u]), pushed(k));
            x = std::array::from_fn(|i| next[i] + push[i]);
            u
        })
        .collect()
}

fn furthest(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

const ONE: Scaled = Scaled { states: [1.0; 4], control: 1.0 };

/// Powers of 2 change no rounding of a step; the first plan ends where its method says, in units of its own.
#[test]
fn the_unit_of_the_cost_changes_nothing() {
    for options in [Options::default(), Options::converged()] {
        let plain = controls(&options, ONE, 1.0);
        for unit in [1e6, 1e-6] {
            let off = furthest(&plain, &controls(&options, ONE, unit));
            assert!(off < 1e-9, "{unit:e}: {off:e}");
        }
    }
}

#[test]
fn units_of_states_and_controls_change_nothing() {
    for options in [Options::default(), Options::converged()] {
        let plain = controls(&options, ONE, 1.0);
        for (i, factor) in [(0, 1e3), (0, 1e-3), (1, 1e3), (1, 1e-3), (2, 1e3), (3, 1e-3), (4, 1e3), (4, 1e-3)] {
            let mut units = [1.0; 5];
            units[i] = factor;
            let [a, b, c, d, control] = units;
            let off = furthest(&plain, &controls(&options, Scaled { states: [a, b, c, d], control }, 1.0));
            assert!(off < 1e-9, "{i} {factor:e}: {off:e}");
        }
    }
}
