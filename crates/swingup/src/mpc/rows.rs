//! The sides of bounds and constraints: slacks and multipliers, in lanes over knots.

use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

use crate::constraints::Price;
use crate::lanes::{LANES, Lanes};

/// Numbers along the horizon, a lane for each knot; or at each knot, a lane for each problem.
pub(super) type Series = Vec<[f64; LANES]>;

/// A margin that nothing uses up: that of a limit which is not there. Beside it a variable below 1e13 is less than rounding.
const FAR: f64 = 1e30;

/// How far a multiplier may be from the path of μ, as a factor.
pub(super) const REACH: f64 = 100.0;

/// One inequality at every knot, with `g = sign (value - limit)`; where a violation t has a price, it may be broken.
///
/// ```text
/// g + t - s = 0        s z = μ        t v = μ,  v = linear + quadratic t - z
/// ```
/// Newton's equations for `ds, dz, dt, dv`, solved for what the motion sees of them, are
/// ```text
/// z + dz = force - stiffness dg,    stiffness = 1 / (s/z + 1/c),    c = v/t + quadratic
/// ```
/// `1/c` is nothing where there is no price.
#[derive(Clone, Debug)]
pub(super) struct Side {
    pub sign: f64,
    pub soft: bool,
    /// What counts as a large margin.
    size: f64,
    limit: Series,
    linear: Series,
    quadratic: Series,
    pub s: Series,
    pub z: Series,
    pub t: Series,
    pub v: Series,
    pub rows: Vec<Row>,
}

/// What one pass over the rows of four knots leaves for the next.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub stiffness: [f64; LANES],
    pub force: [f64; LANES],
    pub residual: [f64; LANES],
    /// `1/s`, `1/z` and `1/t`; `μ/(s z)` and `μ/(t v)`; `1/c`, and `dt` while z stays.
    per_s: [f64; LANES],
    per_z: [f64; LANES],
    per_t: [f64; LANES],
    centre_s: [f64; LANES],
    centre_t: [f64; LANES],
    give: [f64; LANES],
    pull: [f64; LANES],
    ds: [f64; LANES],
    dz: [f64; LANES],
    dt: [f64; LANES],
    dv: [f64; LANES],
}

/// The largest `s z` and `t v`, and the largest `|g + t - s|`, as it is and against its size, in each lane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gap<L> {
    pub complementarity: L,
    pub residual: L,
    pub error: L,
}

impl<L: Lanes> Gap<L> {
    #[inline(always)]
    pub fn none() -> Self {
        Gap { complementarity: L::from(0.0), residual: L::from(0.0), error: L::from(0.0) }
    }
}

/// What rows add to their variable: to its curvature, to its slope on the path of μ, and to its slope as it stands.
pub(super) struct Sum<'a> {
    pub curvature: &'a mut [[f64; LANES]],
    pub slope: &'a mut [[f64; LANES]],
    pub now: &'a mut [[f64; LANES]],
}

impl Side {
    /// Limits that nothing reaches, at so many times [`LANES`] knots.
    pub fn far(length: usize, sign: f64, soft: bool, size: f64) -> Self {
        let all = |value: f64| vec![[value; LANES]; length];
        let mut side = Side {
            sign,
            soft,
            size,
            limit: all(0.0),
            linear: all(1.0),
            quadratic: all(0.0),
            s: all(1.0),
            z: all(1.0),
            t: all(1.0),
            v: all(1.0),
            rows: vec![Row::default(); length],
        };
        (0..length * LANES).for_each(|k| side.remove(k, 1e-3));
        side
    }

    /// No limit at knot `k`, its multipliers on the path of μ.
    pub fn remove(&mut self, k: usize, mu: f64) {
        self.limit.as_flattened_mut()[k] = -self.sign * FAR;
        self.set_row(k, [FAR, mu / FAR, mu, 1.0]);
        (self.linear.as_flattened_mut()[k], self.quadratic.as_flattened_mut()[k]) = (1.0, 0.0);
    }

