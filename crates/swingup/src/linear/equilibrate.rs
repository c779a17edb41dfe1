//! The scaling that brings the rows of a symmetric matrix to one size.

use super::SymmetricBand;
use crate::Real;

/// Rounds at most; each halves the number of decades between the rows.
const ROUNDS: usize = 10;

/// Fills `s` with powers of two for which the largest entry of each row of `S A S`, S = diag(s), is about one.
///
/// ```text
/// s_i <- s_i / √(max_j s_i |a_ij| s_j)    for all i at once, until the maxima are between 1/8 and 8
/// ```
/// A row of zeros keeps its s = 1. Powers of two make the scaled matrix exact. `largest` is a place to work.
///
/// D. Ruiz, A scaling algorithm to equilibrate both rows and columns norms in matrices, RAL-TR-2001-034.
pub(super) fn equilibrate<R: Real>(matrix: &SymmetricBand<R>, s: &mut [R], largest: &mut [R]) {
    s.fill(R::one());
    for _ in 0..ROUNDS {
        largest.fill(R::zero());
        for j in 0..matrix.n() {
            let column = matrix.column(j);
            let mut of_column = R::zero();
            for ((&a, &s_i), of_row) in column.iter().zip(&s[j..]).zip(&mut largest[j..]) {
                let a = (s[j] * a * s_i).abs();
                *of_row = max(*of_row, a);
                of_column = max(of_column, a);
            }
            largest[j] = max(largest[j], of_column);
        }
        let mut even = true;
        for (s, largest) in s.iter_mut().zip(&*largest) {
            let largest = largest.to_f64();
            if largest > 0.0 && !(0.125..=8.0).contains(&largest) {
                even = false;
                let exponent = libm::frexp(largest).1;
                *s *= R::from(libm::ldexp(1.0, -exponent / 2));
            }
        }
        if even {
            break;
        }
    }
}

#[inline(always)]
fn max<R: Real>(a: R, b: R) -> R {
    if b > a { b } else { a }
}
