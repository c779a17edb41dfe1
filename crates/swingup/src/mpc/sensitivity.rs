//! The derivative of the control in the measured state and in the parameters.

use super::linearize::Places;
use super::recursion::{ToGo, step_back};
use super::work::Work;
use super::{Mpc, Prepared, Status};
use crate::constraints::{MarginSink, Price};
use crate::cost::Total;
use crate::inspect::Dual;
use crate::integrate::rk4_step;
use crate::lanes::LANES;
use crate::{At, Cost, Dynamics};

/// How the control of a converged sample changes: `du_0/dx_0` and `du_0/dp`.
///
/// The optimality conditions `F(w; x_0, p) = 0` hold along the way, so that `dw = -(∂F/∂w)⁻¹ ∂F`, with the exact Hessian of the
/// Lagrangian and the rows of the inequalities at their μ. For each control one response of the factored system to a unit slope in it
/// is enough, because `∂F/∂w` is symmetric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sensitivity<'a, const NX: usize, const NU: usize> {
    /// `du_0/dx_0`, in a control's unit per unit of a state: the feedback gain, negated.
    pub state: [[f64; NX]; NU],
    responses: &'a [[f64; NU]],
    count: usize,
}

impl<const NX: usize, const NU: usize> Sensitivity<'_, NX, NU> {
    /// `du_0/dp_i` for parameter `i` of knot `k`.
    ///
    /// # Panics
    /// When there is no such parameter.
    pub fn parameter(&self, k: usize, i: usize) -> [f64; NU] {
        assert!(i < self.count, "parameter {i} of {}", self.count);
        self.responses[k * self.count + i]
    }

    /// `du_0/dp_i` for a parameter that has the same value at every knot: the sum over knots.
    ///
    /// # Panics
    /// When there is no such parameter.
    pub fn shared(&self, i: usize) -> [f64; NU] {
        assert!(i < self.count, "parameter {i} of {}", self.count);
        let mut sum = [0.0; NU];
        for response in self.responses.iter().skip(i).step_by(self.count) {
            (0..NU).for_each(|j| sum[j] += response[j]);
        }
        sum
    }
}

impl<const NX: usize, const NU: usize> Mpc<NX, NU> {
    /// How the control of this sample changes with the measured state and the parameters: exact where the sample has converged, and the
    /// derivative of one more exact Newton step where it has not.
    ///
    /// `None` where the exact Hessian is not convex along the dynamics, or something is not a number. The plan stays as it is, and
    /// inequalities count as they are at the sample's μ. A step that a feedback owes is taken before; what was prepared has to be prepared
    /// again. It costs an expansion with the exact Hessian, a factorization, and for each
    /// control a sweep forward and the second derivatives that mix it with the parameters.
    pub fn differentiate(&mut self) -> Option<Sensitivity<'_, NX, NU>> {
        self.pay();
        if self.stage == Prepared::Factored {
            self.stage = Prepared::Shifted;
        }
        let (report, n) = (self.report, self.work.intervals);
        // A sample that has converged ends with the expansion at its plan.
        if self.stale || report.status != Status::Converged {
            self.expand();
        }
        self.problem.bend(&mut self.work);
        self.stale = true;
        let least = super::passes::sweep_back(&mut self.work);
        self.report = report;
        if least.is_nan() || least <= 0.0 {
            return None;
        }
        let count = self.problem.parameters();
        self.responses.fill([0.0; NU]);
        for j in 0..NU {
            self.respond(j);
            let responses = &mut self.responses;
            self.problem.along_parameters(&self.work, &mut |k, i, change| responses[k * count + i][j] = change);
        }
        let gain = &self.work.to_go[0].gain;
        let state = core::array::from_fn(|j| core::array::from_fn(|i| -gain[j][i]));
        debug_assert!(self.responses.len() == (n + 1) * count);
        Some(Sensitivity { state, responses: &self.responses, count })
    }

    /// The step of the factored system for a slope of 1 in the first control `j`, and nothing else.
    fn respond(&mut self, j: usize) {
        let work = &mut self.work;
        let mut first = work.stages[0];
        (first.d, first.x, first.u) = ([0.0; NX], [0.0; NX], [0.0; NU]);
        first.u[j] = 1.0;
        let mut behind = work.to_go[1];
        behind.slope = [0.0; NX];
        let mut here: ToGo<f64, NX, NU> = behind;
        step_back::<f64, NX, NU>(&first, &behind, &mut here);
        let mut du = here.offset.map(|k| -k);
        let mut dx = [0.0; NX];
        for k in 0..work.intervals {
            let (stage, to_go) = (&work.stages[k], &work.to_go[k + 1]);
            work.step.set_state(k, &dx);
            work.step.set_control(k, &du);
            let mut next = [0.0; NX];
            for i in 0..NX {
                next[i] = (0..NX).map(|m| stage.a[i][m] * dx[m]).sum::<f64>();
                next[i] += (0..NU).map(|j| stage.b[j][i] * du[j]).sum::<f64>();
            }
            for i in 0..NX {
                let multiplier = (0..NX).map(|m| to_go.curvature[i][m] * next[m]).sum::<f64>();
                work.next_multipliers[i].as_flattened_mut()[k + 1] = -multiplier;
            }
            dx = next;
            du = core::array::from_fn(|j| -(0..NX).map(|m| to_go.gain[j][m] * dx[m]).sum::<f64>());
        }
        work.step.set_state(work.intervals, &dx);
    }
}

