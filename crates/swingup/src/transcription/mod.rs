//! The problem on knots: each interval's dynamics as equations between its two ends.
//!
//! | scheme | order | equations |
//! | --- | --- | --- |
//! | [`MIDPOINT`] | 2 | `x₊ - x - h f((x + x₊)/2)` |
//! | [`TRAPEZOID`] | 2 | `x₊ - x - h/2 (f(x) + f(x₊))` |
//! | [`HERMITE_SIMPSON`] | 4 | Simpson's rule over Hermite's cubic |
//! | [`RK4`] | 4 | `x₊ - Φ(x, u)`: multiple shooting |
//! | [`VariationalMidpoint`] | 2 | the discrete Euler-Lagrange equations |
//!
//! The control is held over the interval. All have one shape, a defect `d(x, u, x₊)` in the unit of the state, so that what
//! is behind them, expansion and solvers, does not know which one it is.

mod augmented;
mod between;
mod constrained;
mod mirk;
mod slopes;
mod variational;

use alloc::vec::Vec;

use nalgebra::{SMatrix, SVector};

pub use between::Between;
pub use mirk::{HERMITE_SIMPSON, MIDPOINT, Mirk, RK4, TRAPEZOID};
pub use variational::VariationalMidpoint;

use crate::constraints::Bounds;
use crate::cost::{Bends, Cost, Curvature, Even, GaussNewton, Total};
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::{Dual, Pattern, Sparsity};
use crate::ocp::ProblemError;
use crate::second_order::{Bending, KnotHessian, SecondOrder};
use crate::{At, Dynamics, Ocp, Real, Scalar, Trajectory};

/// How the dynamics of an interval become equations `d(x, u, x₊) = 0` between its ends; `D` is what moves.
pub trait Scheme<D, const NX: usize, const NU: usize, const NP: usize = 0> {
    /// Name, for figures.
    fn name(&self) -> &'static str;

    /// Order p: the error of a motion falls as `h^p`.
    fn order(&self) -> usize;

    /// Is `d = x₊ - Φ(x, u)`?
    fn explicit(&self) -> bool;

