//! Laws of differentiation for every operation of `Scalar`, on every reading that carries derivatives.
//!
//! Each operation takes curved arguments `a, b, c` of three variables, so that the derivatives of the
//! arguments go through it as well as its own.

use swingup::inspect::{Dual, Jet};
use swingup::{Function, Scalar};

/// Variables.
const N: usize = 3;

/// An operation, and the signs of the variables to try it with.
struct Operation {
    kind: Kind,
    signs: &'static [[f64; N]],
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Add,
    Sub,
    Mul,
    Div,
    AddConstant,
    SubConstant,
    MulConstant,
    DivConstant,
    Neg,
    Fma,
    SinOfSinCos,
    CosOfSinCos,
    Sin,
    Cos,
    Exp,
    Ln,
    Sqrt,
    Powi(i32),
    Powf(f64),
    Tanh,
    Atan2,
    Abs,
    Select,
}

impl Operation {
    /// The degree as a polynomial in the variables, where it is below three.
    fn low_degree(&self) -> Option<u32> {
        match self.kind {
            Kind::Powi(0) | Kind::Powf(0.0) => Some(0),
            Kind::Add | Kind::Sub | Kind::Neg | Kind::Abs => Some(2),
            Kind::AddConstant | Kind::SubConstant => Some(2),
            Kind::MulConstant | Kind::DivConstant => Some(2),
            Kind::Powi(1) | Kind::Powf(1.0) => Some(2),
            _ => None,
        }
    }
}

impl Function for Operation {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        // The curved terms stay below half of the first, so a, b, c have the signs of x_1, x_2, x_3.
        let a = x[0] + x[1] * x[2] * 0.1;
        let b = x[1] + x[0] * x[0] * 0.1;
        let c = x[2] - x[0] * x[1] * 0.1;
        match self.kind {
            Kind::Add => a + b,
            Kind::Sub => a - b,
            Kind::Mul => a * b,
            Kind::Div => a / b,
            Kind::AddConstant => a + 1.7,
            Kind::SubConstant => a - 1.7,
            Kind::MulConstant => a * -1.7,
            Kind::DivConstant => a / -1.7,
            Kind::Neg => -a,
            Kind::Fma => a.fma(b, c),
            Kind::SinOfSinCos => a.sin_cos().0,
            Kind::CosOfSinCos => a.sin_cos().1,
            Kind::Sin => a.sin(),
            Kind::Cos => a.cos(),
            Kind::Exp => a.exp(),
            Kind::Ln => a.ln(),
            Kind::Sqrt => a.sqrt(),
            Kind::Powi(n) => a.powi(n),
            Kind::Powf(p) => a.powf(p),
            Kind::Tanh => a.tanh(),
            Kind::Atan2 => a.atan2(b),
            Kind::Abs => a.abs(),
            Kind::Select => a.select(b * c, b / c),
        }
    }
}

fn operations() -> Vec<Operation> {
    const POSITIVE: &[[f64; N]] = &[[1.0, 1.0, 1.0]];
    const EITHER: &[[f64; N]] = &[[1.0, 1.0, 1.0], [-1.0, 1.0, 1.0]];
    const QUADRANTS: &[[f64; N]] = &[[1.0, 1.0, 1.0], [1.0, -1.0, 1.0], [-1.0, 1.0, 1.0], [-1.0, -1.0, 1.0]];
    let of =
        |signs, kinds: &[Kind]| -> Vec<Operation> { kinds.iter().map(|&kind| Operation { kind, signs }).collect() };
    use Kind::*;
    let mut operations = of(POSITIVE, &[Ln, Sqrt, Powf(0.5), Powf(-1.3), Powf(2.7)]);
    operations.extend(of(QUADRANTS, &[Add, Sub, Mul, Div, Fma, Atan2, Select]));
    operations.extend(of(EITHER, &[AddConstant, SubConstant, MulConstant, DivConstant, Neg]));
    operations.extend(of(EITHER, &[SinOfSinCos, CosOfSinCos, Sin, Cos, Exp, Tanh, Abs]));
    operations.extend(of(EITHER, &[0, 1, -1, 2, 3, -2, 7].map(Powi)));
    operations.extend(of(EITHER, &[0.0, 1.0, 2.0, 3.0].map(Powf)));
    operations
}

/// Deterministic numbers in (0, 1).
fn random(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
}

/// Every operation at ten random points for each choice of signs.
fn everywhere(mut law: impl FnMut(&Operation, [f64; N], &str)) {
    let mut unit = random(1);
    for operation in operations() {
        for signs in operation.signs {
            for _ in 0..10 {
                let x = signs.map(|sign| sign * (0.5 + unit()));
                law(&operation, x, &format!("{:?} at {x:?}", operation.kind));
            }
        }
    }
}

