//! The linear-quadratic problem on knots with inequalities: optimality against neighbours, certificates, and as the inside of Newton.

mod common;

use common::Random;
use nalgebra::{SMatrix, SVector};
use swingup::constrained::{Constrained, Constraint, Linear};
use swingup::constraints::{Kind, Price};
use swingup::expansion::{Hessian, Nlp};
use swingup::interior::{self, Options, Status};
use swingup::problems::limited;
use swingup::qp::Qp;
use swingup::transcription::{MIDPOINT, RK4};
use swingup::{Bound, Trajectory};

const NX: usize = 3;
const NU: usize = 2;

/// A convex one with limits on both controls and one state, and a row at each third knot.
fn random(seed: u64, n: usize) -> Qp<NX, NU> {
    let mut random = Random(seed);
    let mut next = || 2.0 * random.next() - 1.0;
    let start = [next(), next(), next()];
    let mut qp = Qp::new(start, n);
    qp.expansion.explicit = true;
    for k in 0..n {
        let block = &mut qp.expansion.blocks[k];
        block.a = SMatrix::identity() + SMatrix::from_fn(|_, _| 0.3 * next());
        block.b = SMatrix::from_fn(|_, _| next());
        block.defect = SVector::from_fn(|_, _| 0.1 * next());
        let root = SMatrix::<f64, NX, NX>::from_fn(|_, _| next());
        block.xx = root.transpose() * root;
        block.uu = SMatrix::identity() * (0.1 + next().abs());
        block.x = SVector::from_fn(|_, _| next());
        block.u = SVector::from_fn(|_, _| next());
        qp.bounds[k].controls = [Bound::symmetric(0.8), Bound::within(-0.5, 0.9)];
        // From 2 on: the first state may be outside.
        if k > 1 {
            qp.bounds[k].states[0] = Bound::symmetric(2.0).soft(50.0, 1.0);
        }
        if k % 3 == 2 {
            let row =
                Linear { value: 1.5, x: SVector::from_fn(|_, _| 0.3 * next()), u: SVector::from_fn(|_, _| next()) };
            qp.rows.push((
                Constraint { knot: k, name: "row", kind: Kind::Soft(Price { linear: 3.0, quadratic: 2.0 }) },
                row,
            ));
        }
    }
    qp.expansion.xx = SMatrix::identity();
    qp
}

/// Cost with the prices of what is soft, at the rollout of these controls; infinite where a hard limit is broken.
fn paid(qp: &Qp<NX, NU>, controls: &[[f64; NU]]) -> f64 {
    let mut plan = Trajectory::constant(controls.len(), qp.start, [0.0; NU]);
    plan.controls.copy_from_slice(controls);
    for k in 0..controls.len() {
        let defect = qp.defect(k, plan.states[k], plan.controls[k], [0.0; NX]);
        plan.states[k + 1] = defect.map(|d| -d);
    }
    let mut total = qp.evaluate(&plan, &mut vec![[0.0; NX]; controls.len()]);
    for (k, bounds) in qp.bounds.iter().enumerate() {
        let values = plan.states[k].iter().chain(plan.controls.get(k).into_iter().flatten());
        let limits = bounds.states.iter().chain(&bounds.controls);
        for (value, bound) in values.zip(limits) {
            let t = (bound.lower - value).max(value - bound.upper).max(0.0);
            total += match bound.price {
                Some(price) => t * (price.linear + 0.5 * price.quadratic * t),
                None if t > 1e-9 => f64::INFINITY,
                None => 0.0,
            };
        }
    }
    for (constraint, row) in &qp.rows {
        let (x, u) = (SVector::from(plan.states[constraint.knot]), SVector::from(plan.controls[constraint.knot]));
        let t = -(row.value + row.x.dot(&x) + row.u.dot(&u)).min(0.0);
        if let Kind::Soft(price) = constraint.kind {
            total += t * (price.linear + 0.5 * price.quadratic * t);
        }
    }
    total
}

#[test]
fn no_other_controls_are_cheaper() {
    for seed in 0..20 {
        let qp = random(seed, 25);
        let solution = qp.solve(&Options::default()).unwrap();
        assert_eq!(solution.report.status, Status::Solved, "{seed}: {}", solution.report);
        // Convex, and a good starting point costs few steps.
        assert!(solution.report.iterations() <= 30, "{seed}: {}", solution.report);
        let inside: Vec<[f64; NU]> =
            solution.plan.controls.iter().map(|u| [u[0].clamp(-0.8, 0.8), u[1].clamp(-0.5, 0.9)]).collect();
        let least = paid(&qp, &inside);
        let mut random = Random(seed + 100);
        for trial in 0..200 {
            let mut other = inside.clone();
            let size = 10f64.powi(-(trial % 5));
            for u in &mut other {
                u[0] = (u[0] + size * (random.next() - 0.5)).clamp(-0.8, 0.8);
                u[1] = (u[1] + size * (random.next() - 0.5)).clamp(-0.5, 0.9);
            }
            assert!(paid(&qp, &other) >= least - 1e-6 * (1.0 + least.abs()), "{seed}");
        }
    }
}

