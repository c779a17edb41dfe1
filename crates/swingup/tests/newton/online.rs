//! A few steps for each sample are the steps that they claim to be, and the loops end as the notes' measurements say.

use std::f64::consts::PI;

use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::integrate::rollout;
use swingup::linear::Riccati;
use swingup::models::CartPole;
use swingup::newton::online::{ClosedLoop, Form, Options, RealTimeIteration, Tail};
use swingup::newton::{self, PenaltyForm, Solution, Status, solve};
use swingup::problems::{SwingUp, limited, swing_up};
use swingup::transcription::{MIDPOINT, Mirk, RK4, Transcribed};
use swingup::{At, Dynamics, Trajectory};

use super::{rest, swing_up_from_zero};

const NOTES: Options = Options {
    form: Form::Multipliers { penalty: 100.0, update: false },
    hessian: Hessian::Exact,
    tail: Tail::Copied,
    steps: 1,
};
const KKT: Options = Options { form: Form::Kkt, ..NOTES };
/// Not far from rest.
const AWAY: [f64; 4] = [0.02, -0.01, 0.03, 0.02];

type Problem = Transcribed<CartPole, SwingUp, Mirk<1>, 4, 1, 1>;

fn begin(options: Options) -> (Problem, Solution<4, 1>, RealTimeIteration<CartPole, SwingUp, Mirk<1>, 4, 1, 1>) {
    let (nlp, solution) = (swing_up().transcribe(MIDPOINT), swing_up_from_zero());
    let online = RealTimeIteration::new(nlp.clone(), &solution, options).expect("in range");
    (nlp, solution, online)
}

fn far(a: &Trajectory<4, 1>, b: &Trajectory<4, 1>) -> f64 {
    let entries = |t: &Trajectory<4, 1>| [t.states.as_flattened(), t.controls.as_flattened()].concat();
    entries(a).iter().zip(entries(b)).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The optimum from another start, as near to the given one as Newton's method stays.
fn optimum(nlp: &Problem, near: &Solution<4, 1>, start: [f64; 4]) -> Solution<4, 1> {
    let mut nlp = nlp.clone();
    nlp.set_start(start).expect("finite");
    let solution = solve(&nlp, &near.plan, &newton::Options::default()).expect("in range");
    assert_eq!(solution.report.status, Status::Solved);
    solution
}

#[test]
fn at_the_optimum_nothing_is_to_do() {
    for options in [KKT, NOTES, Options { hessian: Hessian::GaussNewton, ..NOTES }, Options { steps: 3, ..KKT }] {
        let (_, solution, mut online) = begin(options);
        let sample = online.control([0.0; 4]).expect("a plan");
        assert!((sample.control[0] - solution.plan.controls[0][0]).abs() < 1e-8);
        assert!(far(online.plan(), &solution.plan) < 1e-7, "{options:?}");
        assert_eq!(sample.negative, vec![0; options.steps]);
    }
}

/// Every form ends where [`solve`] does, the multipliers' by renewing them.
#[test]
fn many_steps_are_a_solution() {
    let renewed = Form::Multipliers { penalty: 100.0, update: true };
    for (form, samples) in [(Form::Kkt, 1), (renewed, 40)] {
        let (nlp, solution, mut online) = begin(Options { form, steps: 8, ..NOTES });
        let there = optimum(&nlp, &solution, AWAY);
        for _ in 0..samples {
            online.control(AWAY).expect("a plan");
        }
        assert!(far(online.plan(), &there.plan) < 1e-6, "{form:?}: {}", far(online.plan(), &there.plan));
        let multipliers = online.multipliers().as_flattened().iter().zip(there.multipliers.as_flattened());
        assert!(multipliers.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) < 1e-4);
    }
}

