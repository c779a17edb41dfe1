//! A predictive controller swings a pole up on a short track, and hands it over to a linear regulator.
//!
//! ```sh
//! cargo run --release -p swingup --example lqr_hand_over
//! ```
//! One list of weights makes both: the regulator's cost to go, x'Xx, is what the predictive controller pays for what is behind its
//! horizon. So where no limit is active and the tilt is small they choose the same control. It ends with an error if they do not, or
//! if the pole does not stand.

use std::error::Error;
use std::f64::consts::PI;

use swingup::cost::Tracking;
use swingup::integrate::rk4_step;
use swingup::lqr::{Lq, ToGo};
use swingup::models::CartPole;
use swingup::mpc::{Mpc, Options};
use swingup::nalgebra::{SVector, Vector4};
use swingup::transcription::RK4;
use swingup::{At, Bound, Ocp};

fn main() -> Result<(), Box<dyn Error>> {
    let (plant, h) = (CartPole::new(0.5, 9.81), 0.05);
    let (track, motor, upright) = (0.5, 10.0, [0.0, 0.0, PI, 0.0]);
    let cost = Tracking { q: [0.5, 0.05, 2.5, 0.05], r: [0.05], goal: upright, rest: [0.0], terminal: 1.0 };

    // The regulator, of this problem's own knots, and the set x'Xx <= level in which it exceeds neither motor nor track.
    let knots = Ocp::new(plant, cost.clone(), [0.0; 4], 1, h)?.transcribe(RK4);
    let regulator = Lq::about(&knots, upright, [0.0]).ok_or("the pole has no next state")?.dare()?;
    let on_motor = regulator.control_level(&[motor]).ok_or("X is not positive definite")?;
    let on_track = regulator.level(&Vector4::x(), track).ok_or("X is not positive definite")?;
    let level = on_motor.min(on_track);

    let cost = ToGo::new(cost, &regulator.cost_to_go, upright).ok_or("X is not positive semidefinite")?;
    let problem = Ocp::new(plant, cost, [0.0; 4], 40, h)?
        .bound_states([Bound::symmetric(track), Bound::FREE, Bound::FREE, Bound::FREE])?
        .bound_controls([Bound::symmetric(motor)])?;
    let mut mpc = Mpc::new(problem, Options::converged())?;

    println!("the regulator takes over where x'Xx <= {level:.3} (motor {on_motor:.3}, track {on_track:.3})");
    println!("   t s     x m  tilt rad     x'Xx   acts  predictive      linear  difference");
    let (mut x, mut linear_acts, mut differences) = ([0.0; 4], false, Vec::new());
    for k in 0..=120 {
        let away = SVector::from(x) - SVector::from(upright);
        let to_go = away.dot(&(regulator.cost_to_go * away));
        let linear = -(regulator.gain * away)[0];
        let predictive = mpc.control(&x)[0];
        if !mpc.report().status.is_usable() {
            return Err(format!("sample {k}: {}", mpc.report()).into());
        }

        linear_acts |= to_go <= level;
        let (name, u) = if linear_acts { ("LQR", linear) } else { ("MPC", predictive) };
        let difference = (predictive - linear).abs();
        if linear_acts {
            differences.push(difference);
        }
        if k % 10 == 0 || differences.len() == 1 {
            let (t, tilt) = (f64::from(k) * h, away[2]);
            println!(
                "{t:6.2}{:8.3}{tilt:10.5}{to_go:9.2e}{name:>7}{predictive:12.6}{linear:12.6}{difference:12.1e}",
                x[0]
            );
        }
        if linear_acts && (u.abs() > motor || x[0].abs() > track) {
            return Err(format!("sample {k}: the regulator exceeds a limit").into());
        }
        x = rk4_step(&plant, &At { t: 0.0, p: &[] }, h, x, [u]);
    }

    let (Some(first), Some(last)) = (differences.first(), differences.last()) else {
        return Err("the pole never comes near the top".into());
    };
    println!("they differ by {first:.1e} m/s² at the hand-over, and by {last:.1e} in the end");
    let stands = x[0].abs() < 1e-2 && (x[2] - PI).abs() < 1e-3;
    if stands && *last < 1e-4 { Ok(()) } else { Err("the pole does not stand, or the two do not agree".into()) }
}

#[test]
fn keeps_its_promise() -> Result<(), Box<dyn Error>> {
    main()
}
