//! What changes while the controller runs: parameters and limits, of each knot.

use swingup::constraints::Bounds;
use swingup::integrate::rk4_step;
use swingup::models::DoubleIntegrator;
use swingup::mpc::{Mpc, Options};
use swingup::{At, Bound, Cost, CostSink, Ocp, Scalar};

const STEP: f64 = 0.1;
const N: usize = 20;

/// Be at `p[0]` with the speed `p[1]`.
struct Follow;

impl Cost<2, 1, 2> for Follow {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 2>, x: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        self.terminal(at, x, sink);
        sink.square(0.01, u);
    }
    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 2>, [x, v]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.square(1.0, x - at.p[0]);
        sink.square(0.1, v - at.p[1]);
    }
}

fn reference(k: usize) -> [f64; 2] {
    let t = STEP * k as f64;
    [(0.8 * t).sin(), 0.8 * (0.8 * t).cos()]
}

fn problem(states: [Bound; 2], control: Bound) -> Ocp<DoubleIntegrator, Follow, 2, 1, 2> {
    let parameters = (0..=N).map(reference).collect();
    Ocp::with_parameters(DoubleIntegrator, Follow, reference(0), STEP, parameters)
        .and_then(|ocp| ocp.bound_states(states))
        .and_then(|ocp| ocp.bound_controls([control]))
        .unwrap()
}

fn plant(x: [f64; 2], u: [f64; 1]) -> [f64; 2] {
    rk4_step(&DoubleIntegrator, &At { t: 0.0, p: &[] }, STEP, x, u)
}

fn follow(mpc: &mut Mpc<2, 1>, sample: usize) {
    (0..=N).for_each(|k| mpc.set_parameters(k, &reference(sample + k)).unwrap());
}

#[test]
fn a_moving_reference_is_followed() {
    // |u| of the reference is 0.64.
    let mut mpc = Mpc::new(problem([Bound::FREE; 2], Bound::symmetric(1.0)), Options::default()).unwrap();
    let (mut x, mut furthest) = (reference(0), 0.0f64);
    for sample in 0..100 {
        follow(&mut mpc, sample);
        let u = mpc.control(&x);
        x = plant(x, u);
        furthest = furthest.max((x[0] - reference(sample + 1)[0]).abs());
    }
    assert!(furthest < 0.01, "{furthest}");
}

/// Parameters stay with their knot: those of the first plan, never renewed, are of the sample that comes.
#[test]
fn parameters_are_of_knots_and_not_of_times() {
    let mut mpc = Mpc::new(problem([Bound::FREE; 2], Bound::symmetric(1.0)), Options::converged()).unwrap();
    let mut x = reference(0);
    for _ in 0..200 {
        let u = mpc.control(&x);
        x = plant(x, u);
    }
    // Where the same horizon begins again and again there is a rest.
    let u = mpc.control(&x);
    assert!(x[1].abs() < 1e-6 && u[0].abs() < 1e-4, "{x:?} {u:?}");
}

#[test]
fn a_tightened_limit_is_kept_from_then_on() {
    let mut mpc = Mpc::new(problem([Bound::FREE; 2], Bound::symmetric(1.0)), Options::default()).unwrap();
    let (mut x, mut before) = (reference(0), 0.0f64);
    for sample in 0..150 {
        if sample == 75 {
            let bounds = Bounds { controls: [Bound::within(-0.3, 0.4)], ..Bounds::FREE };
            (0..N).for_each(|k| mpc.set_bounds(k, bounds).unwrap());
        }
        follow(&mut mpc, sample);
        let u = mpc.control(&x);
        assert!(mpc.report().status.is_usable(), "{}", mpc.report());
        assert!(sample < 75 || (-0.3..=0.4).contains(&u[0]), "{sample}: {u:?}");
        before = if sample < 75 { before.max(u[0].abs()) } else { before };
        x = plant(x, u);
    }
    assert!(before > 0.5, "{before}");
}

