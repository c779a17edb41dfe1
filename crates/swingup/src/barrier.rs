//! Barriers: hard constraints as a price, so that a problem with limits is again one without.

mod path;
mod priced;

pub use path::{End, Follow, Path, Stage, follow};
pub use priced::{Margin, Priced};

/// What a margin costs: a function of `m = -g`, positive inside, that rises towards the limit.
///
/// | barrier | value | on the path, a constraint of multiplier λ has the margin |
/// | --- | --- | --- |
/// | `Log` | `-μ ln m`, infinite for `m <= 0` | `μ/λ` |
/// | `RelaxedLog` | `-μ ln m` for `m > δ`, else `μ/2 ((m/δ - 2)² - 1) - μ ln δ` | `μ/λ` where that is at least δ, else `δ(2 - λδ/μ)` |
/// | `Exponential` | `r e^{-m/r}` | `-r ln λ`: outside when λ > 1 |
/// | `Softplus` | `r ln(1 + e^{-m/r})` | `r ln(1/λ - 1)`, and none when λ >= 1 |
///
/// The parameter is μ or r. It has the unit of the cost, and r is at the same time a length in the unit of the margin: its
/// slope is a pure number, so that λ is compared with one unit of cost per unit of margin. The path of the logarithm to the
/// parameter `s μ` is the same for s times the cost; that of the exponential and of softplus is not.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Barrier {
    /// The logarithm.
    Log,
    /// The logarithm, continued below δ by the parabola with the same value, slope and curvature (J. Hauser, A. Saccon, A barrier
    /// function method for the optimization of trajectory functionals with constraints, CDC 2006; C. Feller, C. Ebenbauer,
    /// Relaxed logarithmic barrier function based model predictive control of linear systems, IEEE TAC 62, 2017).
    RelaxedLog {
        /// δ, in the unit of the margin; positive.
        delta: f64,
    },
    /// The exponential: defined everywhere, infinite in double precision from a violation of 709.78 r on.
    Exponential,
    /// The exponential whose slope never exceeds 1, so that it is softer than a constraint with a larger multiplier.
    Softplus,
}

impl Barrier {
    /// Value, first and second derivative at this margin, for a positive parameter.
    ///
    /// Outside, the logarithm is infinite and its derivatives NaN; what overflows is infinite.
    #[inline]
    pub fn at(self, margin: f64, parameter: f64) -> [f64; 3] {
        match self {
            Barrier::Log if margin > 0.0 => {
                [-parameter * libm::log(margin), -parameter / margin, parameter / margin / margin]
            }
            Barrier::Log => [f64::INFINITY, f64::NAN, f64::NAN],
            Barrier::RelaxedLog { delta } if margin > delta => Barrier::Log.at(margin, parameter),
            Barrier::RelaxedLog { delta } => {
                let (beyond, curvature) = (margin / delta - 2.0, parameter / delta / delta);
                let value = parameter * (0.5 * (beyond * beyond - 1.0) - libm::log(delta));
                [value, parameter / delta * beyond, curvature]
            }
            Barrier::Exponential => {
                let e = libm::exp(-margin / parameter);
                [parameter * e, -e, e / parameter]
            }
            Barrier::Softplus => {
                // Of the two exponents the one that cannot overflow.
                let small = libm::exp(-margin.abs() / parameter);
                let rest = 1.0 / (1.0 + small);
                let share = if margin > 0.0 { small * rest } else { rest };
                [parameter * libm::log1p(small) + (-margin).max(0.0), -share, small * rest * rest / parameter]
            }
        }
    }

    /// The margin at which the slope is `-multiplier`: where a constraint with this multiplier is on the path. Infinite for
    /// λ = 0; NaN where no margin has that slope.
    ///
    /// ```
    /// use swingup::barrier::Barrier;
    ///
    /// assert!(Barrier::Exponential.margin(2.0, 0.1) < 0.0, "outside");
    /// assert!(Barrier::Softplus.margin(2.0, 0.1).is_nan(), "no slope beyond 1");
    /// ```
    pub fn margin(self, multiplier: f64, parameter: f64) -> f64 {
        match self {
            Barrier::Log => parameter / multiplier,
            Barrier::RelaxedLog { delta } if parameter >= multiplier * delta => parameter / multiplier,
            Barrier::RelaxedLog { delta } => delta * (2.0 - multiplier * delta / parameter),
            Barrier::Exponential => -parameter * libm::log(multiplier),
            Barrier::Softplus => parameter * libm::log(1.0 / multiplier - 1.0),
        }
    }
}
