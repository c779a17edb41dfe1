//! Which modes the control reaches, and which ones the cost or an output sees: told in numbers.

use alloc::vec::Vec;

use libm::{hypot, sqrt};
use nalgebra::allocator::Allocator;
use nalgebra::{Complex, DMatrix, DefaultAllocator, Dim, Dyn, OMatrix};

use super::poles;
use crate::lqr::check::{checked, semidefinite};
use crate::lqr::{Lq, Refusal, Sizes, Time};

/// For each mode of A, an eigenvalue λ, how far it is from one that no control moves:
///
/// ```text
/// (λ, σ_min [A - λI, B] / ‖[A, B]‖)
/// ```
/// in the order of [`poles`]. By the test of Popov, Belevitch and Hautus the distance is zero exactly if a left
/// eigenvector `w'A = λw'` has `w'B = 0`; it is by how much A and B would have to change, in the Frobenius norm that
/// divides it. So it depends on the units of the states. The rank of Kalman's `[B, AB, A²B, ..]` answers yes or no,
/// and in floating point it answers by the powers of A, not by B: it is not offered.
///
/// A λ of a Jordan block of size k is known to a k-th part of the digits, and then so is its distance. `O(N⁴)`
/// operations: a decomposition for each mode.
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn controllability<N: Dim, M: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
) -> Result<Vec<(Complex<f64>, f64)>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M>,
{
    let n = a.nrows();
    Ok(hautus(&checked("A", a, (n, n))?, &checked("B", b, (n, b.ncols()))?))
}

/// For each mode of A, how far it is from one that `y = Cx` does not show: [`controllability`] of A' and C'.
///
/// ```text
/// (λ, σ_min [A - λI; C] / ‖[A; C]‖)
/// ```
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn observability<N: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    c: &OMatrix<f64, P, N>,
) -> Result<Vec<(Complex<f64>, f64)>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<P, N>,
{
    let n = a.nrows();
    Ok(hautus(&checked("A", a, (n, n))?.transpose(), &checked("C", c, (c.nrows(), n))?.transpose()))
}

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// [`controllability`] of A and B.
    ///
    /// # Errors
    /// [`Refusal::Shape`] and [`Refusal::NotFinite`].
    pub fn controllability(&self) -> Result<Vec<(Complex<f64>, f64)>, Refusal> {
        controllability(&self.a, &self.b)
    }

    /// [`observability`] through the cost: of `A - BR⁻¹S'` and `Q - SR⁻¹S'`, which are A and Q where there is no
    /// cross term.
    ///
    /// This is what the control `u = v - R⁻¹S'x` leaves to be seen, so the modes are those of A only if S = 0. The
    /// weight stands in the place of its root, which shows the same motions; the distances are those to another weight.
    ///
    /// # Errors
    /// [`Refusal::Shape`], [`Refusal::NotFinite`]; [`Refusal::Indefinite`] when there is a cross term and R is
    /// not positive definite.
    pub fn observability(&self) -> Result<Vec<(Complex<f64>, f64)>, Refusal> {
        let (n, m) = (self.a.nrows(), self.b.ncols());
        let [a, b] = [checked("A", &self.a, (n, n))?, checked("B", &self.b, (n, m))?];
        let [q, r] = [checked("Q", &self.q, (n, n))?, checked("R", &self.r, (m, m))?];
        let lq = Lq::<Dyn, Dyn> { a, b, q, r, s: checked("S", &self.s, (n, m))? };
        if lq.s.iter().any(|&s| s != 0.0) {
            semidefinite("R", &lq.r, Time::Continuous)?;
        }
        let (a, q) = lq.without_cross().ok_or(Refusal::Indefinite { matrix: "R", control: 0, pivot: 0.0 })?;
        Ok(hautus(&a.transpose(), &q.transpose()))
    }
}

impl Lq<Dyn, Dyn> {
    /// `A - BR⁻¹S'` and `Q - SR⁻¹S'`; `None` when there is a cross term and R is singular.
    pub(in crate::lqr) fn without_cross(&self) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
        let Lq { a, b, q, r, s } = self;
        if s.iter().all(|&s| s == 0.0) {
            return Some((a.clone(), q.clone()));
        }
        let back = r.clone().lu().solve(&s.transpose())?;
        Some((a - b * &back, q - s * back))
    }
}

