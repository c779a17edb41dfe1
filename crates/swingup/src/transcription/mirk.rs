//! Mono-implicit Runge-Kutta schemes: midpoint, trapezoid, Hermite-Simpson and the explicit ones, as one formula.

use nalgebra::{SMatrix, SVector};

use super::slopes::{Slopes, axpy};
use super::{Interval, Scheme};
use crate::inspect::{Dual, Pattern, Sparsity};
use crate::second_order::{Bending, KnotHessian, SecondOrder, each_lane};
use crate::{At, Dynamics, Real, Scalar};

/// A scheme whose stages depend on the two ends of the interval and on the stages before them, the control held:
///
/// ```text
/// k_i = f(t + c_i h, (1 - v_i) x + v_i x₊ + h Σ_{j<i} a_ij k_j, u)
/// d   = x₊ - x - h Σ b_i k_i                                            h the step
/// ```
/// With `v = 0` it is an explicit Runge-Kutta step and `d = x₊ - Φ(x, u)`: multiple shooting. With `v != 0` it is
/// implicit in the far end only, and collocation is of this kind: one formula, one expansion for all.
///
/// J. R. Cash, A class of implicit Runge-Kutta methods for the numerical integration of stiff ordinary differential
/// equations, J. ACM 22 (1975); J. R. Cash, A. Singhal, IMA J. Numer. Anal. 2 (1982).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mirk<const STAGES: usize> {
    /// Name.
    name: &'static str,
    /// Order p: the error of a motion falls as `h^p`.
    order: usize,
    /// When each stage is, in steps.
    c: [f64; STAGES],
    /// How far each stage stands towards the far end.
    v: [f64; STAGES],
    /// What each stage takes from the stages before it.
    a: [[f64; STAGES]; STAGES],
    /// What each stage gives to the step.
    b: [f64; STAGES],
}

/// `x₊ = x + h f((x + x₊)/2)`: order 2, symmetric, and symplectic when the mass is constant.
pub const MIDPOINT: Mirk<1> = Mirk::new("midpoint", 2, [0.5], [0.5], [[0.0]], [1.0]);

/// `x₊ = x + h/2 (f(x) + f(x₊))`: order 2.
pub const TRAPEZOID: Mirk<2> = Mirk::new("trapezoid", 2, [0.0, 1.0], [0.0, 1.0], [[0.0; 2]; 2], [0.5, 0.5]);

/// `x₊ = x + h/6 (f + 4 f_m + f₊)` with the middle of Hermite's cubic, `x_m = (x + x₊)/2 + h/8 (f - f₊)`: order 4.
///
/// C. R. Hargraves, S. W. Paris, Direct trajectory optimization using nonlinear programming and collocation, 1987.
pub const HERMITE_SIMPSON: Mirk<3> = Mirk::new(
    "Hermite-Simpson",
    4,
    [0.0, 1.0, 0.5],
    [0.0, 1.0, 0.5],
    [[0.0; 3], [0.0; 3], [0.125, -0.125, 0.0]],
    [1.0 / 6.0, 1.0 / 6.0, 4.0 / 6.0],
);

/// Kutta's classical step of order 4, explicit.
pub const RK4: Mirk<4> = Mirk::new(
    "RK4",
    4,
    [0.0, 0.5, 0.5, 1.0],
    [0.0; 4],
    [[0.0; 4], [0.5, 0.0, 0.0, 0.0], [0.0, 0.5, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]],
    [1.0 / 6.0, 2.0 / 6.0, 2.0 / 6.0, 1.0 / 6.0],
);

