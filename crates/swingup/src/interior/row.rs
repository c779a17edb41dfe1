//! One inequality with its slack, multiplier and price, and how it is eliminated from the Newton system.

use crate::constrained::Side;
use crate::constraints::Price;

/// `g + t - s = 0` with `s >= 0, t >= 0` and, where a violation t has a price, its cost `linear t + 1/2 quadratic t²`:
///
/// ```text
/// s z = μ                                the multiplier z >= 0 of s
/// t v = μ,  v = linear + quadratic t - z     the multiplier v >= 0 of t
/// ```
/// A hard one has no t. Newton's equations for `ds, dz, dt, dv`, solved for what the motion sees of them, are
/// ```text
/// z + dz = force - stiffness dg,    stiffness = 1 / (s/z + 1/c),    c = v/t + quadratic
/// ```
/// so that a row adds `stiffness ∇g ∇g'` to the curvature of its knot and `-force ∇g` to its slope.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Row {
    pub knot: usize,
    pub side: Side,
    pub price: Option<Price>,
    /// A price that the solver set: the constraint is meant to hold.
    pub strict: bool,
    /// One of the two sides of an equation.
    pub equation: bool,
    /// The size of the margin that counts as large, in its unit.
    pub size: f64,
    /// g.
    pub value: f64,
    pub s: f64,
    pub z: f64,
    pub t: f64,
    pub v: f64,
    pub stiffness: f64,
    pub force: f64,
    pub ds: f64,
    pub dz: f64,
    pub dt: f64,
    pub dv: f64,
}

impl Row {
    pub fn new(knot: usize, side: Side, price: Option<Price>) -> Self {
        let (value, size, zero, one) = (0.0, 1.0, 0.0, 1.0);
        let (s, z, t, v) = (one, one, zero, zero);
        let (ds, dz, dt, dv) = (zero, zero, zero, zero);
        Row {
            knot,
            side,
            price,
            strict: false,
            equation: false,
            size,
            value,
            s,
            z,
            t,
            v,
            stiffness: zero,
            force: zero,
            ds,
            dz,
            dt,
            dv,
        }
    }

    /// Puts slack and violation where `g + t - s = 0`, not too close to their limits, and their multipliers on the path of μ.
    pub fn center(&mut self, mu: f64) {
        self.s = self.value.max(0.05 * self.size);
        self.z = mu / self.s;
        (self.t, self.v, self.dt, self.dv) = (0.0, 0.0, 0.0, 0.0);
        if let Some(Price { linear, quadratic }) = self.price {
            self.t = (self.s - self.value).max(0.0) + mu / (linear + libm::sqrt(mu * quadratic));
            self.s = self.value + self.t;
            let slope = linear + quadratic * self.t;
            self.z = (mu / self.s).min(0.5 * slope);
            self.v = slope - self.z;
        }
    }

    /// Are slack, violation and multipliers numbers on their side of zero?
    pub fn is_inside(&self) -> bool {
        let fine = |v: f64| v > 0.0 && v.is_finite();
        fine(self.s) && fine(self.z) && (self.price.is_none() || fine(self.t) && fine(self.v))
    }

    /// Takes slack, violation and multipliers of the same row elsewhere, where the margin allows it.
    pub fn know(&mut self, known: &Row) {
        if self.price.is_some() != known.price.is_some() {
            return;
        }
        (self.s, self.z, self.t, self.v) = (known.s, known.z, known.t, known.v);
    }

    /// Moves the multipliers within `reach` of the path of μ.
    pub fn recentre(&mut self, mu: f64, reach: f64) {
        let near = |now: f64, path: f64| now.clamp(path * (1.0 / reach), path * reach);
        self.z = near(self.z, mu / self.s);
        if self.price.is_some() {
            self.v = near(self.v, mu / self.t);
        }
    }

    /// `g + t - s`.
    pub fn residual(&self) -> f64 {
        self.value + self.t - self.s
    }

    /// Is it meant to hold, whatever it costs?
    pub fn is_meant(&self) -> bool {
        self.price.is_none() || self.strict
    }

