//! A controller allocates when it is made, and never again.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use swingup::constraints::Bounds;
use swingup::cost::Tracking;
use swingup::expansion::Hessian;
use swingup::integrate::rk4_step;
use swingup::models::DoubleIntegrator;
use swingup::mpc::{Mpc, Options, Status};
use swingup::problems::limited;
use swingup::{At, Bound, Ocp};

/// The system's, counting what this thread asks for.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    // While a thread ends its count is gone.
    let _ = COUNT.try_with(|count| count.set(count.get() + 1));
}

// SAFETY: all of it is the system's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }
    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(pointer, layout) }
    }
    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps the contract.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Allocations, and memory given back, while this runs.
fn allocations(run: impl FnOnce()) -> usize {
    let before = COUNT.get();
    run();
    COUNT.get() - before
}

#[test]
fn the_allocator_counts() {
    assert!(allocations(|| drop(std::hint::black_box(vec![0.0; 10]))) == 2);
}

/// All kinds of samples with all kinds of measurements.
fn run<const NX: usize, const NU: usize>(mpc: &mut Mpc<NX, NU>, mut see: impl FnMut(Status)) {
    for k in 0..60 {
        let mut x = mpc.state(1);
        x[NX - 1] += if k == 20 { 2.0 } else { 0.01 };
        if k % 10 == 9 {
            x[0] = f64::NAN;
        }
        if k == 36 {
            x = [f64::MAX; NX];
        }
        match k % 4 {
            0 | 1 => {
                mpc.control(&x);
            }
            2 => {
                mpc.prepare();
                mpc.feedback(&x);
            }
            _ => {
                mpc.prepare();
                mpc.feedback_with_bounds(&x);
            }
        }
        see(mpc.report().status);
        mpc.active(|_, _, z| assert!(z > 0.0));
    }
}

#[test]
fn no_sample_allocates() {
    let default = Options::default();
    for options in [
        default.clone(),
        Options::converged(),
        Options { hessian: Hessian::Exact, ..Options::converged() },
        Options { globalize: true, steps: 3, ..default.clone() },
        Options { soften: 0.0, delay: 3, ..default },
    ] {
        let mut race = Mpc::new(limited::race(30).unwrap(), options.clone()).unwrap();
        let mut quadrotor = Mpc::new(limited::planar_quadrotor(), options.clone()).unwrap();
        let (mut usable, mut failed) = (0, 0);
        let found = allocations(|| {
            let mut see = |status: Status| {
                usable += usize::from(status.is_usable());
                failed += usize::from(!status.is_usable() && status != Status::BadMeasurement);
            };
            run(&mut race, &mut see);
            run(&mut quadrotor, &mut see);
        });
        assert_eq!(found, 0, "{options:?}");
        assert!(usable > 60 && failed > 0, "{usable} {failed}, {options:?}");
    }
}

#[test]
fn nothing_that_changes_along_the_way_allocates() {
    let cost = Tracking { q: [1.0, 0.1], r: [0.1], goal: [0.0; 2], rest: [0.0], terminal: 1.0 };
    let ocp = Ocp::with_parameters(DoubleIntegrator, cost, [1.0, 0.0], 0.1, vec![[0.0; 3]; 21]).unwrap();
    let bounds =
        |size: f64| Bounds { states: [Bound::FREE, Bound::symmetric(size)], controls: [Bound::symmetric(1.0)] };
    let ocp = ocp.bound_states(bounds(1.0).states).and_then(|ocp| ocp.bound_controls(bounds(1.0).controls)).unwrap();
    let mut mpc = Mpc::new(ocp, Options::default()).unwrap();
    let mut x = [1.0, 0.0];
    let found = allocations(|| {
        for sample in 0..50 {
            let speed = if sample % 3 == 0 { f64::INFINITY } else { 0.5 };
            for k in 0..=20 {
                mpc.set_parameters(k, &[sample as f64, 1.0, 2.0]).unwrap();
                mpc.set_bounds(k, bounds(speed)).unwrap();
            }
            let u = mpc.control(&x);
            x = rk4_step(&DoubleIntegrator, &At { t: 0.0, p: &[] }, 0.1, x, u);
        }
    });
    assert_eq!(found, 0);
    assert!(mpc.report().status.is_usable() && x[0].abs() < 0.1);
}
