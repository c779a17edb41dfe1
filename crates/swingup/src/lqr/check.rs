//! What a problem must be before it can be solved.

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, OMatrix};

use super::{Lq, Refusal, Sizes, Time};

/// Shapes, finite entries, symmetric Q and R, and an R that makes nobody pay for doing nothing.
pub(super) fn check<N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time) -> Result<(), Refusal>
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
    finite("A", a)?;
    finite("B", b)?;
    finite("Q", q)?;
    finite("R", r)?;
    finite("S", s)?;
    symmetric("Q", q)?;
    symmetric("R", r)?;
    semidefinite(r, time)
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

pub(super) fn finite<N: Dim, M: Dim>(matrix: &'static str, m: &OMatrix<f64, N, M>) -> Result<(), Refusal>
where
    DefaultAllocator: Allocator<N, M>,
{
    match m.iter().position(|v| !v.is_finite()) {
        None => Ok(()),
        Some(at) => {
            let (row, column) = (at % m.nrows(), at / m.nrows());
            Err(Refusal::NotFinite { matrix, row, column, value: m[(row, column)] })
        }
    }
}

/// To rounding: entries that should be equal may differ by some units in the last place of the larger diagonal.
pub(super) fn symmetric<N: Dim>(matrix: &'static str, m: &OMatrix<f64, N, N>) -> Result<(), Refusal>
where
    DefaultAllocator: Allocator<N, N>,
{
    for column in 0..m.ncols() {
        for row in 0..column {
            let (above, below) = (m[(row, column)], m[(column, row)]);
            let size = above.abs().max(m[(row, row)].abs()).max(m[(column, column)].abs());
            if (above - below).abs() > 16.0 * f64::EPSILON * size {
                return Err(Refusal::NotSymmetric { matrix, row, column, above, below });
            }
        }
    }
    Ok(())
}

/// R > 0 where time flows: a free control could jump. Where it steps, R >= 0 will do.
fn semidefinite<M: Dim>(r: &OMatrix<f64, M, M>, time: Time) -> Result<(), Refusal>
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
            return Err(Refusal::Indefinite { matrix: "R", pivot: pivot.min(0.0), control: k });
        }
    }
    Ok(())
}
