//! The problem: move a system along a horizon at the least cost.

use alloc::vec;
use alloc::vec::Vec;

use crate::constraints::{Bound, Bounds, Constraints, Subject};
use crate::cost::{Check, Cost, Moving, WeightOf};
use crate::inspect::Sparsity;
use crate::{At, Dynamics, Trajectory};

/// A mistake in a problem, a guess or an option: which field, which value, what it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct ProblemError {
    /// The field, with its knot and index where it has them.
    pub field: alloc::string::String,
    /// The value found.
    pub value: f64,
    /// What it must be.
    pub must: &'static str,
}

impl core::fmt::Display for ProblemError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} = {}: must be {}", self.field, self.value, self.must)
    }
}

impl core::error::Error for ProblemError {}

/// `Ok` if `fine`, else an error that names field and value.
pub(crate) fn require(
    fine: bool,
    value: f64,
    must: &'static str,
    field: impl FnOnce() -> alloc::string::String,
) -> Result<(), ProblemError> {
    if fine { Ok(()) } else { Err(ProblemError { field: field(), value, must }) }
}

/// Is every number finite? Else an error that names the first that is not.
pub(crate) fn require_finite(
    values: &[f64],
    field: impl Fn(usize) -> alloc::string::String,
) -> Result<(), ProblemError> {
    for (i, &value) in values.iter().enumerate() {
        require(value.is_finite(), value, "finite", || field(i))?;
    }
    Ok(())
}

/// Are these limits that something can keep?
pub(crate) fn check_bound(bound: &Bound, name: &str, k: usize) -> Result<(), ProblemError> {
    let Bound { lower, upper, price } = *bound;
    require(!lower.is_nan() && lower < f64::INFINITY, lower, "a number or minus infinity", || {
        alloc::format!("lower bound of {name} at knot {k}")
    })?;
    require(!upper.is_nan() && upper > f64::NEG_INFINITY, upper, "a number or infinity", || {
        alloc::format!("upper bound of {name} at knot {k}")
    })?;
    require(lower <= upper, lower, "at most the upper one", || {
        alloc::format!("lower bound of {name} at knot {k} (upper {upper})")
    })?;
    let Some(price) = price else { return Ok(()) };
    for (part, value) in [("linear", price.linear), ("quadratic", price.quadratic)] {
        require(value >= 0.0 && value.is_finite(), value, "finite and not negative", || {
            alloc::format!("{part} price of the bound of {name} at knot {k}")
        })?;
    }
    require(price.linear + price.quadratic > 0.0, 0.0, "above 0 in one of its parts", || {
        alloc::format!("price of the bound of {name} at knot {k}")
    })
}

/// How the cost of a knot counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Quadrature {
    /// As it stands: the cost is a plain sum over knots.
    #[default]
    Sum,
    /// The running cost times the step, so that its sum approaches an integral over time, with an error of first order in the
    /// step; the terminal cost as it stands.
    Integral,
}

/// An optimal control problem:
///
/// ```text
/// minimize   Σ_{k<N} l(t_k, x_k, u_k; p_k) + l_N(t_N, x_N; p_N)
/// subject to x(0) = start,  x' = f(t, x, u_k; p_k) from knot k to knot k + 1,  t_k = k step,
///            bounds on states and controls, margins g(t_k, x_k, u_k; p_k) >= 0, equations c(t_k, x_k, u_k; p_k) = 0
/// ```
/// The dynamics `f` is a [`Dynamics`], the terms of `l` a [`Cost`]. What changes along the horizon comes through `p`.
#[derive(Clone, Debug)]
pub struct Ocp<D, C, const NX: usize, const NU: usize, const NP: usize = 0> {
    pub(crate) dynamics: D,
    pub(crate) cost: C,
    pub(crate) start: [f64; NX],
    pub(crate) step: f64,
    pub(crate) parameters: Vec<[f64; NP]>,
    pub(crate) quadrature: Quadrature,
    pub(crate) bounds: Vec<Bounds<NX, NU>>,
}

