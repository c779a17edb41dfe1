//! Poles, sampling, margins and structure of linear systems: laws, and the digits of other tools.
//!
//! `lqr_cartpole.json` has the cart-pole's regulators, sampled in 400 bits; `lqr_margins.json` their margins, as
//! roots of closed forms; `lqr_carex.json` and `lqr_darex.json` are the benchmarks CAREX and DAREX 2.0 (Abels, Benner
//! 1999), solved in 400 to 700 bits.

#[path = "../common/mod.rs"]
mod common;
mod margins;
mod poles;
mod responses;
mod sampled;
mod structure;

use common::data;
use nalgebra::{Complex, DMatrix, Matrix2, Vector2, matrix};
use serde_json::Value;
use swingup::lqr::{Lq, Refusal, controllability, margins, observability, sampled_margins, zero_order_hold};

fn references(file: &str) -> Vec<Value> {
    serde_json::from_str(&data(file)).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn read(value: &Value) -> DMatrix<f64> {
    let shape = numbers(&value["shape"]);
    if let Some(triplets) = value["triplets"].as_array() {
        let mut m = DMatrix::zeros(shape[0] as usize, shape[1] as usize);
        triplets.iter().map(numbers).for_each(|t| m[(t[0] as usize, t[1] as usize)] = t[2]);
        return m;
    }
    DMatrix::from_row_slice(shape[0] as usize, shape[1] as usize, &numbers(&value["data"]))
}

fn distance(a: Complex<f64>, b: Complex<f64>) -> f64 {
    (a - b).re.hypot((a - b).im)
}

#[test]
fn bad_input_is_refused_by_name() {
    let (a, b) = (DMatrix::<f64>::identity(2, 2), DMatrix::<f64>::zeros(3, 1));
    let shape = Refusal::Shape { matrix: "B", expected: (2, 1), found: (3, 1) };
    assert_eq!(zero_order_hold(&a, &b, 0.1).unwrap_err(), shape);
    assert_eq!(controllability(&a, &b).unwrap_err(), shape);
    let c = DMatrix::from_element(1, 2, f64::INFINITY);
    let entry = Refusal::NotFinite { matrix: "C", row: 0, column: 0, value: f64::INFINITY };
    assert_eq!(observability(&a, &c).unwrap_err(), entry);
    let k = DMatrix::zeros(2, 1);
    let shape = Refusal::Shape { matrix: "K", expected: (1, 2), found: (2, 1) };
    assert_eq!(margins(&DMatrix::identity(2, 2), &DMatrix::zeros(2, 1), &k).unwrap_err(), shape);
    let one = matrix![1.0];
    assert_eq!(sampled_margins(&one, &one, &one, 0.0).unwrap_err().to_string(), "h is 0, and should be positive");
    let lq = Lq::new(Matrix2::identity(), Vector2::x(), Matrix2::identity(), matrix![1.0]);
    assert_eq!(lq.sampled(f64::NAN).unwrap_err().to_string(), "h[0, 0] is NaN");
    // e^1000 is beyond what a number can be.
    let overflow = zero_order_hold(&matrix![1.0], &matrix![1.0], 1000.0).unwrap_err();
    assert!(matches!(overflow, Refusal::NotFinite { matrix: "exp(Ah)", row: 0, column: 0, .. }));
}
