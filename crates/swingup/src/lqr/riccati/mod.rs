//! Riccati equations, from the data to the regulator.

mod balance;
mod compensated;
mod diagnose;
mod digits;
mod doubling;
pub mod plain;
mod refine;
mod smith;

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, Dyn, OMatrix};

use super::check::{check, dynamic};
use super::{Lq, Refusal, Regulator, Sizes, Time};
use balance::Units;
use diagnose::diagnose;
use digits::{Digits, DoubleDouble};
use doubling::symmetrize;
use refine::{Refined, refine};

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The regulator in continuous time: `K = R⁻¹(B'X + S')` with the stabilizing solution of
    /// ```text
    /// A'X + XA - (XB + S) R⁻¹ (XB + S)' + Q = 0
    /// ```
    ///
    /// X is right to rounding: found by doubling, then moved by Newton's method with a residual in twice the digits. B and
    /// R are used as they are; `BR⁻¹B'` would cost digits. Q may be indefinite. `O((N + M)³)` operations; nothing is allocated when the sizes
    /// are fixed, unless doubles do not do.
    ///
    /// # Errors
    /// What is wrong with the input, or why no solution stabilizes: see [`Refusal`].
    pub fn care(&self) -> Result<Regulator<N, M>, Refusal> {
        solve(self, Time::Continuous)
    }

    /// The regulator in discrete time: `K = (R + B'XB)⁻¹(B'XA + S')` with the stabilizing solution of
    /// ```text
    /// X = A'XA - (A'XB + S)(R + B'XB)⁻¹(A'XB + S)' + Q
    /// ```
    /// R may be singular, and A. As exact as [`care`](Self::care).
    ///
    /// # Errors
    /// What is wrong with the input, or why no solution stabilizes: see [`Refusal`].
    pub fn dare(&self) -> Result<Regulator<N, M>, Refusal> {
        solve(self, Time::Discrete)
    }
}

fn solve<N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time) -> Result<Regulator<N, M>, Refusal>
where
    DefaultAllocator: Sizes<N, M>,
{
    check(lq, time)?;
    let units = Units::of(lq, time);
    let mut scaled = units.scaled(lq);
    // They may differ from symmetric ones by a rounding.
    symmetrize(&mut scaled.q);
    symmetrize(&mut scaled.r);
    let found = attempt::<f64, N, M>(&scaled, time, false, &units)
        .or_else(|_| attempt::<f64, N, M>(&scaled, time, true, &units))
        .or_else(|_| Ok(in_twice_the_digits(&scaled.any_size(), time, &units.any_size())?.of_the_sizes_of(lq)));
    let (Ok(Refined { condition, .. }) | Err(condition)) = found;
    // Beyond that the neighbours of the entries in the last digit may have no solution; and two poles that meet on the boundary
    // are seen to have parted, by rounding, with a condition of about that.
    let most = if lq.b.is_empty() { 1.0 } else { 1.0 / 16.0 };
    let determined = condition * f64::EPSILON <= most;
    let Some(Refined { cost_to_go, gain, f, condition, error }) = found.ok().filter(|_| determined) else {
        return Err(diagnose(&lq.any_size(), &units.any_size(), time, condition));
    };
    let gain = units.gain(gain);
    let closed_loop = &lq.a - &lq.b * &gain;
    let cost_to_go = units.cost_to_go(&cost_to_go);
    Ok(Regulator { cost_to_go, closed_loop, gain, condition, error, negative: negative_eigenvalues(f) })
}

fn attempt<R: Digits, N: Dim, M: Dim>(
    lq: &Lq<N, M>,
    time: Time,
    lifted: bool,
    units: &Units<N, M>,
) -> Result<Refined<N, M>, f64>
where
    DefaultAllocator: Sizes<N, M>,
{
    let start = doubling::solve::<R, N, M>(lq, time, lifted).ok_or(0.0)?;
    refine(lq, time, &start, units)
}

/// With sizes known at run time, so that it is compiled once, and not for each size.
fn in_twice_the_digits(lq: &Lq<Dyn, Dyn>, time: Time, units: &Units<Dyn, Dyn>) -> Result<Refined<Dyn, Dyn>, f64> {
    attempt::<DoubleDouble, Dyn, Dyn>(lq, time, false, units)
        .or_else(|_| attempt::<DoubleDouble, Dyn, Dyn>(lq, time, true, units))
}

/// How many eigenvalues of a symmetric matrix are negative.
fn negative_eigenvalues<M: Dim>(f: OMatrix<f64, M, M>) -> usize
where
    DefaultAllocator: Allocator<M, M>,
{
    if f.clone().cholesky().is_some() {
        return 0;
    }
    dynamic(&f).symmetric_eigenvalues().iter().filter(|&&eigenvalue| eigenvalue < 0.0).count()
}
