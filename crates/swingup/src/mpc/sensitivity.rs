//! The derivative of the control in the measured state and in the parameters.

use super::recursion::{ToGo, step_back};
use super::{Mpc, Prepared, Status};

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
        for j in 0..NU {
            self.respond(j);
            self.problem.mix(&self.work, j, &mut self.responses);
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
