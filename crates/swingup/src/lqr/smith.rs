//! Lyapunov equations of a decaying matrix, summed by squaring.

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};

use super::Time;
use super::balance::binary_root;
use super::digits::{Digits, eliminate, product};

/// Solves `A'X + XA + C = 0` (continuous) or `A'XA - X + C = 0` (discrete) for each C, in place; `false` when A does not
/// decay, or too slowly to be told from one that does not.
///
/// The second is `X = Σ A'^i C A^i`, which doubles its terms with each squaring of A (Smith 1968). The first becomes the
/// second with `W = (γ - A)⁻¹`: `A ← 2γW - 1`, `C ← 2γ W'CW`, and the same X. The sum ends when what is left of it is below
/// rounding, which proves that A decays.
#[inline(always)]
pub(super) fn smith<R: Digits, N: Dim>(time: Time, a: &OMatrix<R, N, N>, rights: &mut [OMatrix<R, N, N>]) -> bool
where
    DefaultAllocator: Allocator<N, N>,
{
    const SQUARINGS: usize = 64;
    let mut power = a.clone();
    if time == Time::Continuous {
        let rate = R::new(middle_rate(a));
        let Some((transformed, w)) = cayley(a, rate) else { return false };
        for c in rights.iter_mut() {
            *c = product(&w.transpose(), &product(c, &w)) * (rate + rate);
        }
        power = transformed;
    }
    for _ in 0..SQUARINGS {
        let left = squared_norm(&power);
        if !left.is_finite() {
            return false;
        }
        if left <= R::EPSILON / 8.0 {
            return rights.iter().all(|c| squared_norm(c).is_finite());
        }
        let transposed = power.transpose();
        for c in rights.iter_mut() {
            *c += product(&transposed, &product(c, &power));
        }
        power = product(&power, &power);
    }
    false
}

/// A power of two near `√(|A|/|A⁻¹|)`, the geometric mean of A's largest and smallest rates.
///
/// `(γ + λ)/(γ - λ)` is as far inside the unit circle for a pole of the one as for one of the other. With |A| itself the slow poles
/// stay near the circle, and there are up to twice as many squarings.
#[inline(always)]
fn middle_rate<R: Digits, N: Dim>(a: &OMatrix<R, N, N>) -> f64
where
    DefaultAllocator: Allocator<N, N>,
{
    let (n, _) = a.shape_generic();
    let mut inverse = OMatrix::<R, N, N>::identity_generic(n, n);
    let largest = squared_norm(a);
    if !eliminate(a.clone(), &mut [inverse.as_mut_slice()]) {
        return binary_root(largest);
    }
    // The power of two below √2 times as much is the one nearest.
    binary_root(2.0 * libm::sqrt(largest / squared_norm(&inverse)))
}

/// Two square matrices.
type Pair<R, N> = (OMatrix<R, N, N>, OMatrix<R, N, N>);

/// `2γW - 1` and `W = (γ - A)⁻¹`; none when γ is an eigenvalue of A.
#[inline(always)]
pub(super) fn cayley<R: Digits, N: Dim>(a: &OMatrix<R, N, N>, rate: R) -> Option<Pair<R, N>>
where
    DefaultAllocator: Allocator<N, N>,
{
    let (n, _) = a.shape_generic();
    let one = OMatrix::<R, N, N>::identity_generic(n, n);
    let mut w = one.clone();
    if !eliminate(&one * rate - a, &mut [w.as_mut_slice()]) {
        return None;
    }
    Some((&w * (rate + rate) - one, w))
}

/// Of the rounded entries, Frobenius.
#[inline(always)]
pub(super) fn squared_norm<R: Digits, N: Dim, M: Dim>(m: &OMatrix<R, N, M>) -> f64
where
    DefaultAllocator: Allocator<N, M>,
{
    m.iter().map(|v| v.rounded() * v.rounded()).sum()
}
