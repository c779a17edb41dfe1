//! The slowest mode of an iteration: by its matrix, and by its iterates.

use std::vec::Vec;

use nalgebra::linalg::Schur;
use nalgebra::{Complex, DMatrix, DVector};

/// What is left of an error after many steps: each makes it `modulus` times as large and turns it by `angle`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mode {
    /// Size of the eigenvalue: below 1 the error falls.
    pub modulus: f64,
    /// Its argument, 0 to π, rad per step.
    pub angle: f64,
}

/// All eigenvalues of a matrix; `None` when it is not finite, or has some that the QR algorithm does not find.
pub fn eigenvalues(matrix: &DMatrix<f64>) -> Option<Vec<Complex<f64>>> {
    if !matrix.iter().all(|a| a.is_finite()) {
        return None;
    }
    // A bound on the sweeps: without one, equal eigenvalues may keep it busy for ever.
    let schur = Schur::try_new(matrix.clone(), 1e-14, 20_000)?;
    Some(schur.complex_eigenvalues().iter().copied().collect())
}

impl Mode {
    /// The eigenvalue of largest modulus of an iteration's matrix: what is left in the end, unless the start has nothing of it.
    ///
    /// `None` as for [`eigenvalues`].
    pub fn of_matrix(matrix: &DMatrix<f64>) -> Option<Mode> {
        let modes = eigenvalues(matrix)?.into_iter().map(|e| Mode::of(e.re.hypot(e.im), e.im.atan2(e.re)));
        modes.max_by(|a, b| a.modulus.total_cmp(&b.modulus))
    }

    /// The mode by the last of the `steps` of an iteration, each the change of its state: where one pair of eigenvalues is left,
    /// three changes `m` steps apart are in a plane, `c = p b + q a`, and the eigenvalues' m-th powers are the
    /// roots of `x² = p x + q`. p and q are fitted to as many such threes as there are, each in its own unit.
    ///
    /// m is given as `apart`; a mode that turns by more than π in m steps is taken for a slower one.
    /// `None` when there are fewer than 2m + 2 steps, or the fit is not finite.
    pub fn of_steps(steps: &[DVector<f64>], apart: usize) -> Option<Mode> {
        let apart = apart.max(1);
        if steps.len() < 2 * apart + 2 {
            return None;
        }
        let [mut bb, mut ab, mut aa, mut bc, mut ac] = [0.0; 5];
        for k in 0..steps.len() - 2 * apart {
            let [a, b, c] = [k, k + apart, k + 2 * apart].map(|k| &steps[k]);
            let unit = 1.0 / a.dot(a);
            bb += unit * b.dot(b);
            ab += unit * a.dot(b);
            aa += unit * a.dot(a);
            bc += unit * b.dot(c);
            ac += unit * a.dot(c);
        }
        let area = aa * bb - ab * ab;
        let (p, q) = ((bc * aa - ac * ab) / area, (ac * bb - bc * ab) / area);
        let half = 0.25 * p * p + q;
        let (modulus, angle) = if half < 0.0 {
            (libm::sqrt(-q), libm::atan2(libm::sqrt(-half), 0.5 * p))
        } else {
            let root = 0.5 * p + libm::copysign(libm::sqrt(half), p);
            (root.abs(), if root < 0.0 { core::f64::consts::PI } else { 0.0 })
        };
        let m = apart as f64;
        let mode = Mode::of(libm::pow(modulus, 1.0 / m), angle / m);
        (mode.modulus.is_finite() && mode.angle.is_finite()).then_some(mode)
    }

    fn of(modulus: f64, angle: f64) -> Mode {
        Mode { modulus, angle: angle.abs() }
    }

    /// Steps that make the error a tenth, `-1/log₁₀ modulus`; infinite or negative where it does not fall.
    pub fn steps_per_digit(&self) -> f64 {
        -core::f64::consts::LN_10 / libm::log(self.modulus)
    }

    /// Steps after which the mode looks different: it has turned by one radian, or shrunk by e.
    pub fn steps_to_change(&self) -> usize {
        (1.0 / self.angle.max(libm::log(self.modulus).abs()).clamp(1e-9, 1.0)) as usize
    }
}