impl<const STAGES: usize> Mirk<STAGES> {
    /// The scheme of this table; that it has the order it claims is not checked.
    ///
    /// ```
    /// use swingup::transcription::Mirk;
    ///
    /// /// `x₊ = x + h f(x)`.
    /// const EULER: Mirk<1> = Mirk::new("Euler", 1, [0.0], [0.0], [[0.0]], [1.0]);
    /// /// `x₊ = x + h f(x₊)`.
    /// const BACKWARD_EULER: Mirk<1> = Mirk::new("backward Euler", 1, [1.0], [1.0], [[0.0]], [1.0]);
    /// ```
    /// A stage that depends on itself or on a later one is not of this kind: such a constant does not compile.
    /// ```compile_fail
    /// # use swingup::transcription::Mirk;
    /// const GAUSS: Mirk<1> = Mirk::new("Gauss", 2, [0.5], [0.0], [[0.5]], [1.0]);
    /// ```
    ///
    /// # Panics
    /// When `a` is not strictly lower triangular, or the sum of `b` is not 1 within 1e-12.
    pub const fn new(
        name: &'static str,
        order: usize,
        c: [f64; STAGES],
        v: [f64; STAGES],
        a: [[f64; STAGES]; STAGES],
        b: [f64; STAGES],
    ) -> Self {
        let (mut i, mut sum) = (0, 0.0);
        while i < STAGES {
            let mut j = i;
            while j < STAGES {
                assert!(a[i][j] == 0.0, "a stage takes from the stages before it only: a is strictly lower triangular");
                j += 1;
            }
            sum += b[i];
            i += 1;
        }
        assert!(sum >= 1.0 - 1e-12 && sum <= 1.0 + 1e-12, "the sum of b is 1");
        Mirk { name, order, c, v, a, b }
    }

    /// Where stage `i` stands, given the stages before it.
    #[inline(always)]
    fn stage<S: Scalar, const NX: usize>(
        &self,
        i: usize,
        h: f64,
        x: &[S; NX],
        next: &[S; NX],
        k: &[[S; NX]],
    ) -> [S; NX] {
        let mut z = *x;
        for s in 0..NX {
            if self.v[i] != 0.0 {
                z[s] = x[s] * (1.0 - self.v[i]) + next[s] * self.v[i];
            }
            for j in 0..i {
                if self.a[i][j] != 0.0 {
                    z[s] = z[s] + k[j][s] * (h * self.a[i][j]);
                }
            }
        }
        z
    }
}

