//! Controllers side by side.

use swingup::At;
use swingup::Ocp;
use swingup::cost::Tracking;
use swingup::integrate::rk4_step;
use swingup::models::CartPole;
use swingup::mpc::{Batch, Mpc, Options};
use swingup::problems::limited;

const STARTS: [[f64; 4]; 4] = [[0.0; 4], [0.1, 0.0, 0.3, 1.0], [-0.2, 0.5, 3.0, -1.0], [0.3, -0.5, 1.5, 0.0]];

fn problem(start: [f64; 4]) -> Ocp<CartPole, Tracking<4, 1>, 4, 1> {
    let mut problem = limited::race(50).expect("a race");
    problem.set_start(start).expect("a start within bounds");
    problem
}

fn controllers() -> [Mpc<4, 1>; 4] {
    STARTS.map(|start| Mpc::new(problem(start), Options::default()).expect("options in range"))
}

fn lanes() -> Batch<4, 1> {
    Batch::new(problem([0.0; 4]), STARTS, Options::default()).expect("options in range")
}

fn moved(x: [f64; 4], u: [f64; 1]) -> [f64; 4] {
    rk4_step(&CartPole::new(0.5, 9.81), &At { t: 0.0, p: &[] }, 0.05, x, u)
}

#[test]
fn each_lane_does_what_its_controller_does_alone() {
    let mut batch = lanes();
    let mut alone = controllers();
    let mut states = STARTS;
    for k in 0..100 {
        let together = batch.control(&states);
        for lane in 0..4 {
            let [u] = alone[lane].control(&states[lane]);
            assert!((together[lane][0] - u).abs() < 1e-7, "sample {k}, lane {lane}: {} {u}", together[lane][0]);
            states[lane] = moved(states[lane], together[lane]);
        }
    }
    assert!(states.iter().all(|x| (x[2] - std::f64::consts::PI).abs() < 1e-2), "{states:?}");
}

#[test]
fn a_lane_that_measures_nothing_leaves_the_others_alone() {
    let mut batch = lanes();
    let mut sound = lanes();
    let mut states = STARTS;
    for k in 0..60 {
        let mut measured = states;
        if (10..15).contains(&k) {
            measured[2] = [f64::NAN; 4];
            measured[1] = [1e200, 0.0, 0.0, 0.0];
        }
        let (u, expected) = (batch.control(&measured), sound.control(&states));
        assert_eq!((u[0], u[3]), (expected[0], expected[3]), "sample {k}");
        assert!(u.iter().all(|u| u[0].abs() <= 10.0), "sample {k}: {u:?}");
        states = core::array::from_fn(|lane| moved(states[lane], expected[lane]));
    }
}

#[test]
fn what_a_batch_cannot_do_is_refused() {
    let refusal =
        |options, starts| Batch::new(problem([0.0; 4]), starts, options).err().expect("a refusal").to_string();
    let late = Options { delay: 2, ..Options::default() };
    assert_eq!(refusal(late, STARTS), "delay = 2: must be 0 in a batch");
    let searching = Options { globalize: true, ..Options::default() };
    assert_eq!(refusal(searching, STARTS), "globalize = 1: must be 0 in a batch, which has no line search");
    let mut nowhere = STARTS;
    nowhere[2][1] = f64::NAN;
    assert!(refusal(Options::default(), nowhere).contains("= NaN"), "{}", refusal(Options::default(), nowhere));
}
