//! The problem about the plan: dynamics with their sensitivities, slopes and curvatures of the cost, in lanes over knots.

use super::work::{Constraint, Motion, Work};
use crate::constraints::{MarginSink, Price};
use crate::cost::{CostSink, Total};
use crate::inspect::Dual;
use crate::integrate::rk4_step;
use crate::lanes::{LANES, Lanes};
use crate::{At, Cost, Dynamics, Scalar};

/// Gradient, and where it is asked for the Gauss-Newton Hessian, of a knot's cost.
struct Terms<L, const NX: usize, const NU: usize, const CURVED: bool> {
    x: [L; NX],
    u: [L; NU],
    xx: [[L; NX]; NX],
    ux: [[L; NX]; NU],
    uu: [[L; NU]; NU],
}

impl<L: Scalar, const NX: usize, const NU: usize, const CURVED: bool> Terms<L, NX, NU, CURVED> {
    #[inline(always)]
    fn new() -> Self {
        let zero = L::from(0.0);
        Terms { x: [zero; NX], u: [zero; NU], xx: [[zero; NX]; NX], ux: [[zero; NX]; NU], uu: [[zero; NU]; NU] }
    }

    #[inline(always)]
    fn term(&mut self, r: &Dual<L, NX, NU>, slope: L, curvature: Option<L>) {
        for i in 0..NX {
            self.x[i] = slope.fma(r.x[i], self.x[i]);
        }
        for j in 0..NU {
            self.u[j] = slope.fma(r.u[j], self.u[j]);
        }
        if !CURVED {
            return;
        }
        if let Some(curvature) = curvature {
            self.bend(curvature, &r.x, &r.u);
        }
    }

    /// `curvature ∇r ∇r'`.
    #[inline(always)]
    fn bend(&mut self, curvature: L, x: &[L; NX], u: &[L; NU]) {
        for i in 0..NX {
            let bend = curvature * x[i];
            for m in 0..NX {
                self.xx[i][m] = bend.fma(x[m], self.xx[i][m]);
            }
        }
        for j in 0..NU {
            let bend = curvature * u[j];
            for m in 0..NX {
                self.ux[j][m] = bend.fma(x[m], self.ux[j][m]);
            }
            for m in 0..NU {
                self.uu[j][m] = bend.fma(u[m], self.uu[j][m]);
            }
        }
    }
}

impl<L: Scalar, const NX: usize, const NU: usize, const CURVED: bool> CostSink<Dual<L, NX, NU>>
    for Terms<L, NX, NU, CURVED>
{
    #[inline(always)]
    fn square(&mut self, weight: impl Into<Dual<L, NX, NU>>, r: Dual<L, NX, NU>) {
        let twice = weight.into().v * 2.0;
        self.term(&r, twice * r.v, Some(twice));
    }
    #[inline(always)]
    fn huber(&mut self, weight: impl Into<Dual<L, NX, NU>>, r: Dual<L, NX, NU>, d: f64) {
        let twice = weight.into().v * 2.0;
        let beyond = r.v.abs() - d;
        let far = r.v.select(L::from(d), L::from(-d));
        self.term(&r, twice * beyond.select(far, r.v), Some(twice * beyond.select(L::from(0.0), L::from(1.0))));
    }
    #[inline(always)]
    fn add(&mut self, value: Dual<L, NX, NU>) {
        self.term(&value, L::from(1.0), None);
    }
}

/// What the problem is at its knots.
#[derive(Clone, Copy)]
pub(super) struct Places<'a, D, C, const NP: usize> {
    pub dynamics: &'a D,
    pub cost: &'a C,
    pub parameters: &'a [[f64; NP]],
    pub h: f64,
    pub measure: f64,
}

/// The largest entries of the Lagrangian's gradient and of the defects.
#[derive(Clone, Copy, Debug)]
pub(super) struct Off<L> {
    pub gradient: L,
    pub defect: L,
    /// Zero, or NaN when one of them is no number: what is larger than NaN depends on which is asked first.
    pub nothing: L,
    /// Both free of units: against the unit of the cost for a change by the variable's size, and against that.
    pub error: L,
}

/// A number of four knots to the stages of these.
macro_rules! scatter {
    ($value:expr, $stages:ident . $($place:tt)+) => {{
        let lanes = ($value).store();
        for l in 0..LANES {
            $stages[l].$($place)+ = lanes[l];
        }
    }};
}