#[track_caller]
fn assert_close(place: &str, left: f64, right: f64) {
    let tolerance = 1e-13 * left.abs().max(right.abs()).max(1.0);
    assert!((left - right).abs() <= tolerance, "{place}: {left:e} and {right:e}");
}

#[track_caller]
fn assert_same(place: &str, left: f64, right: f64) {
    assert_eq!(left.to_bits(), right.to_bits(), "{place}: {left:e} and {right:e}");
}

fn jet(f: &impl Function, x: [f64; N]) -> Jet<f64, N> {
    f.value(&core::array::from_fn::<_, N, _>(|i| Jet::variable(x[i], i)))
}

fn dual(f: &impl Function, x: [f64; N]) -> Dual<f64, N> {
    f.value(&core::array::from_fn::<_, N, _>(|i| Dual::variable(x[i], i)))
}

/// A dual whose entries are duals: `.x[i].x[j]` is the second derivative.
fn nested(f: &impl Function, x: [f64; N]) -> Dual<Dual<f64, N>, N> {
    f.value(&core::array::from_fn::<_, N, _>(|i| Dual::variable(Dual::variable(x[i], i), i)))
}

#[test]
fn every_reading_has_the_value_of_f64() {
    everywhere(|f, x, place| {
        let value = f.value(&x);
        assert!(value.is_finite(), "{place}");
        assert_same(place, dual(f, x).v, value);
        assert_same(place, jet(f, x).v, value);
        assert_same(place, nested(f, x).v.v, value);
    });
}

#[test]
fn both_groups_of_a_dual_carry_the_same_derivatives() {
    everywhere(|f, x, place| {
        let all = dual(f, x);
        let in_u: Dual<f64, 0, N> = f.value(&core::array::from_fn::<_, N, _>(|i| {
            let mut variable = Dual::constant(x[i]);
            variable.u[i] = 1.0;
            variable
        }));
        let mut split = [Dual::<f64, 1, 2>::variable(x[0], 0), x[1].into(), x[2].into()];
        (split[1].u[0], split[2].u[1]) = (1.0, 1.0);
        let split = f.value(&split);
        assert_same(place, split.x[0], all.x[0]);
        for i in 0..N {
            assert_same(place, in_u.u[i], all.x[i]);
        }
        for i in 1..N {
            assert_same(place, split.u[i - 1], all.x[i]);
        }
    });
}

#[test]
fn jets_and_nested_duals_agree() {
    everywhere(|f, x, place| {
        let (jet, dual, nested) = (jet(f, x), dual(f, x), nested(f, x));
        for i in 0..N {
            assert_close(place, jet.g[i], dual.x[i]);
            assert_close(place, nested.x[i].v, dual.x[i]);
            assert_close(place, nested.v.x[i], dual.x[i]);
            for j in 0..N {
                assert_close(place, jet.h[i][j], nested.x[i].x[j]);
                assert_same(place, jet.h[i][j], jet.h[j][i]);
            }
        }
    });
}

/// A jet of duals and a dual of jets hold third derivatives: the same ones.
#[test]
fn third_derivatives_agree_in_either_nesting() {
    everywhere(|f, x, place| {
        let jets: Dual<Jet<f64, N>, N> =
            f.value(&core::array::from_fn::<_, N, _>(|i| Dual::variable(Jet::variable(x[i], i), i)));
        let duals: Jet<Dual<f64, N>, N> =
            f.value(&core::array::from_fn::<_, N, _>(|i| Jet::variable(Dual::variable(x[i], i), i)));
        for (i, j, k) in (0..N * N * N).map(|ijk| (ijk / N / N, ijk / N % N, ijk % N)) {
            assert_close(place, jets.x[i].h[j][k], duals.h[j][k].x[i]);
            assert_close(place, jets.x[i].h[j][k], jets.x[j].h[i][k]);
        }
    });
}

