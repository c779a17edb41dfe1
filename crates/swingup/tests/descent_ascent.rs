//! Descent and ascent do what the eigenvalues of their iteration matrix say.

use std::cell::Cell;

use nalgebra::{DMatrix, DVector};
use swingup::Trajectory;
use swingup::newton::{Options, solve};
use swingup::optimize::{
    DescentAscent, Mode, OnKnots, Outcome, Play, QuadraticSaddle, Saddle, eigenvalues, largest_rate, modes_by_rate,
};
use swingup::problems::spring;

/// Each play at a rate where one pair of eigenvalues is the slowest.
const PLAYS: [(Play, f64); 6] = [
    (Play::AtOnce, 2e-4),
    (Play::InTurn, 0.1),
    (Play::Averaged { share: 0.5 }, 1e-4),
    (Play::Damped { penalty: 0.1 }, 0.09),
    (Play::Extragradient, 0.05),
    (Play::Relaxed { penalty: 0.1, reach: 1.0 }, 0.12),
];

/// The spring with kinks rounded over 0.3, expanded about its optimum.
fn quadratic() -> QuadraticSaddle {
    let nlp = spring(0.3);
    let best = solve(&nlp, &Trajectory::constant(19, [0.0; 2], [0.0]), &Options::default()).unwrap();
    QuadraticSaddle::about(&nlp, &best.plan, &best.multipliers).unwrap()
}

/// The mode that a run from an uneven start has after `digits`.
fn measured(method: &DescentAscent, saddle: &impl Saddle, predicted: Mode, digits: f64) -> Mode {
    let start = method.zeros(saddle).map_with_location(|i, _, _: f64| 0.1 * (i as f64).sin());
    method.measure(saddle, start, predicted, digits).0.unwrap()
}

fn assert_agree(name: &str, predicted: Mode, measured: Mode) {
    let ratio = measured.steps_per_digit() / predicted.steps_per_digit();
    assert!((ratio - 1.0).abs() < 0.01, "{name}: {predicted:?}, {measured:?}");
    assert!((measured.angle - predicted.angle).abs() <= 0.01 * predicted.angle, "{name}: {predicted:?}, {measured:?}");
}

#[test]
fn the_matrix_predicts_how_the_error_falls_and_turns() {
    for (play, rate) in PLAYS {
        let mut saddle = quadratic();
        let method = if rate < 1e-3 {
            // With some curvature everywhere a hundred times the rate is stable, and the test need not wait.
            saddle.h += DMatrix::identity(57, 57);
            DescentAscent::new(play, 50.0 * rate).unwrap()
        } else {
            DescentAscent::new(play, rate).unwrap()
        };
        let predicted = method.mode(&saddle).unwrap();
        assert!(predicted.modulus < 1.0, "{play:?}: {predicted:?}");
        // Rounding does not matter to a quadratic about zero: it may fall as far as it takes.
        assert_agree(&format!("{play:?}"), predicted, measured(&method, &saddle, predicted, 60.0));
    }
}

#[test]
fn it_predicts_it_on_the_problem_itself_too() {
    let (nlp, saddle) = (spring(0.3), quadratic());
    let on_knots = OnKnots::new(&nlp);
    for (play, rate) in PLAYS.into_iter().filter(|play| play.1 > 1e-3) {
        let method = DescentAscent::new(play, rate).unwrap();
        let predicted = method.mode(&saddle).unwrap();
        assert_agree(&format!("{play:?}"), predicted, measured(&method, &on_knots, predicted, 10.0));
    }
}

#[test]
fn the_matrices_are_those_of_their_formulas() {
    let saddle = quadratic();
    let (h, a, r) = (&saddle.h, &saddle.a, 0.07);
    let (n, m) = (h.nrows(), a.nrows());
    let blocks = |zz: DMatrix<f64>, zm: DMatrix<f64>, mz: DMatrix<f64>, mm: DMatrix<f64>| {
        let mut all = DMatrix::zeros(n + m, n + m);
        all.view_mut((0, 0), (n, n)).copy_from(&zz);
        all.view_mut((0, n), (n, m)).copy_from(&zm);
        all.view_mut((n, 0), (m, n)).copy_from(&mz);
        all.view_mut((n, n), (m, m)).copy_from(&mm);
        all
    };
    let (one, id) = (DMatrix::identity(n, n), DMatrix::identity(m, m));
    let k = blocks(h.clone(), a.transpose(), -a, DMatrix::zeros(m, m));
    let all = DMatrix::identity(n + m, n + m);
    let expected = [
        (Play::AtOnce, &all - r * &k),
        (
            Play::InTurn,
            blocks(&one - r * h, -r * a.transpose(), r * a * (&one - r * h), id - r * r * a * a.transpose()),
        ),
        (Play::Extragradient, &all - r * &k + r * r * &k * &k),
        (
            Play::Damped { penalty: 0.3 },
            &all - r * &k
                - r * blocks(0.6 * a.tr_mul(a), DMatrix::zeros(n, m), DMatrix::zeros(m, n), DMatrix::zeros(m, m)),
        ),
        (Play::Relaxed { penalty: 0.0, reach: 0.0 }, &all - r * &k),
    ];
    for (play, expected) in expected {
        let matrix = DescentAscent::new(play, r).unwrap().matrix(&saddle);
        assert!((matrix - expected).amax() < 1e-13, "{play:?}");
    }
    // Symmetric, and constants pass: what relaxation multiplies by is a smoothing in time.
    let [n_intervals, each, _] = saddle.sizes();
    let plain = DescentAscent::new(Play::AtOnce, r).unwrap().matrix(&saddle);
    let relaxed = DescentAscent::new(Play::Relaxed { penalty: 0.0, reach: 2.0 }, r).unwrap().matrix(&saddle);
    let (slope, smooth) = (all.clone() - plain, all - relaxed);
    for i in 0..each {
        let mean = |matrix: &DMatrix<f64>| (0..n_intervals).map(|k| matrix.row(k * each + i).sum()).sum::<f64>();
        assert!((mean(&slope) - mean(&smooth)).abs() < 1e-12);
    }
}

