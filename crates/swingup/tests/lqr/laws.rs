//! What must hold of every regulator, whatever its numbers are.

use crate::common::Random;
use nalgebra::{Const, DMatrix, Dyn, Matrix1, Matrix2, Matrix4, SMatrix, Vector2, Vector4, dmatrix};
use swingup::lqr::{Kalman, Lq, Refusal, Regulator, Time, discrete_lyapunov, lyapunov, poles};

fn random(rows: usize, columns: usize, random: &mut Random) -> DMatrix<f64> {
    DMatrix::from_fn(rows, columns, |_, _| 2.0 * random.next() - 1.0)
}

/// Of n states and m controls, with a cross term, Q >= 0 and R > 0.
fn problem(n: usize, m: usize, seed: u64) -> Lq<Dyn, Dyn> {
    let mut numbers = Random(seed);
    let root = random(n + m, n + m, &mut numbers);
    let weight = root.tr_mul(&root) + DMatrix::identity(n + m, n + m) * 0.1;
    Lq::new(
        random(n, n, &mut numbers) * 2.0,
        random(n, m, &mut numbers),
        weight.view((0, 0), (n, n)).into_owned(),
        weight.view((n, n), (m, m)).into_owned(),
    )
    .with_cross(weight.view((0, n), (n, m)).into_owned())
}

fn solve(lq: &Lq<Dyn, Dyn>, time: Time) -> Regulator<Dyn, Dyn> {
    if time == Time::Continuous { lq.care() } else { lq.dare() }.unwrap()
}

fn close(a: &DMatrix<f64>, b: &DMatrix<f64>, tolerance: f64) {
    let error = (a - b).norm() / b.norm();
    assert!(error <= tolerance, "relative difference {error:e}");
}

const BOTH: [Time; 2] = [Time::Continuous, Time::Discrete];

fn every(mut law: impl FnMut(Lq<Dyn, Dyn>, Time, Regulator<Dyn, Dyn>)) {
    for time in BOTH {
        for (n, m) in [(1, 1), (2, 1), (3, 2), (4, 4), (6, 3), (9, 1), (12, 5)] {
            let lq = problem(n, m, 7 * n as u64 + m as u64);
            let found = solve(&lq, time);
            law(lq, time, found);
        }
    }
}

#[test]
fn a_solution_is_symmetric_positive_and_stabilizes() {
    every(|_, time, found| {
        assert_eq!(found.cost_to_go, found.cost_to_go.transpose());
        assert!(found.cost_to_go.clone().cholesky().is_some());
        assert_eq!(found.negative, 0);
        assert!(found.error < 1e-16 && found.condition >= 1.0);
        for pole in poles(&found.closed_loop) {
            assert!(if time == Time::Continuous { pole.re < 0.0 } else { pole.norm_sqr() < 1.0 }, "{pole}");
        }
    });
}

/// The entries of X are the exact ones to the last bit or nearly, so the equation holds to the rounding of its own terms.
#[test]
fn the_equation_holds() {
    every(|Lq { a, b, q, r, s }, time, Regulator { cost_to_go: x, gain, .. }| {
        let (left, f) = match time {
            Time::Continuous => (a.tr_mul(&x) + &x * &a + &q, r),
            Time::Discrete => (a.tr_mul(&(&x * &a)) - &x + &q, &r + b.tr_mul(&(&x * &b))),
        };
        close(&left, &(gain.tr_mul(&f) * &gain), 1e-13);
        let p = if time == Time::Continuous { &x * &b + s } else { a.tr_mul(&(&x * &b)) + s };
        close(&(f * gain), &p.transpose(), 1e-13);
    });
}

/// `x = Tz` changes X to T'XT and K to KT.
#[test]
fn other_coordinates_give_the_same_regulator() {
    every(|lq, time, found| {
        let n = lq.a.nrows();
        let turn = random(n, n, &mut Random(5)) + DMatrix::identity(n, n) * 2.0;
        let inverse = turn.clone().try_inverse().unwrap();
        let q = turn.tr_mul(&(&lq.q * &turn));
        let other = Lq::new(&inverse * &lq.a * &turn, &inverse * &lq.b, (&q + q.transpose()) * 0.5, lq.r.clone())
            .with_cross(turn.tr_mul(&lq.s));
        let other = solve(&other, time);
        close(&other.cost_to_go, &turn.tr_mul(&(&found.cost_to_go * &turn)), 1e-14 * found.condition);
        close(&other.gain, &(found.gain * turn), 1e-14 * found.condition);
    });
}

