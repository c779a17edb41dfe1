//! One problem in several forms of "the dynamics hold", each by Newton's method.

use alloc::vec;
use alloc::vec::Vec;

use super::measure::largest;
use super::{Options, Report, Status, multipliers, plain_lagrangian, solve};
use crate::constrained::Constrained;
use crate::expansion::Nlp;
use crate::ocp::ProblemError;
use crate::{Trajectory, interior};

/// How one form came to its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Course {
    /// The form.
    pub name: &'static str,
    /// At the start and after each Newton step: the larger one of `|J - J*|/|J*|` and the largest defect as a rate, `max |d|/h`.
    pub errors: Vec<f64>,
    /// How it ended; of the penalty alone, the last penalty's minimum.
    pub status: Status,
}

impl Course {
    /// That of the [interior point method](crate::interior), which here has no inequality to stay inside of; on the horizon as it is.
    ///
    /// # Errors
    /// Those of [`interior::solve`](crate::interior::solve).
    pub fn interior<const NX: usize, const NU: usize>(
        nlp: &impl Constrained<NX, NU>,
        guess: &Trajectory<NX, NU>,
        optimum: f64,
    ) -> Result<Self, ProblemError> {
        let mut defects = vec![[0.0; NX]; nlp.intervals()];
        let mut error = |plan: &Trajectory<NX, NU>| {
            let cost = nlp.evaluate(plan, &mut defects);
            ((cost - optimum) / optimum).abs().max(largest(defects.as_flattened().iter().copied()) / nlp.step())
        };
        let mut errors = vec![error(guess)];
        let options = interior::Options { start: interior::Start::Guess, ..Default::default() };
        let solution = interior::solve_watched(nlp, guess, &options, |_, plan| {
            errors.push(error(plan));
            true
        })?;
        let solved = solution.report.status.is_solved();
        let status = if solved { Status::Solved } else { Status::NoProgress { knot: 0 } };
        Ok(Course { name: "interior point", errors, status })
    }
}

/// All forms on one problem, from the same guess with multipliers zero, their errors counted from the least cost `optimum`.
///
/// The penalty alone takes the list of penalties, each from the last one's minimum; the method of multipliers the same list. The
/// plain Lagrangian is that without a term of its own in the multipliers.
///
/// # Errors
/// Those of the forms.
pub fn compare_forms<const NX: usize, const NU: usize>(
    nlp: &impl Nlp<NX, NU>,
    guess: &Trajectory<NX, NU>,
    penalties: &[f64],
    optimum: f64,
    options: &Options,
) -> Result<Vec<Course>, ProblemError> {
    let course = |name, report: &Report| Course {
        name,
        errors: report
            .iterations
            .iter()
            .map(|i| (i.cost, i.defect))
            .chain([(report.cost, report.defect)])
            .map(|(cost, defect)| ((cost - optimum) / optimum).abs().max(defect / nlp.step()))
            .collect(),
        status: report.status,
    };
    let (mut alone, mut plan): (Option<Course>, _) = (None, guess.clone());
    for &penalty in penalties {
        let round = multipliers(nlp, &plan, &[penalty], options, |_, _| true)?;
        plan = round.plan;
        let next = course("penalty alone", &round.report);
        match &mut alone {
            Some(all) => {
                all.errors.extend(&next.errors[1..]);
                all.status = next.status;
            }
            None => alone = Some(next),
        }
    }
    let none = vec![[0.0; NX]; nlp.intervals()];
    let plain = |line_search| {
        let options = Options { line_search, ..options.clone() };
        plain_lagrangian(nlp, (guess, &none), 0.0, &options)
    };
    let rounds = multipliers(nlp, guess, penalties, options, |_, _| true)?.report;
    Ok(alone
        .into_iter()
        .chain([
            course("multipliers in rounds", &rounds),
            course("Lagrangian, whole steps", &plain(false)?.report),
            course("Lagrangian, downhill", &plain(true)?.report),
            course("Lagrangian, mended", &solve(nlp, guess, options)?.report),
        ])
        .collect())
}
