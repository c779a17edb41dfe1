//! A linear-quadratic problem about a state of a model.

use core::array::from_fn;

use nalgebra::{Const, SMatrix};

use super::Lq;
use crate::inspect::Dual;
use crate::{At, Dynamics};

impl<const NX: usize, const NU: usize> Lq<Const<NX>, Const<NU>> {
    /// The model `x' = f(x, u)` about `(x, u)`, with the cost `dx'Q dx + du'R du`:
    /// ```text
    /// dx' = A dx + B du        A = ∂f/∂x    B = ∂f/∂u
    /// ```
    /// both to rounding, read off the model's own text. It is meant for an equilibrium, f(x, u) = 0; what is left of `f` elsewhere is
    /// not kept.
    ///
    /// ```
    /// use nalgebra::{matrix, vector, Matrix4};
    /// use swingup::lqr::Lq;
    /// use swingup::models::CartPole;
    ///
    /// let upright = [0.0, 0.0, std::f64::consts::PI, 0.0];
    /// let lq = Lq::about(&CartPole::new(0.5, 9.81), upright, [0.0], Matrix4::identity(), matrix![1.0]);
    /// // δ'' = 3/(2L) (g δ + a)
    /// assert!((lq.a[(3, 2)] - 29.43).abs() < 1e-14 && lq.b == vector![0.0, 1.0, 0.0, 3.0]);
    /// ```
    pub fn about<D: Dynamics<NX, NU>>(
        model: &D,
        x: [f64; NX],
        u: [f64; NU],
        q: SMatrix<f64, NX, NX>,
        r: SMatrix<f64, NU, NU>,
    ) -> Self {
        let at = At { t: Dual::constant(0.0), p: &[] };
        let rates = model.xdot(&at, Dual::<f64, NX, NU>::variables(x), Dual::controls(u));
        let rows: ([_; NX], [_; NX]) = (from_fn(|i| rates[i].x), from_fn(|i| rates[i].u));
        Lq::new(SMatrix::from_fn(|i, j| rows.0[i][j]), SMatrix::from_fn(|i, j| rows.1[i][j]), q, r)
    }
}
