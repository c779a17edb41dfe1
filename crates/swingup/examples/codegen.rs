//! Controllers whose compiled loops `scripts/check-fast-path` looks at: of a model of this library, of a user's, and of one whose author
//! forgot `#[inline(always)]`.

use swingup::cost::Tracking;
use swingup::models::CartPole;
use swingup::mpc::{Mpc, Options};
use swingup::ocp::ProblemError;
use swingup::{At, Dynamics, Ocp, Quantity, Scalar};

const STATES: [Quantity; 4] =
    [Quantity::new("a", "rad"), Quantity::new("b", "rad"), Quantity::new("da", "rad/s"), Quantity::new("db", "rad/s")];
const CONTROLS: [Quantity; 1] = [Quantity::new("u", "rad/s²")];

/// Two pendulums and a spring between them.
struct Own;

impl Dynamics<4, 1> for Own {
    const STATES: [Quantity; 4] = STATES;
    const CONTROLS: [Quantity; 1] = CONTROLS;

    #[inline(always)]
    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [a, b, da, db]: [S; 4], [u]: [S; 1]) -> [S; 4] {
        let pull = (a - b).sin() * 2.0;
        [da, db, u - a.sin() - pull, pull - b.sin() * b.cos()]
    }
}

/// The same, and a call for each of its numbers.
struct Forgotten;

impl Dynamics<4, 1> for Forgotten {
    const STATES: [Quantity; 4] = STATES;
    const CONTROLS: [Quantity; 1] = CONTROLS;

    fn xdot<S: Scalar>(&self, _: &At<'_, S, 0>, [a, b, da, db]: [S; 4], [u]: [S; 1]) -> [S; 4] {
        let pull = (a - b).sin() * 2.0;
        [da, db, u - a.sin() - pull, pull - b.sin() * b.cos()]
    }
}

fn first_control(model: impl Dynamics<4, 1> + Send + 'static) -> Result<f64, ProblemError> {
    let cost = Tracking { q: [1.0; 4], r: [0.1], goal: [0.0; 4], rest: [0.0], terminal: 10.0 };
    let start = [0.5, 0.0, 0.0, 0.0];
    let mut mpc = Mpc::new(Ocp::new(model, cost, start, 20, 0.05)?, Options::default())?;
    Ok(mpc.control(&start)[0])
}

fn main() -> Result<(), ProblemError> {
    println!("{:.6}", first_control(CartPole::new(0.5, 9.81))?);
    println!("{:.6} {:.6}", first_control(Own)?, first_control(Forgotten)?);
    Ok(())
}