/// Units that are powers of two change no digit: the numbers are right to rounding in each of them.
#[test]
fn units_change_no_digit() {
    every(|lq, time, found| {
        let (n, m) = lq.b.shape();
        let scale = |count, seed: u64| {
            let mut numbers = Random(seed);
            DMatrix::from_diagonal(&nalgebra::DVector::from_fn(count, |_, _| {
                f64::powi(2.0, (numbers.next() * 60.0) as i32 - 30)
            }))
        };
        let (d, e) = (scale(n, 3), scale(m, 4));
        let back = d.map_diagonal(f64::recip);
        let back = DMatrix::from_diagonal(&back);
        let other = Lq::new(&back * &lq.a * &d, &back * &lq.b * &e, &d * &lq.q * &d, &e * &lq.r * &e)
            .with_cross(&d * &lq.s * &e);
        let other = solve(&other, time);
        close(&(&back * other.cost_to_go * &back), &found.cost_to_go, 2e-16);
        close(&(&e * other.gain * &back), &found.gain, 2e-16);
    });
}

#[test]
fn a_cost_in_other_units_has_the_same_gain() {
    every(|lq, time, found| {
        let other = Lq::new(lq.a, lq.b, lq.q * 3.7e9, lq.r * 3.7e9).with_cross(lq.s * 3.7e9);
        let other = solve(&other, time);
        // The weights themselves are rounded in the other unit.
        close(&other.cost_to_go, &(found.cost_to_go * 3.7e9), 1e-15 * found.condition);
        close(&other.gain, &found.gain, 1e-14 * found.condition);
    });
}

/// A clock that runs `c` times as fast: `x' = c(Ax + Bu)`, X/c, the same K.
#[test]
fn another_unit_of_time_has_the_same_gain() {
    for (n, m) in [(2, 1), (5, 2), (12, 5)] {
        let lq = problem(n, m, 91);
        let found = solve(&lq, Time::Continuous);
        let other = Lq::new(lq.a * 3e-7, lq.b * 3e-7, lq.q, lq.r).with_cross(lq.s).care().unwrap();
        close(&(other.cost_to_go * 3e-7), &found.cost_to_go, 1e-15 * found.condition);
        close(&other.gain, &found.gain, 1e-15 * found.condition);
    }
}

/// `u = v - R⁻¹S'x` takes the cross term away.
#[test]
fn a_cross_term_is_a_change_of_control() {
    every(|lq, time, found| {
        let back = lq.r.clone().cholesky().unwrap().solve(&lq.s.transpose());
        let q = &lq.q - &lq.s * &back;
        let plain = Lq::new(&lq.a - &lq.b * &back, lq.b, (&q + q.transpose()) * 0.5, lq.r);
        let plain = solve(&plain, time);
        close(&plain.cost_to_go, &found.cost_to_go, 1e-15 * found.condition.max(10.0));
        close(&(plain.gain + back), &found.gain, 1e-14 * found.condition);
    });
}

/// The cost of another gain `K + D` is higher by the sum of `x'D'FDx` over its motion: a Lyapunov equation.
#[test]
fn no_other_gain_costs_less() {
    every(|Lq { a, b, q, r, s }, time, found| {
        let change = random(b.ncols(), a.nrows(), &mut Random(17)) * 1e-5;
        let gain = &found.gain + &change;
        let closed = &a - &b * &gain;
        let crossed = s * &gain;
        let paid = q + gain.tr_mul(&(&r * &gain)) - &crossed - crossed.transpose();
        let paid = (&paid + paid.transpose()) * 0.5;
        let x = &found.cost_to_go;
        let (cost, f) = match time {
            Time::Continuous => (lyapunov(&closed, &paid), r),
            Time::Discrete => (discrete_lyapunov(&closed, &paid), r + b.tr_mul(&(x * &b))),
        };
        let more = change.tr_mul(&(f * &change));
        let more = (&more + more.transpose()) * 0.5;
        let more = if time == Time::Continuous { lyapunov(&closed, &more) } else { discrete_lyapunov(&closed, &more) };
        let (cost, more) = (cost.unwrap(), more.unwrap().x);
        assert!(more.clone().symmetric_eigenvalues().min() > -1e-18);
        // What forming A - BK and the weight in doubles has rounded is enlarged by the condition.
        close(&cost.x, &(x + more), 1e-13_f64.max(1e-15 * cost.condition));
    });
}

