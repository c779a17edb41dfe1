//! Riccati equations against solutions of 400 bits and more: the collections CAREX and DAREX 2.0 (Abels, Benner 1999).
//!
//! tests/data/lqr_carex.json and lqr_darex.json hold the parametric examples with X, K and poles, made with the matrix sign
//! function and doubling in 400 to 700 bits, polished and rounded to double precision. Three of DAREX have no K there.

use nalgebra::{Complex, DMatrix, Dyn};
use serde_json::Value;
use swingup::lqr::{Lq, Refusal, Time, poles};

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

fn examples() -> Vec<(Time, Value)> {
    let read = |time, file| {
        let all: Vec<Value> = serde_json::from_str(&crate::common::data(file)).unwrap();
        all.into_iter().map(move |example| (time, example))
    };
    read(Time::Continuous, "lqr_carex.json").chain(read(Time::Discrete, "lqr_darex.json")).collect()
}

fn problem(example: &Value) -> Lq<Dyn, Dyn> {
    let lq = Lq::new(matrix(&example["A"]), matrix(&example["B"]), matrix(&example["Q"]), matrix(&example["R"]));
    if example["S"].is_object() { lq.with_cross(matrix(&example["S"])) } else { lq }
}

/// Relative, Frobenius; of the leading block where the file has no more.
fn error(found: &DMatrix<f64>, expected: &Value) -> f64 {
    let expected = matrix(expected);
    let found = found.view((0, 0), expected.shape());
    let difference = (found - &expected).norm();
    if difference == 0.0 { 0.0 } else { difference / expected.norm() }
}

#[test]
fn solutions_and_gains_are_right_to_rounding() {
    let mut seen = 0;
    for (time, example) in examples() {
        if example["critical"].as_bool() == Some(true) {
            continue;
        }
        let lq = problem(&example);
        let id = &example["id"];
        let found = match time {
            Time::Continuous => lq.care(),
            Time::Discrete => lq.dare(),
        };
        let found = found.unwrap_or_else(|refusal| panic!("{id}: {refusal}"));
        let (of_x, of_k) = (error(&found.cost_to_go, &example["X"]), error(&found.gain, &example["K"]));
        // One in a hundred million of a rounding, where it is not the very same double.
        assert!(of_x < 1e-18 && of_k < 1e-18, "{id}: X {of_x:e}, K {of_k:e}");
        assert!(found.error < 1e-16, "{id}: bound {:e}", found.error);
        assert_eq!(found.cost_to_go, found.cost_to_go.transpose(), "{id}");
        seen += 1;
    }
    assert_eq!(seen, 24);
}

/// The distance from each pole to the nearest one of the file.
#[test]
fn closed_loops_have_the_known_poles() {
    for (time, example) in examples() {
        let Some(known) = example["closed_loop_poles"].as_array() else { continue };
        let lq = problem(&example);
        let found = if time == Time::Continuous { lq.care() } else { lq.dare() }.unwrap();
        let known = known.iter().map(|p| Complex::new(p[0].as_f64().unwrap(), p[1].as_f64().unwrap()));
        let known: Vec<Complex<f64>> = known.collect();
        for pole in poles(&found.closed_loop) {
            let stable = if time == Time::Continuous { -pole.re } else { 1.0 - pole.norm_sqr() };
            let distance = known.iter().map(|known| (known - pole).norm_sqr().sqrt()).fold(f64::INFINITY, f64::min);
            // Poles that meet are known to a part of the digits: a chain of 21 integrators has them all near a circle.
            let id = example["id"].as_str().unwrap();
            let tolerance = if id == "carex-4.1" { 3e-2 } else { 1e-7 };
            assert!(distance < tolerance * found.closed_loop.norm().max(1.0), "{id}: {pole} by {distance:e}");
            // One of them has poles that are five parts in ten to the thirteenth away from the axis.
            assert!(stable > if id == "carex-2.8" { -1e-12 } else { 0.0 }, "{id}: {pole}");
        }
    }
}

#[test]
fn poles_on_the_axis_are_refused_with_the_pole() {
    let (_, critical) = examples().into_iter().find(|(_, example)| example["critical"] == true).unwrap();
    let Err(Refusal::Marginal { pole }) = problem(&critical).care() else { panic!("a solution of {}", critical["id"]) };
    assert!(pole.re.abs() < 1e-6 && (pole.im.abs() - 1.0).abs() < 1e-6, "{pole}");
}

/// A minimum but in two examples, whose cost falls without bound before it is made to stabilize.
#[test]
fn a_saddle_is_told_from_a_minimum() {
    for (time, example) in examples() {
        let lq = problem(&example);
        let Ok(found) = (if time == Time::Continuous { lq.care() } else { lq.dare() }) else { continue };
        let weight = match time {
            Time::Continuous => lq.r.clone(),
            Time::Discrete => &lq.r + lq.b.transpose() * &found.cost_to_go * &lq.b,
        };
        let negative = weight.symmetric_eigenvalues().iter().filter(|&&e| e < 0.0).count();
        assert_eq!(found.negative, negative, "{}", example["id"]);
        assert_eq!(negative > 0, example["id"] == "darex-1.2" || example["id"] == "darex-1.4", "{}", example["id"]);
    }
}
