//! Momentum: the heavy ball, and Nesterov's.

use argmin::core::{ArgminFloat, CostFunction, Error, Gradient, KV, Problem, Solver, TerminationStatus};
use argmin_math::{ArgminMul, ArgminScaledAdd, ArgminScaledSub};

use super::{FirstOrderState, OptionError, curvatures, rate, share, start, while_finite, with_cost};

/// Descent with a memory of the way it came.
///
/// ```text
/// v₊ = β v + (1 - d) g             (v₊ = g in the first step)
/// x₊ = x - r v₊                    heavy ball (Polyak 1964): x - r g + β (x - x₋) when d = 0
/// x₊ = x - r (g + β₊ v₊)           Nesterov (1983): the gradient is taken where the memory points
/// ```
/// `β₊ = β` but for [`accelerated`](Momentum::accelerated). The conventions are those of `torch.optim.SGD`,
/// whose `momentum` is β and whose `dampening` is d. On a quadratic with curvatures from `m` to `L = κm`
/// ```text
/// heavy ball   r = 4/(√L + √m)²,  β = ((√κ - 1)/(√κ + 1))²      the best: factor √β a step in the long run
/// Nesterov     r = 1/L,           β =  (√κ - 1)/(√κ + 1)        the customary: factor 1 - 1/√κ
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Momentum<P, F> {
    rate: F,
    schedule: Schedule<F>,
    dampening: F,
    nesterov: bool,
    velocity: Option<P>,
}

/// The momentum as a function of the step.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Schedule<F> {
    /// β for ever.
    Constant(F),
    /// β = (k - 1)/(k + 2) after step k = 1, 2, ..; `k` steps are taken.
    Accelerating {
        /// Steps taken.
        k: u64,
    },
}

impl<P, F: ArgminFloat> Momentum<P, F> {
    /// The heavy ball with rate `r > 0` and momentum `0 <= beta < 1`.
    ///
    /// # Errors
    /// When rate or momentum is out of range.
    pub fn heavy_ball(r: F, beta: F) -> Result<Self, OptionError> {
        Ok(Momentum {
            rate: rate(r)?,
            schedule: Schedule::Constant(share("momentum", beta)?),
            dampening: F::zero(),
            nesterov: false,
            velocity: None,
        })
    }

    /// Nesterov's momentum with rate `r > 0` and momentum `0 <= beta < 1`.
    ///
    /// # Errors
    /// When rate or momentum is out of range.
    pub fn nesterov(r: F, beta: F) -> Result<Self, OptionError> {
        Ok(Momentum { nesterov: true, ..Self::heavy_ball(r, beta)? })
    }

    /// The best heavy ball for a quadratic with curvatures from `least` to `largest`.
    ///
    /// # Errors
    /// When not `0 < least <= largest`, or one is not finite.
    pub fn heavy_ball_for_curvatures(least: F, largest: F) -> Result<Self, OptionError> {
        let (m, l) = curvatures(least, largest)?;
        let (m, l, two) = (m.sqrt(), l.sqrt(), F::one() + F::one());
        Self::heavy_ball((two / (l + m)).powi(2), ((l - m) / (l + m)).powi(2))
    }

    /// Nesterov's momentum with the customary constants for curvatures from `least` to `largest`.
    ///
    /// # Errors
    /// When not `0 < least <= largest`, or one is not finite.
    pub fn nesterov_for_curvatures(least: F, largest: F) -> Result<Self, OptionError> {
        let (m, l) = curvatures(least, largest)?;
        Self::nesterov(l.recip(), (l.sqrt() - m.sqrt()) / (l.sqrt() + m.sqrt()))
    }

    /// Nesterov's momentum for a function whose least curvature is not known: `β` grows towards 1 by
    /// `β = (k - 1)/(k + 2)` after step k = 1, 2, .. (Su, Boyd, Candès, JMLR 17 (2016), equation 1).
    ///
    /// # Errors
    /// When the rate is out of range.
    pub fn accelerated(r: F) -> Result<Self, OptionError> {
        let schedule = Schedule::Accelerating { k: 0 };
        Ok(Momentum { schedule, ..Self::nesterov(r, F::zero())? })
    }

    /// The share `0 <= d < 1` of each new gradient that the velocity leaves out.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn dampening(self, d: F) -> Result<Self, OptionError> {
        Ok(Momentum { dampening: share("dampening", d)?, ..self })
    }
}

impl<F: ArgminFloat> Schedule<F> {
    /// `(β, β₊)` of this step; moves on to the next.
    fn next(&mut self) -> (F, F) {
        match self {
            Schedule::Constant(beta) => (*beta, *beta),
            Schedule::Accelerating { k } => {
                let after = |k: u64| k.saturating_sub(1) as f64 / (k + 2) as f64;
                *k += 1;
                (F::from_f64(after(*k - 1)).unwrap(), F::from_f64(after(*k)).unwrap())
            }
        }
    }
}

impl<O, P, F> Solver<O, FirstOrderState<P, F>> for Momentum<P, F>
where
    O: CostFunction<Param = P, Output = F> + Gradient<Param = P, Gradient = P>,
    P: Clone + ArgminMul<F, P> + ArgminScaledAdd<P, F, P> + ArgminScaledSub<P, F, P>,
    F: ArgminFloat,
{
    fn name(&self) -> &str {
        if self.nesterov { "Nesterov's momentum" } else { "heavy ball" }
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
        let x = start(&mut state)?;
        let g = problem.gradient(&x)?;
        let (beta, beta_next) = self.schedule.next();

        let v = match self.velocity.take() {
            None => g.clone(),
            Some(v) => g.mul(&(F::one() - self.dampening)).scaled_add(&beta, &v),
        };
        let x = if self.nesterov {
            x.scaled_sub(&self.rate, &g.scaled_add(&beta_next, &v))
        } else {
            x.scaled_sub(&self.rate, &v)
        };

        self.velocity = Some(v);
        let cost = problem.cost(&x)?;
        Ok((state.param(x).gradient(g).cost(cost), None))
    }

    fn terminate(&mut self, state: &FirstOrderState<P, F>) -> TerminationStatus {
        while_finite(state)
    }
}