impl<D, C, const NX: usize, const NU: usize> Ocp<D, C, NX, NU, 0>
where
    D: Dynamics<NX, NU>,
    C: Cost<NX, NU>,
{
    /// A problem that is the same at every knot: `intervals` steps of `step` seconds from `start`. Its cost is a plain sum over
    /// knots, so that twice as many knots cost twice as much, unless [`quadrature`](Self::quadrature) says otherwise.
    ///
    /// # Errors
    /// When the step is not positive, there is no interval, the start is not finite, the dynamics have no value there,
    /// or a weight is negative or depends on the state or the control.
    pub fn new(dynamics: D, cost: C, start: [f64; NX], intervals: usize, step: f64) -> Result<Self, ProblemError> {
        Self::with_parameters(dynamics, cost, start, step, vec![[]; intervals + 1])
    }
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Ocp<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    /// A problem with parameters: `parameters[k]` are those of knot `k` and of the interval after it, one set for each of
    /// the `N + 1` knots.
    ///
    /// # Errors
    /// When the step is not positive, there is no interval, a number is not finite, the dynamics have no value at the start,
    /// or a weight is negative or depends on the state or the control.
    pub fn with_parameters(
        dynamics: D,
        cost: C,
        start: [f64; NX],
        step: f64,
        parameters: Vec<[f64; NP]>,
    ) -> Result<Self, ProblemError> {
        require(step > 0.0 && step.is_finite(), step, "positive and finite", || "step".into())?;
        let intervals = parameters.len() as f64 - 1.0;
        require(intervals >= 1.0, intervals, "at least 1", || "intervals".into())?;
        require_finite(&start, |i| alloc::format!("start[{i}], {}", D::STATES[i]))?;
        let bounds = vec![Bounds::FREE; parameters.len()];
        let ocp = Ocp { dynamics, cost, start, step, parameters, quadrature: Quadrature::Sum, bounds };
        for k in 0..=ocp.intervals() {
            ocp.check_rate(k)?;
            ocp.check_knot(k)?;
        }
        ocp.check_structure()?;
        Ok(ocp)
    }

    /// The same problem with its cost summed otherwise.
    #[must_use]
    pub fn quadrature(self, quadrature: Quadrature) -> Self {
        Ocp { quadrature, ..self }
    }

    /// The same problem, subject to further constraints.
    #[must_use]
    pub fn subject_to<K: Constraints<NX, NU, NP>>(self, constraints: K) -> Ocp<D, Subject<C, K>, NX, NU, NP> {
        let Ocp { dynamics, cost, start, step, parameters, quadrature, bounds } = self;
        let cost = Subject { cost, constraints };
        Ocp { dynamics, cost, start, step, parameters, quadrature, bounds }
    }

    /// The same problem with these limits for the states of knots 1 to N; the first state is given.
    ///
    /// # Errors
    /// When limits contradict each other or are not numbers, or a price is negative, not finite or nothing.
    pub fn bound_states(mut self, states: [Bound; NX]) -> Result<Self, ProblemError> {
        for k in 1..=self.intervals() {
            self.set_bounds(k, Bounds { states, ..self.bounds[k] })?;
        }
        Ok(self)
    }

    /// The same problem with these limits for the controls of all intervals.
    ///
    /// # Errors
    /// Those of [`bound_states`](Self::bound_states).
    pub fn bound_controls(mut self, controls: [Bound; NU]) -> Result<Self, ProblemError> {
        for k in 0..self.intervals() {
            self.set_bounds(k, Bounds { controls, ..self.bounds[k] })?;
        }
        Ok(self)
    }

    /// The same problem with these limits for the last state.
    ///
    /// # Errors
    /// Those of [`bound_states`](Self::bound_states).
    pub fn bound_end(mut self, states: [Bound; NX]) -> Result<Self, ProblemError> {
        let end = self.intervals();
        self.set_bounds(end, Bounds { states, ..self.bounds[end] })?;
        Ok(self)
    }

    /// Other limits at knot `k`. Those of the states at knot 0 are a check of the start, those of controls at knot N nothing.
    ///
    /// # Errors
    /// When there is no such knot, limits contradict each other, one is not a number, a price is negative, not finite or nothing, or
    /// the start is outside of hard ones; the problem is then unchanged.
    pub fn set_bounds(&mut self, k: usize, bounds: Bounds<NX, NU>) -> Result<(), ProblemError> {
        require(k <= self.intervals(), k as f64, "a knot of the horizon", || "knot".into())?;
        for (i, bound) in bounds.states.iter().enumerate() {
            check_bound(bound, D::STATES[i].name, k)?;
            let start = self.start[i];
            let outside = k == 0 && bound.price.is_none() && !(bound.lower..=bound.upper).contains(&start);
            require(!outside, start, "within its bounds", || alloc::format!("start[{i}], {}", D::STATES[i]))?;
        }
        for (j, bound) in bounds.controls.iter().enumerate() {
            check_bound(bound, D::CONTROLS[j].name, k)?;
        }
        self.bounds[k] = bounds;
        Ok(())
    }

    /// The limits of knot `k`.
    ///
    /// # Panics
    /// When `k > N`.
    pub fn bounds(&self, k: usize) -> &Bounds<NX, NU> {
        &self.bounds[k]
    }

    /// N, the number of intervals.
    pub fn intervals(&self) -> usize {
        self.parameters.len() - 1
    }

    /// Length of an interval, s.
    pub fn step(&self) -> f64 {
        self.step
    }

    /// Where every motion begins.
    pub fn start(&self) -> [f64; NX] {
        self.start
    }

    /// The dynamics.
    pub fn dynamics(&self) -> &D {
        &self.dynamics
    }

    /// The cost.
    pub fn cost(&self) -> &C {
        &self.cost
    }

    /// The parameters of each knot.
    pub fn parameters(&self) -> &[[f64; NP]] {
        &self.parameters
    }

    /// Time and parameters of knot `k`.
    ///
    /// # Panics
    /// When `k > N`.
    pub fn at(&self, k: usize) -> At<'_, f64, NP> {
        At { t: k as f64 * self.step, p: &self.parameters[k] }
    }

    /// A motion of this problem as a table: [`Trajectory::to_csv`] with its step and its names.
    pub fn to_csv(&self, plan: &Trajectory<NX, NU>) -> alloc::string::String {
        plan.to_csv(self.step, &D::STATES, &D::CONTROLS)
    }

    /// Another start for the same problem.
    ///
    /// # Errors
    /// When it is not finite, outside of hard bounds of knot 0, or the dynamics have no value there; the problem is then unchanged.
    pub fn set_start(&mut self, start: [f64; NX]) -> Result<(), ProblemError> {
        require_finite(&start, |i| alloc::format!("start[{i}], {}", D::STATES[i]))?;
        let before = core::mem::replace(&mut self.start, start);
        self.set_bounds(0, self.bounds[0])
            .and_then(|()| (0..self.intervals()).try_for_each(|k| self.check_rate(k)))
            .inspect_err(|_| self.start = before)
    }

    /// Other parameters at knot `k`.
    ///
    /// # Errors
    /// When there is no such knot, a number is not finite, or a weight becomes negative; the problem is then unchanged.
    pub fn set_parameters(&mut self, k: usize, p: [f64; NP]) -> Result<(), ProblemError> {
        require(k <= self.intervals(), k as f64, "a knot of the horizon", || "knot".into())?;
        let before = core::mem::replace(&mut self.parameters[k], p);
        self.check_rate(k).and_then(|()| self.check_knot(k)).inspect_err(|_| self.parameters[k] = before)
    }

    /// Parameters, and the dynamics at the start.
    fn check_rate(&self, k: usize) -> Result<(), ProblemError> {
        let at = self.at(k);
        require_finite(at.p, |i| alloc::format!("parameters[{k}][{i}]"))?;
        if k == self.intervals() {
            return Ok(());
        }
        let rate = self.dynamics.xdot(&at, self.start, [0.0; NU]);
        require_finite(&rate, |i| alloc::format!("rate of {} at the start, knot {k}", D::STATES[i]))
    }

    /// The weights and widths of a knot.
    fn check_knot(&self, k: usize) -> Result<(), ProblemError> {
        let mut check = Check::default();
        if k < self.intervals() {
            self.cost.running(&self.at(k), self.start, [0.0; NU], &mut check);
        } else {
            self.cost.terminal(&self.at(k), self.start, &mut check);
        }
        if let Some((term, name, value)) = check.wrong {
            let field = || alloc::format!("{name} of cost term {term} at knot {k}");
            require(false, value, "finite and not negative (a width: positive)", field)?;
        }
        Ok(())
    }

    /// The derivatives take a weight as a constant: is each one?
    fn check_structure(&self) -> Result<(), ProblemError> {
        if NX + NU > Sparsity::MOST {
            return Ok(());
        }
        let p = [Sparsity::from(0.0); NP];
        let at = At { t: Sparsity::from(0.0), p: &p };
        let x = core::array::from_fn(Sparsity::variable);
        let u = core::array::from_fn(|j| Sparsity::variable(NX + j));
        for k in [0, self.intervals()] {
            let running = k < self.intervals();
            let mut moving = Moving::default();
            if running {
                self.cost.running(&at, x, u, &mut moving);
            } else {
                self.cost.terminal(&at, x, &mut moving);
            }
            let Some(term) = moving.term else { continue };
            let mut weight = WeightOf { before: term, weight: 0.0 };
            if running {
                self.cost.running(&self.at(k), self.start, [0.0; NU], &mut weight);
            } else {
                self.cost.terminal(&self.at(k), self.start, &mut weight);
            }
            let field = || alloc::format!("weight of cost term {term} at knot {k}");
            require(false, weight.weight, "independent of the state and the control", field)?;
        }
        Ok(())
    }
}
