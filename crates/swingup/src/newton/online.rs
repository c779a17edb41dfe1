//! Newton's method online: a few steps for each sample of a plant.
//!
//! ```
//! use swingup::newton::online::{Form, Options, RealTimeIteration, Tail};
//! use swingup::{At, Trajectory, expansion::Hessian, integrate::rollout, models::CartPole, newton, problems};
//! use swingup::transcription::MIDPOINT;
//!
//! let nlp = problems::swing_up().transcribe(MIDPOINT);
//! let begin = newton::solve(&nlp, &Trajectory::constant(99, [0.0; 4], [0.0]), &newton::Options::default())?;
//! let options = Options { form: Form::Kkt, hessian: Hessian::Exact, tail: Tail::Rolled, steps: 1 };
//! let mut online = RealTimeIteration::new(nlp, &begin, options)?;
//!
//! let plant = |_, x, u| Some(rollout(&CartPole::scaled(), &At { t: 0.0, p: &[] }, 0.1, 10, x, &[u])[1]);
//! let run = online.drive([0.0, 0.0, 0.01, 0.0], 100, plant);
//! assert!((run.states[100][2] - std::f64::consts::PI).abs() < 0.1);
//! # Ok::<(), swingup::ocp::ProblemError>(())
//! ```

use alloc::vec::Vec;

use super::multipliers::Newton;
use super::stationary::{check_free, check_guess};
use super::{Indefinite, PenaltyForm, Solution, Status};
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::Dual;
use crate::integrate::implicit_step;
use crate::linear::{KktStep, Riccati, RightSide};
use crate::ocp::{ProblemError, require};
use crate::transcription::Scheme;
use crate::{At, Cost, Dynamics, Trajectory, Transcribed};

/// What a step of [`RealTimeIteration`] solves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Form {
    /// The [`PenaltyForm`] with the penalty ρ; its multipliers are shifted with the plan.
    Multipliers {
        /// ρ, positive.
        penalty: f64,
        /// Whether `λ ← λ + 2ρ d/h²` after the steps of each sample. Between minima of the form it is the method of multipliers;
        /// after a step or two there is no minimum yet, and it adds the defects that are left to those of the last sample.
        update: bool,
    },
    /// The optimality conditions, with the KKT system of motion and multipliers.
    Kkt,
}

/// Where the last knot of a shifted plan comes from; the last control and multiplier are held in either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tail {
    /// `x_N ← x_{N-1}`, which leaves a defect of `-h f(x_N, u_{N-1})` in the last interval.
    Copied,
    /// `d(x_{N-1}, u_{N-1}, x_N) = 0`, by Newton's method for `x_N`; copied, where that finds none.
    Rolled,
}

/// What [`RealTimeIteration`] does in each sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// What a step solves.
    pub form: Form,
    /// With which second derivatives. Gauss-Newton's cannot bend down. Its steps need not lead to the optimum (about the swing-up from
    /// hanging, those of one sample lead away by some 2 % each), but a loop moves on before that matters.
    pub hessian: Hessian,
    /// What the shifted plan ends with.
    pub tail: Tail,
    /// Newton steps in a sample, at least one.
    pub steps: usize,
}

/// What was found for a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample<const NU: usize> {
    /// The control to be held until the next sample.
    pub control: [f64; NU],
    /// Negative eigenvalues that each step met: of the penalty form's Hessian, or of the Lagrangian's along the constraints.
    pub negative: Vec<usize>,
}

/// A plant and its controls, as far as it went.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosedLoop<const NX: usize, const NU: usize> {
    /// Where the plant was, one state more than samples.
    pub states: Vec<[f64; NX]>,
    /// What was found in each sample.
    pub samples: Vec<Sample<NU>>,
}

