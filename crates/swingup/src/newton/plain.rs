//! The pure Lagrangian as the notes had it: the multipliers are variables like the others.

use alloc::vec;
use alloc::vec::Vec;

use super::measure::{dot, largest, worst};
use super::stationary::{check_free, check_guess};
use super::{Iteration, Options, Report, Solution, Status};
use crate::Trajectory;
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::linear::{KktBand, KktStep, RightSide};
use crate::ocp::{ProblemError, require};

/// Newton's method for a stationary point of
/// ```text
/// L(z, λ) = J + Σ λ_k'd_k + c h² Σ |λ_k|²
/// [H   A'    ] [dz]     [∇J        ]
/// [A   2c h²I] [λ₊] = - [d         ]      (z, λ) ← (z, λ) + α (dz, λ₊ - λ)
/// ```
/// with neither damping nor a merit: what [`solve`](super::solve) mends. Whole steps, or with
/// [`line_search`](Options::line_search) shortened until L falls, which is the wrong question: at a saddle a good step may
/// raise it. In the multipliers hλ of the rates `d/h`, `c |hλ|²` is how the notes regularized all variables, multipliers too, with
/// c = 0.1. There it is stationary where `d/h = -2c hλ`: eliminating λ leaves the penalty form of `ρ = -1/(4c)`, a price
/// that is paid *for* defects. A negative c is the honest penalty.
///
/// It looks at the [`Options`] tolerance, iterations, line search, backtrack and shortest. [`Iteration::decrement`] is here minus
/// the slope of L along the step, [`Report::gradient`] and [`Report::defect`] are those of L and d themselves, so that a run is
/// [`Solved`](Status::Solved) with defects when c is not 0.
///
/// # Errors
/// When guess or multipliers do not fit the problem, an option is out of range, or c is not finite.
pub fn plain_lagrangian<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    (guess, multipliers): (&Trajectory<NX, NU>, &[[f64; NX]]),
    c: f64,
    options: &Options,
) -> Result<Solution<NX, NU>, ProblemError> {
    options.check()?;
    check_free(nlp)?;
    check_guess(nlp, guess)?;
    let n = nlp.intervals();
    require(multipliers.len() == n, multipliers.len() as f64, "the problem's intervals", || "multipliers".into())?;
    require(c.is_finite(), c, "finite", || "c".into())?;
    let square = c * nlp.step() * nlp.step();
    let (mut plan, mut multipliers) = (guess.clone(), multipliers.to_vec());
    plan.states[0] = nlp.start();
    let (mut expansion, mut kkt) = (Expansion::new(n), KktBand::new(n));
    let (mut right, mut step) = (RightSide::zeros(n), KktStep::zeros(n));
    let (mut defects, mut trial) = (vec![[0.0; NX]; n], plan.clone());
    let lagrangian = |plan: &Trajectory<NX, NU>, multipliers: &[[f64; NX]], defects: &mut [[f64; NX]]| {
        let cost = nlp.evaluate(plan, defects);
        let y = multipliers.as_flattened();
        (cost + dot(y, defects.as_flattened()) + square * dot(y, y), cost)
    };
    let (mut iterations, mut scale): (Vec<Iteration>, f64) = (Vec::new(), 0.0);
    loop {
        let (value, cost) = lagrangian(&plan, &multipliers, &mut defects);
        nlp.expand(&plan, &multipliers, Hessian::Exact, &mut expansion);
        let mut slopes = Vec::with_capacity(n * (NX + NU));
        expansion.gradient(&multipliers, |place, part| {
            slopes.resize(slopes.len().max(place + part.len()), 0.0);
            slopes[place..][..part.len()].copy_from_slice(part);
        });
        scale = scale.max(largest(expansion.slopes()));
        // What is to vanish: ∇_z L, and ∂L/∂λ as a defect.
        let left = defects.as_flattened().iter().zip(multipliers.as_flattened()).map(|(d, y)| d + 2.0 * square * y);
        let left: Vec<f64> = left.collect();
        let (gradient, defect) = (largest(slopes.iter().copied()), largest(defects.as_flattened().iter().copied()));
        let status = if !(value.is_finite() && gradient.is_finite()) {
            Some(Status::NotFinite { knot: worst(&defects) })
        } else if gradient <= options.tolerance * scale && largest(left.iter().copied()) <= options.tolerance {
            Some(Status::Solved)
        } else if iterations.len() == options.iterations {
            Some(Status::IterationLimit)
        } else {
            kkt.factor(&expansion, 0.0, -2.0 * square, true).err().map(|wrong| Status::Singular { knot: wrong.knot() })
        };
        let done = |status| {
            let (plan, multipliers) = (plan.clone(), multipliers.clone());
            let iterations = iterations.clone();
            Solution { plan, multipliers, report: Report { status, iterations, cost, defect, gradient, scale } }
        };
        if let Some(status) = status {
            return Ok(done(status));
        }
        right.take(&expansion);
        kkt.solve(&right, &mut step);
        let moves = step.motion.controls.iter().zip(&step.motion.states[1..]);
        let moves: Vec<f64> = moves.flat_map(|(u, x)| u.iter().chain(x).copied()).collect();
        let rise = step.multipliers.as_flattened().iter().zip(multipliers.as_flattened()).map(|(goal, y)| goal - y);
        let rise: Vec<f64> = rise.collect();
        let slope = dot(&slopes, &moves) + dot(&left, &rise);

        let (mut alpha, mut trials, mut ahead) = (1.0, 0, multipliers.clone());
        loop {
            trials += 1;
            plan.step_into(alpha, &step.motion, &mut trial);
            let ahead_of = ahead.as_flattened_mut().iter_mut().zip(multipliers.as_flattened()).zip(&rise);
            ahead_of.for_each(|((ahead, y), rise)| *ahead = y + alpha * rise);
            if !options.line_search || lagrangian(&trial, &ahead, &mut defects).0 < value {
                break;
            }
            alpha *= options.backtrack;
            if alpha < options.shortest {
                return Ok(done(Status::NoProgress { knot: worst(&defects) }));
            }
        }

        let (decrement, negative) = (-slope, kkt.negative());
        iterations.push(Iteration {
            cost,
            defect,
            gradient,
            decrement,
            step: alpha,
            trials,
            damping: 0.0,
            negative,
            factorizations: 1,
            penalty: 0.0,
        });
        core::mem::swap(&mut plan, &mut trial);
        multipliers = ahead;
    }
}

