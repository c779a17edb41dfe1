//! Barriers: minimizers of a quadratic program against those of another tool, laws of derivatives and of paths.
//!
//! `barriers_qp.json` has the condensed form of `problems::parking`, in the controls alone, its solution and its minimizers with
//! barriers, computed in 300 bits; it says how.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use swingup::barrier::{Barrier, End, Follow, Priced, follow};
use swingup::expansion::{Expansion, Hessian, Nlp};
use swingup::newton::{Options, multipliers, solve};
use swingup::problems::{PARKING_OPTIMUM, parking, parking_active, parking_path, parking_under, planar_quadrotor};
use swingup::transcription::RK4;
use swingup::{At, Bound, Bounds, Constraints, MarginSink, Price, Scalar, Trajectory};

const ALL: [Barrier; 4] = [Barrier::Log, Barrier::RelaxedLog { delta: 0.3 }, Barrier::Exponential, Barrier::Softplus];

fn reference() -> Value {
    let path = format!("{}/../../tests/data/barriers_qp.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("JSON")
}

fn number(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(number).collect()
}

/// The motion of `parking` under these controls.
fn under(controls: &[f64]) -> Trajectory<2, 1> {
    let mut motion = parking_under(0.0);
    for (k, &u) in controls.iter().enumerate() {
        motion.controls[k] = [u];
        let [x, v] = motion.states[k];
        motion.states[k + 1] = [x + 0.1 * v, v + 0.1 * u];
    }
    motion
}

fn cost(motion: &Trajectory<2, 1>) -> f64 {
    parking(1.0).evaluate(motion, &mut [[0.0; 2]; 20])
}

#[test]
fn parking_is_the_program_of_the_reference() {
    let file = reference();
    let (h, g) = (numbers(&file["H"]["data"]), numbers(&file["g"]));
    let mut random = StdRng::seed_from_u64(1);
    for _ in 0..20 {
        let u: Vec<f64> = (0..20).map(|_| random.random_range(-3.0..3.0)).collect();
        let motion = under(&u);
        let quadratic: f64 = (0..20).map(|i| u[i] * (0..20).map(|j| h[20 * i + j] * u[j]).sum::<f64>()).sum();
        let linear: f64 = g.iter().zip(&u).map(|(g, u)| g * u).sum();
        let condensed = 0.5 * quadratic + linear + number(&file["c"]);
        assert!((cost(&motion) - condensed).abs() <= 1e-12 * condensed.abs().max(1.0));

        let mut slack = numbers(&file["h"]);
        for entry in file["G"]["triplets"].as_array().expect("a list") {
            slack[number(&entry[0]) as usize] -= number(&entry[2]) * u[number(&entry[1]) as usize];
        }
        // Theirs: u <= 2, u >= -2, v, x; ours knot by knot, states first and lower limits first.
        let own = Priced::new(parking(1.0), Barrier::Log, 1.0).margins(&motion);
        let mut theirs = Vec::new();
        for k in 0..=20 {
            theirs.extend((k > 0).then(|| [slack[59 + k], slack[39 + k]]).into_iter().flatten());
            theirs.extend((k < 20).then(|| [slack[20 + k], slack[k]]).into_iter().flatten());
        }
        assert_eq!((own.len(), theirs.len()), (80, 80));
        assert!(own.iter().zip(&theirs).all(|(own, theirs)| (own.value - theirs).abs() < 1e-12));
    }
    assert!((cost(&under(&numbers(&file["xstar"]))) - number(&file["pstar"])).abs() < 1e-14);
    assert!((number(&file["pstar"]) - PARKING_OPTIMUM).abs() < 1e-14);
}

#[test]
fn minimizers_are_those_of_the_reference() {
    let file = reference();
    for kind in ["log", "exp", "relaxed_log"] {
        for case in file[kind].as_array().expect("a list") {
            let (barrier, parameter) = match kind {
                "log" => (Barrier::Log, number(&case["mu"])),
                "exp" => (Barrier::Exponential, number(&case["r"])),
                _ => (Barrier::RelaxedLog { delta: number(&case["delta"]) }, number(&case["mu"])),
            };
            // To the parameter by a path, and there to rounding.
            let path = Follow { shrink: 0.1, least: 0.99 * parameter, tolerance: 1e-300, ..Follow::default() };
            let near = follow(&parking(1.0), barrier, &parking_under(0.0), &path).expect("a start that fits");
            let priced = Priced::new(parking(1.0), barrier, parameter);
            let options = Options { tolerance: 1e-14, ..Options::default() };
            let own = solve(&priced, &near.last().plan, &options).expect("a guess that fits");
            let far = own.plan.controls.iter().zip(numbers(&case["x"])).map(|(u, x)| (u[0] - x).abs());
            assert!(far.fold(0.0, f64::max) < 1e-9, "{kind} {parameter}: {:?}", own.report.status);
            assert!((cost(&own.plan) - number(&case["f"])).abs() < 1e-10, "{kind} {parameter}");
        }
    }
}

#[test]
fn slope_and_curvature_are_the_derivatives() {
    for barrier in ALL {
        for parameter in [0.05, 0.7, 3.0] {
            for margin in [-0.4, -0.01, 0.02, 0.29, 0.31, 1.3, 4.0] {
                let [value, slope, curvature] = barrier.at(margin, parameter);
                if barrier == Barrier::Log && margin < 0.0 {
                    assert!(value == f64::INFINITY && slope.is_nan() && curvature.is_nan());
                    continue;
                }
                assert!(value.is_finite() && slope < 0.0 && curvature >= 0.0);
                let e = 1e-4 * margin.abs().min(parameter);
                let [[above, steeper, _], [below, flatter, _]] =
                    [margin + e, margin - e].map(|margin| barrier.at(margin, parameter));
                let tolerance = 1e-6 * (value.abs() + parameter);
                assert!(((above - below) / (2.0 * e) - slope).abs() * parameter.min(margin.abs()) < tolerance);
                assert!(
                    ((steeper - flatter) / (2.0 * e) - curvature).abs() * e < 1e-6 * slope.abs(),
                    "{barrier:?} {margin}"
                );
            }
        }
    }
}

#[test]
fn the_relaxed_logarithm_is_smooth_at_delta() {
    let barrier = Barrier::RelaxedLog { delta: 0.3 };
    let (log, parabola) = (barrier.at(0.3 + 1e-15, 0.7), barrier.at(0.3, 0.7));
    assert!(log.iter().zip(&parabola).all(|(a, b)| (a - b).abs() < 1e-12), "{log:?} {parabola:?}");
}

#[test]
fn a_multiplier_has_its_margin() {
    for barrier in ALL {
        for multiplier in [1e-6, 0.2, 0.99, 1.01, 30.0] {
            let margin = barrier.margin(multiplier, 0.1);
            let slope = barrier.at(margin, 0.1)[1];
            let none = barrier == Barrier::Softplus && multiplier > 1.0;
            assert!(if none { margin.is_nan() } else { (slope + multiplier).abs() < 1e-12 * multiplier.max(1.0) });
        }
    }
}

/// A margin that bends in states and controls, one at the end, and what is not hard.
struct Bent;

impl Constraints<6, 2> for Bent {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; 6], u: [S; 2], sink: &mut impl MarginSink<S>) {
        sink.hard("thrust", -(u[0] * u[1] * x[2].cos()) + 40.0);
        sink.soft("slow", Price { linear: 1.0, quadratic: 1.0 }, -x[3] - 100.0);
        self.terminal(at, x, sink);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, [px, pz, ..]: [S; 6], sink: &mut impl MarginSink<S>) {
        let (dx, dz) = (px - 2.0, pz - 0.45);
        sink.hard("circle", dx * dx + dz * dz - 0.36);
        sink.equal("line", px - pz - 77.0);
    }
}

