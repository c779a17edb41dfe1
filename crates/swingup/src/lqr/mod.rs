//! Linear dynamics with a quadratic cost: the regulator `u = -Kx`, and what can be asked of it.
//!
//! ```text
//! x' = Ax + Bu,   minimize ∫ x'Qx + 2 x'Su + u'Ru dt     Lq::care -> Regulator
//! x₊ = Ax + Bu,   minimize Σ x'Qx + 2 x'Su + u'Ru        Lq::dare -> Regulator
//! ```
//! What there is around it:
//!
//! | | |
//! | --- | --- |
//! | a problem from something else | [`Lq::linearized`] of a model, [`Lq::about`] rest in a problem on knots, [`Lq::sampled`] with a held control and the same cost, [`Lq::with_integrals`], [`Lq::delayed`] |
//! | equations | [`Lq::care`], [`Lq::dare`], [`lyapunov`], [`discrete_lyapunov`]; [`Refusal`] says why not |
//! | the estimator | [`Kalman`] |
//! | what a loop is like | [`poles`], [`margins`] of gain, phase and delay, [`Lq::cost_of`] any gain, [`controllability`] and [`observability`] mode by mode, [`frequency_response`], [`step_response`] |
//! | latency | [`Lq::with_latency`]: the gain on the predicted state, and the price |
//! | along a motion | [`finite_horizon`], [`tracking`]; [`ToGo`], the terminal cost of a predictive controller, and [`Regulator::level`], its terminal set |
//! | a pole on a cart | [`Angle`] of many turns, [`Upright`], the [`edge`] of what recovers, a [`Motor`]'s limits, [`SwingUp`] |
//!
//! Who comes from python-control or SciPy finds
//!
//! | there | here |
//! | --- | --- |
//! | `K, X, E = lqr(A, B, Q, R, N)`, `dlqr` | `Lq::new(a, b, q, r).with_cross(n).care()?` or `.dare()?`: `gain`, `cost_to_go`, [`poles`] of `closed_loop` |
//! | `lqe(A, G, C, QN, RN)`, `dlqe` | [`Kalman::continuous`] with W = G QN G', [`Kalman::discrete`], whose gain corrects the estimate at the sample: `dlqe`'s is A times as much |
//! | `lqr(.., integral_action=C)` | [`Lq::with_integrals`] |
//! | `lyap(A, Q)`, AX + XA' + Q = 0 | `lyapunov(&a.transpose(), &q)`, A'X + XA + Q = 0 |
//! | `c2d`, `sample_system(.., 'zoh')` | [`zero_order_hold`], [`Lq::sampled`] |
//! | `margin`, `stability_margins` | [`margins`], [`sampled_margins`] of K (s - A)⁻¹ B |
//! | `ctrb`, `obsv` and their rank | [`controllability`], [`observability`]: distances, mode by mode |
//! | `step_response`, `frequency_response` | [`step_response`], [`frequency_response`] |
//!
//! `Lq` does not know whether its time flows or steps: what [`Lq::sampled`] makes is for [`Lq::dare`], and so is what [`Lq::delayed`] and
//! [`Lq::with_latency`] begin with.
//!
//! Matrices are nalgebra's (`swingup::nalgebra`): of fixed size, on the stack, or of any size, on the heap; the text is one.
//!
//! ```
//! use nalgebra::{Matrix1, Matrix4, Vector4};
//! use swingup::lqr::Lq;
//!
//! // A cart-pole near the top, (tilt, its rate, x, v); the control is the cart's acceleration.
//! let a = Matrix4::new(0.0, 1.0, 0.0, 0.0, 29.43, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0);
//! let b = Vector4::new(0.0, 3.0, 0.0, 1.0);
//! let regulator = Lq::new(a, b, Matrix4::identity(), Matrix1::new(1.0)).care()?;
//! assert!((regulator.gain[0] - 26.77786087712222).abs() < 1e-13);
//! # Ok::<(), swingup::lqr::Refusal>(())
//! ```

mod check;
mod delay;
mod feedback;
mod horizon;
mod integral;
mod kalman;
mod level;
mod linearized;
mod loops;
mod lyapunov;
mod pole;
mod refusal;
mod riccati;

