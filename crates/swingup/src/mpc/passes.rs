//! The passes over the horizon, each compiled for every processor and for those with AVX2 and FMA, and chosen when it runs.

use super::bend::{Structure, bend_dynamics};
use super::cells::Cell;
use super::linearize::{Places, linearize};
use super::mixed::mix_in;
use super::recursion::{step_back, step_on};
use super::rows::{Barrier, Gap, Sum};
use super::trial::{constrain, evaluate};
use super::work::Work;
#[cfg(target_arch = "x86_64")]
use crate::lanes::{Fused, Wide};
use crate::lanes::{LANES, Lanes, Number, Plain};
use crate::{Cost, Dynamics};

/// `$name` runs `$body` with the numbers `$wide` where the processor has them, else with `$plain`.
macro_rules! pass {
    (
        $(#[$about:meta])*
        fn $name:ident[$($generic:tt)*]($($argument:ident: $kind:ty),*) -> $result:ty [$($bound:tt)*]
        = $body:ident[$($parameter:tt)*] in $plain:ty | $wide:ty
    ) => {
        $(#[$about])*
        pub(super) fn $name<$($generic)*>($($argument: $kind),*) -> $result
        where
            $($bound)*
        {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                fn wide<$($generic)*>($($argument: $kind),*) -> $result
                where
                    $($bound)*
                {
                    $body::<$wide, $($parameter)*>($($argument),*)
                }
                if crate::cpu::has_fused_vectors() {
                    // SAFETY: the processor has just said that it has AVX2 and FMA.
                    return unsafe { wide::<$($parameter)*>($($argument),*) };
                }
            }
            $body::<$plain, $($parameter)*>($($argument),*)
        }
    };
}

pub(super) use pass;

/// The largest lane; NaN when one is.
#[inline(always)]
pub(super) fn most<L: Lanes>(lanes: L) -> f64 {
    lanes.store().into_iter().fold(f64::NEG_INFINITY, |most, lane| if lane <= most { most } else { lane })
}

#[inline(always)]
fn sum<L: Lanes>(lanes: L) -> f64 {
    lanes.store().into_iter().sum()
}

pass! {
    /// Rows eliminated for μ; the largest product, the largest residual, and that against its size.
    fn eliminate[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, mu: f64) -> (f64, f64, f64) []
    = eliminate_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn eliminate_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, mu: f64) -> (f64, f64, f64) {
    let gap = eliminate_rows(work, L::from(mu));
    (most(gap.complementarity), most(gap.residual), most(gap.error))
}

/// Rows eliminated for μ, along knots or across problems.
#[inline(always)]
pub(super) fn eliminate_rows<L: Lanes, T: Cell, const NX: usize, const NU: usize>(
    work: &mut Work<NX, NU, T>,
    mu: L,
) -> Gap<L> {
    let mut gap = Gap::<L>::none();
    let Work { plan, curvature, slope, now, states, controls, .. } = work;
    for sums in [&mut *curvature, slope, now] {
        for (i, _) in states.iter() {
            sums.x[*i].fill([0.0; LANES]);
        }
        for (j, _) in controls.iter() {
            sums.u[*j].fill([0.0; LANES]);
        }
    }
    for (i, side) in states.iter_mut() {
        let sum = Sum { curvature: &mut curvature.x[*i], slope: &mut slope.x[*i], now: &mut now.x[*i] };
        side.eliminate(mu, &plan.x[*i], Some(sum), &mut gap);
    }
    for (j, side) in controls.iter_mut() {
        let sum = Sum { curvature: &mut curvature.u[*j], slope: &mut slope.u[*j], now: &mut now.u[*j] };
        side.eliminate(mu, &plan.u[*j], Some(sum), &mut gap);
    }
    for (place, side) in &mut work.running {
        side.eliminate(mu, &work.constraints[*place].value, None, &mut gap);
    }
    for (place, side) in &mut work.ending {
        side.eliminate(mu, &work.end_constraints[*place].value, None, &mut gap);
    }
    gap
}

pass! {
    /// Riccati's recursion; the least pivot. It ends at the first that is not positive: what comes before is a number no more.
    fn sweep_back[const NX: usize, const NU: usize](work: &mut Work<NX, NU>) -> f64 []
    = sweep_back_in[NX, NU] in f64 | Fused
}

#[inline(always)]
fn sweep_back_in<S: Number<Cell = f64>, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>) -> f64 {
    let mut least = f64::INFINITY;
    for k in (0..work.intervals).rev() {
        let (here, behind) = work.to_go.split_at_mut(k + 1);
        let pivot = step_back::<S, NX, NU>(&work.stages[k], &behind[0], &mut here[k]).store();
        if pivot.is_nan() || pivot <= 0.0 {
            return pivot;
        }
        least = least.min(pivot);
    }
    least
}

pass! {
    /// The step from a change of the first state, and the slope of the cost with its rows along it.
    fn sweep_on[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, first: &[f64; NX]) -> f64 []
    = sweep_on_in[NX, NU] in f64 | Fused
}

