//! The sampled loop with latency against 400 bits, and its closed forms against brute force.
//!
//! tests/data/lqr_cartpole.json: the cart-pole's gains with several weights, sampled, with delay, made in 400 bits.

use nalgebra::{DMatrix, DVector, Dyn};
use serde_json::Value;
use swingup::lqr::{Lq, poles, zero_order_hold};

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect()
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let size = |i: usize| value["shape"][i].as_u64().unwrap() as usize;
    DMatrix::from_row_slice(size(0), size(1), &numbers(&value["data"]))
}

fn references() -> Vec<Value> {
    serde_json::from_str(&crate::common::data("lqr_cartpole.json")).unwrap()
}

fn weights(reference: &Value) -> (DMatrix<f64>, DMatrix<f64>) {
    let q = DMatrix::from_diagonal(&DVector::from_vec(numbers(&reference["Q_diag"])));
    (q, DMatrix::from_element(1, 1, reference["R"].as_f64().unwrap()))
}

/// With the cost of the rectangle rule, as the reference has it.
fn sampled(reference: &Value) -> Lq<Dyn, Dyn> {
    let (q, r) = weights(reference);
    let h = reference["zoh"]["h"].as_f64().unwrap();
    Lq::new(matrix(&reference["zoh"]["Ad"]), matrix(&reference["zoh"]["Bd"]), q * h, r * h)
}

fn close(a: &[f64], b: &[f64], tolerance: f64) {
    assert_eq!(a.len(), b.len());
    let difference = a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
    let size = b.iter().map(|b| b * b).sum::<f64>().sqrt();
    assert!(difference <= tolerance * size, "relative difference {:e}", difference / size);
}

#[test]
fn the_notes_gains_come_out() {
    for reference in references() {
        let (q, r) = weights(&reference);
        let found = Lq::new(matrix(&reference["A"]), matrix(&reference["B"]), q, r).care().unwrap();
        close(found.gain.as_slice(), &numbers(&reference["K"]), 1e-16);
        close(found.cost_to_go.as_slice(), matrix(&reference["X"]).as_slice(), 1e-16);
    }
}

#[test]
fn sampled_gains_come_out() {
    for reference in references() {
        let h = reference["zoh"]["h"].as_f64().unwrap();
        let found = sampled(&reference).dare().unwrap();
        let expected = &reference["zoh"]["riemann_cost"];
        // Ad and Bd are rounded in the file, and the gain's condition is what that makes of it.
        close(found.gain.as_slice(), &numbers(&expected["K"]), 1e-13);
        close(found.cost_to_go.as_slice(), matrix(&expected["X"]).as_slice(), 1e-13);

        let (q, r) = weights(&reference);
        let continuous = Lq::new(matrix(&reference["A"]), matrix(&reference["B"]), q, r);
        let found = continuous.sampled(h).unwrap().dare().unwrap();
        let expected = &reference["zoh"]["exact_sampled_cost"];
        close(found.gain.as_slice(), &numbers(&expected["K"]), 1e-12);
        close(found.cost_to_go.as_slice(), matrix(&expected["X"]).as_slice(), 1e-12);
    }
}

/// The gain on the predicted state is the gain of the augmented problem, and so is the price of latency.
#[test]
fn latency_has_a_closed_form() {
    for reference in references() {
        let lq = sampled(&reference);
        let undelayed = lq.dare().unwrap();
        for delay in reference["delay"].as_array().unwrap() {
            let samples = delay["d"].as_u64().unwrap() as usize;
            let found = lq.with_latency(&undelayed, samples).unwrap();
            close(found.gain.as_slice(), &numbers(&delay["K_aug"]), 1e-13);
            assert!((found.cost_to_go.trace() / delay["trace_X"].as_f64().unwrap() - 1.0).abs() < 1e-13);
            let brute = lq.delayed(samples).unwrap().dare().unwrap();
            close(found.gain.as_slice(), brute.gain.as_slice(), 1e-13);
            close(found.cost_to_go.as_slice(), brute.cost_to_go.as_slice(), 1e-13);
            let radius = poles(&brute.closed_loop).iter().map(|p| p.norm_sqr().sqrt()).fold(0.0, f64::max);
            assert!((radius - delay["rho_closed"].as_f64().unwrap()).abs() < 1e-11, "{radius}");
            // From a state at rest, latency costs something, and more of it costs more.
            let tilted = [0.1, 0.0, 0.0, 0.0];
            let price = found.price(&undelayed, &tilted).unwrap();
            let augmented = brute.cost_to_go[(0, 0)] - undelayed.cost_to_go[(0, 0)];
            assert!((price - 0.01 * augmented).abs() <= 1e-12 * augmented && price >= 0.0);
        }
    }
}

/// A cross term is paid when the control acts.
#[test]
fn latency_with_a_cross_term() {
    for reference in references() {
        let plain = sampled(&reference);
        let lq = plain.clone().with_cross(&plain.q * &plain.b * 0.1);
        let found = lq.with_latency(&lq.dare().unwrap(), 4).unwrap();
        let brute = lq.delayed(4).unwrap().dare().unwrap();
        close(found.gain.as_slice(), brute.gain.as_slice(), 1e-13);
        close(found.cost_to_go.as_slice(), brute.cost_to_go.as_slice(), 1e-13);
    }
}

/// The loop that does not know of its latency is lost from the sample on that the file says.
#[test]
fn without_compensation_the_loop_fails_from_a_known_sample_on() {
    for reference in references() {
        let lq = sampled(&reference);
        let gain = lq.dare().unwrap().gain;
        let radius = |samples: usize| {
            let delayed = lq.delayed(samples).unwrap();
            let mut naive = DMatrix::zeros(1, delayed.a.nrows());
            naive.view_mut((0, 0), (1, 4)).copy_from(&gain);
            poles(&(delayed.a - delayed.b * naive)).iter().map(|p| p.norm_sqr().sqrt()).fold(0.0, f64::max)
        };
        for delay in reference["delay"].as_array().unwrap() {
            let expected = delay["rho_undelayed_gain_on_delayed_plant"].as_f64().unwrap();
            assert!((radius(delay["d"].as_u64().unwrap() as usize) - expected).abs() < 1e-11);
        }
        let first = (0..30).find(|&samples| radius(samples) > 1.0).unwrap();
        assert_eq!(first as u64, reference["first_unstable_delay_samples_without_compensation"].as_u64().unwrap());
    }
}

/// The prediction is the motion itself.
#[test]
fn the_prediction_is_where_the_motion_goes() {
    let reference = &references()[0];
    let (a, b) = zero_order_hold(&matrix(&reference["A"]), &matrix(&reference["B"]), 0.01).unwrap();
    let lq = Lq::new(a, b, DMatrix::identity(4, 4), DMatrix::identity(1, 1));
    let mut state = DMatrix::from_column_slice(4, 1, &[0.2, -0.1, 0.3, 0.4]);
    let under_way = [0.5, -2.0, 1.0];
    let mut augmented = state.as_slice().to_vec();
    augmented.extend(under_way);
    let predicted = lq.prediction(3).unwrap() * DMatrix::from_vec(7, 1, augmented);
    for oldest_first in under_way.iter().rev() {
        state = &lq.a * state + &lq.b * *oldest_first;
    }
    close(predicted.as_slice(), state.as_slice(), 1e-15);
}