/// A number with its change along the step, and their derivatives in the parameters.
type Along<const NP: usize> = Dual<Dual<f64, 1>, NP>;

/// The constraints' part: `-z ∂²g + stiffness ∂g ∂g`, along the step and in the parameters, over the sides of each.
struct Pulled<'a, const NP: usize> {
    /// `Σ sign z` and `Σ stiffness` of each place.
    weights: &'a dyn Fn(usize) -> (f64, f64),
    place: usize,
    sum: [f64; NP],
}

impl<const NP: usize> MarginSink<Along<NP>> for Pulled<'_, NP> {
    fn hard(&mut self, _: &'static str, margin: Along<NP>) {
        let (z, stiffness) = (self.weights)(self.place);
        for i in 0..NP {
            self.sum[i] += stiffness * margin.v.x[0] * margin.x[i].v - z * margin.x[i].x[0];
        }
        self.place += 1;
    }
    fn soft(&mut self, name: &'static str, _: Price, margin: Along<NP>) {
        self.hard(name, margin);
    }
    fn equal(&mut self, name: &'static str, value: Along<NP>) {
        self.hard(name, value);
    }
}

/// Shows for each parameter of each knot what it changes in the Lagrangian's gradient along the step, and in the defects along the
/// step's multipliers λ̄:
///
/// ```text
/// ∂/∂p [ d/dε (l - λ'Φ - z'g)(x + ε dx, u + ε du; p) - λ̄'Φ(x, u; p) ]
/// ```
pub(super) fn along<D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &Work<NX, NU>,
    moves: bool,
    see: &mut dyn FnMut(usize, usize, f64),
) where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let n = work.intervals;
    for k in 0..=n {
        let lift = |v: f64, d: f64| Along::<NP>::constant(Dual { v, x: [d], u: [] });
        let (x, dx) = (work.plan.state(k), work.step.state(k));
        let x = core::array::from_fn(|i| lift(x[i], dx[i]));
        let p = core::array::from_fn(|i| Along::<NP>::variable(Dual::constant(places.parameters[k][i]), i));
        let at = At { t: lift(k as f64 * places.h, 0.0), p: &p };
        let mut total = Total(lift(0.0, 0.0));
        let (sides, measure) = if k < n { (&work.running, places.measure) } else { (&work.ending, 1.0) };
        let (c, l) = if k < n { (k / LANES, k % LANES) } else { (0, 0) };
        let weights = |place: usize| {
            let rows = sides.iter().filter(|(at, _)| *at == place).map(|(_, side)| (side, &side.rows[c]));
            rows.fold((0.0, 0.0), |(z, stiffness), (side, row)| {
                (z + side.sign * side.z[c][l], stiffness + row.stiffness[l])
            })
        };
        let mut pulled = Pulled { weights: &weights, place: 0, sum: [0.0; NP] };
        let mut change = [0.0; NP];
        if k < n {
            let (u, du) = (work.plan.control(k), work.step.control(k));
            let u = core::array::from_fn(|j| lift(u[j], du[j]));
            places.cost.running(&at, x, u, &mut total);
            places.cost.margins(&at, x, u, &mut pulled);
            if moves {
                let next = rk4_step(places.dynamics, &at, places.h, x, u);
                for m in 0..NX {
                    let multiplier = work.multipliers[m].as_flattened()[k + 1];
                    let response = work.next_multipliers[m].as_flattened()[k + 1];
                    for i in 0..NP {
                        change[i] -= multiplier * next[m].x[i].x[0] + response * next[m].x[i].v;
                    }
                }
            }
        } else {
            places.cost.terminal(&at, x, &mut total);
            places.cost.terminal_margins(&at, x, &mut pulled);
        }
        for i in 0..NP {
            see(k, i, change[i] + pulled.sum[i] + measure * total.0.x[i].x[0]);
        }
    }
}
