//! Every lane is what a double alone would be.

use alloc::vec::Vec;
use core::f64::consts::{FRAC_PI_2, PI};

#[cfg(target_arch = "x86_64")]
use super::{Fused, Wide};
use super::{LANES, Lanes, Number, Plain};
use crate::Scalar;
#[cfg(target_arch = "x86_64")]
use crate::cpu::has_fused_vectors;

/// Marsaglia's xorshift.
struct Random(u64);

impl Random {
    /// In [-1, 1).
    fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// `$check` in every kind of lanes that this processor has: with `true` where `fma` rounds once.
macro_rules! in_lanes {
    ($check:ident) => {
        $check::<Plain>(false);
        #[cfg(target_arch = "x86_64")]
        if has_fused_vectors() {
            $check::<Wide>(true);
        }
    };
}

/// The same of the kinds that a recursion takes one by one.
macro_rules! in_numbers {
    ($check:ident) => {
        $check::<f64>(false);
        #[cfg(target_arch = "x86_64")]
        if has_fused_vectors() {
            $check::<Fused>(true);
        }
    };
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

/// Half of them anywhere up to 1e6, half next to a multiple of π/2, where the reduction cancels most.
fn angles() -> Vec<f64> {
    let mut random = Random(7);
    let near = |random: &mut Random| (random.next() * 6e5).round() * FRAC_PI_2;
    let offset = |random: &mut Random| random.next() * 10f64.powi(-(random.next().abs() * 16.0) as i32);
    let pair = |_| [1e6 * random.next(), (near(&mut random) + offset(&mut random)).clamp(-1e6, 1e6)];
    (0..500_000).flat_map(pair).collect()
}

fn off(angle: f64, (sin, cos): (f64, f64)) -> f64 {
    let (exact_sin, exact_cos) = libm::sincos(angle);
    (sin - exact_sin).abs().max((cos - exact_cos).abs())
}

/// libm's own error is half of what is allowed.
fn sines_are_right<L: Lanes>(_: bool) {
    let angles = angles();
    let worst = angles.as_chunks::<LANES>().0.iter().fold(0.0f64, |worst, chunk| {
        let (sin, cos) = L::load(chunk).sin_cos();
        let (sin, cos) = (sin.store(), cos.store());
        (0..LANES).fold(worst, |worst, l| worst.max(off(chunk[l], (sin[l], cos[l]))))
    });
    assert!(worst <= 2.5e-16, "{worst:e}");
}

#[test]
fn sine_and_cosine_are_those_of_libm_up_to_a_million() {
    in_lanes!(sines_are_right);
}

#[cfg(target_arch = "x86_64")]
#[test]
fn sine_and_cosine_of_one_fused_number_are_those_of_libm() {
    if has_fused_vectors() {
        let one = |x: f64| Fused::from(x).sin_cos();
        let worst = angles().iter().fold(0.0f64, |worst, &x| worst.max(off(x, (one(x).0.store(), one(x).1.store()))));
        assert!(worst <= 2.5e-16, "{worst:e}");
    }
}

fn sines_stay_sines<L: Lanes>(_: bool) {
    for x in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let (sin, cos) = L::load(&[x, 1.0, x, 0.0]).sin_cos();
        let (sin, cos) = (sin.store(), cos.store());
        assert!(sin[0].is_nan() && cos[0].is_nan() && sin[2].is_nan() && cos[2].is_nan(), "{x}");
        assert!(off(1.0, (sin[1], cos[1])) <= 2.5e-16 && (sin[3], cos[3]) == (0.0, 1.0), "{x}");
    }
    let mut random = Random(11);
    for power in 6..308 {
        let huge = core::array::from_fn(|_| random.next() * 10f64.powi(power));
        let (sin, cos) = L::load(&huge).sin_cos();
        for value in sin.store().into_iter().chain(cos.store()) {
            assert!(value.abs() <= 1.0 + 1e-15, "{huge:?}: {value}");
        }
    }
}

#[test]
fn no_angle_has_a_sine_beyond_one_and_what_is_none_has_no_sine() {
    in_lanes!(sines_stay_sines);
}

/// Numbers of all sizes and signs, and those that are special.
fn numbers() -> Vec<[f64; LANES]> {
    const SPECIAL: [f64; 10] =
        [0.0, -0.0, 1.0, -1.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, 1e-310, f64::MAX, f64::MIN_POSITIVE];
    let mut random = Random(3);
    let mut any = |k: usize| {
        let size = 10f64.powi((6.0 * random.next()) as i32);
        if k < 200 { SPECIAL[(random.next().abs() * 10.0) as usize] } else { random.next() * size }
    };
    (0..2000).map(|k| [any(k), any(k + 1), any(k + 2), any(k + 3)]).collect()
}

fn lanes_are_doubles<L: Lanes>(fused: bool) {
    let numbers = numbers();
    for ((a, b), c) in numbers.iter().zip(&numbers[7..]).zip(&numbers[23..]) {
        let (x, y, z) = (L::load(a), L::load(b), L::load(c));
        let check = |name: &str, found: L, expected: &dyn Fn(f64, f64, f64) -> f64| {
            for (l, found) in found.store().into_iter().enumerate() {
                let expected = expected(a[l], b[l], c[l]);
                assert!(same(found, expected), "{name} of {:e}, {:e}, {:e}: {found:e}, {expected:e}", a[l], b[l], c[l]);
            }
        };
        let add_product = |a: f64, b: f64, c: f64| if fused { libm::fma(a, b, c) } else { a * b + c };
        check("add", x + y, &|a, b, _| a + b);
        check("subtract", x - y, &|a, b, _| a - b);
        check("multiply", x * y, &|a, b, _| a * b);
        check("divide", x / y, &|a, b, _| a / b);
        check("add a number", x + b[0], &|a, _, _| a + b[0]);
        check("subtract a number", x - b[0], &|a, _, _| a - b[0]);
        check("multiply by a number", x * b[0], &|a, _, _| a * b[0]);
        check("divide by a number", x / b[0], &|a, _, _| a / b[0]);
        check("from", L::from(a[0]), &|_, _, _| a[0]);
        check("negate", -x, &|a, _, _| -a);
        check("fma", x.fma(y, z), &|a, b, c| add_product(a, b, c));
        check("add_scaled", x.add_scaled(y, c[0]), &|a, b, _| add_product(b, c[0], a));
        check("exp", x.exp(), &|a, _, _| Scalar::exp(a));
        check("ln", x.ln(), &|a, _, _| Scalar::ln(a));
        check("sqrt", x.sqrt(), &|a, _, _| Scalar::sqrt(a));
        check("powf", x.powf(b[0]), &|a, _, _| Scalar::powf(a, b[0]));
        check("tanh", x.tanh(), &|a, _, _| Scalar::tanh(a));
        check("atan2", x.atan2(y), &|a, b, _| Scalar::atan2(a, b));
        check("abs", x.abs(), &|a, _, _| Scalar::abs(a));
        check("wrap", x.wrap(), &|a, _, _| Scalar::wrap(a));
        check("select", x.select(y, z), &|a, b, c| Scalar::select(a, b, c));
        check("max", x.max(y), &|a, b, _| if a > b { a } else { b });
        check("min", x.min(y), &|a, b, _| if a < b { a } else { b });
        for n in [-3, -1, 0, 1, 2, 3, 5, 8] {
            check("powi", x.powi(n), &|a, _, _| Scalar::powi(a, n));
        }
    }
}

#[test]
fn every_operation_is_that_of_a_double_in_every_lane() {
    in_lanes!(lanes_are_doubles);
}

fn turns_are_none<L: Lanes>(_: bool) {
    let way = L::load(&[0.1 + 6.0 * PI, -0.1 - 4.0 * PI, 3.0, -3.0]).wrap().store();
    for (way, expected) in way.into_iter().zip([0.1, -0.1, 3.0, -3.0]) {
        assert!((way - expected).abs() < 4e-15);
    }
}

#[test]
fn whole_turns_are_taken_off() {
    in_lanes!(turns_are_none);
}

/// Rows shorter and longer than a register, with and without a rest, against sums of doubles: rounding of N products apart.
fn rows_are_sums<S: Number<Cell = f64>>(_: bool) {
    fn check<S: Number<Cell = f64>, const N: usize>() {
        let mut random = Random(N as u64 + 1);
        let mut row = || core::array::from_fn::<f64, N, _>(|_| random.next());
        let (a, b, factor) = (row(), row(), row()[0]);
        let (x, y) = (S::load_row(&a), S::load_row(&b));
        let mut back = [0.0; N];
        S::store_row(&x, &mut back);
        assert_eq!(back, a);
        let product = S::add_product(&x, &y, S::from(factor)).store();
        let expected = (0..N).fold(factor, |sum, i| sum + a[i] * b[i]);
        assert!((product - expected).abs() <= 1e-16 * (N + 1) as f64, "{N}: {product} {expected}");
        let mut sum = x;
        S::add_row(&mut sum, S::from(factor), &y);
        for i in 0..N {
            assert!((sum[i].store() - (a[i] + factor * b[i])).abs() <= 2.3e-16, "{N}, {i}");
        }
    }
    check::<S, 1>();
    check::<S, 2>();
    check::<S, 3>();
    check::<S, 4>();
    check::<S, 5>();
    check::<S, 7>();
    check::<S, 8>();
    check::<S, 12>();
    check::<S, 13>();
}

#[test]
fn sums_of_rows_are_those_of_doubles() {
    in_numbers!(rows_are_sums);
}
