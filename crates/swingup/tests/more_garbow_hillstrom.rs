//! Every problem of Moré, Garbow and Hillstrom against values computed with 70 digits, and its derivatives
//! against Taylor's theorem.

use serde_json::Value;
use swingup::Function;
use swingup::inspect::{Dual, gradient, hessian};
use swingup::test_functions::more_garbow_hillstrom::Problem;

/// A problem beside its reference.
struct Case {
    problem: &'static Problem,
    name: &'static str,
    reference: Value,
}

fn cases() -> Vec<Case> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/data/mgh.json");
    let file = std::fs::read_to_string(path).unwrap();
    let references: Vec<Value> = serde_json::from_str(&file).unwrap();
    assert_eq!((references.len(), Problem::all().len()), (41, 41));
    let pairs = Problem::all().iter().zip(references);
    pairs.map(|(problem, reference)| Case { problem, name: problem.name, reference }).collect()
}

impl Case {
    fn number(&self, field: &str) -> f64 {
        self.reference[field].as_f64().unwrap_or_else(|| panic!("{}: no {field}", self.name))
    }

    fn vector(&self, field: &str) -> Vec<f64> {
        let entries = self.reference[field].as_array().unwrap().iter();
        entries.map(|v| v.as_f64().unwrap()).collect()
    }

    /// Every residual's value and gradient.
    fn residuals(&self, x: &[f64]) -> Vec<(f64, Vec<f64>)> {
        const MOST: usize = 12;
        let variable = |(j, &v)| Dual::<f64, MOST>::variable(v, j);
        let point: Vec<_> = x.iter().enumerate().map(variable).collect();
        let mut residuals = Vec::new();
        self.problem.residuals(&point, &mut |f| residuals.push((f.v, f.x[..x.len()].to_vec())));
        residuals
    }

    /// What rounding `x`, the data and the arithmetic to doubles can do to `f(x)`.
    ///
    /// Each residual moves by a few units of `ε_i = ε (|f_i| + Σ_j |∂f_i/∂x_j x_j|)`, so f moves by
    /// `Σ 2 |f_i| ε_i + ε_i²`.
    fn rounding(&self, x: &[f64]) -> f64 {
        let moved = self.residuals(x).into_iter().map(|(f, slopes)| {
            let scale = slopes.iter().zip(x).map(|(slope, x)| (slope * x).abs()).sum::<f64>();
            let unit = 8.0 * f64::EPSILON * (f.abs() + scale);
            2.0 * f.abs() * unit + unit * unit
        });
        moved.sum()
    }

    /// `Σ_i 2 |f_i ∂f_i/∂x_j|`, the size of the terms whose sum is component j of the gradient.
    fn gradient_terms(&self, x: &[f64]) -> Vec<f64> {
        let mut terms = vec![0.0; x.len()];
        for (f, slopes) in self.residuals(x) {
            for (term, slope) in terms.iter_mut().zip(slopes) {
                *term += 2.0 * (f * slope).abs();
            }
        }
        terms
    }
}

/// Deterministic numbers in (-1, 1).
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn largest(x: &[f64]) -> f64 {
    x.iter().fold(0.0, |largest, x| x.abs().max(largest))
}

#[track_caller]
fn assert_close(name: &str, computed: f64, exact: f64, tolerance: f64) {
    let error = (computed - exact).abs();
    assert!(error <= tolerance, "{name}: {computed:e} is {error:e} from {exact:e} > {tolerance:e}");
}

#[test]
fn instances_are_those_of_the_reference() {
    for case in cases() {
        let Problem { number, name, n, m, minimum, .. } = *case.problem;
        assert_eq!(name, case.reference["name"]);
        let sizes = [f64::from(number), n as f64, m as f64];
        assert_eq!(sizes, ["mgh", "n", "m"].map(|field| case.number(field)), "{name}");
        assert_eq!(case.problem.start(), case.vector("x0"), "{name}");
        // The reference stopped a hair beside Powell's singular minimizer, where f is 0.
        let near = if matches!(number, 13 | 22) { 1e-33 } else { 0.0 };
        assert_close(name, minimum, case.number("fmin"), near);

        assert_eq!(case.residuals(&case.problem.start()).len(), m, "{name}");
        assert_eq!(Problem::named(name).unwrap().start(), case.problem.start());
    }
    assert!(Problem::named("rosenbrok").is_none());
}

