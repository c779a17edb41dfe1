//! The constraints beyond bounds about the plan, and what a trial costs.

use super::cells::{Cell, There, knots};
use super::linearize::Places;
use super::work::{Constraint, Work};
use crate::constraints::{MarginSink, Price};
use crate::cost::Total;
use crate::inspect::Dual;
use crate::integrate::rk4_step;
use crate::lanes::{LANES, Lanes};
use crate::{At, Cost, Dynamics};

/// Values and gradients of the constraints beyond bounds, at four knots: zero where there is no constraint, and where it may be no number.
struct Lines<'a, L, const NX: usize, const NU: usize> {
    constraints: &'a mut [Constraint<NX, NU>],
    place: usize,
    c: usize,
    there: There<L>,
}

impl<L: Lanes, const NX: usize, const NU: usize> MarginSink<Dual<L, NX, NU>> for Lines<'_, L, NX, NU> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: Dual<L, NX, NU>) {
        let constraint = &mut self.constraints[self.place];
        let (there, zero) = (self.there.of(constraint.first), L::from(0.0));
        constraint.value[self.c] = there.select(margin.v, zero).store();
        for i in 0..NX {
            constraint.gradient.x[i][self.c] = there.select(margin.x[i], zero).store();
        }
        for j in 0..NU {
            constraint.gradient.u[j][self.c] = there.select(margin.u[j], zero).store();
        }
        self.place += 1;
    }
    #[inline(always)]
    fn soft(&mut self, name: &'static str, _: Price, margin: Dual<L, NX, NU>) {
        self.hard(name, margin);
    }
    #[inline(always)]
    fn equal(&mut self, name: &'static str, value: Dual<L, NX, NU>) {
        self.hard(name, value);
    }
}

/// Their values alone.
struct Values<'a, L, const NX: usize, const NU: usize> {
    constraints: &'a mut [Constraint<NX, NU>],
    place: usize,
    c: usize,
    there: There<L>,
}

impl<L: Lanes, const NX: usize, const NU: usize> MarginSink<L> for Values<'_, L, NX, NU> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: L) {
        let constraint = &mut self.constraints[self.place];
        constraint.value[self.c] = self.there.of(constraint.first).select(margin, L::from(0.0)).store();
        self.place += 1;
    }
    #[inline(always)]
    fn soft(&mut self, name: &'static str, _: Price, margin: L) {
        self.hard(name, margin);
    }
    #[inline(always)]
    fn equal(&mut self, name: &'static str, value: L) {
        self.hard(name, value);
    }
}

/// Values and gradients of the constraints beyond bounds, of all knots with a control.
#[inline(always)]
pub(super) fn constrain<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU>,
) where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    for c in 0..work.intervals.div_ceil(LANES) {
        let (x, u, t, p) = knots::<L, f64, D, C, NX, NU, NP>(places, &work.plan, work.intervals, c);
        let mut duals = [Dual::<L, NX, NU>::constant(t); NP];
        for i in 0..NP {
            duals[i] = Dual::constant(p[i]);
        }
        let at = At { t: Dual::constant(t), p: &duals };
        let there = There::<L>::new::<f64>(work.intervals, c);
        let mut lines = Lines { constraints: &mut work.constraints, place: 0, c, there };
        places.cost.margins(&at, Dual::variables(x), Dual::controls(u), &mut lines);
    }
}

/// Running cost of the trial and the sum of its defects, each against the size of its state; its constraints' values.
#[inline(always)]
pub(super) fn evaluate<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU>,
) -> (L, L)
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let n = work.intervals;
    let zero = L::from(0.0);
    let (mut cost, mut missed) = (zero, zero);
    for c in 0..n.div_ceil(LANES) {
        let (x, u, t, p) = knots::<L, f64, D, C, NX, NU, NP>(places, &work.trial, n, c);
        let at = At { t, p: &p };
        let next = rk4_step(places.dynamics, &at, places.h, x, u);
        let mut total = Total(zero);
        places.cost.running(&at, x, u, &mut total);
        let there = There::<L>::new::<f64>(n, c);
        if !work.constraints.is_empty() {
            let mut values = Values { constraints: &mut work.constraints, place: 0, c, there };
            places.cost.margins(&at, x, u, &mut values);
        }
        let mut miss = zero;
        for i in 0..NX {
            miss = (next[i] - f64::after::<L>(&work.trial.x[i], c)).abs().fma(L::from(1.0 / work.sizes.0[i]), miss);
        }
        cost = cost + there.all.select(total.0 * places.measure, zero);
        missed = missed + there.all.select(miss, zero);
    }
    (cost, missed)
}
