//! Laws of the methods of first order on knots, of damped Newton, and of performance profiles.

use argmin::core::{CostFunction, Error, Executor, Gradient, Hessian, State, TerminationReason, TerminationStatus};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use swingup::cost::Tracking;
use swingup::expansion::Nlp;
use swingup::newton::{Options, ReducedCost, Status, solve};
use swingup::optimize::{
    DampedNewton, FirstOrderState, GradientDescent, Method, Penalized, Smooth, Until, descend, descend_watched,
    performance_profile, performance_profiles, race_by_condition, steps_when_told,
};
use swingup::problems::{self, SPRING_OPTIMUM, rounded_abs, short_track, solve_rounded, spring};
use swingup::test_functions::more_garbow_hillstrom::Problem;
use swingup::test_functions::{DiagonalQuadratic, Quadratic, Rosenbrock, identity, times};
use swingup::transcription::{HERMITE_SIMPSON, MIDPOINT, RK4};
use swingup::{At, Dynamics, Function, Ocp, Quantity, Scalar, Trajectory};

fn random(n: usize, size: f64, seed: u64) -> Vec<f64> {
    let mut rng = StdRng::seed_from_u64(seed);
    (0..n).map(|_| rng.random_range(-size..size)).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `f(x + ep) - f(x) - e g'p` falls with the square of e.
fn has_gradient<F>(name: &str, f: &F, x: &[f64])
where
    F: CostFunction<Param = Vec<f64>, Output = f64> + Gradient<Param = Vec<f64>, Gradient = Vec<f64>>,
{
    let p = random(x.len(), 1.0, 99);
    let (value, gradient) = (f.cost(&x.to_vec()).unwrap(), f.gradient(&x.to_vec()).unwrap());
    let rest = |e: f64| {
        let moved: Vec<f64> = x.iter().zip(&p).map(|(x, p)| x + e * p).collect();
        (f.cost(&moved).unwrap() - value - e * dot(&gradient, &p)).abs()
    };
    let slope = (rest(4e-4) / rest(1e-4)).log2() / 2.0;
    assert!((slope - 2.0).abs() < 0.05, "{name}: the remainder falls with order {slope}");
}

#[test]
fn the_penalty_form_knows_its_gradient() {
    let swing_up = problems::swing_up().transcribe(MIDPOINT);
    let mut form = Penalized::new(&swing_up, 3.0);
    let z = random(495, 0.5, 1);
    form.ascend(&random(495, 0.3, 2), 1.0);
    has_gradient("swing-up", &form, &z);
    let track = short_track(0.1);
    let mut form = Penalized::new(&track, 3.0);
    form.ascend(&random(245, 0.3, 2), 1.0);
    has_gradient("short track", &form, &random(245, 0.5, 1));
    let mass = spring(0.1);
    has_gradient("spring", &Penalized::new(&mass, 0.5), &random(57, 0.5, 1));
}

#[test]
fn the_reduced_cost_knows_its_gradient_under_every_scheme() {
    let u = random(99, 0.3, 3);
    has_gradient("midpoint", &ReducedCost::new(problems::swing_up().transcribe(MIDPOINT)), &u);
    has_gradient("RK4", &ReducedCost::new(problems::swing_up().transcribe(RK4)), &u);
    has_gradient("Hermite-Simpson", &ReducedCost::new(problems::swing_up().transcribe(HERMITE_SIMPSON)), &u);
    let u: Vec<f64> = random(120, 0.05, 4).iter().map(|u| u + 2.4525).collect();
    has_gradient("two controls", &ReducedCost::new(problems::planar_quadrotor().transcribe(MIDPOINT)), &u);
}

#[test]
fn the_gradient_of_the_reduced_cost_is_its_difference_quotient() {
    let f = ReducedCost::new(problems::swing_up().transcribe(MIDPOINT));
    let u = random(99, 0.3, 5);
    let gradient = f.slope(&u);
    for i in [0, 1, 50, 97, 98] {
        let at = |e: f64| {
            let mut moved = u.clone();
            moved[i] += e;
            f.value(&moved)
        };
        let quotient = (at(1e-5) - at(-1e-5)) / 2e-5;
        assert!((gradient[i] / quotient - 1.0).abs() < 1e-7, "control {i}: {} and {quotient}", gradient[i]);
    }
}

#[test]
fn a_rollout_has_no_defects_and_the_cost_of_its_motion() {
    let nlp = problems::swing_up().transcribe(MIDPOINT);
    let f = ReducedCost::new(nlp.clone());
    let u = random(99, 1.0, 6);
    let plan = f.rollout(&u).unwrap();
    let mut defects = vec![[0.0; 4]; 99];
    assert_eq!(nlp.evaluate(&plan, &mut defects), f.value(&u));
    assert!(defects.as_flattened().iter().all(|d| d.abs() < 1e-12));
    assert!(f.rollout(&[f64::NAN; 99]).is_err() && f.value(&[f64::NAN; 99]).is_nan());
    // Nothing is left of a rollout that failed.
    assert_eq!(f.rollout(&u).unwrap(), plan);
}

#[test]
fn the_optimum_of_the_swing_up_is_stationary_in_its_controls() {
    let nlp = problems::swing_up().transcribe(MIDPOINT);
    let plan = solve(&nlp, &Trajectory::constant(99, [0.0; 4], [0.0]), &Options::default()).unwrap().plan;
    let f = ReducedCost::new(nlp);
    let u = plan.controls.as_flattened();
    assert!((f.value(u) - problems::SWING_UP_OPTIMUM).abs() < 1e-9);
    assert!(f.slope(u).iter().all(|g| g.abs() < 1e-8));
}

#[test]
fn newton_solves_the_notes_problems_with_rounded_kinks() {
    for e in [-2.0, -1e-3, 0.0, 0.7] {
        assert!(rounded_abs(e, 0.1) >= e.abs() && rounded_abs(e, 0.1) <= e.abs() + 0.1);
        assert_eq!(rounded_abs(e, 0.0), e.abs());
    }
    let widths = [1.0, 0.1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
    let options = Options { tolerance: 1e-8, ..Options::default() };
    let path = solve_rounded(spring, Trajectory::constant(19, [0.0; 2], [0.0]), &widths, &options).unwrap();
    for ((_, cost, status), width) in path.iter().zip(widths) {
        assert_eq!(*status, Status::Solved);
        assert!(*cost >= SPRING_OPTIMUM && *cost <= SPRING_OPTIMUM + 20.0 * width);
    }
}

#[test]
fn a_barrier_outside_has_no_value_and_a_finite_gradient() {
    let nlp = short_track(0.0);
    let form = Penalized::new(&nlp, 1.0);
    let mut plan = Trajectory::constant(49, [0.0; 4], [0.0]);
    plan.states[7][0] = 4.0;
    let z = form.pack(&plan);
    assert!(form.value(&z).is_nan());
    assert!(form.gradient(&z).unwrap().iter().all(|g| g.is_finite()));
}

#[test]
fn descent_and_ascent_take_their_steps_from_the_old_point() {
    let nlp = spring(0.5);
    let (mut form, z) = (Penalized::new(&nlp, 0.0), vec![0.0; 57]);
    let g = form.gradient(&z).unwrap();
    let after: Vec<f64> = z.iter().zip(&g).map(|(z, g)| z - 1e-2 * g).collect();
    let expected = form.cost_and_defect(&after);
    let trace = form.descend_and_ascend(1e-2, 1).unwrap();
    assert_eq!((trace.costs[1], trace.defects[1]), expected);
}

#[test]
fn multipliers_stay_where_the_motion_has_no_defects() {
    let nlp = problems::swing_up().transcribe(MIDPOINT);
    let solution = solve(&nlp, &Trajectory::constant(99, [0.0; 4], [0.0]), &Options::default()).unwrap();
    let mut form = Penalized::new(&nlp, 10.0);
    let z = form.pack(&solution.plan);
    let before = form.gradient(&z).unwrap();
    form.ascend(&z, 20.0);
    let after = form.gradient(&z).unwrap();
    assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-6));
    let mut rounds = 0;
    let descent = Method::GradientDescent(GradientDescent::new(1e-4).unwrap());
    form.multipliers(&descent, 3, 5, |cost, _| {
        rounds += 1;
        assert!(cost.is_finite());
        rounds < 2
    })
    .unwrap();
    assert_eq!(rounds, 2);
}

