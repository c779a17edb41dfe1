//! Answers to oscillations and to steps.

use std::f64::consts::{PI, TAU};

use nalgebra::{Complex, Matrix1, Matrix2, matrix, vector};
use swingup::lqr::{frequency_response, sampled_frequency_response, sampled_step_response, step_response};

#[test]
fn responses_are_those_of_textbooks() {
    // w² / (s² + 2 z w s + w²), with a jump of 0.5 through D.
    let (w, z) = (3.0, 0.2f64);
    let (a, b) = (Matrix2::new(0.0, 1.0, -w * w, -2.0 * z * w), vector![0.0, w * w]);
    let (c, d) = (matrix![1.0, 0.0], matrix![0.5]);
    let response = frequency_response(&a, &b, &c, &d, &[0.0, w, 1e6]).unwrap();
    assert!((response[0][0] - Complex::new(1.5, 0.0)).norm_sqr() < 1e-30);
    assert!((response[1][0] - Complex::new(0.5, -0.5 / z)).norm_sqr() < 1e-28);
    assert!((response[2][0].re - 0.5).abs() < 1e-10);
    let root = (1.0 - z * z).sqrt();
    let h = 0.05;
    let expected = |t: f64| {
        let (sin, cos) = (root * w * t).sin_cos();
        1.5 - (-z * w * t).exp() * (cos + z / root * sin)
    };
    let outputs = step_response(&a, &b, &c, &d, h, 400).unwrap();
    assert_eq!(outputs.len(), 401);
    assert!(outputs.iter().enumerate().all(|(k, y)| (y[0] - expected(h * k as f64)).abs() < 1e-13));
    // x₊ = x / 2 + u / 2.
    let half = matrix![0.5];
    let outputs = sampled_step_response(&half, &half, &matrix![1.0], &matrix![0.0], 3).unwrap();
    assert_eq!(outputs.iter().map(|y| y[0]).collect::<Vec<_>>(), [0.0, 0.5, 0.75, 0.875]);
    let last = sampled_frequency_response(&half, &half, &matrix![1.0], &matrix![0.0], 0.1, &[PI / 0.1, TAU / 0.1]);
    let last = last.unwrap();
    assert!((last[0][0].re + 1.0 / 3.0).abs() < 1e-15 && (last[1][0].re - 1.0).abs() < 1e-15);
    // At a pole there is no answer.
    let (zero, one) = (Matrix1::new(0.0), Matrix1::new(1.0));
    assert!(frequency_response(&zero, &one, &one, &zero, &[0.0]).unwrap()[0][0].re.is_nan());
}
