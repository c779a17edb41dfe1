//! A control in two parts: what needs no measurement, and what does.

use swingup::expansion::Hessian;
use swingup::mpc::{Mpc, Options, Status};
use swingup::problems::limited;

use super::{lap, pushed, undisturbed};

fn controller() -> Mpc<4, 1> {
    Mpc::new(limited::race(50).unwrap(), Options::default()).unwrap()
}

/// A few samples without disturbance, then the state that the plan expects next.
fn settle(mpc: &mut Mpc<4, 1>, samples: usize) -> [f64; 4] {
    for k in 0..samples {
        mpc.control(&mpc.state(usize::from(k > 0)));
    }
    mpc.state(1)
}

fn prepared(mpc: &mut Mpc<4, 1>, x: &[f64; 4]) -> [f64; 1] {
    mpc.prepare();
    mpc.feedback(x)
}

fn prepared_with_bounds(mpc: &mut Mpc<4, 1>, x: &[f64; 4]) -> [f64; 1] {
    mpc.prepare();
    mpc.feedback_with_bounds(x)
}

#[test]
fn of_the_expected_state_it_is_the_control() {
    for samples in [3, 8, 30] {
        let (mut a, mut b, mut c) = (controller(), controller(), controller());
        let x = settle(&mut a, samples);
        assert_eq!([settle(&mut b, samples), settle(&mut c, samples)], [x; 2]);
        let (u, whole, quick) = (a.control(&x)[0], prepared_with_bounds(&mut b, &x)[0], prepared(&mut c, &x)[0]);
        assert!((u - whole).abs() < 1e-12, "{u} {whole}");
        assert!((u - quick).abs() < 1e-12 && a.report().length == 1.0, "{u} {quick}, {}", a.report());
    }
}

/// Half the deviation, a quarter of the difference: with the exact Hessian the feedback of an optimal plan is the derivative of the best
/// control.
#[test]
fn near_the_expected_state_it_is_the_control_to_first_order() {
    let options = Options { steps: 10, hessian: Hessian::Exact, ..Options::default() };
    let make = || Mpc::new(limited::race(50).unwrap(), options.clone()).unwrap();
    for samples in [12, 20, 30] {
        let difference = |size: f64| {
            let (mut a, mut b) = (make(), make());
            let mut x = settle(&mut a, samples);
            settle(&mut b, samples);
            (x[2], x[3]) = (x[2] + size, x[3] - 3.0 * size);
            let (u, quick) = (a.control(&x)[0], prepared(&mut b, &x)[0]);
            (u - quick).abs()
        };
        let [whole, half] = [4e-3, 2e-3].map(difference);
        assert!(whole > 1e-9 && (3.0..5.0).contains(&(whole / half)), "{samples}: {whole:e} {half:e}");
    }
}

#[test]
fn a_cut_control_is_reported() {
    let mut mpc = controller();
    let mut x = settle(&mut mpc, 60);
    x[3] += 8.0;
    let u = prepared(&mut mpc, &x);
    assert!(u[0].abs() == 10.0 && mpc.report().clipped && mpc.report().status == Status::Stepped);
    let next = mpc.state(1);
    let u = prepared(&mut mpc, &next);
    assert!(u[0].abs() < 10.0 && !mpc.report().clipped);
    // The whole step needs no cut.
    let mut mpc = controller();
    settle(&mut mpc, 60);
    let u = prepared_with_bounds(&mut mpc, &x);
    assert!(u[0].abs() < 10.0 && !mpc.report().clipped, "{u:?}");
    assert!((0..50).all(|k| mpc.planned(k)[0].abs() < 10.0));
}

#[test]
fn closed_loops_cost_what_those_of_control_do() {
    for disturbance in [undisturbed as fn(usize) -> _, pushed] {
        let control = lap(&mut controller(), [0.0; 4], disturbance, Mpc::control);
        for sample in [prepared, prepared_with_bounds] {
            let lap = lap(&mut controller(), [0.0; 4], disturbance, sample);
            assert!(lap.is_up() && (lap.cost / control.cost - 1.0).abs() < 0.01, "{lap:?}, {control:?}");
        }
    }
}

/// Further steps before the measurement: at the expected state they are those of a control that takes as many.
#[test]
fn steps_are_taken_before_the_measurement() {
    let make = || Mpc::new(limited::race(50).unwrap(), Options { steps: 3, ..Options::default() }).unwrap();
    let (mut a, mut b) = (make(), make());
    let x = settle(&mut a, 10);
    settle(&mut b, 10);
    let (u, prepared) = (a.control(&x)[0], prepared(&mut b, &x)[0]);
    assert!((u - prepared).abs() < 1e-12, "{u} {prepared}");
    assert_eq!(a.report().steps, 3);
}
