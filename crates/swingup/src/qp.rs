//! The linear-quadratic problem on knots with inequalities.

use alloc::string::ToString;
use alloc::vec::Vec;

use nalgebra::{SMatrix, SVector};

use crate::Trajectory;
use crate::constrained::{Constrained, Constraint, Linear, Side, inequalities};
use crate::constraints::Bounds;
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::interior::{self, Options, Solution, Start};
use crate::newton::measure::largest;
use crate::ocp::{ProblemError, require};

/// A time-varying linear-quadratic problem with bounds and general rows,
///
/// ```text
/// minimize   Σ_k g_x'x + g_u'u + 1/2 x'Qx + u'Sx + 1/2 u'Ru + x₊'Tx + x₊'Vu   + terminal part
/// subject to d_k + E_k x_{k+1} - A_k x_k - B_k u_k = 0,   x_0 = start,
///            bounds,   c_i + a_i'x_k + b_i'u_k >= 0  or  = 0
/// ```
/// with the letters of an [`Expansion`]. It is the problem that every Newton step of a nonlinear one approximates: [`Qp::about`].
#[derive(Clone, Debug, PartialEq)]
pub struct Qp<const NX: usize, const NU: usize> {
    /// x_0.
    pub start: [f64; NX],
    /// Dynamics and cost.
    pub expansion: Expansion<NX, NU>,
    /// Limits of each knot; a missing one has none.
    pub bounds: Vec<Bounds<NX, NU>>,
    /// Values of states and controls that count as large, 0 where those of the solution say it.
    pub sizes: ([f64; NX], [f64; NU]),
    /// The general rows, in the order of their knots.
    pub rows: Vec<(Constraint, Linear<NX, NU>)>,
}

/// What shows that a problem has no solution: multipliers λ of the dynamics, and z >= 0 of inequalities, whose combination of all
/// constraints says `residual'(x, u) >= value` for every motion, with `value > 0`. Soft constraints and their prices have no part in it.
///
/// The largest multiplier is 1. With a residual of zero that is a contradiction. With a small one, no motion with
/// `|x|, |u| <= value / (n residual)`, n the number of variables, keeps the constraints.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Certificate {
    /// By how much the combined constraints contradict themselves.
    pub value: f64,
    /// The largest entry of what is left of the variables.
    pub residual: f64,
}

impl<const NX: usize, const NU: usize> Qp<NX, NU> {
    /// No cost, no constraint, and `x₊ = x`, over so many intervals.
    pub fn new(start: [f64; NX], intervals: usize) -> Self {
        let bounds = alloc::vec![Bounds::FREE; intervals + 1];
        let sizes = ([0.0; NX], [0.0; NU]);
        Qp { start, expansion: Expansion::new(intervals), bounds, sizes, rows: Vec::new() }
    }

    /// The approximation of a problem about a motion, in the way from it: `x - x̄`, `u - ū`; `multipliers` are those of the defects,
    /// `prices` those of the constraints beyond bounds ([`Warm::prices`](interior::Warm::prices)).
    ///
    /// # Panics
    /// When there are not as many as defects and constraints.
    pub fn about(
        nlp: &impl Constrained<NX, NU>,
        plan: &Trajectory<NX, NU>,
        multipliers: &[[f64; NX]],
        prices: &[f64],
        hessian: Hessian,
    ) -> Self {
        let n = plan.intervals();
        let start = nlp.start();
        let mut qp = Qp::new(core::array::from_fn(|i| start[i] - plan.states[0][i]), n);
        nlp.expand(plan, multipliers, hessian, &mut qp.expansion);
        for (x, u) in plan.states.iter().zip(plan.controls.iter().chain(&[[0.0; NU]])) {
            (0..NX).for_each(|i| qp.sizes.0[i] = qp.sizes.0[i].max(x[i].abs()));
            (0..NU).for_each(|j| qp.sizes.1[j] = qp.sizes.1[j].max(u[j].abs()));
        }
        for (k, bounds) in qp.bounds.iter_mut().enumerate() {
            *bounds = nlp.bounds(k);
            for (bound, x) in bounds.states.iter_mut().zip(plan.states[k]) {
                (bound.lower, bound.upper) = (bound.lower - x, bound.upper - x);
            }
            for (bound, u) in bounds.controls.iter_mut().zip(plan.controls.get(k).copied().unwrap_or([0.0; NU])) {
                (bound.lower, bound.upper) = (bound.lower - u, bound.upper - u);
            }
        }
        let constraints = nlp.constraints(n);
        let mut linear = alloc::vec![Linear::zero(); constraints.len()];
        nlp.linearize(plan, &mut linear);
        assert!(prices.len() == constraints.len(), "{} prices of {} constraints", prices.len(), constraints.len());
        if hessian == Hessian::Exact {
            let weights: Vec<f64> = prices.iter().map(|price| -price).collect();
            nlp.bend(plan, &weights, &mut qp.expansion);
        }
        qp.rows = constraints.into_iter().zip(linear).collect();
        qp
    }

