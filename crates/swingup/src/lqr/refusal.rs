//! Why an equation is not solved.

use core::error::Error;
use core::fmt;

use nalgebra::Complex;

/// A reason, with the entry or the mode it is about.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// A matrix of another shape than the others ask for.
    Shape {
        /// Its letter.
        matrix: &'static str,
        /// Rows and columns that it should have.
        expected: (usize, usize),
        /// Those it has.
        found: (usize, usize),
    },
    /// A time between samples must be positive.
    NotPositive {
        /// Its letter.
        name: &'static str,
        /// What it is.
        value: f64,
    },
    /// An entry that is infinite or not a number.
    NotFinite {
        /// The matrix.
        matrix: &'static str,
        /// Row of the entry, from 0.
        row: usize,
        /// Its column.
        column: usize,
        /// The entry.
        value: f64,
    },
    /// A weight must be symmetric.
    NotSymmetric {
        /// The matrix.
        matrix: &'static str,
        /// Row of the entry above the diagonal.
        row: usize,
        /// Its column.
        column: usize,
        /// That entry.
        above: f64,
        /// The one it should equal.
        below: f64,
    },
    /// Some control would be paid for, or nothing would be paid for an impulse.
    Indefinite {
        /// The matrix.
        matrix: &'static str,
        /// The control whose weight, the controls before it being given, is not positive.
        control: usize,
        /// That weight: the pivot of the elimination.
        pivot: f64,
    },
    /// No feedback moves this mode of A, and it does not decay.
    Unstabilizable {
        /// Eigenvalue of A.
        mode: Complex<f64>,
    },
    /// The cost does not see this mode of A, and it neither grows nor decays.
    Undetectable {
        /// Eigenvalue of A.
        mode: Complex<f64>,
    },
    /// The best closed loop has a pole on the imaginary axis (on the unit circle): no solution stabilizes.
    Marginal {
        /// The pole.
        pole: Complex<f64>,
    },
    /// Some control costs nothing, neither itself nor by what it does, or not more than others that do the same: R + B'XB is singular.
    Idle {
        /// The control of which that is truest.
        control: usize,
    },
    /// For a filter: no measurement sees this mode of A, and it does not decay.
    Unseen {
        /// Eigenvalue of A.
        mode: Complex<f64>,
    },
    /// For a filter: no noise moves this mode of A, and it neither grows nor decays, so that its gain vanishes.
    Unmoved {
        /// Eigenvalue of A.
        mode: Complex<f64>,
    },
    /// For a filter: a measurement without noise of what others tell without noise; CΣC' + V is singular.
    Redundant {
        /// The measurement.
        measurement: usize,
    },
    /// For a Lyapunov equation: A does not decay.
    Unstable {
        /// Eigenvalue of A.
        mode: Complex<f64>,
    },
    /// The entries do not determine the solution to a single digit.
    IllConditioned {
        /// The condition is at least about this.
        condition: f64,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Refusal::Shape { matrix, expected, found } => {
                write!(f, "{matrix} is {} x {}, and should be {} x {}", found.0, found.1, expected.0, expected.1)
            }
            Refusal::NotFinite { matrix, row, column, value } => {
                write!(f, "{matrix}[{row}, {column}] is {value}")
            }
            Refusal::NotPositive { name, value } => write!(f, "{name} is {value}, and should be positive"),
            Refusal::NotSymmetric { matrix, row, column, above, below } => {
                write!(f, "{matrix} is not symmetric: [{row}, {column}] is {above}, [{column}, {row}] is {below}")
            }
            Refusal::Indefinite { matrix, control, pivot } => {
                write!(f, "{matrix} is not positive definite: pivot {control} is {pivot:.3e}")
            }
            Refusal::Unstabilizable { mode } => {
                write!(f, "not stabilizable: no control moves the mode {}, and it does not decay", Shown(mode))
            }
            Refusal::Undetectable { mode } => {
                write!(f, "not detectable: the cost does not see the mode {}, and it does not decay", Shown(mode))
            }
            Refusal::Marginal { pole } => {
                write!(f, "no solution stabilizes: the best closed loop has the pole {}, on the boundary", Shown(pole))
            }
            Refusal::Idle { control } => {
                write!(f, "control {control} costs nothing, neither itself nor by what it does: R + B'XB is singular")
            }
            Refusal::Unseen { mode } => {
                write!(f, "not detectable: no measurement sees the mode {}, and it does not decay", Shown(mode))
            }
            Refusal::Unmoved { mode } => {
                write!(f, "no steady gain: no noise moves the mode {}, and it does not decay", Shown(mode))
            }
            Refusal::Redundant { measurement } => {
                write!(f, "measurement {measurement} tells nothing of its own, without noise: CΣC' + V is singular")
            }
            Refusal::Unstable { mode } => write!(f, "A does not decay: it has the eigenvalue {}", Shown(mode)),
            Refusal::IllConditioned { condition } => {
                write!(f, "the entries do not determine the solution: condition {condition:.0e} or more")
            }
        }
    }
}

impl Error for Refusal {}

/// With seven digits, whatever its size; a real one without an imaginary part.
struct Shown(Complex<f64>);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shown(Complex { re, im }) = *self;
        let size = libm::hypot(re, im);
        match (im == 0.0, size == 0.0 || (1e-2..1e6).contains(&size)) {
            (true, true) => write!(f, "{re:.6}"),
            (true, false) => write!(f, "{re:.6e}"),
            (false, true) => write!(f, "{re:.6}{im:+.6}i"),
            (false, false) => write!(f, "{re:.6e}{im:+.6e}i"),
        }
    }
}
