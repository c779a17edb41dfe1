//! Newton's method on the penalty form, and the method of multipliers around it.

use alloc::vec;
use alloc::vec::Vec;

use super::measure::{dot, largest};
use super::stationary::{check_free, check_guess};
use super::{Iteration, Options, PenaltyForm, Report, Solution, Status};
use crate::expansion::{Hessian, Nlp};
use crate::linear::{BandCholesky, BandLdlt, LdltError, SymmetricBand};
use crate::ocp::{ProblemError, require};
use crate::{Real, Trajectory};

/// The method of multipliers: for each penalty ρ of the list, minimizes the penalty form by Newton's method and then takes
/// `λ ← λ + 2ρ d/h²`.
///
/// ```text
/// (∇²L + ωI) p = -∇L        decrement = -∇L'p        a round ends when its size is at most cutoff times |J|
/// z ← z + α p               α = 1, b, b², .. until L has fallen by a share of what the slope promises
/// ```
/// The damping ω is what makes the matrix positive definite, as [`Indefinite`] says. It is the form of the notes that
/// this project began with, in any precision: in single precision the condition of `∇²L` leaves few digits, and a cutoff
/// below what rounding allows is never met, so that `iterations` ends the round.
///
/// # Errors
/// When the guess does not fit the problem, an option is out of range, or a penalty is negative or not finite.
pub fn multipliers<const NX: usize, const NU: usize, R: Real>(
    nlp: &impl Nlp<NX, NU, R>,
    guess: &Trajectory<NX, NU, R>,
    penalties: &[f64],
    options: &Options,
    mut see: impl FnMut(&Iteration, &Trajectory<NX, NU, R>) -> bool,
) -> Result<Solution<NX, NU, R>, ProblemError> {
    options.check()?;
    check_free(nlp)?;
    check_guess(nlp, guess)?;
    for (i, &penalty) in penalties.iter().enumerate() {
        let fine = penalty >= 0.0 && penalty.is_finite();
        require(fine, penalty, "finite and not negative", || alloc::format!("penalties[{i}]"))?;
    }
    let mut form = PenaltyForm::new(nlp, 0.0);
    let mut newton = Newton::new(&form, form.pack(guess));
    let mut iterations = Vec::new();
    let mut status = Status::Solved;
    for &penalty in penalties {
        form.penalty = penalty;
        status = newton.minimize(&mut form, options, &mut iterations, &mut see);
        if status != Status::Solved {
            break;
        }
        form.value(&newton.z);
        form.update_multipliers();
    }
    // With the multipliers of the last round and no penalty the gradient is that of the Lagrangian.
    form.penalty = 0.0;
    let (_, cost) = form.expand(&newton.z, Hessian::GaussNewton);
    let defect = form.largest_defect();
    form.gradient(&mut newton.gradient);
    let gradient = largest(newton.gradient.iter().copied());
    let scale = form.largest_slope();
    if status == Status::Solved && !(defect <= options.tolerance && gradient <= options.tolerance * scale) {
        status = Status::RoundLimit;
    }
    let report = Report { status, iterations, cost: cost.to_f64(), defect, gradient, scale };
    Ok(Solution { plan: form.unpack(&newton.z), multipliers: form.multipliers, report })
}

/// The room that Newton's method works in.
#[derive(Clone, Debug)]
pub(super) struct Newton<R> {
    pub(super) z: Vec<R>,
    trial: Vec<R>,
    gradient: Vec<R>,
    step: Vec<R>,
    matrix: SymmetricBand<R>,
    cholesky: BandCholesky<R>,
    ldlt: BandLdlt<R>,
}

/// What to do where the penalty form's Hessian is not positive definite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Indefinite {
    /// Damp it until it is: every step goes downhill.
    #[default]
    Damp,
    /// Solve with it as it is, as the notes did: the step goes to a stationary point of the model, perhaps uphill.
    Accept,
}

impl<R: Real> Newton<R> {
    pub(super) fn new<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize>(
        form: &PenaltyForm<P, NX, NU, R>,
        z: Vec<R>,
    ) -> Self {
        let (n, w) = (form.variables(), form.half_bandwidth());
        let (trial, gradient, step) = (z.clone(), vec![R::zero(); n], vec![R::zero(); n]);
        let (matrix, cholesky) = (SymmetricBand::zeros(n, w), BandCholesky::new(n, w));
        Newton { z, trial, gradient, step, matrix, cholesky, ldlt: BandLdlt::new() }
    }

