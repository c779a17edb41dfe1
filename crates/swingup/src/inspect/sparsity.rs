//! Sparsity: what a function depends on, and with which pairs of its arguments it bends.

use alloc::vec::Vec;
use core::ops::{Add, Div, Mul, Neg, Sub};

use crate::{Function, Scalar};

const MOST: usize = Sparsity::MOST;

/// A number that has no value, only a structure: bit `i` of `depends` says that it may change with argument `i`, bit `j`
/// of `bends[i]` that its second derivative in `i` and `j` may differ from zero.
///
/// The structure holds at every point: both branches of a [`select`](Scalar::select) count, and a product with a constant zero
/// is still a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sparsity {
    depends: u64,
    bends: [u64; MOST],
    /// Does its slope jump somewhere?
    kinked: bool,
}

impl Sparsity {
    /// Arguments that one reading can tell apart.
    pub const MOST: usize = 64;

    /// Argument `i`.
    ///
    /// # Panics
    /// When `i >= 64`.
    pub fn variable(i: usize) -> Self {
        assert!(i < MOST, "argument {i} of at most {MOST}");
        Sparsity { depends: 1 << i, bends: [0; MOST], kinked: false }
    }

    /// Arguments `first`, `first + 1`, ..
    ///
    /// # Panics
    /// When there are more than 64 arguments.
    pub fn variables<const N: usize>(first: usize) -> [Self; N] {
        core::array::from_fn(|i| Self::variable(first + i))
    }

    /// May it change with argument `i`?
    pub fn depends_on(&self, i: usize) -> bool {
        i < MOST && self.depends >> i & 1 == 1
    }

    /// May its second derivative in arguments `i` and `j` differ from zero?
    pub fn bends_with(&self, i: usize, j: usize) -> bool {
        i < MOST && j < MOST && self.bends[i] >> j & 1 == 1
    }

    /// Is it linear in all arguments?
    pub(crate) fn is_linear(&self) -> bool {
        !self.kinked && self.bends == [0; MOST]
    }

    /// Does it change with no argument?
    pub(crate) fn is_constant(&self) -> bool {
        self.depends == 0
    }

    fn with_pairs(mut self, rows: u64, columns: u64) -> Self {
        for i in 0..MOST {
            if rows >> i & 1 == 1 {
                self.bends[i] |= columns;
            }
            if columns >> i & 1 == 1 {
                self.bends[i] |= rows;
            }
        }
        self
    }

    fn union(mut self, b: Self) -> Self {
        self.depends |= b.depends;
        self.kinked |= b.kinked;
        for i in 0..MOST {
            self.bends[i] |= b.bends[i];
        }
        self
    }

    /// `f(self)` for a bent f.
    fn bent(self) -> Self {
        self.with_pairs(self.depends, self.depends)
    }
}

impl Scalar for Sparsity {
    fn sin_cos(self) -> (Self, Self) {
        (self.bent(), self.bent())
    }
    fn exp(self) -> Self {
        self.bent()
    }
    fn ln(self) -> Self {
        self.bent()
    }
    fn sqrt(self) -> Self {
        self.bent()
    }
    fn powi(self, n: i32) -> Self {
        match n {
            0 => Self::from(1.0),
            1 => self,
            _ => self.bent(),
        }
    }
    fn powf(self, p: f64) -> Self {
        if p == 0.0 || p == 1.0 { self.powi(p as i32) } else { self.bent() }
    }
    fn tanh(self) -> Self {
        self.bent()
    }
    fn atan2(self, x: Self) -> Self {
        self.union(x).bent()
    }
    fn abs(self) -> Self {
        Sparsity { kinked: true, ..self }
    }
    fn wrap(self) -> Self {
        self
    }
    fn select(self, then: Self, otherwise: Self) -> Self {
        Sparsity { kinked: true, ..then.union(otherwise) }
    }
}

impl From<f64> for Sparsity {
    fn from(_: f64) -> Self {
        Sparsity { depends: 0, bends: [0; MOST], kinked: false }
    }
}

impl Neg for Sparsity {
    type Output = Self;
    fn neg(self) -> Self {
        self
    }
}

impl Add for Sparsity {
    type Output = Self;
    fn add(self, b: Self) -> Self {
        self.union(b)
    }
}

impl Sub for Sparsity {
    type Output = Self;
    fn sub(self, b: Self) -> Self {
        self.union(b)
    }
}

impl Mul for Sparsity {
    type Output = Self;
    fn mul(self, b: Self) -> Self {
        self.union(b).with_pairs(self.depends, b.depends)
    }
}

impl Div for Sparsity {
    type Output = Self;
    fn div(self, b: Self) -> Self {
        // a/b bends with b alone, and with every pair of an argument of a and one of b.
        self.union(b.bent()).with_pairs(self.depends, b.depends)
    }
}

impl Add<f64> for Sparsity {
    type Output = Self;
    fn add(self, _: f64) -> Self {
        self
    }
}

impl Sub<f64> for Sparsity {
    type Output = Self;
    fn sub(self, _: f64) -> Self {
        self
    }
}

impl Mul<f64> for Sparsity {
    type Output = Self;
    fn mul(self, _: f64) -> Self {
        self
    }
}

impl Div<f64> for Sparsity {
    type Output = Self;
    fn div(self, _: f64) -> Self {
        self
    }
}

/// Where a Hessian may differ from zero: the pairs `(i, j)` with `i <= j`, sorted, and the arguments that occur in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    pairs: Vec<(usize, usize)>,
    bent: Vec<usize>,
}

impl Pattern {
    /// The pattern of the sum of these outputs, of `n` arguments.
    pub fn of(outputs: &[Sparsity], n: usize) -> Self {
        let bends = |i, j| outputs.iter().any(|output| output.bends_with(i, j));
        let pairs: Vec<_> = (0..n).flat_map(|i| (i..n).map(move |j| (i, j))).filter(|&(i, j)| bends(i, j)).collect();
        let bent = (0..n).filter(|&i| pairs.iter().any(|&(a, b)| a == i || b == i)).collect();
        Pattern { pairs, bent }
    }

    /// The pattern of the sum of the outputs that `read` gives, of `n` arguments; all pairs where they are too many to tell apart.
    pub(crate) fn read<O: AsRef<[Sparsity]>>(n: usize, read: impl FnOnce() -> O) -> Self {
        if n > MOST { Self::full(n) } else { Self::of(read().as_ref(), n) }
    }

    /// Every pair of `n` arguments.
    pub fn full(n: usize) -> Self {
        Pattern { pairs: (0..n).flat_map(|i| (i..n).map(move |j| (i, j))).collect(), bent: (0..n).collect() }
    }

    /// Pairs `(i, j)`, `i <= j`, whose second derivative may differ from zero.
    pub fn pairs(&self) -> &[(usize, usize)] {
        &self.pairs
    }

    /// The arguments that enter other than linearly.
    pub fn bent(&self) -> &[usize] {
        &self.bent
    }

    /// The largest `j - i`: the half-bandwidth of the Hessian.
    pub fn half_bandwidth(&self) -> usize {
        self.pairs.iter().map(|(i, j)| j - i).max().unwrap_or(0)
    }
}

/// The pattern of the Hessian of `f`, a function of `n <= 64` arguments, whatever their values.
///
/// # Panics
/// When `n > 64`.
pub fn sparsity<F: Function + ?Sized>(f: &F, n: usize) -> Pattern {
    let x: Vec<Sparsity> = (0..n).map(Sparsity::variable).collect();
    Pattern::of(&[f.value(&x)], n)
}
