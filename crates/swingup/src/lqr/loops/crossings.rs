//! The frequencies at which a loop meets a condition, by eigenvalues and changes of sign.

use alloc::vec::Vec;
use core::f64::consts::PI;

use libm::{atan2, exp, hypot, log, sqrt};
use nalgebra::{Complex, DMatrix};

use super::poles;
use super::response::{transfer, unit};

/// What frequencies are points of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Boundary {
    /// `s = jω`.
    Axis,
    /// `z = exp(jωh)`.
    Circle {
        /// Sample time in s.
        h: f64,
    },
}

/// `L(s) = k (sI - A)⁻¹ b`, one row and one column.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) a: DMatrix<f64>,
    pub(super) b: DMatrix<f64>,
    pub(super) k: DMatrix<f64>,
    pub(super) boundary: Boundary,
}

/// `one + l L + mirrored L~ + square L~L = 0`, where L~ is L(-s) or L(1/z): the conjugate of L on the boundary.
#[derive(Clone, Copy, Debug)]
pub(super) struct Condition {
    one: f64,
    l: f64,
    mirrored: f64,
    square: f64,
}

impl Condition {
    /// `|L| = 1`.
    pub(super) const GAIN: Condition = Condition { one: -1.0, l: 0.0, mirrored: 0.0, square: 1.0 };
    /// `Im L = 0`.
    pub(super) const REAL: Condition = Condition { one: 0.0, l: 1.0, mirrored: -1.0, square: 0.0 };

    /// `|1 + L| = d`.
    pub(super) fn distance(d: f64) -> Condition {
        Condition { one: (1.0 - d) * (1.0 + d), l: 1.0, mirrored: 1.0, square: 1.0 }
    }
}

impl Loop {
    /// L at the frequency; infinite at a pole.
    pub(super) fn at(&self, w: f64) -> Complex<f64> {
        let s = match self.boundary {
            Boundary::Axis => Complex::new(0.0, w),
            Boundary::Circle { h } => unit(w * h),
        };
        transfer(&self.a, &self.b, &self.k, s).map_or(Complex::new(f64::INFINITY, 0.0), |l| l[(0, 0)])
    }

    /// The last frequency of a sampled loop.
    pub(super) fn last(&self) -> Option<f64> {
        match self.boundary {
            Boundary::Axis => None,
            Boundary::Circle { h } => Some(PI / h),
        }
    }

    /// All frequencies strictly inside at which `f`, which is zero under the condition, changes its sign.
    pub(super) fn crossings(&self, condition: Condition, f: impl Fn(Complex<f64>) -> f64) -> Vec<f64> {
        let mut found = Vec::new();
        let mut before: Option<(f64, f64)> = None;
        for w in self.between(&self.candidates(condition)) {
            let here = f(self.at(w));
            // Rounding has no sign.
            if here.is_nan() || here.abs() < 1e-13 {
                continue;
            }
            if let Some((last, there)) = before
                && (there < 0.0) != (here < 0.0)
            {
                let root = bisect(last, w, |w| (f(self.at(w)) < 0.0) == (there < 0.0));
                // At a pole a sign changes without a zero.
                if f(self.at(root)).abs() < 1e-6 {
                    found.push(root);
                }
            }
            before = Some((w, here));
        }
        found
    }