use nalgebra::allocator::Allocator;
use nalgebra::{DefaultAllocator, Dim, Dyn, OMatrix};

use check::dynamic;

pub use delay::Latency;
pub use horizon::{FiniteHorizon, ToGo, finite_horizon, tracking};
pub use kalman::Kalman;
pub use loops::{GainCrossover, Margins, PhaseCrossover, margins, sampled_margins};
pub use loops::{controllability, observability, poles, zero_order_hold};
pub use loops::{frequency_response, sampled_frequency_response, sampled_step_response, step_response};
pub use lyapunov::{Lyapunov, discrete_lyapunov, lyapunov};
pub use pole::{Angle, Motor, Phase, SwingUp, Trial, Upright, edge, outline};
pub use refusal::Refusal;
pub use riccati::plain;

/// The sizes of a linear-quadratic problem, `N` states and `M` controls: fixed ones, or such that are known at run time.
///
/// Every pair of nalgebra's dimensions has it.
pub trait Sizes<N: Dim, M: Dim>:
    Allocator<N> + Allocator<M> + Allocator<N, N> + Allocator<N, M> + Allocator<M, N> + Allocator<M, M>
{
}

impl<N: Dim, M: Dim> Sizes<N, M> for DefaultAllocator where
    DefaultAllocator:
        Allocator<N> + Allocator<M> + Allocator<N, N> + Allocator<N, M> + Allocator<M, N> + Allocator<M, M>
{
}

/// Does time flow or step?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Time {
    /// `x' = Ax + Bu`.
    Continuous,
    /// `x₊ = Ax + Bu`.
    Discrete,
}

/// Linear dynamics `x' = Ax + Bu` (or `x₊ = Ax + Bu`) with the cost `x'Qx + 2 x'Su + u'Ru`, integrated (or summed).
#[derive(Clone, Debug)]
pub struct Lq<N: Dim, M: Dim>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// A, N × N.
    pub a: OMatrix<f64, N, N>,
    /// B, N × M.
    pub b: OMatrix<f64, N, M>,
    /// Q, N × N, symmetric; it may be indefinite, and that is not remarked upon.
    pub q: OMatrix<f64, N, N>,
    /// R, M × M, symmetric.
    pub r: OMatrix<f64, M, M>,
    /// S, N × M.
    pub s: OMatrix<f64, N, M>,
}

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The problem without a cross term, S = 0.
    pub fn new(a: OMatrix<f64, N, N>, b: OMatrix<f64, N, M>, q: OMatrix<f64, N, N>, r: OMatrix<f64, M, M>) -> Self {
        let s = b.map(|_| 0.0);
        Lq { a, b, q, r, s }
    }

    /// The problem with the cross term `2 x'Su`.
    pub fn with_cross(self, s: OMatrix<f64, N, M>) -> Self {
        Lq { s, ..self }
    }

    /// The same problem with sizes that are known at run time.
    pub fn any_size(&self) -> Lq<Dyn, Dyn> {
        let Lq { a, b, q, r, s } = self;
        Lq::<Dyn, Dyn> { a: dynamic(a), b: dynamic(b), q: dynamic(q), r: dynamic(r), s: dynamic(s) }
    }
}

/// The best linear feedback `u = -Kx` and the cost from each state, `x'Xx`.
#[derive(Clone, Debug)]
pub struct Regulator<N: Dim, M: Dim>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// X, the stabilizing solution of the Riccati equation.
    pub cost_to_go: OMatrix<f64, N, N>,
    /// K, M × N.
    pub gain: OMatrix<f64, M, N>,
    /// A - BK.
    pub closed_loop: OMatrix<f64, N, N>,
    /// By how much a relative error of the data may be enlarged in X: Kenney and Hewer's bound, in balanced units of the states.
    pub condition: f64,
    /// A bound on X's relative error before it was rounded to doubles, from its residual in twice the digits.
    pub error: f64,
    /// Negative eigenvalues of R (continuous) or R + B'XB (discrete): `-Kx` is a minimum if there are none.
    pub negative: usize,
}