/// A receding horizon whose plan is kept near its optimum by a few Newton steps in each sample, all of them whole and undamped.
///
/// ```text
/// control    x_0 ← the plant's state;   z ← z + dz, some steps;   give u_0
/// shift      x_k, u_k, λ_k ← x_{k+1}, u_{k+1}, λ_{k+1},  and a new tail
/// ```
/// The plan moves, the problem does not: knot k, with its weights and other parameters, is always k intervals ahead of the plant. A
/// state that is not the planned one is a defect of the first interval, and the first step answers it, to first order, as the best
/// linear feedback about the plan would.
///
/// M. Diehl, H. G. Bock, J. P. Schlöder, A real-time iteration scheme for nonlinear optimization in optimal feedback control, SIAM J.
/// Control Optim. 43 (2005). Their preparation of a step, before the state is known, is not parted from its feedback here.
#[derive(Clone, Debug)]
pub struct RealTimeIteration<D, C, T, const NX: usize, const NU: usize, const NP: usize = 0> {
    options: Options,
    form: PenaltyForm<Transcribed<D, C, T, NX, NU, NP>, NX, NU>,
    plan: Trajectory<NX, NU>,
    /// Room for the next one.
    next: Trajectory<NX, NU>,
    newton: Newton<f64>,
    expansion: Expansion<NX, NU>,
    riccati: Riccati<NX, NU>,
    right: RightSide<NX, NU>,
    step: KktStep<NX, NU>,
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> RealTimeIteration<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    /// Begins with a solution of the problem, or with what is near one.
    ///
    /// # Errors
    /// When the problem has inequalities, plan or multipliers do not fit it, the penalty is not positive, or there is no step.
    pub fn new(
        nlp: Transcribed<D, C, T, NX, NU, NP>,
        begin: &Solution<NX, NU>,
        options: Options,
    ) -> Result<Self, ProblemError> {
        check_free::<NX, NU, f64>(&nlp)?;
        check_guess(&nlp, &begin.plan)?;
        let (n, multipliers) = (nlp.ocp().intervals(), begin.multipliers.len());
        require(multipliers == n, multipliers as f64, "the problem's intervals", || "multipliers".into())?;
        require(options.steps > 0, 0.0, "at least 1", || "steps".into())?;
        let mut form = PenaltyForm::new(nlp, 0.0);
        if let Form::Multipliers { penalty, .. } = options.form {
            require(penalty > 0.0 && penalty.is_finite(), penalty, "positive and finite", || "penalty".into())?;
            form.penalty = penalty;
        }
        form.multipliers.clone_from(&begin.multipliers);
        let newton = Newton::new(&form, form.pack(&begin.plan));
        let (expansion, riccati) = (Expansion::new(n), Riccati::new(n));
        let (right, step) = (RightSide::zeros(n), KktStep::zeros(n));
        Ok(RealTimeIteration {
            options,
            form,
            plan: begin.plan.clone(),
            next: begin.plan.clone(),
            newton,
            expansion,
            riccati,
            right,
            step,
        })
    }

    /// The plan of the last sample, or the shifted one.
    pub fn plan(&self) -> &Trajectory<NX, NU> {
        &self.plan
    }

    /// Its multipliers.
    pub fn multipliers(&self) -> &[[f64; NX]] {
        &self.form.multipliers
    }

    /// What to do now that the plant is at `state`.
    ///
    /// # Errors
    /// [`Status::Singular`] or [`Status::NotFinite`], with the knot, where a step has no solution. The plan is of no use any more.
    pub fn control(&mut self, state: [f64; NX]) -> Result<Sample<NU>, Status> {
        self.plan.states[0] = state;
        let negative = match self.options.form {
            Form::Multipliers { update, .. } => self.penalized(update)?,
            Form::Kkt => self.stationary()?,
        };
        let finite = |row: &[f64]| row.iter().all(|v| v.is_finite());
        let lost = self.plan.controls.iter().zip(&self.plan.states[1..]).position(|(u, x)| !(finite(u) && finite(x)));
        match lost {
            Some(knot) => Err(Status::NotFinite { knot }),
            None => Ok(Sample { control: self.plan.controls[0], negative }),
        }
    }

