//! Sizes of what a run looks at.

use crate::Real;

/// Largest absolute value; NaN if there is one among them.
pub(crate) fn largest<R: Real>(values: impl IntoIterator<Item = R>) -> f64 {
    let larger = |most: f64, value: R| {
        let size = value.to_f64().abs();
        if most.is_nan() || size <= most { most } else { size }
    };
    values.into_iter().fold(0.0, larger)
}

/// The place with the largest entry, such as the interval with the largest defect; a NaN is the largest of all.
pub(crate) fn worst<const N: usize, R: Real>(entries: &[[R; N]]) -> usize {
    let size = |k: usize| largest(entries[k].iter().copied());
    (0..entries.len()).max_by(|&a, &b| size(a).total_cmp(&size(b))).unwrap_or(0)
}

/// `a'b`.
pub(super) fn dot<R: Real>(a: &[R], b: &[R]) -> R {
    let mut sum = R::zero();
    for (a, b) in a.iter().zip(b) {
        sum += *a * *b;
    }
    sum
}
