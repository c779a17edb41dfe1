//! Mechanics from one scalar function: accelerations, and a step that keeps the geometry, from `L = T - V`.

use core::array::from_fn;

use crate::inspect::Dual;
use crate::{At, Dynamics, Quantity, Scalar};

/// A mechanical system of `NQ` coordinates q with rates v = q': its Lagrangian, and the forces that have no potential.
///
/// ```text
/// d/dt ∂L/∂v = ∂L/∂q + Q        L = T - V
/// ```
/// The mass matrix `M = ∂²L/∂v²` must be positive definite. L may depend on t, but [`accelerations`] neglect what that
/// alone does to ∂L/∂v.
///
/// ```
/// use swingup::lagrangian::{EulerLagrange, Lagrangian};
/// use swingup::{At, Dynamics, Scalar};
///
/// /// A pendulum, L = ω²/2 + cos θ, and a torque u.
/// struct Pendulum;
/// impl<const NP: usize> Lagrangian<1, 1, NP> for Pendulum {
///     const POSITIONS: [usize; 1] = [0];
///     const VELOCITIES: [usize; 1] = [1];
///     fn lagrangian<S: Scalar>(&self, _: &At<'_, S, NP>, [theta]: [S; 1], [omega]: [S; 1]) -> S {
///         omega * omega * 0.5 + theta.cos()
///     }
///     fn force<S: Scalar>(&self, _: &At<'_, S, NP>, _: [S; 1], _: [S; 1], [u]: [S; 1]) -> [S; 1] {
///         [u]
///     }
/// }
/// let at = At { t: 0.0, p: &[] };
/// assert_eq!(EulerLagrange(Pendulum).xdot(&at, [1.0, 2.0], [3.0]), [2.0, -f64::sin(1.0) + 3.0]);
/// ```
pub trait Lagrangian<const NQ: usize, const NU: usize, const NP: usize = 0> {
    /// Where each coordinate stands in the state.
    const POSITIONS: [usize; NQ];
    /// Where its rate stands.
    const VELOCITIES: [usize; NQ];
    /// Names and units of the coordinates, as [`EulerLagrange`] gives them.
    const COORDINATES: [Quantity; NQ] = [Quantity::new("q", "1"); NQ];
    /// Names and units of their rates.
    const RATES: [Quantity; NQ] = [Quantity::new("v", "1/s"); NQ];
    /// Names and units of the controls.
    const CONTROLS: [Quantity; NU] = [Quantity::new("u", "1"); NU];

    /// `L(t, q, v; p) = T - V`, J.
    ///
    /// Mark it `#[inline(always)]`, and [`force`](Lagrangian::force) too: they stand inside the loop over knots.
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, q: [S; NQ], v: [S; NQ]) -> S;

    /// `Q(t, q, v, u; p)`, the force along each coordinate that is not in L: J for each unit of q.
    fn force<S: Scalar>(&self, at: &At<'_, S, NP>, q: [S; NQ], v: [S; NQ], u: [S; NU]) -> [S; NQ];
}

/// The accelerations a = v', from the Lagrangian by automatic differentiation.
///
/// ```text
/// M a = ∂L/∂q - (∂²L/∂v∂q) v + Q        M = ∂²L/∂v²
/// ```
/// One reading of L, `(NQ + 1)(2 NQ + 1)` numbers for each of its own, and one elimination; not finite where M is
/// singular.
#[inline(always)]
pub fn accelerations<L, S, const NQ: usize, const NU: usize, const NP: usize>(
    system: &L,
    at: &At<'_, S, NP>,
    q: [S; NQ],
    v: [S; NQ],
    u: [S; NU],
) -> [S; NQ]
where
    L: Lagrangian<NQ, NU, NP>,
    S: Scalar,
{
    let l = expand(system, at, q, v);
    let force = system.force(at, q, v, u);
    let turning = times(&l.vq, &v);
    solve(l.vv, from_fn(|i| l.q[i] - turning[i] + force[i]))
}

/// A system written as its [`Lagrangian`], as a [`Dynamics`] of `NX = 2 NQ` states.
///
/// ```text
/// q' = v        v' = accelerations(q, v, u)
/// ```
/// That POSITIONS and VELOCITIES name each of the states once is checked when it is compiled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EulerLagrange<L, const NQ: usize>(pub L);

impl<L, const NQ: usize, const NX: usize, const NU: usize, const NP: usize> Dynamics<NX, NU, NP>
    for EulerLagrange<L, NQ>
