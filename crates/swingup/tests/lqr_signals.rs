//! Poles, sampling and structure of linear systems: laws, and the digits of other tools.
//!
//! `lqr_cartpole.json` has the cart-pole's regulators, sampled in 400 bits; `lqr_carex.json` and `lqr_darex.json` are the benchmarks
//! CAREX and DAREX 2.0 (Abels, Benner 1999), solved in 400 to 700 bits.

mod common;

use common::{Random, data};
use nalgebra::{Complex, DMatrix, DVector, Matrix2, Matrix4, Vector2, Vector4, matrix, vector};
use serde_json::Value;
use swingup::lqr::{Lq, Refusal, controllability, observability, poles, zero_order_hold};

fn references(file: &str) -> Vec<Value> {
    serde_json::from_str(&data(file)).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

fn read(value: &Value) -> DMatrix<f64> {
    let shape = numbers(&value["shape"]);
    if let Some(triplets) = value["triplets"].as_array() {
        let mut m = DMatrix::zeros(shape[0] as usize, shape[1] as usize);
        triplets.iter().map(numbers).for_each(|t| m[(t[0] as usize, t[1] as usize)] = t[2]);
        return m;
    }
    DMatrix::from_row_slice(shape[0] as usize, shape[1] as usize, &numbers(&value["data"]))
}

fn distance(a: Complex<f64>, b: Complex<f64>) -> f64 {
    (a - b).re.hypot((a - b).im)
}

/// The largest distance of the poles from those they should be, each of which takes the nearest that is left.
fn apart(found: &[Complex<f64>], expected: &[Complex<f64>]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let mut left = found.to_vec();
    let nearest = |&e: &Complex<f64>| {
        let i = (0..left.len()).min_by(|&i, &j| distance(left[i], e).total_cmp(&distance(left[j], e))).unwrap();
        distance(left.swap_remove(i), e)
    };
    expected.iter().map(nearest).fold(0.0, f64::max)
}

fn real(values: &[f64]) -> Vec<Complex<f64>> {
    values.iter().map(|&re| Complex::new(re, 0.0)).collect()
}

#[test]
fn closed_loop_poles_are_those_of_the_references() {
    for file in ["lqr_cartpole.json", "lqr_carex.json", "lqr_darex.json"] {
        for case in references(file) {
            let (a, b) = (read(&case["A"]), read(&case["B"]));
            // A critical one has no gain, two large ones no poles.
            if case["K"].is_null() || case["closed_loop_poles"].is_null() {
                continue;
            }
            let k = if case["K"].is_array() {
                DMatrix::from_row_slice(1, 4, &numbers(&case["K"]))
            } else {
                read(&case["K"])
            };
            let expected: Vec<_> = case["closed_loop_poles"].as_array().unwrap().iter().map(numbers).collect();
            let expected: Vec<_> = expected.iter().map(|p| Complex::new(p[0], p[1])).collect();
            let closed = &a - &b * &k;
            let error = apart(&poles(&closed), &expected) / closed.norm();
            println!("{:14} {error:.1e}", case["id"]);
            assert!(error < 1e-14, "{}: {error:e}", case["id"]);
        }
    }
}

#[test]
fn permutations_have_the_roots_of_one() {
    for n in [1, 2, 3, 4, 5, 8, 13, 64] {
        let cycle = DMatrix::from_fn(n, n, |i, j| if (i + 1) % n == j { 1.0 } else { 0.0 });
        let angle = |k: usize| std::f64::consts::TAU * k as f64 / n as f64;
        let expected: Vec<_> = (0..n).map(|k| Complex::new(angle(k).cos(), angle(k).sin())).collect();
        println!("{n} {:e}", apart(&poles(&cycle), &expected));
        assert!(apart(&poles(&cycle), &expected) < 1e-13, "{n}");
    }
}

#[test]
fn a_circulant_has_its_closed_form() {
    // CAREX 3.2: -2 on the diagonal, 1 beside it and in the corners.
    let n = 64;
    let a = DMatrix::from_fn(n, n, |i, j| match (n + i - j) % n {
        0 => -2.0,
        1 | 63 => 1.0,
        _ => 0.0,
    });
    let expected: Vec<_> = (0..n).map(|k| 2.0 * (std::f64::consts::TAU * k as f64 / n as f64).cos() - 2.0).collect();
    println!("{:e}", apart(&poles(&a), &real(&expected)));
    assert!(apart(&poles(&a), &real(&expected)) < 1e-13);
}

#[test]
fn what_zeros_show_is_exact() {
    assert_eq!(poles(&DMatrix::zeros(0, 0)), []);
    assert_eq!(poles(&matrix![-3.5]), real(&[-3.5]));
    assert_eq!(poles(&Matrix4::zeros()), real(&[0.0; 4]));
    for n in [2, 7, 40] {
        let jordan = DMatrix::from_fn(n, n, |i, j| if i == j { 0.1 } else { f64::from(i + 1 == j) });
        assert_eq!(poles(&jordan), real(&vec![0.1; n]));
        assert_eq!(poles(&jordan.transpose()), real(&vec![0.1; n]));
    }
    let mixed = matrix![2.0, 0.0, 5.0; 1e9, 1.0, 1e-9; 0.0, 0.0, 3.0];
    assert_eq!(poles(&mixed), real(&[1.0, 2.0, 3.0]));
}

#[test]
fn companions_have_the_roots_of_their_polynomials() {
    // (s - 1)..(s - 8): each root to what rounding of the coefficients leaves it, about 1e-10.
    let roots: Vec<f64> = (1..=8).map(f64::from).collect();
    let mut coefficients = vec![1.0];
    for root in &roots {
        let shifted: Vec<f64> = coefficients.iter().map(|c| -root * c).collect();
        coefficients.insert(0, 0.0);
        coefficients.iter_mut().zip(shifted).for_each(|(c, s)| *c += s);
    }
    let companion = DMatrix::from_fn(8, 8, |i, j| if i == 7 { -coefficients[j] } else { f64::from(i + 1 == j) });
    println!("{:e}", apart(&poles(&companion), &real(&roots)));
    assert!(apart(&poles(&companion), &real(&roots)) < 1e-9);
    // s⁴ + 1, and roots that lie eighteen decades apart.
    let cyclic = matrix![0.0, 1.0, 0.0, 0.0; 0.0, 0.0, 1.0, 0.0; 0.0, 0.0, 0.0, 1.0; -1.0, 0.0, 0.0, 0.0];
    assert!(poles(&cyclic).iter().all(|p| (p.re.abs() - 0.5f64.sqrt()).abs() < 1e-15));
    let wide = poles(&matrix![0.0, 1.0; -1.0, -1e9 - 1e-9]);
    assert!((wide[0].re + 1e9).abs() < 1e-6 && (wide[1].re * 1e9 + 1.0).abs() < 1e-15, "{wide:?}");
}

#[test]
fn units_do_not_change_poles() {
    let mut random = Random(5);
    let mut worst = 0f64;
    for n in 1..=24 {
        let a = DMatrix::from_fn(n, n, |_, _| 2.0 * random.next() - 1.0);
        let expected = poles(&a);
        assert_eq!(expected.len(), n);
        let trace: f64 = expected.iter().map(|p| p.re).sum();
        assert!((trace - a.trace()).abs() < 1e-13 * n as f64);
        let units = DVector::from_fn(n, |_, _| 10f64.powf(12.0 * random.next() - 6.0));
        let scaled = DMatrix::from_fn(n, n, |i, j| a[(i, j)] * units[i] / units[j]);
        worst = worst.max(apart(&poles(&scaled), &expected));
        // Entries near the ends of what a number can be: a power of two rounds nothing.
        for size in [2f64.powi(-900), 2f64.powi(900)] {
            let back: Vec<_> = poles(&(&a * size)).iter().map(|p| p / size).collect();
            assert_eq!(back, expected);
        }
    }
    println!("{worst:e}");
    assert!(worst < 1e-11);
}

#[test]
fn matrices_without_eigenvalues_have_none() {
    assert_eq!(poles(&DMatrix::<f64>::zeros(2, 3)), []);
    for bad in [f64::NAN, f64::INFINITY] {
        assert_eq!(poles(&matrix![1.0, 2.0; bad, 0.0]), []);
    }
}

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
            println!("{:e}", entrywise(&found, &expected));
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
        println!("{h} {error:e}");
        assert!(error < 1e-14 * f64::max(1.0, w * h), "{h}: {error:e}");
    }
}