    /// Solves it from rest: no motion, no controls.
    ///
    /// # Errors
    /// When limits contradict each other, a row stands at a knot that is not there, or an option is out of range.
    pub fn solve(&self, options: &Options) -> Result<Solution<NX, NU>, ProblemError> {
        self.check()?;
        let guess = Trajectory::constant(self.intervals(), self.start, [0.0; NU]);
        interior::solve(self, &guess, &Options { start: Start::Guess, ..options.clone() })
    }

    /// Solves it from the solution of a similar one.
    ///
    /// # Errors
    /// Those of [`solve`](Self::solve), and when the other one has another length.
    pub fn solve_from(&self, like: &Solution<NX, NU>, options: &Options) -> Result<Solution<NX, NU>, ProblemError> {
        self.check()?;
        interior::solve_from(self, like, options)
    }

    fn check(&self) -> Result<(), ProblemError> {
        let n = self.intervals();
        for (r, (constraint, _)) in self.rows.iter().enumerate() {
            let there = constraint.knot <= n && (r == 0 || self.rows[r - 1].0.knot <= constraint.knot);
            require(there, constraint.knot as f64, "a knot of the horizon, after the one before", || {
                alloc::format!("knot of row {r}")
            })?;
        }
        Ok(())
    }

    /// What shows that it has no solution, from an [infeasible](interior::Status::Infeasible) run; `None` when the run shows no such
    /// thing.
    ///
    /// The multipliers of that run, which minimizes violations at a price, are the combination: it is checked here, not believed.
    pub fn certificate(&self, solution: &Solution<NX, NU>) -> Option<Certificate> {
        let n = self.intervals();
        if !matches!(solution.report.status, interior::Status::Infeasible { .. }) {
            return None;
        }
        // λ'(d + E x₊ - A x - B u) - Σ z (c + a'x + b'u) is at most 0 for every motion that keeps the constraints: sorted by variables,
        // `value` is its constant, and x and u are its slopes.
        let multipliers = solution.multipliers.iter().map(|l| SVector::<f64, NX>::from(*l));
        let mut x = alloc::vec![SVector::<f64, NX>::zeros(); n + 1];
        let mut u = alloc::vec![SVector::<f64, NU>::zeros(); n];
        let mut value = 0.0;
        for ((k, block), l) in self.expansion.blocks.iter().enumerate().zip(multipliers) {
            value += l.dot(&block.defect);
            x[k] -= block.a.tr_mul(&l);
            u[k] -= block.b.tr_mul(&l);
            x[k + 1] += block.e.tr_mul(&l);
        }
        let mut most = 0.0f64;
        for row in solution.warm.rows.iter().filter(|row| row.is_meant()) {
            let (knot, z) = (row.knot, row.z);
            most = most.max(z);
            match row.side {
                Side::State { i, sign, limit } => {
                    x[knot][i] -= sign * z;
                    value += sign * z * limit;
                }
                Side::Control { j, sign, limit } => {
                    u[knot][j] -= sign * z;
                    value += sign * z * limit;
                }
                Side::Row { place, sign } => {
                    let row = &self.rows[place].1;
                    x[knot] -= row.x * (sign * z);
                    if knot < n {
                        u[knot] -= row.u * (sign * z);
                    }
                    value -= sign * z * row.value;
                }
            }
        }
        value += x[0].dot(&SVector::from(self.start));
        let residual = x[1..].iter().map(SVector::amax).chain(u.iter().map(SVector::amax)).fold(0.0, f64::max);
        let plan = &solution.plan;
        let far = largest(plan.states.as_flattened().iter().chain(plan.controls.as_flattened()).copied());
        let count = (n * (NX + NU)) as f64;
        // A contradiction within ten times the size of the motion; beyond, it says nothing.
        (most > 0.0 && value > 10.0 * far * count * residual)
            .then(|| Certificate { value: value / most, residual: residual / most })
    }
}

impl<const NX: usize, const NU: usize> Nlp<NX, NU> for Qp<NX, NU> {
    fn intervals(&self) -> usize {
        self.expansion.blocks.len()
    }