/// The first KKT step is the tangent of the optimum in the start, and its control Riccati's law: the errors of both are of second order.
#[test]
fn one_step_is_the_tangent() {
    let (nlp, solution, _) = begin(KKT);
    let (mut expansion, mut riccati) = (Expansion::new(99), Riccati::new(99));
    nlp.expand(&solution.plan, &solution.multipliers, Hessian::Exact, &mut expansion);
    riccati.factor(&expansion, 0.0, false).expect("a minimum");
    let errors = |share: f64| {
        let start = AWAY.map(|x| share * x);
        let (.., mut online) = begin(KKT);
        let control = online.control(start).expect("a plan").control[0];
        let law: f64 = (0..4).map(|i| -riccati.gain(0)[(0, i)] * start[i]).sum();
        let there = optimum(&nlp, &solution, start).plan;
        [control - solution.plan.controls[0][0] - law, far(online.plan(), &there), control - there.controls[0][0]]
    };
    for (long, short) in errors(0.5).into_iter().zip(errors(0.25)) {
        let ratio = long / short;
        assert!((3.0..5.0).contains(&ratio), "{long:e} {short:e}");
    }
}

/// The penalty form's step solves `∇²L dz = -∇L`, and counts the negative eigenvalues of that matrix.
#[test]
fn a_step_of_the_penalty_form_is_newtons() {
    for hessian in [Hessian::Exact, Hessian::GaussNewton] {
        let (mut nlp, _, mut online) = begin(Options { hessian, ..NOTES });
        online.shift();
        nlp.set_start(AWAY).expect("finite");
        let mut form = PenaltyForm::new(nlp, 100.0);
        form.multipliers.copy_from_slice(online.multipliers());
        let mut before = online.plan().clone();
        before.states[0] = AWAY;
        let [negative, _] = form.not_positive_at(&before);
        let sample = online.control(AWAY).expect("a plan");
        if hessian == Hessian::Exact {
            assert_eq!(sample.negative, [negative]);
            assert!(negative > 0, "a copied knot");
        }

        let z = form.pack(&before);
        let step: Vec<f64> = form.pack(online.plan()).iter().zip(&z).map(|(after, before)| after - before).collect();
        form.expand(&z, hessian);
        let mut gradient = vec![0.0; form.variables()];
        form.gradient(&mut gradient);
        let mut matrix = swingup::linear::SymmetricBand::zeros(form.variables(), form.half_bandwidth());
        form.hessian(&mut matrix);
        let left = matrix.times(&step).iter().zip(&gradient).map(|(a, g)| (a + g).abs()).fold(0.0, f64::max);
        assert!(left < 1e-9 * matrix.largest(), "{left:e}");
    }
}

/// Shifted, every knot has what the next one had. A copied tail stands still, a rolled one moves.
#[test]
fn a_shift_moves_the_plan_by_a_knot() {
    for tail in [Tail::Copied, Tail::Rolled] {
        let (nlp, Solution { plan, multipliers, .. }, mut online) = begin(Options { tail, ..KKT });
        online.shift();
        let shifted = online.plan();
        assert_eq!((&shifted.states[..99], &shifted.controls[..98]), (&plan.states[1..], &plan.controls[1..]));
        assert_eq!((&online.multipliers()[..98], online.multipliers()[98]), (&multipliers[1..], multipliers[98]));
        assert_eq!(shifted.controls[98], plan.controls[98]);
        let mut defects = vec![[0.0; 4]; 99];
        nlp.evaluate(shifted, &mut defects);
        let (x, u) = (plan.states[99], plan.controls[98]);
        let rate: [f64; 4] = nlp.ocp().dynamics().xdot(&nlp.ocp().at(98), x, u);
        for (d, rate) in defects[98].into_iter().zip(rate) {
            let expected = if tail == Tail::Copied { -0.1 * rate } else { 0.0 };
            assert!((d - expected).abs() < 1e-12, "{tail:?}: {d} and {expected}");
        }
    }
}

/// Explicit schemes roll as well.
#[test]
fn a_tail_of_an_explicit_scheme_is_its_step() {
    let nlp = swing_up().transcribe(RK4);
    let solution = solve(&nlp, &rest(&nlp, [0.0]), &newton::Options::default()).expect("in range");
    let mut online = RealTimeIteration::new(nlp, &solution, Options { tail: Tail::Rolled, ..KKT }).expect("in range");
    online.shift();
    let at = At { t: 0.0, p: &[] };
    let next = rollout(&CartPole::scaled(), &at, 0.1, 1, solution.plan.states[99], &[solution.plan.controls[98]])[1];
    for (a, b) in online.plan().states[99].into_iter().zip(next) {
        assert!((a - b).abs() < 1e-12);
    }
}

