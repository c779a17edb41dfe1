//! A run of a solver, step by step.

use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient, Problem, Solver, State};

use super::FirstOrderState;

/// When a run ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Until {
    /// At this cost or below: the goal.
    pub cost: f64,
    /// After this many steps at the latest.
    pub steps: usize,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// Steps to the goal; `None` when the limit came first or the solver stopped by itself.
    pub steps: Option<usize>,
    /// The cost at the start and after each step.
    pub costs: Vec<f64>,
}

impl Descent {
    /// The lowest cost up to each step.
    pub fn lowest(&self) -> Vec<f64> {
        let mut lowest = self.costs.clone();
        for k in 1..lowest.len() {
            lowest[k] = lowest[k].min(lowest[k - 1]);
        }
        lowest
    }
}

/// Runs `solver` from `x0` until the goal or the limit.
///
/// For counting and drawing; argmin's `Executor` runs the same solvers with observers, time and checkpoints.
///
/// # Errors
/// Those of the problem.
pub fn descend<O, S>(problem: O, solver: S, x0: &[f64], until: Until) -> Result<Descent, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    S: Solver<O, FirstOrderState<Vec<f64>, f64>>,
{
    descend_watched(problem, solver, x0, until, |_, _| ())
}

/// [`descend`], and `see` is shown every point and the solver that has come to it, the start first.
///
/// # Errors
/// Those of the problem.
pub fn descend_watched<O, S>(
    problem: O,
    mut solver: S,
    x0: &[f64],
    until: Until,
    mut see: impl FnMut(&[f64], &S),
) -> Result<Descent, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    S: Solver<O, FirstOrderState<Vec<f64>, f64>>,
{
    let mut problem = Problem::new(problem);
    let state = FirstOrderState::new().param(x0.to_vec()).target_cost(until.cost);
    let (mut state, _) = solver.init(&mut problem, state)?;
    let mut costs = Vec::new();
    loop {
        state.update();
        costs.push(state.get_cost());
        if let Some(x) = state.get_param() {
            see(x, &solver);
        }
        if state.get_cost() <= until.cost {
            return Ok(Descent { steps: Some(costs.len() - 1), costs });
        }
        if costs.len() > until.steps || solver.terminate(&state).terminated() {
            return Ok(Descent { steps: None, costs });
        }
        (state, _) = solver.next_iter(&mut problem, state)?;
        state.increment_iter();
    }
}
