//! The unit of the cost decides nothing: not the steps, and not whether a plan counts as solved.

use swingup::models::{CartPole, DoubleIntegrator};
use swingup::newton::{Options, Status, multipliers, solve};
use swingup::problems::SWING_UP_OPTIMUM;
use swingup::transcription::MIDPOINT;
use swingup::{At, Cost, CostSink, Ocp, Scalar, Trajectory};

/// The swing-up's cost in another unit.
struct InUnits(f64);

impl Cost<4, 1, 1> for InUnits {
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(0.6 * self.0, u);
        self.terminal(at, x, sink);
    }
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, x: [S; 4], sink: &mut impl CostSink<S>) {
        for entry in x {
            sink.square(0.1 * self.0, entry);
        }
        sink.square(at.p[0] * self.0, x[2] - core::f64::consts::PI);
    }
}

#[test]
fn the_unit_of_the_cost_does_not_matter() {
    let zeros = Trajectory::constant(99, [0.0; 4], [0.0]);
    // Powers of two round alike.
    for exponent in [-40, -20, 0, 13, 27] {
        let unit = 2.0_f64.powi(exponent);
        let weights = (0..100).map(|k| [f64::from(k) / 100.0]).collect();
        let ocp = Ocp::with_parameters(CartPole::scaled(), InUnits(unit), [0.0; 4], 0.1, weights).expect("in range");
        let report = solve(&ocp.transcribe(MIDPOINT), &zeros, &Options::default()).expect("in range").report;
        assert_eq!(report.status, Status::Solved, "unit {unit}");
        assert!((report.cost / unit - SWING_UP_OPTIMUM).abs() < 1e-8, "unit {unit}: {}", report.cost / unit);
        assert!(report.iterations.len() <= 30, "unit {unit}: {}", report.iterations.len());
    }
}

/// Nothing to do, and nothing to pay: a round ends at once.
struct AtRest;

impl Cost<2, 1> for AtRest {
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(1.0, x[0]);
        sink.square(1.0, u);
    }
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; 2], sink: &mut impl CostSink<S>) {
        sink.square(1.0, x[0]);
        sink.square(1.0, x[1]);
    }
}

#[test]
fn a_problem_that_costs_nothing_is_solved_at_once() {
    let nlp = Ocp::new(DoubleIntegrator, AtRest, [0.0; 2], 10, 0.1).expect("in range").transcribe(MIDPOINT);
    let zeros = Trajectory::constant(10, [0.0; 2], [0.0]);
    let options = Options::default();
    let report = solve(&nlp, &zeros, &options).expect("in range").report;
    assert_eq!((report.status, report.iterations.len()), (Status::Solved, 0));
    let report = multipliers(&nlp, &zeros, &options.penalties(), &options, |_, _| true).expect("in range").report;
    assert_eq!(report.status, Status::Solved);
    assert_eq!(report.iterations.len(), options.rounds);
}
