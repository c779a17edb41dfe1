//! The curvature of the dynamics that Gauss and Newton leave out, in lanes over knots.

use alloc::vec::Vec;

use super::cells::{Cell, knots};
use super::linearize::Places;
use super::work::Work;
use crate::inspect::{Dual, Jet, Sparsity};
use crate::lanes::{LANES, Lanes};
use crate::{At, Dynamics};

/// Rates that bend with more states and controls than this are read knot by knot: their jets in lanes would fill no registers.
pub(super) const MOST: usize = 4;

/// Do four stages with their slopes fit on a stack?
pub(super) const fn has_room(states: usize, controls: usize) -> bool {
    states * (states + controls) <= 512
}

/// Which derivatives of the rates `f(x, u)` are not zero everywhere; arguments count states first.
#[derive(Clone, Debug, Default)]
pub(super) struct Structure {
    /// Rate s and an argument that it depends on.
    slopes: Vec<(usize, usize)>,
    /// The arguments that some rate bends with.
    pub bent: Vec<usize>,
    /// Rate s and the places of two of these that it bends with.
    bends: Vec<(usize, usize, usize)>,
    /// The states that move those that bend within a step, the slopes of their rates, and the controls that do.
    states: Vec<usize>,
    inner: Vec<(usize, usize)>,
    controls: Vec<usize>,
}

impl Structure {
    /// Of these rates; where nothing is known of them, all arguments bend, which are more than are read in lanes.
    pub fn of(rates: Option<&[Sparsity]>, arguments: usize) -> Self {
        let Some(rates) = rates else {
            return Structure { bent: (0..arguments).collect(), ..Structure::default() };
        };
        let bends_with = |i| rates.iter().any(|rate| (0..arguments).any(|j| rate.bends_with(i, j)));
        let bent: Vec<_> = (0..arguments).filter(|&i| bends_with(i)).collect();
        let (mut slopes, mut bends) = (Vec::new(), Vec::new());
        for (s, rate) in rates.iter().enumerate() {
            slopes.extend((0..arguments).filter(|&i| rate.depends_on(i)).map(|i| (s, i)));
            for (a, &i) in bent.iter().enumerate() {
                let pairs = bent.iter().enumerate().filter(|(_, j)| rate.bends_with(i, **j));
                bends.extend(pairs.map(|(b, _)| (s, a, b)));
            }
        }
        let mut moving = bent.clone();
        let mut next = 0;
        while let Some(&s) = moving.get(next) {
            for &(_, m) in slopes.iter().filter(|slope| slope.0 == s) {
                if !moving.contains(&m) {
                    moving.push(m);
                }
            }
            next += 1;
        }
        let inner = slopes.iter().copied().filter(|(s, _)| moving.contains(s)).collect();
        let (states, controls): (Vec<_>, Vec<_>) = moving.into_iter().partition(|&m| m < rates.len());
        let controls = controls.into_iter().map(|m| m - rates.len()).collect();
        Structure { slopes, bent, bends, states, inner, controls }
    }
}

/// A derivative in x and in u.
#[derive(Clone, Copy)]
struct Row<L, const NX: usize, const NU: usize> {
    x: [L; NX],
    u: [L; NU],
}

impl<L: Lanes, const NX: usize, const NU: usize> Row<L, NX, NU> {
    #[inline(always)]
    fn zero() -> Self {
        Row { x: [L::from(0.0); NX], u: [L::from(0.0); NU] }
    }

    /// Adds `factor row`.
    #[inline(always)]
    fn add(&mut self, factor: L, row: &Self) {
        for c in 0..NX {
            self.x[c] = factor.fma(row.x[c], self.x[c]);
        }
        for c in 0..NU {
            self.u[c] = factor.fma(row.u[c], self.u[c]);
        }
    }
}

/// A stage of the step: its rates and their slopes in its own arguments, and second derivatives in those that bend.
#[derive(Clone, Copy)]
struct StageRates<L, const NX: usize, const NU: usize, const B: usize> {
    f: [Dual<L, NX, NU>; NX],
    h: [[[L; B]; B]; NX],
}

