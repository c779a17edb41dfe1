//! Problems on knots as argmin sees them.

use core::cell::RefCell;
use std::vec;
use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient};

use super::{Entrant, Method, Until, lowest_descent};
use crate::cost::Cost;
use crate::expansion::{Hessian, Nlp};
use crate::newton::{self, Options, PenaltyForm, ReducedCost, Report, Solution};
use crate::transcription::Scheme;
use crate::{Dynamics, Trajectory};

/// For each method its name and its way to the optimum, as [`best_multipliers`] tells it.
pub type Ways = Vec<(&'static str, Vec<[f64; 3]>)>;

/// For each method its name and its values.
pub type Values = Vec<(&'static str, Vec<f64>)>;

/// The cost J, and the largest defect as a rate, `max |d|/h`: at the start of a run and after each of its steps or rounds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// J.
    pub costs: Vec<f64>,
    /// max |d|/h.
    pub defects: Vec<f64>,
}

/// Hands a [`PenaltyForm`] to argmin: its value, and its gradient by one pass of derivatives over the knots.
///
/// Newton's method on the same form, with the Hessian, is [`newton::multipliers`](crate::newton::multipliers).
#[derive(Clone, Debug)]
pub struct Penalized<'a, P, const NX: usize, const NU: usize> {
    nlp: &'a P,
    form: RefCell<PenaltyForm<&'a P, NX, NU>>,
}

impl<'a, P: Nlp<NX, NU>, const NX: usize, const NU: usize> Penalized<'a, P, NX, NU> {
    /// The form of `nlp` with multipliers zero.
    pub fn new(nlp: &'a P, penalty: f64) -> Self {
        Penalized { nlp, form: RefCell::new(PenaltyForm::new(nlp, penalty)) }
    }

    /// The form with another penalty ρ.
    pub fn set_penalty(&mut self, penalty: f64) {
        self.form.get_mut().penalty = penalty;
    }

    /// `L(z, λ)`, the value of the form.
    pub fn value(&self, z: &[f64]) -> f64 {
        self.form.borrow_mut().value(z).0
    }

    /// `(J, max |d|/h)` at `z`: the cost, and the largest defect as a rate.
    pub fn cost_and_defect(&self, z: &[f64]) -> (f64, f64) {
        let mut form = self.form.borrow_mut();
        let (_, cost) = form.value(z);
        (cost, form.largest_defect() / self.nlp.step())
    }

    /// `λ ← λ + s d/h²` by the defects at `z`: with `s = 2ρ` the step of the method of multipliers; with a small s a step of
    /// ascent, at the rate s, in the multipliers `hλ` of the rates `d/h`.
    pub fn ascend(&mut self, z: &[f64], s: f64) {
        let form = self.form.get_mut();
        form.value(z);
        form.ascend(s);
    }

    /// The variables of a motion.
    pub fn pack(&self, plan: &Trajectory<NX, NU>) -> Vec<f64> {
        self.form.borrow().pack(plan)
    }

    /// Descent in the motion and ascent in its multipliers at once, both from zero and at the rate `r`:
    /// ```text
    /// z ← z - r ∇L(z, λ)      hλ ← hλ + r d(z)/h       both right-hand sides at the old point
    /// ```
    /// K. J. Arrow, L. Hurwicz, H. Uzawa, Studies in linear and non-linear programming, 1958.
    ///
    /// # Errors
    /// Never: the gradient of the form has none.
    pub fn descend_and_ascend(&mut self, r: f64, steps: usize) -> Result<Trace, Error> {
        let mut z = vec![0.0; self.form.get_mut().variables()];
        let mut trace = Trace::default();
        self.note(&z, &mut trace);
        for _ in 0..steps {
            let g = self.gradient(&z)?;
            self.ascend(&z, r);
            z.iter_mut().zip(g).for_each(|(z, g)| *z -= r * g);
            self.note(&z, &mut trace);
        }
        Ok(trace)
    }

    fn note(&self, z: &[f64], trace: &mut Trace) {
        let (cost, defect) = self.cost_and_defect(z);
        trace.costs.push(cost);
        trace.defects.push(defect);
    }

