//! The problems with their limits on track, motor and tilt, and with something in the way.

use alloc::vec::Vec;
use core::f64::consts::PI;

use crate::constraints::{Bound, Constraints, MarginSink, Subject};
use crate::cost::Tracking;
use crate::models::{CartPole, DoubleCartPole, PlanarQuadrotor, Quadrotor};
use crate::ocp::{Ocp, ProblemError};
use crate::problems::SwingUp;
use crate::{At, Dynamics, Scalar, Trajectory};

const FREE: Bound = Bound::FREE;
const FINE: &str = "constants that are in range";

/// Intervals of the race, and the least costs that IPOPT found, to 1e-12.
pub const RACES: [(usize, f64); 4] =
    [(20, 447.434065000126), (50, 445.247940379738), (100, 445.330612749079), (200, 445.330754222746)];

/// Swing the pole up on a short track with a weak motor, the problem that solvers are raced on: `intervals` of 0.05 s.
///
/// A pole of 0.5 m, |u| <= 10 m/s², |x| <= 0.5 m at knots 1 to N. Its least costs are in [`RACES`].
///
/// # Errors
/// When there is no interval.
pub fn race(intervals: usize) -> Result<Ocp<CartPole, Tracking<4, 1>, 4, 1>, ProblemError> {
    let goal = [0.0, 0.0, PI, 0.0];
    let cost = Tracking { q: [0.5, 0.05, 2.5, 0.05], r: [0.05], goal, rest: [0.0], terminal: 10.0 };
    Ocp::new(CartPole::new(0.5, 9.81), cost, [0.0; 4], intervals, 0.05)?
        .bound_states([Bound::symmetric(0.5), FREE, FREE, FREE])?
        .bound_controls([Bound::symmetric(10.0)])
}

/// A motion of nothing at all as a guess for the race: states and controls anywhere in and beyond their limits, by numbers in [0, 1).
pub fn race_guess(intervals: usize, mut random: impl FnMut() -> f64) -> Trajectory<4, 1> {
    let mut within = |low: f64, high: f64| low + (high - low) * random();
    let mut guess = Trajectory::constant(intervals, [0.0; 4], [0.0]);
    for x in &mut guess.states {
        *x = [within(-0.5, 0.5), within(-2.0, 2.0), within(-PI, 2.0 * PI), within(-10.0, 10.0)];
    }
    guess.controls.iter_mut().for_each(|u| *u = [within(-10.0, 10.0)]);
    guess
}

/// [`swing_up`](super::swing_up) with |x|, |v| and |u| at most these.
///
/// # Errors
/// When a limit is negative or not a number.
pub fn swing_up(track: f64, speed: f64, control: f64) -> Result<Ocp<CartPole, SwingUp, 4, 1, 1>, ProblemError> {
    super::swing_up()
        .bound_states([Bound::symmetric(track), Bound::symmetric(speed), FREE, FREE])?
        .bound_controls([Bound::symmetric(control)])
}

/// Seven swing-ups within limits, each with a name and a cost: what IPOPT found, to four digits.
///
/// Lower costs are known of two: 146.2300 with |x| <= 0.9, and 311.2049 with limits 0.4, 1 and 2.
pub fn swing_ups() -> [(&'static str, Ocp<CartPole, SwingUp, 4, 1, 1>, f64); 7] {
    const NONE: f64 = f64::INFINITY;
    let within = |[track, speed, control]: [f64; 3]| swing_up(track, speed, control).expect(FINE);
    [
        ("|x| <= 0.4", within([0.4, NONE, NONE]), 295.2328),
        ("|x| <= 0.9", within([0.9, NONE, NONE]), 268.3244),
        ("|x| <= 1", within([1.0, NONE, NONE]), 145.7368),
        ("|u| <= 1", within([NONE, NONE, 1.0]), 149.8648),
        ("|x| <= 0.4, |v| <= 1, |u| <= 2", within([0.4, 1.0, 2.0]), 312.2883),
        ("|x|, |v|, |u| <= 1", within([1.0; 3]), 188.9584),
        ("slow, |x| <= 1.32, |v| <= 0.553", slow_swing_up(), 261.0992),
    ]
}

/// The swing-up with twice the time, and a cart that must be slow: 200 knots, 0.1 apart, |x| <= 1.32, |v| <= 0.553.
///
/// The weight of the angle grows from 0 to 0.995 over these knots. Its least known cost is 261.0992; the
/// pole reaches the top, and is let go in the end.
pub fn slow_swing_up() -> Ocp<CartPole, SwingUp, 4, 1, 1> {
    let weights: Vec<[f64; 1]> = (0..200).map(|k| [f64::from(k) / 200.0]).collect();
    Ocp::with_parameters(CartPole::scaled(), SwingUp, [0.0; 4], 0.1, weights)
        .and_then(|ocp| ocp.bound_states([Bound::symmetric(1.32), Bound::symmetric(0.553), FREE, FREE]))
        .expect(FINE)
}

/// [`double_cart_pole`](super::double_cart_pole) with |x| <= 1 m and |u| <= 30 m/s².
///
/// The least cost that this project knows is 3149.4488; another local optimum is 3388.3214.
pub fn double_cart_pole() -> Ocp<DoubleCartPole, Tracking<6, 1>, 6, 1> {
    super::double_cart_pole()
        .bound_states([Bound::symmetric(1.0), FREE, FREE, FREE, FREE, FREE])
        .and_then(|ocp| ocp.bound_controls([Bound::symmetric(30.0)]))
        .expect(FINE)
}

/// Keep out of a circle in the plane of the first two states.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Its centre, m.
    pub centre: [f64; 2],
    /// Its radius, m.
    pub radius: f64,
}