    fn set_row(&mut self, k: usize, values: [f64; 4]) {
        let series = [&mut self.s, &mut self.z, &mut self.t, &mut self.v];
        series.into_iter().zip(values).for_each(|(series, value)| series.as_flattened_mut()[k] = value);
    }

    /// Is there a limit at knot `k`?
    pub fn stands(&self, k: usize) -> bool {
        self.limit.as_flattened()[k].abs() < 0.5 * FAR
    }

    /// This limit at knot `k`, and this price, where it may be broken.
    pub fn set(&mut self, k: usize, limit: f64, price: Option<Price>) {
        self.limit.as_flattened_mut()[k] = limit;
        if let Some(Price { linear, quadratic }) = price {
            self.linear.as_flattened_mut()[k] = linear;
            self.quadratic.as_flattened_mut()[k] = quadratic;
        }
    }

    /// No limit at knot `k`; its slack and multipliers are to [settle](Self::settle).
    pub fn lift(&mut self, k: usize) {
        self.limit.as_flattened_mut()[k] = -self.sign * FAR;
    }

    /// Places the rows at knots where the limit has come, gone or has another neighbour: those whose slack is of the wrong kind.
    pub fn settle(&mut self, values: &Series, mu: f64) {
        for (k, &value) in values.as_flattened().iter().enumerate() {
            if self.stands(k) != (self.s.as_flattened()[k] < 0.5 * FAR) {
                self.place(k, value, None, mu);
            }
        }
    }

    /// Those of these knots where the limit is active, with limit and multiplier: the slack is a smaller part of its size than the
    /// multiplier of the unit of the cost.
    pub fn active(&self, knots: Range<usize>, unit: f64) -> impl Iterator<Item = (usize, f64, f64)> {
        let at = |series: &Series, k: usize| series.as_flattened()[k];
        knots
            .filter(move |&k| self.stands(k) && at(&self.s, k) / self.size < at(&self.z, k) * self.size / unit)
            .map(move |k| (k, at(&self.limit, k), at(&self.z, k)))
    }

    /// Knots 0 to `last - 1` take slack and multipliers of the next; where there is no limit at knot 0, these are none. A knot has as
    /// many numbers as there are μ.
    pub fn shift(&mut self, mu: &[f64], last: usize) {
        let width = mu.len();
        for series in [&mut self.s, &mut self.z, &mut self.t, &mut self.v] {
            series.as_flattened_mut().copy_within(width..width * (last + 1), 0);
        }
        for (k, &mu) in mu.iter().enumerate() {
            if !self.stands(k) {
                self.remove(k, mu);
            }
        }
    }

    /// Takes limits, prices, slacks and multipliers of one problem into a lane.
    pub fn take_lane(&mut self, lane: usize, from: &Side) {
        let own = [&mut self.limit, &mut self.linear, &mut self.quadratic];
        let to = own.into_iter().chain([&mut self.s, &mut self.z, &mut self.t, &mut self.v]);
        let from = [&from.limit, &from.linear, &from.quadratic, &from.s, &from.z, &from.t, &from.v];
        for (to, from) in to.zip(from) {
            to.iter_mut().zip(from.as_flattened()).for_each(|(to, &value)| to[lane] = value);
        }
    }

    /// As many sides of this kind without limits.
    pub fn empty(&self, length: usize) -> Self {
        Side::far(length, self.sign, self.soft, self.size)
    }

    /// No step in lanes that are negative or not a number.
    #[inline(always)]
    pub fn clean<L: Lanes>(&mut self, sane: L) {
        for row in &mut self.rows {
            for step in [&mut row.ds, &mut row.dz, &mut row.dt, &mut row.dv] {
                *step = sane.select(L::load(step), L::from(0.0)).store();
            }
        }
    }

