//! Where a system is singular or not convex, what damping and penalty do to it, and where the recursion ends.

use nalgebra::{DMatrix, DVector, SMatrix, SVector, matrix};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::cost::Tracking;
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::linear::{BandCholesky, Breakdown, KktBand, KktStep, Riccati, RightSide, SymmetricBand};
use swingup::models::CartPole;
use swingup::newton::PenaltyForm;
use swingup::transcription::{MIDPOINT, RK4, Scheme};
use swingup::{Ocp, Trajectory};

use super::dense::{Dense, Kind, expansion, flat};

const N: usize = 6;
const CONVEX: Kind = Kind { explicit: true, convexity: 3.0, decades: 0.0, growth: 1.0 };
const IMPLICIT: Kind = Kind { explicit: false, ..CONVEX };

fn random(kind: Kind) -> Expansion<4, 2> {
    expansion(&mut StdRng::seed_from_u64(5), N, kind)
}

fn both(e: &Expansion<4, 2>) -> [Result<(), Breakdown>; 2] {
    [Riccati::new(N).factor(e, 0.0, true), KktBand::new(N).factor(e, 0.0, 0.0, true)]
}

/// A control that nothing prices and that moves nothing leaves both solvers without an answer, at its knot.
#[test]
fn a_control_without_effect_is_singular_at_its_knot() {
    for kind in [CONVEX, IMPLICIT] {
        for knot in 0..N {
            let mut e = random(kind);
            let block = &mut e.blocks[knot];
            block.b.column_mut(1).fill(0.0);
            block.nu.column_mut(1).fill(0.0);
            block.ux.row_mut(1).fill(0.0);
            block.uu.row_mut(1).fill(0.0);
            block.uu.column_mut(1).fill(0.0);
            assert_eq!(both(&e), [Err(Breakdown::Singular { knot }); 2]);
            // Its damping is a price.
            assert_eq!(Riccati::new(N).factor(&e, 0.1, false), Ok(()));
            assert_eq!(KktBand::new(N).factor(&e, 0.1, 0.0, false), Ok(()));
        }
    }
}

/// Two controls that do the same at no price of their own: what decides between them is rounding, and that is said.
#[test]
fn controls_that_repeat_each_other_are_singular_at_their_knot() {
    let mut shares = StdRng::seed_from_u64(1);
    for kind in [CONVEX, IMPLICIT, Kind { decades: 12.0, ..CONVEX }, Kind { decades: 12.0, ..IMPLICIT }] {
        for knot in 0..N {
            let mut e = random(kind);
            let share: f64 = shares.random_range(-2.0..2.0);
            let block = &mut e.blocks[knot];
            block.b.set_column(1, &(block.b.column(0) * share));
            block.nu.set_column(1, &(block.nu.column(0) * share));
            block.ux.set_row(1, &(block.ux.row(0) * share));
            let price = block.uu[(0, 0)];
            block.uu = matrix![price, price * share; price * share, price * share * share];
            assert_eq!(both(&e), [Err(Breakdown::Singular { knot }); 2], "{kind:?}, share {share}");
        }
    }
}

/// A number that is not finite is found, and no later than at its own knot.
#[test]
fn what_is_not_finite_is_singular() {
    for kind in [CONVEX, IMPLICIT] {
        for knot in 0..N {
            let mut e = random(kind);
            e.blocks[knot].uu[(1, 0)] = f64::NAN;
            assert_eq!(both(&e), [Err(Breakdown::Singular { knot }); 2]);
            let mut e = random(kind);
            e.blocks[knot].b[(2, 1)] = f64::INFINITY;
            assert_eq!(both(&e), [Err(Breakdown::Singular { knot }); 2]);
            let mut e = random(kind);
            e.blocks[knot].a[(0, 3)] = f64::NAN;
            for (solver, wrong) in both(&e).iter().enumerate() {
                // The band does not hold what moves with the first state, which is given.
                let unseen = solver == 1 && knot == 0;
                assert!(unseen || wrong.is_err_and(|wrong| wrong.knot() <= knot), "solver {solver}, knot {knot}");
            }
        }
    }
}

/// The knot of `NotConvex` is the last at which the curvature along the motion is negative.
#[test]
fn a_hessian_that_bends_down_is_not_convex_there() {
    for kind in [CONVEX, IMPLICIT] {
        for knot in 0..N {
            let mut e = random(kind);
            e.blocks[knot].uu[(0, 0)] = -1e4;
            let mut riccati = Riccati::new(N);
            assert_eq!(riccati.factor(&e, 0.0, false), Err(Breakdown::NotConvex { knot }));
            assert!(matches!(KktBand::new(N).factor(&e, 0.0, 0.0, false), Err(Breakdown::NotConvex { .. })));
            assert_eq!((riccati.factor(&e, 0.0, true), riccati.negative()), (Ok(()), 1));
            assert_eq!(riccati.factor(&e, 2e4, false), Ok(()));
        }
    }
}

