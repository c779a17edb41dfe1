//! A linear-quadratic problem about a state of a model.

use nalgebra::{Const, SMatrix, SVector};

use super::Lq;
use crate::inspect::Dual;
use crate::{At, Dynamics};

impl<const NX: usize, const NU: usize> Lq<Const<NX>, Const<NU>> {
    /// The model `x' = f(x, u)` about `(x, u)`, with the cost `Σ q_i dx_i² + Σ r_j du_j²`:
    /// ```text
    /// dx' = A dx + B du        A = ∂f/∂x    B = ∂f/∂u        Q = diag(q)    R = diag(r)
    /// ```
    /// A and B to rounding, read off the model's own text. It is meant for an equilibrium, f(x, u) = 0; what is left of `f` elsewhere is not
    /// kept.
    ///
    /// ```
    /// use swingup::lqr::Lq;
    /// use swingup::models::CartPole;
    ///
    /// let upright = [0.0, 0.0, std::f64::consts::PI, 0.0];
    /// let lq = Lq::linearized(&CartPole::new(0.5, 9.81), upright, [0.0], [1.0; 4], [1.0]);
    /// // δ'' = 3/(2L) (g δ + a), and always K_x = -√(q_x/r).
    /// assert!((lq.a[(3, 2)] - 29.43).abs() < 1e-14 && lq.b[3] == 3.0);
    /// assert!((lq.care()?.gain[0] + 1.0).abs() < 1e-14);
    /// # Ok::<(), swingup::lqr::Refusal>(())
    /// ```
    pub fn linearized<D: Dynamics<NX, NU>>(model: &D, x: [f64; NX], u: [f64; NU], q: [f64; NX], r: [f64; NU]) -> Self {
        let at = At { t: Dual::constant(0.0), p: &[] };
        let rates = model.xdot(&at, Dual::<f64, NX, NU>::variables(x), Dual::controls(u));
        let (a, b) = (SMatrix::from_fn(|i, j| rates[i].x[j]), SMatrix::from_fn(|i, j| rates[i].u[j]));
        let diagonal = (SMatrix::from_diagonal(&SVector::from(q)), SMatrix::from_diagonal(&SVector::from(r)));
        Lq::new(a, b, diagonal.0, diagonal.1)
    }
}