/// A speed limit in the second half of the horizon only, then everywhere, then nowhere, then again.
#[test]
fn limits_of_some_knots_come_and_go() {
    const SLOW: f64 = 0.5;
    let bounds = |slow: bool| {
        let speed = if slow { Bound::symmetric(SLOW) } else { Bound::FREE };
        Bounds { states: [Bound::FREE, speed], controls: [Bound::symmetric(1.0)] }
    };
    // The end of a plan keeps its control: it is moved beyond by 0.1 in a sample, and one step takes most of that back.
    for (options, beyond) in [(Options::default(), 0.15), (Options::converged(), 1e-3)] {
        // The first plan is at the reference, where no slope tells what a limit will be worth.
        let options = Options { soften: 1000.0, ..options };
        let mut ocp = problem([Bound::FREE; 2], Bound::symmetric(1.0));
        (1..=N).for_each(|k| ocp.set_bounds(k, bounds(k > N / 2)).unwrap());
        let mut mpc = Mpc::new(ocp, options).unwrap();
        let mut x = reference(0);
        let fastest = |mpc: &Mpc<2, 1>, knots: std::ops::RangeInclusive<usize>| {
            knots.map(|k| mpc.state(k)[1].abs()).fold(0.0, f64::max)
        };
        for sample in 0..160 {
            match sample {
                40 => (1..=N).for_each(|k| mpc.set_bounds(k, bounds(true)).unwrap()),
                80 => (1..=N).for_each(|k| mpc.set_bounds(k, bounds(false)).unwrap()),
                120 => (1..=N).for_each(|k| mpc.set_bounds(k, bounds(k > N / 2)).unwrap()),
                _ => {}
            }
            follow(&mut mpc, sample);
            let u = mpc.control(&x);
            x = plant(x, u);
            let report = mpc.report();
            assert!(report.status.is_usable() && report.inequality < 1.0, "{sample}: {report}");
            assert!(!(55..80).contains(&sample) || x[1].abs() < SLOW + 0.3 * beyond, "{sample}: {x:?}");
            // A limit comes suddenly, so that it is broken at first.
            let first = match sample {
                0..40 | 125..160 => N / 2 + 1,
                55..80 => 1,
                _ => continue,
            };
            assert!(fastest(&mpc, first..=N) < SLOW + beyond, "{sample}: {}", fastest(&mpc, first..=N));
        }
    }
}

#[test]
fn the_end_alone_may_have_limits() {
    let ocp = problem([Bound::FREE; 2], Bound::symmetric(3.0));
    let ocp = ocp.bound_end([Bound::exactly(0.2), Bound::symmetric(0.1)]).unwrap();
    let mut mpc = Mpc::new(ocp, Options::converged()).unwrap();
    let mut x = reference(0);
    for sample in 0..60 {
        follow(&mut mpc, sample);
        let u = mpc.control(&x);
        assert!(mpc.report().status.is_usable() && mpc.report().inequality < 1e-5, "{sample}: {}", mpc.report());
        let end = mpc.state(N);
        assert!((end[0] - 0.2).abs() < 1e-3 && end[1].abs() < 0.101, "{sample}: {end:?}");
        x = plant(x, u);
    }
}

#[test]
fn what_makes_no_sense_is_refused_with_its_name_and_value() {
    let make = || problem([Bound::FREE, Bound::symmetric(2.0)], Bound::symmetric(1.0));
    let mut mpc = Mpc::new(make(), Options::default()).unwrap();
    let mut said = Vec::new();
    for (k, p) in [(N + 1, &[0.0, 0.0][..]), (3, &[0.0]), (4, &[0.0, f64::NAN])] {
        said.push(mpc.set_parameters(k, p).unwrap_err().to_string());
    }
    let free = Bounds::<2, 1>::FREE;
    let with = |state: Bound, control: Bound| Bounds { states: [Bound::FREE, state], controls: [control] };
    for (k, bounds) in [
        (N + 1, free),
        (2, with(Bound::FREE, Bound::within(1.0, -1.0))),
        (2, with(Bound::within(f64::NAN, 1.0), Bound::FREE)),
        (2, Bounds { states: [Bound::symmetric(1.0), Bound::FREE], ..free }),
        (2, with(Bound::FREE, Bound::symmetric(1.0).soft(1.0, 0.0))),
        (2, with(Bound::FREE, Bound::exactly(0.5))),
    ] {
        said.push(mpc.set_bounds(k, bounds).unwrap_err().to_string());
    }
    for options in [
        Options { steps: 0, ..Options::default() },
        Options { barrier: 0.0, ..Options::default() },
        Options { soften: -1.0, ..Options::default() },
        Options { tolerance: f64::NAN, ..Options::default() },
    ] {
        said.push(Mpc::new(make(), options).err().unwrap().to_string());
    }
    assert_eq!(
        said,
        [
            "knot = 21: must be a knot of the horizon",
            "number of parameters at knot 3 = 1: must be that of the problem",
            "parameters[4][1] = NaN: must be finite",
            "knot = 21: must be a knot of the horizon",
            "lower bound of u at knot 2 (upper -1) = 1: must be at most the upper one",
            "lower bound of v at knot 2 = NaN: must be a number or minus infinity",
            "bound of x at knot 2 = -1: must be none, as the problem had none on this side when the controller was made",
            "bound of u at knot 2 = -1: must be hard, as the problem's was when the controller was made",
            "bound of u at knot 2 = 0.5: must be hard, as the problem's was when the controller was made",
            "steps = 0: must be at least 1",
            "barrier = 0: must be positive and finite",
            "soften = -1: must be finite and not negative",
            "tolerance = NaN: must be finite and not negative",
        ]
    );
}