#[test]
fn damped_newton_squares_its_error_and_never_climbs() {
    let mut far = Vec::new();
    let until = Until { cost: 0.0, steps: 60 };
    let run = descend_watched(Smooth(Rosenbrock), DampedNewton::new(), &[-1.2, 1.0], until, |x, _| {
        far.push(((x[0] - 1.0).powi(2) + (x[1] - 1.0).powi(2)).sqrt());
    })
    .unwrap();
    assert!(run.costs.windows(2).all(|pair| pair[1] <= pair[0]));
    assert!(run.costs[run.costs.len() - 1] < 1e-25);
    let late = far.windows(2).filter(|pair| pair[0] < 1e-3 && pair[0] > 1e-8);
    assert!(late.map(|pair| pair[1] / (pair[0] * pair[0])).all(|ratio| ratio < 2000.0));
    // Where the Hessian is not definite it still descends, and it stops by itself where nothing is lower.
    for problem in Problem::all() {
        let run = descend(Smooth(*problem), DampedNewton::new(), &problem.start(), Until { cost: 0.0, steps: 30 });
        assert!(run.unwrap().costs.windows(2).all(|pair| pair[1] <= pair[0]), "{}", problem.name);
    }
}

#[test]
fn damped_newton_takes_one_step_on_a_quadratic() {
    let f = Quadratic::from(&DiagonalQuadratic::with_condition(9, 1e6));
    let x0 = random(9, 1.0, 7);
    let until = Until { cost: 1e-20 * f.value(&x0), steps: 5 };
    assert_eq!(descend(f, DampedNewton::new(), &x0, until).unwrap().steps, Some(1));
}

