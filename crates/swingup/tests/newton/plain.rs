//! The forms of "the dynamics hold" beside each other, and what is wrong with the plain ones.

use swingup::newton::{
    Options, PenaltyForm, Status, biased_branch, compare_forms, kkt_at, multipliers, plain_lagrangian, rounding_floor,
    rounding_price, solve,
};
use swingup::problems::{SWING_UP_OPTIMUM, spring, swing_up, swing_up_regularized};
use swingup::transcription::MIDPOINT;
use swingup::{Real, Single, Trajectory};

use super::swing_up_from_zero;

fn whole() -> Options {
    Options { line_search: false, tolerance: 1e-10, iterations: 60, ..Options::default() }
}

/// The best plan, its angles moved.
fn beside(by: f64) -> Trajectory<4, 1> {
    let mut plan = swing_up_from_zero().plan;
    plan.states[1..].iter_mut().for_each(|x| x[2] += by);
    plan
}

#[test]
fn near_the_saddle_whole_steps_square_the_error_and_downhill_ones_are_stuck() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let best = swing_up_from_zero();
    let start = beside(0.05);
    let run = plain_lagrangian(&nlp, (&start, &best.multipliers), 0.0, &whole()).unwrap();
    assert_eq!((run.report.status, run.report.iterations.len()), (Status::Solved, 4));
    assert!((run.report.cost - SWING_UP_OPTIMUM).abs() < 1e-9);
    // One of its steps raises L.
    assert!(run.report.iterations.iter().any(|i| i.decrement < 0.0));
    let downhill = Options { line_search: true, ..whole() };
    let stuck = plain_lagrangian(&nlp, (&start, &best.multipliers), 0.0, &downhill).unwrap();
    assert!(matches!(stuck.report.status, Status::NoProgress { .. }), "{:?}", stuck.report.status);
}

#[test]
fn from_zeros_it_diverges_and_says_so() {
    let (nlp, none) = (swing_up().transcribe(MIDPOINT), vec![[0.0; 4]; 99]);
    let zeros = Trajectory::constant(99, [0.0; 4], [0.0]);
    for c in [0.0, 0.1, -0.1] {
        let run = plain_lagrangian(&nlp, (&zeros, &none), c, &whole()).unwrap();
        assert_ne!(run.report.status, Status::Solved);
        assert!(run.report.defect > 1e3, "{c}: {:?}", run.report.status);
    }
}

/// The slope along the step, by differences of L.
#[test]
fn the_decrement_is_minus_the_slope_of_the_lagrangian() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let best = swing_up_from_zero();
    let mut form = PenaltyForm::new(&nlp, 0.0);
    let value = |form: &mut PenaltyForm<_, 4, 1>, plan: &Trajectory<4, 1>, multipliers: &[[f64; 4]]| {
        form.multipliers = multipliers.to_vec();
        form.value(&form.pack(plan)).0 + 0.03 * 0.01 * multipliers.as_flattened().iter().map(|y| y * y).sum::<f64>()
    };
    let start = beside(0.02);
    let one = Options { iterations: 1, ..whole() };
    let step = plain_lagrangian(&nlp, (&start, &best.multipliers), 0.03, &one).unwrap();
    let along = |t: f64| {
        let (mut plan, mut y) = (start.clone(), best.multipliers.clone());
        let mix = |a: &mut f64, b: &f64| *a += t * (b - *a);
        let to = &step.plan;
        plan.states.as_flattened_mut().iter_mut().zip(to.states.as_flattened()).for_each(|(a, b)| mix(a, b));
        plan.controls.as_flattened_mut().iter_mut().zip(to.controls.as_flattened()).for_each(|(a, b)| mix(a, b));
        y.as_flattened_mut().iter_mut().zip(step.multipliers.as_flattened()).for_each(|(a, b)| mix(a, b));
        (plan, y)
    };
    let ends = [1e-5, -1e-5].map(along).map(|(plan, y)| value(&mut form, &plan, &y));
    let slope = (ends[0] - ends[1]) / 2e-5;
    assert!((slope + step.report.iterations[0].decrement).abs() < 1e-5 * slope.abs(), "{slope}");
}