#[test]
fn the_expansion_is_that_of_the_value() {
    let bounded = planar_quadrotor().subject_to(Bent);
    let bounded = bounded.bound_controls([Bound::within(-1.0, 9.0), Bound::symmetric(9.0)]).expect("limits");
    let limits = [Bound::FREE, Bound::within(-3.0, 9.0), Bound::symmetric(1.4), Bound::FREE, Bound::FREE, Bound::FREE];
    let nlp = bounded.bound_states(limits).expect("limits").transcribe(RK4);
    let mut random = StdRng::seed_from_u64(2);
    let mut plan = Trajectory::constant(60, [0.0; 6], [2.0; 2]);
    let mut step = Trajectory::constant(60, [0.0; 6], [0.0; 2]);
    plan.states[1..].iter_mut().flatten().for_each(|x| *x += random.random_range(-0.3..0.3));
    plan.controls.iter_mut().flatten().for_each(|u| *u += random.random_range(-0.3..0.3));
    step.states[1..].iter_mut().flatten().for_each(|x| *x = random.random_range(-1.0..1.0));
    step.controls.iter_mut().flatten().for_each(|u| *u = random.random_range(-1.0..1.0));
    for barrier in ALL {
        let priced = Priced::new(&nlp, barrier, 0.2);
        let mut expansion = Expansion::new(60);
        priced.expand(&plan, &[[0.0; 6]; 60], Hessian::Exact, &mut expansion);
        let (mut slope, mut curvature) = (0.0, 0.0);
        for k in 0..=60 {
            let (x, xx) = expansion.state(k);
            let dx = nalgebra::SVector::from(step.states[k]);
            slope += x.dot(&dx);
            curvature += dx.dot(&(xx * dx));
            let Some(block) = expansion.blocks.get(k) else { continue };
            let du = nalgebra::SVector::from(step.controls[k]);
            slope += block.u.dot(&du);
            curvature += du.dot(&(block.uu * du)) + 2.0 * du.dot(&(block.ux * dx));
        }
        let value = |e: f64| {
            let mut moved = plan.clone();
            plan.step_into(e, &step, &mut moved);
            priced.evaluate(&moved, &mut vec![[0.0; 6]; 60])
        };
        // What the model leaves falls with the third power.
        let left = |e: f64| (value(e) - value(0.0) - e * slope - 0.5 * e * e * curvature).abs();
        let order = (left(4e-3) / left(2e-3)).log2();
        assert!((order - 3.0).abs() < 0.35, "{barrier:?}: {order}");
    }
}