/// A stationary point of the plain Lagrangian with a term `c |hλ|²`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Biased {
    /// c.
    pub c: f64,
    /// J there.
    pub cost: f64,
    /// The largest defect as a rate, `max |d/h|`.
    pub rate: f64,
    /// What it must be, `2|c| max |hλ|`.
    pub bias: f64,
}

/// The stationary points of [`plain_lagrangian`] that `solution`, whose multipliers are those for c = 0, becomes for
/// `c = step, 2 step, ..`, each by whole steps from the last: `most` of them, or as many as there are before it folds back.
///
/// # Errors
/// Those of [`plain_lagrangian`].
pub fn biased_branch<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    solution: &Solution<NX, NU>,
    step: f64,
    most: usize,
) -> Result<Vec<Biased>, ProblemError> {
    let options = Options { line_search: false, tolerance: 1e-9, iterations: 30, ..Options::default() };
    let (mut at, mut branch) = (solution.clone(), Vec::new());
    for k in 1..=most {
        let c = step * k as f64;
        at = plain_lagrangian(nlp, (&at.plan, &at.multipliers), c, &options)?;
        if at.report.status != Status::Solved {
            break;
        }
        let largest = largest(at.multipliers.as_flattened().iter().copied()) * nlp.step();
        let rate = at.report.defect / nlp.step();
        branch.push(Biased { c, cost: at.report.cost, rate, bias: 2.0 * c.abs() * largest });
    }
    Ok(branch)
}
