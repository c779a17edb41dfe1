//! A cart's motor on a track: which accelerations keep its limits, now and later.

/// A cart within limits `|a| <= acceleration`, `|v| <= speed`, `|x| <= reach`, from the middle of its track.
///
/// There is a set of states in which the limits can be kept for ever, and outside of which they cannot: those from which full braking stops
/// within the reach,
/// ```text
/// |v| <= V        x + v|v|/(2A) <= X   for v > 0        x + v|v|/(2A) >= -X   for v < 0
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Motor {
    /// A, m/s².
    pub acceleration: f64,
    /// V, m/s.
    pub speed: f64,
    /// X, m: half the track.
    pub reach: f64,
}

impl Motor {
    /// Whether a cart at x (m) with the speed v (m/s) can keep the limits from now on.
    pub fn can_stop(&self, x: f64, v: f64) -> bool {
        v.abs() <= self.speed
            && (x + v * v.abs() / (2.0 * self.acceleration)).abs() <= self.reach
            && x.abs() <= self.reach
    }

    /// The acceleration nearest to a (m/s²) that, held for h (s), keeps the limits and can keep them afterwards.
    ///
    /// From a state that [`can_stop`](Motor::can_stop) there always is one while `h <= V/A <= 2X/V`, and a cart that follows it keeps its
    /// limits at every instant, to rounding. With longer holds, braking in full may have to end beyond the other limit. Outside, the limit of the acceleration is kept, and the cart brakes while it moves further away.
    ///
    /// What is not a number stops the cart: it brakes as hard as its speed asks for, and coasts if that is not known either.
    pub fn allow(&self, a: f64, [x, v]: [f64; 2], h: f64) -> f64 {
        let most = self.acceleration;
        if !(a + x + v).is_finite() {
            let brake = -v / h;
            return if brake.is_nan() { 0.0 } else { brake.max(-most).min(most) };
        }
        let (right, left) = (self.towards(x, v, h), -self.towards(-x, -v, h));
        a.max(left).min(right).max(-most).min(most)
    }

    /// The largest acceleration, held for h, with which the cart still stops before +X and stays below +V.
    fn towards(&self, x: f64, v: f64, h: f64) -> f64 {
        let (most, room) = (self.acceleration, (self.reach - x).max(0.0));
        // With w = v + ah at the end: x + h (v + w)/2 + w²/(2A) = X.
        let root = 0.25 * most * most * h * h - most * h * v + 2.0 * most * room;
        let w = libm::sqrt(root.max(0.0)) - 0.5 * most * h;
        let stop = if w >= 0.0 || v <= 0.0 {
            (w - v) / h
        } else {
            // It stops before the interval ends, and goes back then.
            -v * v / (2.0 * room)
        };
        stop.min((self.speed - v) / h)
    }
}
