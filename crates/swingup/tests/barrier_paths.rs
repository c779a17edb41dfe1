//! What following a barrier's path takes, and how it ends: work from three starts, refusals, bad options.

use swingup::barrier::{Barrier, End, Follow, follow};
use swingup::newton::{Options, Status};
use swingup::problems::{PARKING_OPTIMUM, parking, parking_under, planar_quadrotor};
use swingup::transcription::RK4;
use swingup::{Bound, Trajectory};

#[test]
fn a_path_takes_its_work() {
    let free = f64::INFINITY;
    let entrants =
        [(Barrier::Log, free), (Barrier::Log, 0.99), (Barrier::Exponential, free), (Barrier::Softplus, free)];
    let known =
        [[Some(55), Some(73), Some(81), Some(76)], [None, None, Some(83), Some(77)], [None, None, Some(189), Some(78)]];
    for (u, counts) in [0.0, 3.0, 100.0].into_iter().zip(known) {
        for ((barrier, cut), steps) in entrants.into_iter().zip(counts) {
            let options = Follow { optimum: Some(PARKING_OPTIMUM), cut, ..Follow::default() };
            let path = follow(&parking(1.0), barrier, &parking_under(u), &options).expect("a start that fits");
            let Some(steps) = steps else {
                assert_eq!((path.end, path.steps()), (End::Outside { knot: 0 }, 0));
                continue;
            };
            assert_eq!(path.end, End::Arrived);
            assert!(path.last().gap < 1e-8 && path.last().violation() < 1e-8);
            assert!(path.steps().abs_diff(steps) <= 2, "{barrier:?} from {u}: {} steps", path.steps());
            let [_, (_, factorizations), (_, trials), (_, not_finite)] = path.counts();
            assert!(factorizations >= path.steps() && trials >= path.steps());
            assert_eq!(not_finite > 0, cut == free && barrier != Barrier::Softplus, "{barrier:?} from {u}");
        }
    }
}

#[test]
fn what_has_no_value_is_said_and_nothing_panics() {
    let run = |u: f64, first: f64| {
        let options = Follow { first, optimum: Some(PARKING_OPTIMUM), ..Follow::default() };
        follow(&parking(1.0), Barrier::Exponential, &parking_under(u), &options).expect("a start that fits").end
    };
    assert_eq!([run(720.0, 1.0), run(720.0, 10.0)], [End::Overflow { knot: 0 }, End::Arrived]);
    assert!(
        Barrier::Exponential.at(-709.78, 1.0)[0].is_finite() && Barrier::Exponential.at(-709.79, 1.0)[0].is_infinite()
    );
    assert!(Barrier::Softplus.at(-1e300, 1.0).iter().all(|v| v.is_finite()));

    // A limit that holds a value exactly has no inside.
    let ocp = planar_quadrotor().bound_controls([Bound::exactly(2.0), Bound::FREE]).expect("limits");
    let start = Trajectory::constant(60, [0.0; 6], [2.0; 2]);
    let path = follow(&ocp.transcribe(RK4), Barrier::Log, &start, &Follow::default()).expect("a start that fits");
    assert_eq!(path.end, End::Outside { knot: 0 });

    let few = Follow { newton: Options { iterations: 2, ..Follow::default().newton }, ..Follow::default() };
    let path = follow(&parking(1.0), Barrier::Log, &parking_under(0.0), &few).expect("a start that fits");
    assert_eq!(path.end, End::Stalled(Status::IterationLimit));
}

#[test]
fn an_option_out_of_range_is_named() {
    let good = Follow::default;
    for (wrong, field) in [
        (Follow { first: 0.0, ..good() }, "first"),
        (Follow { shrink: 1.0, ..good() }, "shrink"),
        (Follow { least: f64::NAN, ..good() }, "least"),
        (Follow { tolerance: -1.0, ..good() }, "tolerance"),
        (Follow { centred: 0.0, ..good() }, "centred"),
        (Follow { cut: 1.0, ..good() }, "cut"),
    ] {
        let error = follow(&parking(1.0), Barrier::Log, &parking_under(0.0), &wrong).expect_err(field);
        assert_eq!(error.field, field);
    }
    let relaxed = Barrier::RelaxedLog { delta: 0.0 };
    assert_eq!(follow(&parking(1.0), relaxed, &parking_under(0.0), &good()).expect_err("delta").field, "delta");
    assert!(follow(&parking(1.0), Barrier::Log, &parking_under(f64::NAN), &good()).is_err());
}
