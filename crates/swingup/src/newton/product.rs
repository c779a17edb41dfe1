//! The penalty form as a function of its variables, for every reading; and products with its Hessian.

use alloc::vec::Vec;

use super::PenaltyForm;
use crate::transcription::Scheme;
use crate::{Cost, Dynamics, Function, Scalar, Transcribed};

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> PenaltyForm<Transcribed<D, C, T, NX, NU, NP>, NX, NU>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    /// `∇²L(z) v`, interval by interval: see [`Transcribed::lagrangian_product`].
    ///
    /// # Panics
    /// When `z` or `v` does not have [`variables`](Self::variables) elements.
    pub fn product(&self, z: &[f64], v: &[f64]) -> Vec<f64> {
        self.nlp.lagrangian_product(z, v, &self.multipliers, self.penalty)
    }

    /// `L(z)` for every [reading](crate::inspect); what was expanded stays as it was.
    pub fn function(&self) -> impl Function {
        Whole { nlp: &self.nlp, multipliers: &self.multipliers, penalty: self.penalty }
    }
}

/// A text that every [`Scalar`] can run.
struct Whole<'a, P, const NX: usize> {
    nlp: &'a P,
    multipliers: &'a [[f64; NX]],
    penalty: f64,
}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> Function
    for Whole<'_, Transcribed<D, C, T, NX, NU, NP>, NX>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    fn value<S: Scalar>(&self, z: &[S]) -> S {
        self.nlp.lagrangian(z, self.multipliers, self.penalty)
    }
}