    /// The defect over an interval of length `h`, in the unit of the state.
    fn defect<S: Scalar>(&self, f: &D, at: &At<'_, S, NP>, h: f64, x: [S; NX], u: [S; NU], next: [S; NX]) -> [S; NX];

    /// Which pairs of arguments its second derivatives need: passed to [`expand`](Scheme::expand).
    fn bends(&self, f: &D, at: &At<'_, Sparsity, NP>) -> Pattern;

    /// The defect with its derivatives, and with the second derivatives of `λ'd` if there is a multiplier λ.
    #[allow(clippy::too_many_arguments)]
    fn expand<R: Real>(
        &self,
        f: &D,
        bends: &Pattern,
        at: &At<'_, R, NP>,
        h: f64,
        ends: [&[R; NX]; 2],
        u: &[R; NU],
        multiplier: Option<&[R; NX]>,
    ) -> Interval<NX, NU, R>;
}

/// A defect with its derivatives: `d + E dx₊ - A dx - B du`, and the curvature of `λ'd` in blocks over `x`, `u`, `x₊` (n).
#[derive(Clone, Copy, Debug)]
pub struct Interval<const NX: usize, const NU: usize, R = f64> {
    /// d.
    pub defect: SVector<R, NX>,
    /// A.
    pub a: SMatrix<R, NX, NX>,
    /// B.
    pub b: SMatrix<R, NX, NU>,
    /// E.
    pub e: SMatrix<R, NX, NX>,
    /// Curvature in x and x.
    pub xx: SMatrix<R, NX, NX>,
    /// In u and x.
    pub ux: SMatrix<R, NU, NX>,
    /// In u and u.
    pub uu: SMatrix<R, NU, NU>,
    /// In x₊ and x.
    pub nx: SMatrix<R, NX, NX>,
    /// In x₊ and u.
    pub nu: SMatrix<R, NX, NU>,
    /// In x₊ and x₊.
    pub nn: SMatrix<R, NX, NX>,
}

impl<const NX: usize, const NU: usize, R: Real> Interval<NX, NU, R> {
    /// All zero.
    #[inline(always)]
    pub fn zeros() -> Self {
        let (square, tall) = (SMatrix::zeros(), SMatrix::zeros());
        let (ux, uu) = (SMatrix::zeros(), SMatrix::zeros());
        let defect = SVector::zeros();
        Interval { defect, a: square, b: tall, e: square, xx: square, ux, uu, nx: square, nu: tall, nn: square }
    }
}

/// An [`Ocp`] on knots, each interval written by a [`Scheme`].
#[derive(Clone, Debug)]
pub struct Transcribed<D, C, T, const NX: usize, const NU: usize, const NP: usize = 0> {
    ocp: Ocp<D, C, NX, NU, NP>,
    scheme: T,
    /// Where the interval's dynamics, the running and the terminal cost bend.
    bends: [Pattern; 3],
    /// The constraints of a knot with a control, and of the last one.
    margins: [constrained::Structure; 2],
}

impl<D, C, const NX: usize, const NU: usize, const NP: usize> Ocp<D, C, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    /// The problem on knots, with the dynamics of each interval written as `scheme` writes them.
    pub fn transcribe<T: Scheme<D, NX, NU, NP>>(self, scheme: T) -> Transcribed<D, C, T, NX, NU, NP> {
        Transcribed::new(self, scheme)
    }
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> Transcribed<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    fn new(ocp: Ocp<D, C, NX, NU, NP>, scheme: T) -> Self {
        let p = [Sparsity::from(0.0); NP];
        let at = At { t: Sparsity::from(0.0), p: &p };
        let running = Pattern::read(NX + NU, || {
            let mut bends = Bends::default();
            ocp.cost.running(&at, Sparsity::variables(0), Sparsity::variables(NX), &mut bends);
            bends.0
        });
        let terminal = Pattern::read(NX + NU, || {
            let mut bends = Bends::default();
            ocp.cost.terminal(&at, Sparsity::variables(0), &mut bends);
            bends.0
        });
        let bends = [scheme.bends(&ocp.dynamics, &at), running, terminal];
        let margins = constrained::Structure::of(&ocp.cost);
        Transcribed { ocp, scheme, bends, margins }
    }

    /// The problem.
    pub fn ocp(&self) -> &Ocp<D, C, NX, NU, NP> {
        &self.ocp
    }

    /// Another start for the same problem: [`Ocp::set_start`].
    ///
    /// # Errors
    /// When it is not finite, or the dynamics have no value there; the problem is then unchanged.
    pub fn set_start(&mut self, start: [f64; NX]) -> Result<(), ProblemError> {
        self.ocp.set_start(start)
    }

    /// Other parameters at knot `k`: [`Ocp::set_parameters`].
    ///
    /// # Errors
    /// When there is no such knot, a number is not finite, or a weight becomes negative; the problem is then unchanged.
    pub fn set_parameters(&mut self, k: usize, p: [f64; NP]) -> Result<(), ProblemError> {
        self.ocp.set_parameters(k, p)
    }

    /// Other limits at knot `k`: [`Ocp::set_bounds`].
    ///
    /// # Errors
    /// When there is no such knot, or limits or prices are none; the problem is then unchanged.
    pub fn set_bounds(&mut self, k: usize, bounds: Bounds<NX, NU>) -> Result<(), ProblemError> {
        self.ocp.set_bounds(k, bounds)
    }

    /// What the rates of the dynamics depend on and bend with, states first; `None` where there are too many to tell apart.
    pub(crate) fn rates_structure(&self) -> Option<[Sparsity; NX]> {
        let zero = Sparsity::from(0.0);
        let at = At { t: zero, p: &[zero; NP] };
        (NX + NU <= Sparsity::MOST)
            .then(|| self.ocp.dynamics.xdot(&at, Sparsity::variables(0), Sparsity::variables(NX)))
    }

    /// What the dynamics of interval `k` give to the exact Hessian of the Lagrangian, for an explicit scheme.
    #[inline(always)]
    pub(crate) fn bent_dynamics(
        &self,
        k: usize,
        ends: [&[f64; NX]; 2],
        u: &[f64; NU],
        multiplier: &[f64; NX],
    ) -> Interval<NX, NU> {
        let at = At { t: k as f64 * self.ocp.step, p: &self.ocp.parameters[k] };
        self.scheme.expand(&self.ocp.dynamics, &self.bends[0], &at, self.ocp.step, ends, u, Some(multiplier))
    }

    /// What the cost of knot `k` has in its exact Hessian over Gauss and Newton's, if anything; `u` is none at the end.
    pub(crate) fn bent_cost(&self, k: usize, x: &[f64; NX], u: Option<&[f64; NU]>) -> Option<KnotHessian<f64, NX, NU>> {
        let mut bend = self.bent_terms(k, x, u)?;
        if u.is_some() {
            bend.scale(self.measure());
        }
        Some(bend)
    }

    /// Does the Gauss-Newton Hessian of the running cost depend on parameters only: is it made of squares that are linear?
    pub(crate) fn is_curved_evenly(&self) -> bool {
        if NX + NU > Sparsity::MOST {
            return false;
        }
        let p = [Sparsity::from(0.0); NP];
        let at = At { t: Sparsity::from(0.0), p: &p };
        let mut even = Even(true);
        self.ocp.cost.running(&at, Sparsity::variables(0), Sparsity::variables(NX), &mut even);
        even.0
    }

    /// Are the dynamics linear, by the same matrices at all times and for all parameters?
    pub(crate) fn is_linear_evenly(&self) -> bool {
        if NX + NU + NP >= Sparsity::MOST {
            return false;
        }
        let at = At { t: Sparsity::variable(NX + NU + NP), p: &Sparsity::variables::<NP>(NX + NU) };
        let rates = self.ocp.dynamics.xdot(&at, Sparsity::variables(0), Sparsity::variables(NX));
        rates.iter().all(Sparsity::is_linear)
    }

    /// Do the dynamics depend on the parameters?
    pub(crate) fn moves_with_parameters(&self) -> bool {
        if NP > Sparsity::MOST {
            return true;
        }
        let zero = Sparsity::from(0.0);
        let at = At { t: zero, p: &Sparsity::variables::<NP>(0) };
        let next = self.scheme.defect(&self.ocp.dynamics, &at, self.ocp.step, [zero; NX], [zero; NU], [zero; NX]);
        next.iter().any(|d| (0..NP).any(|i| d.depends_on(i)))
    }

    /// The scheme.
    pub fn scheme(&self) -> &T {
        &self.scheme
    }

    /// Factor of the running cost.
    pub(crate) fn measure(&self) -> f64 {
        match self.ocp.quadrature {
            crate::ocp::Quadrature::Sum => 1.0,
            crate::ocp::Quadrature::Integral => self.ocp.step,
        }
    }

    /// Time and parameters of knot `k` in any numbers.
    #[inline(always)]
    fn place<S: Scalar>(&self, k: usize) -> (S, [S; NP]) {
        (S::from(k as f64 * self.ocp.step), self.ocp.parameters[k].map(S::from))
    }

    /// Time of knot `k` with the parameters of the last one.
    #[inline(always)]
    fn end<S: Scalar>(&self, k: usize) -> (S, [S; NP]) {
        (S::from(k as f64 * self.ocp.step), self.ocp.parameters[self.ocp.intervals()].map(S::from))
    }

    /// The intervals of a plan, which are the first of the horizon.
    #[track_caller]
    fn within<R: Real>(&self, plan: &Trajectory<NX, NU, R>) -> usize {
        let n = plan.intervals().min(self.ocp.intervals());
        plan.must_have(n);
        n
    }

    /// The cost J of a plan.
    fn total<R: Real>(&self, plan: &Trajectory<NX, NU, R>) -> R {
        let n = self.within(plan);
        let mut running = Total(R::zero());
        for (k, u) in plan.controls.iter().enumerate() {
            let (t, p) = self.place(k);
            self.ocp.cost.running(&At { t, p: &p }, plan.states[k], *u, &mut running);
        }
        let (t, p) = self.end(n);
        let mut total = Total(running.0 * self.measure());
        self.ocp.cost.terminal(&At { t, p: &p }, plan.states[n], &mut total);
        total.0
    }

    /// Gradient and curvature of the cost of knot `k`, running or terminal as `u` is there.
    fn price<R: Real>(&self, k: usize, x: &[R; NX], u: Option<&[R; NU]>, hessian: Hessian) -> GaussNewton<R, NX, NU> {
        let (t, p) = if u.is_some() { self.place(k) } else { self.end(k) };
        let mut sum = GaussNewton::new();
        let duals = p.map(Dual::constant);
        let at = At { t: Dual::constant(t), p: &duals };
        match u {
            Some(u) => self.ocp.cost.running(&at, Dual::variables(*x), Dual::controls(*u), &mut sum),
            None => self.ocp.cost.terminal(&at, Dual::variables(*x), &mut sum),
        }
        if hessian == Hessian::Exact
            && let Some(bend) = self.bent_terms(k, x, u)
        {
            sum.xx += bend.xx;
            sum.ux += bend.ux;
            sum.uu += bend.uu;
        }
        sum
    }

    /// Second derivatives of the terms of knot `k` that are no squares of linear ones, if there are any.
    fn bent_terms<R: Real>(&self, k: usize, x: &[R; NX], u: Option<&[R; NU]>) -> Option<KnotHessian<R, NX, NU>> {
        let pattern = if u.is_some() { &self.bends[1] } else { &self.bends[2] };
        if pattern.bent().is_empty() {
            return None;
        }
        let (t, p) = if u.is_some() { self.place(k) } else { self.end(k) };
        let mut bend = KnotHessian::zeros();
        let terms = Terms { cost: &self.ocp.cost, t, p: &p, terminal: u.is_none() };
        let rest = [R::zero(); NU];
        let u = u.unwrap_or(&rest);
        // A cost may name its state by a number that only the run knows, which jets with constant lanes cannot follow.
        match pattern.bent() {
            few @ ([_] | [_, _]) => bend.pass::<2, 2, 3>(&terms, few, x, u),
            _ => bend.read(&terms, pattern, x, u),
        }
        Some(bend)
    }
}

/// The terms of a knot's cost, for their second derivatives.
struct Terms<'a, C, R, const NP: usize> {
    cost: &'a C,
    t: R,
    p: &'a [R; NP],
    terminal: bool,
}

