//! Riccati's recursion for one problem, or for several in lanes: as few operations as it takes, nothing kept that is not read again.

use crate::lanes::{LANES, Number};

/// An interval and the knot at its beginning:
///
/// ```text
/// dx₊ = A dx + B du + d        x'dx + u'du + 1/2 dx'Q dx + du'S dx + 1/2 du'R du
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Stage<C, const NX: usize, const NU: usize> {
    /// A, by rows.
    pub a: [[C; NX]; NX],
    /// B, by columns.
    pub b: [[C; NX]; NU],
    /// d, from the next state of the plan to where its motion leads, `Φ(x, u) - x₊`.
    pub d: [C; NX],
    /// Slope in the state.
    pub x: [C; NX],
    /// Slope in the control.
    pub u: [C; NU],
    /// Q.
    pub xx: [[C; NX]; NX],
    /// S, by rows.
    pub ux: [[C; NX]; NU],
    /// R.
    pub uu: [[C; NU]; NU],
}

/// The least cost to go from a knot, `p'dx + 1/2 dx'P dx`, and the way there, `du = -K dx - k`.
#[derive(Clone, Copy, Debug)]
pub(super) struct ToGo<C, const NX: usize, const NU: usize> {
    /// P.
    pub curvature: [[C; NX]; NX],
    /// p.
    pub slope: [C; NX],
    /// K.
    pub gain: [[C; NX]; NU],
    /// k.
    pub offset: [C; NU],
}

/// `sum + Σ_m factor(i, m) row(m)` in each of its rows i, in their place: four at a time, which the registers hold.
#[inline(always)]
fn add_products<S: Number, const M: usize, const N: usize>(
    sum: &mut [[S; N]; M],
    factor: impl Fn(usize, usize) -> S,
    terms: usize,
    row: impl Fn(usize) -> [S; N],
) {
    let mut i = 0;
    while i + LANES <= M {
        add_block::<S, LANES, M, N>(sum, i, &factor, terms, &row);
        i += LANES;
    }
    while i < M {
        add_block::<S, 1, M, N>(sum, i, &factor, terms, &row);
        i += 1;
    }
}

/// [`add_products`] in `R` rows from `first` on.
#[inline(always)]
fn add_block<S: Number, const R: usize, const M: usize, const N: usize>(
    sum: &mut [[S; N]; M],
    first: usize,
    factor: &impl Fn(usize, usize) -> S,
    terms: usize,
    row: &impl Fn(usize) -> [S; N],
) {
    let mut block = [[S::from(0.0); N]; R];
    block.copy_from_slice(&sum[first..first + R]);
    for m in 0..terms {
        let row = row(m);
        for r in 0..R {
            S::add_row(&mut block[r], factor(first + r, m), &row);
        }
    }
    sum[first..first + R].copy_from_slice(&block);
}

/// The cost to go at the beginning of an interval from that at its end (`behind`), with the way there. The least pivot of
/// `R + B'PB` says whether it is a least cost at all: it must be positive.
///
/// ```text
/// T = P A    V = P B    s = p + P d        F = R + B'V    G = S + V'A    h = u + B's
/// K = F⁻¹ G  k = F⁻¹ h                     P ← Q + A'T - G'K             p ← x + A's - G'k
/// ```
#[inline(always)]
pub(super) fn step_back<S: Number, const NX: usize, const NU: usize>(
    stage: &Stage<S::Cell, NX, NU>,
    behind: &ToGo<S::Cell, NX, NU>,
    out: &mut ToGo<S::Cell, NX, NU>,
) -> S {
    let p = |m: usize| S::load_row(&behind.curvature[m]);
    let a = |m: usize| S::load_row(&stage.a[m]);
    let (mut t, mut v) = ([[S::from(0.0); NX]; NX], [[S::from(0.0); NX]; NU]);
    let mut s: [[S; NX]; 1] = [S::load_row(&behind.slope)];
    add_products(&mut t, |j, m| S::load(&stage.a[m][j]), NX, p);
    add_products(&mut v, |j, m| S::load(&stage.b[j][m]), NX, p);
    add_products(&mut s, |_, m| S::load(&stage.d[m]), NX, p);
    let [s] = s;

    let (mut f, mut g) = ([[S::from(0.0); NU]; NU], [[S::from(0.0); NX]; NU]);
    let mut h: [S; NU] = S::load_row(&stage.u);
    for j in 0..NU {
        f[j] = S::load_row(&stage.uu[j]);
        g[j] = S::load_row(&stage.ux[j]);
        let b = S::load_row(&stage.b[j]);
        for i in 0..NU {
            f[j][i] = S::add_product(&b, &v[i], f[j][i]);
        }
        h[j] = S::add_product(&b, &s, h[j]);
    }
    add_products(&mut g, |j, m| v[j][m], NX, a);

    let least = factor(&mut f);
    let mut gain = g;
    let mut offset = h;
    solve(&f, &mut gain, &mut offset);

    let mut slope: [[S; NX]; 1] = [S::load_row(&stage.x)];
    add_products(&mut slope, |_, m| s[m], NX, a);
    add_products(&mut slope, |_, j| -offset[j], NU, |j| g[j]);
    let [slope] = slope;
    let mut curvature = [[S::from(0.0); NX]; NX];
    for i in 0..NX {
        curvature[i] = S::load_row(&stage.xx[i]);
    }
    add_products(&mut curvature, |i, m| t[i][m], NX, a);
    add_products(&mut curvature, |i, j| -g[j][i], NU, |j| gain[j]);
    // Rounding leaves P a little unsymmetric, and the recursion would amplify that.
    S::symmetrize(&mut curvature);
    for i in 0..NX {
        S::store_row(&curvature[i], &mut out.curvature[i]);
    }
    S::store_row(&slope, &mut out.slope);
    for j in 0..NU {
        S::store_row(&gain[j], &mut out.gain[j]);
    }
    S::store_row(&offset, &mut out.offset);
    least
}