#[test]
fn value_and_gradient_at_the_start() {
    for case in cases() {
        let x = case.problem.start();
        let value = case.problem.value(&x);
        assert_close(case.name, value, case.number("f0"), 1e-12 * case.number("f0"));

        let (same, g) = gradient(case.problem, &x);
        assert_eq!(same.to_bits(), value.to_bits(), "{}: one text, one value", case.name);
        let (exact, terms) = (case.vector("grad0"), case.gradient_terms(&x));
        assert_eq!(g.len(), exact.len());
        for j in 0..g.len() {
            // In two components terms of size 1 and 10⁻³ cancel, to -4e-6 and to 0.
            let cancels = matches!((case.problem.number, j), (4, 1) | (9, 2));
            let scale = if cancels { terms[j] } else { exact[j].abs() };
            assert_close(case.name, g[j], exact[j], 1e-12 * scale);
            assert_close(case.name, g[j], exact[j], 1e-12 * largest(&exact));
        }
    }
}

#[test]
fn value_at_ten_times_the_start() {
    for case in cases() {
        let x: Vec<f64> = case.problem.start().iter().map(|x| 10.0 * x).collect();
        let exact = case.number("f_10x0");
        // Ten times Gulf's start is its root.
        let root = case.problem.number == 11;
        let tolerance = if root { case.rounding(&x) } else { 1e-12 * exact };
        assert!(tolerance <= 1e-12 * exact.max(1e-14), "{}", case.name);
        assert_close(case.name, case.problem.value(&x), exact, tolerance);
    }
}

#[test]
fn minimizer_has_the_minimum_and_is_stationary() {
    for case in cases() {
        let x = case.vector("xmin");
        let tolerance = case.rounding(&x);
        assert!(tolerance < 1e-7 * case.problem.minimum.max(1e-10), "{}: {tolerance:e}", case.name);
        assert_close(case.name, case.problem.value(&x), case.number("fmin"), tolerance);

        // Rounding x turns the gradient by H dx.
        let n = x.len();
        let (_, g, h) = hessian(case.problem, &x);
        let terms = case.gradient_terms(&x);
        for i in 0..n {
            let turned: f64 = (0..n).map(|j| (h[i * n + j] * x[j]).abs()).sum();
            assert_close(case.name, g[i], 0.0, 1e-14 * (terms[i] + turned) + 1e-20);
        }
    }
}

/// The angle as the paper writes it, from -1/4 to 3/4 of a turn, all the way round.
#[test]
fn helical_valley_turns_from_minus_a_quarter_to_three_quarters() {
    let valley = Problem::named("helical_valley").unwrap();
    for degrees in (-85..270).step_by(10) {
        let turns = f64::from(degrees) / 360.0;
        let (sin, cos) = (turns * std::f64::consts::TAU).sin_cos();
        let arctan = (sin / cos).atan() / std::f64::consts::TAU;
        let theta = if cos > 0.0 { arctan } else { arctan + 0.5 };
        assert_close("θ", theta, turns, 1e-15);
        // On the cylinder, at the foot of the helix: only f1 = -100 θ is left.
        assert_close("f", valley.value(&[cos, sin, 0.0]), 1e4 * theta * theta, 1e-10);
    }
}