    fn start(&self) -> [f64; NX] {
        self.start
    }

    fn step(&self) -> f64 {
        1.0
    }

    fn inequalities(&self) -> usize {
        inequalities(self)
    }

    fn evaluate(&self, plan: &Trajectory<NX, NU>, defects: &mut [[f64; NX]]) -> f64 {
        for (k, defect) in defects.iter_mut().enumerate() {
            *defect = self.defect(k, plan.states[k], plan.controls[k], plan.states[k + 1]);
        }
        self.cost(plan)
    }

    fn expand(&self, plan: &Trajectory<NX, NU>, _: &[[f64; NX]], _: Hessian, out: &mut Expansion<NX, NU>) {
        let n = plan.intervals();
        out.explicit = self.expansion.explicit;
        let mut before = SVector::<f64, NX>::zeros();
        for (k, (block, from)) in out.blocks.iter_mut().zip(&self.expansion.blocks).enumerate() {
            let (x, u, next) =
                (SVector::from(plan.states[k]), SVector::from(plan.controls[k]), SVector::from(plan.states[k + 1]));
            block.clone_from(from);
            block.x += from.xx * x + from.ux.tr_mul(&u) + from.nx.tr_mul(&next) + before;
            block.u += from.ux * x + from.uu * u + from.nu.tr_mul(&next);
            block.defect += from.e * next - from.a * x - from.b * u;
            before = from.nx * x + from.nu * u;
        }
        let x = SVector::from(plan.states[n]);
        let xx: &SMatrix<f64, NX, NX> = &self.expansion.xx;
        (out.x, out.xx) = (self.expansion.x + xx * x + before, *xx);
    }
}

impl<const NX: usize, const NU: usize> Constrained<NX, NU> for Qp<NX, NU> {
    fn names(&self) -> ([alloc::string::String; NX], [alloc::string::String; NU]) {
        let numbered = |letter: &str, i: usize| letter.to_string() + &i.to_string();
        (core::array::from_fn(|i| numbered("x", i)), core::array::from_fn(|j| numbered("u", j)))
    }

    fn sizes(&self) -> ([f64; NX], [f64; NU]) {
        self.sizes
    }

    fn bounds(&self, k: usize) -> Bounds<NX, NU> {
        self.bounds.get(k).copied().unwrap_or(Bounds::FREE)
    }

    fn constraints(&self, intervals: usize) -> Vec<Constraint> {
        let standing = |knot: usize| knot < intervals || knot == self.intervals();
        self.rows.iter().map(|row| row.0).filter(|constraint| standing(constraint.knot)).collect()
    }

    fn margins(&self, plan: &Trajectory<NX, NU>, values: &mut [f64]) {
        for (value, (constraint, row)) in values.iter_mut().zip(&self.rows) {
            *value = row.value + row.along(constraint.knot, plan);
        }
    }

    fn linearize(&self, plan: &Trajectory<NX, NU>, rows: &mut [Linear<NX, NU>]) {
        for (out, (constraint, row)) in rows.iter_mut().zip(&self.rows) {
            *out = Linear { value: row.value + row.along(constraint.knot, plan), ..*row };
        }
    }

    fn bend(&self, _: &Trajectory<NX, NU>, _: &[f64], _: &mut Expansion<NX, NU>) {}

    fn cost(&self, plan: &Trajectory<NX, NU>) -> f64 {
        let n = plan.intervals();
        let mut cost = 0.0;
        for (k, block) in self.expansion.blocks[..n].iter().enumerate() {
            let (x, u, next) =
                (SVector::from(plan.states[k]), SVector::from(plan.controls[k]), SVector::from(plan.states[k + 1]));
            cost += block.x.dot(&x) + block.u.dot(&u) + 0.5 * (x.dot(&(block.xx * x)) + u.dot(&(block.uu * u)));
            cost += u.dot(&(block.ux * x)) + next.dot(&(block.nx * x + block.nu * u));
        }
        let x = SVector::from(plan.states[n]);
        cost + self.expansion.x.dot(&x) + 0.5 * x.dot(&(self.expansion.xx * x))
    }

    fn defect(&self, k: usize, x: [f64; NX], u: [f64; NU], next: [f64; NX]) -> [f64; NX] {
        let block = &self.expansion.blocks[k];
        let (x, u, next) = (SVector::from(x), SVector::from(u), SVector::from(next));
        (block.defect + block.e * next - block.a * x - block.b * u).into()
    }
}
