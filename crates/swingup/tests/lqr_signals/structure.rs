//! What the control reaches and the cost sees.

use nalgebra::{Complex, DMatrix, Matrix2, Matrix4, Vector2, Vector4, matrix, vector};
use swingup::lqr::{Lq, controllability, observability, poles};

use crate::common::Random;

#[test]
fn distances_tell_which_modes_are_reached() {
    // Rows (0, 0, 1e-6) and (0, -3, 3) at the first mode, with the norm √(1 + 4 + 9 + 1e-12).
    let (a, b) = (Matrix2::new(1.0, 0.0, 0.0, -2.0), Vector2::new(1e-6, 3.0));
    let modes = controllability(&a, &b).unwrap();
    let norm = (14.0f64 + 1e-12).sqrt();
    assert_eq!((modes[0].0.re, modes[1].0.re), (-2.0, 1.0));
    assert!((modes[1].1 * norm / 1e-6 - 0.5f64.sqrt()).abs() < 1e-9, "{modes:?}");
    // A mode that no control moves, turned so that no zero shows it.
    let mut random = Random(8);
    for _ in 0..50 {
        let turn = DMatrix::from_fn(5, 5, |_, _| 2.0 * random.next() - 1.0).qr().q();
        let mut a = DMatrix::from_fn(5, 5, |_, _| 2.0 * random.next() - 1.0);
        let mut b = DMatrix::from_fn(5, 2, |_, _| 2.0 * random.next() - 1.0);
        a.view_mut((3, 0), (2, 3)).fill(0.0);
        b.view_mut((3, 0), (2, 2)).fill(0.0);
        let hidden = poles(&a.view((3, 3), (2, 2)).clone_owned());
        let (a, b) = (&turn * a * turn.transpose(), &turn * b);
        for (mode, distance) in controllability(&a, &b).unwrap() {
            let is_hidden = hidden.iter().any(|&h| crate::distance(mode, h) < 1e-9);
            assert!(if is_hidden { distance < 1e-12 } else { distance > 1e-6 }, "{mode} {distance:e}");
        }
        let dual = observability(&a.transpose(), &b.transpose()).unwrap();
        assert_eq!(dual.len(), 5);
        assert!(dual.iter().zip(controllability(&a, &b).unwrap()).all(|(d, c)| (d.1 - c.1).abs() < 1e-12));
    }
}

#[test]
fn the_cart_pole_is_reached_and_seen_as_its_cost_says() {
    let a = matrix![0.0, 1.0, 0.0, 0.0; 29.43, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 1.0; 0.0, 0.0, 0.0, 0.0];
    let b = vector![0.0, 3.0, 0.0, 1.0];
    let lq = Lq::new(a, b, Matrix4::identity(), matrix![1.0]);
    assert!(lq.controllability().unwrap().iter().all(|m| m.1 > 0.01));
    assert!(lq.observability().unwrap().iter().all(|m| m.1 > 0.01));
    // The cost looks at the pole only: the cart's two integrators are not seen. No B: nothing is reached.
    let blind = Lq::new(a, Vector4::zeros(), Matrix4::from_diagonal(&vector![1.0, 0.0, 0.0, 0.0]), matrix![1.0]);
    let unseen: Vec<bool> = blind.observability().unwrap().iter().map(|m| m.1 < 1e-15).collect();
    assert_eq!(unseen, [false, true, true, false]);
    assert!(blind.controllability().unwrap().iter().all(|m| m.1 < 1e-15));
    // A cross term can hide what Q shows: (x + u)² is nothing with u = -x.
    let hidden = Lq::new(matrix![1.0], vector![0.0], matrix![1.0], matrix![1.0]).with_cross(vector![1.0]);
    assert_eq!(hidden.observability().unwrap(), [(Complex::new(1.0, 0.0), 0.0)]);
}
