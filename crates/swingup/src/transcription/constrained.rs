//! The constraints of a transcribed problem.

use alloc::string::String;
use alloc::vec::Vec;

use super::{Scheme, Transcribed};
use crate::constrained::{Constrained, Constraint, Linear};
use crate::constraints::{Bounds, Each, Kind, Listed, Weighted};
use crate::expansion::Expansion;
use crate::inspect::{Dual, Pattern, Sparsity};
use crate::second_order::{Bending, KnotHessian, SecondOrder};
use crate::{At, Cost, Dynamics, Real, Trajectory};

/// The constraints of a kind of knot: how they are called, and their structure.
#[derive(Clone, Debug)]
pub(super) struct Structure {
    listed: Vec<(&'static str, Kind)>,
    /// Which depend on the control: the others are nothing at knot 0.
    moved: Vec<bool>,
    bends: Pattern,
}

impl Structure {
    /// Of the knots with a control, and of the last one.
    pub(super) fn of<C, const NX: usize, const NU: usize, const NP: usize>(cost: &C) -> [Self; 2]
    where
        C: Cost<NX, NU, NP>,
    {
        let zero = Sparsity::from(0.0);
        let at = At { t: zero, p: &[zero; NP] };
        let (mut running, mut terminal) = (Listed::default(), Listed::default());
        // Too many arguments to tell apart: any may matter.
        let apart = NX + NU <= Sparsity::MOST;
        let x = if apart { Sparsity::variables(0) } else { [zero; NX] };
        let u = if apart { Sparsity::variables(NX) } else { [zero; NU] };
        cost.margins(&at, x, u, &mut running);
        cost.terminal_margins(&at, x, &mut terminal);
        [running, terminal].map(|Listed(list)| Structure {
            listed: list.iter().map(|&(name, kind, _)| (name, kind)).collect(),
            moved: list.iter().map(|(.., g)| !apart || (NX..NX + NU).any(|j| g.depends_on(j))).collect(),
            bends: Pattern::read(NX + NU, || list.iter().map(|&(.., g)| g).collect::<Vec<_>>()),
        })
    }

    /// Does the constraint at this place exist at knot `k`?
    fn stands(&self, k: usize, place: usize) -> bool {
        k > 0 || self.moved[place]
    }
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> Transcribed<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    /// The knots of a plan that have constraints, with their structure.
    fn constrained(&self, intervals: usize) -> impl Iterator<Item = (usize, &Structure)> {
        let [running, terminal] = &self.margins;
        let knots = (0..intervals).filter(|_| !running.listed.is_empty()).map(move |k| (k, running));
        let end = intervals == self.ocp.intervals() && !terminal.listed.is_empty();
        knots.chain(end.then_some((intervals, terminal)))
    }
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> Constrained<NX, NU>
    for Transcribed<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    fn names(&self) -> ([String; NX], [String; NU]) {
        (D::STATES.map(|quantity| quantity.name.into()), D::CONTROLS.map(|quantity| quantity.name.into()))
    }

    fn bounds(&self, k: usize) -> Bounds<NX, NU> {
        self.ocp.bounds[k]
    }

    fn constraints(&self, intervals: usize) -> Vec<Constraint> {
        let at = |(knot, structure): (usize, &Structure)| {
            let standing = (0..structure.listed.len()).filter(|&place| structure.stands(knot, place));
            let constraint =
                |place: usize| Constraint { knot, name: structure.listed[place].0, kind: structure.listed[place].1 };
            standing.map(constraint).collect::<Vec<_>>()
        };
        self.constrained(intervals).flat_map(at).collect()
    }

