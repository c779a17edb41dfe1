//! The stabilizing solution of a Riccati equation, by doubling.

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};

use super::digits::{Digits, eliminate, product};
use super::smith::{cayley, shifted_inverse, squared_norm};
use crate::lqr::{Lq, Sizes, Time};

/// The data of a problem, in any digits.
pub(super) struct Data<R: Digits, N: Dim, M: Dim>
where
    DefaultAllocator: Sizes<N, M>,
{
    a: OMatrix<R, N, N>,
    b: OMatrix<R, N, M>,
    q: OMatrix<R, N, N>,
    r: OMatrix<R, M, M>,
    s: OMatrix<R, N, M>,
}

/// A problem whose control is eliminated: `A - BR⁻¹S'`, `G = BR⁻¹B'`, `H = Q - SR⁻¹S'`.
pub(super) struct Eliminated<R: Digits, N: Dim>
where
    DefaultAllocator: Allocator<N, N>,
{
    pub a: OMatrix<R, N, N>,
    pub g: OMatrix<R, N, N>,
    pub h: OMatrix<R, N, N>,
}

impl<R: Digits, N: Dim, M: Dim> Data<R, N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    #[inline(always)]
    pub fn of(lq: &Lq<N, M>) -> Self {
        let Lq { a, b, q, r, s } = lq;
        Data { a: a.map(R::new), b: b.map(R::new), q: q.map(R::new), r: r.map(R::new), s: s.map(R::new) }
    }

    /// The problem in discrete time with twice the X: with `W = (1 - A)⁻¹`
    /// ```text
    /// A ← 2W - 1    B ← WB    Q ← 4W'QW    S ← 2W'(QWB + S)    R ← R + S'WB + B'W'S + B'W'QWB
    /// ```
    /// `None` when A has the eigenvalue 1.
    #[inline(always)]
    fn in_steps(self) -> Option<Self> {
        let Data { a, b, q, r, s } = self;
        let (w, two) = (shifted_inverse(&a, R::one())?, R::new(2.0));
        let across = w.transpose();
        let b = product(&w, &b);
        let qb = product(&q, &b);
        let sb = product(&s.transpose(), &b);
        Some(Data {
            a: cayley(&w, R::one()),
            r: r + &sb + sb.transpose() + product(&b.transpose(), &qb),
            s: product(&across, &(qb + s)) * two,
            q: product(&across, &product(&q, &w)) * (two * two),
            b,
        })
    }

    /// The discrete problem for Y with `X = 1 + Y`: `R ← R + B'B`, `S ← S + A'B`, `Q ← Q + A'A - 1`.
    ///
    /// It has the same gain, and an R that can be inverted unless a control has no effect.
    #[inline(always)]
    pub fn lifted(self) -> Self {
        let Data { a, b, q, r, s } = self;
        let (n, _) = a.shape_generic();
        let across = a.transpose();
        let q = q + product(&across, &a) - OMatrix::<R, N, N>::identity_generic(n, n);
        let (s, r) = (s + product(&across, &b), r + product(&b.transpose(), &b));
        Data { a, b, q, r, s }
    }

    /// `None` when R is singular.
    #[inline(always)]
    pub fn eliminated(self) -> Option<Eliminated<R, N>> {
        let Data { a, b, q, r, s } = self;
        let (mut per_b, mut per_s) = (b.transpose(), s.transpose());
        let done = eliminate(r, &mut [per_b.as_mut_slice(), per_s.as_mut_slice()]);
        done.then(|| Eliminated { a: a - product(&b, &per_s), g: product(&b, &per_b), h: q - product(&s, &per_s) })
    }
}

/// X to what rounding and the problem's condition leave of it; `None` when the recursion breaks down or does not settle.
///
/// In discrete time and without controls the equation is `X = H + A'X(1 + GX)⁻¹A`, and (Chu, Fan, Lin 2005)
/// ```text
/// H ← H + A'H(1 + GH)⁻¹A    G ← G + A(1 + GH)⁻¹GA'    A ← A(1 + GH)⁻¹A
/// ```
/// gives in H what 2, 4, 8, .. steps of the recursion in time would. That begins with no cost at the end, or, `lifted`, with the
/// cost 1 of each state: needed where R is singular, and where the cost does not see a mode that grows.
#[inline(always)]
pub(super) fn solve<R: Digits, N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time, lifted: bool) -> Option<OMatrix<R, N, N>>
where
    DefaultAllocator: Sizes<N, M>,
{
    let (n, _) = lq.a.shape_generic();
    let mut data = Data::<R, N, M>::of(lq);
    if time == Time::Continuous {
        data = data.in_steps()?;
    }
    if lifted {
        data = data.lifted();
    }
    let mut x = double(data.eliminated()?)?;
    if lifted {
        x += OMatrix::<R, N, N>::identity_generic(n, n);
    }
    Some(if time == Time::Continuous { x * R::new(0.5) } else { x })
}

#[inline(always)]
fn double<R: Digits, N: Dim>(problem: Eliminated<R, N>) -> Option<OMatrix<R, N, N>>
where
    DefaultAllocator: Allocator<N, N>,
{
    const DOUBLINGS: usize = 64;
    let Eliminated { mut a, mut g, mut h } = problem;
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