    pub(super) fn minimize<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize>(
        &mut self,
        form: &mut PenaltyForm<P, NX, NU, R>,
        options: &Options,
        iterations: &mut Vec<Iteration>,
        see: &mut impl FnMut(&Iteration, &Trajectory<NX, NU, R>) -> bool,
    ) -> Status {
        loop {
            if iterations.len() == options.iterations {
                return Status::IterationLimit;
            }
            let (value, cost) = form.expand(&self.z, options.hessian);
            form.gradient(&mut self.gradient);
            form.hessian(&mut self.matrix);
            let defect = form.largest_defect();
            let finite = |v: &R| v.is_finite();
            if !value.is_finite() || !self.gradient.iter().all(finite) {
                if let Some(last) = iterations.last()
                    && last.penalty == form.penalty
                {
                    // The iterate before this one was finite.
                    core::mem::swap(&mut self.z, &mut self.trial);
                }
                let place = self.gradient.iter().position(|g| !g.is_finite());
                return Status::NotFinite { knot: place.map_or(0, |index| form.knot(index)) };
            }
            let (damping, negative, factorizations) = match self.factor(form.largest_curvature(), options) {
                Ok(done) => done,
                Err(LdltError::Singular { index }) => return Status::Singular { knot: form.knot(index) },
                Err(LdltError::NotFinite { index }) => return Status::NotFinite { knot: form.knot(index) },
            };
            let decrement = -dot(&self.gradient, &self.step);
            let (alpha, trials) = match self.search(form, value, decrement, options) {
                Some(found) => found,
                None => return Status::NoProgress { knot: form.worst_interval() },
            };
            let iteration = Iteration {
                cost: cost.to_f64(),
                defect,
                gradient: largest(self.gradient.iter().copied()),
                decrement: decrement.to_f64(),
                step: alpha,
                trials,
                damping,
                negative,
                factorizations,
                penalty: form.penalty,
            };
            iterations.push(iteration);
            if !see(&iteration, &form.unpack(&self.z)) {
                return Status::Stopped;
            }
            if decrement.to_f64().abs() <= options.cutoff * cost.to_f64().abs() {
                return Status::Solved;
            }
        }
    }

    /// The step, its damping, the matrix's negative eigenvalues and the factorizations; or the variable that is undetermined.
    fn factor(&mut self, curvature: f64, options: &Options) -> Result<(f64, usize, usize), LdltError> {
        self.step.iter_mut().zip(&self.gradient).for_each(|(p, g)| *p = -*g);
        let (mut damping, mut negative, mut factorizations) = (0.0, 0, 1);
        while let Err(wrong) = self.cholesky.factor(&self.matrix) {
            if factorizations == 1 {
                if let Err(error @ LdltError::NotFinite { .. }) = self.ldlt.factor(&self.matrix) {
                    return Err(error);
                }
                negative = self.ldlt.inertia().negative;
                if options.indefinite == Indefinite::Accept {
                    self.ldlt.solve(&mut self.step);
                    return Ok((0.0, negative, 2));
                }
            }
            let next = if damping > 0.0 { damping * 8.0 } else { options.damping * curvature };
            // Whatever the model is, that much would have drowned it.
            if next.is_nan() || next >= 1e16 * curvature {
                return Err(LdltError::Singular { index: wrong.index });
            }
            self.matrix.add_diagonal(R::from(next - damping));
            damping = next;
            factorizations += 1;
        }
        self.cholesky.solve(&mut self.step);
        Ok((damping, negative, factorizations))
    }

    /// Goes along the step; the share that was taken, and the trials.
    fn search<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize>(
        &mut self,
        form: &mut PenaltyForm<P, NX, NU, R>,
        before: R,
        decrement: R,
        options: &Options,
    ) -> Option<(f64, usize)> {
        let (mut alpha, mut trials) = (1.0, 0);
        // What rounding may add.
        let noise = before.abs() * (4.0 * R::EPSILON);
        loop {
            trials += 1;
            let share = R::from(alpha);
            for ((trial, z), p) in self.trial.iter_mut().zip(&self.z).zip(&self.step) {
                *trial = *z + share * *p;
            }
            if !options.line_search {
                break;
            }
            let (value, _) = form.value(&self.trial);
            if value <= before - decrement * share * options.sufficient + noise {
                break;
            }
            alpha *= options.backtrack;
            if alpha < options.shortest {
                return None;
            }
        }
        core::mem::swap(&mut self.z, &mut self.trial);
        Some((alpha, trials))
    }
}
