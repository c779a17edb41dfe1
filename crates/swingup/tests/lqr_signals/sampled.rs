//! A held control: closed forms, the semigroup's law, Van Loan's exponential.

use nalgebra::{DMatrix, DVector, Dyn, Vector2, matrix, vector};
use swingup::lqr::{Lq, zero_order_hold};

use crate::common::Random;
use crate::{numbers, read, references};

/// The largest difference of two entries, relative to the larger norm.
fn relative(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    (a - b).norm() / a.norm().max(b.norm())
}

/// The largest difference of two entries, relative to the entry.
fn entrywise(a: &DMatrix<f64>, b: &DMatrix<f64>) -> f64 {
    let error = |(a, b): (&f64, &f64)| if a == b { 0.0 } else { ((a - b) / b).abs() };
    a.iter().zip(b).map(error).fold(0.0, f64::max)
}

#[test]
fn the_sampled_cart_pole_has_the_digits_of_the_reference() {
    for case in references("lqr_cartpole.json") {
        let (a, b) = (read(&case["A"]), read(&case["B"]));
        let q = DMatrix::from_diagonal(&DVector::from(numbers(&case["Q_diag"])));
        let r = DMatrix::from_element(1, 1, case["R"].as_f64().unwrap());
        let (zoh, cost) = (&case["zoh"], &case["zoh"]["exact_sampled_cost"]);
        let sampled = Lq::new(a, b, q, r).sampled(zoh["h"].as_f64().unwrap()).unwrap();
        let n = DMatrix::from_vec(4, 1, numbers(&cost["Ns"]));
        let r = DMatrix::from_element(1, 1, cost["Rs"].as_f64().unwrap());
        let expected = [(sampled.a, read(&zoh["Ad"])), (sampled.b, read(&zoh["Bd"])), (sampled.q, read(&cost["Qs"]))];
        for (found, expected) in expected.into_iter().chain([(sampled.s, n), (sampled.r, r)]) {
            // Not by entry: the first one of the file's Bd has lost three digits, in cosh wh - 1.
            assert!(relative(&found, &expected) < 1e-15, "{found} {expected}");
        }
    }
}

#[test]
fn a_held_cart_pole_has_its_closed_form() {
    let (length, g) = (0.5, 9.81);
    let w = f64::sqrt(1.5 * g / length);
    let a = matrix![0.0, 1.0, 0.0, 0.0; w * w, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 1.0; 0.0, 0.0, 0.0, 0.0];
    let b = vector![0.0, 1.5 / length, 0.0, 1.0];
    for h in [1e-9, 1e-3, 0.01, 0.3, 2.0, 30.0] {
        let (ad, bd) = zero_order_hold(&a, &b, h).unwrap();
        let (cosh, sinh, half) = ((w * h).cosh(), (w * h).sinh(), (0.5 * w * h).sinh());
        let angle = matrix![cosh, sinh / w, 0.0, 0.0; w * sinh, cosh, 0.0, 0.0; 0.0, 0.0, 1.0, h; 0.0, 0.0, 0.0, 1.0];
        let kick = vector![2.0 * half * half / g, w * sinh / g, 0.5 * h * h, h];
        let dynamic = |m: &[f64], columns| DMatrix::from_column_slice(4, columns, m);
        let error = entrywise(&dynamic(ad.as_slice(), 4), &dynamic(angle.as_slice(), 4));
        let error = error.max(entrywise(&dynamic(bd.as_slice(), 1), &dynamic(kick.as_slice(), 1)));
        assert!(error < 1e-14 * f64::max(1.0, w * h), "{h}: {error:e}");
    }
}

/// A problem with everything.
fn random(seed: u64) -> Lq<Dyn, Dyn> {
    let mut random = Random(seed);
    let mut next = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| 2.0 * random.next() - 1.0);
    let (n, m) = (1 + seed as usize % 6, 1 + seed as usize % 3);
    let root = next(n + m, n + m);
    let weight = root.tr_mul(&root);
    let part = |i, j, rows, columns| weight.view((i, j), (rows, columns)).clone_owned();
    Lq::new(next(n, n), next(n, m), part(0, 0, n, n), part(n, n, m, m)).with_cross(part(0, n, n, m))
}

/// Cost and motion of the same control twice.
fn twice(lq: &Lq<Dyn, Dyn>) -> Lq<Dyn, Dyn> {
    let (a, b, q, r, s) = (&lq.a, &lq.b, &lq.q, &lq.r, &lq.s);
    Lq {
        a: a * a,
        b: a * b + b,
        q: q + a.tr_mul(&(q * a)),
        s: s + a.tr_mul(&(q * b + s)),
        r: r * 2.0 + b.tr_mul(&(q * b)) + b.tr_mul(s) + s.tr_mul(b),
    }
}

