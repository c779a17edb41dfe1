//! The two programs that swung the pole up in 2018, as settings of the method of multipliers.

use alloc::vec::Vec;

use crate::expansion::Nlp;
use crate::newton::{Indefinite, Options, Report, multipliers};
use crate::ocp::ProblemError;
use crate::{Real, Trajectory};

/// Penalties for [`multipliers`], and its options.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// ρ of each round.
    pub penalties: Vec<f64>,
    /// What a round does.
    pub options: Options,
}

impl Program {
    /// The first: ρ = 0.1, 0.2, .. 51.2, every step whole, until the decrement is below 1e-10 of the cost.
    pub fn first() -> Self {
        let options = Options { cutoff: 1e-10, line_search: false, ..as_it_is() };
        Program { penalties: (0..10).map(|i| 0.1 * f64::from(1 << i)).collect(), options }
    }

    /// The second: ρ = 0, 0.1, 1.1, .. 1111.1, steps halved until they go down, until the decrement is below 1e-7 of the
    /// cost of its fifteen copies. That it was the cost of all of them is our reading: with it the swing-up takes the 51 steps
    /// that were published, with the cost of one copy 54.
    pub fn second() -> Self {
        let options = Options { cutoff: 15.0 * 1e-7, ..as_it_is() };
        Program { penalties: Vec::from([0.0, 0.1, 1.1, 11.1, 111.1, 1111.1]), options }
    }

    /// The same with another cutoff.
    #[must_use]
    pub fn cutoff(&self, cutoff: f64) -> Self {
        Program { penalties: self.penalties.clone(), options: Options { cutoff, ..self.options.clone() } }
    }

    /// Runs it from `guess`, in the precision of that.
    ///
    /// # Errors
    /// Those of [`multipliers`].
    pub fn run<const NX: usize, const NU: usize, R: Real>(
        &self,
        nlp: &impl Nlp<NX, NU, R>,
        guess: &Trajectory<NX, NU, R>,
    ) -> Result<Report, ProblemError> {
        Ok(multipliers(nlp, guess, &self.penalties, &self.options, |_, _| true)?.report)
    }
}

/// Both solved with the Hessian as it was.
fn as_it_is() -> Options {
    Options { indefinite: Indefinite::Accept, iterations: 2000, ..Options::default() }
}