#[test]
fn a_warm_start_takes_fewer_steps() {
    let qp = random(3, 40);
    let cold = qp.solve(&Options::default()).unwrap();
    let mut moved = qp.clone();
    moved.start[0] += 1e-3;
    let warm = moved.solve_from(&cold, &Options::default()).unwrap().report;
    let again = moved.solve(&Options::default()).unwrap().report;
    assert_eq!(warm.status, Status::Solved);
    assert!((warm.cost - again.cost).abs() < 1e-6 && warm.iterations() < again.iterations(), "{warm}, {again}");
}

#[test]
fn a_certificate_shows_that_there_is_no_solution() {
    // Too far for so weak a control.
    let mut far = Qp::<1, 1>::new([0.0], 10);
    far.expansion.explicit = true;
    for k in 0..10 {
        let block = &mut far.expansion.blocks[k];
        (block.b[(0, 0)], block.uu[(0, 0)]) = (1.0, 1.0);
        far.bounds[k].controls[0] = Bound::symmetric(0.1);
    }
    far.bounds[10].states[0] = Bound::within(2.0, 3.0);
    let solution = far.solve(&Options::default()).unwrap();
    let Status::Infeasible { knot, constraint } = &solution.report.status else { panic!("{}", solution.report) };
    assert_eq!((*knot, constraint.as_str()), (10, "x0 >= 2"));
    let certificate = far.certificate(&solution).unwrap();
    assert!(certificate.residual < 1e-2 * certificate.value, "{certificate:?}");
    // Two rows against each other.
    let mut torn = Qp::<1, 1>::new([0.0], 4);
    torn.expansion.explicit = true;
    for block in &mut torn.expansion.blocks {
        (block.b[(0, 0)], block.uu[(0, 0)]) = (1.0, 1.0);
    }
    for (name, value, slope) in [("above", -1.0, 1.0), ("below", 0.5, -1.0)] {
        let row = Linear { value, x: SVector::from([slope]), u: SVector::zeros() };
        torn.rows.push((Constraint { knot: 3, name, kind: Kind::Hard }, row));
    }
    let solution = torn.solve(&Options::default()).unwrap();
    assert!(matches!(solution.report.status, Status::Infeasible { knot: 3, .. }), "{}", solution.report);
    assert!(torn.certificate(&solution).unwrap().residual < 1e-2);
    // Where there is a solution there is none.
    assert_eq!(torn.certificate(&random_like(&torn)), None);
}

/// The same without its last row.
fn random_like(torn: &Qp<1, 1>) -> interior::Solution<1, 1> {
    let mut qp = torn.clone();
    qp.rows.pop();
    qp.solve(&Options::default()).unwrap()
}

#[test]
fn what_is_wrong_is_refused_by_name() {
    let mut qp = Qp::<1, 1>::new([0.0], 4);
    qp.bounds[2].controls[0] = Bound::within(1.0, -1.0);
    assert_eq!(
        qp.solve(&Options::default()).unwrap_err().to_string(),
        "lower bound of u0 at knot 2 (upper -1) = 1: must be at most the upper one"
    );
    qp.bounds[2].controls[0] = Bound::FREE;
    let row = Linear { value: 0.0, x: SVector::zeros(), u: SVector::zeros() };
    qp.rows.push((Constraint { knot: 9, name: "row", kind: Kind::Hard }, row));
    assert_eq!(
        qp.solve(&Options::default()).unwrap_err().to_string(),
        "knot of row 0 = 9: must be a knot of the horizon, after the one before"
    );
}

/// Newton's method with the inequalities of each step kept by a quadratic program: it squares its error.
#[test]
fn the_approximation_of_a_problem_leads_to_its_solution() {
    fn check<const NX: usize, const NU: usize>(nlp: &impl Constrained<NX, NU>) {
        let guess = Trajectory::constant(nlp.intervals(), nlp.start(), [0.0; NU]);
        let best = interior::solve(nlp, &guess, &Options { tolerance: 1e-10, ..Options::default() }).unwrap();
        let (mut plan, mut multipliers) = (best.plan.clone(), best.multipliers.clone());
        let mut prices = best.warm.prices();
        let mut random = Random(1);
        plan.states[1..].iter_mut().flatten().for_each(|x| *x += 1e-3 * (random.next() - 0.5));
        let far = |plan: &Trajectory<NX, NU>| {
            let pairs = plan.states.as_flattened().iter().zip(best.plan.states.as_flattened());
            pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
        };
        let mut errors = vec![far(&plan)];
        for _ in 0..3 {
            let qp = Qp::about(nlp, &plan, &multipliers, &prices, Hessian::Exact);
            let step = qp.solve(&Options { tolerance: 1e-11, ..Options::default() }).unwrap();
            assert!(step.report.error < 1e-8, "{}", step.report);
            let before = plan.clone();
            before.step_into(1.0, &step.plan, &mut plan);
            prices = step.warm.prices();
            multipliers = step.multipliers;
            errors.push(far(&plan));
        }
        assert!(errors[1] < 0.1 * errors[0] && errors[2] < 1e-6, "{errors:?}");
    }
    check(&limited::race(30).unwrap().transcribe(RK4));
    check(&limited::swing_up(1.0, 2.0, 1.0).unwrap().transcribe(MIDPOINT));
    check(&limited::planar_quadrotor().transcribe(RK4));
}