#[test]
fn a_performance_profile_is_what_its_definition_says() {
    let mut rng = StdRng::seed_from_u64(8);
    let mut draw = || (rng.random_range(0.0..1.0) < 0.7).then(|| f64::from(rng.random_range(1..20)));
    let work: Vec<(&str, Vec<Option<f64>>)> =
        ["a", "b", "c"].into_iter().map(|name| (name, (0..30).map(|_| draw()).collect())).collect();
    let best: Vec<f64> =
        (0..30).map(|p| work.iter().filter_map(|method| method.1[p]).fold(f64::INFINITY, f64::min)).collect();
    for ((name, profile), (_, work)) in performance_profiles(&work, 100.0).into_iter().zip(&work) {
        assert!(profile.windows(2).all(|pair| pair[0].0 <= pair[1].0 && pair[0].1 <= pair[1].1), "{name}");
        assert_eq!((profile[0].0, profile[profile.len() - 1].0), (1.0, 100.0));
        for tau in [1.0, 1.5, 2.0, 3.7, 19.0] {
            let solved = (0..30).filter(|&p| work[p].is_some_and(|work| work <= tau * best[p])).count();
            let at = profile.iter().rfind(|point| point.0 <= tau).unwrap().1;
            assert!((at - solved as f64 / 30.0).abs() < 1e-15, "{name} at {tau}");
        }
    }
    assert_eq!(performance_profile(&[None], &[None], 10.0), [(1.0, 0.0), (10.0, 0.0)]);
}

#[test]
fn a_race_by_condition_is_run_on_the_quadratics_it_says() {
    let start = random(5, 1.0, 9);
    let lines = race_by_condition(&[10.0, 100.0], &start, &identity(5), |kappa, f, x0| {
        assert_eq!(f.hessian, Quadratic::from(&DiagonalQuadratic::with_condition(5, kappa)).hessian);
        assert_eq!((x0, times(&identity(5), x0)), (&start[..], start.clone()));
        steps_when_told(kappa, f, x0, Until { cost: 1e-6 * f.value(x0), steps: 100 })
    });
    let lines = lines.unwrap();
    assert_eq!(
        lines.iter().map(|line| line.0).collect::<Vec<_>>(),
        ["gradient descent", "heavy ball", "Nesterov", "Adam"]
    );
    assert!(lines[1].1.len() == 2 && lines[1].1[0].1 < lines[1].1[1].1);
}