/// `F = L D L'` in its place, D inverted; the least pivot.
#[inline(always)]
fn factor<S: Number, const N: usize>(f: &mut [[S; N]; N]) -> S {
    let mut least = S::from(f64::INFINITY);
    for j in 0..N {
        let pivot = f[j][j];
        least = (pivot - least).select(least, pivot);
        let inverse = S::from(1.0) / pivot;
        for i in j + 1..N {
            let l = f[i][j] * inverse;
            for m in j + 1..i + 1 {
                f[i][m] = (-l).fma(f[m][j], f[i][m]);
            }
        }
        for i in j + 1..N {
            f[i][j] = f[i][j] * inverse;
        }
        f[j][j] = inverse;
    }
    least
}

/// `F⁻¹` times rows and offset, in their place.
#[inline(always)]
fn solve<S: Number, const NX: usize, const NU: usize>(
    f: &[[S; NU]; NU],
    rows: &mut [[S; NX]; NU],
    offset: &mut [S; NU],
) {
    for j in 0..NU {
        for i in j + 1..NU {
            let above = rows[j];
            S::add_row(&mut rows[i], -f[i][j], &above);
            offset[i] = (-f[i][j]).fma(offset[j], offset[i]);
        }
    }
    for j in (0..NU).rev() {
        for i in 0..NX {
            rows[j][i] = rows[j][i] * f[j][j];
        }
        offset[j] = offset[j] * f[j][j];
        for i in j + 1..NU {
            let below = rows[i];
            S::add_row(&mut rows[j], -f[i][j], &below);
            offset[j] = (-f[i][j]).fma(offset[i], offset[j]);
        }
    }
}

/// Control and next state of the step from a state, and the next multipliers of the defect, `λ = -(P dx₊ + p)`.
#[inline(always)]
pub(super) fn step_on<S: Number, const NX: usize, const NU: usize>(
    stage: &Stage<S::Cell, NX, NU>,
    here: &ToGo<S::Cell, NX, NU>,
    behind: &ToGo<S::Cell, NX, NU>,
    dx: &[S; NX],
) -> ([S; NU], [S; NX], [S; NX]) {
    let mut du: [S; NU] = S::load_row(&here.offset);
    let mut next: [S; NX] = S::load_row(&stage.d);
    let mut multiplier: [S; NX] = S::load_row(&behind.slope);
    for j in 0..NU {
        du[j] = -S::add_product(&S::load_row(&here.gain[j]), dx, du[j]);
    }
    for i in 0..NX {
        next[i] = S::add_product(&S::load_row(&stage.a[i]), dx, next[i]);
    }
    for j in 0..NU {
        S::add_row(&mut next, du[j], &S::load_row(&stage.b[j]));
    }
    for m in 0..NX {
        S::add_row(&mut multiplier, next[m], &S::load_row(&behind.curvature[m]));
    }
    for i in 0..NX {
        multiplier[i] = -multiplier[i];
    }
    (du, next, multiplier)
}
