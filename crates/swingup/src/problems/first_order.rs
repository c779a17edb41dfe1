//! The two problems that the notes tried methods of first order on, with costs of absolute values.

use alloc::vec;
use alloc::vec::Vec;

use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::Pattern;
use crate::models::{CartPole, Linear};
use crate::newton::{self, Options, Status};
use crate::ocp::ProblemError;
use crate::transcription::{MIDPOINT, Mirk, Transcribed};
use crate::{At, Cost, CostSink, Ocp, Real, Scalar, Trajectory};

/// The least cost of [`spring`] on 20 knots with the midpoint rule, as quadratic programming finds it.
pub const SPRING_OPTIMUM: f64 = 12.295560;

/// The least cost of [`short_track`], barriers included, as an interior-point method finds it.
pub const SHORT_TRACK_OPTIMUM: f64 = 67.20139;

/// `√(e² + ε²)`: |e| with its kink rounded off over a width ε, never below |e| and at most ε above. For ε = 0 it is |e|.
#[inline(always)]
pub fn rounded_abs<S: Scalar>(e: S, epsilon: f64) -> S {
    if epsilon > 0.0 { (e * e + epsilon * epsilon).sqrt() } else { e.abs() }
}

/// The distance of one state from its goal, and the control's square: `|x_i - goal| + r u²`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance<const NX: usize> {
    /// Which state, i.
    state: usize,
    /// Where it shall be.
    pub goal: f64,
    /// r.
    pub effort: f64,
    /// The width ε over which the kink is [rounded off](rounded_abs).
    pub smoothing: f64,
}

impl<const NX: usize> Cost<NX, 1> for Distance<NX> {
    #[inline(always)]
    fn running<S: Scalar>(&self, at: &At<'_, S, 0>, x: [S; NX], [u]: [S; 1], sink: &mut impl CostSink<S>) {
        sink.square(self.effort, u);
        self.terminal(at, x, sink);
    }

    #[inline(always)]
    fn terminal<S: Scalar>(&self, _: &At<'_, S, 0>, x: [S; NX], sink: &mut impl CostSink<S>) {
        sink.add(rounded_abs(x[self.state] - self.goal, self.smoothing));
    }
}

/// [`spring`] on knots.
pub type Spring = Transcribed<Linear<2, 1>, Distance<2>, Mirk<1>, 2, 1>;

/// Pull a mass on a spring to 1 and hold it there: 20 knots, 0.25 apart, by the midpoint rule.
/// ```text
/// x'' = u - x        minimize Σ |x_k - 1| + Σ u_k²,   |.| rounded off over `smoothing`
/// ```
pub fn spring(smoothing: f64) -> Spring {
    let model = Linear { a: [[0.0, 1.0], [-1.0, 0.0]], b: [[0.0], [1.0]] };
    let cost = Distance { state: 0, goal: 1.0, effort: 1.0, smoothing };
    let ocp = Ocp::new(model, cost, [0.0; 2], 19, 0.25).expect("constants that are in range");
    ocp.transcribe(MIDPOINT)
}

/// [`short_track`] on knots.
pub type ShortTrack = Inside<Transcribed<CartPole, Distance<4>, Mirk<1>, 4, 1>, 4>;

/// Swing the pole up on a short track, slowly: 50 knots, 0.2 apart, by the midpoint rule.
/// ```text
/// minimize Σ |θ_k - π| + 0.01 Σ u_k² - 0.1 Σ (ln(1 - x²) + ln(1 - v²)) at the middle of each interval
/// ```
/// with |.| rounded off over `smoothing`. The knots themselves may leave the barriers' inside: the middle does not see what
/// alternates from knot to knot.
pub fn short_track(smoothing: f64) -> ShortTrack {
    let cost = Distance { state: 2, goal: core::f64::consts::PI, effort: 0.01, smoothing };
    let ocp = Ocp::new(CartPole::scaled(), cost, [0.0; 4], 49, 0.2).expect("constants that are in range");
    Inside { nlp: ocp.transcribe(MIDPOINT), weight: [0.1, 0.1, 0.0, 0.0] }
}

