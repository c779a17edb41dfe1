//! How far rounding lets Newton's method come.

use alloc::vec::Vec;

use super::{Options, multipliers};
use crate::expansion::Nlp;
use crate::ocp::ProblemError;
use crate::{Real, Trajectory};

/// Where rounding holds Newton's method on the penalty form of one penalty ρ: the median of `|decrement|/|J|` over the second half of
/// `steps` steps from `plan`, or of those that were taken.
///
/// The decrement stays near the [price of rounding](rounding_price), and a cutoff below that is met by luck or never.
///
/// # Errors
/// Those of [`multipliers`].
pub fn rounding_floor<const NX: usize, const NU: usize, R: Real>(
    nlp: &impl Nlp<NX, NU, R>,
    plan: &Trajectory<NX, NU, R>,
    penalty: f64,
    steps: usize,
) -> Result<f64, ProblemError> {
    let options = Options { cutoff: 1e-300, iterations: steps, ..Options::default() };
    let report = multipliers(nlp, plan, &[penalty], &options, |_, _| true)?.report;
    let late = &report.iterations[report.iterations.len() / 2..];
    let mut sizes: Vec<f64> = late.iter().map(|i| (i.decrement / i.cost).abs()).collect();
    sizes.sort_by(f64::total_cmp);
    Ok(sizes.get(sizes.len() / 2).copied().unwrap_or(0.0))
}

/// What a penalty ρ makes of rounding, `0.18 ρ Σ (ε|x|/h)²/|J|`: a state x is stored to its last bit, so that the rates `d/h` of any motion
/// are wrong by some `ε|x|/h`, and no step can mend that.
///
/// The factor is for errors that are uniform within the last bit, which is ε|x| to ε|x|/2, at both ends of an interval, and for a
/// decrement, which is twice what a step gains. ε is [`Real::EPSILON`] of the numbers that are meant, whatever those of the plan are.
pub fn rounding_price<const NX: usize, const NU: usize>(
    (plan, h, cost): (&Trajectory<NX, NU>, f64, f64),
    penalty: f64,
    epsilon: f64,
) -> f64 {
    let squares: f64 = plan.states.as_flattened().iter().map(|x| x * x).sum();
    0.18 * penalty * epsilon * epsilon / (h * h) * squares / cost.abs()
}