    /// The method of multipliers as the notes ran it: in the round of each penalty ρ, `steps` times `step(z, ∇L)`, which never
    /// looks at the value; then `λ ← λ + 2ρ d/h²`.
    ///
    /// # Errors
    /// Never: the gradient of the form has none.
    pub fn rounds(
        &mut self,
        mut z: Vec<f64>,
        penalties: &[f64],
        steps: usize,
        mut step: impl FnMut(&mut Vec<f64>, &Vec<f64>),
    ) -> Result<Trace, Error> {
        let mut trace = Trace::default();
        self.note(&z, &mut trace);
        for &penalty in penalties {
            self.set_penalty(penalty);
            for _ in 0..steps {
                let g = self.gradient(&z)?;
                step(&mut z, &g);
            }
            self.ascend(&z, 2.0 * penalty);
            self.note(&z, &mut trace);
        }
        Ok(trace)
    }

    /// The method of multipliers with a method of first order inside: rounds of `steps` of its steps, the penalty always ρ,
    /// each round from the end of the last with the method as new. Ends when `see` says so, or after `rounds`, or
    /// when the cost is no number.
    ///
    /// `see` is shown, after each round, J and the largest defect as a rate `max |d|/h`.
    ///
    /// # Errors
    /// Never: value and gradient of the form have none.
    pub fn multipliers(
        &mut self,
        method: &Method,
        steps: usize,
        rounds: usize,
        mut see: impl FnMut(f64, f64) -> bool,
    ) -> Result<(), Error>
    where
        P: Clone,
    {
        let penalty = self.form.get_mut().penalty;
        let mut z = vec![0.0; self.form.get_mut().variables()];
        for _ in 0..rounds {
            let mut last = z.clone();
            let until = Until { cost: f64::NEG_INFINITY, steps };
            method.descend_watched(self.clone(), &z, until, |z| last.copy_from_slice(z))?;
            z = last;
            self.ascend(&z, 2.0 * penalty);
            let (cost, defect) = self.cost_and_defect(&z);
            if !(cost.is_finite() && see(cost, defect)) {
                break;
            }
        }
        Ok(())
    }
}

impl<P: Nlp<NX, NU>, const NX: usize, const NU: usize> CostFunction for Penalized<'_, P, NX, NU> {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, z: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.value(z))
    }
}

impl<P: Nlp<NX, NU>, const NX: usize, const NU: usize> Gradient for Penalized<'_, P, NX, NU> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, z: &Vec<f64>) -> Result<Vec<f64>, Error> {
        let (mut form, mut gradient) = (self.form.borrow_mut(), vec![0.0; z.len()]);
        form.expand(z, Hessian::GaussNewton);
        form.gradient(&mut gradient);
        Ok(gradient)
    }
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> CostFunction for ReducedCost<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, controls: &Vec<f64>) -> Result<f64, Error> {
        Ok(self.value(controls))
    }
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> Gradient for ReducedCost<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, controls: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(self.slope(controls))
    }
}

/// [`Penalized::multipliers`] by the best of an entrant's settings: the one that takes the fewest rounds to the goal, or else ends
/// nearest to it.
///
/// Gives, for each round, the gradients taken so far, the relative error `|J - optimum|/|optimum|` and the largest defect as a
/// rate; the goal is that both are at most `goal`.
///
/// # Errors
/// Never: value and gradient of the form have none.
pub fn best_multipliers<P: Nlp<NX, NU> + Clone, const NX: usize, const NU: usize>(
    form: &Penalized<'_, P, NX, NU>,
    entrant: &Entrant,
    (steps, rounds): (usize, usize),
    optimum: f64,
    goal: f64,
) -> Result<Vec<[f64; 3]>, Error> {
    let mut best: Vec<[f64; 3]> = Vec::new();
    let far = |path: &[[f64; 3]]| path.last().map_or(f64::INFINITY, |at| at[1].max(at[2]));
    for method in &entrant.settings {
        let mut path: Vec<[f64; 3]> = Vec::new();
        // Whoever is behind a setting that arrived need not go on.
        let rounds = if far(&best) <= goal { best.len() - 1 } else { rounds };
        form.clone().multipliers(method, steps, rounds, |cost, defect| {
            path.push([((path.len() + 1) * steps) as f64, (cost - optimum).abs() / optimum.abs(), defect]);
            far(&path) > goal
        })?;
        if far(&path) <= goal || far(&path) < far(&best) {
            best = path;
        }
    }
    Ok(best)
}

