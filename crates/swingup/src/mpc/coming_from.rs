//! Coming from acados, CasADi or Crocoddyl: their words, and ours.
//!
//! # What is different
//! * **The model is Rust.** There is no symbolic graph, no generated code and no solver to compile at run time: an `xdot`, generic over
//!   its number, is run, differentiated and vectorized by the compiler of your program. Sizes are part of the type.
//! * **The cost is a plain sum.** `sink.square(w, r)` is `w r²`, without a factor 1/2, and a running cost is not multiplied by the step
//!   unless [`Quadrature::Integral`](crate::ocp::Quadrature::Integral) is asked for.
//! * **Signs of multipliers.** A defect is `d = x₊ - Φ(x, u)` and the Lagrangian `J + Σ λ'd`, so that
//!   ```text
//!   λ_k = lam_g (CasADi, of `x₊ == F`) = -pi (acados) = -Vx[k + 1] (Crocoddyl, where it has converged)
//!   ```
//!   A margin is positive inside, its multiplier never negative, in `J - Σ λ g`; lower and upper limits have one each.
//! * **Limits of states and constraints beyond bounds get a price by default in [`Mpc`](super::Mpc)**, the hard ones too: a measured state
//!   may be beyond them, and a controller must have an answer. [`Options::soften`](super::Options::soften) `= 0` keeps inequalities hard;
//!   equations always have a price, and hard limits of controls are always hard. Constraints hold at knots, not between them.
//! * **One interior point step, no QP solver.** A sample is a Newton step at one barrier parameter, not a QP solved to the end. So a plan
//!   keeps a small distance from its limits, which [`Options::barrier`](super::Options::barrier) says, and a larger one after a kick.
//! * **One RK4 step for each interval**, all intervals equally long, in [`Mpc`](super::Mpc). Outside of it there are also the
//!   [schemes](crate::transcription) midpoint, trapezoid and Hermite-Simpson; there are no maps given in discrete time, no algebraic
//!   variables, and no states on a manifold: an angle is a number, and [`wrap`](crate::Scalar::wrap) is the way to the nearest turn.
//! * **The shift is ours.** Each sample begins with the plan of the one before, moved by a knot, multipliers and slacks with it.
//!   Parameters and limits stay with their knot, and so does the time `t` of [`At`](crate::At), which is 0 at the first knot of each sample.
//!
//! # acados
//! | there | here |
//! | --- | --- |
//! | `model.x`, `u`, `p`, `f_expl_expr` | the arguments of [`Dynamics::xdot`](crate::Dynamics::xdot), and what it returns |
//! | `solver_options.N_horizon`, `tf` | `intervals` and `step = tf / N_horizon` of [`Ocp::new`](crate::Ocp::new) |
//! | `integrator_type = 'ERK'`, 4 stages, 1 step (the defaults) | always in [`Mpc`](super::Mpc); elsewhere [`transcribe(RK4)`](crate::Ocp::transcribe) |
//! | `cost_type = 'LINEAR_LS'`, `'NONLINEAR_LS'`: Δt ½ (y - y_ref)'W(y - y_ref) | [`square`](crate::CostSink::square)`(0.5 * w, y - y_ref)` for each entry of a diagonal W, with [`Quadrature::Integral`](crate::ocp::Quadrature::Integral) for the Δt |
//! | `'EXTERNAL'` | [`add`](crate::CostSink::add), whose curvature only the exact Hessian knows |
//! | `cost_scaling` | weights that are parameters of their knot |
//! | `lbu`, `ubu`, `idxbu`; `lbx`, ..; `lbx_e`, .. | [`bound_controls`](crate::Ocp::bound_controls), [`bound_states`](crate::Ocp::bound_states), [`bound_end`](crate::Ocp::bound_end): a [`Bound`](crate::Bound) for each, [`FREE`](crate::Bound::FREE) where there is none |
//! | `con_h_expr`, `lh`, `uh` | [`ocp.subject_to(K)`](crate::Ocp::subject_to), K a [`Constraints`](crate::Constraints): `sink.hard("h", h - lh)`, `sink.hard("h", uh - h)` |
//! | `zl`, `Zl`: Δt (zl s + ½ Zl s²), `zu`, `Zu` | [`Price`](crate::Price)` { linear: zl, quadratic: Zl }`, `linear t + 1/2 quadratic t²`, never times the step; [`Bound::soft`](crate::Bound::soft) has one for both sides |
//! | `parameter_values`, `set(k, 'p', p)` | [`Ocp::with_parameters`](crate::Ocp::with_parameters), [`set_parameters`](super::Mpc::set_parameters) |
//! | `set(k, 'yref', y)` | the same: a reference is a parameter that the cost reads |
//! | `constraints_set(k, 'lbx', ..)` | [`set_bounds`](super::Mpc::set_bounds) |
//! | `solve_for_x0(x)` | [`control`](super::Mpc::control) |
//! | `'SQP_RTI'`, `rti_phase` 1 and 2 | [`prepare`](super::Mpc::prepare) and [`feedback`](super::Mpc::feedback), which is a product with the gain, cut to the limits of the controls; [`feedback_with_bounds`](super::Mpc::feedback_with_bounds) looks at the others as well |
//! | `'SQP'`, `nlp_solver_max_iter`, `tol` | [`Options::converged`](super::Options::converged): `steps`, `tolerance`; a single problem: [`interior::solve`](crate::interior::solve) |
//! | `hessian_approx` | [`Options::hessian`](super::Options::hessian), of Gauss and Newton too unless told otherwise |
//! | `levenberg_marquardt`, `regularize_method` | nothing to set: Gauss and Newton's Hessian is taken where the exact one is not convex |
//! | `globalization = 'MERIT_BACKTRACKING'` | [`Options::globalize`](super::Options::globalize) |
//! | `tau_min` of HPIPM | [`Options::barrier`](super::Options::barrier), in units of the cost |
//! | `get(k, 'x')`, `get(k, 'u')` | [`state`](super::Mpc::state), [`planned`](super::Mpc::planned) |
//! | `get(k, 'lam')` | [`active`](super::Mpc::active) for limits and constraints, and [`Warm::each`](crate::interior::Warm::each) of a solution; not negative either |
//! | `get_residuals()`: stationarity, equalities, inequalities, complementarity | [`Report`](super::Report)`::{gradient, defect, inequality, complementarity}` |
//! | a delay in the model | [`Options::delay`](super::Options::delay), in samples |
//! | `eval_solution_sensitivity` | [`differentiate`](super::Mpc::differentiate), of the first control |
//!
//! # CasADi
//! | there | here |
//! | --- | --- |
//! | `SX.sym`, `MX.sym` | [`Scalar`](crate::Scalar), the number that a model is written in; numbers stand to its right, `x * 2.0` |
//! | `if_else(x >= 0, a, b)` | [`x.select(a, b)`](crate::Scalar::select) |
//! | `opti.variable` | states and controls are; none is declared |
//! | `opti.parameter`, `set_value` | `p` of [`At`](crate::At), [`set_parameters`](crate::Ocp::set_parameters) |
//! | `opti.minimize` | [`Cost`](crate::Cost), term by term |
//! | `opti.subject_to(X[:, k+1] == F(X[:, k], U[:, k]))` | is what [`transcribe`](crate::Ocp::transcribe) makes |
//! | `opti.subject_to(X[:, 0] == x0)` | `start` of [`Ocp::new`](crate::Ocp::new) |
//! | `opti.subject_to(opti.bounded(-1, U, 1))` | [`bound_controls`](crate::Ocp::bound_controls)`([Bound::symmetric(1.0)])` |
//! | `opti.subject_to(g >= 0)` | [`ocp.subject_to(K)`](crate::Ocp::subject_to), K a [`Constraints`](crate::Constraints): `sink.hard("name", g)` |
//! | `opti.set_initial(X, ..)`, `x0` of `nlpsol` | the guess of [`interior::solve`](crate::interior::solve); [`Mpc::new`](super::Mpc::new) finds its first plan itself, [`from_solution`](super::Mpc::from_solution) takes one |
//! | `nlpsol('s', 'ipopt', ..)`, `opti.solve()` | [`interior::solve`](crate::interior::solve) |
//! | a warm start with `lam_x0`, `lam_g0` | [`interior::solve_from`](crate::interior::solve_from); [`control`](super::Mpc::control) at each sample |
//! | `opti.dual(c)`, `lam_g` of an equation | λ if it is written `x₊ == F`, -λ if `F == x₊` |
//! | `lam_g`, `lam_x` of an inequality: positive at the upper limit, negative at the lower | [`Warm::each`](crate::interior::Warm::each): positive at both, the side is named |
//! | `stats()['return_status']` | `report.status`; an infeasible problem names the constraint and the knot |
//! | `jacobian`, `gradient`, `hessian` | [`inspect`](crate::inspect) |
//! | `integrator`, `simpleRK` | [`rk4_step`](crate::integrate::rk4_step), [`rollout`](crate::integrate::rollout) |
//! | `Function.generate`, `CodeGenerator` | none; the crate is `no_std` without its default features |
//!
//! # Crocoddyl
//! | there | here |
//! | --- | --- |
//! | `DifferentialActionModel.calc`: acceleration and cost | [`Dynamics::xdot`](crate::Dynamics::xdot), with the rates of positions too, and [`Cost`](crate::Cost) |
//! | `calcDiff`, `Fx`, `Fu`, `Lx`, `Lxx`, .. | nobody writes them: they are read off the same text |
//! | `IntegratedActionModelRK`, `IntegratedActionModelEuler` (semi-implicit) | RK4; the running cost times the step, as theirs of Euler has it, with [`Quadrature::Integral`](crate::ocp::Quadrature::Integral) |
//! | `ActionModel` of your own, in discrete time | none |
//! | `ShootingProblem(x0, runningModels, terminalModel)` | [`Ocp`](crate::Ocp); `running` and `terminal` of its [`Cost`](crate::Cost); models that differ from knot to knot differ by parameters |
//! | `problem.x0 = x`, `circularAppend` | [`control`](super::Mpc::control) |
//! | `ResidualModel`, `ActivationModelQuad` ½\|r\|², `ActivationModelWeightedQuad`, weight of `addCost` | [`square`](crate::CostSink::square)`(0.5 * weight, r)` for each entry |
//! | `ActivationModelQuadraticBarrier` | [`Bound::soft`](crate::Bound::soft)`(0.0, weight)`, or [`soft`](crate::MarginSink::soft) of a margin |
//! | `SolverFDDP` | [`interior::solve`](crate::interior::solve): multiple shooting, whose steps are also tried as rollouts under their feedback |
//! | `SolverBoxFDDP` | the same: limits are not projected on, the interior point method has them, of controls and of states |
//! | `solve(xs, us, maxiter, isFeasible)` | the guess, which need not obey the dynamics, and `iterations` |
//! | `fs`, the gaps `Φ(x, u) - x₊` | the defects `d = -fs`, `report.defect` |
//! | `K`, `k`: du = -k - K dx | [`lqr::tracking`](crate::lqr::tracking) along a motion, [`feedback`](super::Mpc::feedback) in a controller; the sign is the same |
//! | `Vxx` | `2X` of a cost to go `x'Xx` in [`lqr`](crate::lqr), whose `cost_to_go` is X |
//! | `preg`, `dreg` | nothing to set |
//! | `th_stop` | `tolerance` |
//!
//! # Side by side
//! A pendulum with a weak motor comes as near to standing as it can in two seconds. With CasADi's Opti, in Python:
//! ```text
//! opti = casadi.Opti()
//! x, u, h = opti.variable(2, 21), opti.variable(1, 20), 0.1
//! f = lambda x, u: casadi.vertcat(x[1], -casadi.sin(x[0]) + u)
//! cost, gaps = 0, []
//! for k in range(20):
//!     cost += (x[0, k] - pi) ** 2 + 0.1 * x[1, k] ** 2 + 0.1 * u[k] ** 2
//!     k1 = f(x[:, k], u[k])
//!     k2 = f(x[:, k] + h / 2 * k1, u[k])
//!     k3 = f(x[:, k] + h / 2 * k2, u[k])
//!     k4 = f(x[:, k] + h * k3, u[k])
//!     gaps.append(x[:, k + 1] == x[:, k] + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4))
//! cost += 10 * (x[0, 20] - pi) ** 2 + 10 * x[1, 20] ** 2
//! opti.minimize(cost)
//! opti.subject_to([x[:, 0] == 0, opti.bounded(-2, u, 2)] + gaps)
//! opti.solver("ipopt")
//! solution = opti.solve()
//! solution.value(cost), solution.value(opti.dual(gaps[0])), solution.value(opti.dual(gaps[19]))
//! # 123.153615, [64.682992, 55.605911], [14.206931, -9.115572]
//! ```
//! and here, with the same numbers:
//! ```
//! use std::f64::consts::PI;
//! use swingup::interior::{self, Options};
//! use swingup::transcription::RK4;
//! use swingup::{At, Bound, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar, Trajectory};
//!
//! struct Pendulum;
//! impl Dynamics<2, 1> for Pendulum {
//!     const STATES: [Quantity; 2] = [Quantity::new("theta", "rad"), Quantity::new("omega", "rad/s")];
//!     const CONTROLS: [Quantity; 1] = [Quantity::new("u", "rad/s²")];
//!     #[inline(always)]
//!     fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [theta, omega]: [S; 2], [u]: [S; 1]) -> [S; 2] {
//!         [omega, -theta.sin() + u]
//!     }
//! }
//!
//! struct Stand;
//! impl Cost<2, 1> for Stand {
//!     #[inline(always)]
//!     fn running<S: Scalar>(&self, _: &At<'_, S, 0>, [theta, omega]: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
//!         sink.square(1.0, theta - PI);
//!         sink.square(0.1, omega);
//!         sink.square(0.1, u);
//!     }
//!     #[inline(always)]
//!     fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [theta, omega]: [S; 2], sink: &mut impl CostSink<S>) {
//!         sink.square(10.0, theta - PI);
//!         sink.square(10.0, omega);
//!     }
//! }
//!
//! let problem = Ocp::new(Pendulum, Stand, [0.0; 2], 20, 0.1)?.bound_controls([Bound::symmetric(2.0)])?.transcribe(RK4);
//! let solution = interior::solve(&problem, &Trajectory::constant(20, [0.0; 2], [0.0]), &Options::default())?;
//! assert!((solution.report.cost - 123.153615).abs() < 2e-6);
//! for (k, lambda) in [(0, [64.682992, 55.605911]), (19, [14.206931, -9.115572])] {
//!     assert!((0..2).all(|i| (solution.multipliers[k][i] - lambda[i]).abs() < 1e-5));
//! }
//! # Ok::<(), swingup::ocp::ProblemError>(())
//! ```
//! `Mpc::new(ocp, options)?` in the place of `transcribe` and `solve` makes a controller of the same problem.
