//! Problems of any dimension: n is the length of `x`.
//!
//! In the formulas indices start at 1 and `f_i` are the residuals, handed to `f` in order. Numbers that
//! are no `Scalar` go through `libm`, as in [`fits`](super::fits).

use alloc::vec;
use alloc::vec::Vec;

use libm::{exp, sqrt};

use crate::Scalar;

/// The weight of problems 23 and 24, written `a` in the paper.
const A: f64 = 1e-5;

/// 20. Watson: a polynomial `p` that solves `p' - p² = 1`, `p(0) = 0`, as well as its degree n - 1 allows.
/// ```text
/// f_i  = Σ_j (j - 1) x_j t_i^(j-2) - (Σ_j x_j t_i^(j-1))² - 1    t_i = i / 29, i = 1..29
/// f_30 = x_1    f_31 = x_2 - x_1² - 1
/// ```
pub(super) fn watson<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    for i in 1..=29 {
        let t = f64::from(i) / 29.0;
        let (mut p, mut slope) = (x[0], S::from(0.0));
        let mut power = 1.0;
        for j in 1..x.len() {
            slope = slope + x[j] * (j as f64 * power);
            power *= t;
            p = p + x[j] * power;
        }
        f(slope - p * p - 1.0);
    }
    f(x[0]);
    f(x[1] - x[0] * x[0] - 1.0);
}

/// 23. Penalty I: a sphere, and a faint pull to (1, .., 1).
/// ```text
/// f_i = √a (x_i - 1), i = 1..n    f_(n+1) = Σ_j x_j² - 1/4
/// ```
pub(super) fn penalty1<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    for &xi in x {
        f((xi - 1.0) * sqrt(A));
    }
    f(sum(x, |_, xj| xj * xj) - 0.25);
}

/// 24. Penalty II: an ellipsoid, and a faint pull along exponentials.
/// ```text
/// f_1     = x_1 - 1/5
/// f_i     = √a (exp(x_i / 10) + exp(x_(i-1) / 10) - y_i), i = 2..n    y_i = exp(i / 10) + exp((i - 1) / 10)
/// f_(n+i) = √a (exp(x_(i+1) / 10) - exp(-1 / 10)), i = 1..n-1
/// f_(2n)  = Σ_j (n - j + 1) x_j² - 1
/// ```
pub(super) fn penalty2<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    let n = x.len();
    f(x[0] - 0.2);
    for i in 2..=n {
        let y = exp(i as f64 / 10.0) + exp((i - 1) as f64 / 10.0);
        f(((x[i - 1] / 10.0).exp() + (x[i - 2] / 10.0).exp() - y) * sqrt(A));
    }
    for &xi in &x[1..] {
        f(((xi / 10.0).exp() - exp(-0.1)) * sqrt(A));
    }
    f(sum(x, |j, xj| xj * xj * (n as f64 - j + 1.0)) - 1.0);
}

/// 25. Variably dimensioned: a bowl, and a fourth power along one direction.
/// ```text
/// f_i = x_i - 1, i = 1..n    f_(n+1) = Σ_j j (x_j - 1)    f_(n+2) = (Σ_j j (x_j - 1))²
/// ```
pub(super) fn variably_dimensioned<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    for &xi in x {
        f(xi - 1.0);
    }
    let along = sum(x, |j, xj| (xj - 1.0) * j);
    f(along);
    f(along * along);
}

/// 26. Trigonometric: many local minima.
/// ```text
/// f_i = n - Σ_j cos x_j + i (1 - cos x_i) - sin x_i
/// ```
pub(super) fn trigonometric<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    // n - Σ cos x_j, term by term: less to cancel near the minimum, where all the cosines are near 1.
    let away = sum(x, |_, xj| -xj.cos() + 1.0);
    for i in 0..x.len() {
        let (sin, cos) = x[i].sin_cos();
        f(away + (-cos + 1.0) * (i + 1) as f64 - sin);
    }
}

/// 27. Brown almost-linear: a product at the end of a linear system.
/// ```text
/// f_i = x_i + Σ_j x_j - (n + 1), i = 1..n-1    f_n = Π_j x_j - 1
/// ```
pub(super) fn brown_almost_linear<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    let n = x.len();
    let total = sum(x, |_, xj| xj);
    for &xi in &x[..n - 1] {
        f(xi + total - (n + 1) as f64);
    }
    f(x.iter().fold(S::from(1.0), |product, &xj| product * xj) - 1.0);
}

/// 28. Discrete boundary value: `x'' = (x + t + 1)³ / 2`, `x(0) = x(1) = 0`, by differences.
/// ```text
/// f_i = 2 x_i - x_(i-1) - x_(i+1) + h² (x_i + t_i + 1)³ / 2    h = 1 / (n + 1), t_i = i h, x_0 = x_(n+1) = 0
/// ```
pub(super) fn discrete_boundary<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    let (n, h) = (x.len(), 1.0 / (x.len() + 1) as f64);
    for i in 1..=n {
        let xi = x[i - 1];
        let t = i as f64 * h;
        f(xi * 2.0 - at(x, i - 1) - at(x, i + 1) + (xi + (t + 1.0)).powi(3) * (h * h / 2.0));
    }
}

