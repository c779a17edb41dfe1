//! The cart-pole under linear feedback: from how far it recovers, what latency it stands, and the swing-up that hands over to it.
//!
//! `lqr_cartpole.json` has gains from 400 bits; `lqr_margins.json` the largest recoverable tilts, by RK4 with steps of 0.5 ms over 60 s
//! and bisection, and the margins in closed form; both from mpmath and SciPy.

use std::f64::consts::{PI, TAU};

use nalgebra::Matrix4;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::Value;
use swingup::Scalar;
use swingup::integrate::rk4_step;
use swingup::lqr::{Angle, Balance, Motor, Phase, SwingUp, Trial, edge};
use swingup::models::CartPole;

fn data(name: &str) -> Value {
    let path = format!("{}/../../tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("the file")).expect("JSON")
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().expect("a list").iter().map(|x| x.as_f64().expect("a number")).collect()
}

/// The reference orders its states (δ, ω, x, v), the model (x, v, θ, ω).
const ORDER: [usize; 4] = [2, 3, 0, 1];

fn balance(k: &Value, angle: Angle, most: f64) -> Balance {
    let k = numbers(k);
    Balance { pole: CartPole::new(0.5, 9.81), gain: ORDER.map(|i| k[i]), angle, most }
}

#[test]
fn probe() {
    for case in data("lqr_cartpole.json").as_array().unwrap() {
        let x = numbers(&case["X"]["data"]);
        let x = Matrix4::from_fn(|i, j| x[4 * ORDER[i] + ORDER[j]]);
        let k = balance(&case["K"], Angle::Wrapped, 0.0).gain;
        let motor = Motor { acceleration: 15.0, speed: 1.0, reach: 0.44 };
        let t = std::time::Instant::now();
        let s = SwingUp::new(CartPole::new(0.5, 9.81), k, x, motor, 0.01);
        let inv = x.try_inverse().unwrap();
        println!("{} level {} extents {:?} {:?}", case["id"], s.level, [0,1,2,3].map(|i| (s.level * inv[(i,i)]).sqrt()), t.elapsed());
        let mut times = vec![];
        let mut falls = 0;
        for seed in 0..100 {
            let mut rng = StdRng::seed_from_u64(seed);
            let mut x = if seed < 50 {
                [0.0, 0.0, rng.random_range(-0.01..0.01), 0.0]
            } else {
                [rng.random_range(-0.3..0.3), rng.random_range(-0.5..0.5), rng.random_range(-20.0..20.0), rng.random_range(-10.0..10.0)]
            };
            let mut c = s;
            let (mut caught, mut lost) = (f64::NAN, 0);
            for i in 0..6000 {
                let was = c.phase;
                let a = c.acceleration(x);
                if was != c.phase { if c.phase == Phase::Balance { caught = i as f64 * 0.01 } else { lost += 1 } }
                x = c.after(x, a);
                assert!(x[0].abs() <= 0.44 + 1e-9 && x[1].abs() <= 1.0 + 1e-9);
            }
            falls += lost;
            if Balance::stands(x, 0.01) { times.push(caught) } else { times.push(f64::INFINITY) }
        }
        times.sort_by(f64::total_cmp);
        println!("   times {:?} lost {}", [0, 25, 50, 75, 90, 95, 99].map(|i| times[i]), falls);
    }
}