/// When the stages of RK4 are, in steps, which is also what each takes from the rate before it; and what each gives to the step.
const WHEN: [f64; 4] = [0.0, 0.5, 0.5, 1.0];
const SHARES: [f64; 4] = [1.0 / 6.0, 2.0 / 6.0, 2.0 / 6.0, 1.0 / 6.0];

/// Adds to the curvature of each interval what its RK4 step Φ has of its own in the Lagrangian, with the multiplier λ of its defect:
///
/// ```text
/// -∂²(λ'Φ) = Σ_i Z_i' ∂²(w_i'f)(z_i, u) Z_i        w_i = -h b_i λ + h c_{i+1} (∂f/∂x)(z_{i+1})' w_{i+1}
/// ```
/// where `z_i = x + h c_i f(z_{i-1}, u)` is where a stage stands, and Z_i the derivative of `(z_i, u)` in `(x, u)`.
#[inline(always)]
pub(super) fn bend_dynamics<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    structure: &Structure,
    work: &mut Work<NX, NU>,
) where
    D: Dynamics<NX, NU, NP>,
{
    // A width that the model cannot need is not compiled.
    match structure.bent.len() {
        0 => (),
        1 | 2 => bend_in::<L, D, C, NX, NU, NP, 2>(places, structure, work),
        _ if const { NX + NU > 2 } => bend_in::<L, D, C, NX, NU, NP, MOST>(places, structure, work),
        _ => unreachable!("no more arguments bend than there are"),
    }
}

#[inline(always)]
fn bend_in<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize, const B: usize>(
    places: &Places<'_, D, C, NP>,
    structure: &Structure,
    work: &mut Work<NX, NU>,
) where
    D: Dynamics<NX, NU, NP>,
{
    let (h, zero) = (places.h, L::from(0.0));
    let Structure { states, controls, .. } = structure;
    let mut stages = [StageRates::<L, NX, NU, B> { f: [Dual::constant(zero); NX], h: [[[zero; B]; B]; NX] }; 4];
    // (x, u) in itself.
    let (mut of_x, mut of_u) = ([Row::<L, NX, NU>::zero(); NX], [Row::<L, NX, NU>::zero(); NU]);
    for i in 0..NX {
        of_x[i].x[i] = L::from(1.0);
    }
    for j in 0..NU {
        of_u[j].u[j] = L::from(1.0);
    }
    let mut arguments = Arguments::<L, NX, NU, NP, B>::new(&structure.bent);
    let mut at = [of_x; 4];
    for c in 0..work.intervals.div_ceil(LANES) {
        let (x, u, t, p) = knots::<L, f64, D, C, NX, NU, NP>(places, &work.plan, work.intervals, c);
        arguments.set_parameters(&p);

        // Forward: the stages, and how they move with x and u.
        let mut z = x;
        for i in 0..4 {
            arguments.read(places.dynamics, t + WHEN[i] * h, &z, &u, &mut stages[i]);
            if i == 3 {
                break;
            }
            let step = WHEN[i + 1] * h;
            for s in 0..NX {
                z[s] = x[s].add_scaled(stages[i].f[s].v, step);
            }
            let (before, after) = at.split_at_mut(i + 1);
            let (before, after) = (&before[i], &mut after[0]);
            *after = of_x;
            for &(s, m) in &structure.inner {
                if m < NX {
                    after[s].add(stages[i].f[s].x[m] * step, &before[m]);
                } else {
                    after[s].u[m - NX] = stages[i].f[s].u[m - NX].fma(L::from(step), after[s].u[m - NX]);
                }
            }
        }

        // Backward: what λ makes of each stage, and what of its curvature comes back to x and u.
        let mut weights = [zero; NX];
        for s in 0..NX {
            weights[s] = <f64 as Cell>::after::<L>(&work.multipliers[s], c) * -h;
        }
        let mut w = [zero; NX];
        let (mut xx, mut ux, mut uu) = ([[zero; NX]; NX], [[zero; NX]; NU], [[zero; NU]; NU]);
        for i in (0..4).rev() {
            let behind = w;
            for s in 0..NX {
                w[s] = weights[s] * SHARES[i];
            }
            if i < 3 {
                for &(s, m) in &structure.slopes {
                    if m < NX {
                        w[m] = (stages[i + 1].f[s].x[m] * (WHEN[i + 1] * h)).fma(behind[s], w[m]);
                    }
                }
            }
            let mut bend = [[zero; B]; B];
            for &(s, a, b) in &structure.bends {
                bend[a][b] = w[s].fma(stages[i].h[s][a][b], bend[a][b]);
            }
            for (a, &m) in structure.bent.iter().enumerate() {
                let mut row = Row::zero();
                for (b, &n) in structure.bent.iter().enumerate() {
                    row.add(bend[a][b], if n < NX { &at[i][n] } else { &of_u[n - NX] });
                }
                if m < NX {
                    let of_m = &at[i][m];
                    for &r in states {
                        L::add_row(&mut xx[r], of_m.x[r], &row.x);
                    }
                    for &r in controls {
                        L::add_row(&mut ux[r], of_m.u[r], &row.x);
                        L::add_row(&mut uu[r], of_m.u[r], &row.u);
                    }
                } else {
                    L::add_row(&mut ux[m - NX], L::from(1.0), &row.x);
                    L::add_row(&mut uu[m - NX], L::from(1.0), &row.u);
                }
            }
        }

        let to = &mut work.stages[LANES * c..LANES * (c + 1)];
        for &m in states {
            for &i in states {
                let bend = xx[i][m].store();
                for l in 0..LANES {
                    to[l].xx[i][m] += bend[l];
                }
            }
            for &j in controls {
                let bend = ux[j][m].store();
                for l in 0..LANES {
                    to[l].ux[j][m] += bend[l];
                }
            }
        }
        for &m in controls {
            for &j in controls {
                let bend = uu[j][m].store();
                for l in 0..LANES {
                    to[l].uu[j][m] += bend[l];
                }
            }
        }
    }
}

