//! Adam.

use argmin::core::{ArgminFloat, CostFunction, Error, Gradient, KV, Problem, Solver, TerminationStatus};
use argmin_math::ArgminZeroLike;

use super::{FirstOrderState, OptionError, option, rate, share, start, while_finite, with_cost};

/// Adam: each coordinate steps by its mean gradient over the root of its mean square gradient.
///
/// ```text
/// m₊ = β₁ m + (1 - β₁) g        m̂ = m₊/(1 - β₁ᵏ)
/// v₊ = β₂ v + (1 - β₂) g²       v̂ = v₊/(1 - β₂ᵏ)        k = 1, 2, ..
/// x₊ = x - r m̂ / (√v̂ + ε)
/// ```
/// Squares, root and quotient are by coordinate. So the step does not change when gradients are scaled, coordinate by
/// coordinate (but for ε): it is about `r`, in the unit of x, in each of them. It does change when the axes are turned.
///
/// D. P. Kingma, J. Ba, Adam: a method for stochastic optimization, ICLR 2015; the same iterates as `torch.optim.Adam`.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Adam<P, F> {
    rate: F,
    beta1: F,
    beta2: F,
    epsilon: F,
    /// β₁ᵏ and β₂ᵏ of the steps taken.
    decay: (F, F),
    moments: Option<(P, P)>,
}

impl<P, F: ArgminFloat> Adam<P, F> {
    /// Adam with rate `r > 0`, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.
    ///
    /// # Errors
    /// When the rate is out of range.
    pub fn new(r: F) -> Result<Self, OptionError> {
        let constant = |x: f64| F::from_f64(x).unwrap();
        Ok(Adam {
            rate: rate(r)?,
            beta1: constant(0.9),
            beta2: constant(0.999),
            epsilon: constant(1e-8),
            decay: (F::one(), F::one()),
            moments: None,
        })
    }

    /// Memories of the mean and of the mean square, both in [0, 1).
    ///
    /// # Errors
    /// When one is out of range.
    pub fn betas(self, beta1: F, beta2: F) -> Result<Self, OptionError> {
        Ok(Adam { beta1: share("beta1", beta1)?, beta2: share("beta2", beta2)?, ..self })
    }

    /// The ε that keeps the quotient finite.
    ///
    /// # Errors
    /// When it is not positive and finite.
    pub fn epsilon(self, e: F) -> Result<Self, OptionError> {
        let allowed = e > F::zero() && e.is_finite();
        Ok(Adam { epsilon: option("epsilon", e, allowed, "positive and finite")?, ..self })
    }
}

impl<P, F> Adam<P, F>
where
    P: ArgminZeroLike,
    for<'a> &'a P: IntoIterator<Item = &'a F>,
    for<'a> &'a mut P: IntoIterator<Item = &'a mut F>,
    F: ArgminFloat,
{
    /// One step, with the gradient `g` at `x`: one pass over memory that updates x and both moments in place.
    ///
    /// The result is the same to the last bit with and without AVX2, which is used where the machine has it.
    pub fn step(&mut self, x: &mut P, g: &P) {
        let (m, v) = self.moments.get_or_insert_with(|| (x.zero_like(), x.zero_like()));
        self.decay = (self.decay.0 * self.beta1, self.decay.1 * self.beta2);
        let constants = Constants {
            rate: self.rate / (F::one() - self.decay.0),
            beta1: self.beta1,
            beta2: self.beta2,
            root: (F::one() - self.decay.1).sqrt().recip(),
            epsilon: self.epsilon,
        };
        #[cfg(target_arch = "x86_64")]
        if std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has just been found to have AVX2.
            return unsafe { update_avx2(x, g, m, v, constants) };
        }
        update(x, g, m, v, constants);
    }
}

/// What is the same for all coordinates of a step: `rate` is r/(1 - β₁ᵏ), `root` is 1/√(1 - β₂ᵏ).
#[derive(Clone, Copy)]
struct Constants<F> {
    rate: F,
    beta1: F,
    beta2: F,
    root: F,
    epsilon: F,
}

/// [`update`] in registers of four.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn update_avx2<'a, F: ArgminFloat>(
    x: impl IntoIterator<Item = &'a mut F>,
    g: impl IntoIterator<Item = &'a F>,
    m: impl IntoIterator<Item = &'a mut F>,
    v: impl IntoIterator<Item = &'a mut F>,
    constants: Constants<F>,
) {
    update(x, g, m, v, constants);
}

#[inline(always)]
fn update<'a, F: ArgminFloat>(
    x: impl IntoIterator<Item = &'a mut F>,
    g: impl IntoIterator<Item = &'a F>,
    m: impl IntoIterator<Item = &'a mut F>,
    v: impl IntoIterator<Item = &'a mut F>,
    Constants { rate, beta1, beta2, root, epsilon }: Constants<F>,
) {
    for (((x, &g), m), v) in x.into_iter().zip(g).zip(m).zip(v) {
        *m = beta1 * *m + (F::one() - beta1) * g;
        *v = beta2 * *v + (F::one() - beta2) * g * g;
        *x = *x - rate * *m / (v.sqrt() * root + epsilon);
    }
}

impl<O, P, F> Solver<O, FirstOrderState<P, F>> for Adam<P, F>
where
    O: CostFunction<Param = P, Output = F> + Gradient<Param = P, Gradient = P>,
    P: Clone + ArgminZeroLike,
    for<'a> &'a P: IntoIterator<Item = &'a F>,
    for<'a> &'a mut P: IntoIterator<Item = &'a mut F>,
    F: ArgminFloat,
{
    fn name(&self) -> &str {
        "Adam"
    }

    fn init(
        &mut self,
        problem: &mut Problem<O>,
        state: FirstOrderState<P, F>,
    ) -> Result<(FirstOrderState<P, F>, Option<KV>), Error> {
        Ok((with_cost(problem, state)?, None))
    }

    fn next_iter(
        &mut self,
        problem: &mut Problem<O>,
        mut state: FirstOrderState<P, F>,
    ) -> Result<(FirstOrderState<P, F>, Option<KV>), Error> {
        let mut x = start(&mut state)?;
        let g = problem.gradient(&x)?;

        self.step(&mut x, &g);

        let cost = problem.cost(&x)?;
        Ok((state.param(x).gradient(g).cost(cost), None))
    }

    fn terminate(&mut self, state: &FirstOrderState<P, F>) -> TerminationStatus {
        while_finite(state)
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn avx2_changes_no_bit() {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return;
        }
        let constants = Constants { rate: 0.3, beta1: 0.9, beta2: 0.999, root: 31.6, epsilon: 1e-8 };
        let random = |seed: u64| -> Vec<f64> {
            (0..103).map(|i| f64::from(((i * 7919 + seed * 104_729) % 1009) as u32) / 1009.0 + 1e-3).collect()
        };
        let (x, g, m, v) = (random(1), random(2), random(3), random(4));
        let (mut xa, mut ma, mut va) = (x.clone(), m.clone(), v.clone());
        let (mut xb, mut mb, mut vb) = (x, m, v);
        update(&mut xa, &g, &mut ma, &mut va, constants);
        // SAFETY: the processor has AVX2: see above.
        unsafe { update_avx2(&mut xb, &g, &mut mb, &mut vb, constants) };
        assert_eq!((xa, ma, va), (xb, mb, vb));
    }
}
