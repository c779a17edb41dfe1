//! What a problem must be before it can be solved.

use nalgebra::allocator::Allocator;
use nalgebra::{DMatrix, DefaultAllocator, Dim, OMatrix};

use super::{Lq, Refusal, Sizes, Time};

/// Shapes, finite entries, symmetric Q and R, and an R that makes nobody pay for doing nothing.
pub(super) fn check<N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time) -> Result<(), Refusal>
where
    DefaultAllocator: Sizes<N, M>,
{
    fits(lq)?;
    symmetric("Q", &lq.q)?;
    symmetric("R", &lq.r)?;
    semidefinite("R", &lq.r, time)
}

/// Shapes and finite entries.
pub(super) fn fits<N: Dim, M: Dim>(lq: &Lq<N, M>) -> Result<(), Refusal>
where
    DefaultAllocator: Sizes<N, M>,
{
    let Lq { a, b, q, r, s } = lq;
    let (n, m) = (a.nrows(), b.ncols());
    shape("A", a, (n, n))?;
    shape("B", b, (n, m))?;
    shape("Q", q, (n, n))?;
    shape("R", r, (m, m))?;
    shape("S", s, (n, m))?;
    all_finite("A", a)?;
    all_finite("B", b)?;
    all_finite("Q", q)?;
    all_finite("R", r)?;
    all_finite("S", s)
}

pub(super) fn shape<N: Dim, M: Dim>(
    matrix: &'static str,
    m: &OMatrix<f64, N, M>,
    expected: (usize, usize),
) -> Result<(), Refusal>
where
    DefaultAllocator: Allocator<N, M>,
{
    let found = m.shape();
    if found == expected { Ok(()) } else { Err(Refusal::Shape { matrix, expected, found }) }
}

pub(super) fn all_finite<N: Dim, M: Dim>(matrix: &'static str, m: &OMatrix<f64, N, M>) -> Result<(), Refusal>
where
    DefaultAllocator: Allocator<N, M>,
{
    let entries = (0..m.ncols()).flat_map(|column| (0..m.nrows()).map(move |row| (row, column)));
    entries.zip(m.iter()).try_for_each(|(place, &value)| finite(matrix, value, place))
}

/// A number that must be finite, as the entry of a matrix.
pub(super) fn finite(matrix: &'static str, value: f64, (row, column): (usize, usize)) -> Result<(), Refusal> {
    if value.is_finite() { Ok(()) } else { Err(Refusal::NotFinite { matrix, row, column, value }) }
}

/// A copy on the heap of a matrix that must have this shape and finite entries.
///
/// One copy costs nothing beside the cubes of sizes that follow, and then one text serves all sizes.
pub(super) fn checked<N: Dim, M: Dim>(
    matrix: &'static str,
    m: &OMatrix<f64, N, M>,
    expected: (usize, usize),
) -> Result<DMatrix<f64>, Refusal>
where
    DefaultAllocator: Allocator<N, M>,
{
    shape(matrix, m, expected)?;
    all_finite(matrix, m)?;
    Ok(dynamic(m))
}

/// The copy alone.
pub(super) fn dynamic<N: Dim, M: Dim>(m: &OMatrix<f64, N, M>) -> DMatrix<f64>
where
    DefaultAllocator: Allocator<N, M>,
{
    DMatrix::from_fn(m.nrows(), m.ncols(), |i, j| m[(i, j)])
}

/// Back into the shape of `like`.
pub(super) fn shaped<N: Dim, M: Dim>(
    like: &OMatrix<f64, N, M>,
    entry: impl Fn(usize, usize) -> f64,
) -> OMatrix<f64, N, M>
where
    DefaultAllocator: Allocator<N, M>,
{
    let (rows, columns) = like.shape_generic();
    OMatrix::from_fn_generic(rows, columns, entry)
}

/// To rounding: entries that should be equal may differ by some units in their last place, or in that of the largest that they could be
/// beside their diagonal, `√(q_ii q_jj)`, which is in the same unit.
pub(super) fn symmetric<N: Dim>(matrix: &'static str, m: &OMatrix<f64, N, N>) -> Result<(), Refusal>
where
    DefaultAllocator: Allocator<N, N>,
{
    for column in 0..m.ncols() {
        for row in 0..column {
            let (above, below) = (m[(row, column)], m[(column, row)]);
            let corners = libm::sqrt(m[(row, row)].abs()) * libm::sqrt(m[(column, column)].abs());
            let size = above.abs().max(below.abs()).max(corners);
            if (above - below).abs() > 16.0 * f64::EPSILON * size {
                return Err(Refusal::NotSymmetric { matrix, row, column, above, below });
            }
        }
    }
    Ok(())
}

/// R > 0 where time flows: a free control could jump. Where it steps, R >= 0 will do.
pub(super) fn semidefinite<M: Dim>(matrix: &'static str, r: &OMatrix<f64, M, M>, time: Time) -> Result<(), Refusal>
where
    DefaultAllocator: Allocator<M, M>,
{
    let m = r.nrows();
    let mut left = r.clone();
    for k in 0..m {
        let rounding = 8.0 * m as f64 * f64::EPSILON * r[(k, k)].abs();
        let pivot = left[(k, k)];
        if pivot > rounding {
            for j in k + 1..m {
                let factor = left[(k, j)] / pivot;
                for i in k + 1..m {
                    let taken = left[(i, k)] * factor;
                    left[(i, j)] -= taken;
                }
            }
            continue;
        }
        let beside = (k + 1..m).map(|j| left[(k, j)].abs() / libm::sqrt(r[(j, j)].abs())).fold(0.0, f64::max);
        let slack = libm::sqrt(8.0 * m as f64 * f64::EPSILON * r[(k, k)].abs());
        if time == Time::Continuous || pivot < -rounding || beside > slack {
            return Err(Refusal::Indefinite { matrix, pivot: pivot.min(0.0), control: k });
        }
    }
    Ok(())
}
