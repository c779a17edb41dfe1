//! The plan of a converged sample is the optimum, and its report is true.

use nalgebra::SVector;
use swingup::constrained::Side;
use swingup::cost::Tracking;
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::interior;
use swingup::models::CartPole;
use swingup::mpc::{Mpc, Options, Status};
use swingup::problems::limited;
use swingup::transcription::RK4;
use swingup::{Ocp, Trajectory};

use super::{plant, pushed};
use crate::common::Random;

/// Places along the race, disturbed, under a converged controller.
fn along_the_race(mpc: &mut Mpc<4, 1>, mut see: impl FnMut(usize, [f64; 4], [f64; 1], &Mpc<4, 1>)) {
    let mut x = [0.0; 4];
    for k in 0..120 {
        let u = mpc.control(&x);
        assert_eq!(mpc.report().status, Status::Converged, "{k}: {}", mpc.report());
        see(k, x, u, mpc);
        let (next, push) = (plant(x, u), pushed(k));
        x = std::array::from_fn(|i| next[i] + push[i]);
    }
}

fn plan_of<const NX: usize, const NU: usize>(mpc: &Mpc<NX, NU>) -> Trajectory<NX, NU> {
    let n = mpc.intervals();
    Trajectory { states: (0..=n).map(|k| mpc.state(k)).collect(), controls: (0..n).map(|k| mpc.planned(k)).collect() }
}

#[test]
fn a_converged_control_is_that_of_the_interior_point_method() {
    let options = Options { barrier: 1e-10, tolerance: 1e-9, ..Options::converged() };
    let mut mpc = Mpc::new(limited::race(50).unwrap(), options).unwrap();
    let mut most = 0.0f64;
    along_the_race(&mut mpc, |k, x, u, mpc| {
        // Where the kick pushes the cart over the edge, soft limits are another problem than hard ones.
        let outside = (0..=mpc.intervals()).any(|k| mpc.state(k)[0].abs() > 0.5);
        if k % 7 != 0 || outside {
            return;
        }
        let mut ocp = limited::race(50).unwrap();
        ocp.set_start(x).unwrap();
        let found = interior::solve(&ocp.transcribe(RK4), &plan_of(mpc), &interior::Options::default()).unwrap();
        assert_eq!(found.report.status, interior::Status::Solved);
        most = most.max((found.plan.controls[0][0] - u[0]).abs());
    });
    assert!(most < 1e-6, "{most:e}");
}

/// Stationarity, feasibility and complementarity of a plan by other means: multipliers of the defects from the states' equations, those of
/// the inequalities as [`Mpc::active`] says.
#[test]
fn a_converged_plan_satisfies_the_conditions_of_an_optimum() {
    let nlp = limited::race(50).unwrap().transcribe(RK4);
    let n = nlp.ocp().intervals();
    let mut mpc = Mpc::new(limited::race(50).unwrap(), Options::converged()).unwrap();
    along_the_race(&mut mpc, |k, _, _, mpc| {
        let (plan, report) = (plan_of(mpc), mpc.report());
        let mut defects = vec![[0.0; 4]; n];
        nlp.evaluate(&plan, &mut defects);
        let defect = defects.as_flattened().iter().fold(0.0f64, |most, d| most.max(d.abs()));
        assert!((defect - report.defect).abs() <= 1e-14 && defect <= 1e-6 * 10.0, "{k}: {defect:e}, {report}");

        let (mut of_states, mut of_controls) = (vec![[0.0; 4]; n + 1], vec![0.0; n]);
        mpc.active(|knot, side, z| {
            assert!(z > 0.0);
            match side {
                Side::State { i, sign, limit } => {
                    // The price of a limit buys what μ leaves: no more than a thousandth of the track.
                    assert!((plan.states[knot][i] - limit).abs() < 1e-3, "{k}, {knot}");
                    of_states[knot][i] -= sign * z;
                }
                Side::Control { sign, limit, .. } => {
                    assert!((plan.controls[knot][0] - limit).abs() < 1e-2, "{k}, {knot}");
                    of_controls[knot] -= sign * z;
                }
                Side::Row { .. } => unreachable!("the race has none"),
            }
        });
        let mut expansion = Expansion::new(n);
        nlp.expand(&plan, &vec![[0.0; 4]; n], Hessian::GaussNewton, &mut expansion);
        // λ of the defect before a knot: 0 = ∇J - z + λ - A'λ₊.
        let mut multiplier = -(expansion.x + SVector::from(of_states[n]));
        let mut gradient = 0.0f64;
        for knot in (0..n).rev() {
            let block = &expansion.blocks[knot];
            gradient = gradient.max((block.u[0] + of_controls[knot] - block.b.tr_mul(&multiplier)[0]).abs());
            multiplier = block.a.tr_mul(&multiplier) - block.x - SVector::from(of_states[knot]);
        }
        // What active inequalities leave out: multipliers μ/s of the others, with s more than √μ.
        assert!(gradient < 1e-2, "{k}: {gradient:e}, {report}");
    });
}

