//! A problem by multiple shooting with RK4, as a controller wants it.

use alloc::vec;
use alloc::vec::Vec;
use core::array::from_fn;

use nalgebra::SMatrix;

use super::bend::{self, Structure};
use super::linearize::Places;
use super::mixed::mix_end;
use super::passes;
use super::problem::{Listing, Problem};
use super::recursion::Stage;
use super::start::First;
use super::work::Work;
use crate::constrained::Constrained;
use crate::constraints::{Bound, Bounds, Each, Kind, Listed};
use crate::cost::{GaussNewton, Total};
use crate::expansion::{Block, Expansion, Hessian, Nlp};
use crate::inspect::{Dual, Sparsity};
use crate::integrate::rk4_step;
use crate::interior::{self, Solution};
use crate::ocp::ProblemError;
use crate::transcription::{Mirk, RK4};
use crate::{At, Cost, Dynamics, Ocp, Trajectory, Transcribed};

/// An [`Ocp`] by multiple shooting with RK4.
pub(super) struct Shooting<D, C, const NX: usize, const NU: usize, const NP: usize> {
    pub nlp: Transcribed<D, C, Mirk<4>, NX, NU, NP>,
    /// Room for exact Hessians.
    plan: Trajectory<NX, NU>,
    expansion: Expansion<NX, NU>,
    weights: Vec<f64>,
    /// Are A and B the same everywhere?
    linear: bool,
    /// Which derivatives of the dynamics are not zero, and do they depend on the parameters?
    pub structure: Structure,
    moves: bool,
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Shooting<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP> + Send + 'static,
    C: Cost<NX, NU, NP> + Send + 'static,
{
    pub fn new(ocp: Ocp<D, C, NX, NU, NP>) -> Self {
        let nlp = ocp.transcribe(RK4);
        let n = nlp.ocp().intervals();
        let constraints = nlp.constraints(n).len();
        Shooting {
            plan: Trajectory::constant(n, nlp.ocp().start(), [0.0; NU]),
            expansion: Expansion::new(n),
            weights: vec![0.0; constraints],
            linear: nlp.is_linear_evenly(),
            structure: Structure::of(nlp.rates_structure().as_ref().map(|rates| &rates[..]), NX + NU),
            moves: nlp.moves_with_parameters(),
            nlp,
        }
    }

    /// The first plan: the cheapest solution from rest at the start, with no control and, where the dynamics are bent and there may be
    /// several optima, with each control that has two limits a quarter of its range from either.
    pub fn solve(&self) -> Result<Solution<NX, NU>, ProblemError> {
        let ocp = self.nlp.ocp();
        let solve = |controls: [f64; NU]| {
            let guess = Trajectory::constant(ocp.intervals(), ocp.start(), controls);
            interior::solve(&self.nlp, &guess, &interior::Options::default())
        };
        let mut best = solve([0.0; NU])?;
        let limits = ocp.bounds(0).controls;
        if self.linear || !limits.iter().any(|limit| (limit.upper - limit.lower).is_finite()) {
            return Ok(best);
        }
        for share in [0.75, 0.25] {
            let pushed = limits.map(|Bound { lower, upper, .. }| {
                let range = upper - lower;
                if range.is_finite() { lower + share * range } else { 0.0 }
            });
            let other = solve(pushed)?;
            if is_cheaper(&other.report, &best.report) {
                best = other;
            }
        }
        Ok(best)
    }

    /// `-Σ z ∇²g` of the constraints beyond bounds.
    fn bend_constraints(&mut self, work: &mut Work<NX, NU>) {
        let n = work.intervals;
        for k in 0..n {
            self.plan.states[k] = work.plan.state(k);
            self.plan.controls[k] = work.plan.control(k);
        }
        self.plan.states[n] = work.plan.state(n);
        self.weights.fill(0.0);
        work.weigh_constraints(&mut self.weights);
        self.expansion.xx.fill(0.0);
        self.expansion.blocks.fill(Block::zeros());
        self.nlp.bend(&self.plan, &self.weights, &mut self.expansion);
        for (stage, block) in work.stages.iter_mut().zip(&self.expansion.blocks) {
            add_curvature(stage, &block.xx, &block.ux, &block.uu);
        }
        add_end(work, &self.expansion.xx);
    }

    pub fn places(&self) -> Places<'_, D, C, NP> {
        let ocp = self.nlp.ocp();
        Places {
            dynamics: &ocp.dynamics,
            cost: &ocp.cost,
            parameters: &ocp.parameters,
            h: ocp.step,
            measure: self.nlp.measure(),
            linear: self.linear,
        }
    }
}

/// Adds to Q, S and R.
#[inline(always)]
fn add_curvature<const NX: usize, const NU: usize>(
    stage: &mut Stage<f64, NX, NU>,
    xx: &SMatrix<f64, NX, NX>,
    ux: &SMatrix<f64, NU, NX>,
    uu: &SMatrix<f64, NU, NU>,
) {
    for m in 0..NX {
        (0..NX).for_each(|i| stage.xx[i][m] += xx[(i, m)]);
        (0..NU).for_each(|j| stage.ux[j][m] += ux[(j, m)]);
    }
    for m in 0..NU {
        (0..NU).for_each(|j| stage.uu[j][m] += uu[(j, m)]);
    }
}

