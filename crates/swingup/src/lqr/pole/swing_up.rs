//! Swing-up by energy, and the hand-over to a linear feedback: Åström and Furuta 2000.

use alloc::vec::Vec;
use core::array::from_fn;
use core::f64::consts::{PI, TAU};

use nalgebra::{Cholesky, Const, SMatrix, SVector};

use super::{Angle, Motor, Upright, edge};
use crate::integrate::rk4_step;
use crate::lqr::Regulator;
use crate::models::CartPole;
use crate::ocp::{ProblemError, require};
use crate::{At, Scalar, Trajectory};

/// What the controller is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Giving the pole the energy of standing.
    Swing,
    /// Holding it upright.
    Hold,
}

/// Swings a pole up within the limits of its motor, catches it, and swings again if it falls: a controller of sampled states.
///
/// While it swings, the acceleration a is a push that changes the energy E (of the pole, for each unit of its mass) towards that of
/// standing, and a weak pull to the middle of the track:
/// ```text
/// E' = -(L/2) a ω cos θ        E_up = g L/2        ν = √(3g/(2L))
/// a  = p sat(5 (E - E_up)/(g L)) sign(ω cos θ) - 0.1 ν² x - 0.1 ν v        p = (2/π) V ν
/// ```
/// The push p takes the cart from -V to V, its limits of speed, within half a small swing: a stronger one only ends there sooner, where
/// nothing pushes. Once `x'Xx <= level`, X the regulator's, `-Kx` holds the pole, until `x'Xx > 4 level`. In both phases
/// [`Motor::allow`] has the last word.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SwingUp {
    /// The feedback near upright, with the pole; it takes the tilt wrapped.
    pub upright: Upright,
    /// X, the cost from each state `(x, v, δ, ω)` under that feedback.
    pub cost_to_go: SMatrix<f64, 4, 4>,
    /// The limits.
    pub motor: Motor,
    /// How long an acceleration is held, s.
    pub hold: f64,
    /// Value of x'Xx below which the feedback takes over.
    pub level: f64,
    /// What it is at.
    pub phase: Phase,
}

impl SwingUp {
    /// The controller of a pole at rest; it takes over at the [`level`](SwingUp::recoverable) that 400 starts find recoverable.
    ///
    /// The regulator is of `(x, v, δ, ω)`, `hold` the time between two calls (s).
    ///
    /// # Errors
    /// [`ProblemError`] when a limit of the motor is not positive, or `hold` is not between 0.1 ms and the time V/A in which the motor stops the cart.
    pub fn new(
        pole: CartPole,
        regulator: &Regulator<Const<4>, Const<1>>,
        motor: Motor,
        hold: f64,
    ) -> Result<Self, ProblemError> {
        for (name, limit) in [("acceleration", motor.acceleration), ("speed", motor.speed), ("reach", motor.reach)] {
            require(limit > 0.0 && limit.is_finite(), limit, "positive", || alloc::format!("{name} of the motor"))?;
        }
        let stops = motor.speed / motor.acceleration;
        require((1e-4..=stops).contains(&hold), hold, "from 0.1 ms to the time in which the cart stops", || {
            "hold".into()
        })?;
        let (gain, cost_to_go) = (from_fn(|i| regulator.gain[i]), regulator.cost_to_go);
        let upright = Upright { pole, gain, angle: Angle::Wrapped, most: motor.acceleration };
        let new = SwingUp { upright, cost_to_go, motor, hold, level: 0.0, phase: Phase::Swing };
        Ok(SwingUp { level: new.recoverable(400), ..new })
    }

    /// The acceleration (m/s²) to hold from now on, in the state `(x, v, θ, ω)`, after whatever turns.
    pub fn acceleration(&mut self, state: [f64; 4]) -> f64 {
        let cost = self.cost(state);
        self.phase = match self.phase {
            Phase::Swing if cost <= self.level => Phase::Hold,
            Phase::Hold if cost > 4.0 * self.level || cost.is_nan() => Phase::Swing,
            phase => phase,
        };
        let a = if self.phase == Phase::Hold { self.upright.acceleration(state) } else { self.push(state) };
        self.motor.allow(a, [state[0], state[1]], self.hold)
    }

    /// The state after the acceleration a (m/s²) was held: four steps of RK4.
    pub fn after(&self, state: [f64; 4], a: f64) -> [f64; 4] {
        let step = 0.25 * self.hold;
        (0..4).fold(state, |x, _| rk4_step(&self.upright.pole, &At { t: 0.0, p: &[] }, step, x, [a]))
    }