fn drive(options: Options) -> ClosedLoop<4, 1> {
    let (.., mut online) = begin(options);
    online.drive([0.0; 4], 300, |_, x, u| {
        let next = rollout(&CartPole::scaled(), &At { t: 0.0, p: &[] }, 0.1, 10, x, &[u])[1];
        next.iter().all(|x| x.abs() < 100.0).then_some(next)
    })
}

/// One step of 2018 loses the plant; more steps hold it, and so does each of three changes.
#[test]
fn one_step_is_enough_if_it_is_the_right_one() {
    let lost = drive(NOTES);
    assert!(lost.states.len() < 55 && lost.states.len() == lost.samples.len() + 1);
    for options in [
        Options { steps: 2, ..NOTES },
        Options { steps: 4, ..NOTES },
        Options { tail: Tail::Rolled, ..NOTES },
        Options { hessian: Hessian::GaussNewton, ..NOTES },
        KKT,
    ] {
        let run = drive(options);
        assert_eq!((run.states.len(), run.samples.len()), (301, 300));
        assert!(run.states[63..].iter().all(|x| (x[2] - PI).abs() < 0.5), "{options:?}");
    }
}

#[test]
fn what_is_no_plan_is_refused() {
    let (nlp, solution, _) = begin(KKT);
    let refused = |solution: &Solution<4, 1>, options| {
        RealTimeIteration::new(nlp.clone(), solution, options).expect_err("must be refused").field
    };
    assert_eq!(refused(&solution, Options { steps: 0, ..KKT }), "steps");
    for penalty in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(refused(&solution, Options { form: Form::Multipliers { penalty, update: true }, ..KKT }), "penalty");
    }
    let mut short = solution.clone();
    short.multipliers.pop();
    assert_eq!(refused(&short, KKT), "multipliers");
    let mut wrong = solution.clone();
    wrong.plan.states[7][2] = f64::NAN;
    assert_eq!(refused(&wrong, KKT), "state 2 of the guess at knot 7");
    let race = limited::race(50).expect("in range").transcribe(RK4);
    let hanging = Trajectory::constant(50, [0.0; 4], [0.0]);
    let guess = Solution { plan: hanging, multipliers: vec![[0.0; 4]; 50], report: solution.report };
    assert_eq!(
        RealTimeIteration::new(race, &guess, KKT).expect_err("has inequalities").field,
        "inequalities of the problem"
    );
}

/// A sensor that fails is an error, not a panic and not a number.
#[test]
fn a_state_that_is_not_finite_ends_the_loop() {
    for options in [NOTES, KKT, Options { hessian: Hessian::GaussNewton, tail: Tail::Rolled, ..NOTES }] {
        for wrong in [f64::NAN, f64::INFINITY, 1e300] {
            let (.., mut online) = begin(options);
            let found = online.control([0.0, 0.0, wrong, 0.0]);
            assert!(found.is_err() || wrong.is_finite(), "{options:?}: {found:?}");
            if let Ok(sample) = found {
                assert!(sample.control[0].is_finite());
            }
            online.shift();
            let _ = online.control([0.0; 4]);
        }
        let (.., mut online) = begin(options);
        let run = online.drive([0.0; 4], 10, |k, x, _| Some(if k == 3 { [f64::NAN; 4] } else { x }));
        assert_eq!((run.states.len(), run.samples.len()), (5, 4));
    }
}

/// About the best swing-up from hanging Gauss-Newton's steps lead away from it, slowly; a loop has moved on before.
#[test]
fn gauss_newton_holds_a_loop_and_not_a_sample() {
    let options = Options { hessian: Hessian::GaussNewton, ..KKT };
    let (nlp, solution, mut online) = begin(options);
    let there = optimum(&nlp, &solution, AWAY).plan;
    let mut errors = (0..200).map(|_| online.control(AWAY).map(|_| far(online.plan(), &there)).expect("a plan"));
    let (early, late) = (errors.nth(30).expect("200 of them"), errors.last().expect("200 of them"));
    assert!(early < 0.005 && late > 0.03, "{early} {late}");
    for steps in [1, 8, 32] {
        let run = drive(Options { steps, ..options });
        assert!(run.states.len() == 301 && run.states[63..].iter().all(|x| (x[2] - PI).abs() < 0.5), "{steps}");
    }
}