#[test]
fn lyapunov_of_a_number_is_known() {
    let of = |a: f64, q: f64| lyapunov(&Matrix1::new(a), &Matrix1::new(q)).unwrap().x[0];
    assert_eq!(of(-0.5, 3.0), 3.0);
    assert_eq!(of(f64::powi(-0.5, 31), 1.0), f64::powi(2.0, 30));
    assert_eq!(discrete_lyapunov(&Matrix1::new(0.5), &Matrix1::new(3.0)).unwrap().x[0], 4.0);
    assert_eq!(discrete_lyapunov(&Matrix1::new(0.0), &Matrix1::new(3.0)).unwrap().x[0], 3.0);
}

#[test]
fn lyapunov_of_a_growing_mode_is_refused_with_the_mode() {
    let a = Matrix2::new(-1.0, 5.0, 0.0, 0.25);
    let Err(Refusal::Unstable { mode }) = lyapunov(&a, &Matrix2::identity()) else { panic!("it does not decay") };
    assert!((mode.re - 0.25).abs() < 1e-12 && mode.im == 0.0);
    let turning = Matrix2::new(0.0, 1.0, -1.0, 0.0);
    let refusal = discrete_lyapunov(&turning, &Matrix2::identity()).unwrap_err();
    assert_eq!(refusal.to_string().split(':').next(), Some("A does not decay"));
}

/// Σ of one state and one sensor solves a quadratic equation.
#[test]
fn a_filter_of_one_state_is_known() {
    let (a, c, w, v) = (0.3, 2.0, 0.7, 0.05);
    let one = Matrix1::new;
    let found = Kalman::continuous(&one(a), &one(c), &one(w), &one(v)).unwrap();
    let variance = (a * v + f64::sqrt(a * a * v * v + w * v * c * c)) / (c * c);
    assert!((found.covariance[0] - variance).abs() < 1e-15);
    assert!((found.gain[0] - variance * c / v).abs() < 1e-14);

    let found = Kalman::discrete(&one(a), &one(c), &one(w), &one(v)).unwrap();
    let (sigma, gain) = (found.covariance[0], found.gain[0]);
    assert!((gain - sigma * c / (v + c * c * sigma)).abs() < 1e-15);
    assert!((sigma - (a * (sigma - gain * c * sigma) * a + w)).abs() < 1e-15);
}

/// An estimator's gain is the regulator's of the transposed problem; in discrete time behind A.
#[test]
fn estimation_is_the_dual_of_control() {
    every(|lq, time, _| {
        let c = lq.b.transpose();
        let (w, v) = (&lq.q, &lq.r);
        let dual = Lq::new(lq.a.transpose(), lq.b.clone(), w.clone(), v.clone());
        let dual = solve(&dual, time);
        let (found, gain) = match time {
            Time::Continuous => {
                let found = Kalman::continuous(&lq.a, &c, w, v).unwrap();
                (found.covariance, found.gain)
            }
            Time::Discrete => {
                let found = Kalman::discrete(&lq.a, &c, w, v).unwrap();
                (found.covariance, &lq.a * found.gain)
            }
        };
        close(&found, &dual.cost_to_go, 0.0);
        close(&gain, &dual.gain.transpose(), 1e-13);
    });
}

