//! Descent in the motion and ascent in its multipliers, as the dynamical system that it is.

use std::vec;
use std::vec::Vec;

use nalgebra::{DMatrix, DVector};

use super::{Mode, OptionError, QuadraticSaddle, Saddle, eigenvalues, option};

/// Who moves when, and what it sees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Play {
    /// Both at once: K. J. Arrow, L. Hurwicz, H. Uzawa, Studies in linear and non-linear programming, 1958.
    AtOnce,
    /// Motion first, and the multipliers see where it went (Gauss and Seidel's order).
    InTurn,
    /// Both at once, but the motion sees an average m of the multipliers, `m₊ = m + share (μ₊ - m)`: their smoothing over steps.
    Averaged {
        /// Above 0; 1 shows it the multipliers as they are after the step, more of it looks ahead.
        share: f64,
    },
    /// Both at once on `L + ρ|r|²`, the method of multipliers in small steps: D. P. Bertsekas, Constrained optimization
    /// and Lagrange multiplier methods, 1982.
    Damped {
        /// ρ, not negative.
        penalty: f64,
    },
    /// Both at once, by the slopes at the point where that would have led: G. M. Korpelevich, The extragradient method, 1976.
    Extragradient,
    /// As damped, with both slopes relaxed in time by an implicit step of the heat equation, `(I - l² ∂²)⁻¹`.
    Relaxed {
        /// ρ, not negative.
        penalty: f64,
        /// l, in intervals, not negative.
        reach: f64,
    },
}

impl Play {
    /// Evaluations of a step: of [`Saddle::slope`] and of [`Saddle::rates`].
    pub fn work(&self) -> [usize; 2] {
        if *self == Play::Extragradient { [2, 2] } else { [1, 1] }
    }
}

/// Descent and ascent at a rate.
///
/// A step is an affine map where the [`Saddle`] is quadratic: its [`matrix`](Self::matrix) says how fast the error falls and turns.
/// ```text
/// both at once:  [z₊]   [I - rH  -rA'] [z]          eigenvalues 1 - rκ,  κ those of [H  A'; -A  0]
///                [μ₊] = [ rA       I ] [μ]          |1 - rκ| < 1  for  r < 2 Re κ/|κ|²
/// ```
/// Without curvature H this is a wave equation in steps and time: `∂z = -A'μ`, `∂μ = Az`, so that errors run along the motion and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DescentAscent {
    play: Play,
    rate: f64,
}

/// How a run of [`DescentAscent`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The last step was within the goal.
    Settled,
    /// All allowed steps were taken.
    StepLimit,
    /// A step was not finite, or a billion times the first one.
    Diverged,
}

/// Where a run led.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// How it ended.
    pub outcome: Outcome,
    /// The last state that was finite.
    pub state: DVector<f64>,
    /// Steps that led to finite states.
    pub steps: usize,
}

impl DescentAscent {
    /// `play` with steps of `rate` in both directions.
    ///
    /// # Errors
    /// When the rate is not positive and finite, or a parameter of the play is out of its range.
    pub fn new(play: Play, rate: f64) -> Result<Self, OptionError> {
        let positive = |v: f64| v > 0.0 && v.is_finite();
        option("rate", rate, positive(rate), "positive and finite")?;
        if let Play::Averaged { share } = play {
            option("share", share, positive(share), "positive and finite")?;
        }
        if let Play::Damped { penalty } | Play::Relaxed { penalty, .. } = play {
            option("penalty", penalty, penalty >= 0.0 && penalty.is_finite(), "not negative, and finite")?;
        }
        if let Play::Relaxed { reach, .. } = play {
            option("reach", reach, reach >= 0.0 && reach.is_finite(), "not negative, and finite")?;
        }
        Ok(DescentAscent { play, rate })
    }

    /// The rate r.
    pub fn rate(&self) -> f64 {
        self.rate
    }

    /// Motion and multipliers zero.
    pub fn zeros(&self, saddle: &impl Saddle) -> DVector<f64> {
        let [n, z, mu] = saddle.sizes();
        let remembered = if matches!(self.play, Play::Averaged { .. }) { mu } else { 0 };
        DVector::zeros(n * (z + mu + remembered))
    }