impl<C, R: Real, const NX: usize, const NU: usize, const NP: usize> SecondOrder<R, NX, NU> for Terms<'_, C, R, NP>
where
    C: Cost<NX, NU, NP>,
{
    #[inline(always)]
    fn hessian<J: Bending<R>>(&self, x: [J; NX], u: [J; NU]) -> J::Hessian {
        let p: [_; NP] = core::array::from_fn(|i| J::constant(self.p[i]));
        let at = At { t: J::constant(self.t), p: &p };
        let mut sum = Curvature::<R, J>(J::flat());
        if self.terminal {
            self.cost.terminal(&at, x, &mut sum);
        } else {
            self.cost.running(&at, x, u, &mut sum);
        }
        sum.0
    }
}

impl<D, C, T, R: Real, const NX: usize, const NU: usize, const NP: usize> Nlp<NX, NU, R>
    for Transcribed<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    fn intervals(&self) -> usize {
        self.ocp.intervals()
    }

    fn start(&self) -> [R; NX] {
        self.ocp.start.map(R::from)
    }

    fn step(&self) -> f64 {
        self.ocp.step
    }

    fn inequalities(&self) -> usize {
        crate::constrained::inequalities(self)
    }

    fn pattern(&self) -> Pattern {
        Pattern::read(2 * NX + NU, || {
            let p = [Sparsity::from(0.0); NP];
            let at = At { t: Sparsity::from(0.0), p: &p };
            let (x, u, next) = (Sparsity::variables(0), Sparsity::variables(NX), Sparsity::variables(NX + NU));
            let (mut running, mut terminal) = (Total(Sparsity::from(0.0)), Total(Sparsity::from(0.0)));
            self.ocp.cost.running(&at, x, u, &mut running);
            self.ocp.cost.terminal(&at, x, &mut terminal);
            let defect = self.scheme.defect(&self.ocp.dynamics, &at, self.ocp.step, x, u, next);
            let squares = defect.map(|d| d * d);
            squares.into_iter().chain([running.0, terminal.0]).collect::<Vec<_>>()
        })
    }

    fn evaluate(&self, plan: &Trajectory<NX, NU, R>, defects: &mut [[R; NX]]) -> R {
        let (h, n) = (self.ocp.step, self.within(plan));
        assert!(defects.len() == n, "room for {} defects, not {n}", defects.len());
        for ((k, (ends, u)), defect) in plan.states.windows(2).zip(&plan.controls).enumerate().zip(defects) {
            let (t, p) = self.place(k);
            *defect = self.scheme.defect(&self.ocp.dynamics, &At { t, p: &p }, h, ends[0], *u, ends[1]);
        }
        self.total(plan)
    }

    fn expand(
        &self,
        plan: &Trajectory<NX, NU, R>,
        multipliers: &[[R; NX]],
        hessian: Hessian,
        out: &mut Expansion<NX, NU, R>,
    ) {
        let (h, n, measure) = (self.ocp.step, self.within(plan), R::from(self.measure()));
        assert!(multipliers.len() == n, "{} multipliers, not {n}", multipliers.len());
        out.must_have(n);
        out.explicit = self.scheme.explicit();
        // The curvature that an interval leaves to the state at its far end.
        let mut left = SMatrix::<R, NX, NX>::zeros();
        for (k, block) in out.blocks.iter_mut().enumerate() {
            let (t, p) = self.place(k);
            let ends = [&plan.states[k], &plan.states[k + 1]];
            let u = &plan.controls[k];
            let multiplier = (hessian == Hessian::Exact).then(|| &multipliers[k]);
            let at = At { t, p: &p };
            let interval = self.scheme.expand(&self.ocp.dynamics, &self.bends[0], &at, h, ends, u, multiplier);
            let price = self.price(k, ends[0], Some(u), hessian);
            block.a = interval.a;
            block.b = interval.b;
            block.e = interval.e;
            block.defect = interval.defect;
            block.x = price.x * measure;
            block.u = price.u * measure;
            block.xx = price.xx * measure + interval.xx + left;
            block.ux = price.ux * measure + interval.ux;
            block.uu = price.uu * measure + interval.uu;
            block.nx = interval.nx;
            block.nu = interval.nu;
            left = interval.nn;
        }
        let price = self.price(n, &plan.states[n], None, hessian);
        out.x = price.x;
        out.xx = price.xx + left;
    }
}