    /// Is it a limit of a control, with room between it and the other one?
    pub fn is_control(&self) -> bool {
        matches!(self.side, Side::Control { .. }) && !self.equation
    }

    /// The violation that nobody asked for, in the unit of the margin.
    pub fn violation(&self) -> f64 {
        if self.is_meant() { (-self.value).max(0.0) } else { 0.0 }
    }

    /// How far from the path of μ, in the unit of the cost.
    pub fn off_path(&self, mu: f64) -> f64 {
        let s = (self.s * self.z - mu).abs();
        let Some(price) = self.price else { return s };
        let slope = price.linear + price.quadratic * self.t - self.z - self.v;
        s.max((self.t * self.v - mu).abs()).max(slope.abs() * self.t)
    }

    /// Sets stiffness and force.
    pub fn eliminate(&mut self, mu: f64) {
        let (give, pull) = self.give(mu);
        self.stiffness = 1.0 / (self.s / self.z + give);
        self.force = self.z - self.stiffness * (self.residual() + pull + self.s - mu / self.z);
    }

    /// `1/c` and `e/c`, with `dt = (e + dz)/c`.
    fn give(&self, mu: f64) -> (f64, f64) {
        let Some(Price { linear, quadratic }) = self.price else { return (0.0, 0.0) };
        let give = 1.0 / (self.v / self.t + quadratic);
        (give, give * (mu / self.t + self.z - linear - quadratic * self.t))
    }

    /// Sets the step of slack, violation and multipliers for the step `dg` of the margin.
    pub fn step(&mut self, dg: f64, mu: f64) {
        let (give, pull) = self.give(mu);
        self.dz = self.force - self.stiffness * dg - self.z;
        // Two forms of each are the same; the one that does not lose the digits of a small slack or violation is taken.
        if give > self.s / self.z {
            self.ds = mu / self.z - self.s - self.s / self.z * self.dz;
            self.dt = self.ds - dg - self.residual();
        } else {
            self.dt = pull + give * self.dz;
            self.ds = dg + self.dt + self.residual();
        }
        if self.price.is_some() {
            self.dv = mu / self.t - self.v - self.v / self.t * self.dt;
        }
    }

    /// The largest steps that keep the share `1 - tau` of slack and violation, and of their multipliers.
    pub fn longest(&self, tau: f64) -> (f64, f64) {
        let share = |now: f64, d: f64| if d < 0.0 { -tau * now / d } else { 1.0 };
        let (primal, dual) = (share(self.s, self.ds), share(self.z, self.dz));
        if self.price.is_none() {
            return (primal.min(1.0), dual.min(1.0));
        }
        (primal.min(share(self.t, self.dt)).min(1.0), dual.min(share(self.v, self.dv)).min(1.0))
    }

    /// The slope of barrier and price along the step.
    pub fn slope(&self, mu: f64) -> f64 {
        let barrier = -mu * self.ds / self.s;
        let Some(price) = self.price else { return barrier };
        barrier + (price.linear + price.quadratic * self.t - mu / self.t) * self.dt
    }

    /// What the violation costs.
    pub fn paid(&self, t: f64) -> f64 {
        self.price.map_or(0.0, |price| t * (price.linear + 0.5 * price.quadratic * t))
    }

    /// Slack and violation after a share of the step that led to the margin `value`; a slack that the margin leaves behind is drawn
    /// after it, and on a rollout, which the step does not describe, one that agreed with its margin still does.
    pub fn after(&self, value: f64, share: f64, rollout: bool, tau: f64) -> (f64, f64) {
        let t = self.t + share * self.dt;
        let s = self.s + share * self.ds;
        let there = value + t;
        let agreed = rollout && self.residual().abs() <= 1e-9 * self.size && there > (1.0 - tau) * self.s;
        (if there > s || agreed { there } else { s }, t)
    }

    /// Takes the step of the multipliers, and keeps them within `reach` of the path.
    pub fn accept(&mut self, value: f64, (s, t): (f64, f64), share: f64, mu: f64, reach: f64) {
        (self.value, self.s, self.t) = (value, s, t);
        self.z += share * self.dz;
        self.v += share * self.dv;
        self.recentre(mu, reach);
    }
}