#[test]
fn a_soft_limit_has_no_barrier() {
    let mut ocp = planar_quadrotor();
    let mut bounds = Bounds::FREE;
    bounds.controls = [Bound::symmetric(0.1).soft(1.0, 1.0); 2];
    ocp.set_bounds(3, bounds).expect("a knot");
    assert!(
        Priced::new(ocp.transcribe(RK4), Barrier::Log, 1.0)
            .margins(&Trajectory::constant(60, [0.0; 6], [2.0; 2]))
            .is_empty()
    );
}

#[test]
fn the_logarithms_gap_is_at_most_the_number_of_constraints_times_mu() {
    let path = parking_path(Barrier::Log, 1.0).expect("a start that fits");
    assert_eq!((path.end, path.stages.len()), (End::Exhausted, 15));
    for stage in &path.stages {
        assert!(stage.gap <= 80.0 * stage.parameter && stage.violation() == 0.0);
        let estimate: f64 = stage.margins.iter().map(|m| -Barrier::Log.at(*m, stage.parameter)[1] * m).sum();
        assert!((estimate - 80.0 * stage.parameter).abs() < 1e-9 * estimate);
    }
}

#[test]
fn an_active_constraint_sits_at_r_ln_lambda() {
    for (unit, outside) in [(0.01, 0), (1.0, 0), (100.0, 4)] {
        let (active, _) = parking_active(Barrier::Exponential, unit).expect("a start that fits");
        assert_eq!((active.len(), active.iter().filter(|at| at.1 < 0.0).count()), (5, outside), "unit {unit}");
        assert!(active.iter().all(|(lambda, at)| (at + lambda.ln()).abs() < 0.01), "unit {unit}: {active:?}");
    }
    // The cost's part of 100 is met by slopes of at most 1: as if each violation had that price and no more.
    let (_, violation) = parking_active(Barrier::Softplus, 100.0).expect("a start that fits");
    assert!((violation - 1.3447).abs() < 1e-3);
}

#[test]
fn the_penalty_form_solves_it_too() {
    let priced = Priced::new(parking(1.0), Barrier::Log, 0.1);
    let options = Options { cutoff: 1e-12, ..Options::default() };
    let penalties = [0.1, 1.0, 10.0, 100.0, 100.0, 100.0];
    let form = multipliers(&priced, &parking_under(0.0), &penalties, &options, |_, _| true).expect("a guess that fits");
    let kkt = solve(&priced, &parking_under(0.0), &Options::default()).expect("a guess that fits");
    assert!((cost(&form.plan) - cost(&kkt.plan)).abs() < 1e-5, "{:?}", form.report);
}
