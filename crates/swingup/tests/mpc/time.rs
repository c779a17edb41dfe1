//! Delays and deadlines.

use std::collections::VecDeque;

use swingup::mpc::{Mpc, Options, Status};
use swingup::problems::limited;

use super::{plant, pushed, running};

fn controller(options: Options) -> Mpc<4, 1> {
    Mpc::new(limited::race(50).unwrap(), options).unwrap()
}

/// A control that acts two samples later is that of the controller without delay for the state two samples later.
#[test]
fn a_delay_is_a_prediction() {
    let mut late = controller(Options { delay: 2, ..Options::default() });
    let mut prompt = controller(Options::default());
    // What the plan begins with counts as under way.
    let mut acting = VecDeque::from([late.planned(0); 2]);
    let (mut x, mut cost) = ([0.0; 4], 0.0);
    for k in 0..200 {
        let predicted = acting.iter().fold(x, |x, u| plant(x, *u));
        let u = if k % 3 == 0 {
            late.prepare();
            prompt.prepare();
            let u = late.feedback(&x);
            assert_eq!(u, prompt.feedback(&predicted), "{k}");
            u
        } else {
            let u = late.control(&x);
            assert_eq!(u, prompt.control(&predicted), "{k}");
            u
        };
        acting.push_back(u);
        let u = acting.pop_front().unwrap();
        cost += running(x, u);
        let (next, push) = (plant(x, u), pushed(k));
        x = std::array::from_fn(|i| next[i] + push[i]);
    }
    // The first controls come twice, and pushes are known late.
    assert!((x[2] - std::f64::consts::PI).abs() < 0.1 && cost < 560.0, "{x:?} {cost}");
}

#[test]
fn no_time_at_all_is_the_shifted_plan() {
    let mut mpc = controller(Options::default());
    let mut x = [0.0; 4];
    for k in 0..30 {
        let next = if k == 0 { mpc.planned(0) } else { mpc.planned(1) };
        let interrupted = k % 5 == 4;
        let u = mpc.control_while(&x, &mut || !interrupted);
        if interrupted {
            assert_eq!((u, mpc.report().status, mpc.report().steps), (next, Status::Interrupted, 0));
        } else {
            assert_eq!((mpc.report().status, mpc.report().steps), (Status::Stepped, 1));
        }
        assert!(mpc.report().status.is_usable());
        x = plant(x, u);
    }
}

#[test]
fn a_deadline_after_so_many_steps_leaves_so_many() {
    for (most, options) in
        [(3, Options { steps: 10, ..Options::default() }), (2, Options { tolerance: 1e-14, ..Options::converged() })]
    {
        let mut mpc = controller(options);
        let mut asked = 0;
        let mut x = [0.0; 4];
        x[3] = 0.5;
        mpc.control_while(&x, &mut || {
            asked += 1;
            asked <= most
        });
        let report = mpc.report();
        assert_eq!((report.status, report.steps, asked), (Status::Interrupted, most, most + 1));
    }
}

/// With a deadline after each third sample's first step the loop costs hardly more.
#[test]
fn interrupted_samples_do_no_harm() {
    let run = |interrupt: bool| {
        let mut mpc = controller(Options::converged());
        let (mut x, mut cost) = ([0.0; 4], 0.0);
        for k in 0..200 {
            let mut left = if interrupt && k % 3 == 0 { 1 } else { usize::MAX };
            let u = mpc.control_while(&x, &mut || {
                left = left.saturating_sub(1);
                left > 0
            });
            cost += running(x, u);
            let (next, push) = (plant(x, u), pushed(k));
            x = std::array::from_fn(|i| next[i] + push[i]);
        }
        cost
    };
    let (free, hurried) = (run(false), run(true));
    assert!((hurried / free - 1.0).abs() < 5e-3, "{free} {hurried}");
}