    /// Follows `start` for so many samples: states and accelerations, and the sample from which on the pole is held, `samples` if it is not.
    pub fn run(&mut self, start: [f64; 4], samples: usize) -> (Trajectory<4, 1>, usize) {
        let (mut x, mut swung, mut controls) = (start, 0, Vec::with_capacity(samples));
        let mut states = Vec::with_capacity(samples + 1);
        states.push(x);
        for k in 0..samples {
            let a = self.acceleration(x);
            x = self.after(x, a);
            swung = if self.phase == Phase::Swing { k + 1 } else { swung };
            states.push(x);
            controls.push([a]);
        }
        (Trajectory { states, controls }, swung)
    }

    /// The largest level up to which the feedback within the limits recovers every state tried.
    ///
    /// Tried are `starts` states of each of 40 levels, spread evenly over the ellipsoid `x'Xx = level`, as far as the cart can stop from
    /// there; then the first level that fails is bisected. It is an estimate, not a proof, and 0 if X is not positive definite.
    pub fn recoverable(&self, starts: usize) -> f64 {
        let Some(factor) = Cholesky::new(self.cost_to_go) else { return 0.0 };
        let root = factor.l().transpose();
        // On the boundary of an ellipsoid that reaches as far as a half turn.
        let largest = PI * PI / factor.inverse()[(2, 2)];
        let on = |level: f64, k: usize| {
            let z: SVector<f64, 4> = SVector::from(on_sphere(k)) * libm::sqrt(level);
            root.solve_upper_triangular(&z).map_or([f64::NAN; 4], |x| [x[0], x[1], PI + x[2], x[3]])
        };
        edge(largest, 40, 1e-3 * largest, |level| (0..starts).all(|k| self.recovers(on(level, k))))
    }

    /// Whether the feedback alone, within the limits, has the pole standing after ten seconds without a fall; true of what no cart could stop
    /// from.
    pub fn recovers(&self, start: [f64; 4]) -> bool {
        if !self.motor.can_stop(start[0], start[1]) {
            return true;
        }
        let mut x = start;
        let samples = if self.hold > 0.0 { (10.0 / self.hold) as usize } else { 0 };
        for _ in 0..samples {
            if let Some(verdict) = Upright::verdict(x) {
                return verdict;
            }
            let a = self.motor.allow(self.upright.acceleration(x), [x[0], x[1]], self.hold);
            x = self.after(x, a);
        }
        Upright::stands(x, 0.05)
    }

    /// x'Xx about upright.
    fn cost(&self, [x, v, theta, omega]: [f64; 4]) -> f64 {
        let x = SVector::from([x, v, (theta - PI).wrap(), omega]);
        x.dot(&(self.cost_to_go * x))
    }

    /// The acceleration of the swing.
    fn push(&self, state: [f64; 4]) -> f64 {
        let (pole, at) = (&self.upright.pole, At { t: 0.0, p: &[] });
        let (length, g): (f64, f64) = (pole.length.at(&at), pole.gravity.at(&at));
        let [x, v, theta, omega] = state;
        let excess = pole.energy(&at, state) / (g * length) - 0.5;
        let frequency = libm::sqrt(1.5 * g / length);
        let most = 2.0 / PI * self.motor.speed * frequency;
        let towards = (omega * theta.cos()).select(1.0, -1.0);
        most * (GAIN * excess).clamp(-1.0, 1.0) * towards - PULL * frequency * (frequency * x + v)
    }
}

/// Gain of the energy's excess, which is in units of g L: the last fifth of it is pumped ever more gently.
const GAIN: f64 = 5.0;
/// Gain of ν² x + ν v: strong enough to keep the cart from the ends, where it has to brake whatever the pole does.
const PULL: f64 = 0.1;

/// Points spread evenly over the unit sphere in four dimensions: the sequence of Kronecker and Roberts, by Shoemake's map.
fn on_sphere(k: usize) -> [f64; 4] {
    // 1/φ, 1/φ², 1/φ³ with φ⁴ = φ + 1.
    let [u, s, t] = [0.819_172_513_396_164_4, 0.671_043_606_703_789_1, 0.549_700_477_901_970_4];
    let fraction = |a: f64| 0.5 + k as f64 * a - libm::floor(0.5 + k as f64 * a);
    let (inner, outer) = (libm::sqrt(fraction(u)), libm::sqrt(1.0 - fraction(u)));
    let [(a, b), (c, d)] = [s, t].map(|turn| libm::sincos(TAU * fraction(turn)));
    [outer * a, outer * b, inner * c, inner * d]
}
