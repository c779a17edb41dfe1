//! A control that is held between samples: the exact motion and the exact cost from one sample to the next.

use libm::{frexp, ldexp};
use nalgebra::allocator::Allocator;
use nalgebra::{DMatrix, DefaultAllocator, Dim, OMatrix};

use crate::lqr::check::{checked, finite, shaped};
use crate::lqr::{Lq, Refusal, Sizes};

/// Zero-order hold: `x' = Ax + Bu` with u constant for `h` seconds moves x to `Ad x + Bd u`.
///
/// ```text
/// Ad = exp(Ah), N × N        Bd = ∫₀ʰ exp(At) dt B, N × M
/// ```
/// A need not be regular. A negative `h` goes back in time.
///
/// # Errors
/// [`Refusal::Shape`]; [`Refusal::NotFinite`], also where so much grows within `h` that no number holds it.
#[expect(clippy::type_complexity, reason = "a pair of matrices reads better than a name for it")]
pub fn zero_order_hold<N: Dim, M: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    h: f64,
) -> Result<(OMatrix<f64, N, N>, OMatrix<f64, N, M>), Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M>,
{
    let n = a.nrows();
    let f = generator(a, b, h)?;
    let (z, _) = hold(&f, &(&f * 0.0), n, h)?;
    Ok((shaped(a, |i, j| z[(i, j)]), shaped(b, |i, j| z[(i, n + j)])))
}

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The problem of a control that is held for `h` seconds at a time: the same motion and the same cost, as a sum.
    ///
    /// ```text
    /// ∫₀ʰ [x; u]' [Q S; S' R] [x; u] dt = [x₀; u]' [Qs Ss; Ss' Rs] [x₀; u],    x' = Ax + Bu, u constant
    /// ```
    /// A and B become those of [`zero_order_hold`], Q, S and R become Qs, Ss and Rs, which are not divided by `h`. A
    /// cross term arises even from S = 0: a control moves the state that is paid for before the next sample.
    ///
    /// Van Loan's one exponential of `[-F' W; 0 F]` forms exp(-F'h), which grows as fast as F decays, and cancels it
    /// again; so the integrals are summed for a short time and doubled, `W(2t) = W(t) + Z(t)'W(t)Z(t)`, which adds
    /// nothing but squares, however stiff A or long h is.
    ///
    /// Source of the integrals: Van Loan, Computing integrals involving the matrix exponential (1978).
    ///
    /// # Errors
    /// [`Refusal::Shape`]; [`Refusal::NotPositive`], of `h`; [`Refusal::NotFinite`], also where so much grows within `h` that no number
    /// holds it.
    pub fn sampled(&self, h: f64) -> Result<Self, Refusal> {
        if h <= 0.0 {
            return Err(Refusal::NotPositive { name: "h", value: h });
        }
        let (n, m) = (self.a.nrows(), self.b.ncols());
        let f = generator(&self.a, &self.b, h)?;
        let mut w = DMatrix::zeros(n + m, n + m);
        let s = checked("S", &self.s, (n, m))?;
        w.view_mut((0, 0), (n, n)).copy_from(&checked("Q", &self.q, (n, n))?);
        w.view_mut((0, n), (n, m)).copy_from(&s);
        w.view_mut((n, 0), (m, n)).copy_from(&s.transpose());
        w.view_mut((n, n), (m, m)).copy_from(&checked("R", &self.r, (m, m))?);
        let (z, w) = hold(&f, &w, n, h)?;
        Ok(Lq {
            a: shaped(&self.a, |i, j| z[(i, j)]),
            b: shaped(&self.b, |i, j| z[(i, n + j)]),
            // Rounding must not make a weight lean.
            q: shaped(&self.q, |i, j| 0.5 * (w[(i, j)] + w[(j, i)])),
            r: shaped(&self.r, |i, j| 0.5 * (w[(n + i, n + j)] + w[(n + j, n + i)])),
            s: shaped(&self.s, |i, j| 0.5 * (w[(i, n + j)] + w[(n + j, i)])),
        })
    }
}

/// `F = [A B; 0 0]`: the state and the held control move as `z' = Fz`.
fn generator<N: Dim, M: Dim>(a: &OMatrix<f64, N, N>, b: &OMatrix<f64, N, M>, h: f64) -> Result<DMatrix<f64>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M>,
{
    finite("h", h, (0, 0))?;
    let (n, m) = (a.nrows(), b.ncols());
    let mut f = DMatrix::zeros(n + m, n + m);
    f.view_mut((0, 0), (n, n)).copy_from(&checked("A", a, (n, n))?);
    f.view_mut((0, n), (n, m)).copy_from(&checked("B", b, (n, m))?);
    Ok(f)
}

/// `Z = exp(Fh)` and `∫₀ʰ exp(Ft)' W exp(Ft) dt`, where the first `n` rows of F are not zero.
fn hold(f: &DMatrix<f64>, w: &DMatrix<f64>, n: usize, h: f64) -> Result<(DMatrix<f64>, DMatrix<f64>), Refusal> {
    // The series is summed for a time t in which A does little, ‖A‖t < 1/2. It is linear in B, whose size does not
    // matter.
    let size = norm(&f.view((0, 0), (n, n)).clone_owned()) * h.abs();
    let mut halvings = if size.is_finite() { (frexp(size).1 + 1).max(0) } else { 0 };
    let t = ldexp(h, -halvings);
    // Y = Z - I keeps the digits that would be lost beside the ones.
    let (mut power, mut slope) = (f * t, w * t);
    let (mut y, mut w) = (power.clone(), slope.clone());
    for k in 2..40 {
        let each = t / f64::from(k);
        power = &power * f * each;
        let behind = &slope * f;
        slope = (f.tr_mul(&slope) + behind) * each;
        if adds_nothing(&power, &y) && adds_nothing(&slope, &w) {
            break;
        }
        y += &power;
        w += &slope;
    }
    // (I + Y)² = I + 2Y + Y², as long as Y is small on the diagonal, where no unit shows; then it is Z that has
    // digits to keep.
    while halvings > 0 && y.diagonal().amax() < 0.5 {
        let behind = &w * &y;
        w = &w * 2.0 + y.tr_mul(&w) + &behind + y.tr_mul(&behind);
        y = &y * 2.0 + &y * &y;
        halvings -= 1;
    }
    let mut z = y;
    (0..z.nrows()).for_each(|i| z[(i, i)] += 1.0);
    for _ in 0..halvings {
        w += z.tr_mul(&(&w * &z));
        z = &z * &z;
    }
    let all_finite = |matrix, m: &DMatrix<f64>| {
        let place = m.iter().position(|m| !m.is_finite());
        place.map_or(Ok(()), |k| finite(matrix, m[k], (k % m.nrows(), k / m.nrows())))
    };
    all_finite("exp(Ah)", &z)?;
    all_finite("the sampled cost", &w)?;
    Ok((z, w))
}

/// Is every entry of `term` lost beside that of `sum`?
fn adds_nothing(term: &DMatrix<f64>, sum: &DMatrix<f64>) -> bool {
    term.iter().zip(sum).all(|(term, sum)| term.abs() <= 0.1 * f64::EPSILON * sum.abs())
}

/// The largest sum of a column.
fn norm(m: &DMatrix<f64>) -> f64 {
    m.column_iter().map(|column| column.iter().map(|m| m.abs()).sum()).fold(0.0, f64::max)
}
