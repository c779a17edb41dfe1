//! Many problems, many methods, one picture.

use std::vec::Vec;

use super::{Lines, Work};

/// The performance profile of a method, as Dolan and Moré define it: the share of all problems that it solves within τ
/// times the work of the best method there.
///
/// ```text
/// profile(τ) = |{p : work_p <= τ best_p}| / |problems|        τ >= 1
/// ```
/// At τ = 1 it says how often the method is the best, far to the right how often it arrives at all. `work[p]` is the
/// method's work on problem p, `best[p]` that of the best method, and `None` says that it, or nobody, arrives. The
/// points are the ends of a staircase's treads, from τ = 1 to `last`.
///
/// E. D. Dolan, J. J. Moré, Benchmarking optimization software with performance profiles, Mathematical Programming 91
/// (2002).
pub fn performance_profile(work: &[Option<f64>], best: &[Option<f64>], last: f64) -> Vec<(f64, f64)> {
    let ratio = |(work, best): (&Option<f64>, &Option<f64>)| Some(work.as_ref()? / best.as_ref()?);
    let mut ratios: Vec<f64> = work.iter().zip(best).filter_map(ratio).filter(|&ratio| ratio <= last).collect();
    ratios.sort_by(f64::total_cmp);
    let share = |solved: usize| solved as f64 / work.len().max(1) as f64;
    let mut points = Vec::from([(1.0, share(ratios.iter().filter(|&&ratio| ratio <= 1.0).count()))]);
    for (k, &ratio) in ratios.iter().enumerate().filter(|(_, ratio)| **ratio > 1.0) {
        points.extend([(ratio, share(k)), (ratio, share(k + 1))]);
    }
    points.push((last, share(ratios.len())));
    points
}

/// The [`performance_profile`] of each method against the best of them all; `work` has for each method its name and one entry a
/// problem.
pub fn performance_profiles<'a>(work: &Work<'a>, last: f64) -> Lines<'a> {
    let problems = work.iter().map(|(_, work)| work.len()).max().unwrap_or(0);
    let least = |p: usize| work.iter().filter_map(|(_, work)| *work.get(p)?).min_by(f64::total_cmp);
    let best: Vec<Option<f64>> = (0..problems).map(least).collect();
    work.iter().map(|(name, work)| (*name, performance_profile(work, &best, last))).collect()
}
