//! The problem about the plan: dynamics with their sensitivities, slopes and curvatures of the cost, in lanes over knots.

use super::cells::{Cell, There, knots};
use super::recursion::Stage;
use super::work::Work;
use crate::cost::CostSink;
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
    /// Are A and B the same everywhere? Then they are read once.
    pub linear: bool,
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

/// The problem about the plan: with its curvatures where they are asked for, and with A and B unless they are known.
#[inline(always)]
pub(super) fn linearize<L: Lanes, T, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU, T>,
    curved: bool,
) -> Off<L>
where
    T: Cell,
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    if curved {
        linearize_as::<L, T, D, C, NX, NU, NP, true, true>(places, work)
    } else if places.linear {
        linearize_as::<L, T, D, C, NX, NU, NP, false, false>(places, work)
    } else {
        linearize_as::<L, T, D, C, NX, NU, NP, true, false>(places, work)
    }
}

#[inline(always)]
fn linearize_as<
    L: Lanes,
    T,
    D,
    C,
    const NX: usize,
    const NU: usize,
    const NP: usize,
    const MOVING: bool,
    const CURVED: bool,
>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU, T>,
) -> Off<L>
where
    T: Cell,
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let n = work.intervals;
    let chunks = if T::ACROSS { n } else { n.div_ceil(LANES) };
    let zero = L::from(0.0);
    let mut bounded = ([false; NX], [false; NU]);
    for (i, _) in &work.states {
        bounded.0[*i] = true;
    }
    for (j, _) in &work.controls {
        bounded.1[*j] = true;
    }
    let mut chunk = Stage {
        a: [[[0.0; LANES]; NX]; NX],
        b: [[[0.0; LANES]; NX]; NU],
        d: [[0.0; LANES]; NX],
        x: [[0.0; LANES]; NX],
        u: [[0.0; LANES]; NU],
        xx: [[[0.0; LANES]; NX]; NX],
        ux: [[[0.0; LANES]; NX]; NU],
        uu: [[[0.0; LANES]; NU]; NU],
    };
    let mut off = Off { gradient: zero, defect: zero, nothing: zero, error: zero };
    for c in 0..chunks {
        let (x, u, t, p) = knots::<L, T, D, C, NX, NU, NP>(places, &work.plan, n, c);
        let mut duals = [Dual::<L, NX, NU>::constant(t); NP];
        for i in 0..NP {
            duals[i] = Dual::constant(p[i]);
        }
        let at = At { t: Dual::constant(t), p: &duals };
        let states = Dual::variables(x);
        let controls = Dual::controls(u);
        let mut next = [Dual::<L, NX, NU>::constant(zero); NX];
        if MOVING {
            next = rk4_step(places.dynamics, &at, places.h, states, controls);
        } else {
            let values = rk4_step(places.dynamics, &At { t, p: &p }, places.h, x, u);
            let first = &work.stages[0];
            for i in 0..NX {
                next[i].v = values[i];
                for m in 0..NX {
                    next[i].x[m] = first.a[i][m].spread();
                }
                for j in 0..NU {
                    next[i].u[j] = first.b[j][i].spread();
                }
            }
        }
        let mut terms = Terms::<L, NX, NU, CURVED>::new();
        places.cost.running(&at, states, controls, &mut terms);

        let (mut d, mut slope_x, mut slope_u, mut behind) = ([zero; NX], [zero; NX], [zero; NU], [zero; NX]);
        for i in 0..NX {
            d[i] = next[i].v - T::after::<L>(&work.plan.x[i], c);
            slope_x[i] = terms.x[i] * places.measure;
            behind[i] = T::after(&work.multipliers[i], c);
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
        let There { all, later } = There::<L>::new::<T>(n, c);
        for i in 0..NX {
            let mut sum = now_x[i] + L::load(&work.now.x[i][c]) + L::load(&work.multipliers[i][c]);
            for m in 0..NX {
                sum = (-next[m].x[i]).fma(behind[m], sum);
            }
            let (slope, miss) = (later.select(sum.abs(), zero), all.select(d[i].abs(), zero));
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
            let slope = all.select(sum.abs(), zero);
            off.gradient = off.gradient.max(slope);
            off.nothing = slope.fma(zero, off.nothing);
            off.error = off.error.max(slope * (work.sizes.1[j] / work.unit));
        }

        for i in 0..NX {
            if MOVING {
                for m in 0..NX {
                    chunk.a[i][m] = next[i].x[m].store();
                }
                for j in 0..NU {
                    chunk.b[j][i] = next[i].u[j].store();
                }
            }
            chunk.d[i] = d[i].store();
            chunk.x[i] = (slope_x[i] + L::load(&work.slope.x[i][c])).store();
        }
        for j in 0..NU {
            chunk.u[j] = (slope_u[j] + L::load(&work.slope.u[j][c])).store();
        }
        if CURVED {
            for i in 0..NX {
                for m in 0..NX {
                    chunk.xx[i][m] = (terms.xx[i][m] * places.measure).store();
                }
                work.diagonal.x[i][c] = chunk.xx[i][i];
            }
            for j in 0..NU {
                for m in 0..NX {
                    chunk.ux[j][m] = (terms.ux[j][m] * places.measure).store();
                }
                for m in 0..NU {
                    chunk.uu[j][m] = (terms.uu[j][m] * places.measure).store();
                }
                work.diagonal.u[j][c] = chunk.uu[j][j];
            }
        }
        for i in 0..NX {
            if bounded.0[i] {
                let sum = L::load(&work.diagonal.x[i][c]) + L::load(&work.curvature.x[i][c]);
                chunk.xx[i][i] = sum.store();
            }
        }
        for j in 0..NU {
            if bounded.1[j] {
                let sum = L::load(&work.diagonal.u[j][c]) + L::load(&work.curvature.u[j][c]);
                chunk.uu[j][j] = sum.store();
            }
        }
        T::keep(&chunk, &mut work.stages, c, MOVING, CURVED, &bounded);
    }
    off
}

/// The cost to go from the last knot in each problem.
#[inline(always)]
pub(super) fn end_across<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU, [f64; LANES]>,
) where
    C: Cost<NX, NU, NP>,
{
    let n = work.intervals;
    let (mut x, zero) = ([L::from(0.0); NX], L::from(0.0));
    for i in 0..NX {
        x[i] = L::load(&work.plan.x[i][n]);
    }
    let mut duals = [Dual::<L, NX, NU>::constant(zero); NP];
    for i in 0..NP {
        duals[i] = Dual::constant(L::from(places.parameters[n][i]));
    }
    let at = At { t: Dual::constant(L::from(n as f64 * places.h)), p: &duals };
    let mut terms = Terms::<L, NX, NU, true>::new();
    places.cost.terminal(&at, Dual::variables(x), &mut terms);
    let end = &mut work.to_go[n];
    for i in 0..NX {
        end.slope[i] = (terms.x[i] + L::load(&work.slope.x[i][n])).store();
        for m in 0..NX {
            end.curvature[i][m] = terms.xx[i][m].store();
        }
        end.curvature[i][i] = (terms.xx[i][i] + L::load(&work.curvature.x[i][n])).store();
    }
}