/// Newton's method and the entrants on one penalty form, from zero and for given multipliers zero: for each method its name and the
/// lowest value of the form so far, at the start and after each of its steps, of an entrant's setting that comes lowest.
///
/// # Errors
/// Those of [`newton::multipliers`].
pub fn race_on_penalty<P: Nlp<NX, NU> + Clone, const NX: usize, const NU: usize>(
    nlp: &P,
    penalty: f64,
    entrants: &[Entrant],
    steps: usize,
) -> Result<Values, Error> {
    let form = Penalized::new(nlp, penalty);
    let zero = Trajectory::constant(nlp.intervals(), nlp.start(), [0.0; NU]);
    let z = form.pack(&zero);
    let mut values = vec![form.value(&z)];
    newton::multipliers(nlp, &zero, &[penalty], &Options::default(), |_, plan| {
        values.push(form.value(&form.pack(plan)));
        true
    })?;
    let mut runs = vec![("Newton", values)];
    for entrant in entrants {
        runs.push((entrant.name, lowest_descent(&form, entrant, &z, steps)?.lowest()));
    }
    Ok(runs)
}

/// Newton's method in two forms and the entrants on one problem with multipliers, from zero: for each method its name and how it came
/// closer, as [`best_multipliers`] tells it, as far as the first point at the goal.
///
/// The entrants keep the penalty and take `rounds` rounds of `steps` steps. Newton's method takes growing penalties and
/// ends a round when the decrement is small ([`newton::multipliers`]), or has no rounds ([`newton::solve`]).
///
/// # Errors
/// Those of Newton's method.
pub fn race_with_multipliers<P: Nlp<NX, NU> + Clone, const NX: usize, const NU: usize>(
    nlp: &P,
    penalty: f64,
    entrants: &[Entrant],
    rounds: (usize, usize),
    optimum: f64,
    goal: f64,
) -> Result<Ways, Error> {
    let zero = Trajectory::constant(nlp.intervals(), nlp.start(), [0.0; NU]);
    let options = Options { cutoff: 1e-9, ..Options::default() };
    let by_rounds = newton::multipliers(nlp, &zero, &options.penalties(), &options, |_, _| true)?;
    let at_once = newton::solve(nlp, &zero, &options)?;
    let newton = [("Newton", by_rounds), ("Newton, all at once", at_once)];
    let far = |run: Solution<NX, NU>| approach(&run.report, nlp.step(), optimum, goal);
    let mut paths: Vec<_> = newton.into_iter().map(|(name, run)| (name, far(run))).collect();
    let form = Penalized::new(nlp, penalty);
    for entrant in entrants {
        paths.push((entrant.name, best_multipliers(&form, entrant, rounds, optimum, goal)?));
    }
    Ok(paths)
}

/// How a run of Newton's method came closer, in the form of [`best_multipliers`]: before each step, as far as the first point that is
/// at the goal.
fn approach(report: &Report, h: f64, optimum: f64, goal: f64) -> Vec<[f64; 3]> {
    let steps = report.iterations.iter().map(|step| (step.cost, step.defect));
    let path = steps.chain([(report.cost, report.defect)]).enumerate();
    let far = |(k, (cost, defect)): (usize, (f64, f64))| [k as f64, (cost - optimum).abs() / optimum.abs(), defect / h];
    let mut path: Vec<[f64; 3]> = path.map(far).collect();
    let first = path.iter().position(|at| at[1].max(at[2]) <= goal);
    path.truncate(first.map_or(path.len(), |first| first + 1));
    path
}
