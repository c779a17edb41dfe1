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

fn moved(x: [f64; 4], u: [f64; 1]) -> [f64; 4] {
    rk4_step(&CartPole::new(0.5, 9.81), &At { t: 0.0, p: &[] }, 0.05, x, u)
}

#[test]
fn each_lane_does_what_its_controller_does_alone() {
    let mut batch = Batch::new(controllers()).expect("controllers of one problem");
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
    let mut batch = Batch::new(controllers()).expect("controllers of one problem");
    let mut sound = Batch::new(controllers()).expect("controllers of one problem");
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
fn controllers_of_different_problems_are_refused() {
    let mut controllers = controllers();
    let short = limited::race(20).expect("a race");
    controllers[2] = Mpc::new(short, Options::default()).expect("options in range");
    let refusal = Batch::new(controllers).err().expect("a refusal").to_string();
    assert_eq!(refusal, "intervals of controller 2 = 20: must be those of the first");

    let mut controllers = self::controllers();
    let options = Options { delay: 2, ..Options::default() };
    controllers[0] = Mpc::new(problem(STARTS[0]), options).expect("options in range");
    let refusal = Batch::new(controllers).err().expect("a refusal").to_string();
    assert_eq!(refusal, "delay of controller 0 = 2: must be 0 in a batch");
}
