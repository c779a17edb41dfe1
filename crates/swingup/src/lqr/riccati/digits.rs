//! The numbers in which an equation is solved first: plain ones, and such of twice as many digits where these do not do.

use core::fmt::Debug;
use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};
use num_traits::{One, Zero};

use super::compensated::{two_product, two_sum};

/// `f64`, or [`DoubleDouble`].
pub(super) trait Digits:
    Copy
    + Debug
    + PartialOrd
    + Zero
    + One
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
    + Sub<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// Distance from 1 to the next larger number.
    const EPSILON: f64;
    fn new(value: f64) -> Self;
    /// The nearest double.
    fn rounded(self) -> f64;

    /// `c = a b`, all by columns, `c` with columns of `rows`, `b` with columns of `inner`.
    #[inline(always)]
    fn product(rows: usize, inner: usize, a: &[Self], b: &[Self], c: &mut [Self]) {
        c.fill(Self::zero());
        if inner == 0 {
            return;
        }
        for (c, b) in c.chunks_exact_mut(rows).zip(b.chunks_exact(inner)) {
            for (a, &b) in a.chunks_exact(rows).zip(b) {
                for (c, &a) in c.iter_mut().zip(a) {
                    *c += a * b;
                }
            }
        }
    }

    /// `m⁻¹ b` for each `b`, all by columns of `n`, in place; m is overwritten.
    #[inline(always)]
    fn eliminate(n: usize, m: &mut [Self], right: &mut [&mut [Self]]) -> bool {
        eliminate_column_by_column(n, m, right)
    }
}

