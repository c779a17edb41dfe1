//! Margins: closed forms, and what stability says of them.

use std::f64::consts::PI;

use nalgebra::{Complex, DMatrix, Matrix1x4, Matrix2, Matrix3, Matrix4, Vector4, matrix, vector};
use swingup::lqr::{
    Margins, frequency_response, margins, poles, sampled_frequency_response, sampled_margins, zero_order_hold,
};

use crate::common::Random;
use crate::{numbers, references};

/// A pole of length 0.5 m on a cart of commanded acceleration, (tilt, its rate, x, v).
fn cart_pole(g: f64) -> (Matrix4<f64>, Vector4<f64>) {
    let a = matrix![0.0, 1.0, 0.0, 0.0; 3.0 * g, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 1.0; 0.0, 0.0, 0.0, 0.0];
    (a, vector![0.0, 3.0, 0.0, 1.0])
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found / expected - 1.0).abs() < tolerance, "{found} is not {expected}: {:e}", found / expected - 1.0);
}

#[test]
fn the_cart_poles_margins_have_the_digits_of_the_reference() {
    for (case, reference) in references("lqr_cartpole.json").iter().zip(references("lqr_margins.json")) {
        assert_eq!(case["id"], reference["id"]);
        let a = Matrix4::from_row_slice(&numbers(&case["A"]["data"]));
        let b = Vector4::from_row_slice(&numbers(&case["B"]["data"]));
        let found = &margins(&a, &b, &Matrix1x4::from_row_slice(&numbers(&case["K"]))).unwrap()[0];
        let expected = &reference["margins"][0];
        assert_eq!(found.gain_crossovers.len(), 1);
        close(found.gain_crossovers[0].frequency, expected["w_gc"].as_f64().unwrap(), 1e-14);
        close(found.phase().unwrap().to_degrees(), expected["phase_margin_deg"].as_f64().unwrap(), 1e-14);
        close(found.delay(), expected["delay_margin_s"].as_f64().unwrap(), 1e-14);
        // What every regulator of one control has (Anderson, Moore): |1 + L| ≥ 1, so half the gain and any larger one.
        let (lower, upper) = found.gain();
        assert!(found.distance > 1.0 - 1e-14 && lower < 0.5 && upper == f64::INFINITY);
        assert!(found.phase().unwrap() > PI / 3.0);
    }
}

#[test]
fn a_cheap_control_leaves_thirty_milliseconds() {
    for (g, k, delay) in [
        (9.8, [163.92621, 29.83275, -31.62278, -44.66176], 0.0300),
        (9.81, [188.62142, 34.42274, -63.24555, -57.49445], 0.0292),
    ] {
        let (a, b) = cart_pole(g);
        let found = margins(&a, &b, &Matrix1x4::from(k)).unwrap()[0].delay();
        assert!((found - delay).abs() < 5e-5, "{found}");
    }
}

#[test]
fn simple_loops_have_their_closed_forms() {
    // L = k / (s + 1)³: phase 180° at √3 with gain k / 8; gain 1 at √(k^(2/3) - 1).
    let lag = Matrix3::new(-1.0, 1.0, 0.0, 0.0, -1.0, 1.0, 0.0, 0.0, -1.0);
    let k = 5.0;
    let found = &margins(&lag, &vector![0.0, 0.0, 1.0], &matrix![k, 0.0, 0.0]).unwrap()[0];
    assert_eq!((found.gain_crossovers.len(), found.phase_crossovers.len()), (1, 1));
    close(found.phase_crossovers[0].frequency, 3f64.sqrt(), 1e-14);
    close(found.gain().1, 8.0 / k, 1e-14);
    assert_eq!(found.gain().0, 0.0);
    let w = (k.powf(2.0 / 3.0) - 1.0).sqrt();
    close(found.gain_crossovers[0].frequency, w, 1e-14);
    close(found.phase().unwrap(), PI - 3.0 * w.atan(), 1e-13);
    close(found.delay(), (PI - 3.0 * w.atan()) / w, 1e-13);
    // L = 3 / (s - 1): -3 at rest, so a third of the gain; |1 + L|² = (w² + 4) / (w² + 1) is least far out.
    let found = &margins(&matrix![1.0], &matrix![1.0], &matrix![3.0]).unwrap()[0];
    assert_eq!(found.gain(), (1.0 / 3.0, f64::INFINITY));
    close(found.delay(), 8f64.sqrt().atan() / 8f64.sqrt(), 1e-14);
    assert_eq!((found.distance, found.nearest), (1.0, f64::INFINITY));
    // L = k / (s (s + 1)): |1 + L|² = 1 + k(k - 2w²) / (w²(1 + w²)); with k = 1 least where 2w⁴ = 2w² + 1.
    let found = &margins(&matrix![0.0, 1.0; 0.0, -1.0], &vector![0.0, 1.0], &matrix![1.0, 0.0]).unwrap()[0];
    let y = (1.0 + 3f64.sqrt()) / 2.0;
    close(found.distance, (1.0 + (1.0 - 2.0 * y) / (y * (1.0 + y))).sqrt(), 1e-14);
    close(found.nearest, y.sqrt(), 1e-7);
    assert!(found.phase_crossovers.is_empty());
}

