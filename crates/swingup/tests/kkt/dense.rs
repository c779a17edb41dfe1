//! Random systems, and the dense matrix that is the oracle.

use nalgebra::{DMatrix, DVector, SMatrix, SVector};
use rand::RngExt;
use rand::rngs::StdRng;
use swingup::expansion::{Block, Expansion};
use swingup::linear::KktStep;

/// What a random system is like.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub explicit: bool,
    /// Added to the diagonal of the Hessian, whose entries are below 1.
    pub convexity: f64,
    /// Each state and control has a unit of its own, that many decades apart at most.
    pub decades: f64,
    /// Factor of all dynamics.
    pub growth: f64,
}

fn matrix<const R: usize, const C: usize>(random: &mut StdRng) -> SMatrix<f64, R, C> {
    SMatrix::from_fn(|_, _| random.random_range(-1.0..1.0))
}

fn symmetric<const N: usize>(random: &mut StdRng, convexity: f64) -> SMatrix<f64, N, N> {
    let m: SMatrix<f64, N, N> = matrix(random);
    (m + m.transpose()) * 0.5 + SMatrix::identity() * convexity
}

fn units<const N: usize>(random: &mut StdRng, decades: f64) -> SMatrix<f64, N, N> {
    SMatrix::from_diagonal(&SVector::from_fn(|_, _| 10.0_f64.powf(random.random_range(-0.5..0.5) * decades)))
}

/// A random system.
pub fn expansion<const NX: usize, const NU: usize>(random: &mut StdRng, n: usize, kind: Kind) -> Expansion<NX, NU> {
    let mut e = Expansion::new(n);
    e.explicit = kind.explicit;
    let (sx, su) = (units::<NX>(random, kind.decades), units::<NU>(random, kind.decades));
    let back = sx.map(|s| if s == 0.0 { 0.0 } else { 1.0 / s });
    for block in &mut e.blocks {
        let near = SMatrix::identity() + matrix::<NX, NX>(random) * 0.4;
        let implicit = if kind.explicit { 0.0 } else { 1.0 };
        *block = Block {
            a: back * near * sx * kind.growth,
            b: back * matrix(random) * su,
            e: SMatrix::identity() + back * matrix(random) * sx * (0.3 * implicit),
            defect: back * matrix::<NX, 1>(random),
            x: sx * matrix::<NX, 1>(random),
            u: su * matrix::<NU, 1>(random),
            xx: sx * symmetric(random, kind.convexity) * sx,
            ux: su * matrix(random) * sx * 0.5,
            uu: su * symmetric(random, kind.convexity) * su,
            nx: sx * matrix(random) * sx * (0.3 * implicit),
            nu: sx * matrix(random) * su * (0.3 * implicit),
        };
    }
    e.x = sx * matrix::<NX, 1>(random);
    e.xx = sx * symmetric(random, kind.convexity) * sx;
    e
}

/// The whole system, unknowns `u_0, x_1, u_1, x_2, ..`, then the multipliers.
pub struct Dense {
    /// The matrix.
    pub k: DMatrix<f64>,
    /// The right side.
    pub b: DVector<f64>,
}

impl Dense {
    pub fn new<const NX: usize, const NU: usize>(e: &Expansion<NX, NU>, damping: f64, delta: f64) -> Dense {
        let n = e.blocks.len();
        let variables = n * (NX + NU);
        let mut k = DMatrix::zeros(variables + n * NX, variables + n * NX);
        let mut b = DVector::zeros(variables + n * NX);
        let mut put = |row: usize, column: usize, part: &[f64], rows: usize| {
            for (at, value) in part.iter().enumerate() {
                let (i, j) = (row + at % rows, column + at / rows);
                k[(i, j)] += value;
                if row != column {
                    k[(j, i)] += value;
                }
            }
        };
        for (i, block) in e.blocks.iter().enumerate() {
            let (u, row) = (i * (NX + NU), variables + i * NX);
            let next = u + NU;
            put(u, u, block.uu.as_slice(), NU);
            put(next, u, block.nu.as_slice(), NX);
            put(row, u, (-block.b).as_slice(), NX);
            put(row, next, block.e.as_slice(), NX);
            put(next, next, e.state(i + 1).1.as_slice(), NX);
            b.rows_mut(u, NU).copy_from(&-block.u);
            b.rows_mut(next, NX).copy_from(&-e.state(i + 1).0);
            b.rows_mut(row, NX).copy_from(&-block.defect);
            if i > 0 {
                let x = u - NX;
                put(u, x, block.ux.as_slice(), NU);
                put(next, x, block.nx.as_slice(), NX);
                put(row, x, (-block.a).as_slice(), NX);
            }
        }
        for i in 0..k.nrows() {
            k[(i, i)] += if i < variables { damping } else { -delta };
        }
        Dense { k, b }
    }

    pub fn backward_error(&self, z: &DVector<f64>) -> f64 {
        let norm = self.k.row_iter().map(|row| row.abs().sum()).fold(0.0, f64::max);
        (&self.k * z - &self.b).amax() / (norm * z.amax() + self.b.amax())
    }

    /// Row by row, so that no unit hides another: `max |Kz - b|_i / (|K| |z| + |b|)_i`.
    pub fn rowwise_error(&self, z: &DVector<f64>) -> f64 {
        (&self.k * z - &self.b).abs().component_div(&(self.k.abs() * z.abs() + self.b.abs())).max()
    }

    /// Negative eigenvalues, and the smallest of all beside the largest, in units that make the diagonal blocks alike.
    pub fn negative(&self) -> (usize, f64) {
        let n = self.k.nrows();
        let mut s = DVector::from_element(n, 1.0_f64);
        for _ in 0..20 {
            let now =
                DVector::from_fn(n, |i, _| (0..n).fold(0.0, |m, j| f64::max(m, s[i] * self.k[(i, j)].abs() * s[j])));
            s.zip_apply(&now, |s, now| *s /= now.sqrt());
        }
        let values = DMatrix::from_fn(n, n, |i, j| s[i] * self.k[(i, j)] * s[j]).symmetric_eigenvalues();
        (values.iter().filter(|v| **v < 0.0).count(), values.abs().min() / values.abs().max())
    }
}

/// A step in the dense order.
pub fn flat<const NX: usize, const NU: usize>(step: &KktStep<NX, NU>) -> DVector<f64> {
    let motion = step.motion.controls.iter().zip(&step.motion.states[1..]).flat_map(|(u, x)| u.iter().chain(x));
    DVector::from_iterator(
        step.multipliers.len() * (2 * NX + NU),
        motion.chain(step.multipliers.as_flattened()).copied(),
    )
}
