//! What the eigenvalues of descent and ascent predict, and what runs do.

use std::vec::Vec;

use nalgebra::DVector;

use super::{DescentAscent, Mode, OptionError, Outcome, Play, QuadraticSaddle, Saddle, option};

impl DescentAscent {
    /// The mode that `digits` of the predicted decay leave over, by the last steps of a [`run`](Self::run) from `start`; and for about
    /// 400 of its steps, how many and the Euclidean norm of their changes.
    ///
    /// The prediction says only how long to run and how far [apart](Mode::of_steps) to look. No mode when the run diverges.
    pub fn measure(
        &self,
        saddle: &impl Saddle,
        start: DVector<f64>,
        predicted: Mode,
        digits: f64,
    ) -> (Option<Mode>, Vec<(f64, f64)>) {
        let apart = predicted.steps_to_change();
        let steps = (digits * predicted.steps_per_digit()) as usize + 4 * apart;
        let (mut last, mut sizes) = (Vec::new(), Vec::new());
        let run = self.run(saddle, start, (0.0, steps), |k, change| {
            if k + 4 * apart >= steps {
                last.push(change.clone());
            }
            if k % (1 + steps / 400) == 0 {
                sizes.push((k as f64, change.norm()));
            }
        });
        let mode = if run.outcome == Outcome::StepLimit { Mode::of_steps(&last, apart) } else { None };
        (mode, sizes)
    }
}

/// The largest rate at which descent and ascent at once do not diverge, `min 2 Re κ/|κ|²`; `None` as for [`Mode::of_matrix`].
pub fn largest_rate(saddle: &QuadraticSaddle) -> Option<f64> {
    let flow = DescentAscent::new(Play::AtOnce, 1.0).ok()?.flow(saddle)?;
    Some(flow.iter().map(|[re, im]| 2.0 * re / (re * re + im * im)).fold(f64::INFINITY, f64::min))
}

/// The rates `least, q least, .. <= most` with the slowest mode that the play then has, where one was found.
///
/// # Errors
/// Those of [`DescentAscent::new`].
pub fn modes_by_rate(
    play: Play,
    saddle: &QuadraticSaddle,
    (least, most): (f64, f64),
    q: f64,
) -> Result<Vec<(f64, Mode)>, OptionError> {
    option("ratio of rates", q, q > 1.0 && q.is_finite(), "above 1, and finite")?;
    let (mut rate, mut modes) = (least, Vec::new());
    while rate <= most {
        let mode = DescentAscent::new(play, rate)?.mode(saddle);
        modes.extend(mode.map(|mode| (rate, mode)));
        rate *= q;
    }
    Ok(modes)
}

/// A play on a saddle, predicted and measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Trained {
    /// Its name.
    pub name: &'static str,
    /// The rate of the run.
    pub rate: f64,
    /// Predicted steps per digit at each rate where the error falls.
    pub steps_per_digit: Vec<(f64, f64)>,
    /// The slowest mode at the rate of the run.
    pub predicted: Mode,
    /// The mode that the run had in the end; `None` when it diverged.
    pub measured: Option<Mode>,
    /// The run: the size of a step, of that of the first, by steps in units of the predicted ones per digit.
    pub decay: Vec<(f64, f64)>,
}

/// Predicts each play at rates in `range`, a factor q apart, and [measures](DescentAscent::measure) it on `saddle` at the rate given
/// with it, from zeros over `digits` predicted digits. `near` is the saddle's expansion about its solution. A play without a mode is left out.
///
/// # Errors
/// Those of [`DescentAscent::new`].
pub fn train(
    saddle: &impl Saddle,
    near: &QuadraticSaddle,
    plays: &[(&'static str, Play, f64, f64)],
    range: (f64, f64),
    q: f64,
) -> Result<Vec<Trained>, OptionError> {
    let mut all = Vec::new();
    for &(name, play, rate, digits) in plays {
        let method = DescentAscent::new(play, rate)?;
        let Some(predicted) = method.mode(near) else { continue };
        let modes = modes_by_rate(play, near, range, q)?;
        let steps_per_digit = modes.iter().filter(|at| at.1.modulus < 1.0).map(|at| (at.0, at.1.steps_per_digit()));
        let (measured, sizes) = method.measure(saddle, method.zeros(saddle), predicted, digits);
        let first = sizes.first().map_or(1.0, |size| size.1);
        let decay = sizes.iter().map(|(k, size)| (k / predicted.steps_per_digit(), size / first)).collect();
        all.push(Trained { name, rate, steps_per_digit: steps_per_digit.collect(), predicted, measured, decay });
    }
    Ok(all)
}

impl Trained {
    /// Relative errors of the prediction: of the steps per digit, and of the angle of a turn; infinite when the run diverged.
    pub fn errors(&self) -> [f64; 2] {
        let predicted = &self.predicted;
        self.measured.map_or([f64::INFINITY; 2], |measured| {
            let decay = measured.steps_per_digit() / predicted.steps_per_digit() - 1.0;
            let turn = measured.angle - predicted.angle;
            [decay.abs(), if predicted.angle > 0.0 { (turn / predicted.angle).abs() } else { turn.abs() }]
        })
    }
}