#[inline(always)]
fn sweep_on_in<S: Number<Cell = f64>, const NX: usize, const NU: usize>(
    work: &mut Work<NX, NU>,
    first: &[f64; NX],
) -> f64 {
    let mut dx = S::load_row(first);
    let mut slope = S::from(0.0);
    work.step.set_state(0, first);
    for k in 0..work.intervals {
        let stage = &work.stages[k];
        let (du, next, multiplier) = step_on::<S, NX, NU>(stage, &work.to_go[k], &work.to_go[k + 1], &dx);
        slope = S::add_product(&S::load_row(&stage.u), &du, S::add_product(&S::load_row(&stage.x), &dx, slope));
        for j in 0..NU {
            work.step.u[j].as_flattened_mut()[k] = du[j].store();
        }
        for i in 0..NX {
            work.step.x[i].as_flattened_mut()[k + 1] = next[i].store();
            work.next_multipliers[i].as_flattened_mut()[k + 1] = multiplier[i].store();
        }
        dx = next;
    }
    S::add_product(&S::load_row(&work.to_go[work.intervals].slope), &dx, slope).store()
}

pass! {
    /// Steps of the rows; the largest shares of slacks and of multipliers that they use up.
    fn step_rows[const NX: usize, const NU: usize](work: &mut Work<NX, NU>) -> (f64, f64) []
    = step_rows_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn step_rows_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>) -> (f64, f64) {
    let used = step_all::<L, f64, NX, NU>(work);
    (most(used.0), most(used.1))
}

/// Steps of the rows, along knots or across problems.
#[inline(always)]
pub(super) fn step_all<L: Lanes, T: Cell, const NX: usize, const NU: usize>(work: &mut Work<NX, NU, T>) -> (L, L) {
    let mut used = (L::from(0.0), L::from(0.0));
    let n = work.intervals;
    let Work { step, states, controls, .. } = work;
    for (i, side) in states {
        side.step(&step.x[*i], &mut used);
    }
    for (j, side) in controls {
        side.step(&step.u[*j], &mut used);
    }
    for constraint in &mut work.constraints {
        for c in 0..n.div_ceil(LANES) {
            let mut dg = L::from(0.0);
            for i in 0..NX {
                dg = L::load(&constraint.gradient.x[i][c]).fma(L::load(&step.x[i][c]), dg);
            }
            for j in 0..NU {
                dg = L::load(&constraint.gradient.u[j][c]).fma(L::load(&step.u[j][c]), dg);
            }
            constraint.step[c] = dg.store();
        }
    }
    let end = step.state(n);
    for constraint in &mut work.end_constraints {
        let gradient = constraint.gradient.state(0);
        constraint.step[0][0] = (0..NX).map(|i| gradient[i] * end[i]).sum();
    }
    for (place, side) in &mut work.running {
        side.step(&work.constraints[*place].step, &mut used);
    }
    for (place, side) in &mut work.ending {
        side.step(&work.end_constraints[*place].step, &mut used);
    }
    used
}

pass! {
    /// Takes these shares of the step, of the motion with its slacks and of the inequalities' multipliers.
    fn accept[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, mu: f64, shares: (f64, f64)) -> () []
    = accept_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn accept_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, mu: f64, shares: (f64, f64)) {
    accept_all::<L, f64, NX, NU>(work, L::from(mu), (L::from(shares.0), L::from(shares.1)));
}

/// Takes these shares of the step, along knots or across problems.
#[inline(always)]
pub(super) fn accept_all<L: Lanes, T: Cell, const NX: usize, const NU: usize>(
    work: &mut Work<NX, NU, T>,
    mu: L,
    (primal, dual): (L, L),
) {
    let Work { plan, step, multipliers, next_multipliers, .. } = work;
    for (to, step) in plan.x.iter_mut().zip(&step.x).chain(plan.u.iter_mut().zip(&step.u)) {
        for (to, step) in to.iter_mut().zip(step) {
            *to = primal.fma(L::load(step), L::load(to)).store();
        }
    }
    for (to, next) in multipliers.iter_mut().zip(next_multipliers) {
        for (to, next) in to.iter_mut().zip(next) {
            *to = primal.fma(L::load(next) - L::load(to), L::load(to)).store();
        }
    }
    for side in work.sides() {
        side.accept(mu, primal, dual);
    }
}

pass! {
    /// Moves the multipliers within a factor of the path of μ.
    fn recentre[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, mu: f64, reach: f64) -> () []
    = recentre_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn recentre_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, mu: f64, reach: f64) {
    for side in work.sides() {
        side.recentre(L::from(mu), reach);
    }
}

/// The rows' part of a merit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RowMerit {
    /// `Σ ln s`.
    pub logarithms: f64,
    /// What violations cost.
    pub paid: f64,
    /// `Σ |g + t - s|`, each against its size.
    pub residual: f64,
}