impl Digits for f64 {
    const EPSILON: f64 = f64::EPSILON;
    #[inline(always)]
    fn new(value: f64) -> Self {
        value
    }
    #[inline(always)]
    fn rounded(self) -> f64 {
        self
    }
    #[inline(always)]
    fn product(rows: usize, inner: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
        #[cfg(target_arch = "x86_64")]
        if rows >= 8 && crate::cpu::has_wide_vectors() {
            // SAFETY: the processor has what the function asks for.
            return unsafe { product_in_wide_vectors(rows, inner, a, b, c) };
        }
        product_in_tiles(rows, inner, a, b, c);
    }
    #[inline(always)]
    fn eliminate(n: usize, m: &mut [f64], right: &mut [&mut [f64]]) -> bool {
        #[cfg(target_arch = "x86_64")]
        if n >= 8 && crate::cpu::has_wide_vectors() {
            // SAFETY: the processor has what the function asks for.
            return unsafe { eliminate_in_wide_vectors(n, m, right) };
        }
        eliminate_column_by_column(n, m, right)
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn product_in_wide_vectors(rows: usize, inner: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    product_in_tiles(rows, inner, a, b, c);
}

/// Eight rows and four columns at a time, which stay in registers; the sums in the order of the formula.
#[inline(always)]
fn product_in_tiles(rows: usize, inner: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    const WIDE: usize = 4;
    if inner == 0 || rows == 0 {
        return c.fill(0.0);
    }
    let (mut b, mut c) = (b.chunks_exact(WIDE * inner), c.chunks_exact_mut(WIDE * rows));
    for (b, c) in b.by_ref().zip(c.by_ref()) {
        columns::<WIDE>(rows, inner, a, b, c);
    }
    for (b, c) in b.remainder().chunks_exact(inner).zip(c.into_remainder().chunks_exact_mut(rows)) {
        columns::<1>(rows, inner, a, b, c);
    }
}

/// WIDE columns of c and b, by rows of eight, four and one.
#[inline(always)]
fn columns<const WIDE: usize>(rows: usize, inner: usize, a: &[f64], b: &[f64], c: &mut [f64]) {
    let mut from = 0;
    while from + 8 <= rows {
        tile::<8, WIDE>(from, rows, inner, a, b, c);
        from += 8;
    }
    if from + 4 <= rows {
        tile::<4, WIDE>(from, rows, inner, a, b, c);
        from += 4;
    }
    while from < rows {
        tile::<1, WIDE>(from, rows, inner, a, b, c);
        from += 1;
    }
}

/// Rows `from..from + HIGH` of WIDE columns.
#[inline(always)]
fn tile<const HIGH: usize, const WIDE: usize>(
    from: usize,
    rows: usize,
    inner: usize,
    a: &[f64],
    b: &[f64],
    c: &mut [f64],
) {
    let mut tile = [[0.0; HIGH]; WIDE];
    let b: [&[f64]; WIDE] = core::array::from_fn(|w| &b[w * inner..][..inner]);
    for (l, a) in a.chunks_exact(rows).take(inner).enumerate() {
        let a: &[f64; HIGH] = a[from..][..HIGH].try_into().expect("a slice of that length");
        for (tile, b) in tile.iter_mut().zip(b) {
            for (tile, a) in tile.iter_mut().zip(a) {
                *tile += a * b[l];
            }
        }
    }
    for (c, tile) in c.chunks_exact_mut(rows).zip(&tile) {
        c[from..][..HIGH].copy_from_slice(tile);
    }
}

/// `a b`.
#[inline(always)]
pub(super) fn product<R: Digits, N: Dim, K: Dim, M: Dim>(a: &OMatrix<R, N, K>, b: &OMatrix<R, K, M>) -> OMatrix<R, N, M>
where
    DefaultAllocator: Allocator<N, K> + Allocator<K, M> + Allocator<N, M>,
{
    let (rows, inner) = a.shape_generic();
    let mut c = OMatrix::<R, N, M>::repeat_generic(rows, b.shape_generic().1, R::zero());
    if !c.is_empty() {
        R::product(rows.value(), inner.value(), a.as_slice(), b.as_slice(), c.as_mut_slice());
    }
    c
}

/// `m⁻¹ b` for each `b`, by elimination with partial pivoting; `false` when a pivot is zero or not finite.
#[inline(always)]
pub(super) fn eliminate<R: Digits, N: Dim>(mut m: OMatrix<R, N, N>, right: &mut [&mut [R]]) -> bool
where
    DefaultAllocator: Allocator<N, N>,
{
    R::eliminate(m.nrows(), m.as_mut_slice(), right)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn eliminate_in_wide_vectors(n: usize, m: &mut [f64], right: &mut [&mut [f64]]) -> bool {
    eliminate_column_by_column(n, m, right)
}

/// Its loops are plain ones: what an iterator's own `for_each` does would be compiled apart, without the wide vectors.
#[inline(always)]
fn eliminate_column_by_column<R: Digits>(n: usize, m: &mut [R], right: &mut [&mut [R]]) -> bool {
    for k in 0..n {
        let mut best = k;
        for i in k + 1..n {
            if size(m[k * n + i]) > size(m[k * n + best]) {
                best = i;
            }
        }
        let pivot = R::one() / m[k * n + best];
        if !pivot.rounded().is_finite() {
            return false;
        }
        let (done, ahead) = m.split_at_mut((k + 1) * n);
        let factors = &mut done[k * n..];
        factors.swap(k, best);
        factors[k] = pivot;
        for l in &mut factors[k + 1..] {
            *l *= pivot;
        }
        let below = |column: &mut [R]| {
            column.swap(k, best);
            let u = column[k];
            for (value, &l) in column[k + 1..].iter_mut().zip(&factors[k + 1..]) {
                *value -= l * u;
            }
        };
        for column in ahead.chunks_exact_mut(n) {
            below(column);
        }
        for right in right.iter_mut() {
            for column in right.chunks_exact_mut(n) {
                below(column);
            }
        }
    }
    for k in (0..n).rev() {
        let u = &m[k * n..(k + 1) * n];
        for right in right.iter_mut() {
            for column in right.chunks_exact_mut(n) {
                let x = column[k] * u[k];
                column[k] = x;
                for (value, &u) in column[..k].iter_mut().zip(u) {
                    *value -= u * x;
                }
            }
        }
    }
    true
}

#[inline(always)]
pub(super) fn size<R: Digits>(value: R) -> R {
    if value < R::zero() { -value } else { value }
}

/// An unevaluated sum of two doubles, the second at most half a unit in the last place of the first: 106 bits.
///
/// Sums and products after Dekker 1971 and Knuth; the relative error of one operation is below 2⁻¹⁰².
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(super) struct DoubleDouble(f64, f64);

#[inline(always)]
fn renormalized(high: f64, low: f64) -> DoubleDouble {
    let sum = high + low;
    DoubleDouble(sum, low - (sum - high))
}

impl Add for DoubleDouble {
    type Output = Self;
    #[inline(always)]
    fn add(self, b: Self) -> Self {
        let (sum, dropped) = two_sum(self.0, b.0);
        let (low, lowest) = two_sum(self.1, b.1);
        let DoubleDouble(sum, dropped) = renormalized(sum, dropped + low);
        renormalized(sum, dropped + lowest)
    }
}

impl Mul for DoubleDouble {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let (product, dropped) = two_product(self.0, b.0);
        renormalized(product, dropped + (self.0 * b.1 + self.1 * b.0))
    }
}

impl Div for DoubleDouble {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let first = DoubleDouble(self.0 / b.0, 0.0);
        let left = self - first * b;
        let second = DoubleDouble(left.0 / b.0, 0.0);
        let third = DoubleDouble((left - second * b).0 / b.0, 0.0);
        first + second + third
    }
}

impl Neg for DoubleDouble {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        DoubleDouble(-self.0, -self.1)
    }
}

impl Sub for DoubleDouble {
    type Output = Self;
    #[inline(always)]
    fn sub(self, b: Self) -> Self {
        self + -b
    }
}

macro_rules! assign {
    ($($trait:ident $assign:ident $operator:tt),*) => {$(
        impl $trait for DoubleDouble {
            #[inline(always)]
            fn $assign(&mut self, b: Self) {
                *self = *self $operator b;
            }
        }
    )*};
}
assign!(AddAssign add_assign +, SubAssign sub_assign -, MulAssign mul_assign *, DivAssign div_assign /);

impl Zero for DoubleDouble {
    fn zero() -> Self {
        DoubleDouble(0.0, 0.0)
    }
    fn is_zero(&self) -> bool {
        self.0 == 0.0
    }
}

impl One for DoubleDouble {
    fn one() -> Self {
        DoubleDouble(1.0, 0.0)
    }
}

impl Digits for DoubleDouble {
    const EPSILON: f64 = f64::EPSILON * f64::EPSILON;
    fn new(value: f64) -> Self {
        DoubleDouble(value, 0.0)
    }
    fn rounded(self) -> f64 {
        self.0
    }
}
