//! Linear dynamics, whose sensitivities are read once.

use swingup::models::{Chain, OscillatingMasses};
use swingup::mpc::{Mpc, Options};
use swingup::problems::limited;
use swingup::{At, Dynamics, Quantity, Scalar, Trajectory, integrate::rk4_step};

/// The masses, written so that nobody sees that they are linear.
#[derive(Clone, Copy)]
struct Disguised(OscillatingMasses);

impl Dynamics<12, 3> for Disguised {
    const STATES: [Quantity; 12] = <OscillatingMasses as Dynamics<12, 3>>::STATES;
    const CONTROLS: [Quantity; 3] = <OscillatingMasses as Dynamics<12, 3>>::CONTROLS;
    fn xdot<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 12], u: [S; 3]) -> [S; 12] {
        self.0.xdot(at, x, u).map(|rate| rate + x[0] * x[0] * 0.0)
    }
}

/// A chain whose first spring hardens with time: linear, but by another matrix at each knot.
#[derive(Clone, Copy)]
struct Hardening;

impl Dynamics<12, 3> for Hardening {
    const STATES: [Quantity; 12] = <OscillatingMasses as Dynamics<12, 3>>::STATES;
    const CONTROLS: [Quantity; 3] = <OscillatingMasses as Dynamics<12, 3>>::CONTROLS;
    fn xdot<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 12], u: [S; 3]) -> [S; 12] {
        let mut rates = OscillatingMasses::default().xdot(at, x, u);
        rates[6] = rates[6] - at.t * x[0];
        rates
    }
}

/// Controls of a pushed loop.
fn controls(mut mpc: Mpc<12, 3>) -> Vec<[f64; 3]> {
    let mut x = mpc.state(0);
    (0..60)
        .map(|k| {
            let u = mpc.control(&x);
            let push: [f64; 6] = std::array::from_fn(|i| 0.5 * (k as f64 * (1.3 + i as f64)).sin());
            let pull: [f64; 6] = [u[0], -u[0], u[1], u[2], -u[1], -u[2]];
            x = rk4_step(
                &Chain,
                &At { t: 0.0, p: &[] },
                0.5,
                x,
                std::array::from_fn::<f64, 6, _>(|i| pull[i] + push[i]),
            );
            u
        })
        .collect()
}

fn masses<D: Dynamics<12, 3> + Send + 'static>(row: D, steps: usize) -> Mpc<12, 3> {
    let problem = limited::masses(row, 30).expect("intervals");
    Mpc::new(problem, Options { steps, ..Options::default() }).expect("options in range")
}

/// What is read once is what would be read at each sample.
#[test]
fn that_a_model_is_linear_changes_no_control() {
    let masses_of = OscillatingMasses::default();
    for steps in [1, 5] {
        let plain = controls(masses(masses_of, steps));
        let disguised = controls(masses(Disguised(masses_of), steps));
        for (k, (a, b)) in plain.iter().zip(&disguised).enumerate() {
            let off = a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < 1e-11, "{steps} steps, sample {k}: {off:e}");
        }
        assert!(
            plain.iter().flatten().any(|u| u.abs() > 0.3),
            "the loop asks for a good part of what the actuators have"
        );
    }
}

/// A matrix that moves with time is read at each knot: the plan's own motion is that of its model.
#[test]
fn a_matrix_that_moves_with_time_is_not_read_once() {
    let mut mpc = masses(Hardening, 40);
    mpc.control(&[0.3; 12]);
    for k in 0..mpc.intervals() {
        let at = At { t: 0.5 * k as f64, p: &[] };
        let next = rk4_step(&Hardening, &at, 0.5, mpc.state(k), mpc.planned(k));
        let off = next.iter().zip(mpc.state(k + 1)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(off < 1e-9, "knot {k}: {off:e}");
    }
    assert!(mpc.report().gradient < 1e-3, "{}", mpc.report());
}

/// Rest is plan enough to begin with.
#[test]
fn a_plan_begins_anywhere() {
    let options = Options::converged;
    let start = [0.3; 12];
    let mut problem = limited::masses(OscillatingMasses::default(), 30).expect("intervals");
    problem.set_start(start).expect("a start within bounds");
    let rest = Trajectory::constant(30, start, [0.0; 3]);
    let solved = Mpc::new(problem.clone(), options()).expect("options in range").control(&start);
    let mut begun = Mpc::from_plan(problem.clone(), &rest, options()).expect("options in range");
    let found = begun.control(&start);
    let off = solved.iter().zip(found).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(off < 1e-5 && begun.report().status.is_usable(), "{off:e}, {}", begun.report());

    let short = Trajectory::constant(29, start, [0.0; 3]);
    let refused = Mpc::from_plan(problem, &short, options()).err().expect("a plan that is too short");
    assert_eq!(refused.field, "intervals of the plan");
}
