//! Lyapunov equations: Riccati equations without a control.

use nalgebra::allocator::Allocator;
use nalgebra::{Const, DefaultAllocator, Dim, OMatrix};

use super::{Lq, Refusal, Sizes};

/// X of a Lyapunov equation.
#[derive(Clone, Debug)]
pub struct Lyapunov<N: Dim>
where
    DefaultAllocator: Allocator<N, N>,
{
    /// X, symmetric.
    pub x: OMatrix<f64, N, N>,
    /// By how much a relative error of the data may be enlarged in X.
    pub condition: f64,
    /// A bound on X's relative error before it was rounded to doubles.
    pub error: f64,
}

/// Solves `A'X + XA + Q = 0` for a decaying A: `X = ∫ e^{A't} Q e^{At} dt`, the cost `∫ x'Qx dt` of the motion `x' = Ax`.
///
/// With A' for A it is the covariance of `x' = Ax + w` driven by white noise of density Q. Right to rounding.
///
/// # Errors
/// [`Refusal::Unstable`] when A has an eigenvalue that does not decay; what is wrong with the input.
pub fn lyapunov<N: Dim>(a: &OMatrix<f64, N, N>, q: &OMatrix<f64, N, N>) -> Result<Lyapunov<N>, Refusal>
where
    DefaultAllocator: Sizes<N, Const<0>>,
{
    without_control(a, q, Lq::care)
}

/// Solves `A'XA - X + Q = 0` for an A with all eigenvalues inside the unit circle: `X = Σ A'^k Q A^k`, the cost `Σ x'Qx` of
/// the motion `x₊ = Ax`; with A' for A the covariance of `x₊ = Ax + w`. Right to rounding.
///
/// # Errors
/// [`Refusal::Unstable`] when A has an eigenvalue that does not decay; what is wrong with the input.
pub fn discrete_lyapunov<N: Dim>(a: &OMatrix<f64, N, N>, q: &OMatrix<f64, N, N>) -> Result<Lyapunov<N>, Refusal>
where
    DefaultAllocator: Sizes<N, Const<0>>,
{
    without_control(a, q, Lq::dare)
}

fn without_control<N: Dim>(
    a: &OMatrix<f64, N, N>,
    q: &OMatrix<f64, N, N>,
    solve: impl Fn(&Lq<N, Const<0>>) -> Result<super::Regulator<N, Const<0>>, Refusal>,
) -> Result<Lyapunov<N>, Refusal>
where
    DefaultAllocator: Sizes<N, Const<0>>,
{
    let (n, none) = (a.shape_generic().0, Const::<0>);
    let b = OMatrix::repeat_generic(n, none, 0.0);
    let r = OMatrix::repeat_generic(none, none, 0.0);
    match solve(&Lq::new(a.clone(), b, q.clone(), r)) {
        Ok(found) => Ok(Lyapunov { x: found.cost_to_go, condition: found.condition, error: found.error }),
        Err(Refusal::Unstabilizable { mode }) => Err(Refusal::Unstable { mode }),
        Err(other) => Err(other),
    }
}
