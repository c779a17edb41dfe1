//! A car follows a path that moves along its horizon: what changes from knot to knot is a parameter.
//!
//! ```sh
//! cargo run --release -p swingup --example tracking
//! ```
//! It ends with an error if the car is not within 0.1 m of where it should be, after the first seconds in which it comes onto the path.

use std::error::Error;

use swingup::integrate::rk4_step;
use swingup::mpc::{Mpc, Options};
use swingup::{At, Bound, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar};

/// A car with an axle distance of 2.5 m whose wheels do not slip, about the middle of its rear axle:
///
/// ```text
/// x' = v cos ψ        y' = v sin ψ        ψ' = v tan δ / 2.5        v' = a        δ' = s
/// ```
struct Car;

impl<const NP: usize> Dynamics<5, 2, NP> for Car {
    const STATES: [Quantity; 5] = [
        Quantity::new("x", "m"),
        Quantity::new("y", "m"),
        Quantity::new("psi", "rad"),
        Quantity::new("v", "m/s"),
        Quantity::new("delta", "rad"),
    ];
    const CONTROLS: [Quantity; 2] = [Quantity::new("a", "m/s²"), Quantity::new("s", "rad/s")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, [_, _, psi, v, delta]: [S; 5], [a, s]: [S; 2]) -> [S; 5] {
        let ((sin, cos), (up, along)) = (psi.sin_cos(), delta.sin_cos());
        [v * cos, v * sin, v * up / along * 0.4, a, s]
    }
}

/// At each knot the way to the place (p_0, p_1), m.
struct Follow;

impl Cost<5, 2, 2> for Follow {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 2>, x: [S; 5], [a, s]: [S; 2], sink: &mut impl CostSink<S>) {
        self.terminal(at, x, sink);
        sink.square(0.01, a);
        sink.square(0.1, s);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 2>, [x, y, ..]: [S; 5], sink: &mut impl CostSink<S>) {
        sink.square(1.0, x - at.p[0]);
        sink.square(1.0, y - at.p[1]);
    }
}

/// A lying eight, 60 m by 20 m, once in 30 s.
fn path(t: f64) -> [f64; 2] {
    let angle = std::f64::consts::TAU * t / 30.0;
    [30.0 * angle.sin(), 10.0 * (2.0 * angle).sin()]
}

fn main() -> Result<(), Box<dyn Error>> {
    const INTERVALS: usize = 20;
    let h = 0.1;
    let time = |k: usize| k as f64 * h;
    // Beside the path, and along it.
    let mut x = [0.0, 1.0, 0.588, 7.0, 0.0];
    let problem = Ocp::with_parameters(Car, Follow, x, h, (0..=INTERVALS).map(|k| path(time(k))).collect())?
        .bound_states([Bound::FREE, Bound::FREE, Bound::FREE, Bound::within(0.0, 15.0), Bound::symmetric(0.6)])?
        .bound_controls([Bound::symmetric(4.0), Bound::symmetric(0.8)])?;
    let mut mpc = Mpc::new(problem, Options::default())?;

    let mut worst = 0.0f64;
    println!("   t s     x m     y m  v m/s     δ °  away m");
    for sample in 0..=300 {
        let [px, py] = path(time(sample));
        let away = (x[0] - px).hypot(x[1] - py);
        if sample % 20 == 0 {
            let [.., v, delta] = x;
            println!("{:6.1}{:8.2}{:8.2}{v:7.2}{:8.2}{away:8.3}", time(sample), x[0], x[1], delta.to_degrees());
        }
        if sample >= 30 {
            worst = worst.max(away);
        }

        // Knot k of this sample is k steps from now; the plan is shifted by `control`, its parameters are not.
        for k in 0..=INTERVALS {
            mpc.set_parameters(k, &path(time(sample + k)))?;
        }
        let u = mpc.control(&x);
        if !mpc.report().status.is_usable() {
            return Err(format!("sample {sample}: {}", mpc.report()).into());
        }
        x = rk4_step(&Car, &At { t: 0.0, p: &[] }, h, x, u);
    }

    println!("after 3 s at most {worst:.3} m away");
    if worst < 0.1 { Ok(()) } else { Err("the car is more than 0.1 m from its place".into()) }
}

#[test]
fn keeps_its_promise() -> Result<(), Box<dyn Error>> {
    main()
}