    /// Slack and multipliers at knot `k` for this value of the variable: the multiplier is `z` or, when that is unknown, on the path
    /// of μ; the slack is the margin, or what the path has for the multiplier where that is more.
    pub fn place(&mut self, k: usize, value: f64, z: Option<f64>, mu: f64) {
        if !self.stands(k) {
            return self.remove(k, mu);
        }
        let margin = self.sign * (value - self.limit.as_flattened()[k]);
        let (linear, quadratic) = (self.linear.as_flattened()[k], self.quadratic.as_flattened()[k]);
        if let Some(z) = z.filter(|z| *z > mu / (1e-2 * self.size)) {
            let z = if self.soft && quadratic == 0.0 { z.min(0.9 * linear) } else { z };
            let v = if self.soft { (linear - z).max(0.1 * linear).max(libm::sqrt(mu * quadratic)) } else { 1.0 };
            return self.set_row(k, [mu / z, z, mu / v, v]);
        }
        let s = margin.max(1e-2 * self.size);
        if !self.soft {
            return self.set_row(k, [s, mu / s, 1.0, 1.0]);
        }
        let t = (s - margin).max(0.0) + mu / (linear + libm::sqrt(mu * quadratic));
        let (price, s) = (linear + quadratic * t, margin + t);
        let z = (mu / s).min(0.5 * price);
        self.set_row(k, [s, z, t, price - z]);
    }

    /// Sets stiffness and force for these values of the variable, and adds them to `sum`.
    #[inline(always)]
    pub fn eliminate<L: Lanes>(&mut self, mu: L, values: &[[f64; LANES]], sum: Option<Sum<'_>>, gap: &mut Gap<L>) {
        let sign = L::from(self.sign);
        let mut most = L::from(0.0);
        let length = self.rows.len();
        let (values, limit) = (&values[..length], &self.limit[..length]);
        let (s, z, t, v) = (&self.s[..length], &self.z[..length], &self.t[..length], &self.v[..length]);
        let (linear, quadratic) = (&self.linear[..length], &self.quadratic[..length]);
        for (c, row) in self.rows.iter_mut().enumerate() {
            let (s, z) = (L::load(&s[c]), L::load(&z[c]));
            let margin = sign * (L::load(&values[c]) - L::load(&limit[c]));
            let (stiffness, force, residual);
            if self.soft {
                let (t, v) = (L::load(&t[c]), L::load(&v[c]));
                let quadratic = L::load(&quadratic[c]);
                let (sz, tv) = (s * z, t * v);
                let per = L::from(1.0) / (sz * tv);
                let (per_sz, per_tv) = (per * tv, per * sz);
                let (per_z, per_t) = (s * per_sz, v * per_tv);
                let give = L::from(1.0) / v.fma(per_t, quadratic);
                let pull = give * (mu * per_t + z - L::load(&linear[c]) - quadratic * t);
                residual = margin + t - s;
                stiffness = L::from(1.0) / s.fma(per_z, give);
                force = z - stiffness * (residual + pull + s - mu * per_z);
                (row.per_s, row.per_z, row.per_t) = ((z * per_sz).store(), per_z.store(), per_t.store());
                (row.centre_s, row.centre_t) = ((mu * per_sz).store(), (mu * per_tv).store());
                (row.give, row.pull) = (give.store(), pull.store());
                gap.complementarity = gap.complementarity.max(sz).max(tv);
            } else {
                let sz = s * z;
                let per_sz = L::from(1.0) / sz;
                let per_s = z * per_sz;
                residual = margin - s;
                stiffness = z * per_s;
                force = z - stiffness * (residual + s) + mu * per_s;
                (row.per_s, row.centre_s) = (per_s.store(), (mu * per_sz).store());
                gap.complementarity = gap.complementarity.max(sz);
            }
            (row.stiffness, row.force, row.residual) = (stiffness.store(), force.store(), residual.store());
            most = most.max(residual.abs());
        }
        gap.residual = gap.residual.max(most);
        gap.error = gap.error.max(most * (1.0 / self.size));
        let Some(Sum { curvature, slope, now }) = sum else { return };
        let (curvature, slope, now) = (&mut curvature[..length], &mut slope[..length], &mut now[..length]);
        for (c, row) in self.rows.iter().enumerate() {
            curvature[c] = (L::load(&curvature[c]) + L::load(&row.stiffness)).store();
            slope[c] = (L::load(&slope[c]) - sign * L::load(&row.force)).store();
            now[c] = (L::load(&now[c]) - sign * L::load(&z[c])).store();
        }
    }