/// 29. Discrete integral equation: the same boundary value problem through its Green's function.
/// ```text
/// f_i = x_i + h/2 ((1 - t_i) Σ_(j<=i) t_j (x_j + t_j + 1)³ + t_i Σ_(j>i) (1 - t_j) (x_j + t_j + 1)³)
/// h = 1 / (n + 1), t_i = i h
/// ```
pub(super) fn discrete_integral<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    let h = 1.0 / (x.len() + 1) as f64;
    for i in 1..=x.len() {
        let t = i as f64 * h;
        let (below, above) = x.split_at(i);
        let cube = |tj: f64, xj: S| (xj + (tj + 1.0)).powi(3);
        let below = sum(below, |j, xj| cube(j * h, xj) * (j * h));
        let above = sum(above, |j, xj| cube(t + j * h, xj) * (1.0 - (t + j * h)));
        f(x[i - 1] + (below * (1.0 - t) + above * t) * (h / 2.0));
    }
}

/// 30. Broyden tridiagonal.
/// ```text
/// f_i = (3 - 2 x_i) x_i - x_(i-1) - 2 x_(i+1) + 1    x_0 = x_(n+1) = 0
/// ```
pub(super) fn broyden_tridiagonal<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    for i in 1..=x.len() {
        let xi = x[i - 1];
        f((-xi * 2.0 + 3.0) * xi - at(x, i - 1) - at(x, i + 1) * 2.0 + 1.0);
    }
}

/// 31. Broyden banded: five neighbours before, one after.
/// ```text
/// f_i = x_i (2 + 5 x_i²) + 1 - Σ_j x_j (1 + x_j)    over j = i-5..i+1 without i, within 1..n
/// ```
pub(super) fn broyden_banded<S: Scalar>(x: &[S], f: &mut impl FnMut(S)) {
    for i in 0..x.len() {
        let (before, after) = (&x[i.saturating_sub(5)..i], x.get(i + 1));
        let band = before.iter().chain(after);
        let band = band.fold(S::from(0.0), |sum, &xj| sum + xj * (xj + 1.0));
        f(x[i] * (x[i] * x[i] * 5.0 + 2.0) + 1.0 - band);
    }
}

/// 32. Linear, full rank: minimum m - n, at (-1, .., -1).
/// ```text
/// f_i = x_i - 2/m Σ_j x_j - 1, i = 1..n    f_i = -2/m Σ_j x_j - 1, i = n+1..m
/// ```
pub(super) fn linear_full_rank<S: Scalar>(x: &[S], m: usize, f: &mut impl FnMut(S)) {
    let shared = -sum(x, |_, xj| xj) * (2.0 / m as f64) - 1.0;
    for &xi in x {
        f(xi + shared);
    }
    for _ in x.len()..m {
        f(shared);
    }
}

/// 33. Linear, rank 1: minimum m (m - 1) / (2 (2m + 1)), on a hyperplane.
/// ```text
/// f_i = i Σ_j j x_j - 1
/// ```
pub(super) fn linear_rank1<S: Scalar>(x: &[S], m: usize, f: &mut impl FnMut(S)) {
    let total = sum(x, |j, xj| xj * j);
    for i in 1..=m {
        f(total * i as f64 - 1.0);
    }
}

/// 34. Linear, rank 1, with zero columns and rows: minimum (m² + 3m - 6) / (2 (2m - 3)), on a hyperplane.
/// ```text
/// f_1 = f_m = -1    f_i = (i - 1) Σ_(j=2..n-1) j x_j - 1, i = 2..m-1
/// ```
pub(super) fn linear_rank1_zero<S: Scalar>(x: &[S], m: usize, f: &mut impl FnMut(S)) {
    let inner = sum(&x[1..x.len() - 1], |j, xj| xj * (j + 1.0));
    f(S::from(-1.0));
    for i in 2..m {
        f(inner * (i - 1) as f64 - 1.0);
    }
    f(S::from(-1.0));
}

/// 35. Chebyquad: nodes in (0, 1) whose mean integrates Chebyshev's polynomials, as well as n nodes can.
/// ```text
/// f_i = 1/n Σ_j T_i(x_j) - ∫ T_i    T_i shifted to [0, 1], ∫ T_i = 0 for odd i, -1 / (i² - 1) for even i
/// ```
pub(super) fn chebyquad<S: Scalar>(x: &[S], m: usize, f: &mut impl FnMut(S)) {
    let n = x.len() as f64;
    let arguments: Vec<S> = x.iter().map(|&xj| xj * 2.0 - 1.0).collect();
    let (mut before, mut t) = (vec![S::from(1.0); x.len()], arguments.clone());
    for i in 1..=m {
        let integral = if i % 2 == 0 { -1.0 / (i * i - 1) as f64 } else { 0.0 };
        f(sum(&t, |_, tj| tj) / n - integral);
        // T_(i+1) = 2 y T_i - T_(i-1), into the place of T_(i-1).
        for (before, (&t, &y)) in before.iter_mut().zip(t.iter().zip(&arguments)) {
            *before = y * t * 2.0 - *before;
        }
        core::mem::swap(&mut before, &mut t);
    }
}

/// `Σ_j term(j, x_j)` over j = 1..n.
fn sum<S: Scalar>(x: &[S], term: impl Fn(f64, S) -> S) -> S {
    x.iter().enumerate().fold(S::from(0.0), |sum, (j, &xj)| sum + term((j + 1) as f64, xj))
}

/// `x_i` for i = 1..n, and zero beyond both ends.
fn at<S: Scalar>(x: &[S], i: usize) -> S {
    i.checked_sub(1).and_then(|i| x.get(i).copied()).unwrap_or(S::from(0.0))
}