fn difference(one: &Lq<Dyn, Dyn>, other: &Lq<Dyn, Dyn>) -> f64 {
    let pairs = [(&one.a, &other.a), (&one.b, &other.b), (&one.q, &other.q), (&one.r, &other.r), (&one.s, &other.s)];
    pairs.iter().map(|(a, b)| relative(a, b)).fold(0.0, f64::max)
}

#[test]
fn two_samples_are_one_of_twice_the_time() {
    for seed in 0..60 {
        let lq = random(seed);
        for h in [1e-6, 0.013, 0.4, 2.0] {
            let error = difference(&lq.sampled(2.0 * h).unwrap(), &twice(&lq.sampled(h).unwrap()));
            assert!(error < 1e-13, "{seed} {h}: {error:e}");
        }
    }
}

#[test]
fn the_sampled_cost_is_van_loans() {
    let mut worst = 0f64;
    for seed in 0..60 {
        let (lq, h) = (random(seed), 0.7);
        let (n, size) = (lq.a.nrows(), lq.a.nrows() + lq.b.ncols());
        // exp of [-F' W; 0 F] is [.. G; 0 Z], and the cost is Z'G.
        let mut block = DMatrix::zeros(2 * size, 2 * size);
        let mut f = DMatrix::zeros(size, size);
        f.view_mut((0, 0), (n, n)).copy_from(&lq.a);
        f.view_mut((0, n), (n, size - n)).copy_from(&lq.b);
        block.view_mut((0, 0), (size, size)).copy_from(&-f.transpose());
        block.view_mut((size, size), (size, size)).copy_from(&f);
        block.view_mut((0, size), (n, n)).copy_from(&lq.q);
        block.view_mut((0, size + n), (n, size - n)).copy_from(&lq.s);
        block.view_mut((n, size), (size - n, n)).copy_from(&lq.s.transpose());
        block.view_mut((n, size + n), (size - n, size - n)).copy_from(&lq.r);
        let exponential = (block * h).exp();
        let part = |i, j| exponential.view((i, j), (size, size)).clone_owned();
        let (z, w) = (part(size, size), part(size, size).tr_mul(&part(0, size)));
        let sampled = lq.sampled(h).unwrap();
        for (found, from, (i, j)) in [
            (&sampled.a, &z, (0, 0)),
            (&sampled.b, &z, (0, n)),
            (&sampled.q, &w, (0, 0)),
            (&sampled.s, &w, (0, n)),
            (&sampled.r, &w, (n, n)),
        ] {
            worst = worst.max(relative(found, &from.view((i, j), found.shape()).clone_owned()));
        }
    }
    assert!(worst < 1e-13);
}

#[test]
fn stiff_problems_keep_their_digits() {
    // A rest that is reached a million times between two samples: x → -A⁻¹Bu at once.
    let lq = Lq::new(matrix![-1e6], vector![3e6], matrix![2.0], matrix![0.5]).sampled(1.0).unwrap();
    assert!(lq.a[0] == 0.0 && (lq.b[0] - 3.0).abs() < 1e-14);
    // ∫ 2x² dt with x = x₀ e + 3u (1 - e): closed forms, e's square integrated is 1 / 2e6.
    let mean = 1e-6;
    assert!((lq.q[0] / mean - 1.0).abs() < 1e-14);
    assert!((lq.s[0] / (2.0 * 3.0 * 0.5 * mean) - 1.0).abs() < 1e-13, "{}", lq.s[0]);
    assert!((lq.r[0] / (0.5 + 2.0 * 9.0 * (1.0 - 1.5 * mean)) - 1.0).abs() < 1e-14);
    // Slow decay for short times: what is moved is small beside the ones, and has all its digits.
    let slow = Lq::new(matrix![-1e-12], vector![1.0], matrix![0.0], matrix![0.0]).sampled(1.0).unwrap();
    assert!(slow.a[0] == 1.0 - 1e-12 && (slow.b[0] - 1.0 + 0.5e-12).abs() < 1e-15 && slow.q[0] == 0.0);
    // Entries that A's norm overstates: a chain with units of 1e8.
    let chain = matrix![0.0, 1e8; 0.0, -1.0];
    let (ad, bd) = zero_order_hold(&chain, &Vector2::new(0.0, 1.0), 0.5).unwrap();
    let e = (-0.5f64).exp();
    assert!((ad[(0, 1)] / (1e8 * (1.0 - e)) - 1.0).abs() < 1e-14 && (ad[(1, 1)] / e - 1.0).abs() < 1e-14);
    assert!((bd[0] / (1e8 * (e - 0.5)) - 1.0).abs() < 1e-14 && (bd[1] / (1.0 - e) - 1.0).abs() < 1e-14);
}
