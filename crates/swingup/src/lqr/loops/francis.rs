//! Francis' double-shift QR steps.

use alloc::vec::Vec;
use core::mem;

use libm::{hypot, sqrt};
use nalgebra::{Complex, DMatrix};

/// QR steps that one eigenvalue may take. Three are usual.
const STEPS: usize = 300;

/// Finds the eigenvalues of an upper Hessenberg matrix, which is destroyed; nothing if the steps do not converge.
///
/// nalgebra's Schur decomposition has no exceptional shifts, without which a cycle of 4, 8 or 64 stays as it is for
/// ever.
pub(super) fn francis(h: &mut DMatrix<f64>, found: &mut Vec<Complex<f64>>) -> Option<()> {
    let mut end = h.nrows();
    let mut steps = 0;
    while end > 0 {
        let i = end - 1;
        let l = (1..=i).rev().find(|&k| negligible(h, k)).unwrap_or(0);
        if i - l < 2 {
            match i - l {
                0 => found.push(Complex::new(h[(i, i)], 0.0)),
                _ => found.extend(pair(h[(l, l)], h[(l, i)], h[(i, l)], h[(i, i)])),
            }
            (end, steps) = (l, 0);
            continue;
        }
        if steps == STEPS {
            return None;
        }
        steps += 1;
        // Where the usual shifts go round in circles (permutations do that), odd ones break the symmetry.
        let shifts = match steps % 20 {
            10 => odd(h[(l, l)], h[(l + 1, l)].abs() + h[(l + 2, l + 1)].abs()),
            0 => odd(h[(i, i)], h[(i, i - 1)].abs() + h[(i - 1, i - 2)].abs()),
            _ => pair(h[(i - 1, i - 1)], h[(i - 1, i)], h[(i, i - 1)], h[(i, i)]),
        };
        sweep(h, l, i, nearer(shifts, h[(i, i)]));
    }
    Some(())
}

fn odd(corner: f64, s: f64) -> [Complex<f64>; 2] {
    pair(corner + 0.75 * s, -0.4375 * s, s, corner + 0.75 * s)
}

/// Of two real shifts the one nearer to the corner, twice.
fn nearer([one, other]: [Complex<f64>; 2], corner: f64) -> [Complex<f64>; 2] {
    if one.im != 0.0 {
        return [one, other];
    }
    if (one.re - corner).abs() < (other.re - corner).abs() { [one; 2] } else { [other; 2] }
}

/// Is the entry left of the diagonal in row `k` zero up to rounding?
fn negligible(h: &DMatrix<f64>, k: usize) -> bool {
    let (below, above) = (h[(k, k - 1)].abs(), h[(k - 1, k)].abs());
    if below < f64::MIN_POSITIVE / f64::EPSILON {
        return true;
    }
    let mut size = h[(k - 1, k - 1)].abs() + h[(k, k)].abs();
    if size == 0.0 {
        size += if k > 1 { h[(k - 1, k - 2)].abs() } else { 0.0 };
        size += if k + 1 < h.nrows() { h[(k + 1, k)].abs() } else { 0.0 };
    }
    if below > f64::EPSILON * size {
        return false;
    }
    // Ahues and Tisseur: what matters is the product with its counterpart, beside the distance of the two diagonals.
    let (corner, gap) = (h[(k, k)].abs(), (h[(k - 1, k - 1)] - h[(k, k)]).abs());
    let (most, least) = (corner.max(gap), corner.min(gap));
    let s = most + below.max(above);
    below.min(above) * (below.max(above) / s) <= f64::MIN_POSITIVE.max(f64::EPSILON * (least * (most / s)))
}

/// Eigenvalues of `[a b; c d]`.
fn pair(a: f64, b: f64, c: f64, d: f64) -> [Complex<f64>; 2] {
    let half = 0.5 * (a - d);
    let square = half * half + b * c;
    let root = sqrt(square.abs());
    if square < 0.0 {
        return [Complex::new(d + half, root), Complex::new(d + half, -root)];
    }
    // Two real ones are as far from a as from d; of the two distances that Vieta gives, the smaller one.
    let far = if half < 0.0 { half - root } else { half + root };
    let near = if far == 0.0 { 0.0 } else { -(b * c / far) };
    [Complex::new(a - near, 0.0), Complex::new(d + near, 0.0)]
}

/// One step of both shifts on rows and columns `l..=i`: chases a bulge of Householder reflections down the diagonal.
fn sweep(h: &mut DMatrix<f64>, l: usize, i: usize, [one, other]: [Complex<f64>; 2]) {
    // Two small entries in a row let it begin lower down.
    let mut m = i - 2;
    let mut v;
    loop {
        let (mm, below, next) = (h[(m, m)], h[(m + 1, m)], h[(m + 1, m + 1)]);
        let s = (mm - other.re).abs() + other.im.abs() + below.abs();
        v = [
            below / s * h[(m, m + 1)] + (mm - one.re) * ((mm - other.re) / s) - one.im * (other.im / s),
            below / s * (mm + next - one.re - other.re),
            below / s * h[(m + 2, m + 1)],
        ];
        let s = v.iter().map(|v| v.abs()).sum::<f64>();
        v = v.map(|v| v / s);
        if m == l {
            break;
        }
        let around = h[(m - 1, m - 1)].abs() + mm.abs() + next.abs();
        if h[(m, m - 1)].abs() * (v[1].abs() + v[2].abs()) <= f64::EPSILON * v[0].abs() * around {
            break;
        }
        m -= 1;
    }
    for k in m..i {
        let size = 3.min(i - k + 1);
        if k > m {
            v = core::array::from_fn(|r| if r < size { h[(k + r, k - 1)] } else { 0.0 });
        }
        let (beta, factor) = reflection(&mut v);
        if k > m {
            h[(k, k - 1)] = beta;
            (1..size).for_each(|r| h[(k + r, k - 1)] = 0.0);
        } else if m > l {
            h[(k, k - 1)] *= 1.0 - factor;
        }
        for j in k..=i {
            let sum: f64 = (0..size).map(|r| v[r] * h[(k + r, j)]).sum();
            (0..size).for_each(|r| h[(k + r, j)] -= factor * sum * v[r]);
        }
        for j in l..=i.min(k + 3) {
            let sum: f64 = (0..size).map(|r| v[r] * h[(j, k + r)]).sum();
            (0..size).for_each(|r| h[(j, k + r)] -= factor * sum * v[r]);
        }
    }
}

/// `(I - factor v v') old = (beta, 0, 0)`, with `v[0] = 1` in the place of `old`.
fn reflection(v: &mut [f64; 3]) -> (f64, f64) {
    let rest = hypot(v[1], v[2]);
    let first = mem::replace(&mut v[0], 1.0);
    if rest == 0.0 {
        return (first, 0.0);
    }
    let beta = if first < 0.0 { hypot(first, rest) } else { -hypot(first, rest) };
    v[1] /= first - beta;
    v[2] /= first - beta;
    (beta, (beta - first) / beta)
}
