//! Why no solution was found.

use alloc::vec::Vec;

use nalgebra::{Complex, DMatrix, Dyn};

use super::balance::Units;
use super::digits::eliminate;
use super::doubling::{Data, Eliminated};
use crate::lqr::loops::{lacks_rank, transfer, unit};
use crate::lqr::{Lq, Refusal, Time, poles};

/// The reason that the entries show, looked for where no solution could be certified.
///
/// A mode is called out of reach or out of sight when it is so in the user's units and in balanced ones: rounding is small beside
/// entries of one size, and it depends on the units which are.
/// `condition` is what the attempts have seen of it.
pub(super) fn diagnose(as_given: &Lq<Dyn, Dyn>, units: &Units<Dyn, Dyn>, time: Time, condition: f64) -> Refusal {
    let (lq, rate) = (units.scaled(as_given), units.rate);
    let n = lq.a.nrows();
    let rounding = 64.0 * f64::EPSILON * n as f64;
    // How far inside of the boundary an eigenvalue lies.
    let decay = |mode: Complex<f64>| match time {
        Time::Continuous => -mode.re,
        Time::Discrete => 1.0 - libm::hypot(mode.re, mode.im),
    };
    // Where time flows R alone decides, and it is positive definite.
    if time == Time::Discrete
        && let Some(control) = idle(&lq, rounding).or_else(|| unpaid(&lq, rounding))
    {
        return Refusal::Idle { control };
    }
    let modes = poles(&lq.a);
    let size = |mode: Complex<f64>| libm::hypot(mode.re, mode.im);
    // An eigenvalue that is not further inside of the boundary than it is known may lie on it.
    let radius = modes.iter().map(|&mode| size(mode)).fold(0.0, f64::max);
    let blur = rounding * if time == Time::Continuous { radius } else { radius.max(1.0) };
    let out_of_reach = |&&mode: &&Complex<f64>| {
        decay(mode) <= blur
            && lacks_rank(&lq.a, &lq.b, mode, blur)
            && lacks_rank(&as_given.a, &as_given.b, mode * rate, blur * rate)
    };
    if let Some(&mode) = modes.iter().find(out_of_reach) {
        return Refusal::Unstabilizable { mode: mode * rate };
    }
    if let (Some((a, q)), Some((a_given, q_given))) = (lq.without_cross(), as_given.without_cross()) {
        let out_of_sight = |&mode: &Complex<f64>| {
            decay(mode).abs() <= blur
                && lacks_rank(&a.transpose(), &q.transpose(), mode, blur)
                && lacks_rank(&a_given.transpose(), &q_given.transpose(), mode * rate, blur * rate)
        };
        if let Some(mode) = poles(&a).into_iter().find(out_of_sight) {
            return Refusal::Undetectable { mode: mode * rate };
        }
    }
    // Two eigenvalues meet on the boundary, and rounding parts them by its root.
    let meeting = 16.0 * libm::sqrt(rounding);
    let at_the_boundary = |&pole: &Complex<f64>| {
        decay(pole).abs() <= meeting * size(pole) || (time == Time::Continuous && size(pole) <= meeting * radius)
    };
    if let Some(pole) = nearest_to_boundary(&lq, time).filter(at_the_boundary) {
        return Refusal::Marginal { pole: pole * rate };
    }
    // Twice the digits were not enough for what an answer in doubles needs.
    Refusal::IllConditioned { condition: condition.max(1.0 / f64::EPSILON) }
}

/// A control that is, up to rounding, a combination of others in what it costs and in what it does.
fn idle(lq: &Lq<Dyn, Dyn>, rounding: f64) -> Option<usize> {
    let (n, m) = lq.b.shape();
    let mut stacked = DMatrix::from_fn(m + n + n, m, |i, j| match i {
        i if i < m => lq.r[(i, j)],
        i if i < m + n => lq.b[(i - m, j)],
        i => lq.s[(i - m - n, j)],
    });
    // So that no square overflows.
    for mut column in stacked.column_iter_mut() {
        let size = column.amax();
        column.unscale_mut(if size == 0.0 { 1.0 } else { size });
    }
    let sizes: Vec<f64> = stacked.column_iter().map(|column| column.norm()).collect();
    dependent_column(stacked.map(real), &sizes, rounding)
}