/// A problem with everything, of which A has entries up to `size`.
fn random(seed: u64, size: f64) -> Lq<nalgebra::Dyn, nalgebra::Dyn> {
    let mut random = Random(seed);
    let mut next = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| 2.0 * random.next() - 1.0);
    let (n, m) = (1 + seed as usize % 6, 1 + seed as usize % 3);
    let root = next(n + m, n + m);
    let weight = root.tr_mul(&root);
    let part = |i, j, rows, columns| weight.view((i, j), (rows, columns)).clone_owned();
    Lq::new(next(n, n) * size, next(n, m), part(0, 0, n, n), part(n, n, m, m)).with_cross(part(0, n, n, m))
}

/// Cost and motion of the same control twice.
fn twice(lq: &Lq<nalgebra::Dyn, nalgebra::Dyn>) -> Lq<nalgebra::Dyn, nalgebra::Dyn> {
    let (a, b, q, r, s) = (&lq.a, &lq.b, &lq.q, &lq.r, &lq.s);
    Lq {
        a: a * a,
        b: a * b + b,
        q: q + a.tr_mul(&(q * a)),
        s: s + a.tr_mul(&(q * b + s)),
        r: r * 2.0 + b.tr_mul(&(q * b)) + b.tr_mul(s) + s.tr_mul(b),
    }
}