where
    L: Lagrangian<NQ, NU, NP>,
{
    const STATES: [Quantity; NX] = {
        name_each_state_once::<NX, NQ>(&L::POSITIONS, &L::VELOCITIES);
        let mut states = [Quantity::new("", ""); NX];
        let mut i = 0;
        while i < NQ {
            states[L::POSITIONS[i]] = L::COORDINATES[i];
            states[L::VELOCITIES[i]] = L::RATES[i];
            i += 1;
        }
        states
    };
    const CONTROLS: [Quantity; NU] = L::CONTROLS;

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU]) -> [S; NX] {
        const { name_each_state_once::<NX, NQ>(&L::POSITIONS, &L::VELOCITIES) };
        let (q, v) = (x_at(&x, &L::POSITIONS), x_at(&x, &L::VELOCITIES));
        let a = accelerations(&self.0, at, q, v, u);
        let mut rate = x;
        for i in 0..NQ {
            rate[L::POSITIONS[i]] = v[i];
            rate[L::VELOCITIES[i]] = a[i];
        }
        rate
    }
}

/// The system itself, so that a problem whose dynamics are these can be written with
/// [`VariationalMidpoint`](crate::transcription::VariationalMidpoint) too.
impl<L, const NQ: usize, const NU: usize, const NP: usize> Lagrangian<NQ, NU, NP> for EulerLagrange<L, NQ>
where
    L: Lagrangian<NQ, NU, NP>,
{
    const POSITIONS: [usize; NQ] = L::POSITIONS;
    const VELOCITIES: [usize; NQ] = L::VELOCITIES;
    const COORDINATES: [Quantity; NQ] = L::COORDINATES;
    const RATES: [Quantity; NQ] = L::RATES;
    const CONTROLS: [Quantity; NU] = L::CONTROLS;

    #[inline(always)]
    fn lagrangian<S: Scalar>(&self, at: &At<'_, S, NP>, q: [S; NQ], v: [S; NQ]) -> S {
        self.0.lagrangian(at, q, v)
    }

    #[inline(always)]
    fn force<S: Scalar>(&self, at: &At<'_, S, NP>, q: [S; NQ], v: [S; NQ], u: [S; NU]) -> [S; NQ] {
        self.0.force(at, q, v, u)
    }
}

/// The defect of the variational (symplectic) midpoint step of length h (s) from x to `next`: zero for the step itself.
///
/// The action of the interval is taken at the middle of its chord, and the forces too:
/// ```text
/// L_d(q, q₊) = h L(q̄, w)        q̄ = (q + q₊)/2        w = (q₊ - q)/h        F = Q(q̄, w, u)
/// p = -D₁L_d - (h/2) F          p₊ = D₂L_d + (h/2) F          p = ∂L/∂v at (q, v), p₊ at (q₊, v₊)
/// ```
/// Since `D₁L_d = (h/2) ∂L/∂q - ∂L/∂v` and `D₂L_d = (h/2) ∂L/∂q + ∂L/∂v`, both at (q̄, w), the difference and the mean
/// of these two are
/// ```text
/// e = p₊ - p - h (∂L/∂q + F) = 0        d = ∂L/∂v - (p + p₊)/2 = 0
/// ```
/// Divided by the mass matrix of the middle, `M = ∂²L/∂v²`, they have the units of v and of q:
/// ```text
/// δq = h M⁻¹ d        δv = M⁻¹ (e - (G - G') δq)        G = ∂²L/∂v∂q
/// ```
/// Without the term in G - G', `∂δv/∂q₊` would tend to `M⁻¹ (G - G')` as h → 0, since `h ∂L/∂q` sees q₊/h in w. With it
/// `∂(δq, δv)/∂next = I + O(h)`: to leading order the defect is `x₊ - Φ(x, u)`, as that of an explicit step.
/// Where M is constant, and neither ∂L/∂q nor Q changes with v, it is the implicit midpoint's
/// `x₊ - x - h f((x + x₊)/2, u)`, term by term; where Q changes with v, the two differ by the use of w for (v + v₊)/2.
///
/// Without forces the step is symplectic: it keeps the energy within O(h²) for very long times, momenta of symmetries
/// that are affine (shifts, turns) exactly, and it can be played backwards. Second order.
///
/// J. E. Marsden, M. West, Discrete mechanics and variational integrators, Acta Numerica 10 (2001) 357-514: the
/// discrete Lagrangian of the midpoint in position-momentum form, with discrete forces.
#[inline(always)]
pub fn variational_midpoint_defect<L, S, const NQ: usize, const NX: usize, const NU: usize, const NP: usize>(
    system: &L,
    at: &At<'_, S, NP>,
    h: f64,
    x: [S; NX],
    u: [S; NU],
    next: [S; NX],
) -> [S; NX]
where
    L: Lagrangian<NQ, NU, NP>,
    S: Scalar,
{
    const { name_each_state_once::<NX, NQ>(&L::POSITIONS, &L::VELOCITIES) };
    let (q, v) = (x_at(&x, &L::POSITIONS), x_at(&x, &L::VELOCITIES));
    let (q_next, v_next) = (x_at(&next, &L::POSITIONS), x_at(&next, &L::VELOCITIES));
    let middle = At { t: at.t + 0.5 * h, p: at.p };
    let end = At { t: at.t + h, p: at.p };

    let q_mean = from_fn(|i| (q[i] + q_next[i]) * 0.5);
    let w = from_fn(|i| (q_next[i] - q[i]) / h);
    let l = expand(system, &middle, q_mean, w);
    let force = system.force(&middle, q_mean, w, u);
    let (p, p_next) = (momentum(system, at, q, v), momentum(system, &end, q_next, v_next));

    let dq = solve(l.vv, from_fn(|i| (l.v[i] - (p[i] + p_next[i]) * 0.5) * h));
    let (turned, turned_back) = (times(&l.vq, &dq), transposed_times(&l.vq, &dq));
    let e = from_fn(|i| p_next[i] - p[i] - (l.q[i] + force[i]) * h - (turned[i] - turned_back[i]));
    let dv = solve(l.vv, e);

    let mut defect = x;
    for i in 0..NQ {
        defect[L::POSITIONS[i]] = dq[i];
        defect[L::VELOCITIES[i]] = dv[i];
    }
    defect
}

