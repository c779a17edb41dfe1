//! The test problems of Moré, Garbow and Hillstrom: sums of squares that a minimizer should survive.
//!
//! J. J. Moré, B. S. Garbow, K. E. Hillstrom, Testing Unconstrained Optimization Software, ACM
//! Transactions on Mathematical Software 7 (1981) 17-41: 35 problems, here in 41 instances. Each is
//! ```text
//! minimize f(x) = Σ f_i(x)²   over x in R^n,   i = 1..m
//! ```
//! with the residuals `f_i` written once, in the paper's letters: a few variables in `small`, curves
//! through measured points in `fits`, and problems of any dimension in `any_size`.
//!
//! ```
//! use swingup::{inspect, test_functions::more_garbow_hillstrom::Problem};
//!
//! let beale = Problem::named("beale").unwrap();
//! let (value, gradient) = inspect::gradient(&beale, &beale.start());
//! assert_eq!(value, 14.203125);
//! assert_eq!(gradient, [0.0, 27.75]);
//! ```

use alloc::vec::Vec;

use crate::{Function, Scalar};

mod any_size;
mod fits;
mod instances;
mod small;

use instances::{INSTANCES, Start};

/// One instance of a problem: its residuals, its size, where to start and what there is to find.
#[derive(Clone, Copy, Debug)]
pub struct Problem {
    /// The paper's number, 1 to 35.
    pub number: u8,
    /// Its name, in small letters; the size is in it where the paper leaves the size open.
    pub name: &'static str,
    /// Number of variables.
    pub n: usize,
    /// Number of residuals.
    pub m: usize,
    /// The known minimum, to all digits of a double.
    ///
    /// Three are local, the ones that a descent from the start tends to find, and 0 is the global one:
    /// `freudenstein_roth`, `trigonometric_n10` and `brown_almost_linear_n10`, whose value 1 is that of
    /// a plateau where f has a stationary point and no minimum. Others have further values where a
    /// descent may end: `bard` 17.4286 and `kowalik_osborne` 1.02734e-3, both at infinity, and
    /// `biggs_exp6_m13` 5.65565e-3.
    pub minimum: f64,
    start: Start,
    residuals: Residuals,
}

impl Problem {
    /// All 41 instances, in the paper's order.
    pub fn all() -> &'static [Problem] {
        &INSTANCES
    }

    /// The instance of this name.
    pub fn named(name: &str) -> Option<Problem> {
        INSTANCES.iter().find(|problem| problem.name == name).copied()
    }

    /// The standard starting point, of length n. The paper starts from 10 and 100 times it as well.
    pub fn start(&self) -> Vec<f64> {
        match self.start {
            Start::Repeat(x) => x.iter().copied().cycle().take(self.n).collect(),
            Start::Each(x) => (1..=self.n).map(|j| x(j as f64, self.n as f64)).collect(),
        }
    }

    /// Hands `f` the residuals `f_1(x), .., f_m(x)`, one after the other.
    ///
    /// # Panics
    /// When `x` has not length n.
    pub fn residuals<S: Scalar>(&self, x: &[S], f: &mut impl FnMut(S)) {
        use Residuals::*;
        let Problem { name, n, m, .. } = *self;
        assert!(x.len() == n, "{name} has {n} variables, x has {}", x.len());
        match self.residuals {
            Rosenbrock => x.chunks_exact(2).for_each(|x| small::rosenbrock(point(x), f)),
            FreudensteinRoth => small::freudenstein_roth(point(x), f),
            PowellBadlyScaled => small::powell_badly_scaled(point(x), f),
            BrownBadlyScaled => small::brown_badly_scaled(point(x), f),
            Beale => small::beale(point(x), f),
            JennrichSampson => fits::jennrich_sampson(point(x), m, f),
            HelicalValley => small::helical_valley(point(x), f),
            Bard => fits::bard(point(x), f),
            Gaussian => fits::gaussian(point(x), f),
            Meyer => fits::meyer(point(x), f),
            Gulf => fits::gulf(point(x), m, f),
            Box3d => fits::box3d(point(x), m, f),
            PowellSingular => x.chunks_exact(4).for_each(|x| small::powell_singular(point(x), f)),
            Wood => small::wood(point(x), f),
            KowalikOsborne => fits::kowalik_osborne(point(x), f),
            BrownDennis => fits::brown_dennis(point(x), m, f),
            Osborne1 => fits::osborne1(point(x), f),
            BiggsExp6 => fits::biggs_exp6(point(x), m, f),
            Osborne2 => fits::osborne2(point(x), f),
            Watson => any_size::watson(x, f),
            Penalty1 => any_size::penalty1(x, f),
            Penalty2 => any_size::penalty2(x, f),
            VariablyDimensioned => any_size::variably_dimensioned(x, f),
            Trigonometric => any_size::trigonometric(x, f),
            BrownAlmostLinear => any_size::brown_almost_linear(x, f),
            DiscreteBoundary => any_size::discrete_boundary(x, f),
            DiscreteIntegral => any_size::discrete_integral(x, f),
            BroydenTridiagonal => any_size::broyden_tridiagonal(x, f),
            BroydenBanded => any_size::broyden_banded(x, f),
            LinearFullRank => any_size::linear_full_rank(x, m, f),
            LinearRank1 => any_size::linear_rank1(x, m, f),
            LinearRank1Zero => any_size::linear_rank1_zero(x, m, f),
            Chebyquad => any_size::chebyquad(x, m, f),
        }
    }
}

impl Function for Problem {
    /// `f(x) = Σ f_i(x)²`.
    ///
    /// # Panics
    /// When `x` has not length n.
    fn value<S: Scalar>(&self, x: &[S]) -> S {
        let mut sum = S::from(0.0);
        self.residuals(x, &mut |f| sum = f.fma(f, sum));
        sum
    }
}

/// The first N coordinates, by name: `let [x1, x2] = point(x)`.
fn point<S: Scalar, const N: usize>(x: &[S]) -> [S; N] {
    core::array::from_fn(|j| x[j])
}

/// Whose residuals. The extended Rosenbrock and Powell functions are the plain ones, several times.
#[derive(Clone, Copy, Debug)]
enum Residuals {
    Rosenbrock,
    FreudensteinRoth,
    PowellBadlyScaled,
    BrownBadlyScaled,
    Beale,
    JennrichSampson,
    HelicalValley,
    Bard,
    Gaussian,
    Meyer,
    Gulf,
    Box3d,
    PowellSingular,
    Wood,
    KowalikOsborne,
    BrownDennis,
    Osborne1,
    BiggsExp6,
    Osborne2,
    Watson,
    Penalty1,
    Penalty2,
    VariablyDimensioned,
    Trigonometric,
    BrownAlmostLinear,
    DiscreteBoundary,
    DiscreteIntegral,
    BroydenTridiagonal,
    BroydenBanded,
    LinearFullRank,
    LinearRank1,
    LinearRank1Zero,
    Chebyquad,
}
