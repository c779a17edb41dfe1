//! Curves through points, most of them sums of exponentials with measured data.
//!
//! In the formulas `f_i` are the residuals, handed to `f` for i = 1..m in this order. Numbers that are
//! no `Scalar` go through `libm`: a plain `t.exp()` would be the C library's with the standard library
//! linked, and none without.

use libm::{cos, exp, log, pow, sin};

use crate::Scalar;

/// 6. Jennrich and Sampson: both rates are 0.2578 at the minimum.
/// ```text
/// f_i = 2 + 2 i - (exp(i x1) + exp(i x2))
/// ```
pub(super) fn jennrich_sampson<S: Scalar>([x1, x2]: [S; 2], m: usize, f: &mut impl FnMut(S)) {
    for i in 1..=m {
        let i = i as f64;
        f(-((x1 * i).exp() + (x2 * i).exp()) + (2.0 + 2.0 * i));
    }
}

/// 8. Bard: a hyperbola in three parameters.
/// ```text
/// f_i = y_i - (x1 + u_i / (v_i x2 + w_i x3))    u_i = i, v_i = 16 - i, w_i = min(u_i, v_i)
/// ```
pub(super) fn bard<S: Scalar>([x1, x2, x3]: [S; 3], f: &mut impl FnMut(S)) {
    for (i, y) in (1..).zip(BARD) {
        let (u, v) = (f64::from(i), f64::from(16 - i));
        let w = u.min(v);
        f(-(x1 + S::from(u) / (x2 * v + x3 * w)) + y);
    }
}

const BARD: [f64; 15] = [0.14, 0.18, 0.22, 0.25, 0.29, 0.32, 0.35, 0.39, 0.37, 0.58, 0.73, 0.96, 1.34, 2.10, 4.39];

/// 9. Gaussian: the bell, tabulated to four digits.
/// ```text
/// f_i = x1 exp(-x2 (t_i - x3)² / 2) - y_i    t_i = (8 - i) / 2
/// ```
pub(super) fn gaussian<S: Scalar>([x1, x2, x3]: [S; 3], f: &mut impl FnMut(S)) {
    let mirrored = GAUSSIAN.iter().chain(GAUSSIAN.iter().rev().skip(1));
    for (i, &y) in (1..).zip(mirrored) {
        let t = f64::from(8 - i) / 2.0;
        f(x1 * (-x2 * (-x3 + t).powi(2) / 2.0).exp() - y);
    }
}

/// The first half and the middle; the other half mirrors them.
const GAUSSIAN: [f64; 8] = [0.0009, 0.0044, 0.0175, 0.0540, 0.1295, 0.2420, 0.3521, 0.3989];

/// 10. Meyer: the resistance of a thermistor against temperature; curvatures 16 orders apart.
/// ```text
/// f_i = x1 exp(x2 / (t_i + x3)) - y_i    t_i = 45 + 5 i
/// ```
pub(super) fn meyer<S: Scalar>([x1, x2, x3]: [S; 3], f: &mut impl FnMut(S)) {
    for (i, y) in (1..).zip(MEYER) {
        let t = f64::from(45 + 5 * i);
        f(x1 * (x2 / (x3 + t)).exp() - y);
    }
}

const MEYER: [f64; 16] = [
    34780.0, 28610.0, 23650.0, 19630.0, 16370.0, 13720.0, 11540.0, 9744.0, 8261.0, 7030.0, 6005.0, 5147.0, 4427.0,
    3820.0, 3307.0, 2872.0,
];

/// 11. Gulf research and development: a root at (50, 25, 1.5), which is ten times the start.
/// ```text
/// f_i = exp(-|y_i - x2|^x3 / x1) - t_i    t_i = i / 100, y_i = 25 + (-50 ln t_i)^(2/3)
/// ```
/// Some collections print the product `y_i m i x2` for the difference; the root belongs to the difference.
/// Its derivatives are NaN where x2 is one of the y_i.
pub(super) fn gulf<S: Scalar>([x1, x2, x3]: [S; 3], m: usize, f: &mut impl FnMut(S)) {
    for i in 1..=m {
        let t = i as f64 / 100.0;
        let y = 25.0 + pow(-50.0 * log(t), 2.0 / 3.0);
        let power = (x3 * (-x2 + y).abs().ln()).exp();
        f((-power / x1).exp() - t);
    }
}

/// 12. Box three-dimensional: a root at (1, 10, 1), one at (10, 1, -1), and a line (a, a, 0) of them.
/// ```text
/// f_i = exp(-t_i x1) - exp(-t_i x2) - x3 (exp(-t_i) - exp(-10 t_i))    t_i = i / 10
/// ```
pub(super) fn box3d<S: Scalar>([x1, x2, x3]: [S; 3], m: usize, f: &mut impl FnMut(S)) {
    for i in 1..=m {
        let t = i as f64 / 10.0;
        f((x1 * -t).exp() - (x2 * -t).exp() - x3 * (exp(-t) - exp(-10.0 * t)));
    }
}

