//! What a linear system answers, to oscillations and to steps: `x' = Ax + Bu` (or `x₊ = Ax + Bu`), `y = Cx + Du`.

use alloc::vec::Vec;

use libm::sincos;
use nalgebra::allocator::Allocator;
use nalgebra::{Complex, DMatrix, DefaultAllocator, Dim, OMatrix};

use super::zero_order_hold;
use crate::lqr::Refusal;
use crate::lqr::check::{checked, finite};

/// `C (sI - A)⁻¹ B + D` at `s = jω` for each ω of `frequencies`, in rad/s: P × M, output by input.
///
/// All entries are NaN where jω is an eigenvalue of A, so that a figure leaves the point out.
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn frequency_response<N: Dim, M: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    c: &OMatrix<f64, P, N>,
    d: &OMatrix<f64, P, M>,
    frequencies: &[f64],
) -> Result<Vec<OMatrix<Complex<f64>, P, M>>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<P, N> + Allocator<P, M>,
{
    at_points(a, b, c, d, frequencies, |w| Complex::new(0.0, w))
}

/// [`frequency_response`] of `x₊ = Ax + Bu` with a sample every `h` seconds: at `z = exp(jωh)`.
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn sampled_frequency_response<N: Dim, M: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    c: &OMatrix<f64, P, N>,
    d: &OMatrix<f64, P, M>,
    h: f64,
    frequencies: &[f64],
) -> Result<Vec<OMatrix<Complex<f64>, P, M>>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<P, N> + Allocator<P, M>,
{
    finite("h", h, (0, 0))?;
    at_points(a, b, c, d, frequencies, |w| unit(w * h))
}

/// The outputs at 0, h, 2h, .. `steps` h seconds, when at 0 one input steps from 0 to 1: exact. P × M, output by input.
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn step_response<N: Dim, M: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    c: &OMatrix<f64, P, N>,
    d: &OMatrix<f64, P, M>,
    h: f64,
    steps: usize,
) -> Result<Vec<OMatrix<f64, P, M>>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<P, N> + Allocator<P, M>,
{
    // A step is held: the hold changes nothing.
    let (a, b) = zero_order_hold(a, b, h)?;
    sampled_step_response(&a, &b, c, d, steps)
}

/// The outputs of `x₊ = Ax + Bu` at the samples 0 to `steps`, when at 0 one input steps from 0 to 1. P × M, output by
/// input.
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn sampled_step_response<N: Dim, M: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    c: &OMatrix<f64, P, N>,
    d: &OMatrix<f64, P, M>,
    steps: usize,
) -> Result<Vec<OMatrix<f64, P, M>>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<P, N> + Allocator<P, M>,
{
    all_checked(a, b, c, d)?;
    let mut x = b.map(|_| 0.0);
    let mut outputs = Vec::with_capacity(steps + 1);
    for _ in 0..=steps {
        outputs.push(c * &x + d);
        x = a * &x + b;
    }
    Ok(outputs)
}

/// A, B, C and D on the heap.
fn all_checked<N: Dim, M: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    c: &OMatrix<f64, P, N>,
    d: &OMatrix<f64, P, M>,
) -> Result<[DMatrix<f64>; 4], Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<P, N> + Allocator<P, M>,
{
    let (n, m, p) = (a.nrows(), b.ncols(), c.nrows());
    Ok([checked("A", a, (n, n))?, checked("B", b, (n, m))?, checked("C", c, (p, n))?, checked("D", d, (p, m))?])
}

fn at_points<N: Dim, M: Dim, P: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    c: &OMatrix<f64, P, N>,
    d: &OMatrix<f64, P, M>,
    frequencies: &[f64],
    point: impl Fn(f64) -> Complex<f64>,
) -> Result<Vec<OMatrix<Complex<f64>, P, M>>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<P, N> + Allocator<P, M>,
{
    let [da, db, dc, _] = all_checked(a, b, c, d)?;
    let (rows, columns) = d.shape_generic();
    let response = |(row, &w): (usize, &f64)| {
        finite("frequencies", w, (row, 0))?;
        let g = transfer(&da, &db, &dc, point(w));
        let nowhere = Complex::new(f64::NAN, f64::NAN);
        Ok(OMatrix::from_fn_generic(rows, columns, |i, j| g.as_ref().map_or(nowhere, |g| g[(i, j)] + d[(i, j)])))
    };
    frequencies.iter().enumerate().map(response).collect()
}

/// `C (sI - A)⁻¹ B`; nothing where s is an eigenvalue of A.
pub(in crate::lqr) fn transfer(
    a: &DMatrix<f64>,
    b: &DMatrix<f64>,
    c: &DMatrix<f64>,
    s: Complex<f64>,
) -> Option<DMatrix<Complex<f64>>> {
    let complex = |m: &DMatrix<f64>| m.map(|m| Complex::new(m, 0.0));
    let mut resolvent = complex(&-a);
    (0..a.nrows()).for_each(|i| resolvent[(i, i)] += s);
    // Without states there is nothing to solve.
    let x = if a.is_empty() { complex(b) } else { resolvent.lu().solve(&complex(b))? };
    Some(complex(c) * x)
}

/// `exp(j angle)`.
pub(in crate::lqr) fn unit(angle: f64) -> Complex<f64> {
    let (sin, cos) = sincos(angle);
    Complex::new(cos, sin)
}