pass! {
    /// The rows' part of the merit of the trial, which is this share of the step.
    fn row_merit[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, share: f64) -> RowMerit []
    = row_merit_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn row_merit_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, share: f64) -> RowMerit {
    let mut barrier = Barrier::<L>::new();
    let share = L::from(share);
    for (i, side) in &work.states {
        side.merit(share, &work.trial.x[*i], &mut barrier);
    }
    for (j, side) in &work.controls {
        side.merit(share, &work.trial.u[*j], &mut barrier);
    }
    for (place, side) in &work.running {
        side.merit(share, &work.constraints[*place].value, &mut barrier);
    }
    for (place, side) in &work.ending {
        side.merit(share, &work.end_constraints[*place].value, &mut barrier);
    }
    RowMerit { logarithms: barrier.sum(), paid: sum(barrier.paid), residual: sum(barrier.residual) }
}

/// The rows along the step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct RowSlope {
    /// The slope of barrier and prices.
    pub slope: f64,
    /// `Σ force dg`.
    pub force: f64,
    /// The largest multiplier behind the step, times the size of its margin.
    pub multiplier: f64,
}

pass! {
    /// The rows along the step.
    fn row_slope[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, mu: f64) -> RowSlope []
    = row_slope_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn row_slope_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, mu: f64) -> RowSlope {
    let (mut slope, mut force, mut multiplier) = (L::from(0.0), L::from(0.0), L::from(0.0));
    for side in work.sides() {
        slope = slope + side.slope(L::from(mu), &mut force, &mut multiplier);
    }
    RowSlope { slope: sum(slope), force: sum(force), multiplier: most(multiplier) }
}

pass! {
    /// The trial is this share of the step away from the plan.
    fn lead[const NX: usize, const NU: usize](work: &mut Work<NX, NU>, share: f64) -> () []
    = lead_in[NX, NU] in Plain | Wide
}

#[inline(always)]
fn lead_in<L: Lanes, const NX: usize, const NU: usize>(work: &mut Work<NX, NU>, share: f64) {
    let share = L::from(share);
    let Work { plan, step, trial, .. } = work;
    let from = plan.x.iter().zip(&step.x).chain(plan.u.iter().zip(&step.u));
    for (to, (plan, step)) in trial.x.iter_mut().chain(&mut trial.u).zip(from) {
        for (to, (plan, step)) in to.iter_mut().zip(plan.iter().zip(step)) {
            *to = share.fma(L::load(step), L::load(plan)).store();
        }
    }
}

pass! {
    /// The problem about the plan, with its curvatures where they are asked for; the largest entries of the Lagrangian's gradient and
    /// of the defects, and the larger of both free of units.
    fn expand[D, C, const NX: usize, const NU: usize, const NP: usize](
        places: &Places<'_, D, C, NP>, work: &mut Work<NX, NU>, curved: bool
    ) -> (f64, f64, f64) [D: Dynamics<NX, NU, NP>, C: Cost<NX, NU, NP>]
    = expand_in[D, C, NX, NU, NP] in Plain | Wide
}

#[inline(always)]
fn expand_in<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU>,
    curved: bool,
) -> (f64, f64, f64)
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let off = linearize::<L, f64, D, C, NX, NU, NP>(places, work, curved);
    (most(off.gradient), most(off.defect), most(off.error) + sum(off.nothing))
}

pass! {
    /// The exact Hessian of the dynamics' part, where there are few enough arguments.
    fn bend[D, C, const NX: usize, const NU: usize, const NP: usize](
        places: &Places<'_, D, C, NP>, structure: &Structure, work: &mut Work<NX, NU>
    ) -> () [D: Dynamics<NX, NU, NP>]
    = bend_dynamics[D, C, NX, NU, NP] in Plain | Wide
}

pass! {
    /// What the parameters change in the response of control `j`.
    fn mix[D, C, const NX: usize, const NU: usize, const NP: usize](
        places: &Places<'_, D, C, NP>, work: &Work<NX, NU>, moves: bool, j: usize, responses: &mut [[f64; NU]]
    ) -> () [D: Dynamics<NX, NU, NP>, C: Cost<NX, NU, NP>]
    = mix_in[D, C, NX, NU, NP] in Plain | Wide
}

pass! {
    /// Values and gradients of the constraints beyond bounds.
    fn bound[D, C, const NX: usize, const NU: usize, const NP: usize](
        places: &Places<'_, D, C, NP>, work: &mut Work<NX, NU>
    ) -> () [D: Dynamics<NX, NU, NP>, C: Cost<NX, NU, NP>]
    = constrain[D, C, NX, NU, NP] in Plain | Wide
}

pass! {
    /// Running cost and the sum of the defects of the trial, each against the size of its state, and its constraints' values.
    fn try_out[D, C, const NX: usize, const NU: usize, const NP: usize](
        places: &Places<'_, D, C, NP>, work: &mut Work<NX, NU>
    ) -> (f64, f64) [D: Dynamics<NX, NU, NP>, C: Cost<NX, NU, NP>]
    = try_out_in[D, C, NX, NU, NP] in Plain | Wide
}

#[inline(always)]
fn try_out_in<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &mut Work<NX, NU>,
) -> (f64, f64)
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let (cost, missed) = evaluate::<L, D, C, NX, NU, NP>(places, work);
    (sum(cost), sum(missed))
}