/// L's first derivatives, and those of its second that have one direction in v.
struct Expansion<S, const NQ: usize> {
    q: [S; NQ],
    v: [S; NQ],
    vv: [[S; NQ]; NQ],
    vq: [[S; NQ]; NQ],
}

#[inline(always)]
fn expand<L, S, const NQ: usize, const NU: usize, const NP: usize>(
    system: &L,
    at: &At<'_, S, NP>,
    q: [S; NQ],
    v: [S; NQ],
) -> Expansion<S, NQ>
where
    L: Lagrangian<NQ, NU, NP>,
    S: Scalar,
{
    // The inner dual differentiates in v and in q, the outer one in v.
    let p = at.p.map(|p| Dual::constant(Dual::constant(p)));
    let at = At { t: Dual::constant(Dual::constant(at.t)), p: &p };
    let v = from_fn(|i| Dual::variable(Dual::variable(v[i], i), i));
    let q = from_fn(|i| {
        let mut inner: Dual<S, NQ, NQ> = Dual::constant(q[i]);
        inner.u[i] = S::from(1.0);
        Dual::<_, NQ>::constant(inner)
    });
    let l = system.lagrangian(&at, q, v);
    Expansion { q: l.v.u, v: l.v.x, vv: l.x.map(|row| row.x), vq: l.x.map(|row| row.u) }
}

/// `p = ∂L/∂v`.
#[inline(always)]
fn momentum<L, S, const NQ: usize, const NU: usize, const NP: usize>(
    system: &L,
    at: &At<'_, S, NP>,
    q: [S; NQ],
    v: [S; NQ],
) -> [S; NQ]
where
    L: Lagrangian<NQ, NU, NP>,
    S: Scalar,
{
    let p = at.p.map(Dual::<S, NQ>::constant);
    let at = At { t: Dual::constant(at.t), p: &p };
    system.lagrangian(&at, q.map(Dual::constant), from_fn(|i| Dual::variable(v[i], i))).x
}

/// `m⁻¹ b` for a positive definite m: elimination that never asks how large a pivot is, which a [`Scalar`] cannot say.
#[inline(always)]
fn solve<S: Scalar, const N: usize>(mut m: [[S; N]; N], mut b: [S; N]) -> [S; N] {
    for k in 0..N {
        for i in k + 1..N {
            let l = m[i][k] / m[k][k];
            for j in k + 1..N {
                m[i][j] = m[i][j] - l * m[k][j];
            }
            b[i] = b[i] - l * b[k];
        }
    }
    for k in (0..N).rev() {
        for j in k + 1..N {
            b[k] = b[k] - m[k][j] * b[j];
        }
        b[k] = b[k] / m[k][k];
    }
    b
}

#[inline(always)]
fn times<S: Scalar, const N: usize>(m: &[[S; N]; N], x: &[S; N]) -> [S; N] {
    from_fn(|i| (0..N).fold(S::from(0.0), |sum, j| sum + m[i][j] * x[j]))
}

#[inline(always)]
fn transposed_times<S: Scalar, const N: usize>(m: &[[S; N]; N], x: &[S; N]) -> [S; N] {
    from_fn(|i| (0..N).fold(S::from(0.0), |sum, j| sum + m[j][i] * x[j]))
}

#[inline(always)]
fn x_at<S: Scalar, const NX: usize, const NQ: usize>(x: &[S; NX], places: &[usize; NQ]) -> [S; NQ] {
    from_fn(|i| x[places[i]])
}

const fn name_each_state_once<const NX: usize, const NQ: usize>(positions: &[usize; NQ], velocities: &[usize; NQ]) {
    assert!(NX == 2 * NQ, "a system of NQ coordinates has 2 NQ states");
    let mut named = [false; NX];
    let mut i = 0;
    while i < NX {
        let place = if i < NQ { positions[i] } else { velocities[i - NQ] };
        assert!(place < NX && !named[place], "POSITIONS and VELOCITIES name each state once");
        named[place] = true;
        i += 1;
    }
}
