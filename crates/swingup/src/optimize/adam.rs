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
/// Squares, root and quotient are by coordinate: the method does not change when a coordinate is measured in
/// another unit, and does change when the axes are turned. D. P. Kingma, J. Ba, Adam: a method for stochastic
/// optimization, ICLR 2015; the same iterates as `torch.optim.Adam`.
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

/// One step of [`Adam`] in one pass over memory: `x`, `m` and `v` are updated in place.
///
/// `decay` is `(β₁ᵏ, β₂ᵏ)` of this step k = 1, 2, ... All four vectors have the same length; what one has more is left
/// as it is. The result is the same to the last bit with and without AVX2, which is used where the machine has it.
#[inline]
pub fn adam_step<'a, F: ArgminFloat>(
    x: impl IntoIterator<Item = &'a mut F>,
    g: impl IntoIterator<Item = &'a F>,
    m: impl IntoIterator<Item = &'a mut F>,
    v: impl IntoIterator<Item = &'a mut F>,
    constants: (F, F, F, F),
    decay: (F, F),
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has just been found to have AVX2.
        return unsafe { update_avx2(x, g, m, v, constants, decay) };
    }
    update(x, g, m, v, constants, decay);
}

/// The same text in registers of four.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn update_avx2<'a, F: ArgminFloat>(
    x: impl IntoIterator<Item = &'a mut F>,
    g: impl IntoIterator<Item = &'a F>,
    m: impl IntoIterator<Item = &'a mut F>,
    v: impl IntoIterator<Item = &'a mut F>,
    constants: (F, F, F, F),
    decay: (F, F),
) {
    update(x, g, m, v, constants, decay);
}

#[inline(always)]
fn update<'a, F: ArgminFloat>(
    x: impl IntoIterator<Item = &'a mut F>,
    g: impl IntoIterator<Item = &'a F>,
    m: impl IntoIterator<Item = &'a mut F>,
    v: impl IntoIterator<Item = &'a mut F>,
    (rate, beta1, beta2, epsilon): (F, F, F, F),
    decay: (F, F),
) {
    let one = F::one();
    let (rate, root) = (rate / (one - decay.0), (one - decay.1).sqrt().recip());
    for (((x, &g), m), v) in x.into_iter().zip(g).zip(m).zip(v) {
        *m = beta1 * *m + (one - beta1) * g;
        *v = beta2 * *v + (one - beta2) * g * g;
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
        let (mut m, mut v) = self.moments.take().unwrap_or_else(|| (x.zero_like(), x.zero_like()));

        self.decay = (self.decay.0 * self.beta1, self.decay.1 * self.beta2);
        let constants = (self.rate, self.beta1, self.beta2, self.epsilon);
        adam_step(&mut x, &g, &mut m, &mut v, constants, self.decay);

        self.moments = Some((m, v));
        let cost = problem.cost(&x)?;
        Ok((state.param(x).gradient(g).cost(cost), None))
    }

    fn terminate(&mut self, state: &FirstOrderState<P, F>) -> TerminationStatus {
        while_finite(state)
    }
}