impl<const NU: usize, const NP: usize> Constraints<6, NU, NP> for Circle {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; 6], _: [S; NU], sink: &mut impl MarginSink<S>) {
        Constraints::<6, NU, NP>::terminal(self, at, x, sink);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, NP>, [px, pz, ..]: [S; 6], sink: &mut impl MarginSink<S>) {
        let (dx, dz) = (px - self.centre[0], pz - self.centre[1]);
        sink.hard("circle", dx * dx + dz * dz - self.radius * self.radius);
    }
}

/// [`planar_quadrotor`](super::planar_quadrotor) with thrusts of 0 to 6 N, |φ| <= 1.2 rad and a circle of 0.6 m around (2, 0.45) in
/// the way. Its least cost is 120.361889.
pub fn planar_quadrotor() -> Ocp<PlanarQuadrotor, Subject<Tracking<6, 2>, Circle>, 6, 2> {
    super::planar_quadrotor()
        .bound_states([FREE, FREE, Bound::symmetric(1.2), FREE, FREE, FREE])
        .and_then(|ocp| ocp.bound_controls([Bound::within(0.0, 6.0); 2]))
        .expect(FINE)
        .subject_to(Circle { centre: [2.0, 0.45], radius: 0.6 })
}

/// [`quadrotor`](super::quadrotor) with thrusts of 0 to 5 N, |roll| and |pitch| <= 0.7 rad. Its least cost is 93.183227.
pub fn quadrotor() -> Ocp<Quadrotor, Tracking<12, 4>, 12, 4> {
    let mut states = [FREE; 12];
    (states[3], states[4]) = (Bound::symmetric(0.7), Bound::symmetric(0.7));
    super::quadrotor()
        .bound_states(states)
        .and_then(|ocp| ocp.bound_controls([Bound::within(0.0, 5.0); 4]))
        .expect(FINE)
}

/// Hold a row of unit masses at rest, `intervals` of 0.5 s: Σ |x|² + |u|² with places within 4 m and forces within 0.5 N.
///
/// The first half of the row's states are places (m). With [`OscillatingMasses`](crate::models::OscillatingMasses) and 30 intervals it is the
/// example of Y. Wang, S. Boyd, Fast model predictive control using online optimization, IEEE Transactions on Control Systems
/// Technology 18 (2010) 267-278; the last knot costs as much as the others.
///
/// # Errors
/// When there is no interval.
pub fn masses<D: Dynamics<NX, NU>, const NX: usize, const NU: usize>(
    row: D,
    intervals: usize,
) -> Result<Ocp<D, Tracking<NX, NU>, NX, NU>, ProblemError> {
    let cost = Tracking { q: [1.0; NX], r: [1.0; NU], goal: [0.0; NX], rest: [0.0; NU], terminal: 1.0 };
    let mut states = [FREE; NX];
    states[..NX / 2].fill(Bound::symmetric(4.0));
    Ocp::new(row, cost, [0.0; NX], intervals, 0.5)?.bound_states(states)?.bound_controls([Bound::symmetric(0.5); NU])
}