/// Is it a solution, and by more than a solution's tolerance the better one?
fn is_cheaper(new: &interior::Report, old: &interior::Report) -> bool {
    let (new_price, old_price) = (new.cost + new.paid, old.cost + old.paid);
    new.status.is_solved() && (!old.status.is_solved() || old_price - new_price > 1e-6 * old_price.abs())
}

/// Adds to the curvature of the last knot.
fn add_end<const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, xx: &SMatrix<f64, NX, NX>) {
    let end = &mut work.to_go[work.intervals].curvature;
    (0..NX).for_each(|i| (0..NX).for_each(|m| end[i][m] += xx[(i, m)]));
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn bend_each_in_wide_vectors<D, C, const NX: usize, const NU: usize, const NP: usize>(
    nlp: &Transcribed<D, C, Mirk<4>, NX, NU, NP>,
    work: &mut Work<NX, NU>,
) where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    bend_each(nlp, work);
}

/// The dynamics' part of the exact Hessian, knot by knot.
#[inline(always)]
pub(super) fn bend_each<D, C, const NX: usize, const NU: usize, const NP: usize>(
    nlp: &Transcribed<D, C, Mirk<4>, NX, NU, NP>,
    work: &mut Work<NX, NU>,
) where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let mut next = work.plan.state(0);
    for k in 0..work.intervals {
        let x = core::mem::replace(&mut next, work.plan.state(k + 1));
        let mut multiplier = [0.0; NX];
        for i in 0..NX {
            multiplier[i] = work.multipliers[i].as_flattened()[k + 1];
        }
        let bent = nlp.bent_dynamics(k, [&x, &next], &work.plan.control(k), &multiplier);
        add_curvature(&mut work.stages[k], &bent.xx, &bent.ux, &bent.uu);
    }
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Problem<NX, NU> for Shooting<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP> + Send + 'static,
    C: Cost<NX, NU, NP> + Send + 'static,
{
    fn intervals(&self) -> usize {
        self.nlp.ocp().intervals()
    }

    fn names(&self) -> ([&'static str; NX], [&'static str; NU]) {
        (D::STATES.map(|quantity| quantity.name), D::CONTROLS.map(|quantity| quantity.name))
    }

    fn bounds(&self, k: usize) -> Bounds<NX, NU> {
        *self.nlp.ocp().bounds(k)
    }

    fn set_bounds(&mut self, k: usize, bounds: Bounds<NX, NU>) -> Result<(), ProblemError> {
        self.nlp.set_bounds(k, bounds)
    }

    fn set_parameters(&mut self, k: usize, p: &[f64]) -> Result<(), ProblemError> {
        let count = p.len() as f64;
        let p = p.try_into().map_err(|_| ProblemError {
            field: alloc::format!("number of parameters at knot {k}"),
            value: count,
            must: "that of the problem",
        })?;
        self.nlp.set_parameters(k, p)
    }

    fn listings(&self) -> [Vec<Listing>; 2] {
        let zero = Sparsity::from(0.0);
        let at = At { t: zero, p: &[zero; NP] };
        let apart = NX + NU <= Sparsity::MOST;
        let x = if apart { Sparsity::variables(0) } else { [zero; NX] };
        let u = if apart { Sparsity::variables(NX) } else { [zero; NU] };
        let (mut running, mut ending) = (Listed::default(), Listed::default());
        self.nlp.ocp().cost.margins(&at, x, u, &mut running);
        self.nlp.ocp().cost.terminal_margins(&at, x, &mut ending);
        let listing = |(_, kind, g): (&'static str, Kind, Sparsity)| {
            let first = !apart || (NX..NX + NU).any(|j| g.depends_on(j));
            Listing { kind, first }
        };
        [running, ending].map(|listed| listed.0.into_iter().map(listing).collect())
    }

    fn is_curved_evenly(&self) -> bool {
        self.nlp.is_curved_evenly()
    }

    fn unit(&self, First { plan, multipliers, .. }: First<'_, NX, NU>, (x, u): &([f64; NX], [f64; NU])) -> f64 {
        let mut expansion = Expansion::new(self.intervals());
        self.nlp.expand(plan, multipliers, Hessian::GaussNewton, &mut expansion);
        let sizes = || x.iter().chain(u).cycle();
        let slopes = expansion.slopes().zip(sizes()).map(|(slope, size)| slope.abs() * size);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0f64, f64::max);
        let diagonal = expansion.blocks.iter().flat_map(|block| {
            let of_x = (0..NX).map(|i| block.xx[(i, i)] * x[i] * x[i]);
            of_x.chain((0..NU).map(|j| block.uu[(j, j)] * u[j] * u[j]))
        });
        let unit = most(&mut slopes.into_iter()).max(most(&mut diagonal.into_iter()));
        if unit > 0.0 && unit.is_finite() { unit } else { 1.0 }
    }

    fn roll(&self, k: usize, x: [f64; NX], u: [f64; NU]) -> [f64; NX] {
        let ocp = self.nlp.ocp();
        rk4_step(&ocp.dynamics, &ocp.at(k), ocp.step, x, u)
    }

    fn constrain(&self, work: &mut Work<NX, NU>) {
        if !work.constraints.is_empty() {
            passes::bound(&self.places(), work);
        }
        if !work.end_constraints.is_empty() {
            let n = work.intervals;
            let p = self.nlp.ocp().parameters[n].map(Dual::from);
            let at = At { t: Dual::from(n as f64 * self.nlp.ocp().step), p: &p };
            let mut constraints = work.end_constraints.iter_mut();
            let mut sink = Each::new(|_, g: Dual<f64, NX, NU>| {
                if let Some(constraint) = constraints.next() {
                    constraint.value[0][0] = g.v;
                    constraint.gradient.set_state(0, &g.x);
                }
            });
            self.nlp.ocp().cost.terminal_margins(&at, Dual::variables(work.plan.state(n)), &mut sink);
        }
    }

    fn expand(&self, work: &mut Work<NX, NU>, curved: bool) -> (f64, f64, f64) {
        passes::expand(&self.places(), work, curved)
    }

    fn end(&self, work: &mut Work<NX, NU>) -> [f64; NX] {
        let n = work.intervals;
        let mut terms = GaussNewton::<f64, NX, NU>::new();
        let p = self.nlp.ocp().parameters[n].map(Dual::from);
        let at = At { t: Dual::from(n as f64 * self.nlp.ocp().step), p: &p };
        self.nlp.ocp().cost.terminal(&at, Dual::variables(work.plan.state(n)), &mut terms);
        let (slope, now, curvature) = (work.slope.state(n), work.now.state(n), work.curvature.state(n));
        let end = &mut work.to_go[n];
        let mut gradient = [0.0; NX];
        for i in 0..NX {
            end.slope[i] = terms.x[i] + slope[i];
            gradient[i] = terms.x[i] + now[i];
            end.curvature[i] = from_fn(|m| terms.xx[(i, m)]);
            end.curvature[i][i] += curvature[i];
        }
        for (place, side) in &work.ending {
            let g = work.end_constraints[*place].gradient.state(0);
            let (row, z) = (&side.rows[0], side.sign * side.z[0][0]);
            for i in 0..NX {
                end.slope[i] -= side.sign * row.force[0] * g[i];
                gradient[i] -= z * g[i];
                for m in 0..NX {
                    end.curvature[i][m] += row.stiffness[0] * g[i] * g[m];
                }
            }
        }
        gradient
    }

    fn bend(&mut self, work: &mut Work<NX, NU>) {
        let n = work.intervals;
        if const { bend::has_room(NX, NU) } && self.structure.bent.len() <= bend::MOST {
            passes::bend(&self.places(), &self.structure, work);
        } else {
            #[cfg(target_arch = "x86_64")]
            if crate::cpu::has_wide_vectors() {
                // SAFETY: the processor has just said that it has AVX2.
                unsafe { bend_each_in_wide_vectors(&self.nlp, work) };
            } else {
                bend_each(&self.nlp, work);
            }
            #[cfg(not(target_arch = "x86_64"))]
            bend_each(&self.nlp, work);
        }
        for k in 0..n {
            let Some(bent) = self.nlp.bent_cost(k, &work.plan.state(k), Some(&work.plan.control(k))) else { break };
            add_curvature(&mut work.stages[k], &bent.xx, &bent.ux, &bent.uu);
        }
        if let Some(bent) = self.nlp.bent_cost(n, &work.plan.state(n), None) {
            add_end(work, &bent.xx);
        }
        if !self.weights.is_empty() {
            self.bend_constraints(work);
        }
    }

    fn parameters(&self) -> usize {
        NP
    }

    fn mix(&self, work: &Work<NX, NU>, j: usize, responses: &mut [[f64; NU]]) {
        if const { NP > 0 } {
            passes::mix(&self.places(), work, self.moves, j, responses);
            mix_end(&self.places(), work, j, responses);
        }
    }

    fn try_out(&self, work: &mut Work<NX, NU>) -> (f64, f64) {
        let n = work.intervals;
        let (cost, missed) = passes::try_out(&self.places(), work);
        let (ocp, x) = (self.nlp.ocp(), work.trial.state(n));
        let mut total = Total(0.0);
        ocp.cost.terminal(&ocp.at(n), x, &mut total);
        if !work.end_constraints.is_empty() {
            let mut constraints = work.end_constraints.iter_mut();
            let mut sink = Each::new(|_, g: f64| {
                if let Some(constraint) = constraints.next() {
                    constraint.value[0][0] = g;
                }
            });
            ocp.cost.terminal_margins(&ocp.at(n), x, &mut sink);
        }
        (cost + total.0, missed)
    }
}
