//! How a horizon lies in lanes: along the knots of one problem, or across problems.

use super::linearize::Places;
use super::recursion::Stage;
use super::work::Motion;
use crate::lanes::{LANES, Lanes};

/// Where the lanes lie: along the knots of one problem, whose recursion has one number, or across problems.
pub(super) trait Cell: Copy {
    /// Does a lane belong to a problem?
    const ACROSS: bool;

    /// The number of a problem in the lanes of its knots, or that of each problem.
    fn spread<L: Lanes>(&self) -> L;

    /// The lanes of the knots after those of chunk `c`.
    fn after<L: Lanes>(series: &[[f64; LANES]], c: usize) -> L;

    /// Puts chunk `c` where the recursion reads it: A and B or not, curvatures all, or only on the diagonal of what has bounds.
    fn keep<const NX: usize, const NU: usize>(
        chunk: &Stage<[f64; LANES], NX, NU>,
        stages: &mut [Stage<Self, NX, NU>],
        c: usize,
        moving: bool,
        curved: bool,
        bounded: &([bool; NX], [bool; NU]),
    );
}

impl Cell for f64 {
    const ACROSS: bool = false;

    #[inline(always)]
    fn spread<L: Lanes>(&self) -> L {
        L::from(*self)
    }

    #[inline(always)]
    fn after<L: Lanes>(series: &[[f64; LANES]], c: usize) -> L {
        let first = LANES * c + 1;
        let flat = &series.as_flattened()[first..first + LANES];
        L::load(&[flat[0], flat[1], flat[2], flat[3]])
    }

    #[inline(always)]
    fn keep<const NX: usize, const NU: usize>(
        chunk: &Stage<[f64; LANES], NX, NU>,
        stages: &mut [Stage<f64, NX, NU>],
        c: usize,
        moving: bool,
        curved: bool,
        bounded: &([bool; NX], [bool; NU]),
    ) {
        for (l, stage) in stages[LANES * c..LANES * (c + 1)].iter_mut().enumerate() {
            for i in 0..NX {
                if moving {
                    for m in 0..NX {
                        stage.a[i][m] = chunk.a[i][m][l];
                    }
                    for j in 0..NU {
                        stage.b[j][i] = chunk.b[j][i][l];
                    }
                }
                (stage.d[i], stage.x[i]) = (chunk.d[i][l], chunk.x[i][l]);
            }
            for j in 0..NU {
                stage.u[j] = chunk.u[j][l];
            }
            if curved {
                for i in 0..NX {
                    for m in 0..NX {
                        stage.xx[i][m] = chunk.xx[i][m][l];
                    }
                }
                for j in 0..NU {
                    for m in 0..NX {
                        stage.ux[j][m] = chunk.ux[j][m][l];
                    }
                    for m in 0..NU {
                        stage.uu[j][m] = chunk.uu[j][m][l];
                    }
                }
            } else {
                for i in 0..NX {
                    if bounded.0[i] {
                        stage.xx[i][i] = chunk.xx[i][i][l];
                    }
                }
                for j in 0..NU {
                    if bounded.1[j] {
                        stage.uu[j][j] = chunk.uu[j][j][l];
                    }
                }
            }
        }
    }
}

impl Cell for [f64; LANES] {
    const ACROSS: bool = true;

    #[inline(always)]
    fn spread<L: Lanes>(&self) -> L {
        L::load(self)
    }

    #[inline(always)]
    fn after<L: Lanes>(series: &[[f64; LANES]], c: usize) -> L {
        L::load(&series[c + 1])
    }

    #[inline(always)]
    fn keep<const NX: usize, const NU: usize>(
        chunk: &Stage<[f64; LANES], NX, NU>,
        stages: &mut [Stage<[f64; LANES], NX, NU>],
        c: usize,
        moving: bool,
        curved: bool,
        bounded: &([bool; NX], [bool; NU]),
    ) {
        let stage = &mut stages[c];
        if moving {
            (stage.a, stage.b) = (chunk.a, chunk.b);
        }
        (stage.d, stage.x, stage.u) = (chunk.d, chunk.x, chunk.u);
        if curved {
            (stage.xx, stage.ux, stage.uu) = (chunk.xx, chunk.ux, chunk.uu);
            return;
        }
        for i in (0..NX).filter(|&i| bounded.0[i]) {
            stage.xx[i][i] = chunk.xx[i][i];
        }
        for j in (0..NU).filter(|&j| bounded.1[j]) {
            stage.uu[j][j] = chunk.uu[j][j];
        }
    }
}

/// Positive in the lanes of knots with an interval: of all of them, and of those but the first, whose state is given.
#[derive(Clone, Copy)]
pub(super) struct There<L> {
    pub all: L,
    pub later: L,
}

impl<L: Lanes> There<L> {
    #[inline(always)]
    pub fn new<T: Cell>(n: usize, c: usize) -> Self {
        if T::ACROSS {
            return There { all: L::from(0.5), later: L::from(c as f64 - 0.5) };
        }
        let lane = L::load(&[0.0, 1.0, 2.0, 3.0]);
        let all = (L::from(n as f64 - (LANES * c) as f64) - lane) - 0.5;
        let given = L::load(&[c as f64, 1.0, 1.0, 1.0]) - 0.5;
        There { all, later: given.select(all, -all) }
    }

    /// Those of a constraint that exists at the first knot or not.
    #[inline(always)]
    pub fn of(&self, first: bool) -> L {
        if first { self.all } else { self.later }
    }
}

/// States, controls, times and parameters of a chunk.
#[inline(always)]
pub(super) fn knots<L: Lanes, T: Cell, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    motion: &Motion<NX, NU>,
    n: usize,
    c: usize,
) -> ([L; NX], [L; NU], L, [L; NP]) {
    let zero = L::from(0.0);
    let (mut x, mut u, mut p) = ([zero; NX], [zero; NU], [zero; NP]);
    for i in 0..NX {
        x[i] = L::load(&motion.x[i][c]);
    }
    for j in 0..NU {
        u[j] = L::load(&motion.u[j][c]);
    }
    let first = if T::ACROSS { c } else { LANES * c };
    let f = first as f64;
    let t = if T::ACROSS { L::from(f) } else { L::load(&[f, f + 1.0, f + 2.0, f + 3.0]) };
    for i in 0..NP {
        let mut lanes = [places.parameters[first.min(n)][i]; LANES];
        if !T::ACROSS {
            for l in 1..LANES {
                lanes[l] = places.parameters[(first + l).min(n)][i];
            }
        }
        p[i] = L::load(&lanes);
    }
    (x, u, t * places.h, p)
}
