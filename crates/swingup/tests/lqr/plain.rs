//! The textbook's methods solve easy equations, so that what they lose on hard ones is not a slip of ours.

use nalgebra::{DMatrix, Dyn, Matrix1, Matrix4, Vector4};
use swingup::lqr::Lq;
use swingup::lqr::plain::{Residual, newton_step, sign_function};

/// A cart-pole near the top, with a cross term.
fn pole() -> Lq<Dyn, Dyn> {
    let a = Matrix4::new(0.0, 1.0, 0.0, 0.0, 29.43, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0);
    let b = Vector4::new(0.0, 3.0, 0.0, 1.0);
    let s = Vector4::new(0.1, 0.0, 0.2, 0.0);
    Lq::new(a, b, Matrix4::identity(), Matrix1::new(1.0)).with_cross(s).any_size()
}

fn error(x: &DMatrix<f64>, known: &DMatrix<f64>) -> f64 {
    (x - known).norm() / known.norm()
}

#[test]
fn the_sign_function_has_the_solution_to_most_digits() {
    let known = pole().care().unwrap().cost_to_go;
    let found = sign_function(&pole()).unwrap();
    assert!(error(&found, &known) < 1e-13, "{:e}", error(&found, &known));
}

#[test]
fn newtons_steps_come_to_the_solution_with_either_residual() {
    let known = pole().care().unwrap().cost_to_go;
    for (residual, tolerance) in [(Residual::Plain, 1e-13), (Residual::TwiceTheDigits, 1e-16)] {
        let mut x = &known * 2.0;
        for _ in 0..10 {
            x = newton_step(&pole(), &x, residual).unwrap();
        }
        assert!(error(&x, &known) < tolerance, "{residual:?}: {:e}", error(&x, &known));
    }
}

#[test]
fn what_they_cannot_do_is_nothing() {
    let mut lq = pole();
    assert!(newton_step(&lq, &DMatrix::zeros(4, 4), Residual::Plain).is_none(), "no gain, so it falls");
    lq.r[(0, 0)] = 0.0;
    assert!(sign_function(&lq).is_none() && newton_step(&lq, &DMatrix::identity(4, 4), Residual::Plain).is_none());
}
