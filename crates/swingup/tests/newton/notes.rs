//! The method of multipliers runs as the notes say that it did, step for step, and in single precision as far as that goes.

use swingup::expansion::Nlp;
use swingup::newton::{Indefinite, Options, Solution, Status, multipliers};
use swingup::problems::{SWING_UP_OPTIMUM, swing_up};
use swingup::transcription::MIDPOINT;
use swingup::{Real, Single};

use super::{rest, swing_up_from_zero};

fn run<R: Real>(penalties: &[f64], options: &Options) -> Solution<4, 1, R> {
    let nlp = swing_up().transcribe(MIDPOINT);
    let solution = multipliers::<4, 1, R>(&nlp, &rest(&nlp, [0.0]), penalties, options, |_, _| true).expect("in range");
    let mut defects = vec![[R::zero(); 4]; 99];
    assert_eq!(nlp.evaluate(&solution.plan, &mut defects).to_f64(), solution.report.cost);
    let largest = defects.as_flattened().iter().fold(0.0_f64, |most, d| most.max(d.to_f64().abs()));
    assert_eq!(largest, solution.report.defect);
    solution
}

/// Part 3: ten penalties that double, whole steps, whatever the Hessian's sign: 71 steps in single precision, and as many in
/// double; the rates are then wrong by 8.2e-4.
#[test]
fn the_third_part_takes_71_steps() {
    let penalties: Vec<f64> = (0..10).map(|i| 0.1 * 2.0_f64.powi(i)).collect();
    let options = Options { cutoff: 1e-10, line_search: false, indefinite: Indefinite::Accept, ..Options::default() };
    let (double, single) = (run::<f64>(&penalties, &options).report, run::<Single>(&penalties, &options).report);
    for report in [&double, &single] {
        assert_eq!((report.status, report.iterations.len()), (Status::RoundLimit, 71));
        assert!((report.defect / 0.1 - 8.2e-4).abs() < 0.05e-4, "{}", report.defect / 0.1);
        assert!(report.iterations.iter().all(|i| i.step == 1.0 && i.trials == 1 && i.damping == 0.0));
        let used: Vec<f64> =
            penalties.iter().copied().filter(|p| report.iterations.iter().any(|i| i.penalty == *p)).collect();
        assert_eq!(used, penalties);
    }
    assert!((double.cost - single.cost).abs() < 1e-4);
}

/// Part 4: six penalties with a line search. In double precision any cutoff is met; in single precision a small one is below
/// what rounding makes of the decrement, and the round does not end on its own.
#[test]
fn a_small_cutoff_does_not_end_in_single_precision() {
    let penalties = [0.0, 0.1, 1.1, 11.1, 111.1, 1111.1];
    let options = |cutoff| Options { cutoff, iterations: 300, indefinite: Indefinite::Accept, ..Options::default() };
    let report = run::<f64>(&penalties, &options(1e-13)).report;
    assert_eq!((report.status, report.iterations.len()), (Status::RoundLimit, 61));
    assert!((report.defect / 0.1 - 4.2e-5).abs() < 0.05e-5, "{}", report.defect / 0.1);
    for cutoff in [1e-10, 1e-12] {
        assert_eq!(run::<Single>(&penalties, &options(cutoff)).report.status, Status::IterationLimit);
    }
    let report = run::<Single>(&penalties, &options(1e-7)).report;
    assert_eq!(report.status, Status::RoundLimit);
    assert!((report.defect / 0.1 - 4.2e-5).abs() < 0.1e-5);
}

/// Both ways lead to one optimum, motion and multipliers.
#[test]
fn the_penalty_form_and_the_optimality_conditions_have_one_optimum() {
    let exact = swing_up_from_zero();
    let options = Options { cutoff: 1e-16, tolerance: 1e-6, rounds: 6, ..Options::default() };
    let Solution { plan, multipliers, report } = run::<f64>(&options.penalties(), &options);
    assert_eq!(report.status, Status::Solved);
    // What the defects that are left save, at their prices.
    let mut defects = [[0.0; 4]; 99];
    swing_up().transcribe(MIDPOINT).evaluate(&plan, &mut defects);
    let saved: f64 = defects.as_flattened().iter().zip(multipliers.as_flattened()).map(|(d, y)| d * y).sum();
    assert!((report.cost + saved - SWING_UP_OPTIMUM).abs() < 1e-9, "{} {saved}", report.cost);
    let near = |a: &[f64], b: &[f64], tolerance: f64| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= tolerance);
    assert!(near(plan.states.as_flattened(), exact.plan.states.as_flattened(), 1e-6));
    assert!(near(plan.controls.as_flattened(), exact.plan.controls.as_flattened(), 1e-6));
    assert!(near(multipliers.as_flattened(), exact.multipliers.as_flattened(), 1e-4));
    // Damped steps go downhill, each round by itself.
    for i in &report.iterations {
        assert!(i.decrement >= -1e-12 && (i.damping > 0.0 || i.negative == 0), "{i:?}");
    }
}