/// Damping is curvature in every state and control.
#[test]
fn damping_is_added_to_the_curvature() {
    let e = random(Kind { convexity: 0.0, ..IMPLICIT });
    let mut bent = e.clone();
    for block in &mut bent.blocks {
        (0..4).for_each(|i| block.xx[(i, i)] += 0.75);
        (0..2).for_each(|i| block.uu[(i, i)] += 0.75);
    }
    (0..4).for_each(|i| bent.xx[(i, i)] += 0.75);
    let (mut right, mut one, mut other) = (RightSide::zeros(N), KktStep::zeros(N), KktStep::zeros(N));
    right.take(&e);
    let mut riccati = Riccati::new(N);
    riccati.factor(&e, 0.75, true).expect("regular");
    riccati.solve(&e, &right, &mut one);
    riccati.factor(&bent, 0.0, true).expect("regular");
    riccati.solve(&bent, &right, &mut other);
    assert!((flat(&one) - flat(&other)).amax() <= 1e-12 * flat(&one).amax());
    let mut band = KktBand::new(N);
    band.factor(&e, 0.75, 0.0, true).expect("regular");
    band.solve(&right, &mut other);
    assert!((flat(&one) - flat(&other)).amax() <= 1e-12 * flat(&one).amax());
}

/// An `E` that cannot be inverted ends the recursion; the whole matrix is regular all the same, and the band solves it.
#[test]
fn the_band_needs_no_regular_block() {
    let mut e = random(IMPLICIT);
    e.blocks[3].e.column_mut(2).fill(0.0);
    assert_eq!(both(&e), [Err(Breakdown::Singular { knot: 3 }), Ok(())]);
    check_band(&e);
    // Nor a regular F: the last control costs nothing, but for what it does with the state.
    let mut e = random(CONVEX);
    let block = &mut e.blocks[N - 1];
    block.b.fill(0.0);
    block.uu.fill(0.0);
    assert_eq!(both(&e), [Err(Breakdown::Singular { knot: N - 1 }), Ok(())]);
    check_band(&e);
}

fn check_band(e: &Expansion<4, 2>) {
    let (mut right, mut step, mut band) = (RightSide::zeros(N), KktStep::zeros(N), KktBand::new(N));
    right.take(e);
    band.factor(e, 0.0, 0.0, true).expect("a regular matrix");
    band.solve(&right, &mut step);
    let error = Dense::new(e, 0.0, 0.0).rowwise_error(&flat(&step));
    assert!(error <= 1e-14, "{error:e}");
}

/// An F that is nearly singular in a regular system costs the recursion its digits; the residual says so, and the band does not
/// mind.
#[test]
fn the_residual_tells_of_an_f_that_is_nearly_singular() {
    for (tiny, lost, repaired) in [(1e-2, 0.0, 1e-15), (1e-6, 1e-13, 1e-15), (1e-11, 1e-9, 1e-9)] {
        let mut e = random(CONVEX);
        let block = &mut e.blocks[N - 1];
        block.b.fill(0.0);
        block.uu = SMatrix::identity() * tiny;
        let (mut right, mut step) = (RightSide::zeros(N), KktStep::zeros(N));
        right.take(&e);
        let mut riccati = Riccati::new(N);
        riccati.factor(&e, 0.0, true).expect("a regular F");
        riccati.solve(&e, &right, &mut step);
        let dense = Dense::new(&e, 0.0, 0.0);
        let (left, told) = (&dense.k * flat(&step) - &dense.b, right.residual(&e, 0.0, 0.0, &step).largest());
        let rounding = 1e-15 * dense.k.amax() * flat(&step).amax();
        assert!((left.amax() - told).abs() <= 0.01 * told + rounding, "{tiny:e}: {told:e} of {:e}", left.amax());
        let error = dense.backward_error(&flat(&step));
        assert!(error > lost, "{tiny:e}: {error:e} only");
        riccati.solve_refined(&e, &right, &mut step);
        let error = dense.backward_error(&flat(&step));
        assert!(error <= repaired, "{tiny:e}: {error:e} refined");
        check_band(&e);
    }
}

/// K is how the control answers to the state: when a disturbance moves a state, the later controls follow by `-K dx`.
#[test]
fn the_gain_is_the_answer_to_a_disturbance() {
    for kind in [CONVEX, IMPLICIT] {
        let e = random(kind);
        let (mut right, mut before, mut after) = (RightSide::zeros(N), KktStep::zeros(N), KktStep::zeros(N));
        right.take(&e);
        let mut riccati = Riccati::new(N);
        riccati.factor(&e, 0.0, false).expect("a convex system");
        riccati.solve(&e, &right, &mut before);
        right.knots[2].defect += SVector::from([0.3, -0.2, 0.5, 0.1]);
        riccati.solve(&e, &right, &mut after);
        for k in 3..N {
            let difference = |of: &dyn Fn(&KktStep<4, 2>) -> Vec<f64>| {
                DVector::from_vec(of(&after)) - DVector::from_vec(of(&before))
            };
            let dx = difference(&|step| step.motion.states[k].to_vec());
            let du = difference(&|step| step.motion.controls[k].to_vec());
            assert!((riccati.gain(k) * dx + &du).amax() <= 1e-13, "knot {k}: {du}");
        }
    }
}

