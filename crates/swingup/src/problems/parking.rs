//! A quadratic program: a mass is brought to rest within limits.

use alloc::vec::Vec;

use crate::barrier::{Barrier, Follow, Path, follow};
use crate::models::DoubleIntegrator;
use crate::ocp::ProblemError;
use crate::transcription::{Mirk, Transcribed};
use crate::{At, Bound, Cost, CostSink, Ocp, Scalar, Trajectory};

/// The least cost of [`parking`] in units of 1.
pub const PARKING_OPTIMUM: f64 = 0.71123331106695;

/// Explicit Euler: `x₊ = x + h f(x, u)`.
const EULER: Mirk<1> = Mirk::new("Euler", 1, [0.0], [0.0], [[0.0]], [1.0]);

/// What a knot of [`parking`] costs, its weight w the knot's parameter: `unit (w x² + 0.005 u²)`, and
/// `unit (w x² + 5 (x² + v²))` at the last one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parking {
    /// The unit of the cost.
    pub unit: f64,
}

impl Cost<2, 1, 1> for Parking {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 1>, [x, _]: [S; 2], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(at.p[0] * self.unit, x);
        sink.square(0.005 * self.unit, u);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, at: &At<'_, S, 1>, [x, v]: [S; 2], sink: &mut impl CostSink<S>) {
        sink.square((at.p[0] + 5.0) * self.unit, x);
        sink.square(5.0 * self.unit, v);
    }
}

/// Bring a mass from 1 m, at rest, to rest at 0 within limits: 20 steps of 0.1 s, by Euler's rule, its cost times `unit`.
/// ```text
/// x₊ = x + 0.1 v,  v₊ = v + 0.1 u            |u| <= 2 m/s²,  v >= -0.9 m/s,  x >= -0.05 m
/// minimize Σ 0.1 x_k² (k = 1 .. 20) + Σ 0.005 u_k² + 5 (x_20² + v_20²)
/// ```
/// Its 80 constraints include one that nothing moves, `x_1 = 1 m >= -0.05 m`.
pub fn parking(unit: f64) -> Transcribed<DoubleIntegrator, Parking, Mirk<1>, 2, 1, 1> {
    let weights: Vec<[f64; 1]> = (0..=20).map(|k| [if k > 0 { 0.1 } else { 0.0 }]).collect();
    let ocp = Ocp::with_parameters(DoubleIntegrator, Parking { unit }, [1.0, 0.0], 0.1, weights);
    let states = [Bound::within(-0.05, f64::INFINITY), Bound::within(-0.9, f64::INFINITY)];
    ocp.and_then(|ocp| ocp.bound_states(states)?.bound_controls([Bound::symmetric(2.0)]))
        .expect("constants that are in range")
        .transcribe(EULER)
}

/// The motion of [`parking`] under the same control all the time, m/s²; for 0 it is strictly inside the limits, for 3 outside.
pub fn parking_under(u: f64) -> Trajectory<2, 1> {
    let mut motion = Trajectory::constant(20, [1.0, 0.0], [u]);
    for k in 0..20 {
        let [x, v] = motion.states[k];
        motion.states[k + 1] = [x + 0.1 * v, v + 0.1 * u];
    }
    motion
}

/// The minimizers of [`parking`] with a barrier, two in each decade of the parameter from 1 down to 1e-7, or to 1e-7 `unit` if that is
/// less; their gaps are those to the known optimum.
///
/// # Errors
/// Those of [`follow`].
pub fn parking_path(barrier: Barrier, unit: f64) -> Result<Path<2, 1>, ProblemError> {
    let (shrink, least) = (libm::sqrt(0.1), 9e-8 * unit.min(1.0));
    let options = Follow { shrink, least, tolerance: f64::MIN_POSITIVE, centred: 1e-6, ..Follow::default() };
    let options = Follow { optimum: Some(unit * PARKING_OPTIMUM), ..options };
    follow(&parking(unit), barrier, &parking_under(0.0), &options)
}

/// Paths of [`parking`] from [`parking_under`] a control to the known optimum, by tenths of the parameter: centred loosely, as
/// [`Follow`] has it, and tightly.
///
/// # Errors
/// Those of [`follow`].
pub fn parking_arrivals(barrier: Barrier, cut: f64, u: f64) -> Result<[Path<2, 1>; 3], ProblemError> {
    let options = Follow { optimum: Some(PARKING_OPTIMUM), cut, ..Follow::default() };
    let run = |centred| follow(&parking(1.0), barrier, &parking_under(u), &Follow { centred, ..options.clone() });
    Ok([run(0.1)?, run(options.centred)?, run(1e-4)?])
}

/// The multiplier of each active constraint of [`parking`], by the logarithm's `μ/m`, and its margin at the end of another barrier's
/// [`parking_path`], over the parameter there; with the largest violation there.
///
/// # Errors
/// Those of [`follow`].
pub fn parking_active(barrier: Barrier, unit: f64) -> Result<(Vec<(f64, f64)>, f64), ProblemError> {
    let [log, own] = [parking_path(Barrier::Log, unit)?, parking_path(barrier, unit)?];
    let (log, own) = (log.last(), own.last());
    let scaled = |(log_m, m): (&f64, &f64)| (log.parameter / log_m, m / own.parameter);
    let active = log.margins.iter().zip(&own.margins).map(scaled).filter(|at| at.0 > 1e-3 * unit).collect();
    Ok((active, own.violation()))
}