fn difference(one: &Lq<nalgebra::Dyn, nalgebra::Dyn>, other: &Lq<nalgebra::Dyn, nalgebra::Dyn>) -> f64 {
    let pairs = [(&one.a, &other.a), (&one.b, &other.b), (&one.q, &other.q), (&one.r, &other.r), (&one.s, &other.s)];
    pairs.iter().map(|(a, b)| relative(a, b)).fold(0.0, f64::max)
}

#[test]
fn two_samples_are_one_of_twice_the_time() {
    for seed in 0..60 {
        let lq = random(seed, 1.0);
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
        let (lq, h) = (random(seed, 1.0), 0.7);
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
    println!("{worst:e}");
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

#[test]
fn bad_input_is_refused_by_name() {
    let (a, b) = (DMatrix::<f64>::identity(2, 2), DMatrix::<f64>::zeros(3, 1));
    let shape = Refusal::Shape { matrix: "B", expected: (2, 1), found: (3, 1) };
    assert_eq!(zero_order_hold(&a, &b, 0.1).unwrap_err(), shape);
    assert_eq!(controllability(&a, &b).unwrap_err(), shape);
    let c = DMatrix::from_element(1, 2, f64::INFINITY);
    let entry = Refusal::NotFinite { matrix: "C", row: 0, column: 0, value: f64::INFINITY };
    assert_eq!(observability(&a, &c).unwrap_err(), entry);
    let lq = Lq::new(Matrix2::identity(), Vector2::x(), Matrix2::identity(), matrix![1.0]);
    assert_eq!(lq.sampled(f64::NAN).unwrap_err().to_string(), "h[0, 0] is NaN");
}

#[test]
fn distances_tell_which_modes_are_reached() {
    // Rows (0, 0, 1e-6) and (0, -3, 3) at the first mode, with the norm √(1 + 4 + 9 + 1e-12).
    let (a, b) = (Matrix2::new(1.0, 0.0, 0.0, -2.0), Vector2::new(1e-6, 3.0));
    let modes = controllability(&a, &b).unwrap();
    let norm = (14.0f64 + 1e-12).sqrt();
    assert_eq!((modes[0].0.re, modes[1].0.re), (-2.0, 1.0));
    assert!((modes[1].1 * norm / 1e-6 - 0.5f64.sqrt()).abs() < 1e-9, "{modes:?}");
    // A mode that no control moves, turned so that no zero shows it.
    let mut random = Random(8);
    for _ in 0..50 {
        let turn = DMatrix::from_fn(5, 5, |_, _| 2.0 * random.next() - 1.0).qr().q();
        let mut a = DMatrix::from_fn(5, 5, |_, _| 2.0 * random.next() - 1.0);
        let mut b = DMatrix::from_fn(5, 2, |_, _| 2.0 * random.next() - 1.0);
        (a.view_mut((3, 0), (2, 3)).fill(0.0), b.view_mut((3, 0), (2, 2)).fill(0.0));
        let hidden = poles(&a.view((3, 3), (2, 2)).clone_owned());
        let (a, b) = (&turn * a * turn.transpose(), &turn * b);
        for (mode, distance) in controllability(&a, &b).unwrap() {
            let is_hidden = hidden.iter().any(|&h| self::distance(mode, h) < 1e-9);
            assert!(if is_hidden { distance < 1e-12 } else { distance > 1e-6 }, "{mode} {distance:e}");
        }
        let dual = observability(&a.transpose(), &b.transpose()).unwrap();
        assert_eq!(dual.len(), 5);
        assert!(dual.iter().zip(controllability(&a, &b).unwrap()).all(|(d, c)| (d.1 - c.1).abs() < 1e-12));
    }
}

#[test]
fn the_cart_pole_is_reached_and_seen_as_its_cost_says() {
    let a = matrix![0.0, 1.0, 0.0, 0.0; 29.43, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 1.0; 0.0, 0.0, 0.0, 0.0];
    let b = vector![0.0, 3.0, 0.0, 1.0];
    let lq = Lq::new(a, b, Matrix4::identity(), matrix![1.0]);
    assert!(lq.controllability().unwrap().iter().all(|m| m.1 > 0.01));
    assert!(lq.observability().unwrap().iter().all(|m| m.1 > 0.01));
    // The cost looks at the pole only: the cart's two integrators are not seen. No B: nothing is reached.
    let blind = Lq::new(a, Vector4::zeros(), Matrix4::from_diagonal(&vector![1.0, 0.0, 0.0, 0.0]), matrix![1.0]);
    let unseen: Vec<bool> = blind.observability().unwrap().iter().map(|m| m.1 < 1e-15).collect();
    assert_eq!(unseen, [false, true, true, false]);
    assert!(blind.controllability().unwrap().iter().all(|m| m.1 < 1e-15));
    // A cross term can hide what Q shows: (x + u)² is nothing with u = -x.
    let hidden = Lq::new(matrix![1.0], vector![0.0], matrix![1.0], matrix![1.0]).with_cross(vector![1.0]);
    assert_eq!(hidden.observability().unwrap(), [(Complex::new(1.0, 0.0), 0.0)]);
}
