//! How much gain and how much delay a loop stands: its margins, from all the frequencies that decide them.

use alloc::vec::Vec;
use core::f64::consts::TAU;

use libm::{atan2, hypot};
use nalgebra::allocator::Allocator;
use nalgebra::{Complex, DMatrix, DefaultAllocator, Dim, OMatrix};

use super::crossings::{Boundary, Condition, Loop};
use crate::lqr::Refusal;
use crate::lqr::check::{checked, finite};

/// A frequency at which the loop has gain 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GainCrossover {
    /// ω, in rad/s.
    pub frequency: f64,
    /// The angle from -1 to L, in rad, in (-π, π]: as much lag, or lead if it is negative, takes the loop to -1.
    pub phase_margin: f64,
    /// The least delay, in s, that takes the loop to -1.
    pub delay_margin: f64,
}

/// A frequency at which the loop is real and negative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhaseCrossover {
    /// ω, in rad/s; 0 (and π/h, of a sampled loop) if it is so there.
    pub frequency: f64,
    /// The factor that takes the loop to -1; below 1 for a loop that may not become weaker.
    pub gain_margin: f64,
}

/// The margins of a loop, broken at one control while the other loops stay closed.
///
/// They are distances to the loss of stability if A - BK is stable, which [`poles`](crate::lqr::poles) tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Margins {
    /// All frequencies of gain 1, ascending.
    pub gain_crossovers: Vec<GainCrossover>,
    /// All frequencies of phase 180°, ascending.
    pub phase_crossovers: Vec<PhaseCrossover>,
    /// The least distance of L from -1. Its inverse is the peak of the sensitivity, M_s.
    pub distance: f64,
    /// Where that is, in rad/s, to half of the digits; infinite if nowhere else is nearer.
    pub nearest: f64,
}

impl Margins {
    /// The phase margin that is least in size, in rad; none if the gain is never 1.
    pub fn phase(&self) -> Option<f64> {
        self.gain_crossovers.iter().map(|c| c.phase_margin).min_by(|a, b| a.abs().total_cmp(&b.abs()))
    }

    /// The least delay, in s, that the loop does not stand; infinite if it stands all.
    pub fn delay(&self) -> f64 {
        self.gain_crossovers.iter().map(|c| c.delay_margin).fold(f64::INFINITY, f64::min)
    }

    /// The gains between which the factor of the control may lie: 0 if it may vanish, infinite if it may grow for ever.
    pub fn gain(&self) -> (f64, f64) {
        let factors = || self.phase_crossovers.iter().map(|c| c.gain_margin);
        let lower = factors().filter(|&k| k <= 1.0).fold(0.0, f64::max);
        (lower, factors().filter(|&k| k >= 1.0).fold(f64::INFINITY, f64::min))
    }
}

/// The margins of `x' = Ax + Bu, u = -Kx` (A: N × N, B: N × M, K: M × N) at each of its M controls.
///
/// The loop of control i, broken at the plant's input while the others stay closed, is
/// ```text
/// L(s) = k (sI - A_i)⁻¹ b        A_i = A - Σ_{j≠i} b_j k_j        closed: 1 + L(s) = 0
/// ```
/// with column b of B and row k of K. No grid of frequencies is searched: `|L(jω)| = 1`, `Im L(jω) = 0` and
/// `|1 + L(jω)| = d` hold at eigenvalues jω of a matrix pencil; these separate the crossings, each of which is then
/// bracketed by a change of sign and bisected to the last digit. The least d is found as Bruinsma and Steinbuch (1990)
/// find the norm H∞, of which it is an inverse.
///
/// What only touches (a gain of 1 that does not cross it, a loop that is real at all frequencies) does not count as a
/// crossover. Nor does the frequency of a pole on the axis, where the loop is infinite.
///
/// ```
/// use nalgebra::{matrix, vector};
///
/// // A cart-pole near the top, (tilt, its rate, x, v), under the regulator of Q = I, R = 1.
/// let a = matrix![0.0, 1.0, 0.0, 0.0; 29.43, 0.0, 0.0, 0.0; 0.0, 0.0, 0.0, 1.0; 0.0, 0.0, 0.0, 0.0];
/// let k = matrix![26.77786087712222, 5.032965851780539, -1.0, -2.1117052004585473];
/// let found = &swingup::lqr::margins(&a, &vector![0.0, 3.0, 0.0, 1.0], &k)?[0];
/// // 61.7 degrees, 92 ms, and no less than 47 % of the gain.
/// assert!((found.phase().unwrap().to_degrees() - 61.707639288438).abs() < 1e-12);
/// assert!((found.delay() - 0.0918472783044768).abs() < 1e-15);
/// assert!((found.gain().0 - 0.4675).abs() < 1e-4 && found.gain().1 == f64::INFINITY);
/// # Ok::<(), swingup::lqr::Refusal>(())
/// ```
///
/// # Errors
/// [`Refusal::Shape`] and [`Refusal::NotFinite`].
pub fn margins<N: Dim, M: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    k: &OMatrix<f64, M, N>,
) -> Result<Vec<Margins>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<M, N>,
{
    of_each_loop(a, b, k, Boundary::Axis)
}