/// `[A - λI, B]` conjugated and transposed: it has the same singular values.
fn pencil(a: &DMatrix<f64>, b: &DMatrix<f64>, mode: Complex<f64>) -> DMatrix<Complex<f64>> {
    DMatrix::from_fn(a.nrows() + b.ncols(), a.nrows(), |i, j| {
        let real = if i < a.nrows() { a[(j, i)] } else { b[(j, i - a.nrows())] };
        Complex::new(real, 0.0) - if i == j { mode.conj() } else { Complex::new(0.0, 0.0) }
    })
}

/// Does `[A - λI, B]` lack a rank, up to rounding and to the `blur` of λ, when all its rows are of one size?
///
/// The rows are equations, each in a unit of its own: what is small beside another row may still be all that a state has.
pub(in crate::lqr) fn lacks_rank(a: &DMatrix<f64>, b: &DMatrix<f64>, mode: Complex<f64>, blur: f64) -> bool {
    const UNDECIDED: f64 = 1e-8;
    let mut pencil = pencil(a, b, mode);
    let mut shortest = f64::INFINITY;
    for mut row in pencil.column_iter_mut() {
        let norm = row.norm();
        if norm == 0.0 {
            return true;
        }
        shortest = shortest.min(norm);
        row.unscale_mut(norm);
    }
    let rounding = 64.0 * f64::EPSILON * a.nrows() as f64;
    least_singular_value(pencil) <= (rounding + blur / shortest).min(UNDECIDED)
}

fn hautus(a: &DMatrix<f64>, b: &DMatrix<f64>) -> Vec<(Complex<f64>, f64)> {
    // Beside the largest entry, so that no square overflows.
    let largest = a.amax().max(b.amax());
    if largest == 0.0 {
        return poles(a).into_iter().map(|mode| (mode, 0.0)).collect();
    }
    let norm = hypot((a / largest).norm(), (b / largest).norm());
    let distance = |mode: Complex<f64>| least_singular_value(pencil(a, b, mode) / Complex::new(largest, 0.0)) / norm;
    let mut modes: Vec<(Complex<f64>, f64)> = Vec::with_capacity(a.nrows());
    for mode in poles(a) {
        let twin = modes.iter().find(|m| m.0 == mode.conj()).map(|m| m.1);
        modes.push((mode, twin.unwrap_or_else(|| distance(mode))));
    }
    modes
}

/// Of a matrix with at least as many rows as columns, by Hestenes' rotations of pairs of columns until all are
/// orthogonal.
///
/// Each rotation is exact to rounding whatever the rank is, and what is left of a column that depends on others is its
/// singular value; nothing is squared, as it would be in M*M.
fn least_singular_value(m: DMatrix<Complex<f64>>) -> f64 {
    // The columns of a triangular factor are nearly orthogonal already (Drmač, Veselić 2008), and it has fewer rows.
    let mut m = m.qr().unpack_r().adjoint();
    let columns = m.ncols();
    // What rounding leaves of an inner product, and of a column that should be nothing.
    let (angle, nothing) = (f64::EPSILON * m.nrows() as f64, f64::EPSILON * m.map(|m| hypot(m.re, m.im)).norm());
    let square = |m: &DMatrix<Complex<f64>>, j: usize| m.column(j).iter().map(Complex::norm_sqr).sum::<f64>();
    for _ in 0..60 {
        let mut settled = true;
        for i in 0..columns {
            for j in i + 1..columns {
                let (one, other) = (square(&m, i), square(&m, j));
                let product =
                    m.column(i).iter().zip(m.column(j).iter()).map(|(a, b)| a.conj() * b).sum::<Complex<f64>>();
                let size = hypot(product.re, product.im);
                if size <= angle * sqrt(one) * sqrt(other) || sqrt(one.min(other)) <= nothing {
                    continue;
                }
                settled = false;
                let zeta = (other - one) / (2.0 * size);
                let tangent = if zeta < 0.0 { -1.0 } else { 1.0 } / (zeta.abs() + hypot(1.0, zeta));
                let cos = 1.0 / hypot(1.0, tangent);
                let sin = (product / size) * (cos * tangent);
                for row in 0..m.nrows() {
                    let (a, b) = (m[(row, i)], m[(row, j)]);
                    m[(row, i)] = a * cos - b * sin.conj();
                    m[(row, j)] = a * sin + b * cos;
                }
            }
        }
        if settled {
            break;
        }
    }
    (0..columns).map(|j| sqrt(square(&m, j))).fold(f64::INFINITY, f64::min)
}