    /// Sets the step of slacks and multipliers for the step of the variable. `used` becomes the largest share of a slack or violation,
    /// and of a multiplier, that the step uses up.
    #[inline(always)]
    pub fn step<L: Lanes>(&mut self, steps: &[[f64; LANES]], used: &mut (L, L)) {
        let sign = L::from(self.sign);
        let length = self.rows.len();
        let (s, z, v, steps) = (&self.s[..length], &self.z[..length], &self.v[..length], &steps[..length]);
        for (c, row) in self.rows.iter_mut().enumerate() {
            let dg = sign * L::load(&steps[c]);
            let dz = L::load(&row.force) - L::load(&row.stiffness) * dg - L::load(&z[c]);
            let mut ds = dg + L::load(&row.residual);
            if self.soft {
                // Two forms of each are the same; the one that does not lose the digits of a small slack or violation is taken.
                let (s, give, per_z) = (L::load(&s[c]), L::load(&row.give), L::load(&row.per_z));
                let of_slack = s * (L::load(&row.centre_s) - 1.0 - dz * per_z);
                let of_violation = give.fma(dz, L::load(&row.pull));
                let yields = give - s * per_z;
                let dt = yields.select(of_slack - ds, of_violation);
                ds = yields.select(of_slack, ds + of_violation);
                // dv/v = μ/(t v) - 1 - dt/t, and so for s and z.
                let used_t = -(dt * L::load(&row.per_t));
                let grown = L::load(&row.centre_t) - 1.0 + used_t;
                (row.dt, row.dv) = (dt.store(), (L::load(&v[c]) * grown).store());
                used.0 = used.0.max(used_t);
                used.1 = used.1.max(-grown);
            }
            let used_s = -(ds * L::load(&row.per_s));
            used.0 = used.0.max(used_s);
            used.1 = used.1.max(-(L::load(&row.centre_s) - 1.0 + used_s));
            (row.ds, row.dz) = (ds.store(), dz.store());
        }
    }

    /// Takes these shares of the step, of slacks and of multipliers; these stay within reach of the path of μ.
    #[inline(always)]
    pub fn accept<L: Lanes>(&mut self, mu: L, primal: L, dual: L) {
        let length = self.rows.len();
        let (s, z) = (&mut self.s[..length], &mut self.z[..length]);
        let (t, v) = (&mut self.t[..length], &mut self.v[..length]);
        for (c, row) in self.rows.iter().enumerate() {
            let new_s = primal.fma(L::load(&row.ds), L::load(&s[c]));
            let new_z = dual.fma(L::load(&row.dz), L::load(&z[c]));
            s[c] = new_s.store();
            z[c] = near(new_z, mu / new_s, REACH).store();
            if self.soft {
                let new_t = primal.fma(L::load(&row.dt), L::load(&t[c]));
                let new_v = dual.fma(L::load(&row.dv), L::load(&v[c]));
                t[c] = new_t.store();
                v[c] = near(new_v, mu / new_t, REACH).store();
            }
        }
    }

    /// Moves the multipliers within a factor of the path of μ.
    #[inline(always)]
    pub fn recentre<L: Lanes>(&mut self, mu: L, reach: f64) {
        for (s, z) in self.s.iter().zip(&mut self.z) {
            *z = near(L::load(z), mu / L::load(s), reach).store();
        }
        for (t, v) in self.t.iter().zip(&mut self.v) {
            *v = near(L::load(v), mu / L::load(t), reach).store();
        }
    }