/// With δ the multipliers are soft: the matrix has `N NX` negative eigenvalues, and those of `H + A'A/δ`.
#[test]
fn soft_constraints_have_the_inertia_of_the_penalty() {
    for (delta, convexity) in [(0.01, 0.5), (0.3, 0.0), (2.0, 0.0)] {
        let e = random(Kind { convexity, ..IMPLICIT });
        let Dense { k, .. } = Dense::new(&e, 0.0, delta);
        let (n, m) = (N * 6, N * 4);
        let a = k.view((n, 0), (m, n));
        let penalty = k.view((0, 0), (n, n)) + a.transpose() * a / delta;
        let negative = penalty.symmetric_eigenvalues().iter().filter(|v| **v < 0.0).count();
        let mut band = KktBand::new(N);
        band.factor(&e, 0.0, delta, true).expect("regular");
        assert_eq!(band.negative(), negative, "delta {delta}");
    }
}

/// Newton's step of the penalty and multiplier form is that of the KKT system with `δ = h²/(2ρ)`: the band of `H + A'A/δ` by
/// Cholesky, the band with multipliers, and the dense matrix.
fn one_step_two_forms<T: Scheme<CartPole, 4, 1>>(scheme: T, penalty: f64) {
    let cost = Tracking { q: [1.0, 0.2, 3.0, 0.1], r: [0.5], goal: [0.0, 0.0, 3.0, 0.0], rest: [0.0], terminal: 5.0 };
    let ocp = Ocp::new(CartPole::scaled(), cost, [0.1, 0.0, 0.4, 0.0], N, 0.2).expect("in range");
    let nlp = ocp.transcribe(scheme);
    let mut random = StdRng::seed_from_u64(2);
    let mut some = || random.random_range(-1.0..1.0);
    let mut plan = Trajectory::constant(N, nlp.ocp().start(), [0.0]);
    plan.states[1..].iter_mut().for_each(|x| *x = std::array::from_fn(|_| some()));
    plan.controls.iter_mut().for_each(|u| *u = [some()]);
    let mut form = PenaltyForm::new(&nlp, penalty);
    form.multipliers.iter_mut().for_each(|y| *y = std::array::from_fn(|_| some()));

    let z = form.pack(&plan);
    form.expand(&z, Hessian::GaussNewton);
    let mut step = vec![0.0; form.variables()];
    form.gradient(&mut step);
    let mut matrix = SymmetricBand::zeros(form.variables(), form.half_bandwidth());
    form.hessian(&mut matrix);
    let mut cholesky = BandCholesky::new(form.variables(), form.half_bandwidth());
    cholesky.factor(&matrix).expect("positive definite");
    cholesky.solve(&mut step);

    // The soft constraint's own multiplier is the next λ, (A dz + d)/δ + λ: the right side has d + δλ.
    let delta = 0.2 * 0.2 / (2.0 * penalty);
    let mut e = Expansion::new(N);
    nlp.expand(&plan, &form.multipliers, Hessian::GaussNewton, &mut e);
    for (block, y) in e.blocks.iter_mut().zip(&form.multipliers) {
        block.defect += SVector::from(*y) * delta;
    }
    let (mut right, mut soft, mut band) = (RightSide::zeros(N), KktStep::zeros(N), KktBand::new(N));
    right.take(&e);
    band.factor(&e, 0.0, delta, false).expect("a minimum");
    band.solve(&right, &mut soft);
    let dense = Dense::new(&e, 0.0, delta);
    let error = dense.rowwise_error(&flat(&soft));
    assert!(error <= 1e-14, "{error:e}");

    let motion = form.pack(&soft.motion);
    let size = motion.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let oracle = dense.k.clone().full_piv_lu().solve(&dense.b).expect("regular");
    for ((p, q), r) in step.iter().zip(&motion).zip(&oracle) {
        assert!((-p - q).abs() <= 1e-9 * size && (q - r).abs() <= 1e-9 * size, "{p} {q} {r}");
    }
    // The Hessian's own entries, too.
    let a = dense.k.view((N * 5, 0), (N * 4, N * 5));
    let whole: DMatrix<f64> = dense.k.view((0, 0), (N * 5, N * 5)) + a.transpose() * a / delta;
    for i in 0..N * 5 {
        for j in 0..N * 5 {
            assert!((whole[(i, j)] - matrix.get(i, j)).abs() <= 1e-14 * whole.amax(), "({i}, {j})");
        }
    }
}

#[test]
fn the_penalty_form_makes_the_step_of_the_soft_system() {
    for penalty in [0.1, 10.0, 1000.0] {
        one_step_two_forms(MIDPOINT, penalty);
        one_step_two_forms(RK4, penalty);
    }
}