#[test]
fn odd_loops_are_answered() {
    // Undamped, and fed back in position only: real at all frequencies, infinite at 1; gain 1 at √2 on the negative
    // side.
    let found = &margins(&Matrix2::new(0.0, 1.0, -1.0, 0.0), &vector![0.0, 1.0], &matrix![1.0, 0.0]).unwrap()[0];
    assert!(found.phase_crossovers.is_empty() && found.distance < 1e-7, "{found:?}");
    close(found.gain_crossovers[0].frequency, 2f64.sqrt(), 1e-14);
    assert!(found.delay() < 1e-7, "{found:?}");
    // No feedback at all, no state at all.
    let still = &margins(&Matrix2::new(0.0, 1.0, -1.0, 0.0), &vector![0.0, 1.0], &matrix![0.0, 0.0]).unwrap()[0];
    let nothing = Margins { gain_crossovers: vec![], phase_crossovers: vec![], distance: 1.0, nearest: f64::INFINITY };
    assert_eq!((still, still.gain(), still.delay()), (&nothing, (0.0, f64::INFINITY), f64::INFINITY));
    let empty = margins(&DMatrix::zeros(0, 0), &DMatrix::zeros(0, 1), &DMatrix::zeros(1, 0)).unwrap();
    assert_eq!(empty, [nothing]);
}

/// A random loop that is stable: a plant with poles anywhere near 0, and a random gain.
fn random_loop(seed: u64, center: f64, stable: impl Fn(&DMatrix<f64>) -> bool) -> [DMatrix<f64>; 3] {
    let mut random = Random(seed);
    loop {
        let n = 1 + (6.0 * random.next()) as usize;
        let mut next = |rows, columns| DMatrix::from_fn(rows, columns, |_, _| 2.0 * random.next() - 1.0);
        let (mut a, b, k) = (next(n, n), next(n, 1), next(1, n) * 3.0);
        (0..n).for_each(|i| a[(i, i)] += center);
        if stable(&(&a - &b * &k)) {
            return [a, b, k];
        }
    }
}

fn abscissa(a: &DMatrix<f64>) -> f64 {
    poles(a).iter().map(|p| p.re).fold(f64::NEG_INFINITY, f64::max)
}

fn radius(a: &DMatrix<f64>) -> f64 {
    poles(a).iter().map(|p| p.re.hypot(p.im)).fold(0.0, f64::max)
}