/// `f(x + h d) - f - h g'd` falls as h², and less `h²/2 d'Hd` as h³, until rounding is reached.
#[test]
fn derivatives_are_those_of_taylors_expansion() {
    let mut unit = random(2);
    everywhere(|f, x, place| {
        let d: [f64; N] = core::array::from_fn(|_| 2.0 * unit() - 1.0);
        let Jet { v, g, h: hess } = jet(f, x);
        let slope: f64 = (0..N).map(|i| g[i] * d[i]).sum();
        let curvature: f64 = (0..N * N).map(|ij| d[ij / N] * hess[ij / N][ij % N] * d[ij % N]).sum();

        let noise = 4.0 * f64::EPSILON * (v.abs() + slope.abs() + curvature.abs() + 1.0);
        let (mut first, mut second) = (Vec::new(), Vec::new());
        for h in (3..30).map(|k| 0.5_f64.powi(k)) {
            let y: [f64; N] = core::array::from_fn(|i| x[i] + h * d[i]);
            let remainder = f.value(&y) - v - h * slope;
            first.push(remainder.abs());
            second.push((remainder - h * h / 2.0 * curvature).abs());
        }
        for (remainders, order) in [(first, 2), (second, 3)] {
            if f.low_degree().is_some_and(|degree| degree < order) {
                assert!(remainders.iter().all(|r| *r <= noise), "{place}: {remainders:?}");
            } else {
                assert_order(place, &remainders, noise, f64::from(order));
            }
        }
    });
}

/// The last two halvings of h whose remainders stand well above the noise show the order.
#[track_caller]
fn assert_order(place: &str, remainders: &[f64], noise: f64, order: f64) {
    let clear = remainders.iter().take_while(|remainder| **remainder > 10.0 * noise).count();
    assert!(clear >= 3, "{place}: only {clear} remainders above rounding: {remainders:?}");
    for pair in remainders[clear - 3..clear].windows(2) {
        let measured = (pair[0] / pair[1]).log2();
        assert!((measured - order).abs() < 0.3, "{place}: order {measured}, not {order}");
    }
}

/// Value, slope and curvature of a function of one variable, by jet and by nested dual.
fn expand(f: impl Function, x: f64) -> [[f64; 3]; 2] {
    let jet: Jet<f64, 1> = f.value(&[Jet::variable(x, 0)]);
    let nested: Dual<Dual<f64, 1>, 1> = f.value(&[Dual::variable(Dual::variable(x, 0), 0)]);
    let dual: Dual<f64, 1> = f.value(&[Dual::variable(x, 0)]);
    assert_same("slope", dual.x[0], nested.x[0].v);
    [[jet.v, jet.g[0], jet.h[0][0]], [nested.v.v, nested.x[0].v, nested.x[0].x[0]]]
}

struct Power(i32);
impl Function for Power {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        x[0].powi(self.0)
    }
}

struct RealPower(f64);
impl Function for RealPower {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        x[0].powf(self.0)
    }
}

/// At 0 a careless rule multiplies 0 by an infinite power.
#[test]
fn whole_powers_at_zero_have_their_derivatives() {
    let exact = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0; 3], [0.0; 3]];
    for (n, exact) in (0..).zip(exact) {
        for zero in [0.0, -0.0] {
            assert_eq!(expand(Power(n), zero), [exact; 2], "powi({n})");
            assert_eq!(expand(RealPower(f64::from(n)), zero), [exact; 2], "powf({n})");
        }
    }
}

struct Magnitude;
impl Function for Magnitude {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        x[0].abs()
    }
}

#[test]
fn abs_at_zero_is_that_of_the_right_branch() {
    assert_eq!(expand(Magnitude, 0.0), [[0.0, 1.0, 0.0]; 2]);
    assert_eq!(expand(Magnitude, -0.0), [[0.0, 1.0, 0.0]; 2]);
    assert_eq!(expand(Magnitude, -2.0), [[2.0, -1.0, 0.0]; 2]);
}

/// `x ln x` for x >= 0, else x²: of the logarithm of a negative number nothing may be seen.
struct Branches;
impl Function for Branches {
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        x[0].select(x[0] * x[0].ln(), x[0] * x[0])
    }
}

#[test]
fn select_follows_the_taken_branch_only() {
    assert_eq!(expand(Branches, 1.0), [[0.0, 1.0, 1.0]; 2]);
    assert_eq!(expand(Branches, -3.0), [[9.0, -6.0, 2.0]; 2]);

    // NaN is not >= 0: the other branch.
    let nan = f64::NAN;
    assert_eq!(Scalar::select(nan, 1.0, 2.0), 2.0);
    let variable = Jet::<f64, 1>::variable(5.0, 0);
    let picked = Jet::constant(nan).select(variable, variable * 3.0);
    assert_eq!((picked.v, picked.g[0]), (15.0, 3.0));
    let variable = Dual::<f64, 1>::variable(5.0, 0);
    let picked = Dual::constant(nan).select(variable, variable * 3.0);
    assert_eq!((picked.v, picked.x[0]), (15.0, 3.0));
}
