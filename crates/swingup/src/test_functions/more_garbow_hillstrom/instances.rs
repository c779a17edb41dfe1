//! The 41 instances, one a row: number, residuals, name, (n, m), start, minimum.

use super::{
    Problem,
    Residuals::{self, *},
};
use Start::{Each, Repeat};

/// A starting point, whatever its length.
#[derive(Clone, Copy, Debug)]
pub(super) enum Start {
    /// These coordinates, over and over.
    Repeat(&'static [f64]),
    /// Coordinate j = 1..n from `(j, n)`.
    Each(fn(f64, f64) -> f64),
}

const fn row(
    number: u8,
    residuals: Residuals,
    name: &'static str,
    (n, m): (usize, usize),
    start: Start,
    minimum: f64,
) -> Problem {
    Problem { number, name, n, m, minimum, start, residuals }
}

pub(super) static INSTANCES: [Problem; 41] = [
    row(1, Rosenbrock, "rosenbrock", (2, 2), Repeat(&[-1.2, 1.0]), 0.0),
    row(2, FreudensteinRoth, "freudenstein_roth", (2, 2), Repeat(&[0.5, -2.0]), 48.98425367924002),
    row(3, PowellBadlyScaled, "powell_badly_scaled", (2, 2), Repeat(&[0.0, 1.0]), 0.0),
    row(4, BrownBadlyScaled, "brown_badly_scaled", (2, 3), Repeat(&[1.0, 1.0]), 0.0),
    row(5, Beale, "beale", (2, 3), Repeat(&[1.0, 1.0]), 0.0),
    row(6, JennrichSampson, "jennrich_sampson", (2, 10), Repeat(&[0.3, 0.4]), 124.36218235561485),
    row(7, HelicalValley, "helical_valley", (3, 3), Repeat(&[-1.0, 0.0, 0.0]), 0.0),
    row(8, Bard, "bard", (3, 15), Repeat(&[1.0, 1.0, 1.0]), 0.008214877306578975),
    row(9, Gaussian, "gaussian", (3, 15), Repeat(&[0.4, 1.0, 0.0]), 1.127932769618648e-8),
    row(10, Meyer, "meyer", (3, 16), Repeat(&[0.02, 4000.0, 250.0]), 87.94585517085112),
    row(11, Gulf, "gulf_m99", (3, 99), Repeat(&[5.0, 2.5, 0.15]), 0.0),
    row(12, Box3d, "box3d_m10", (3, 10), Repeat(&[0.0, 10.0, 20.0]), 0.0),
    row(13, PowellSingular, "powell_singular", (4, 4), Repeat(&POWELL), 0.0),
    row(14, Wood, "wood", (4, 6), Repeat(&[-3.0, -1.0, -3.0, -1.0]), 0.0),
    row(15, KowalikOsborne, "kowalik_osborne", (4, 11), Repeat(&KOWALIK), 0.00030750560384923745),
    row(16, BrownDennis, "brown_dennis_m20", (4, 20), Repeat(&DENNIS), 85822.20162635634),
    row(17, Osborne1, "osborne1", (5, 33), Repeat(&OSBORNE1), 5.464894697482907e-5),
    row(18, BiggsExp6, "biggs_exp6_m13", (6, 13), Repeat(&[1.0, 2.0, 1.0, 1.0, 1.0, 1.0]), 0.0),
    row(19, Osborne2, "osborne2", (11, 65), Repeat(&OSBORNE2), 0.040137736293547735),
    row(20, Watson, "watson_n6", (6, 31), Repeat(&[0.0]), 0.0022876700535524363),
    row(20, Watson, "watson_n9", (9, 31), Repeat(&[0.0]), 1.39976013809902e-6),
    row(20, Watson, "watson_n12", (12, 31), Repeat(&[0.0]), 4.722381105891757e-10),
    row(21, Rosenbrock, "extended_rosenbrock_n10", (10, 10), Repeat(&[-1.2, 1.0]), 0.0),
    row(22, PowellSingular, "extended_powell_n12", (12, 12), Repeat(&POWELL), 0.0),
    row(23, Penalty1, "penalty1_n4", (4, 5), Each(|j, _| j), 2.249977500899937e-5),
    row(23, Penalty1, "penalty1_n10", (10, 11), Each(|j, _| j), 7.087651467090369e-5),
    row(24, Penalty2, "penalty2_n4", (4, 8), Repeat(&[0.5]), 9.376293007355442e-6),
    row(24, Penalty2, "penalty2_n10", (10, 20), Repeat(&[0.5]), 0.00029366053745674594),
    row(25, VariablyDimensioned, "variably_dim_n10", (10, 12), Each(|j, n| (n - j) / n), 0.0),
    row(26, Trigonometric, "trigonometric_n10", (10, 10), Repeat(&[0.1]), 2.7950561218794563e-5),
    row(27, BrownAlmostLinear, "brown_almost_linear_n10", (10, 10), Repeat(&[0.5]), 1.0),
    row(28, DiscreteBoundary, "discrete_boundary_n10", (10, 10), Each(parabola), 0.0),
    row(29, DiscreteIntegral, "discrete_integral_n10", (10, 10), Each(parabola), 0.0),
    row(30, BroydenTridiagonal, "broyden_tridiagonal_n10", (10, 10), Repeat(&[-1.0]), 0.0),
    row(31, BroydenBanded, "broyden_banded_n10", (10, 10), Repeat(&[-1.0]), 0.0),
    row(32, LinearFullRank, "linear_full_rank_n5_m20", (5, 20), Repeat(&[1.0]), 15.0),
    row(33, LinearRank1, "linear_rank1_n5_m20", (5, 20), Repeat(&[1.0]), 4.634146341463414),
    row(34, LinearRank1Zero, "linear_rank1_zero_n5_m20", (5, 20), Repeat(&[1.0]), 6.135135135135135),
    row(35, Chebyquad, "chebyquad_n7", (7, 7), Each(nodes), 0.0),
    row(35, Chebyquad, "chebyquad_n8", (8, 8), Each(nodes), 0.0035168737256779316),
    row(35, Chebyquad, "chebyquad_n10", (10, 10), Each(nodes), 0.006503954800882306),
];

const POWELL: [f64; 4] = [3.0, -1.0, 0.0, 1.0];
const KOWALIK: [f64; 4] = [0.25, 0.39, 0.415, 0.39];
const DENNIS: [f64; 4] = [25.0, 5.0, -5.0, -1.0];
const OSBORNE1: [f64; 5] = [0.5, 1.5, -1.0, 0.01, 0.02];
const OSBORNE2: [f64; 11] = [1.3, 0.65, 0.65, 0.7, 0.6, 3.0, 5.0, 7.0, 2.0, 4.5, 5.5];

/// `t_j (t_j - 1)` at `t_j = j / (n + 1)`, rounded once.
fn parabola(j: f64, n: f64) -> f64 {
    -(j * (n + 1.0 - j)) / ((n + 1.0) * (n + 1.0))
}

/// Evenly spaced in (0, 1).
fn nodes(j: f64, n: f64) -> f64 {
    j / (n + 1.0)
}