/// Inside the gain margins stable, beyond them not; the delay takes L to -1; no frequency of a fine grid is nearer to
/// -1.
fn check(seed: u64, found: &Margins, stable: impl Fn(f64) -> bool, l: impl Fn(f64) -> (f64, f64), end: f64) {
    let (lower, upper) = found.gain();
    assert!(lower < 1.0 && upper > 1.0, "{seed}");
    let top = upper.min(1e3);
    for i in 0..=100 {
        assert!(stable(lower + (top - lower) * (0.001 + 0.998 * f64::from(i) / 100.0)), "{seed}: {lower} {upper}");
    }
    assert!(upper == f64::INFINITY || !stable(upper * (1.0 + 1e-6)), "{seed}");
    assert!(lower == 0.0 || !stable(lower * (1.0 - 1e-6)), "{seed}");
    for c in &found.gain_crossovers {
        let (re, im) = l(c.frequency);
        let (sin, cos) = (-c.frequency * c.delay_margin).sin_cos();
        assert!((re * cos - im * sin + 1.0).abs() < 1e-9 && (re * sin + im * cos).abs() < 1e-9, "{seed}");
    }
    let (mut crossings, mut before) = (0, None);
    for i in 0..=4000 {
        let w =
            if end.is_finite() { end * (f64::from(i) + 0.5) / 4001.0 } else { 10f64.powf(-4.0 + f64::from(i) / 500.0) };
        let (re, im) = l(w);
        assert!((1.0 + re).hypot(im) > found.distance * (1.0 - 1e-12), "{seed}: {w} {found:?}");
        let above = re.hypot(im) > 1.0;
        crossings += usize::from(before.is_some_and(|before| before != above));
        before = Some(above);
    }
    // A grid may miss a pair, the margins may not.
    assert!(
        found.gain_crossovers.len() >= crossings && (found.gain_crossovers.len() - crossings).is_multiple_of(2),
        "{seed}"
    );
}

#[test]
fn margins_are_where_stability_ends() {
    for seed in 0..200 {
        let [a, b, k] = random_loop(seed, 0.0, |a| abscissa(a) < -1e-3);
        let found = &margins(&a, &b, &k).unwrap()[0];
        let d = DMatrix::zeros(1, 1);
        let l = |w: f64| {
            let l = frequency_response(&a, &b, &k, &d, &[w]).unwrap()[0][(0, 0)];
            (l.re, l.im)
        };
        check(seed, found, |factor| abscissa(&(&a - &b * &k * factor)) < 0.0, l, f64::INFINITY);
    }
}

#[test]
fn sampled_margins_are_where_stability_ends() {
    for seed in 0..200 {
        let [a, b, k] = random_loop(seed, 0.5, |a| radius(a) < 0.999);
        let h = 0.01;
        let found = &sampled_margins(&a, &b, &k, h).unwrap()[0];
        let d = DMatrix::zeros(1, 1);
        let l = |w: f64| {
            let l = sampled_frequency_response(&a, &b, &k, &d, h, &[w]).unwrap()[0][(0, 0)];
            (l.re, l.im)
        };
        check(seed, found, |factor| radius(&(&a - &b * &k * factor)) < 1.0, l, PI / h);
    }
}

#[test]
fn fast_samples_have_the_margins_of_the_motion() {
    let (a, b) = cart_pole(9.81);
    let k = matrix![26.77786087712222, 5.032965851780539, -1.0, -2.1117052004585473];
    let exact = &margins(&a, &b, &k).unwrap()[0];
    for h in [1e-2, 1e-3, 1e-4] {
        let (ad, bd) = zero_order_hold(&a, &b, h).unwrap();
        let held = &sampled_margins(&ad, &bd, &k, h).unwrap()[0];
        // A hold is half a sample of delay.
        assert!((held.delay() + 0.5 * h - exact.delay()).abs() < 2.0 * h * h);
        assert_eq!(held.gain_crossovers.len(), exact.gain_crossovers.len());
        assert!((held.gain().0 - exact.gain().0).abs() < h && (held.gain().1 * h - 0.2).abs() < 0.1, "{held:?}");
    }
}

#[test]
fn loops_that_do_not_meet_have_their_own_margins() {
    // Two loops side by side, and a coupling that the closed second loop brings into the first one.
    let a = Matrix2::new(1.0, 0.0, 0.0, 2.0);
    let found = margins(&a, &Matrix2::identity(), &Matrix2::new(3.0, 0.0, 0.0, 5.0)).unwrap();
    assert_eq!([found[0].gain().0, found[1].gain().0], [1.0 / 3.0, 0.4]);
    // 1 + L is det(sI - A + BK) with row 1 of K times a factor: it has its roots where the factor is the margin.
    let k = Matrix2::new(3.0, -2.0, 1.5, 5.0);
    let coupled = margins(&a, &Matrix2::identity(), &k).unwrap();
    for i in 0..2 {
        let mut less = k;
        less.row_mut(i).scale_mut(coupled[i].gain().0);
        let pole = poles(&(a - less)).into_iter().map(|p| p.re).fold(f64::NEG_INFINITY, f64::max);
        assert!(pole.abs() < 1e-14, "{pole}");
    }
}

