//! The numbers of every processor and those of this one agree. The switch is the whole program's, so that it has a program of its own.

use swingup::integrate::rk4_step;
use swingup::models::{CartPole, PlanarQuadrotor};
use swingup::mpc::{self, Mpc, Options};
use swingup::problems::limited;
use swingup::{At, Dynamics};

/// Controls of a closed loop whose plant has a mind of its own: what they do to it does not count, so that rounding has no time to grow.
fn controls<const NX: usize, const NU: usize>(
    mut mpc: Mpc<NX, NU>,
    plant: &impl Dynamics<NX, NU>,
    step: f64,
    samples: usize,
) -> Vec<f64> {
    let mut x = mpc.state(0);
    let mut controls = Vec::new();
    for k in 0..samples {
        let u = if k % 3 == 2 {
            mpc.prepare();
            mpc.feedback(&x)
        } else {
            mpc.control(&x)
        };
        assert!(mpc.report().status.is_usable());
        controls.extend(u);
        x = rk4_step(plant, &At { t: 0.0, p: &[] }, step, x, u);
        x[NX - 1] += 0.05 * (2.3 * k as f64).sin();
    }
    controls
}

fn race(options: &Options) -> Vec<f64> {
    let mpc = Mpc::new(limited::race(50).unwrap(), options.clone()).unwrap();
    controls(mpc, &CartPole::new(0.5, 9.81), 0.05, 200)
}

fn flight(options: &Options) -> Vec<f64> {
    let ocp = limited::planar_quadrotor();
    let step = ocp.step();
    controls(Mpc::new(ocp, options.clone()).unwrap(), &PlanarQuadrotor::default(), step, 80)
}

#[test]
fn portable_numbers_and_fast_ones_agree() {
    // How many steps a converged sample takes may hang on the last bit: its controls agree within its tolerance.
    for (options, tolerance) in [(Options::default(), 1e-9), (Options::converged(), 1e-5)] {
        for closed_loop in [race, flight] {
            mpc::portable(false);
            let fast = closed_loop(&options);
            mpc::portable(true);
            let (plain, again) = (closed_loop(&options), closed_loop(&options));
            assert_eq!(plain, again);
            let off = fast.iter().zip(&plain).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            assert!(off < tolerance, "{off:e}");
        }
    }
}
