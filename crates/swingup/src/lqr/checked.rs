//! Matrices of any size, looked at before anything is computed with them.

use nalgebra::allocator::Allocator;
use nalgebra::{DMatrix, DefaultAllocator, Dim, OMatrix};

use super::Refusal;

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
    if m.shape() != expected {
        return Err(Refusal::Shape { matrix, expected, found: m.shape() });
    }
    for column in 0..expected.1 {
        for row in 0..expected.0 {
            finite(matrix, m[(row, column)], (row, column))?;
        }
    }
    Ok(dynamic(m))
}

/// A number that must be finite, as the entry of a matrix.
pub(super) fn finite(matrix: &'static str, value: f64, (row, column): (usize, usize)) -> Result<(), Refusal> {
    if value.is_finite() { Ok(()) } else { Err(Refusal::NotFinite { matrix, row, column, value }) }
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
