//! The exact Hessian in lanes over knots is that of the transcription, knot by knot.

use super::bend::bend_dynamics;
use super::passes;
use super::shooting::{Shooting, bend_each};
use super::work::Work;
use crate::cost::Tracking;
use crate::lanes::Plain;
use crate::models::{CartPole, ForceDrivenCartPole, Pendulum, PlanarQuadrotor};
use crate::{At, Dynamics, Ocp, Quantity, Scalar};

/// Marsaglia's xorshift, in [-1, 1).
fn random(state: &mut u64) -> f64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    (*state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

/// A rate that changes with time and with its parameter.
struct Driven;

impl Dynamics<1, 1, 1> for Driven {
    const STATES: [Quantity; 1] = [Quantity::new("x", "1")];
    const CONTROLS: [Quantity; 1] = [Quantity::new("u", "1")];

    fn xdot<S: Scalar>(&self, at: &At<'_, S, 1>, [x]: [S; 1], [u]: [S; 1]) -> [S; 1] {
        [(x * at.p[0]).sin() * (at.t + u).exp()]
    }
}

/// Of a model whose rates bend with this number of states and controls.
fn agrees<D, const NX: usize, const NU: usize, const NP: usize>(model: D, bent: usize)
where
    D: Dynamics<NX, NU, NP> + Send + 'static,
{
    let cost = Tracking { q: [1.0; NX], r: [1.0; NU], goal: [0.0; NX], rest: [0.0; NU], terminal: 1.0 };
    let parameters = (0..6).map(|k| [0.5 + 0.1 * f64::from(k); NP]).collect();
    let shooting = Shooting::new(Ocp::with_parameters(model, cost, [0.0; NX], 0.05, parameters).unwrap());
    assert_eq!(shooting.structure.bent.len(), bent);
    let (mut lanes, mut state) = (Work::<NX, NU>::new(5), 1);
    for k in 0..=5 {
        lanes.plan.set_state(k, &core::array::from_fn(|_| random(&mut state)));
        lanes.plan.set_control(k, &core::array::from_fn(|_| 5.0 * random(&mut state)));
        lanes.multipliers.iter_mut().for_each(|series| series.as_flattened_mut()[k] = random(&mut state));
    }
    // Beyond the horizon anything may stand.
    for k in 6..8 {
        lanes.plan.set_state(k, &[f64::NAN; NX]);
        lanes.multipliers.iter_mut().for_each(|series| series.as_flattened_mut()[k] = f64::NAN);
    }
    let (mut plain, mut each) = (lanes.clone(), lanes.clone());
    passes::bend(&shooting.places(), &shooting.structure, &mut lanes);
    bend_dynamics::<Plain, D, _, NX, NU, NP>(&shooting.places(), &shooting.structure, &mut plain);
    bend_each(&shooting.nlp, &mut each);
    let found = lanes.stages[..5].iter().chain(&plain.stages[..5]);
    for (a, b) in found.zip(each.stages[..5].iter().cycle()) {
        let entries = |stage: &super::recursion::Stage<f64, NX, NU>| {
            let [xx, ux] = [stage.xx.as_flattened(), stage.ux.as_flattened()];
            [xx, ux, stage.uu.as_flattened()].concat()
        };
        let (a, b) = (entries(a), entries(b));
        let size = b.iter().fold(0.0f64, |size, b| size.max(b.abs()));
        assert!(size > 0.0 && a.iter().zip(&b).all(|(a, b)| (a - b).abs() < 1e-14 * size), "{a:?} {b:?}");
    }
}

#[test]
fn the_exact_hessian_in_lanes_is_that_of_the_transcription() {
    agrees::<_, 2, 1, 0>(Pendulum::new(1.0, 0.5, 9.81), 1);
    agrees::<_, 4, 1, 0>(CartPole::new(0.5, 9.81), 2);
    agrees::<_, 4, 1, 0>(ForceDrivenCartPole::new(1.0, 0.1, 0.5, 9.81), 3);
    agrees::<_, 6, 2, 0>(PlanarQuadrotor::default(), 3);
    agrees::<_, 1, 1, 1>(Driven, 2);
}
