//! Riccati equations by size: `cargo bench -p swingup --bench riccati`.
//!
//! Each time is the least of many repeats, in one thread. Beside it stand the problem's condition and the bound on the relative
//! error that the residual in twice the digits gives. The examples are those of CAREX and DAREX 2.0 (Abels, Benner 1999) in
//! tests/data.

use std::hint::black_box;
use std::time::Instant;

use nalgebra::{DMatrix, Dim, Dyn, Matrix1, Matrix4, Vector4};
use serde_json::Value;
use swingup::lqr::{Lq, Refusal, Regulator, Sizes, zero_order_hold};

/// Microseconds; repeats for about half a second.
fn least(mut work: impl FnMut()) -> f64 {
    let mut least = f64::INFINITY;
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < 0.5 {
        let start = Instant::now();
        work();
        least = least.min(start.elapsed().as_secs_f64() * 1e6);
    }
    least
}

fn line<N: Dim, M: Dim>(name: &str, lq: &Lq<N, M>, solve: impl Fn(&Lq<N, M>) -> Result<Regulator<N, M>, Refusal>)
where
    nalgebra::DefaultAllocator: Sizes<N, M>,
{
    let time = least(|| {
        let _ = black_box(solve(black_box(lq)));
    });
    match solve(lq) {
        Ok(found) => {
            println!("{name:36} {time:10.1} µs   condition {:7.1e}   error <= {:7.1e}", found.condition, found.error);
        }
        Err(refusal) => println!("{name:36} {time:10.1} µs   {refusal}"),
    }
}

/// n states and n/4 controls: entries uniform in (-1, 1), those of A over √n; Q = 1 and R = 1.
fn random(n: usize) -> Lq<Dyn, Dyn> {
    let mut state = n as u64;
    let mut next = || {
        // Knuth's linear congruential generator.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    };
    let m = n / 4;
    let a = DMatrix::from_fn(n, n, |_, _| next() / (n as f64).sqrt());
    let b = DMatrix::from_fn(n, m, |_, _| next());
    Lq::new(a, b, DMatrix::identity(n, n), DMatrix::identity(m, m))
}

fn example(file: &str, id: &str) -> Lq<Dyn, Dyn> {
    let path = format!("{}/../../tests/data/{file}", env!("CARGO_MANIFEST_DIR"));
    let all: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(path).expect("the collection")).expect("JSON");
    let example = all.into_iter().find(|example| example["id"] == id).expect("an example of the collection");
    let [a, b, q, r] = ["A", "B", "Q", "R"].map(|name| matrix(&example[name]));
    Lq::new(a, b, q, r)
}

fn matrix(value: &Value) -> DMatrix<f64> {
    let size = |i: usize| value["shape"][i].as_u64().expect("a size") as usize;
    let number = |value: &Value| value.as_f64().expect("a number");
    if let Some(data) = value["data"].as_array() {
        return DMatrix::from_row_iterator(size(0), size(1), data.iter().map(number));
    }
    let mut m = DMatrix::zeros(size(0), size(1));
    for entry in value["triplets"].as_array().expect("entries or triplets") {
        m[(number(&entry[0]) as usize, number(&entry[1]) as usize)] = number(&entry[2]);
    }
    m
}

fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    #[cfg(target_arch = "x86_64")]
    let wide = std::arch::is_x86_feature_detected!("avx2");
    #[cfg(not(target_arch = "x86_64"))]
    let wide = false;
    let vectors = if wide { "with AVX2" } else { "without AVX2" };
    println!("processor {}, {}, {vectors}", model.trim_start_matches([' ', '\t', ':']), std::env::consts::ARCH);
}

fn main() {
    machine();
    // A cart-pole near the top, (tilt, its rate, x, v); the control is the cart's acceleration.
    let a = Matrix4::new(0.0, 1.0, 0.0, 0.0, 29.43, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0);
    let b = Vector4::new(0.0, 3.0, 0.0, 1.0);
    let pole = Lq::new(a, b, Matrix4::identity(), Matrix1::new(1.0));
    let (held_a, held_b) = zero_order_hold(&a, &b, 0.01).expect("a step");
    let held = Lq::new(held_a, held_b, Matrix4::identity(), Matrix1::new(1.0));

    println!("\ncart-pole, n = 4 (asked: at most 10 µs)");
    line("continuous, fixed size", &pole, Lq::care);
    line("continuous, any size", &pole.any_size(), Lq::care);
    line("held for 10 ms, fixed size", &held, Lq::dare);
    line("held for 10 ms, any size", &held.any_size(), Lq::dare);

    println!("\nrandom, n/4 controls (asked: n = 64 at most 10 ms, n = 100 at most 40 ms)");
    for n in [4, 8, 16, 32, 64, 100] {
        line(&format!("continuous, n = {n}"), &random(n), Lq::care);
        line(&format!("discrete, n = {n}"), &random(n), Lq::dare);
    }

    println!("\nof the collections");
    line("CAREX 2.7, n = 4", &example("lqr_carex.json", "carex-2.7"), Lq::care);
    line("CAREX 4.1, n = 21", &example("lqr_carex.json", "carex-4.1"), Lq::care);
    line("CAREX 3.2, n = 64, 64 controls", &example("lqr_carex.json", "carex-3.2"), Lq::care);
    line("CAREX 4.2, n = 100, 1 control", &example("lqr_carex.json", "carex-4.2"), Lq::care);
    line("DAREX 4.1, n = 100, 1 control", &example("lqr_darex.json", "darex-4.1"), Lq::dare);
}
