//! Sums of products that keep what rounding drops.

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};

/// `a + b` as a rounded sum and what the rounding dropped, exactly (Knuth).
#[inline(always)]
pub(super) fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let of_b = sum - a;
    (sum, (a - (sum - of_b)) + (b - of_b))
}

/// `a b` as a rounded product and what the rounding dropped, exactly while nothing over- or underflows (Dekker).
#[inline(always)]
pub(super) fn two_product(a: f64, b: f64) -> (f64, f64) {
    let product = a * b;
    let ((a, a_low), (b, b_low)) = (halves(a), halves(b));
    (product, ((a * b - product) + a * b_low + a_low * b) + a_low * b_low)
}

/// The upper 26 bits, and the rest.
#[inline(always)]
fn halves(a: f64) -> (f64, f64) {
    const SPLITTER: f64 = 134_217_729.0; // 2²⁷ + 1
    let shifted = SPLITTER * a;
    let upper = shifted - (shifted - a);
    (upper, a - upper)
}

/// A matrix as an unevaluated sum of two, some 106 bits of it.
#[derive(Clone, Debug)]
pub(super) struct Compensated<N: Dim, M: Dim>
where
    DefaultAllocator: Allocator<N, M>,
{
    /// The larger part.
    pub sum: OMatrix<f64, N, M>,
    /// What rounding dropped from it.
    pub rest: OMatrix<f64, N, M>,
}

impl<N: Dim, M: Dim> Compensated<N, M>
where
    DefaultAllocator: Allocator<N, M>,
{
    pub fn new(sum: OMatrix<f64, N, M>) -> Self {
        let rest = sum.map(|_| 0.0);
        Compensated { sum, rest }
    }

    /// The matrix, rounded once.
    pub fn rounded(&self) -> OMatrix<f64, N, M> {
        &self.sum + &self.rest
    }

    pub fn transpose(&self) -> Compensated<M, N>
    where
        DefaultAllocator: Allocator<M, N>,
    {
        Compensated { sum: self.sum.transpose(), rest: self.rest.transpose() }
    }

    pub fn add(&mut self, other: &OMatrix<f64, N, M>) {
        for ((sum, rest), &other) in self.sum.iter_mut().zip(self.rest.iter_mut()).zip(other.iter()) {
            let (new, dropped) = two_sum(*sum, other);
            (*sum, *rest) = (new, *rest + dropped);
        }
    }

    pub fn add_compensated(&mut self, other: &Compensated<N, M>) {
        self.add(&other.sum);
        self.rest += &other.rest;
    }

    /// Adds `a b`; each product and each sum exact but for what is dropped from `rest`.
    pub fn add_product<K: Dim>(&mut self, a: &OMatrix<f64, N, K>, b: &OMatrix<f64, K, M>)
    where
        DefaultAllocator: Allocator<N, K> + Allocator<K, M>,
    {
        let (rows, inner) = a.shape();
        add_product(rows, inner, a.as_slice(), b.as_slice(), self.sum.as_mut_slice(), self.rest.as_mut_slice());
    }

    /// Adds `a b` where `a` is itself compensated.
    pub fn add_left_compensated<K: Dim>(&mut self, a: &Compensated<N, K>, b: &OMatrix<f64, K, M>)
    where
        DefaultAllocator: Allocator<N, K> + Allocator<K, M>,
    {
        self.add_product(&a.sum, b);
        self.rest += &a.rest * b;
    }

    /// Adds `a b` where `b` is itself compensated.
    pub fn add_right_compensated<K: Dim>(&mut self, a: &OMatrix<f64, N, K>, b: &Compensated<K, M>)
    where
        DefaultAllocator: Allocator<N, K> + Allocator<K, M>,
    {
        self.add_product(a, &b.sum);
        self.rest += a * &b.rest;
    }
}

/// Columns of `sum + rest`, `rows` long, get `a b` added; all of it by columns.
fn add_product(rows: usize, inner: usize, a: &[f64], b: &[f64], sum: &mut [f64], rest: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    if crate::cpu::has_wide_vectors() {
        // SAFETY: the processor has what the function asks for.
        return unsafe { add_product_in_wide_vectors(rows, inner, a, b, sum, rest) };
    }
    add_product_column_by_column(rows, inner, a, b, sum, rest);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_product_in_wide_vectors(rows: usize, inner: usize, a: &[f64], b: &[f64], sum: &mut [f64], rest: &mut [f64]) {
    add_product_column_by_column(rows, inner, a, b, sum, rest);
}

#[inline(always)]
fn add_product_column_by_column(rows: usize, inner: usize, a: &[f64], b: &[f64], sum: &mut [f64], rest: &mut [f64]) {
    if rows == 0 || inner == 0 {
        return;
    }
    for ((sum, rest), b) in sum.chunks_exact_mut(rows).zip(rest.chunks_exact_mut(rows)).zip(b.chunks_exact(inner)) {
        for (a, &b) in a.chunks_exact(rows).zip(b) {
            for ((sum, rest), &a) in sum.iter_mut().zip(rest.iter_mut()).zip(a) {
                let (product, dropped) = two_product(a, b);
                let (new, dropped_too) = two_sum(*sum, product);
                *sum = new;
                *rest += dropped + dropped_too;
            }
        }
    }
}