/// `x' = x³ + u`: the motion leaves for infinity in finite time.
struct Cubic;
impl<const NU: usize> Dynamics<1, NU> for Cubic {
    const STATES: [Quantity; 1] = [Quantity::new("x", "1")];
    const CONTROLS: [Quantity; NU] = [Quantity::new("u", "1"); NU];
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [x]: [S; 1], u: [S; NU]) -> [S; 1] {
        [u.into_iter().fold(x * x * x, |sum, u| sum + u)]
    }
}

#[test]
fn a_rollout_that_leaves_the_numbers_is_an_error() {
    let cost = || Tracking { q: [1.0], r: [1.0], goal: [0.0], rest: [0.0], terminal: 1.0 };
    let explicit = ReducedCost::new(Ocp::new(Cubic, cost(), [0.5], 4, 0.5).unwrap().transcribe(RK4));
    assert!(explicit.rollout(&[0.0; 4]).is_ok());
    for u in [[0.0, 1e30, 0.0, 0.0], [0.0, 1e200, 0.0, 0.0], [0.0, f64::NAN, 0.0, 0.0]] {
        let lost = explicit.rollout(&u).unwrap_err();
        assert!((1..4).contains(&lost.interval), "{lost}");
        assert!(explicit.value(&u).is_nan() && explicit.slope(&u).iter().all(|g| g.is_nan()));
    }
}

#[test]
fn a_rollout_needs_no_controls() {
    let cost = Tracking { q: [1.0], r: [], goal: [0.0], rest: [], terminal: 1.0 };
    let ocp = Ocp::<Cubic, _, 1, 0>::new(Cubic, cost, [0.5], 4, 0.1).unwrap();
    let f = ReducedCost::new(ocp.transcribe(RK4));
    let plan = f.rollout(&[]).unwrap();
    assert!(plan.states.windows(2).all(|ends| ends[1][0] > ends[0][0]));
    assert!((f.value(&[]) - plan.states.iter().map(|x| x[0] * x[0]).sum::<f64>()).abs() < 1e-15);
    assert!(f.slope(&[]).is_empty());
}

/// A function whose gradient, or whose Hessian, is no number.
struct Broken {
    gradient: f64,
    hessian: f64,
}
impl CostFunction for Broken {
    type Param = Vec<f64>;
    type Output = f64;
    fn cost(&self, x: &Vec<f64>) -> Result<f64, Error> {
        Ok(dot(x, x))
    }
}
impl Gradient for Broken {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;
    fn gradient(&self, x: &Vec<f64>) -> Result<Vec<f64>, Error> {
        Ok(x.iter().map(|x| self.gradient * x).collect())
    }
}
impl Hessian for Broken {
    type Param = Vec<f64>;
    type Hessian = Vec<Vec<f64>>;
    fn hessian(&self, _: &Vec<f64>) -> Result<Vec<Vec<f64>>, Error> {
        Ok(vec![vec![self.hessian, 0.0], vec![0.0, self.hessian]])
    }
}

#[test]
fn damped_newton_says_how_it_ended() {
    let run = |gradient, hessian, newton| {
        Executor::new(Broken { gradient, hessian }, newton)
            .configure(|state: FirstOrderState<Vec<f64>, f64>| state.param(vec![1.0, 2.0]).max_iters(20))
            .timer(false)
            .run()
            .unwrap()
    };
    let exit = |result: &TerminationStatus, word: &str| match result {
        TerminationStatus::Terminated(TerminationReason::SolverExit(why)) => assert!(why.contains(word), "{why}"),
        other => panic!("{other:?}"),
    };
    let converged = TerminationStatus::Terminated(TerminationReason::SolverConverged);
    assert_eq!(*run(2.0, 2.0, DampedNewton::new()).state.get_termination_status(), converged);
    // A search that finds nothing lower, though the slope says so.
    assert_eq!(*run(-2.0, 2.0, DampedNewton::new()).state.get_termination_status(), converged);
    let lost = run(f64::NAN, 2.0, DampedNewton::new());
    exit(lost.state.get_termination_status(), "gradient");
    exit(run(2.0, f64::NAN, DampedNewton::new()).state.get_termination_status(), "Hessian");
    exit(run(2.0, f64::INFINITY, DampedNewton::new()).state.get_termination_status(), "Hessian");
    // What ended one run does not end the next.
    let again = run(2.0, 2.0, lost.solver);
    assert_eq!((again.state.get_termination_status(), again.state.get_best_cost()), (&converged, 0.0));
}