#[inline(always)]
pub(super) fn linearize<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize, const CURVED: bool>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU>,
) -> Off<L>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let n = work.intervals;
    let chunks = n.div_ceil(LANES);
    let zero = L::from(0.0);
    let mut off = Off { gradient: zero, defect: zero, nothing: zero, error: zero };
    for c in 0..chunks {
        let first = LANES * c;
        let f = first as f64;
        let (x, u, t, p) = knots::<L, NX, NU, NP>(&work.plan, n, places.parameters, places.h, c);
        let mut duals = [Dual::<L, NX, NU>::constant(t); NP];
        for i in 0..NP {
            duals[i] = Dual::constant(p[i]);
        }
        let at = At { t: Dual::constant(t), p: &duals };
        let states = Dual::variables(x);
        let controls = Dual::controls(u);
        let next = rk4_step(places.dynamics, &at, places.h, states, controls);
        let mut terms = Terms::<L, NX, NU, CURVED>::new();
        places.cost.running(&at, states, controls, &mut terms);

        let (mut d, mut slope_x, mut slope_u, mut behind) = ([zero; NX], [zero; NX], [zero; NU], [zero; NX]);
        for i in 0..NX {
            d[i] = next[i].v - after::<L>(&work.plan.x[i], first);
            slope_x[i] = terms.x[i] * places.measure;
            behind[i] = after(&work.multipliers[i], first);
        }
        for j in 0..NU {
            slope_u[j] = terms.u[j] * places.measure;
        }

        // Constraints beyond bounds: their part of the curvature, and of the slopes on the path and as they stand.
        let (mut now_x, mut now_u) = (slope_x, slope_u);
        if CURVED {
            for (place, side) in &work.running {
                let constraint = &work.constraints[*place];
                let row = &side.rows[c];
                let (stiffness, force) = (L::load(&row.stiffness), L::load(&row.force) * side.sign);
                let z = L::load(&side.z[c]) * side.sign;
                let (mut gx, mut gu) = ([zero; NX], [zero; NU]);
                for i in 0..NX {
                    gx[i] = L::load(&constraint.gradient.x[i][c]);
                    slope_x[i] = (-force).fma(gx[i], slope_x[i]);
                    now_x[i] = (-z).fma(gx[i], now_x[i]);
                }
                for j in 0..NU {
                    gu[j] = L::load(&constraint.gradient.u[j][c]);
                    slope_u[j] = (-force).fma(gu[j], slope_u[j]);
                    now_u[j] = (-z).fma(gu[j], now_u[j]);
                }
                let per_measure = stiffness / places.measure;
                terms.bend(per_measure, &gx, &gu);
            }
        }

        // Stationarity of the plan, ∇J - z'∇g + λ_{k-1} - A'λ_k and -B'λ_k: what is beyond the last interval does not count, nor the
        // given first state.
        let left = (L::from(n as f64 - f) - L::load(&[0.0, 1.0, 2.0, 3.0])) - 0.5;
        let moves = (L::load(&[f, 1.0, 1.0, 1.0]) - 0.5).select(left, -left);
        for i in 0..NX {
            let mut sum = now_x[i] + L::load(&work.now.x[i][c]) + L::load(&work.multipliers[i][c]);
            for m in 0..NX {
                sum = (-next[m].x[i]).fma(behind[m], sum);
            }
            let (slope, miss) = (moves.select(sum.abs(), zero), left.select(d[i].abs(), zero));
            off.gradient = off.gradient.max(slope);
            off.defect = off.defect.max(miss);
            off.nothing = (slope + miss).fma(zero, off.nothing);
            let size = work.sizes.0[i];
            off.error = off.error.max(slope * (size / work.unit)).max(miss * (1.0 / size));
        }
        for j in 0..NU {
            let mut sum = now_u[j] + L::load(&work.now.u[j][c]);
            for m in 0..NX {
                sum = (-next[m].u[j]).fma(behind[m], sum);
            }
            let slope = left.select(sum.abs(), zero);
            off.gradient = off.gradient.max(slope);
            off.nothing = slope.fma(zero, off.nothing);
            off.error = off.error.max(slope * (work.sizes.1[j] / work.unit));
        }

        let stages: &mut [_; LANES] = (&mut work.stages[first..first + LANES]).try_into().expect("four stages");
        for i in 0..NX {
            for m in 0..NX {
                scatter!(next[i].x[m], stages.a[i][m]);
            }
            for j in 0..NU {
                scatter!(next[i].u[j], stages.b[j][i]);
            }
            scatter!(d[i], stages.d[i]);
            scatter!(slope_x[i] + L::load(&work.slope.x[i][c]), stages.x[i]);
        }
        for j in 0..NU {
            scatter!(slope_u[j] + L::load(&work.slope.u[j][c]), stages.u[j]);
        }
        if CURVED {
            for i in 0..NX {
                for m in 0..NX {
                    scatter!(terms.xx[i][m] * places.measure, stages.xx[i][m]);
                }
                work.diagonal.x[i][c] = (terms.xx[i][i] * places.measure).store();
            }
            for j in 0..NU {
                for m in 0..NX {
                    scatter!(terms.ux[j][m] * places.measure, stages.ux[j][m]);
                }
                for m in 0..NU {
                    scatter!(terms.uu[j][m] * places.measure, stages.uu[j][m]);
                }
                work.diagonal.u[j][c] = (terms.uu[j][j] * places.measure).store();
            }
        }
        for (i, _) in &work.states {
            let sum = L::load(&work.diagonal.x[*i][c]) + L::load(&work.curvature.x[*i][c]);
            scatter!(sum, stages.xx[*i][*i]);
        }
        for (j, _) in &work.controls {
            let sum = L::load(&work.diagonal.u[*j][c]) + L::load(&work.curvature.u[*j][c]);
            scatter!(sum, stages.uu[*j][*j]);
        }
    }
    off
}

