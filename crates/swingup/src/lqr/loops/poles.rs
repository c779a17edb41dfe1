//! Eigenvalues of a real matrix, whatever its units are.

use alloc::vec::Vec;

use libm::{frexp, ldexp, sqrt};
use nalgebra::allocator::Allocator;
use nalgebra::linalg::Hessenberg;
use nalgebra::{Complex, DMatrix, DefaultAllocator, Dim, OMatrix};

use super::francis::francis;
use crate::lqr::check::dynamic;

/// The eigenvalues of A, N × N, each as often as it occurs: by real part, then by imaginary part.
///
/// A is balanced by powers of two, so states may have units that lie decades apart. Each eigenvalue is that of a matrix
/// which differs from the balanced A by rounding: a simple one has nearly all digits, one that occurs in a
/// Jordan block of size k about a k-th part of them. Eigenvalues that zeros in A show (of triangular matrices, of
/// integrators) are exact.
///
/// There are none (an empty vector) of a matrix that is not square or has entries that are not finite; or should the
/// QR steps not converge, which has not been seen.
///
/// Source: Wilkinson, Reinsch, Handbook for Automatic Computation II (1971), from which EISPACK's `balanc` and `hqr`
/// are; with the norm of James, Langou, Lowery (2014) and the deflation of Ahues, Tisseur (1997), as in LAPACK.
pub fn poles<N: Dim>(a: &OMatrix<f64, N, N>) -> Vec<Complex<f64>>
where
    DefaultAllocator: Allocator<N, N>,
{
    let mut found = eigenvalues(dynamic(a)).unwrap_or_default();
    found.sort_by(|a, b| a.re.total_cmp(&b.re).then(a.im.total_cmp(&b.im)));
    found
}

fn eigenvalues(mut a: DMatrix<f64>) -> Option<Vec<Complex<f64>>> {
    if !a.is_square() || a.iter().any(|a| !a.is_finite()) {
        return None;
    }
    let mut found = Vec::with_capacity(a.nrows());
    let coupled = isolate(&a, &mut found);
    let alone = found.len();
    a = DMatrix::from_fn(coupled.len(), coupled.len(), |i, j| a[(coupled[i], coupled[j])]);
    // Room for a sum of the largest.
    let above = (frexp(a.amax()).1 - 960).max(0);
    a.apply(|a| *a = ldexp(*a, -above));
    balance(&mut a);
    // The largest entry is below one, so no product overflows; what is then too small for a square is so beside all others.
    let (_, exponent) = frexp(a.amax());
    a.apply(|a| *a = ldexp(*a, -exponent));
    let mut h = if a.nrows() > 2 { Hessenberg::new(a).unpack_h() } else { a };
    francis(&mut h, &mut found)?;
    let back = |p: &mut Complex<f64>| *p = Complex::new(ldexp(p.re, exponent + above), ldexp(p.im, exponent + above));
    found[alone..].iter_mut().for_each(back);
    // A zero has no sign, so that equal numbers are sorted as equal.
    Some(found.iter().map(|p| Complex::new(p.re + 0.0, p.im + 0.0)).collect())
}

/// Takes out the diagonal entries that are alone in their row or column; the indices of what is left.
fn isolate(a: &DMatrix<f64>, found: &mut Vec<Complex<f64>>) -> Vec<usize> {
    let mut left: Vec<usize> = (0..a.nrows()).collect();
    loop {
        let others = |i: usize| left.iter().copied().filter(move |&j| j != i);
        let alone = |&i: &usize| others(i).all(|j| a[(i, j)] == 0.0) || others(i).all(|j| a[(j, i)] == 0.0);
        let Some(place) = left.iter().position(alone) else { return left };
        let i = left.remove(place);
        found.push(Complex::new(a[(i, i)], 0.0));
    }
}

/// D⁻¹AD with rows and columns of about the same norms, for D of powers of two: nothing is rounded.
fn balance(a: &mut DMatrix<f64>) {
    /// As far as one sweep goes, so that the factor itself neither over- nor underflows.
    const FAR: f64 = 1e150;
    // Three sweeps are usual; a matrix that falls apart into blocks could go on for long, to little use.
    for _ in 0..100 {
        let mut settled = true;
        for i in 0..a.nrows() {
            let (mut column, mut row) = (length(a.column(i).iter()), length(a.row(i).iter()));
            // Zeros have no size to balance.
            if column == 0.0 || row == 0.0 {
                continue;
            }
            let before = column + row;
            let mut factor = 1.0;
            while column < 0.5 * row && factor < FAR {
                (factor, column, row) = (2.0 * factor, 2.0 * column, 0.5 * row);
            }
            while row < 0.5 * column && factor > 1.0 / FAR {
                (factor, column, row) = (0.5 * factor, 0.5 * column, 2.0 * row);
            }
            if column + row < 0.95 * before {
                settled = false;
                a.column_mut(i).scale_mut(factor);
                a.row_mut(i).scale_mut(1.0 / factor);
            }
        }
        if settled {
            return;
        }
    }
}

/// The Euclidean norm of entries whose squares may over- or underflow.
fn length<'a>(entries: impl Iterator<Item = &'a f64> + Clone) -> f64 {
    let largest = entries.clone().fold(0.0, |most: f64, a| most.max(a.abs()));
    if largest == 0.0 { 0.0 } else { largest * sqrt(entries.map(|a| (a / largest) * (a / largest)).sum::<f64>()) }
}
