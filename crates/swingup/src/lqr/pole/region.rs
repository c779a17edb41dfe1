//! From how far a closed loop recovers: trials, and where along a line they begin to fail.

use alloc::vec::Vec;
use core::f64::consts::TAU;

use crate::integrate::rk4_step;
use crate::{At, Dynamics};

/// How a closed loop is put to the trial: RK4 steps of `step` (s) for at most `time` (s).
///
/// ```
/// use std::f64::consts::PI;
/// use swingup::lqr::{Angle, Trial, Upright, edge};
/// use swingup::models::CartPole;
///
/// // How far may a pole of half a metre lean at rest, for this feedback to raise it?
/// let gain = [-1.0, -2.1117052004585473, 26.77786087712222, 5.032965851780539];
/// let pole = Upright { pole: CartPole::new(0.5, 9.81), gain, angle: Angle::Wrapped, most: f64::INFINITY };
/// let trial = Trial { step: 2e-3, time: 60.0 };
/// let tilt = edge(2.0, 200, 1e-5, |tilt| trial.recovers(&pole, [0.0, 0.0, PI + tilt, 0.0], Upright::verdict));
/// assert!((tilt - 1.1976).abs() < 1e-4);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trial {
    /// Step of RK4, s.
    pub step: f64,
    /// Time after which a motion that has not arrived counts as lost, s.
    pub time: f64,
}

impl Trial {
    /// Whether the motion of `x' = f(x)` from `start` recovers: what `verdict` says first, or no when the time is over.
    ///
    /// `verdict` is asked about every state, and `None` lets the motion go on. A yes should be a place that is not left again, a small ball
    /// about a stable rest; a no one from which nobody wants it to come back. A state that is not finite is a no.
    pub fn recovers<D, const N: usize>(
        &self,
        system: &D,
        start: [f64; N],
        verdict: impl Fn([f64; N]) -> Option<bool>,
    ) -> bool
    where
        D: Dynamics<N, 0>,
    {
        let mut x = start;
        let steps = if self.step > 0.0 { libm::ceil(self.time / self.step) as usize } else { 0 };
        for k in 0..=steps {
            if x.iter().any(|x| !x.is_finite()) {
                return false;
            }
            if let Some(verdict) = verdict(x) {
                return verdict;
            }
            x = rk4_step(system, &At { t: k as f64 * self.step, p: &[] }, self.step, x, []);
        }
        false
    }
}

/// The largest `s` up to `most` such that `holds` is true of every smaller one that was tried.
///
/// Tried are `most k/samples`, k = 1, 2, .., until one fails; then the first failure is bisected to `tolerance`. What holds again beyond it
/// does not count, and a failure between two samples is not seen. 0 when not even small values hold.
pub fn edge(most: f64, samples: usize, tolerance: f64, mut holds: impl FnMut(f64) -> bool) -> f64 {
    let (mut good, mut bad) = (0.0, most);
    let failed = (1..=samples).any(|k| {
        let s = most * k as f64 / samples as f64;
        let held = holds(s);
        *(if held { &mut good } else { &mut bad }) = s;
        !held
    });
    while failed && bad - good > tolerance {
        let middle = 0.5 * (good + bad);
        // Nothing lies between them any more.
        if middle <= good || middle >= bad {
            break;
        }
        *(if holds(middle) { &mut good } else { &mut bad }) = middle;
    }
    good
}

/// The outline, as seen from the middle, of where `holds` is true in a plane: the [`edge`] along `lines` half lines all around, closed.
///
/// The half line at the angle φ has the points `s (cos φ, unit sin φ)`; `s` is tried in 100 steps up to `most`, and bisected to a thousandth
/// of a step. What lies behind a place where `holds` is false is not seen.
pub fn outline(lines: usize, most: f64, unit: f64, holds: impl Fn([f64; 2]) -> bool) -> Vec<(f64, f64)> {
    let lines = lines.max(1);
    let end = |line: usize| {
        let (sin, cos) = libm::sincos(TAU * (line % lines) as f64 / lines as f64);
        let far = edge(most, 100, 1e-5 * most, |s| holds([s * cos, unit * s * sin]));
        (far * cos, unit * far * sin)
    };
    (0..=lines).map(end).collect()
}