/// Values and gradients of the constraints beyond bounds, at four knots.
struct Lines<'a, const NX: usize, const NU: usize> {
    constraints: &'a mut [Constraint<NX, NU>],
    place: usize,
    c: usize,
}

impl<L: Lanes, const NX: usize, const NU: usize> MarginSink<Dual<L, NX, NU>> for Lines<'_, NX, NU> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: Dual<L, NX, NU>) {
        let constraint = &mut self.constraints[self.place];
        constraint.value[self.c] = margin.v.store();
        for i in 0..NX {
            constraint.gradient.x[i][self.c] = margin.x[i].store();
        }
        for j in 0..NU {
            constraint.gradient.u[j][self.c] = margin.u[j].store();
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
struct Values<'a, const NX: usize, const NU: usize> {
    constraints: &'a mut [Constraint<NX, NU>],
    place: usize,
    c: usize,
}

impl<L: Lanes, const NX: usize, const NU: usize> MarginSink<L> for Values<'_, NX, NU> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: L) {
        self.constraints[self.place].value[self.c] = margin.store();
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
        let (x, u, t, p) = knots::<L, NX, NU, NP>(&work.plan, work.intervals, places.parameters, places.h, c);
        let mut duals = [Dual::<L, NX, NU>::constant(t); NP];
        for i in 0..NP {
            duals[i] = Dual::constant(p[i]);
        }
        let at = At { t: Dual::constant(t), p: &duals };
        let mut lines = Lines { constraints: &mut work.constraints, place: 0, c };
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
        let first = LANES * c;
        let (x, u, t, p) = knots::<L, NX, NU, NP>(&work.trial, n, places.parameters, places.h, c);
        let at = At { t, p: &p };
        let next = rk4_step(places.dynamics, &at, places.h, x, u);
        let mut total = Total(zero);
        places.cost.running(&at, x, u, &mut total);
        if !work.constraints.is_empty() {
            let mut values = Values { constraints: &mut work.constraints, place: 0, c };
            places.cost.margins(&at, x, u, &mut values);
        }
        let left = (L::from((n - first) as f64) - L::load(&[0.0, 1.0, 2.0, 3.0])) - 0.5;
        let mut miss = zero;
        for i in 0..NX {
            miss = (next[i] - after::<L>(&work.trial.x[i], first)).abs().fma(L::from(1.0 / work.sizes.0[i]), miss);
        }
        cost = cost + left.select(total.0 * places.measure, zero);
        missed = missed + left.select(miss, zero);
    }
    (cost, missed)
}

/// States, controls, times and parameters of four knots.
#[inline(always)]
fn knots<L: Lanes, const NX: usize, const NU: usize, const NP: usize>(
    motion: &Motion<NX, NU>,
    n: usize,
    parameters: &[[f64; NP]],
    h: f64,
    c: usize,
) -> ([L; NX], [L; NU], L, [L; NP]) {
    let zero = L::from(0.0);
    let (mut x, mut u, mut p) = ([zero; NX], [zero; NU], [zero; NP]);
    for i in 0..NX {
        x[i] = L::load(&motion.x[i][c]);
    }
    for j in 0..NU {
        u[j] = L::load(&motion.u[j][c]);
    }
    let first = LANES * c;
    for i in 0..NP {
        let mut lanes = [0.0; LANES];
        for l in 0..LANES {
            lanes[l] = parameters[(first + l).min(n)][i];
        }
        p[i] = L::load(&lanes);
    }
    let f = first as f64;
    (x, u, L::load(&[f, f + 1.0, f + 2.0, f + 3.0]) * h, p)
}

/// The lanes of the knots after these.
#[inline(always)]
fn after<L: Lanes>(series: &[[f64; LANES]], first: usize) -> L {
    let flat = &series.as_flattened()[first + 1..first + 1 + LANES];
    L::load(&[flat[0], flat[1], flat[2], flat[3]])
}