    fn margins(&self, plan: &Trajectory<NX, NU>, values: &mut [f64]) {
        let mut values = values.iter_mut();
        for (k, structure) in self.constrained(plan.intervals()) {
            let at = self.ocp.at(k);
            let mut sink = Each::new(|place, g: f64| {
                if structure.stands(k, place)
                    && let Some(value) = values.next()
                {
                    *value = g;
                }
            });
            match plan.controls.get(k) {
                Some(u) => self.ocp.cost.margins(&at, plan.states[k], *u, &mut sink),
                None => self.ocp.cost.terminal_margins(&at, plan.states[k], &mut sink),
            }
        }
    }

    fn linearize(&self, plan: &Trajectory<NX, NU>, rows: &mut [Linear<NX, NU>]) {
        let mut rows = rows.iter_mut();
        for (k, structure) in self.constrained(plan.intervals()) {
            let (t, p) = self.place(k);
            let p: [f64; NP] = p;
            let duals = p.map(Dual::constant);
            let at = At { t: Dual::constant(t), p: &duals };
            let mut sink = Each::new(|place, g: Dual<f64, NX, NU>| {
                if structure.stands(k, place)
                    && let Some(row) = rows.next()
                {
                    *row = Linear { value: g.v, x: g.x.into(), u: g.u.into() };
                }
            });
            let x = Dual::variables(plan.states[k]);
            match plan.controls.get(k) {
                Some(u) => self.ocp.cost.margins(&at, x, Dual::controls(*u), &mut sink),
                None => self.ocp.cost.terminal_margins(&at, x, &mut sink),
            }
        }
    }

    fn bend(&self, plan: &Trajectory<NX, NU>, weights: &[f64], out: &mut Expansion<NX, NU>) {
        let mut used = 0;
        for (k, structure) in self.constrained(plan.intervals()) {
            let here = &weights[used..];
            used += (0..structure.listed.len()).filter(|&place| structure.stands(k, place)).count();
            if structure.bends.bent().is_empty() {
                continue;
            }
            let (t, p) = self.place(k);
            let knot =
                Knot { cost: &self.ocp.cost, t, p: &p, structure, k, weights: here, terminal: k == plan.intervals() };
            let mut bend = KnotHessian::zeros();
            let u = plan.controls.get(k).copied().unwrap_or([0.0; NU]);
            bend.read(&knot, &structure.bends, &plan.states[k], &u);
            match out.blocks.get_mut(k) {
                Some(block) => {
                    block.xx += bend.xx;
                    block.ux += bend.ux;
                    block.uu += bend.uu;
                }
                None => out.xx += bend.xx,
            }
        }
    }

    fn cost(&self, plan: &Trajectory<NX, NU>) -> f64 {
        self.total(plan)
    }

    fn defect(&self, k: usize, x: [f64; NX], u: [f64; NU], next: [f64; NX]) -> [f64; NX] {
        self.scheme.defect(&self.ocp.dynamics, &self.ocp.at(k), self.ocp.step, x, u, next)
    }
}

/// The weighted constraints of a knot, for their second derivatives.
struct Knot<'a, C, R, const NP: usize> {
    cost: &'a C,
    t: R,
    p: &'a [R; NP],
    structure: &'a Structure,
    k: usize,
    /// Of those that stand.
    weights: &'a [R],
    terminal: bool,
}

impl<C, R: Real, const NX: usize, const NU: usize, const NP: usize> SecondOrder<R, NX, NU> for Knot<'_, C, R, NP>
where
    C: Cost<NX, NU, NP>,
{
    #[inline(always)]
    fn hessian<J: Bending<R>>(&self, x: [J; NX], u: [J; NU]) -> J::Hessian {
        let p: [_; NP] = core::array::from_fn(|i| J::constant(self.p[i]));
        let at = At { t: J::constant(self.t), p: &p };
        let mut sink = Weighted::<R, J, _>::new(self.weights, |place| self.structure.stands(self.k, place));
        if self.terminal {
            self.cost.terminal_margins(&at, x, &mut sink);
        } else {
            self.cost.margins(&at, x, u, &mut sink);
        }
        sink.sum
    }
}
