//! Functions with a saddle, for descent in some variables and ascent in others.

use core::cell::RefCell;
use std::vec;
use std::vec::Vec;

use nalgebra::{DMatrix, DVector};

use crate::Trajectory;
use crate::expansion::{Hessian, Nlp};
use crate::linear::Breakdown;
use crate::newton::{PenaltyForm, kkt_at};

/// A function `L(z, μ) = J(z) + μ'r(z)` that is to be lowest in z and highest in μ, its variables in the order of time.
pub trait Saddle {
    /// How many intervals there are, and how many numbers of z and of μ each has.
    fn sizes(&self) -> [usize; 3];

    /// `∇J + A'μ`, A the derivative of r: what descent goes down.
    fn slope(&self, z: &DVector<f64>, mu: &DVector<f64>) -> DVector<f64>;

    /// `r(z)`: what ascent goes up.
    fn rates(&self, z: &DVector<f64>) -> DVector<f64>;
}

/// A problem on knots: z as [`PenaltyForm`] orders it, r the defects as rates `d/h`, and `μ = hλ` their multipliers.
#[derive(Clone, Debug)]
pub struct OnKnots<'a, P, const NX: usize, const NU: usize> {
    nlp: &'a P,
    form: RefCell<PenaltyForm<&'a P, NX, NU>>,
}

impl<'a, P: Nlp<NX, NU>, const NX: usize, const NU: usize> OnKnots<'a, P, NX, NU> {
    /// The saddle of `nlp`.
    pub fn new(nlp: &'a P) -> Self {
        OnKnots { nlp, form: RefCell::new(PenaltyForm::new(nlp, 0.0)) }
    }
}

impl<P: Nlp<NX, NU>, const NX: usize, const NU: usize> Saddle for OnKnots<'_, P, NX, NU> {
    fn sizes(&self) -> [usize; 3] {
        [self.nlp.intervals(), NX + NU, NX]
    }

    fn slope(&self, z: &DVector<f64>, mu: &DVector<f64>) -> DVector<f64> {
        let (mut form, mut slope) = (self.form.borrow_mut(), DVector::zeros(z.len()));
        let h = self.nlp.step();
        form.multipliers.as_flattened_mut().iter_mut().zip(mu).for_each(|(y, mu)| *y = mu / h);
        form.expand(z.as_slice(), Hessian::GaussNewton);
        form.gradient(slope.as_mut_slice());
        slope
    }

    fn rates(&self, z: &DVector<f64>) -> DVector<f64> {
        let mut defects = vec![[0.0; NX]; self.nlp.intervals()];
        self.nlp.evaluate(&self.form.borrow().unpack(z.as_slice()), &mut defects);
        DVector::from_column_slice(defects.as_flattened()) / self.nlp.step()
    }
}

/// The saddle `½ z'Hz + μ'Az`: what any other one is near its solution, counted from there.
#[derive(Clone, Debug, PartialEq)]
pub struct QuadraticSaddle {
    /// H, the Hessian of `J + μ'r` in z.
    pub h: DMatrix<f64>,
    /// A, the derivative of r.
    pub a: DMatrix<f64>,
    sizes: [usize; 3],
}

impl QuadraticSaddle {
    /// The second-order expansion of `nlp`, with the defects as rates, about a motion and its multipliers λ.
    ///
    /// # Errors
    /// When the KKT matrix there is singular, at which knot: motion or multipliers are not determined.
    pub fn about<const NX: usize, const NU: usize>(
        nlp: &impl Nlp<NX, NU>,
        plan: &Trajectory<NX, NU>,
        multipliers: &[[f64; NX]],
    ) -> Result<Self, Breakdown> {
        let kkt = kkt_at(nlp, plan, multipliers)?;
        // There an interval has its controls, its multipliers and its next state.
        let is_multiplier = |i: &usize| (NU..NU + NX).contains(&(i % (2 * NX + NU)));
        let (mu, z): (Vec<usize>, Vec<usize>) = (0..kkt.matrix().n()).partition(is_multiplier);
        let h = DMatrix::from_fn(z.len(), z.len(), |i, j| kkt.matrix().get(z[i], z[j]));
        let a = DMatrix::from_fn(mu.len(), z.len(), |i, j| kkt.matrix().get(mu[i], z[j]));
        Ok(QuadraticSaddle { h, a, sizes: [nlp.intervals(), NX + NU, NX] })
    }
}

impl Saddle for QuadraticSaddle {
    fn sizes(&self) -> [usize; 3] {
        self.sizes
    }

    fn slope(&self, z: &DVector<f64>, mu: &DVector<f64>) -> DVector<f64> {
        &self.h * z + self.a.tr_mul(mu)
    }

    fn rates(&self, z: &DVector<f64>) -> DVector<f64> {
        &self.a * z
    }
}
