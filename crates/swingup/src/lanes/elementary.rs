//! Sine and cosine without a branch, and whole powers.
#![allow(clippy::excessive_precision)] // Digits as they are published.

use crate::Scalar;

/// π/2 in three parts of 33 bits and what is left: a quarter turn times a count below 2²⁰ is exact in the first two (fdlibm).
const PART_1: f64 = 1.570_796_326_734_125_614_17;
const PART_2: f64 = 6.077_100_506_303_965_976_60e-11;
const PART_3: f64 = 2.022_266_248_795_950_631_54e-21;

/// Added and taken off again, it leaves the nearest whole number.
const WHOLE: f64 = 6_755_399_441_055_744.0;

/// `(sin x, cos x)` by Cody and Waite's reduction to `|r| <= π/4` and the polynomials of fdlibm.
///
/// In absolute value the error is below `2.3e-16` for `|x| <= 1e6`; beyond, it is less than that of rounding `x` itself,
/// `|x| 2⁻⁵¹`. NaN and infinities give NaN.
#[inline(always)]
pub(crate) fn sin_cos<S: Scalar>(x: S) -> (S, S) {
    let quarters = (x * core::f64::consts::FRAC_2_PI + WHOLE) - WHOLE;
    let back = -quarters;
    let r = back.fma(S::from(PART_3), back.fma(S::from(PART_2), back.fma(S::from(PART_1), x)));
    // Where a double no longer knows its quarter, any will do.
    let r = (r.abs() - 0.8).select(S::from(0.0), r);
    let z = r * r;
    let chain = |coefficients: [f64; 6]| {
        let mut sum = S::from(coefficients[5]);
        for i in (0..5).rev() {
            sum = sum.fma(z, S::from(coefficients[i]));
        }
        sum
    };
    let sine = chain([
        -1.666_666_666_666_663_243_48e-1,
        8.333_333_333_322_489_461_24e-3,
        -1.984_126_982_985_794_931_34e-4,
        2.755_731_370_707_006_767_89e-6,
        -2.505_076_025_340_686_341_95e-8,
        1.589_690_995_211_550_102_21e-10,
    ]);
    let cosine = chain([
        4.166_666_666_666_660_190_37e-2,
        -1.388_888_888_887_410_957_49e-3,
        2.480_158_728_947_672_941_78e-5,
        -2.755_731_435_139_066_330_35e-7,
        2.087_572_321_298_174_827_90e-9,
        -1.135_964_755_778_819_482_65e-11,
    ]);
    let sine = (r * z).fma(sine, r);
    let cosine = (z * z).fma(cosine, z * -0.5 + 1.0);

    // The quarter, 0 to 3 give or take 4: odd ones swap the two; -cos in 1 and 2, -sin in 2 and 3.
    let half = quarters * 0.5;
    let even = ((half + WHOLE) - WHOLE) - half;
    let swap = even * even - 0.125;
    let (sin, cos) = (swap.select(cosine, sine), swap.select(sine, cosine));
    let turn = |shift: f64| {
        let quarter = (quarters + shift) * 0.25;
        quarter - ((quarter + WHOLE) - WHOLE)
    };
    (turn(0.5).select(sin, -sin), turn(1.5).select(cos, -cos))
}

/// `x^n` by binary powering.
#[inline(always)]
pub(crate) fn powi<S: Scalar>(x: S, n: i32) -> S {
    let (mut power, mut square, mut left) = (S::from(1.0), x, n.unsigned_abs());
    while left > 0 {
        if left & 1 == 1 {
            power = power * square;
        }
        square = square * square;
        left >>= 1;
    }
    if n < 0 { S::from(1.0) / power } else { power }
}