/// A control of which, whatever oscillation it is given, neither itself nor what it moves is paid for: a column of
/// `[Q S; S' R] [(z - A)⁻¹B; 1]` that, up to rounding, is a combination of those before it. For one z on the circle, as good as any.
fn unpaid(lq: &Lq<Dyn, Dyn>, rounding: f64) -> Option<usize> {
    let (n, m) = lq.b.shape();
    let motion = transfer(&lq.a, &lq.b, &DMatrix::identity(n, n), unit(1.0))?;
    let stacked = |q: &DMatrix<f64>, s: &DMatrix<f64>, r: &DMatrix<f64>, motion: &DMatrix<Complex<f64>>| {
        let mut all = DMatrix::zeros(n + m, m);
        all.rows_mut(0, n).copy_from(&(q.map(real) * motion + s.map(real)));
        all.rows_mut(n, m).copy_from(&(s.transpose().map(real) * motion + r.map(real)));
        all
    };
    let mut paid = stacked(&lq.q, &lq.s, &lq.r, &motion);
    // The sums without a sign, of which rounding is a share.
    let absolute = motion.map(|x| real(libm::hypot(x.re, x.im)));
    let mut terms = stacked(&lq.q.abs(), &lq.s.abs(), &lq.r.abs(), &absolute);
    for (mut paid, mut terms) in paid.row_iter_mut().zip(terms.row_iter_mut()) {
        // Each row is a price in a unit of its own.
        let size = terms.iter().map(|term| term.re).fold(0.0, f64::max);
        if !size.is_finite() {
            return None;
        }
        if size > 0.0 {
            paid.unscale_mut(size);
            terms.unscale_mut(size);
        }
    }
    let sizes: Vec<f64> = terms.column_iter().map(|column| column.norm()).collect();
    dependent_column(paid, &sizes, rounding)
}

fn real(value: f64) -> Complex<f64> {
    Complex::new(value, 0.0)
}

/// The first column of which those before it leave no more than rounding, a share of `sizes`: Gram and Schmidt's process, twice.
fn dependent_column(mut columns: DMatrix<Complex<f64>>, sizes: &[f64], rounding: f64) -> Option<usize> {
    for (j, size) in sizes.iter().enumerate() {
        for _twice in 0..2 {
            for k in 0..j {
                let along = columns.column(k) * columns.column(k).dotc(&columns.column(j));
                columns.column_mut(j).zip_apply(&along, |left, along| *left -= along);
            }
        }
        let left = columns.column(j).norm();
        if left <= rounding * size {
            return Some(j);
        }
        columns.column_mut(j).unscale_mut(left);
    }
    None
}

/// Of the eigenvalues of the problem's pencil, which are the poles of the best loop and their mirror images, the one nearest to the
/// boundary; from the problem with the cost 1 of each state at the end, which has the same poles and an R that can be inverted.
fn nearest_to_boundary(lq: &Lq<Dyn, Dyn>, time: Time) -> Option<Complex<f64>> {
    let n = lq.a.nrows();
    let data = Data::<f64, Dyn, Dyn>::of(lq);
    let data = if time == Time::Discrete { data.lifted() } else { data };
    let Eliminated { a, g, h } = data.eliminated()?;
    let one = DMatrix::identity(n, n);
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
            if transformed.iter().any(|entry| !entry.is_finite()) {
                return None;
            }
            if !eliminate(left + right, &mut [transformed.as_mut_slice()]) {
                return Some(Complex::new(-1.0, 0.0));
            }
            let s = poles(&transformed).into_iter().min_by(|one, other| one.re.abs().total_cmp(&other.re.abs()))?;
            let unit = Complex::new(1.0, 0.0);
            Some((unit + s) / (unit - s))
        }
    }
}
