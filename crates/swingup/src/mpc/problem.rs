//! The problem behind a controller, whose models a controller's type need not name.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::array::from_fn;

use super::linearize::Places;
use super::passes;
use super::work::Work;
use crate::constrained::{Constrained, Linear};
use crate::constraints::{Bounds, Each, Kind, Listed};
use crate::cost::{GaussNewton, Total};
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::{Dual, Sparsity};
use crate::integrate::rk4_step;
use crate::interior::{self, Solution};
use crate::ocp::{ProblemError, Quadrature};
use crate::transcription::{Mirk, RK4};
use crate::{At, Cost, Dynamics, Ocp, Trajectory, Transcribed};

/// A constraint beyond bounds, and whether it exists at knot 0, whose state is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    pub kind: Kind,
    pub first: bool,
}

pub(super) trait Problem<const NX: usize, const NU: usize>: Send {
    /// N.
    fn intervals(&self) -> usize;
    fn start(&self) -> [f64; NX];
    fn names(&self) -> ([&'static str; NX], [&'static str; NU]);
    fn bounds(&self, k: usize) -> Bounds<NX, NU>;
    fn set_bounds(&mut self, k: usize, bounds: Bounds<NX, NU>) -> Result<(), ProblemError>;
    fn set_parameters(&mut self, k: usize, p: &[f64]) -> Result<(), ProblemError>;
    /// The constraints beyond bounds, of knots with a control and of the last one.
    fn listings(&self) -> [Vec<Listing>; 2];
    /// Does the Gauss-Newton Hessian of the running cost depend on nothing but the parameters?
    fn is_curved_evenly(&self) -> bool;
    /// The first plan.
    fn solve(&self, options: &interior::Options) -> Result<Solution<NX, NU>, ProblemError>;
    /// The unit of the cost: its largest slope on the plan times the size of the variable, or else its largest curvature times its square.
    fn unit(&self, solution: &Solution<NX, NU>, sizes: &([f64; NX], [f64; NU])) -> f64;
    /// The state after an interval.
    fn roll(&self, k: usize, x: [f64; NX], u: [f64; NU]) -> [f64; NX];
    /// Values and gradients of the constraints beyond bounds.
    fn constrain(&self, work: &mut Work<NX, NU>);
    /// All about the plan but the last knot: the largest entries of the Lagrangian's gradient and of the defects, and the
    /// larger of both free of units.
    fn expand(&self, work: &mut Work<NX, NU>, curved: bool) -> (f64, f64, f64);
    /// The cost to go from the last knot, with its rows; the slope of the cost alone.
    fn end(&self, work: &mut Work<NX, NU>) -> [f64; NX];
    /// The exact Hessian instead of Gauss and Newton's.
    fn bend(&mut self, work: &mut Work<NX, NU>);
    /// The cost of the trial and the sum of its defects, each against the size of its state; values of its constraints.
    fn try_out(&self, work: &mut Work<NX, NU>) -> (f64, f64);
}

/// An [`Ocp`] by multiple shooting with RK4.
pub(super) struct Shooting<D, C, const NX: usize, const NU: usize, const NP: usize> {
    nlp: Transcribed<D, C, Mirk<4>, NX, NU, NP>,
    /// Room for exact Hessians.
    plan: Trajectory<NX, NU>,
    multipliers: Vec<[f64; NX]>,
    expansion: Expansion<NX, NU>,
    weights: Vec<f64>,
    rows: Vec<Linear<NX, NU>>,
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Shooting<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP> + Send + 'static,
    C: Cost<NX, NU, NP> + Send + 'static,
{
    pub fn boxed(ocp: Ocp<D, C, NX, NU, NP>) -> Box<dyn Problem<NX, NU>> {
        let nlp = ocp.transcribe(RK4);
        let n = nlp.ocp().intervals();
        let constraints = nlp.constraints(n).len();
        Box::new(Shooting {
            plan: Trajectory::constant(n, nlp.ocp().start(), [0.0; NU]),
            multipliers: vec![[0.0; NX]; n],
            expansion: Expansion::new(n),
            weights: vec![0.0; constraints],
            rows: vec![Linear::zero(); constraints],
            nlp,
        })
    }

    fn measure(&self) -> f64 {
        match self.nlp.ocp().quadrature {
            Quadrature::Sum => 1.0,
            Quadrature::Integral => self.nlp.ocp().step,
        }
    }

    fn places(&self) -> Places<'_, D, C, NP> {
        let ocp = self.nlp.ocp();
        Places {
            dynamics: &ocp.dynamics,
            cost: &ocp.cost,
            parameters: &ocp.parameters,
            h: ocp.step,
            measure: self.measure(),
        }
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

    fn start(&self) -> [f64; NX] {
        self.nlp.ocp().start()
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

    fn solve(&self, options: &interior::Options) -> Result<Solution<NX, NU>, ProblemError> {
        let guess = Trajectory::constant(self.intervals(), self.start(), [0.0; NU]);
        interior::solve(&self.nlp, &guess, options)
    }

    fn unit(&self, solution: &Solution<NX, NU>, (x, u): &([f64; NX], [f64; NU])) -> f64 {
        let mut expansion = Expansion::new(self.intervals());
        self.nlp.expand(&solution.plan, &solution.multipliers, Hessian::GaussNewton, &mut expansion);
        let sizes = || x.iter().chain(u).cycle();
        let slopes = expansion.slopes().zip(sizes()).map(|(slope, size)| slope.abs() * size);
        let most = |values: &mut dyn Iterator<Item = f64>| values.fold(0.0f64, f64::max);
        let diagonal = expansion.blocks.iter().flat_map(|block| {
            let of_x = (0..NX).map(|i| block.xx[(i, i)] * x[i] * x[i]);
            of_x.chain((0..NU).map(|j| block.uu[(j, j)] * u[j] * u[j]))
        });
        let candidates = [most(&mut slopes.into_iter()), most(&mut diagonal.into_iter())];
        candidates.into_iter().find(|unit| *unit > 0.0 && unit.is_finite()).unwrap_or(1.0)
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
        for k in 0..n {
            self.plan.states[k] = work.plan.state(k);
            self.plan.controls[k] = work.plan.control(k);
            self.multipliers[k] = from_fn(|i| work.multipliers[i].as_flattened()[k + 1]);
        }
        self.plan.states[n] = work.plan.state(n);
        self.nlp.expand(&self.plan, &self.multipliers, Hessian::Exact, &mut self.expansion);
        if !self.rows.is_empty() {
            self.nlp.linearize(&self.plan, &mut self.rows);
            self.weights.fill(0.0);
            work.weigh_constraints(&mut self.weights);
            self.nlp.bend(&self.plan, &self.weights, &mut self.expansion);
        }
        for (k, block) in self.expansion.blocks.iter().enumerate() {
            let (stage, x, u) = (&mut work.stages[k], work.curvature.state(k), work.curvature.control(k));
            for i in 0..NX {
                stage.xx[i] = from_fn(|m| block.xx[(i, m)]);
                stage.xx[i][i] += x[i];
            }
            for j in 0..NU {
                stage.ux[j] = from_fn(|m| block.ux[(j, m)]);
                stage.uu[j] = from_fn(|m| block.uu[(j, m)]);
                stage.uu[j][j] += u[j];
            }
        }
        let x = work.curvature.state(n);
        for i in 0..NX {
            work.to_go[n].curvature[i] = from_fn(|m| self.expansion.xx[(i, m)]);
            work.to_go[n].curvature[i][i] += x[i];
        }
        work.stiffen_constraints();
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
