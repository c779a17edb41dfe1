//! A run of a solver, watched point by point.

use std::vec::Vec;

use argmin::core::{CostFunction, Error, Gradient, Problem, Solver, State};

use super::FirstOrderState;

/// Runs `solver` from `x0` until `f <= goal`, for at most `limit` steps; `see` is shown every point with its cost, the start first.
///
/// Returns the number of steps to the goal, `None` when it was not reached: the limit came first, or the solver
/// stopped by itself. For counting and drawing; argmin's `Executor` does the same with observers, time and checkpoints.
///
/// # Errors
/// Those of the problem.
pub fn descend<O, S>(
    problem: O,
    mut solver: S,
    x0: &[f64],
    (limit, goal): (usize, f64),
    mut see: impl FnMut(&[f64], f64),
) -> Result<Option<usize>, Error>
where
    O: CostFunction<Param = Vec<f64>, Output = f64>
        + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
    S: Solver<O, FirstOrderState<Vec<f64>, f64>>,
{
    let mut problem = Problem::new(problem);
    let state = FirstOrderState::new().param(x0.to_vec()).target_cost(goal);
    let (mut state, _) = solver.init(&mut problem, state)?;
    for step in 0..=limit {
        state.update();
        if let Some(x) = state.get_param() {
            see(x, state.get_cost());
        }
        if state.get_cost() <= goal {
            return Ok(Some(step));
        }
        if step == limit || solver.terminate(&state).terminated() {
            break;
        }
        (state, _) = solver.next_iter(&mut problem, state)?;
        state.increment_iter();
    }
    Ok(None)
}