    /// A sample has passed.
    pub fn shift(&mut self) {
        let Trajectory { states, controls } = &mut self.plan;
        states.copy_within(1.., 0);
        controls.copy_within(1.., 0);
        self.form.multipliers.copy_within(1.., 0);
        if self.options.tail == Tail::Rolled
            && let ([.., x, next], [.., u]) = (&mut states[..], &controls[..])
        {
            let (nlp, k) = (&self.form.nlp, controls.len() - 1);
            let (x, u, p) = (x.map(Dual::constant), u.map(Dual::constant), nlp.ocp().at(k).p.map(Dual::constant));
            let at = At { t: Dual::constant(nlp.ocp().at(k).t), p: &p };
            let defect = |next| nlp.scheme().defect(nlp.ocp().dynamics(), &at, nlp.ocp().step(), x, u, next);
            *next = implicit_step(defect, *next).unwrap_or(*next);
        }
    }

    /// Closes the loop for a number of samples, from `start` on: `plant` is given the sample's number, the state and the control, and gives
    /// the next state, or `None` when it was lost. A sample without a plan ends the loop as well.
    pub fn drive(
        &mut self,
        start: [f64; NX],
        samples: usize,
        mut plant: impl FnMut(usize, [f64; NX], [f64; NU]) -> Option<[f64; NX]>,
    ) -> ClosedLoop<NX, NU> {
        let (mut x, mut run) = (start, ClosedLoop { states: Vec::from([start]), samples: Vec::new() });
        for k in 0..samples {
            let Ok(sample) = self.control(x) else { break };
            let Some(next) = plant(k, x, sample.control) else { break };
            x = next;
            run.states.push(x);
            run.samples.push(sample);
            self.shift();
        }
        run
    }

    /// Steps of the penalty form: the negative eigenvalues that each met.
    fn penalized(&mut self, update: bool) -> Result<Vec<usize>, Status> {
        self.form.start_at(self.plan.states[0]);
        self.newton.z = self.form.pack(&self.plan);
        let options = super::Options {
            hessian: self.options.hessian,
            iterations: self.options.steps,
            indefinite: Indefinite::Accept,
            line_search: false,
            cutoff: 0.0,
            ..super::Options::default()
        };
        let mut iterations = Vec::with_capacity(self.options.steps);
        let status = self.newton.minimize(&mut self.form, &options, &mut iterations, &mut |_, _| true);
        self.plan = self.form.unpack(&self.newton.z);
        if update {
            self.form.value(&self.newton.z);
            self.form.update_multipliers();
        }
        let mut negative: Vec<usize> = iterations.iter().map(|i| i.negative).collect();
        match status {
            Status::IterationLimit => Ok(negative),
            // A gradient of zero: there is nothing left for further steps.
            Status::Solved => {
                negative.resize(self.options.steps, 0);
                Ok(negative)
            }
            lost => Err(lost),
        }
    }

    /// Steps of the optimality conditions: the same.
    fn stationary(&mut self) -> Result<Vec<usize>, Status> {
        let mut negative = Vec::with_capacity(self.options.steps);
        for _ in 0..self.options.steps {
            let RealTimeIteration { expansion, riccati, right, step, form, plan, next, .. } = self;
            form.nlp.expand(plan, &form.multipliers, self.options.hessian, expansion);
            riccati.factor(expansion, 0.0, true).map_err(|wrong| Status::Singular { knot: wrong.knot() })?;
            right.take(expansion);
            riccati.solve(expansion, right, step);
            plan.step_into(1.0, &step.motion, next);
            core::mem::swap(plan, next);
            form.multipliers.clone_from(&step.multipliers);
            negative.push(riccati.negative());
        }
        Ok(negative)
    }
}