/// 15. Kowalik and Osborne: the kinetics of an enzyme.
/// ```text
/// f_i = y_i - x1 (u_i² + u_i x2) / (u_i² + u_i x3 + x4)
/// ```
pub(super) fn kowalik_osborne<S: Scalar>([x1, x2, x3, x4]: [S; 4], f: &mut impl FnMut(S)) {
    for (y, u) in KOWALIK_OSBORNE {
        f(-(x1 * (x2 * u + u * u) / (x3 * u + x4 + u * u)) + y);
    }
}

/// `(y_i, u_i)`.
const KOWALIK_OSBORNE: [(f64, f64); 11] = [
    (0.1957, 4.0000),
    (0.1947, 2.0000),
    (0.1735, 1.0000),
    (0.1600, 0.5000),
    (0.0844, 0.2500),
    (0.0627, 0.1670),
    (0.0456, 0.1250),
    (0.0342, 0.1000),
    (0.0323, 0.0833),
    (0.0235, 0.0714),
    (0.0246, 0.0625),
];

/// 16. Brown and Dennis: large residuals at the minimum, 85822.2.
/// ```text
/// f_i = (x1 + t_i x2 - exp(t_i))² + (x3 + x4 sin(t_i) - cos(t_i))²    t_i = i / 5
/// ```
pub(super) fn brown_dennis<S: Scalar>([x1, x2, x3, x4]: [S; 4], m: usize, f: &mut impl FnMut(S)) {
    for i in 1..=m {
        let t = i as f64 / 5.0;
        f((x1 + x2 * t - exp(t)).powi(2) + (x3 + x4 * sin(t) - cos(t)).powi(2));
    }
}

/// 17. Osborne 1: two exponentials and a constant.
/// ```text
/// f_i = y_i - (x1 + x2 exp(-t_i x4) + x3 exp(-t_i x5))    t_i = 10 (i - 1)
/// ```
pub(super) fn osborne1<S: Scalar>([x1, x2, x3, x4, x5]: [S; 5], f: &mut impl FnMut(S)) {
    for (i, y) in (0..).zip(OSBORNE1) {
        let t = f64::from(10 * i);
        f(-(x1 + x2 * (x4 * -t).exp() + x3 * (x5 * -t).exp()) + y);
    }
}

const OSBORNE1: [f64; 33] = [
    0.844, 0.908, 0.932, 0.936, 0.925, 0.908, 0.881, 0.850, 0.818, 0.784, 0.751, 0.718, 0.685, 0.658, 0.628, 0.603,
    0.580, 0.558, 0.538, 0.522, 0.506, 0.490, 0.478, 0.467, 0.457, 0.448, 0.438, 0.431, 0.424, 0.420, 0.414, 0.411,
    0.406,
];

/// 18. Biggs EXP6: a root at (1, 10, 1, 5, 4, 3), and where x1, x3 change places with x5, x6.
/// ```text
/// f_i = x3 exp(-t_i x1) - x4 exp(-t_i x2) + x6 exp(-t_i x5) - y_i
/// t_i = i / 10    y_i = exp(-t_i) - 5 exp(-10 t_i) + 3 exp(-4 t_i)
/// ```
pub(super) fn biggs_exp6<S: Scalar>(x: [S; 6], m: usize, f: &mut impl FnMut(S)) {
    let [x1, x2, x3, x4, x5, x6] = x;
    for i in 1..=m {
        let t = i as f64 / 10.0;
        let y = exp(-t) - 5.0 * exp(-10.0 * t) + 3.0 * exp(-4.0 * t);
        f(x3 * (x1 * -t).exp() - x4 * (x2 * -t).exp() + x6 * (x5 * -t).exp() - y);
    }
}

/// 19. Osborne 2: three bells on a falling exponential.
/// ```text
/// f_i = y_i - (x1 exp(-t_i x5) + x2 exp(-(t_i - x9)² x6) + x3 exp(-(t_i - x10)² x7)
///              + x4 exp(-(t_i - x11)² x8))    t_i = (i - 1) / 10
/// ```
pub(super) fn osborne2<S: Scalar>(x: [S; 11], f: &mut impl FnMut(S)) {
    let [x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11] = x;
    for (i, y) in (0..).zip(OSBORNE2) {
        let t = f64::from(i) / 10.0;
        let bell = |height: S, center: S, width: S| height * (-(-center + t).powi(2) * width).exp();
        let bells = bell(x2, x9, x6) + bell(x3, x10, x7) + bell(x4, x11, x8);
        f(-(x1 * (x5 * -t).exp() + bells) + y);
    }
}

const OSBORNE2: [f64; 65] = [
    1.366, 1.191, 1.112, 1.013, 0.991, 0.885, 0.831, 0.847, 0.786, 0.725, 0.746, 0.679, 0.608, 0.655, 0.616, 0.606,
    0.602, 0.626, 0.651, 0.724, 0.649, 0.649, 0.694, 0.644, 0.624, 0.661, 0.612, 0.558, 0.533, 0.495, 0.500, 0.423,
    0.395, 0.375, 0.372, 0.391, 0.396, 0.405, 0.428, 0.429, 0.523, 0.562, 0.607, 0.653, 0.672, 0.708, 0.633, 0.668,
    0.645, 0.632, 0.591, 0.559, 0.597, 0.625, 0.739, 0.710, 0.729, 0.720, 0.636, 0.581, 0.428, 0.292, 0.162, 0.098,
    0.054,
];