/// Newton's method where the cost has kinks: solves `problem(ε)` for one width ε after the other, each from the motion of the last,
/// the first from `guess`.
///
/// Gives, for each width, the Newton steps taken so far, the cost with its kinks, that of `problem(0)`, and how the run ended. The
/// cost is above the least one by at most the number of kinked terms times ε.
///
/// # Errors
/// Those of [`newton::solve`].
pub fn solve_rounded<P: Nlp<NX, NU>, const NX: usize, const NU: usize>(
    problem: impl Fn(f64) -> P,
    guess: Trajectory<NX, NU>,
    widths: &[f64],
    options: &Options,
) -> Result<Vec<(usize, f64, Status)>, ProblemError> {
    let (mut plan, mut steps, mut path) = (guess, 0, Vec::new());
    for &epsilon in widths {
        let solution = newton::solve(&problem(epsilon), &plan, options)?;
        steps += solution.report.iterations.len();
        plan = solution.plan;
        let mut defects = vec![[0.0; NX]; plan.intervals()];
        path.push((steps, problem(0.0).evaluate(&plan, &mut defects), solution.report.status));
    }
    Ok(path)
}

/// A problem on knots with a logarithmic barrier more, on states at the middle of each interval:
/// ```text
/// J - Σ_k Σ_i w_i ln(1 - m_i²)        m = (x_k + x_{k+1})/2
/// ```
/// Outside, where some |m_i| > 1, the cost is NaN while gradient and curvature are finite, pointing anywhere: who looks at
/// gradients alone does not notice.
#[derive(Clone, Debug)]
pub struct Inside<P, const NX: usize> {
    /// The problem without it.
    pub nlp: P,
    /// w, 0 for states that have none.
    pub weight: [f64; NX],
}

impl<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize, R: Real> Nlp<NX, NU, R> for Inside<P, NX> {
    fn intervals(&self) -> usize {
        self.nlp.intervals()
    }

    fn start(&self) -> [R; NX] {
        self.nlp.start()
    }

    fn step(&self) -> f64 {
        self.nlp.step()
    }

    /// All pairs.
    fn pattern(&self) -> Pattern {
        Pattern::full(2 * NX + NU)
    }

    fn evaluate(&self, plan: &Trajectory<NX, NU, R>, defects: &mut [[R; NX]]) -> R {
        let mut cost = self.nlp.evaluate(plan, defects);
        for ends in plan.states.windows(2) {
            for i in (0..NX).filter(|&i| self.weight[i] > 0.0) {
                let m = (ends[0][i] + ends[1][i]) * 0.5;
                cost -= ((R::one() - m).ln() + (R::one() + m).ln()) * self.weight[i];
            }
        }
        cost
    }

    fn expand(
        &self,
        plan: &Trajectory<NX, NU, R>,
        multipliers: &[[R; NX]],
        hessian: Hessian,
        out: &mut Expansion<NX, NU, R>,
    ) {
        self.nlp.expand(plan, multipliers, hessian, out);
        out.explicit = false;
        for (k, ends) in plan.states.windows(2).enumerate() {
            for i in (0..NX).filter(|&i| self.weight[i] > 0.0) {
                let m = (ends[0][i] + ends[1][i]) * 0.5;
                let room = R::one() - m * m;
                // Half the slope, and a quarter of the curvature, of -w ln(1 - m²).
                let slope = m / room * self.weight[i];
                let bend = (R::one() + m * m) / (room * room) * (0.5 * self.weight[i]);
                out.blocks[k].x[i] += slope;
                out.blocks[k].xx[(i, i)] += bend;
                out.blocks[k].nx[(i, i)] += bend;
                let (x, xx) = match out.blocks.get_mut(k + 1) {
                    Some(next) => (&mut next.x, &mut next.xx),
                    None => (&mut out.x, &mut out.xx),
                };
                x[i] += slope;
                xx[(i, i)] += bend;
            }
        }
    }
}
