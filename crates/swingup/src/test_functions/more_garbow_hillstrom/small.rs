//! Two to four variables, and a trap in each: a bent valley, a bad scale, a singular minimizer.
//!
//! In the formulas `f1, f2, ..` are the residuals, handed to `f` in this order.

use core::f64::consts::TAU;

use crate::Scalar;

/// 1 and 21. Rosenbrock: a valley along a parabola.
/// ```text
/// f1 = 10 (x2 - x1²)    f2 = 1 - x1
/// ```
pub(super) fn rosenbrock<S: Scalar>([x1, x2]: [S; 2], f: &mut impl FnMut(S)) {
    f((x2 - x1 * x1) * 10.0);
    f(-x1 + 1.0);
}

/// 2. Freudenstein and Roth: a root at (5, 4), and a local minimum that is none.
/// ```text
/// f1 = -13 + x1 + ((5 - x2) x2 - 2) x2    f2 = -29 + x1 + ((x2 + 1) x2 - 14) x2
/// ```
pub(super) fn freudenstein_roth<S: Scalar>([x1, x2]: [S; 2], f: &mut impl FnMut(S)) {
    f(x1 + ((-x2 + 5.0) * x2 - 2.0) * x2 - 13.0);
    f(x1 + ((x2 + 1.0) * x2 - 14.0) * x2 - 29.0);
}

/// 3. Powell badly scaled: a minimizer near (1.098e-5, 9.106).
/// ```text
/// f1 = 10⁴ x1 x2 - 1    f2 = exp(-x1) + exp(-x2) - 1.0001
/// ```
pub(super) fn powell_badly_scaled<S: Scalar>([x1, x2]: [S; 2], f: &mut impl FnMut(S)) {
    f(x1 * x2 * 1e4 - 1.0);
    f((-x1).exp() + (-x2).exp() - 1.0001);
}

/// 4. Brown badly scaled: curvatures 12 orders apart.
/// ```text
/// f1 = x1 - 10⁶    f2 = x2 - 2e-6    f3 = x1 x2 - 2
/// ```
pub(super) fn brown_badly_scaled<S: Scalar>([x1, x2]: [S; 2], f: &mut impl FnMut(S)) {
    f(x1 - 1e6);
    f(x2 - 2e-6);
    f(x1 * x2 - 2.0);
}

/// 5. Beale: a root at (3, 1/2), and a valley that runs off to infinity.
/// ```text
/// f_i = y_i - x1 (1 - x2^i)    y = 1.5, 2.25, 2.625
/// ```
pub(super) fn beale<S: Scalar>([x1, x2]: [S; 2], f: &mut impl FnMut(S)) {
    for (i, y) in (1..).zip([1.5, 2.25, 2.625]) {
        f(-x1 * (-x2.powi(i) + 1.0) + y);
    }
}

/// 7. Helical valley: a root at (1, 0, 0), at the foot of a helix around the axis of x3.
/// ```text
/// f1 = 10 (x3 - 10 θ)    f2 = 10 (√(x1² + x2²) - 1)    f3 = x3
/// 2π θ = arctan(x2 / x1), and half a turn more where x1 < 0
/// ```
/// θ is in turns, from -1/4 to 3/4, and jumps on the half-plane x1 = 0, x2 < 0.
pub(super) fn helical_valley<S: Scalar>([x1, x2, x3]: [S; 3], f: &mut impl FnMut(S)) {
    // Measured from the far side of the jump, where atan2 has its own.
    let theta = (-x1).atan2(x2) / TAU + 0.25;
    f((x3 - theta * 10.0) * 10.0);
    f(((x1 * x1 + x2 * x2).sqrt() - 1.0) * 10.0);
    f(x3);
}

/// 13 and 22. Powell singular: a root at 0, where the Hessian has rank 2.
/// ```text
/// f1 = x1 + 10 x2    f2 = √5 (x3 - x4)    f3 = (x2 - 2 x3)²    f4 = √10 (x1 - x4)²
/// ```
pub(super) fn powell_singular<S: Scalar>([x1, x2, x3, x4]: [S; 4], f: &mut impl FnMut(S)) {
    f(x1 + x2 * 10.0);
    f((x3 - x4) * libm::sqrt(5.0));
    f((x2 - x3 * 2.0).powi(2));
    f((x1 - x4).powi(2) * libm::sqrt(10.0));
}

/// 14. Wood: two of Rosenbrock's valleys, coupled.
/// ```text
/// f1 = 10 (x2 - x1²)         f2 = 1 - x1
/// f3 = √90 (x4 - x3²)        f4 = 1 - x3
/// f5 = √10 (x2 + x4 - 2)     f6 = (x2 - x4) / √10
/// ```
pub(super) fn wood<S: Scalar>([x1, x2, x3, x4]: [S; 4], f: &mut impl FnMut(S)) {
    f((x2 - x1 * x1) * 10.0);
    f(-x1 + 1.0);
    f((x4 - x3 * x3) * libm::sqrt(90.0));
    f(-x3 + 1.0);
    f((x2 + x4 - 2.0) * libm::sqrt(10.0));
    f((x2 - x4) / libm::sqrt(10.0));
}