impl<D, const NX: usize, const NU: usize, const NP: usize, const STAGES: usize> Scheme<D, NX, NU, NP> for Mirk<STAGES>
where
    D: Dynamics<NX, NU, NP>,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn order(&self) -> usize {
        self.order
    }

    #[inline(always)]
    fn explicit(&self) -> bool {
        self.v == [0.0; STAGES]
    }

    #[inline(always)]
    fn defect<S: Scalar>(&self, f: &D, at: &At<'_, S, NP>, h: f64, x: [S; NX], u: [S; NU], next: [S; NX]) -> [S; NX] {
        let mut k = [x; STAGES];
        let mut d: [S; NX] = core::array::from_fn(|s| next[s] - x[s]);
        for i in 0..STAGES {
            k[i] = f.xdot(&At { t: at.t + self.c[i] * h, p: at.p }, self.stage(i, h, &x, &next, &k), u);
            for s in 0..NX {
                d[s] = d[s] - k[i][s] * (h * self.b[i]);
            }
        }
        d
    }

    fn bends(&self, f: &D, at: &At<'_, Sparsity, NP>) -> Pattern {
        Pattern::read(NX + NU, || f.xdot(at, Sparsity::variables(0), Sparsity::variables(NX)))
    }

    #[inline(always)]
    fn expand<R: Real>(
        &self,
        f: &D,
        bends: &Pattern,
        at: &At<'_, R, NP>,
        h: f64,
        [x, next]: [&[R; NX]; 2],
        u: &[R; NU],
        multiplier: Option<&[R; NX]>,
    ) -> Interval<NX, NU, R> {
        let mut out = Interval::zeros();
        let explicit = Scheme::<D, NX, NU, NP>::explicit(self);
        // Stages, the derivatives of f there, and those of where the stage stands and of its rate in x, u and x₊.
        let (mut k, mut z, mut t) = ([*x; STAGES], [*x; STAGES], [at.t; STAGES]);
        let mut fx = [[[R::zero(); NX]; NX]; STAGES];
        let (mut dz, mut dk) = ([Slopes::zeros(); STAGES], [Slopes::zeros(); STAGES]);
        out.a = SMatrix::identity();
        out.e = SMatrix::identity();
        out.defect = SVector::from_fn(|s, _| next[s] - x[s]);
        for i in 0..STAGES {
            t[i] = at.t + self.c[i] * h;
            z[i] = self.stage(i, h, x, next, &k);
            let rate = linearize(f, t[i], at.p, &z[i], u);
            for s in 0..NX {
                k[i][s] = rate[s].v;
                fx[i][s] = rate[s].x;
                dk[i].u[s] = rate[s].u;
                dz[i].x[s][s] = R::from(1.0 - self.v[i]);
                dz[i].next[s][s] = R::from(self.v[i]);
            }
            for j in (0..i).filter(|&j| self.a[i][j] != 0.0) {
                let ha = R::from(h * self.a[i][j]);
                for s in 0..NX {
                    axpy(&mut dz[i].x[s], ha, &dk[j].x[s]);
                    axpy(&mut dz[i].u[s], ha, &dk[j].u[s]);
                    if !explicit {
                        axpy(&mut dz[i].next[s], ha, &dk[j].next[s]);
                    }
                }
            }
            if (0..i).all(|j| self.a[i][j] == 0.0) {
                // A stage that stands on the knots themselves needs no product.
                for s in 0..NX {
                    axpy(&mut dk[i].x[s], R::from(1.0 - self.v[i]), &fx[i][s]);
                    if !explicit {
                        axpy(&mut dk[i].next[s], R::from(self.v[i]), &fx[i][s]);
                    }
                }
            } else {
                dk[i].add_product(&fx[i], &dz[i], explicit);
            }
            let hb = R::from(h * self.b[i]);
            for s in 0..NX {
                for c in 0..NX {
                    out.a[(s, c)] += dk[i].x[s][c] * hb;
                }
                for c in 0..NU {
                    out.b[(s, c)] += dk[i].u[s][c] * hb;
                }
                if !explicit {
                    for c in 0..NX {
                        out.e[(s, c)] -= dk[i].next[s][c] * hb;
                    }
                }
                out.defect[s] -= hb * k[i][s];
            }
        }
        let Some(multiplier) = multiplier else { return out };
        if bends.bent().is_empty() {
            return out;
        }
        // What the multipliers make of k_i: w_i = -h b_i λ + h Σ_{j>i} a_ji f_x(z_j)' w_j.
        let mut w = [SVector::<R, NX>::zeros(); STAGES];
        for i in (0..STAGES).rev() {
            w[i] = SVector::from(*multiplier) * R::from(-h * self.b[i]);
            for j in (i + 1..STAGES).filter(|&j| self.a[j][i] != 0.0) {
                let column = |c| SVector::<R, NX>::from_fn(|s, _| fx[j][s][c]);
                let pulled = SVector::from_fn(|c, _| column(c).dot(&w[j]));
                w[i] += pulled * R::from(h * self.a[j][i]);
            }
            let mut bend = KnotHessian::zeros();
            let rate = WeightedRate { f, t: t[i], p: at.p, weights: &w[i] };
            bend.read(&rate, bends, &z[i], u);
            out.curve(&bend, bends, &dz[i], explicit);
        }
        out
    }
}

/// f and its derivatives in x and u.
#[inline(always)]
fn linearize<D, R: Real, const NX: usize, const NU: usize, const NP: usize>(
    f: &D,
    t: R,
    p: &[R; NP],
    x: &[R; NX],
    u: &[R; NU],
) -> [Dual<R, NX, NU>; NX]
where
    D: Dynamics<NX, NU, NP>,
{
    let p = p.map(Dual::constant);
    f.xdot(&At { t: Dual::constant(t), p: &p }, Dual::variables(*x), Dual::controls(*u))
}

/// `w'f(t, x, u; p)`.
struct WeightedRate<'a, D, R, const NX: usize, const NP: usize> {
    f: &'a D,
    t: R,
    p: &'a [R; NP],
    weights: &'a SVector<R, NX>,
}

impl<D, R: Real, const NX: usize, const NU: usize, const NP: usize> SecondOrder<R, NX, NU>
    for WeightedRate<'_, D, R, NX, NP>
where
    D: Dynamics<NX, NU, NP>,
{
    #[inline(always)]
    fn hessian<J: Bending<R>>(&self, x: [J; NX], u: [J; NU]) -> J::Hessian {
        let p: [_; NP] = core::array::from_fn(|i| J::constant(self.p[i]));
        let rate = self.f.xdot(&At { t: J::constant(self.t), p: &p }, x, u);
        let mut sum = J::flat();
        each_lane!(NX, S, { rate[S].weigh(self.weights[S], &mut sum) });
        // Beyond what is written out.
        for s in 16..NX {
            rate[s].weigh(self.weights[s], &mut sum);
        }
        sum
    }
}