/// A constant push leaves a regulator off its goal; with the integral of the output it comes back.
#[test]
fn integrals_take_a_constant_push() {
    let lq = Lq::new(Matrix2::new(0.0, 1.0, 0.0, 0.0), Vector2::new(0.0, 1.0), Matrix2::identity(), Matrix1::new(1.0));
    let output = nalgebra::RowVector2::new(1.0, 0.0);
    let with = lq.with_integrals(&output, &Matrix1::new(1.0), Time::Continuous).unwrap();
    assert_eq!(with.a, dmatrix![0.0, 1.0, 0.0; 0.0, 0.0, 0.0; 1.0, 0.0, 0.0]);
    let gain = with.care().unwrap();
    // At rest 0 = (A - BK) x + push.
    let push = DMatrix::from_column_slice(3, 1, &[0.0, 0.4, 0.0]);
    let rest = |closed: &DMatrix<f64>, push: &DMatrix<f64>| -closed.clone().lu().solve(push).unwrap();
    assert!(rest(&gain.closed_loop, &push)[0].abs() < 1e-15);
    let without = lq.any_size().care().unwrap();
    assert!(rest(&without.closed_loop, &push.rows(0, 2).into_owned())[0] > 0.1);
    // In discrete time the sum goes on: z₊ = z + Cx.
    let with = lq.with_integrals(&output, &Matrix1::new(1.0), Time::Discrete).unwrap();
    assert_eq!(with.a[(2, 2)], 1.0);
    let wrong = lq.any_size().with_integrals(&DMatrix::zeros(1, 3), &DMatrix::zeros(1, 1), Time::Continuous);
    assert_eq!(wrong.unwrap_err().to_string(), "C is 1 x 3, and should be 1 x 2");
}

/// A fixed size and a size known at run time are one text.
#[test]
fn fixed_sizes_and_any_size_agree_to_the_bit() {
    let a = Matrix4::new(0.0, 1.0, 0.0, 0.0, 29.43, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0);
    let b = Vector4::new(0.0, 3.0, 0.0, 1.0);
    let lq = Lq::new(a, b, SMatrix::identity(), Matrix1::new(1.0));
    let (fixed, any) = (lq.care().unwrap(), lq.any_size().care().unwrap());
    assert_eq!(fixed.cost_to_go.as_slice(), any.cost_to_go.as_slice());
    assert_eq!(fixed.gain.as_slice(), any.gain.as_slice());
}

/// A position counted in units of 1e-140 of its own: what the cost and the motion have of it multiply to no number any more.
#[test]
fn far_units_change_no_digit() {
    for exponent in [-480, -400, 400, 480] {
        let u = f64::powi(2.0, exponent);
        let a = |u: f64| Matrix2::new(0.0, 1.0 / u, 3.0 * u, 0.0);
        let q = |u: f64| Matrix2::new(u * u, 0.0, 0.0, 1.0);
        let of = |u: f64| Lq::new(a(u), Vector2::new(0.0, 1.0), q(u), Matrix1::new(1.0));
        let unit = Matrix2::new(1.0 / u, 0.0, 0.0, 1.0);
        for solve in [Lq::care, Lq::dare] {
            let (found, far) = (solve(&of(1.0)).unwrap(), solve(&of(u)).unwrap());
            assert!((unit * far.cost_to_go * unit - found.cost_to_go).norm() <= 4e-16 * found.cost_to_go.norm());
            assert!((far.gain * unit - found.gain).norm() <= 4e-16 * found.gain.norm());
        }
    }
}