#[test]
fn a_square_of_the_multipliers_biases_the_rates_and_taken_away_it_is_a_penalty() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let best = swing_up_from_zero();
    for (step, all) in [(0.001, false), (-0.005, true)] {
        let branch = biased_branch(&nlp, &best, step, 20).unwrap();
        assert!((branch.len() == 20) == all, "{} of 20", branch.len());
        assert!(branch.iter().all(|at| (at.rate / at.bias - 1.0).abs() < 1e-6));
        // Whoever is paid for defects has more of them, and a higher cost.
        assert!(branch.iter().all(|at| (at.cost > best.report.cost) == (at.c > 0.0)));
    }
    let branch = biased_branch(&nlp, &best, -0.005, 20).unwrap();
    let options = Options { cutoff: 1e-14, ..Options::default() };
    for at in [branch[3], branch[19]] {
        let penalty = multipliers(&nlp, &best.plan, &[-1.0 / (4.0 * at.c)], &options, |_, _| true).unwrap().report;
        assert!((penalty.cost / at.cost - 1.0).abs() < 1e-10 && (penalty.defect / 0.1 / at.rate - 1.0).abs() < 1e-8);
    }
}

#[test]
fn five_forms_are_compared_from_one_start() {
    let nlp = spring(0.3);
    let zeros = Trajectory::constant(19, [0.0; 2], [0.0]);
    let best = solve(&nlp, &zeros, &Options::default()).unwrap().report.cost;
    let options = Options { tolerance: 1e-9, cutoff: 1e-12, ..Options::default() };
    let courses = compare_forms(&nlp, &zeros, &[0.1, 10.0, 1000.0], best, &options).unwrap();
    let last: Vec<f64> = courses.iter().map(|course| course.errors[course.errors.len() - 1]).collect();
    assert!(courses.iter().all(|course| course.errors[0] == courses[0].errors[0]));
    // Rounds are better than a penalty alone, and a convex problem needs no mending.
    assert!(last[0] > 10.0 * last[1] && last[1] > 10.0 * last[2], "{last:?}");
    assert!(courses[2..].iter().all(|course| course.status == Status::Solved && course.errors.len() < 12));
    assert_eq!(courses[0].status, Status::RoundLimit);
}

#[test]
fn rounding_leaves_what_the_penalty_makes_of_it() {
    let (nlp, best) = (swing_up().transcribe(MIDPOINT), swing_up_from_zero().plan);
    let single: Trajectory<4, 1, Single> = best.convert();
    let singles = [10.0, 1000.0].map(|rho| rounding_floor(&nlp, &single, rho, 60).unwrap());
    let doubles = [10.0, 1000.0].map(|rho| rounding_floor(&nlp, &best, rho, 60).unwrap());
    for floors in [singles, doubles] {
        assert!((floors[1] / floors[0]).log10().clamp(1.8, 2.2) == (floors[1] / floors[0]).log10(), "{floors:?}");
    }
    for (floor, epsilon) in [(singles[1], Single::EPSILON), (doubles[1], f64::EPSILON)] {
        let price = rounding_price((&best, 0.1, SWING_UP_OPTIMUM), 1000.0, epsilon);
        assert!((0.5..2.0).contains(&(floor / price)), "{floor:e} and {price:e}");
    }
    // A square of the precision: 2^58.
    let bits = (singles[1] / doubles[1]).log2();
    assert!((56.0..60.0).contains(&bits), "{bits}");
}

#[test]
fn the_hessian_is_negative_somewhere_and_not_along_the_dynamics() {
    let zeros = Trajectory::constant(99, [0.0; 4], [0.0]);
    for (weight, signs) in [(0.0, [10, 297]), (0.1, [13, 0]), (1.0, [0, 0])] {
        let nlp = swing_up_regularized(weight).transcribe(MIDPOINT);
        let best = solve(&nlp, &zeros, &Options::default()).unwrap();
        assert_eq!(best.report.status, Status::Solved);
        let mut form = PenaltyForm::new(&nlp, 0.0);
        form.multipliers.clone_from(&best.multipliers);
        assert_eq!(form.not_positive_at(&best.plan), signs, "{weight}");
        assert_eq!(kkt_at(&nlp, &best.plan, &best.multipliers).unwrap().negative(), 0);
        if weight == 0.1 {
            assert_eq!(best, swing_up_from_zero());
        }
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let nlp = swing_up().transcribe(MIDPOINT);
    let zeros = Trajectory::constant(99, [0.0; 4], [0.0]);
    let message = |multipliers: &[[f64; 4]], c| {
        plain_lagrangian(&nlp, (&zeros, multipliers), c, &whole()).unwrap_err().to_string()
    };
    assert!(message(&[[0.0; 4]; 3], 0.0).contains("multipliers"));
    assert!(message(&[[0.0; 4]; 99], f64::NAN).contains('c'));
}