    /// What the rows are in a merit after a share of their step that led to these values: the products of slacks and of violations, whose
    /// logarithms the barrier has, what violations cost, and the residuals.
    #[inline(always)]
    pub fn merit<L: Lanes>(&self, share: L, values: &[[f64; LANES]], out: &mut Barrier<L>) {
        let length = self.rows.len();
        let (s, t, values, limit) = (&self.s[..length], &self.t[..length], &values[..length], &self.limit[..length]);
        let (linear, quadratic) = (&self.linear[..length], &self.quadratic[..length]);
        for (c, row) in self.rows.iter().enumerate() {
            let s = share.fma(L::load(&row.ds), L::load(&s[c]));
            let mut margin = L::from(self.sign) * (L::load(&values[c]) - L::load(&limit[c]));
            out.multiply(s);
            if self.soft {
                let t = share.fma(L::load(&row.dt), L::load(&t[c]));
                out.multiply(t);
                out.paid = out.paid + t * (L::load(&quadratic[c]) * t * 0.5 + L::load(&linear[c]));
                margin = margin + t;
            }
            out.residual = (margin - s).abs().fma(L::from(1.0 / self.size), out.residual);
        }
    }

    /// The slope of barrier and price along the step; `Σ force dg` and the largest multiplier behind it, times the size of its margin.
    #[inline(always)]
    pub fn slope<L: Lanes>(&self, mu: L, force: &mut L, multiplier: &mut L) -> L {
        let length = self.rows.len();
        let (linear, quadratic) = (&self.linear[..length], &self.quadratic[..length]);
        let (z, t) = (&self.z[..length], &self.t[..length]);
        let mut sum = L::from(0.0);
        for (c, row) in self.rows.iter().enumerate() {
            let ds = L::load(&row.ds);
            let mut dg = ds - L::load(&row.residual);
            sum = sum - mu * ds * L::load(&row.per_s);
            if self.soft {
                let dt = L::load(&row.dt);
                dg = dg - dt;
                let price = L::load(&quadratic[c]).fma(L::load(&t[c]), L::load(&linear[c]));
                sum = sum + dt * (price - mu * L::load(&row.per_t));
            }
            *force = L::load(&row.force).fma(dg, *force);
            *multiplier = multiplier.max((L::load(&row.dz) + L::load(&z[c])).abs() * self.size);
        }
        sum
    }
}

#[inline(always)]
fn near<L: Lanes>(now: L, path: L, reach: f64) -> L {
    now.max(path * (1.0 / reach)).min(path * reach)
}

/// `Σ ln s`, as the logarithm of a few products.
#[derive(Clone, Copy, Debug)]
pub(super) struct Barrier<L> {
    product: L,
    factors: usize,
    logarithms: f64,
    /// What violations cost.
    pub paid: L,
    /// `Σ |g + t - s|`, each against its size.
    pub residual: L,
}

impl<L: Lanes> Barrier<L> {
    #[inline(always)]
    pub fn new() -> Self {
        let zero = L::from(0.0);
        Barrier { product: L::from(1.0), factors: 0, logarithms: 0.0, paid: zero, residual: zero }
    }

    /// Slacks are between 1e-30 and [`FAR`], so that ten of them are a number.
    #[inline(always)]
    fn multiply(&mut self, slack: L) {
        self.product = self.product * slack;
        self.factors += 1;
        if self.factors == 10 {
            self.logarithms += self.logarithm();
            (self.product, self.factors) = (L::from(1.0), 0);
        }
    }

    #[inline(always)]
    fn logarithm(&self) -> f64 {
        self.product.store().into_iter().map(libm::log).sum()
    }

    /// `Σ ln s`.
    #[inline(always)]
    pub fn sum(&self) -> f64 {
        self.logarithms + self.logarithm()
    }
}