    /// Frequencies among which are all that meet the condition, ascending, and others.
    ///
    /// They are eigenvalues λ of a pencil in x, its mirror ξ and the loop's input u,
    /// ```text
    /// λx = Ax + bu        -λξ = A'ξ + k'v   or   ξ = λ(A'ξ + k'v),    v = mirrored u + square kx
    ///                      0 = one u + l kx + b'ξ
    /// ```
    /// which are `λ = σ + 1/p` for the eigenvalues p of a matrix, for any σ that is none. A few σ near the loop's own
    /// speeds are tried, as p has few digits for a λ that is much slower or faster. No eigenvalue is left out for not
    /// lying on the boundary: one that does not costs a look, one that rounding has moved would be missed.
    pub(super) fn candidates(&self, condition: Condition) -> Vec<f64> {
        let n = self.a.nrows();
        let size = 2 * n + 1;
        let (mut f, mut e) = (DMatrix::zeros(size, size), DMatrix::zeros(size, size));
        f.view_mut((0, 0), (n, n)).copy_from(&self.a);
        f.view_mut((0, 2 * n), (n, 1)).copy_from(&self.b);
        (0..n).for_each(|i| e[(i, i)] = 1.0);
        let mut mirror = DMatrix::zeros(n, size);
        let kt = self.k.transpose();
        mirror.view_mut((0, 0), (n, n)).copy_from(&(&kt * &self.k * condition.square));
        mirror.view_mut((0, n), (n, n)).copy_from(&self.a.transpose());
        mirror.view_mut((0, 2 * n), (n, 1)).copy_from(&(&kt * condition.mirrored));
        let (origin, into, factor) = match self.boundary {
            Boundary::Axis => (0.0, &mut f, -1.0),
            Boundary::Circle { .. } => (1.0, &mut e, 1.0),
        };
        into.view_mut((n, 0), (n, size)).copy_from(&mirror);
        let other = if origin == 0.0 { &mut e } else { &mut f };
        (0..n).for_each(|i| other[(n + i, n + i)] = factor);
        f.view_mut((2 * n, 0), (1, n)).copy_from(&(&self.k * condition.l));
        f.view_mut((2 * n, n), (1, n)).copy_from(&self.b.transpose());
        f[(2 * n, 2 * n)] = condition.one;

        let speed = self.speed(origin);
        let mut found = Vec::new();
        for far in [0.0123, 1.31, 97.0] {
            let sigma = origin + far * speed;
            let Some(inverse) = (&f - &e * sigma).lu().solve(&e) else { continue };
            for p in poles(&inverse) {
                let square = p.re * p.re + p.im * p.im;
                let (re, im) = (sigma + p.re / square, (p.im / square).abs());
                let w = match self.boundary {
                    Boundary::Axis => im,
                    Boundary::Circle { h } => atan2(im, re) / h,
                };
                if w > 0.0 && w < self.last().unwrap_or(f64::MAX) {
                    found.push(w);
                }
            }
        }
        found.sort_by(f64::total_cmp);
        // The same one from another σ.
        found.dedup_by(|next, kept| *next <= *kept * (1.0 + 1e-9));
        found
    }

    /// The geometric mean of the closed loop's poles' distances from `origin`.
    fn speed(&self, origin: f64) -> f64 {
        let distances = poles(&(&self.a - &self.b * &self.k)).into_iter().map(|p| hypot(p.re - origin, p.im));
        let (sum, count) = distances.filter(|&d| d > 0.0).fold((0.0, 0.0), |(sum, n), d| (sum + log(d), n + 1.0));
        if count > 0.0 { exp(sum / count) } else { 1.0 }
    }

    /// A point between each two frequencies, and one on either side of all.
    pub(super) fn between(&self, frequencies: &[f64]) -> Vec<f64> {
        let (Some(&first), Some(&last)) = (frequencies.first(), frequencies.last()) else { return Vec::new() };
        let mut points = alloc::vec![0.5 * first];
        points.extend(frequencies.windows(2).map(|pair| middle(pair[0], pair[1])));
        points.push(self.last().map_or(2.0 * last, |end| 0.5 * (last + end)));
        points
    }
}

/// The geometric mean of two frequencies.
fn middle(low: f64, high: f64) -> f64 {
    sqrt(low) * sqrt(high)
}

/// The last frequency that is still on the side of `low`, to the last digit.
fn bisect(mut low: f64, mut high: f64, on_the_low_side: impl Fn(f64) -> bool) -> f64 {
    for _ in 0..200 {
        let w = middle(low, high);
        if w <= low || w >= high {
            break;
        }
        *(if on_the_low_side(w) { &mut low } else { &mut high }) = w;
    }
    low
}
