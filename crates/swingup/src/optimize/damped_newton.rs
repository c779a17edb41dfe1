//! Newton's method, damped where the function is not convex.

use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient, Hessian, KV, Problem, Solver, TerminationReason, TerminationStatus};

use super::{FirstOrderState, start, while_finite, with_cost};
use crate::linear::{BandCholesky, SymmetricBand};

/// Newton's method: damping makes the Hessian positive definite, backtracking makes the step a descent.
///
/// ```text
/// (H + ωI) p = -g        ω = 0, or the least of 1e-3 |H|, 4e-3 |H|, .. with which Cholesky's factorization exists
/// x₊ = x + α p           α = 1, 1/2, 1/4, .. until f(x₊) <= f(x) + 1e-4 α g'p
/// ```
/// Near a minimum with positive definite Hessian every step is a full one and the error squares. It needs
/// the problem's Hessian, n(n + 1)/2 second derivatives, and about n³/2 products for each factorization.
/// Converged where g = 0, or where rounding leaves no step that lowers f; a run that meets a gradient or a Hessian that is
/// not finite ends with [`TerminationReason::SolverExit`].
///
/// J. Nocedal, S. J. Wright, Numerical Optimization, 2nd edition, algorithms 3.2 and 3.3.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DampedNewton {
    end: End,
    trials: usize,
}

/// Why there is no next point.
#[derive(Clone, Copy, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum End {
    #[default]
    None,
    Exhausted,
    Gradient,
    Direction,
}

impl DampedNewton {
    /// The method; it has no options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Values of f that the line searches took so far.
    pub fn trials(&self) -> usize {
        self.trials
    }
}

/// `(H + ωI) p = -g` with the least damping ω of the list that makes it definite; `None` when H or p is not finite.
fn direction(hessian: &[Vec<f64>], g: &[f64]) -> Option<Vec<f64>> {
    let n = g.len();
    let mut h = SymmetricBand::zeros(n, n.saturating_sub(1));
    for i in 0..n {
        h.column_mut(i).copy_from_slice(&hessian[i][i..]);
    }
    let size = hessian.iter().flatten().fold(f64::MIN_POSITIVE, |most, h| most.max(h.abs()));
    let (mut factor, mut damping) = (BandCholesky::new(n, n.saturating_sub(1)), 0.0_f64);
    while factor.factor(&h).is_err() {
        let next = if damping > 0.0 { damping * 4.0 } else { 1e-3 * size };
        h.add_diagonal(next - damping);
        damping = next;
        if damping >= 1e4 * size {
            return None;
        }
    }
    let mut p: Vec<f64> = g.iter().map(|g| -g).collect();
    factor.solve(&mut p);
    p.iter().all(|p| p.is_finite()).then_some(p)
}

impl<O> Solver<O, FirstOrderState<Vec<f64>, f64>> for DampedNewton
where
    O: CostFunction<Param = Vec<f64>, Output = f64>
        + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>
        + Hessian<Param = Vec<f64>, Hessian = Vec<Vec<f64>>>,
{
    fn name(&self) -> &str {
        "damped Newton"
    }

    fn init(
        &mut self,
        problem: &mut Problem<O>,
        state: FirstOrderState<Vec<f64>, f64>,
    ) -> Result<(FirstOrderState<Vec<f64>, f64>, Option<KV>), Error> {
        self.end = End::None;
        Ok((with_cost(problem, state)?, None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        mut state: FirstOrderState<Vec<f64>, f64>,
    ) -> Result<(FirstOrderState<Vec<f64>, f64>, Option<KV>), Error> {
        let (x, f) = (start(&mut state)?, state.cost);
        let g = problem.gradient(&x)?;
        if !g.iter().all(|g| g.is_finite()) {
            self.end = End::Gradient;
            return Ok((state.param(x).gradient(g).cost(f), None));
        }
        let Some(p) = direction(&problem.hessian(&x)?, &g) else {
            self.end = End::Direction;
            return Ok((state.param(x).gradient(g).cost(f), None));
        };
        let slope: f64 = g.iter().zip(&p).map(|(g, p)| g * p).sum();

        let mut alpha = 1.0;
        while slope < 0.0 && alpha > 1e-12 {
            let trial: Vec<f64> = x.iter().zip(&p).map(|(x, p)| x + alpha * p).collect();
            let cost = problem.cost(&trial)?;
            self.trials += 1;
            if cost <= f + 1e-4 * alpha * slope {
                return Ok((state.param(trial).gradient(g).cost(cost), None));
            }
            alpha *= 0.5;
        }

        self.end = End::Exhausted;
        Ok((state.param(x).gradient(g).cost(f), None))
    }

    fn terminate(&mut self, state: &FirstOrderState<Vec<f64>, f64>) -> TerminationStatus {
        let exit = |why: &str| TerminationStatus::Terminated(TerminationReason::SolverExit(why.into()));
        match (while_finite(state), self.end) {
            (TerminationStatus::NotTerminated, End::Exhausted) => {
                TerminationStatus::Terminated(TerminationReason::SolverConverged)
            }
            (TerminationStatus::NotTerminated, End::Gradient) => exit("the gradient is not finite"),
            (TerminationStatus::NotTerminated, End::Direction) => {
                exit("the Hessian gives no direction, however damped: is it finite?")
            }
            (status, _) => status,
        }
    }
}