#[test]
fn long_chains_cross_often() {
    // 3 / (ts + 1)ⁿ has the phase 180°, up to whole turns, where atan(wt) is an odd part of π / n.
    for n in [3, 8, 12, 20] {
        for t in [1.0, 1e-5, 1e5] {
            let a = DMatrix::from_fn(n, n, |i, j| if i == j { -1.0 / t } else { f64::from(i + 1 == j) / t });
            let b = DMatrix::from_fn(n, 1, |i, _| f64::from(i == n - 1) / t);
            let k = DMatrix::from_fn(1, n, |_, j| 3.0 * f64::from(j == 0));
            let found = &margins(&a, &b, &k).unwrap()[0];
            let odd: Vec<_> = (1..n).step_by(2).filter(|m| 2 * m < n).collect();
            assert_eq!(found.phase_crossovers.len(), odd.len());
            for (crossover, m) in found.phase_crossovers.iter().zip(odd) {
                close(crossover.frequency * t, (PI * m as f64 / n as f64).tan(), 1e-14);
            }
            assert_eq!(found.gain_crossovers.len(), 1);
            close(found.gain_crossovers[0].frequency * t, (3f64.powf(2.0 / n as f64) - 1.0).sqrt(), 1e-14);
        }
    }
}

#[test]
fn no_crossing_of_a_sharp_resonance_is_missed() {
    // Modes w² (1 + rs / w) g / (s² + 2zws + w²) over seven decades, with dampings down to 1e-4.
    let mut random = Random(3);
    for modes in (1..=8).cycle().take(40) {
        let draw = |_| {
            let (w, z) = (10f64.powf(7.0 * random.next() - 3.0), 10f64.powf(-4.0 * random.next()));
            (w, z, 2.0 * random.next() - 1.0, random.next())
        };
        let list: Vec<(f64, f64, f64, f64)> = (0..modes).map(draw).collect();
        let (mut a, mut b, mut k) = (DMatrix::zeros(2 * modes, 2 * modes), DMatrix::zeros(2 * modes, 1), vec![]);
        for (i, &(w, z, g, r)) in list.iter().enumerate() {
            a.view_mut((2 * i, 2 * i), (2, 2)).copy_from(&Matrix2::new(0.0, 1.0, -w * w, -2.0 * z * w));
            b[2 * i + 1] = 1.0;
            k.extend([g * w * w, g * r * w]);
        }
        let found = &margins(&a, &b, &DMatrix::from_row_slice(1, 2 * modes, &k)).unwrap()[0];
        let l = |x: f64| {
            let term = |&(w, z, g, r): &(f64, f64, f64, f64)| {
                Complex::new(w * w, r * w * x) * g / Complex::new(w * w - x * x, 2.0 * z * w * x)
            };
            list.iter().map(term).sum::<Complex<f64>>()
        };
        let mut grid: Vec<f64> = (0..20_000).map(|i| 10f64.powf(-6.0 + 6.5e-4 * f64::from(i))).collect();
        let near =
            |&(w, z, ..): &(f64, f64, f64, f64)| (-500..500).map(move |i| w * (1.0 + 0.05 * z * f64::from(i)).abs());
        grid.extend(list.iter().flat_map(near));
        grid.sort_by(f64::total_cmp);
        let values: Vec<_> = grid.into_iter().map(l).collect();
        let gains = values.windows(2).filter(|v| (v[0].norm_sqr() < 1.0) != (v[1].norm_sqr() < 1.0)).count();
        let back = |v: &&[Complex<f64>]| (v[0].im < 0.0) != (v[1].im < 0.0) && v[0].re < 0.0 && v[1].re < 0.0;
        let phases = found.phase_crossovers.iter().filter(|c| c.frequency > 0.0).count();
        assert_eq!((found.gain_crossovers.len(), phases), (gains, values.windows(2).filter(back).count()));
        let least = values.iter().map(|l| (l + 1.0).norm_sqr()).fold(f64::INFINITY, f64::min).sqrt();
        assert!(found.distance < least * (1.0 + 1e-12) && found.distance > 0.8 * least, "{} {least}", found.distance);
    }
}