/// The residuals of a plan on its way: defects as the problem itself has them.
#[test]
fn defects_of_a_plan_on_its_way_are_those_of_the_problem() {
    let nlp = limited::planar_quadrotor().transcribe(RK4);
    let options = Options { steps: 2, tolerance: 1e-12, ..Options::default() };
    let mut mpc = Mpc::new(limited::planar_quadrotor(), options).unwrap();
    let mut random = Random(5);
    for _ in 0..10 {
        let x = mpc.state(1).map(|x| x + 0.1 * (random.next() - 0.5));
        mpc.control(&x);
        assert_eq!((mpc.report().status, mpc.report().steps), (Status::Stepped, 2));
        let plan = plan_of(&mpc);
        let mut defects = vec![[0.0; 6]; plan.controls.len()];
        nlp.evaluate(&plan, &mut defects);
        let defect = defects.as_flattened().iter().fold(0.0f64, |most, d| most.max(d.abs()));
        assert!(defect > 1e-9 && (defect - mpc.report().defect).abs() <= 1e-14, "{defect:e}, {}", mpc.report());
    }
}

/// Gauss and Newton's steps end by a factor each, the exact ones square the error; a line search costs a quarter of them at most.
#[test]
fn exact_steps_are_fewer() {
    let steps = |hessian, globalize| {
        let options = Options { hessian, globalize, tolerance: 1e-8, barrier: 1e-9, ..Options::converged() };
        let mut mpc = Mpc::new(limited::race(50).unwrap(), options).unwrap();
        let mut steps = Vec::new();
        for _ in 0..10 {
            let mut x = mpc.state(1);
            (x[2], x[3]) = (x[2] + 0.02, x[3] - 0.05);
            mpc.control(&x);
            assert_eq!(mpc.report().status, Status::Converged, "{:?}", mpc.report());
            steps.push(mpc.report().steps);
        }
        steps.into_iter().sum::<usize>()
    };
    let [exact, gauss_newton] = [Hessian::Exact, Hessian::GaussNewton].map(|hessian| steps(hessian, false));
    let searched = steps(Hessian::Exact, true);
    assert!(3 * exact < 2 * gauss_newton && 4 * searched < 5 * exact, "{exact} {gauss_newton} {searched}");
}

/// Rates that bend with five of seven arguments, which are read knot by knot.
#[test]
fn exact_steps_end_for_a_double_pole_too() {
    let options = Options { hessian: Hessian::Exact, ..Options::converged() };
    let mut mpc = Mpc::new(limited::double_cart_pole(), options).unwrap();
    for _ in 0..5 {
        let x = mpc.state(usize::from(mpc.report().steps > 0)).map(|x| x + 1e-3);
        mpc.control(&x);
        assert_eq!(mpc.report().status, Status::Converged, "{}", mpc.report());
    }
    assert!(mpc.differentiate().is_some());
}

/// The race from elsewhere, and the solver's way there from rest with this control.
fn solved_from(start: [f64; 4], u: f64) -> (Ocp<CartPole, Tracking<4, 1>, 4, 1>, interior::Report) {
    let mut ocp = limited::race(50).unwrap();
    ocp.set_start(start).unwrap();
    let guess = Trajectory::constant(50, start, [u]);
    let solution = interior::solve(&ocp.clone().transcribe(RK4), &guess, &interior::Options::default()).unwrap();
    (ocp, solution.report)
}

/// From nothing the solver comes upon a swing, or none, that costs twice as much as the one from a push.
#[test]
fn the_first_plan_is_the_cheapest_of_three_guesses() {
    for start in [[0.23, -0.77, -2.64, 2.39], [-0.02, 0.42, -1.40, -1.57]] {
        let [nothing, right, left] = [0.0, 5.0, -5.0].map(|u| solved_from(start, u).1);
        let first = Mpc::new(solved_from(start, 0.0).0, Options::default()).unwrap().first_solution().unwrap().cost;
        assert!(first < 0.55 * nothing.cost, "{first} {}", nothing.cost);
        assert_eq!(first, right.cost.min(left.cost));
    }
    // As good as each other: the first one.
    let race = Mpc::new(limited::race(50).unwrap(), Options::default()).unwrap();
    assert_eq!(race.first_solution(), Some(&solved_from([0.0; 4], 0.0).1));
}

/// Where the solver stops at its limit of steps, the first plan is what globalized steps make of its last motion.
#[test]
fn a_plan_that_the_solver_gave_up_on_is_improved() {
    let (problem, given_up) = solved_from([0.09, 0.65, 0.9, 7.42], 0.0);
    let improved = Mpc::new(problem.clone(), Options::default()).unwrap();
    assert_eq!(improved.first_solution().unwrap().status, interior::Status::IterationLimit);
    let (plan, mut defects) = (plan_of(&improved), vec![[0.0; 4]; 50]);
    let cost = problem.transcribe(RK4).evaluate(&plan, &mut defects);
    assert!(cost < given_up.cost - 1.0, "{cost} {}", given_up.cost);
    assert!(defects.as_flattened().iter().all(|d| d.abs() < 5e-3), "{defects:?}");
}