/// A message for each mistake, about what the user has written.
#[test]
fn a_refusal_names_what_is_wrong() {
    let one = |x: f64| Matrix1::new(x);
    let of = |a, b, q, r| Lq::new(one(a), one(b), one(q), one(r));
    let said = |refusal: Refusal| refusal.to_string();
    let reason = |lq: Lq<Const<1>, Const<1>>| said(lq.dare().unwrap_err());
    // Whatever u is, nothing is paid: all of them are as good.
    let free = "control 0 costs nothing, neither itself nor by what it does: R + B'XB is singular";
    assert_eq!(reason(of(0.5, 1.0, 0.0, 0.0)), free);
    let elsewhere =
        Lq::new(Matrix2::identity() * 0.5, Vector2::new(0.0, 1.0), Matrix2::new(1.0, 0.0, 0.0, 0.0), one(0.0));
    assert_eq!(said(elsewhere.dare().unwrap_err()), free);
    assert!(!reason(of(0.5, 1e300, 1.0, 1.0)).contains("costs nothing"));
    assert!(!reason(of(1e300, 1.0, 1.0, 1.0)).contains("boundary"));
    // Slow modes have digits too.
    let slow = Matrix2::new(0.0, 3e-9, -3e-9, 0.0);
    let unseen = Lq::new(slow, Vector2::new(0.0, 1.0), Matrix2::zeros(), one(1.0)).care().unwrap_err();
    assert_eq!(
        said(unseen),
        "not detectable: the cost does not see the mode 0.000000e0-3.000000e-9i, and it does not decay"
    );

    let (a, c) = (dmatrix![0.0, 1.0; 3.0, 0.0], |columns| DMatrix::zeros(1, columns));
    let filter = |c: DMatrix<f64>, w, v| said(Kalman::discrete(&a, &c, &w, &v).unwrap_err());
    let (w, v) = (DMatrix::identity(2, 2), DMatrix::identity(1, 1));
    assert_eq!(filter(c(3), w.clone(), v.clone()), "C is 1 x 3, and should be 1 x 2");
    assert_eq!(filter(c(2), DMatrix::identity(3, 3), v.clone()), "W is 3 x 3, and should be 2 x 2");
    assert_eq!(filter(c(2), w.clone(), &v * f64::NAN), "V[0, 0] is NaN");
    assert_eq!(filter(c(2), -w.clone(), v.clone()), "W is not positive definite: pivot 0 is -1.000e0");
    assert_eq!(filter(c(2), w, v), "not detectable: no measurement sees the mode -1.732051, and it does not decay");
    let still = Kalman::discrete(&one(1.0), &one(1.0), &one(0.0), &one(1.0)).unwrap_err();
    assert_eq!(said(still), "no steady gain: no noise moves the mode 1.000000, and it does not decay");

    let lq = of(0.5, 1.0, 1.0, 1.0).any_size();
    assert_eq!(said(lq.cost_of(&DMatrix::zeros(1, 3), Time::Discrete).unwrap_err()), "K is 1 x 3, and should be 1 x 1");
    assert_eq!(said(lq.cost_of(&DMatrix::from_element(1, 1, f64::NAN), Time::Discrete).unwrap_err()), "K[0, 0] is NaN");
    let margins = swingup::lqr::sampled_margins(&one(0.5), &one(1.0), &one(0.1), -1.0);
    assert_eq!(said(margins.unwrap_err()), "h is -1, and should be positive");
}

/// What leans by half of itself leans in every unit.
#[test]
fn no_unit_hides_that_a_weight_leans() {
    for unit in [1.0, 1e-10, 1e10] {
        let q = Matrix2::new(unit * unit, 0.5 * unit, 0.1 * unit, 1.0);
        let refusal =
            Lq::new(Matrix2::identity() * 0.5, Vector2::new(0.0, 1.0), q, Matrix1::new(1.0)).dare().unwrap_err();
        assert!(matches!(refusal, Refusal::NotSymmetric { row: 0, column: 1, .. }), "{unit} {refusal}");
    }
}

/// Two poles that meet on the circle, or on the axis, and no others.
#[test]
fn poles_that_meet_on_the_boundary_are_refused() {
    let one = |v: f64| DMatrix::from_element(1, 1, v);
    let meet = Lq::new(one(0.5), one(1.0), one(-0.25), one(1.0));
    assert!(
        matches!(meet.dare(), Err(Refusal::Marginal { pole }) if (pole.re - 1.0).abs() < 1e-6),
        "{:?}",
        meet.dare()
    );
    let meet = Lq::new(one(-1.0), one(1.0), one(-1.0), one(1.0));
    assert!(matches!(meet.care(), Err(Refusal::Marginal { .. })), "{:?}", meet.care());
}

#[test]
fn a_late_problem_of_other_sizes_is_refused() {
    let lq = problem(3, 1, 5);
    let other = problem(2, 1, 5).dare().unwrap();
    let own = lq.dare().unwrap();
    assert_eq!(lq.with_latency(&other, 2).unwrap_err().to_string(), "K is 1 x 2, and should be 1 x 3");
    let late = lq.with_latency(&own, 2).unwrap();
    assert_eq!(late.price(&own, &[1.0]).unwrap_err().to_string(), "x is 1 x 1, and should be 3 x 1");
    let torn = Lq::<Dyn, Dyn> { b: DMatrix::zeros(2, 1), ..lq };
    assert_eq!(torn.delayed(1).unwrap_err().to_string(), "B is 2 x 1, and should be 3 x 1");
    assert_eq!(torn.prediction(1).unwrap_err().to_string(), "B is 2 x 1, and should be 3 x 1");
    let zero = torn.sampled(0.0).unwrap_err().to_string();
    assert_eq!(zero, "h is 0, and should be positive");
}