/// Both remainders of Taylor's expansion along a line, `h = 1, 1/2, 1/4, ..`:
/// `f(x + h d) - f - h g'd` falls as h², and less `h²/2 d'Hd` as h³, until rounding is reached.
#[test]
fn derivatives_are_those_of_taylors_expansion() {
    let mut unit = random(1981);
    for case in cases() {
        // Brown's f is 10¹² all around its start; elsewhere the other terms can be seen.
        let start = case.problem.start();
        let x = if case.problem.number == 4 { vec![1e6, 1.0] } else { start };
        let n = x.len();
        let (f, g, hess) = hessian(case.problem, &x);
        assert_eq!(f.to_bits(), case.problem.value(&x).to_bits(), "{}", case.name);
        for (by_jet, by_dual) in g.iter().zip(gradient(case.problem, &x).1) {
            assert_close(case.name, *by_jet, by_dual, 1e-13 * largest(&g));
        }
        for (i, j) in (0..n * n).map(|ij| (ij / n, ij % n)) {
            assert_eq!(hess[i * n + j].to_bits(), hess[j * n + i].to_bits(), "{}", case.name);
        }

        for _direction in 0..3 {
            let d: Vec<f64> = x.iter().map(|&x| unit() * if x == 0.0 { 1.0 } else { x }).collect();
            let hd: Vec<f64> = hess.chunks(n).map(|row| dot(row, &d)).collect();
            let (slope, curvature) = (dot(&g, &d), dot(&d, &hd));
            let (mut first, mut second) = (Vec::new(), Vec::new());
            for h in (0..30).map(|k| 0.5_f64.powi(k)) {
                let y: Vec<f64> = x.iter().zip(&d).map(|(x, d)| x + h * d).collect();
                let terms = (h * slope).abs() + (h * h * curvature).abs();
                let noise = case.rounding(&x) + case.rounding(&y) + f64::EPSILON * terms;
                let remainder = case.problem.value(&y) - f - h * slope;
                first.push((remainder.abs(), noise));
                second.push(((remainder - h * h / 2.0 * curvature).abs(), noise));
            }
            assert_order(case.name, &first, 2.0);
            if matches!(case.problem.number, 32..=34) {
                assert!(second.iter().all(|(remainder, noise)| remainder <= noise), "{}", case.name);
            } else {
                assert_order(case.name, &second, 3.0);
            }
        }
    }
}

/// The last two halvings of h whose remainders stand well above the noise show the order.
#[track_caller]
fn assert_order(name: &str, remainders: &[(f64, f64)], order: f64) {
    let clear = remainders.iter().take_while(|(remainder, noise)| *remainder > 10.0 * noise);
    let clear: Vec<f64> = clear.map(|(remainder, _)| *remainder).collect();
    assert!(clear.len() >= 5, "{name}: only {} remainders above rounding", clear.len());
    for pair in clear[clear.len() - 3..].windows(2) {
        let measured = (pair[0] / pair[1]).log2();
        assert!((measured - order).abs() < 0.3, "{name}: order {measured}, not {order}");
    }
}

#[test]
fn curvatures_at_the_minimizer() {
    for case in cases() {
        let (_, _, h) = hessian(case.problem, &case.vector("xmin"));
        let eigenvalues = eigenvalues(h);
        let (least, most) = (eigenvalues[0], eigenvalues[eigenvalues.len() - 1]);
        let tolerance = 1e-12 * most;
        assert_close(case.name, least, case.number("hess_eig_min"), tolerance);
        assert_close(case.name, most, case.number("hess_eig_max"), tolerance);
    }
}

/// Eigenvalues of a symmetric matrix, n × n by rows, rising: Jacobi's rotations until the rest is rounding.
fn eigenvalues(mut a: Vec<f64>) -> Vec<f64> {
    let n = a.len().isqrt();
    for _sweep in 0..20 {
        for (p, q) in (0..n).flat_map(|q| (0..q).map(move |p| (p, q))) {
            if a[p * n + q] == 0.0 {
                continue;
            }
            let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * a[p * n + q]);
            let tan = theta.signum() / (theta.abs() + theta.hypot(1.0));
            let cos = 1.0 / tan.hypot(1.0);
            let sin = tan * cos;
            for k in 0..n {
                let (kp, kq) = (a[k * n + p], a[k * n + q]);
                (a[k * n + p], a[k * n + q]) = (cos * kp - sin * kq, sin * kp + cos * kq);
            }
            for k in 0..n {
                let (pk, qk) = (a[p * n + k], a[q * n + k]);
                (a[p * n + k], a[q * n + k]) = (cos * pk - sin * qk, sin * pk + cos * qk);
            }
        }
    }
    let mut eigenvalues: Vec<f64> = (0..n).map(|i| a[i * n + i]).collect();
    eigenvalues.sort_by(f64::total_cmp);
    eigenvalues
}