/// Arguments of the rates whose derivatives stay: parameters as constants, and states and controls with the directions of those that bend.
struct Arguments<L, const NX: usize, const NU: usize, const NP: usize, const B: usize> {
    constants: [Dual<L, NX, NU>; NP],
    p: [Jet<L, B>; NP],
    z: [Jet<L, B>; NX],
    u: [Jet<L, B>; NU],
}

impl<L: Lanes, const NX: usize, const NU: usize, const NP: usize, const B: usize> Arguments<L, NX, NU, NP, B> {
    #[inline(always)]
    fn new(bent: &[usize]) -> Self {
        let zero = L::from(0.0);
        let constant = Jet::constant(zero);
        let constants = [Dual::constant(zero); NP];
        let mut arguments = Arguments { constants, p: [constant; NP], z: [constant; NX], u: [constant; NU] };
        for (b, &m) in bent.iter().take(B).enumerate() {
            let argument = if m < NX { &mut arguments.z[m] } else { &mut arguments.u[m - NX] };
            argument.g[b] = L::from(1.0);
        }
        arguments
    }

    #[inline(always)]
    fn set_parameters(&mut self, p: &[L; NP]) {
        for i in 0..NP {
            (self.constants[i].v, self.p[i].v) = (p[i], p[i]);
        }
    }

    /// The rates `f(t, z, u)` of a stage.
    #[inline(always)]
    fn read<D>(&mut self, dynamics: &D, t: L, z: &[L; NX], u: &[L; NU], stage: &mut StageRates<L, NX, NU, B>)
    where
        D: Dynamics<NX, NU, NP>,
    {
        let at = At { t: Dual::constant(t), p: &self.constants };
        stage.f = dynamics.xdot(&at, Dual::variables(*z), Dual::controls(*u));
        for i in 0..NX {
            self.z[i].v = z[i];
        }
        for j in 0..NU {
            self.u[j].v = u[j];
        }
        let rates = dynamics.xdot(&At { t: Jet::constant(t), p: &self.p }, self.z, self.u);
        for s in 0..NX {
            stage.h[s] = rates[s].h;
        }
    }
}
