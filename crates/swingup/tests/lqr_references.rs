//! Riccati equations against solutions of 400 bits and more: the collections CAREX and DAREX 2.0 (Abels, Benner 1999).
//!
//! tests/data/lqr_carex.json and lqr_darex.json hold the parametric examples with X, K and poles, made with the matrix sign
//! function and doubling in 400 to 700 bits, polished and rounded to double precision.

use nalgebra::DMatrix;
use serde_json::Value;
use swingup::lqr::{Lq, Refusal, Regulator};

fn matrix(value: &Value) -> DMatrix<f64> {
    let size = |i: usize| value["shape"][i].as_u64().unwrap() as usize;
    let (rows, columns) = (size(0), size(1));
    if let Some(data) = value["data"].as_array() {
        return DMatrix::from_row_iterator(rows, columns, data.iter().map(|v| v.as_f64().unwrap()));
    }
    let mut m = DMatrix::zeros(rows, columns);
    for entry in value["triplets"].as_array().unwrap() {
        m[(entry[0].as_u64().unwrap() as usize, entry[1].as_u64().unwrap() as usize)] = entry[2].as_f64().unwrap();
    }
    m
}

fn problem(example: &Value) -> Lq<nalgebra::Dyn, nalgebra::Dyn> {
    let lq = Lq::new(matrix(&example["A"]), matrix(&example["B"]), matrix(&example["Q"]), matrix(&example["R"]));
    if example["S"].is_object() { lq.with_cross(matrix(&example["S"])) } else { lq }
}

fn examples(file: &str) -> Vec<Value> {
    let path = format!("{}/../../tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Relative, Frobenius; of the leading block where the file has no more.
fn error(found: &DMatrix<f64>, expected: &Value) -> f64 {
    let expected = matrix(expected);
    let found = found.view((0, 0), expected.shape());
    (found - &expected).norm() / expected.norm()
}

#[test]
fn show() {
    for (file, discrete) in [("lqr_carex.json", false), ("lqr_darex.json", true)] {
        for example in examples(file) {
            let lq = problem(&example);
            let start = std::time::Instant::now();
            let found = if discrete { lq.dare() } else { lq.care() };
            let time = start.elapsed().as_secs_f64() * 1e3;
            match found {
                Ok(Regulator { cost_to_go, gain, condition, error: residual, .. }) => {
                    println!(
                        "{:12} n {:3} X {:.1e} K {:.1e} cond {:.1e} ({:.1e}) residual {:.1e} {time:.3} ms",
                        example["id"].as_str().unwrap(),
                        lq.a.nrows(),
                        error(&cost_to_go, &example["X"]),
                        error(&gain, &example["K"]),
                        condition,
                        example["cond_kenney_hewer"].as_f64().unwrap_or(0.0),
                        residual
                    );
                }
                Err(refusal) => println!("{:12} {refusal} {time:.3} ms", example["id"].as_str().unwrap()),
            }
        }
    }
    let _ = Refusal::Idle { control: 0 };
}
