//! Bring your own robot: a rocket lands on its tail, in wind that its model does not know.
//!
//! ```sh
//! cargo run --release -p swingup --example own_robot
//! ```
//! What is yours is on top: the motion, what it costs, the limits. It ends with an error if the rocket does not stand in the end.

use std::error::Error;

use swingup::integrate::rk4_step;
use swingup::mpc::{Mpc, Options};
use swingup::{At, Bound, Cost, CostSink, Dynamics, Ocp, Quantity, Scalar};

/// A rod of 12 m in the plane, its engine at the lower end, thrust `a` per mass, gimballed by φ:
///
/// ```text
/// x'' = -a sin(θ + φ) + w        z'' = a cos(θ + φ) - g        θ'' = -(6/L) a sin φ
/// ```
/// θ is the tilt from upright, counter-clockwise; w is what the wind adds, m/s².
struct Rocket {
    wind: f64,
}

impl Dynamics<6, 2> for Rocket {
    const STATES: [Quantity; 6] = [
        Quantity::new("x", "m"),
        Quantity::new("z", "m"),
        Quantity::new("theta", "rad"),
        Quantity::new("vx", "m/s"),
        Quantity::new("vz", "m/s"),
        Quantity::new("omega", "rad/s"),
    ];
    const CONTROLS: [Quantity; 2] = [Quantity::new("a", "m/s²"), Quantity::new("phi", "rad")];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [_, _, theta, vx, vz, omega]: [S; 6], [a, phi]: [S; 2]) -> [S; 6] {
        let (sin, cos) = (theta + phi).sin_cos();
        [vx, vz, omega, -a * sin + self.wind, a * cos - 9.81, -a * phi.sin() * 0.5]
    }
}

/// To the pad, upright and slowly; in the end, at rest.
struct Land;

impl Cost<6, 2> for Land {
    #[inline(always)]
    fn running<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; 6], [a, phi]: [S; 2], sink: &mut impl CostSink<S>) {
        for (i, weight) in [0.01, 0.01, 1.0, 0.03, 0.03, 1.0].into_iter().enumerate() {
            sink.square(weight, x[i]);
        }
        sink.square(0.01, a - 9.81);
        sink.square(1.0, phi);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; 6], sink: &mut impl CostSink<S>) {
        for (i, weight) in [1.0, 1.0, 100.0, 3.0, 3.0, 100.0].into_iter().enumerate() {
            sink.square(weight, x[i]);
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let (h, mut x) = (0.1, [40.0, 100.0, 0.0, 0.0, -20.0, 0.0]);
    let problem = Ocp::new(Rocket { wind: 0.0 }, Land, x, 50, h)?
        .bound_states([Bound::FREE, Bound::FREE, Bound::symmetric(0.3), Bound::FREE, Bound::FREE, Bound::FREE])?
        .bound_controls([Bound::within(3.0, 20.0), Bound::symmetric(0.2)])?;
    let mut mpc = Mpc::new(problem, Options::default())?;

    let (mut lowest, mut furthest) = (f64::INFINITY, 0.0f64);
    println!("   t s     x m     z m  tilt °  speed m/s   a m/s²     φ °");
    for k in 0..=150 {
        let u = mpc.control(&x);
        if !mpc.report().status.is_usable() {
            return Err(format!("sample {k}: {}", mpc.report()).into());
        }
        let speed = x[3].hypot(x[4]);
        if k % 10 == 0 {
            let [tilt, phi] = [x[2], u[1]].map(f64::to_degrees);
            println!("{:6.1}{:8.2}{:8.2}{tilt:8.2}{speed:11.2}{:9.2}{phi:8.2}", f64::from(k) * h, x[0], x[1], u[0]);
        }
        if k == 150 {
            break;
        }
        (lowest, furthest) = (lowest.min(x[1]), furthest.max(x[2].abs()));

        // The plant: the same equations, a gust from the second second to the fourth, and steps ten times as short.
        let plant = Rocket { wind: if (20..40).contains(&k) { 1.0 } else { 0.0 } };
        for _ in 0..10 {
            x = rk4_step(&plant, &At { t: 0.0, p: &[] }, h / 10.0, x, u);
        }
    }
    println!("least height {lowest:.3} m, largest tilt {:.1}°", furthest.to_degrees());

    let stands = x[0].abs() < 0.1 && x[1].abs() < 0.1 && x[2].abs() < 0.01 && x[3].hypot(x[4]) < 0.1;
    if stands && lowest > -0.1 && furthest < 0.32 { Ok(()) } else { Err("the rocket does not stand on its pad".into()) }
}

#[test]
fn keeps_its_promise() -> Result<(), Box<dyn Error>> {
    main()
}
