//! A motion on knots: the states, and the controls between them.

mod csv;
#[cfg(feature = "serde")]
pub(crate) mod rows;

use alloc::vec;
use alloc::vec::Vec;

pub use csv::CsvError;

use crate::Real;

/// `N + 1` states and `N` controls; control `k` is held from knot `k` to knot `k + 1`.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        try_from = "Shape<NX, NU, R>",
        bound(serialize = "R: serde::Serialize", deserialize = "R: serde::Deserialize<'de>")
    )
)]
pub struct Trajectory<const NX: usize, const NU: usize, R = f64> {
    /// States at knots 0 .. N.
    #[cfg_attr(feature = "serde", serde(with = "rows"))]
    pub states: Vec<[R; NX]>,
    /// Controls of the intervals 0 .. N-1.
    #[cfg_attr(feature = "serde", serde(with = "rows"))]
    pub controls: Vec<[R; NU]>,
}

/// A trajectory as it is read, of any two lengths.
#[cfg(feature = "serde")]
#[derive(serde::Deserialize)]
#[serde(rename = "Trajectory", bound(deserialize = "R: serde::Deserialize<'de>"))]
struct Shape<const NX: usize, const NU: usize, R> {
    #[serde(with = "rows")]
    states: Vec<[R; NX]>,
    #[serde(with = "rows")]
    controls: Vec<[R; NU]>,
}

#[cfg(feature = "serde")]
impl<const NX: usize, const NU: usize, R> TryFrom<Shape<NX, NU, R>> for Trajectory<NX, NU, R> {
    type Error = alloc::string::String;

    fn try_from(Shape { states, controls }: Shape<NX, NU, R>) -> Result<Self, Self::Error> {
        if states.len() == controls.len() + 1 {
            return Ok(Trajectory { states, controls });
        }
        Err(alloc::format!(
            "{} states and {} controls: must be one state more than controls",
            states.len(),
            controls.len()
        ))
    }
}

impl<const NX: usize, const NU: usize, R: Real> Trajectory<NX, NU, R> {
    /// The same state at every knot and the same control on each of `intervals`.
    pub fn constant(intervals: usize, state: [R; NX], control: [R; NU]) -> Self {
        Trajectory { states: vec![state; intervals + 1], controls: vec![control; intervals] }
    }

    /// N, the number of intervals.
    pub fn intervals(&self) -> usize {
        self.controls.len()
    }

    #[inline(always)]
    #[track_caller]
    pub(crate) fn must_have(&self, intervals: usize) {
        let (states, controls) = (self.states.len(), self.controls.len());
        let fine = controls == intervals && states == intervals + 1;
        assert!(fine, "{states} states and {controls} controls, not those of {intervals} intervals");
    }

    /// The same motion in another precision; to a lower one it rounds.
    pub fn convert<Q: Real>(&self) -> Trajectory<NX, NU, Q> {
        let states = self.states.iter().map(|x| x.map(|v| Q::from(v.to_f64()))).collect();
        let controls = self.controls.iter().map(|u| u.map(|v| Q::from(v.to_f64()))).collect();
        Trajectory { states, controls }
    }

    /// `self + alpha step`; the step's first state moves the first state too.
    pub fn step_into(&self, alpha: R, step: &Self, out: &mut Self) {
        for ((out, x), d) in out.states.iter_mut().zip(&self.states).zip(&step.states) {
            for i in 0..NX {
                out[i] = x[i] + alpha * d[i];
            }
        }
        for ((out, u), d) in out.controls.iter_mut().zip(&self.controls).zip(&step.controls) {
            for j in 0..NU {
                out[j] = u[j] + alpha * d[j];
            }
        }
    }
}
