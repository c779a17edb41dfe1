//! Why no solution was found.

use nalgebra::{Complex, DMatrix, DefaultAllocator, Dim, Dyn};

use super::digits::eliminate;
use super::{Lq, Refusal, Sizes, Time, poles};

/// The reason that the entries show, looked for where no solution could be certified.
///
/// `lq` has finite entries and is in balanced units, with time in units of 1/`rate`: distances are relative to entries of one size.
pub(super) fn diagnose<N: Dim, M: Dim>(lq: &Lq<N, M>, time: Time, rate: f64) -> Refusal
where
    DefaultAllocator: Sizes<N, M>,
{
    let lq = lq.any_size();
    let n = lq.a.nrows();
    let rounding = 64.0 * f64::EPSILON * n as f64;
    // How far inside of the boundary an eigenvalue lies.
    let decay = |mode: Complex<f64>| match time {
        Time::Continuous => -mode.re,
        Time::Discrete => 1.0 - libm::hypot(mode.re, mode.im),
    };
    if let Some(control) = idle(&lq, rounding) {
        return Refusal::Idle { control };
    }
    let mut distance = f64::INFINITY;
    let reached = lq.controllability().unwrap_or_default();
    for (mode, reach) in reached.into_iter().filter(|&(mode, _)| decay(mode) <= rounding) {
        distance = distance.min(reach);
        if reach <= rounding {
            return Refusal::Unstabilizable { mode: mode * rate };
        }
    }
    let seen = lq.observability().unwrap_or_default();
    for (mode, sight) in seen.into_iter().filter(|&(mode, _)| decay(mode).abs() <= rounding) {
        distance = distance.min(sight);
        if sight <= rounding {
            return Refusal::Undetectable { mode: mode * rate };
        }
    }
    // Two eigenvalues meet on the boundary, and rounding parts them by its root.
    let meeting = 16.0 * libm::sqrt(rounding);
    if let Some(pole) = nearest_to_boundary(&lq, time) {
        if decay(pole).abs() <= meeting {
            return Refusal::Marginal { pole: pole * rate };
        }
        distance = distance.min(decay(pole) * decay(pole));
    }
    Refusal::IllConditioned { condition: 1.0 / distance }
}

/// A control that is, up to rounding, a combination of others in what it costs and in what it does.
fn idle(lq: &Lq<Dyn, Dyn>, rounding: f64) -> Option<usize> {
    let (n, m) = lq.b.shape();
    let stacked = DMatrix::from_fn(m + n + n, m, |i, j| match i {
        i if i < m => lq.r[(i, j)],
        i if i < m + n => lq.b[(i - m, j)],
        i => lq.s[(i - m - n, j)],
    });
    let mut orthogonal = stacked.clone();
    for j in 0..m {
        for _twice in 0..2 {
            for k in 0..j {
                let share = orthogonal.column(k).dot(&orthogonal.column(j));
                let along = orthogonal.column(k) * share;
                orthogonal.column_mut(j).zip_apply(&along, |left, along| *left -= along);
            }
        }
        let left = orthogonal.column(j).norm();
        if left <= rounding * stacked.column(j).norm() {
            return Some(j);
        }
        orthogonal.column_mut(j).scale_mut(1.0 / left);
    }
    None
}

/// Of the eigenvalues of the problem's pencil, which are the poles of the best loop and their mirror images, the one nearest to the
/// boundary; from the problem with the cost 1 of each state at the end, which has the same poles and an R that can be inverted.
fn nearest_to_boundary(lq: &Lq<Dyn, Dyn>, time: Time) -> Option<Complex<f64>> {
    let n = lq.a.nrows();
    let one = DMatrix::<f64>::identity(n, n);
    let Lq { a, b, q, r, s } = lq;
    let (mut r, mut s, mut q) = (r.clone(), s.clone(), q.clone());
    if time == Time::Discrete {
        r += b.tr_mul(b);
        s += a.tr_mul(b);
        q += a.tr_mul(a) - &one;
    }
    let (mut per_b, mut per_s) = (b.transpose(), s.transpose());
    if !eliminate(r, &mut [per_b.as_mut_slice(), per_s.as_mut_slice()]) {
        return None;
    }
    let (a, g, h) = (a - b * &per_s, b * &per_b, q - s * &per_s);
    let blocks = |ul: &DMatrix<f64>, ur: &DMatrix<f64>, ll: &DMatrix<f64>, lr: &DMatrix<f64>| {
        let mut all = DMatrix::zeros(2 * n, 2 * n);
        for (place, block) in [((0, 0), ul), ((0, n), ur), ((n, 0), ll), ((n, n), lr)] {
            all.view_mut(place, (n, n)).copy_from(block);
        }
        all
    };
    match time {
        Time::Continuous => {
            let hamiltonian = blocks(&a, &-g, &-h, &-a.transpose());
            poles(&hamiltonian).into_iter().min_by(|one, other| one.re.abs().total_cmp(&other.re.abs()))
        }
        Time::Discrete => {
            // z = (1 + s)/(1 - s) takes the circle to the axis, and [A 0; -H 1] - z [1 G; 0 A'] to a matrix minus s.
            let (left, right) = (blocks(&a, &(&one * 0.0), &-h, &one), blocks(&one, &g, &(&one * 0.0), &a.transpose()));
            let mut transformed = &left - &right;
            if !eliminate(left + right, &mut [transformed.as_mut_slice()]) {
                return Some(Complex::new(-1.0, 0.0));
            }
            let s = poles(&transformed).into_iter().min_by(|one, other| one.re.abs().total_cmp(&other.re.abs()))?;
            let unit = Complex::new(1.0, 0.0);
            Some((unit + s) / (unit - s))
        }
    }
}
