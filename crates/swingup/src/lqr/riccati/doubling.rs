//! The stabilizing solution of a Riccati equation, by doubling.

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};

use super::digits::{Digits, eliminate, product};
use super::smith::{cayley, shifted_inverse, squared_norm};
use crate::lqr::{Lq, Sizes, Time};

/// X to what rounding and the problem's condition leave of it; `None` when the recursion breaks down or does not settle.
///
/// Continuous time becomes discrete time by `W = (1 - A)⁻¹`, which keeps X:
/// ```text
/// A ← 2W - 1    B ← WB    Q ← 4W'QW    S ← 2W'(QWB + S)    R ← R + S'WB + B'W'S + B'W'QWB    X ← 2X
/// ```
/// `lifted`, the recursion in time begins with the cost 1 of each state instead of none: `X = 1 + Y`, for which `R ← R + B'B`,
/// `S ← S + A'B`, `Q ← Q + A'A - 1`. It is needed where R is singular, and where the cost does not see a mode that grows. With
/// `A ← A - BR⁻¹S'`, `G = BR⁻¹B'`, `H = Q - SR⁻¹S'` the equation is `X = H + A'X(1 + GX)⁻¹A`, and (Chu, Fan, Lin 2005)
/// ```text
/// H ← H + A'H(1 + GH)⁻¹A    G ← G + A(1 + GH)⁻¹GA'    A ← A(1 + GH)⁻¹A
/// ```
/// gives in H what 2, 4, 8, .. steps of the recursion in time would.
#[inline(always)]
pub(super) fn solve<R: Digits, N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time, lifted: bool) -> Option<OMatrix<R, N, N>>
where
    DefaultAllocator: Sizes<N, M>,
{
    let mut a = lq.a.map(R::new);
    let mut b = lq.b.map(R::new);
    let mut q = lq.q.map(R::new);
    let mut r = lq.r.map(R::new);
    let mut s = lq.s.map(R::new);
    let mut unit = R::one();
    if time == Time::Continuous {
        let w = shifted_inverse(&a, R::one())?;
        let across = w.transpose();
        (a, b) = (cayley(&w, R::one()), product(&w, &b));
        let qb = product(&q, &b);
        let sb = product(&s.transpose(), &b);
        r += &sb + sb.transpose() + product(&b.transpose(), &qb);
        let two = R::new(2.0);
        s = product(&across, &(qb + s)) * two;
        q = product(&across, &product(&q, &w)) * (two * two);
        unit = two;
    }
    let (n, _) = a.shape_generic();
    let one = OMatrix::<R, N, N>::identity_generic(n, n);
    if lifted {
        let across = a.transpose();
        s += product(&across, &b);
        q += product(&across, &a) - &one;
        r += product(&b.transpose(), &b);
    }
    let mut x = double(a, &b, q, r, &s)?;
    if lifted {
        x += one;
    }
    Some(x / unit)
}

#[inline(always)]
fn double<R: Digits, N: Dim, M: Dim>(
    mut a: OMatrix<R, N, N>,
    b: &OMatrix<R, N, M>,
    q: OMatrix<R, N, N>,
    r: OMatrix<R, M, M>,
    s: &OMatrix<R, N, M>,
) -> Option<OMatrix<R, N, N>>
where
    DefaultAllocator: Sizes<N, M>,
{
    const DOUBLINGS: usize = 64;
    let (mut per_b, mut per_s) = (b.transpose(), s.transpose());
    if !eliminate(r, &mut [per_b.as_mut_slice(), per_s.as_mut_slice()]) {
        return None;
    }
    a -= product(b, &per_s);
    let mut g = product(b, &per_b);
    let mut h = q - product(s, &per_s);
    let (n, _) = a.shape_generic();
    let one = OMatrix::<R, N, N>::identity_generic(n, n);
    for _ in 0..DOUBLINGS {
        let (mut next_a, mut next_g) = (a.clone(), g.clone());
        if !eliminate(&one + product(&g, &h), &mut [next_a.as_mut_slice(), next_g.as_mut_slice()]) {
            return None;
        }
        let across = a.transpose();
        let gained = product(&across, &product(&h, &next_a));
        h += &gained;
        symmetrize(&mut h);
        let (change, all) = (squared_norm(&gained), squared_norm(&h));
        if !all.is_finite() {
            return None;
        }
        // It converges quadratically: the next change is a rounding.
        if change <= R::EPSILON * 1e-2 * all {
            return Some(h);
        }
        g += product(&a, &product(&next_g, &across));
        symmetrize(&mut g);
        a = product(&a, &next_a);
    }
    None
}

/// Rounding must not make it lean: the recursion would amplify that.
#[inline(always)]
pub(super) fn symmetrize<R: Digits, N: Dim>(m: &mut OMatrix<R, N, N>)
where
    DefaultAllocator: Allocator<N, N>,
{
    let half = R::new(0.5);
    for j in 0..m.ncols() {
        for i in 0..j {
            let mean = (m[(i, j)] + m[(j, i)]) * half;
            m[(i, j)] = mean;
            m[(j, i)] = mean;
        }
    }
}
