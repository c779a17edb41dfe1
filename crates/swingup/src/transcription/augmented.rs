//! The augmented Lagrangian as a plain function of all variables, in any number; and products with its Hessian.

use alloc::vec;
use alloc::vec::Vec;

use super::{Scheme, Transcribed};
use crate::cost::{Cost, Total};
use crate::inspect::Dual;
use crate::{At, Dynamics, Scalar};

/// A number with its derivative along the direction of a product.
type Along = Dual<f64, 1>;

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> Transcribed<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    /// `L(z) = J(z) + Σ λ_k'd_k + ρ Σ |d_k/h|²` at `z = (u_0, x_1, u_1, x_2, ..)`: what
    /// [`PenaltyForm`](crate::newton::PenaltyForm) minimizes, as one text for every reading.
    ///
    /// # Panics
    /// When there are not `N (NX + NU)` variables or not N multipliers.
    pub fn lagrangian<S: Scalar>(&self, z: &[S], multipliers: &[[f64; NX]], penalty: f64) -> S {
        self.check(z.len(), multipliers.len());
        let mut sum = S::from(0.0);
        for (k, multiplier) in multipliers.iter().enumerate() {
            let (x, u, next) = self.arguments(z, k);
            sum = sum + self.share(k, x, u, next, multiplier, penalty);
        }
        sum
    }

    /// `∇²L v`: interval by interval, the derivative along `v` of the gradient of its share in L.
    ///
    /// The cost is that of N gradients of 2 NX + NU variables, and does not know of any pattern.
    ///
    /// # Panics
    /// When `z` or `v` does not have `N (NX + NU)` elements, or there are not N multipliers.
    pub fn lagrangian_product(&self, z: &[f64], v: &[f64], multipliers: &[[f64; NX]], penalty: f64) -> Vec<f64> {
        self.check(z.len(), multipliers.len());
        self.check(v.len(), multipliers.len());
        let along: Vec<Along> = z.iter().zip(v).map(|(&v, &slope)| Dual { v, x: [slope], u: [] }).collect();
        let mut product = vec![0.0; z.len()];
        for (k, multiplier) in multipliers.iter().enumerate() {
            let (x, u, next) = self.arguments(&along, k);
            let first = k * (NX + NU);

            let near = self.share(
                k,
                Dual::<Along, NX, NU>::variables(x),
                Dual::controls(u),
                next.map(Dual::constant),
                multiplier,
                penalty,
            );
            let (x, u) = (x.map(Dual::constant), u.map(Dual::constant));
            let far_end = Dual::<Along, NX>::variables(next);
            let far = self.share(k, x, u, far_end, multiplier, penalty);

            let mut add = |first: usize, slopes: &[Along]| {
                product[first..].iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += slope.x[0]);
            };
            if k > 0 {
                add(first - NX, &near.x);
            }
            add(first, &near.u);
            add(first + NU, &far.x);
        }
        product
    }

    fn check(&self, variables: usize, multipliers: usize) {
        let n = self.ocp.intervals();
        assert!(variables == n * (NX + NU), "{variables} variables of {n} intervals");
        assert!(multipliers == n, "{multipliers} multipliers of {n} intervals");
    }

    /// `x_k, u_k, x_{k+1}`.
    #[inline(always)]
    fn arguments<S: Scalar>(&self, z: &[S], k: usize) -> ([S; NX], [S; NU], [S; NX]) {
        let first = k * (NX + NU);
        let x = match k {
            0 => self.ocp.start.map(S::from),
            _ => core::array::from_fn(|i| z[first - NX + i]),
        };
        (x, core::array::from_fn(|j| z[first + j]), core::array::from_fn(|i| z[first + NU + i]))
    }

    /// What knot `k` and the interval after it add to L, the last interval with its far end.
    #[inline(always)]
    fn share<S: Scalar>(
        &self,
        k: usize,
        x: [S; NX],
        u: [S; NU],
        next: [S; NX],
        multiplier: &[f64; NX],
        penalty: f64,
    ) -> S {
        let h = self.ocp.step;
        let (t, p) = self.place(k);
        let at = At { t, p: &p };
        let mut running = Total(S::from(0.0));
        self.ocp.cost.running(&at, x, u, &mut running);
        let mut total = Total(running.0 * self.measure());
        let defect = self.scheme.defect(&self.ocp.dynamics, &at, h, x, u, next);
        for (d, &y) in defect.into_iter().zip(multiplier) {
            total.0 = total.0 + d * y + d * d * (penalty / (h * h));
        }
        if k + 1 == self.ocp.intervals() {
            let (t, p) = self.place(k + 1);
            self.ocp.cost.terminal(&At { t, p: &p }, next, &mut total);
        }
        total.0
    }
}
