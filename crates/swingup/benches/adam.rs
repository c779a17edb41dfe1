//! One Adam step against the time to stream its arrays: `cargo bench -p swingup --bench adam`.
//!
//! The step reads x, g, m, v and writes x, m, v. The stream does the same reads and writes with one addition
//! for each; the two are timed in turn and the least of many repeats is kept.

use std::hint::black_box;
use std::time::{Duration, Instant};

use swingup::optimize::Adam;

/// Coordinates.
const N: usize = 1_000_000;

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn main() {
    let mut x = vec![1.0; N];
    let g: Vec<f64> = (0..N).map(|i| (i as f64).sin()).collect();
    let (mut m, mut v) = (vec![0.0; N], vec![0.0; N]);
    let (mut step, mut stream) = (Duration::MAX, Duration::MAX);
    let mut adam = Adam::new(1e-3).expect("a rate");
    for _ in 0..60 {
        step = step.min(time(|| {
            adam.step(&mut x, &g);
            black_box(&x);
        }));
        stream = stream.min(time(|| {
            for (((x, g), m), v) in x.iter_mut().zip(&g).zip(&mut m).zip(&mut v) {
                *m += *g;
                *v += *g;
                *x += *g;
            }
            black_box((&x, &m, &v));
        }));
    }
    let ratio = step.as_secs_f64() / stream.as_secs_f64();
    println!("n = {N}: Adam step {step:?}, stream {stream:?}, ratio {ratio:.2}");
}