/// [`margins`] of `x₊ = Ax + Bu, u = -Kx` with a sample every `h` seconds: `s` becomes `z = exp(jωh)`, 0 ≤ ω ≤ π/h.
///
/// A delay margin is in seconds here too: a delay of d samples turns the loop by ωhd.
///
/// # Errors
/// [`Refusal::Shape`], [`Refusal::NotFinite`] and [`Refusal::NotPositive`], of `h`.
pub fn sampled_margins<N: Dim, M: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    k: &OMatrix<f64, M, N>,
    h: f64,
) -> Result<Vec<Margins>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<M, N>,
{
    finite("h", h, (0, 0))?;
    if h <= 0.0 {
        return Err(Refusal::NotPositive { name: "h", value: h });
    }
    of_each_loop(a, b, k, Boundary::Circle { h })
}

fn of_each_loop<N: Dim, M: Dim>(
    a: &OMatrix<f64, N, N>,
    b: &OMatrix<f64, N, M>,
    k: &OMatrix<f64, M, N>,
    boundary: Boundary,
) -> Result<Vec<Margins>, Refusal>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N, M> + Allocator<M, N>,
{
    let (n, m) = (a.nrows(), b.ncols());
    let (a, b, k) = (checked("A", a, (n, n))?, checked("B", b, (n, m))?, checked("K", k, (m, n))?);
    let of = |i: usize| {
        let (column, row) = (DMatrix::from(b.columns(i, 1)), DMatrix::from(k.rows(i, 1)));
        let others = &a - &b * &k + &column * &row;
        of_loop(&Loop { a: if m == 1 { a.clone() } else { others }, b: column, k: row, boundary })
    };
    Ok((0..m).map(of).collect())
}

fn of_loop(lop: &Loop) -> Margins {
    let gain_crossover = |frequency| {
        let l = lop.at(frequency);
        let phase_margin = atan2(-l.im, -l.re);
        // What is -1 up to rounding is there already.
        let lag = if phase_margin < -1e-13 { phase_margin + TAU } else { phase_margin.max(0.0) };
        GainCrossover { frequency, phase_margin, delay_margin: lag / frequency }
    };
    let negative = |frequency| {
        let l = lop.at(frequency);
        let is = l.re < 0.0 && l.re.is_finite();
        is.then(|| PhaseCrossover { frequency, gain_margin: -1.0 / l.re })
    };
    let gain = |l: Complex<f64>| hypot(l.re, l.im) - 1.0;
    let sine = |l: Complex<f64>| l.im / hypot(l.re, l.im);
    let gain_crossovers: Vec<_> = lop.crossings(Condition::GAIN, gain).into_iter().map(gain_crossover).collect();
    let mut real = lop.crossings(Condition::REAL, sine);
    // A loop is real at both ends.
    real.insert(0, 0.0);
    real.extend(lop.last());
    let phase_crossovers: Vec<_> = real.into_iter().filter_map(negative).collect();

    // Far out the loop vanishes, at the distance 1; of the rest, what is nearer than the best so far lies between two
    // frequencies that are as near. They square the error each time.
    let distance = |w: f64| {
        let l = lop.at(w);
        hypot(1.0 + l.re, l.im)
    };
    let mut best = lop.last().map_or((1.0, f64::INFINITY), |last| (distance(last), last));
    let mut guesses = alloc::vec![0.0];
    guesses.extend(gain_crossovers.iter().map(|c| c.frequency));
    guesses.extend(phase_crossovers.iter().map(|c| c.frequency));
    for round in 0..50 {
        let before = best.0;
        for &w in &guesses {
            let here = distance(w);
            if here < best.0 {
                best = (here, w);
            }
        }
        if round > 0 && best.0 >= before * (1.0 - 1e-15) {
            break;
        }
        guesses = lop.candidates(Condition::distance(best.0));
        guesses.extend(lop.between(&guesses));
    }
    Margins { gain_crossovers, phase_crossovers, distance: best.0, nearest: best.1 }
}