/// Counts what is asked of it.
struct Counted<S>(S, Cell<[usize; 2]>);
impl<S: Saddle> Saddle for Counted<S> {
    fn sizes(&self) -> [usize; 3] {
        self.0.sizes()
    }
    fn slope(&self, z: &DVector<f64>, mu: &DVector<f64>) -> DVector<f64> {
        self.1.set([self.1.get()[0] + 1, self.1.get()[1]]);
        self.0.slope(z, mu)
    }
    fn rates(&self, z: &DVector<f64>) -> DVector<f64> {
        self.1.set([self.1.get()[0], self.1.get()[1] + 1]);
        self.0.rates(z)
    }
}

#[test]
fn a_step_takes_the_work_that_it_says() {
    let saddle = Counted(quadratic(), Cell::new([0; 2]));
    for (play, rate) in PLAYS {
        saddle.1.set([0; 2]);
        let method = DescentAscent::new(play, rate).unwrap();
        method.run(&saddle, method.zeros(&saddle).add_scalar(1.0), (0.0, 7), |_, _| {});
        assert_eq!(saddle.1.get(), play.work().map(|each| 7 * each), "{play:?}");
    }
}

#[test]
fn all_plays_settle_in_the_one_solution() {
    let nlp = spring(0.3);
    let best = solve(&nlp, &Trajectory::constant(19, [0.0; 2], [0.0]), &Options::default()).unwrap();
    let saddle = OnKnots::new(&nlp);
    for (play, rate) in PLAYS.into_iter().filter(|play| play.1 > 1e-3) {
        let method = DescentAscent::new(play, rate).unwrap();
        let run = method.run(&saddle, method.zeros(&saddle), (1e-10, 20_000), |_, _| {});
        assert_eq!(run.outcome, Outcome::Settled, "{play:?}");
        for (k, x) in best.plan.states[1..].iter().enumerate() {
            assert!((run.state[3 * k + 1] - x[0]).abs() < 1e-7, "{play:?} at knot {}", k + 1);
        }
        // μ = hλ.
        assert!((run.state[57] - 0.25 * best.multipliers[0][0]).abs() < 1e-7, "{play:?}");
    }
}

#[test]
fn too_large_a_rate_is_reported_as_divergence() {
    let saddle = quadratic();
    for (play, rate) in PLAYS {
        let method = DescentAscent::new(play, 100.0 * rate).unwrap();
        assert!(method.mode(&saddle).unwrap().modulus > 1.0, "{play:?}");
        let run = method.run(&saddle, method.zeros(&saddle).add_scalar(1.0), (1e-10, 100_000), |_, _| {});
        assert_eq!(run.outcome, Outcome::Diverged, "{play:?}");
        assert!(run.state.iter().all(|v| v.is_finite()));
    }
    let method = DescentAscent::new(Play::AtOnce, 1e-3).unwrap();
    let lost = method.run(&saddle, method.zeros(&saddle).add_scalar(f64::NAN), (1e-10, 10), |_, _| {});
    assert_eq!((lost.outcome, lost.steps), (Outcome::Diverged, 0));
}

#[test]
fn the_limit_of_the_rate_is_that_of_the_flows_eigenvalues() {
    let saddle = quadratic();
    // 1 - r κ is inside the unit circle for r < 2 Re κ/|κ|².
    let limit = largest_rate(&saddle).unwrap();
    for (rate, stable) in [(0.99 * limit, true), (1.01 * limit, false)] {
        let mode = DescentAscent::new(Play::AtOnce, rate).unwrap().mode(&saddle).unwrap();
        assert_eq!(mode.modulus < 1.0, stable);
    }
    let modes = modes_by_rate(Play::AtOnce, &saddle, (0.9 * limit, 1.2 * limit), 1.1).unwrap();
    assert_eq!(modes.len(), 4);
    assert!(modes[1].1.modulus < 1.0 && modes[2].1.modulus > 1.0);
}

#[test]
fn settings_out_of_range_are_errors_that_name_them() {
    let message = |play, rate| DescentAscent::new(play, rate).unwrap_err().to_string();
    assert_eq!(message(Play::AtOnce, 0.0), "rate = 0: must be positive and finite");
    assert!(message(Play::Averaged { share: f64::NAN }, 0.1).starts_with("share = NaN"));
    assert!(message(Play::Damped { penalty: -1.0 }, 0.1).starts_with("penalty = -1"));
    assert!(message(Play::Relaxed { penalty: 0.0, reach: -2.0 }, 0.1).starts_with("reach = -2"));
    assert_eq!(Mode::of_steps(&[], 1), None);
    assert_eq!(eigenvalues(&DMatrix::from_element(2, 2, f64::NAN)), None);
    // A rotation that shrinks is its own mode.
    let steps: Vec<DVector<f64>> = (0..40)
        .map(|k| f64::powi(0.9, k) * DVector::from_vec(vec![(0.3 * f64::from(k)).cos(), (0.3 * f64::from(k)).sin()]))
        .collect();
    let mode = Mode::of_steps(&steps, 3).unwrap();
    assert!((mode.modulus - 0.9).abs() < 1e-12 && (mode.angle - 0.3).abs() < 1e-12);
    assert!((mode.steps_per_digit() - 21.854).abs() < 1e-3);
}