    /// One step from the state: `z`, `μ`, and `m` where that is [averaged](Play::Averaged).
    ///
    /// # Panics
    /// When the state is not as long as [`zeros`](Self::zeros).
    pub fn step(&self, saddle: &impl Saddle, state: &DVector<f64>) -> DVector<f64> {
        let ([n, each, each_mu], r) = (saddle.sizes(), self.rate);
        let part = |from: usize, each: usize| state.rows(n * from, n * each).clone_owned();
        let (z, mu) = (part(0, each), part(each, each_mu));
        let parts = match self.play {
            Play::AtOnce => vec![&z - r * saddle.slope(&z, &mu), mu + r * saddle.rates(&z)],
            Play::InTurn => {
                let moved = &z - r * saddle.slope(&z, &mu);
                let mu = mu + r * saddle.rates(&moved);
                vec![moved, mu]
            }
            Play::Averaged { share } => {
                let mean = part(each + each_mu, each_mu);
                let moved = &z - r * saddle.slope(&z, &mean);
                let mu = mu + r * saddle.rates(&z);
                let mean = &mean + share * (&mu - &mean);
                vec![moved, mu, mean]
            }
            Play::Damped { penalty } => {
                let rates = saddle.rates(&z);
                vec![&z - r * saddle.slope(&z, &(&mu + 2.0 * penalty * &rates)), mu + r * rates]
            }
            Play::Extragradient => {
                let (ahead, above) = (&z - r * saddle.slope(&z, &mu), &mu + r * saddle.rates(&z));
                vec![&z - r * saddle.slope(&ahead, &above), mu + r * saddle.rates(&ahead)]
            }
            Play::Relaxed { penalty, reach } => {
                let rates = saddle.rates(&z);
                let slope = saddle.slope(&z, &(&mu + 2.0 * penalty * &rates));
                vec![&z - r * relaxed(slope, each, reach), mu + r * relaxed(rates, each_mu, reach)]
            }
        };
        DVector::from_vec(parts.iter().flat_map(DVector::as_slice).copied().collect::<Vec<f64>>())
    }

    /// The iteration matrix: what a step makes of each unit vector.
    pub fn matrix(&self, saddle: &QuadraticSaddle) -> DMatrix<f64> {
        let zeros = self.zeros(saddle);
        let unit = |j: usize| {
            let mut state = zeros.clone();
            state[j] = 1.0;
            self.step(saddle, &state)
        };
        DMatrix::from_columns(&(0..zeros.len()).map(unit).collect::<Vec<_>>())
    }

    /// κ for each eigenvalue `1 - rκ` of the matrix: per unit of the rate, Re κ is how the mode falls and |Im κ| how it turns. Of plays
    /// whose matrix is affine in r (at once, damped, relaxed), the flow for small rates; `None` as for [`Mode::of_matrix`].
    pub fn flow(&self, saddle: &QuadraticSaddle) -> Option<Vec<[f64; 2]>> {
        let modes = eigenvalues(&self.matrix(saddle))?;
        Some(modes.iter().map(|e| [(1.0 - e.re) / self.rate, e.im.abs() / self.rate]).collect())
    }

    /// Its slowest mode on a quadratic saddle, or any other one near its solution; `None` as for [`Mode::of_matrix`].
    pub fn mode(&self, saddle: &QuadraticSaddle) -> Option<Mode> {
        Mode::of_matrix(&self.matrix(saddle))
    }

    /// Steps from `start` until one is within `goal`: none of its entries, over the rate, is larger. `see` is shown each step, the
    /// change of the state.
    pub fn run(
        &self,
        saddle: &impl Saddle,
        start: DVector<f64>,
        (goal, steps): (f64, usize),
        mut see: impl FnMut(usize, &DVector<f64>),
    ) -> Run {
        let (mut state, mut first) = (start, 0.0);
        for k in 0..steps {
            let next = self.step(saddle, &state);
            let change = &next - &state;
            let size = change.amax() / self.rate;
            // A largest entry does not tell of a NaN.
            if !change.iter().all(|v| v.is_finite()) {
                return Run { outcome: Outcome::Diverged, state, steps: k };
            }
            see(k, &change);
            state = next;
            if k == 0 {
                first = size;
            }
            if size <= goal || size > 1e9 * first {
                let outcome = if size <= goal { Outcome::Settled } else { Outcome::Diverged };
                return Run { outcome, state, steps: k + 1 };
            }
        }
        Run { outcome: Outcome::StepLimit, state, steps }
    }
}

/// `(I - l² ∂²)⁻¹ g` in each of the `each` numbers of an interval, `∂²` the second difference over intervals with flat ends.
fn relaxed(mut g: DVector<f64>, each: usize, reach: f64) -> DVector<f64> {
    let (n, s) = (g.len() / each, reach * reach);
    let mut upper = vec![0.0; n];
    for k in 0..n {
        let neighbours = usize::from(k > 0) + usize::from(k + 1 < n);
        let pivot = 1.0 + s * neighbours as f64 - if k > 0 { s * upper[k - 1] } else { 0.0 };
        upper[k] = s / pivot;
        for i in 0..each {
            let before = if k > 0 { g[(k - 1) * each + i] } else { 0.0 };
            g[k * each + i] = (g[k * each + i] + s * before) / pivot;
        }
    }
    for k in (1..n).rev() {
        for i in 0..each {
            g[(k - 1) * each + i] += upper[k - 1] * g[k * each + i];
        }
    }
    g
}
