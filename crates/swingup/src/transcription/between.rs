//! What a plan says between its knots, and how wrong it is there.

use alloc::vec::Vec;

use crate::{At, Cost, Dynamics, Ocp, Trajectory};

/// The motion between knots: in each interval the cubic that has the plan's states and the model's rates at both ends
/// (Hermite), the control held.
#[derive(Clone, Copy, Debug)]
pub struct Between<const NX: usize> {
    /// The interval it is in.
    pub interval: usize,
    /// Time, s.
    pub t: f64,
    /// The state there.
    pub x: [f64; NX],
    /// How far the cubic is from the dynamics: `x'(t) - f(t, x(t), u)`, the state's unit per second.
    pub error: [f64; NX],
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Ocp<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    /// `plan` between its knots, at `points` times in each interval, evenly spaced and none of them a knot.
    ///
    /// A plan whose defects are zero follows the dynamics as well as its scheme can; what is left shows here
    /// (M. Kelly, An introduction to trajectory optimization, SIAM Review 59, 2017, section 8).
    pub fn between(&self, plan: &Trajectory<NX, NU>, points: usize) -> Vec<Between<NX>> {
        let h = self.step();
        let mut motion = Vec::with_capacity(points * plan.intervals());
        for (k, (ends, &u)) in plan.states.windows(2).zip(&plan.controls).enumerate().take(self.intervals()) {
            let p = self.at(k).p;
            let rate = |tau: f64, x| self.dynamics().xdot(&At { t: (k as f64 + tau) * h, p }, x, u);
            let (rates, next_rates) = (rate(0.0, ends[0]), rate(1.0, ends[1]));
            for point in 0..points {
                let s = (point as f64 + 1.0) / (points as f64 + 1.0);
                // Hermite's cubic and its slope, for s from 0 to 1.
                let hermite = |x: f64, v: f64, y: f64, w: f64| {
                    let (c2, c3) = (3.0 * (y - x) - h * (2.0 * v + w), 2.0 * (x - y) + h * (v + w));
                    (x + s * (h * v + s * (c2 + s * c3)), v + s * (2.0 * c2 + s * 3.0 * c3) / h)
                };
                let curve: [_; NX] = core::array::from_fn(|i| hermite(ends[0][i], rates[i], ends[1][i], next_rates[i]));
                let x = curve.map(|(x, _)| x);
                let f = rate(s, x);
                let error = core::array::from_fn(|i| curve[i].1 - f[i]);
                motion.push(Between { interval: k, t: (k as f64 + s) * h, x, error });
            }
        }
        motion
    }
}
