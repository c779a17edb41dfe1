//! The Newton system of a problem on knots: Riccati's recursion, the band and a dense matrix have one solution and one inertia.
//!
//! Each is judged by its backward error `|Kz - b| / (|K| |z| + |b|)`: how far the matrix would have to move for the answer to
//! be exact. Systems are random: explicit and implicit, convex and not, in units that are up to 12 decades apart.

mod dense;
mod limits;

use dense::{Dense, Kind, expansion, flat};
use rand::SeedableRng;
use rand::rngs::StdRng;
use swingup::linear::{KktBand, KktStep, Riccati, RightSide};

fn laws<const NX: usize, const NU: usize>(n: usize, kind: Kind, damping: f64) {
    let (mut right, mut step) = (RightSide::zeros(n), KktStep::zeros(n));
    let (mut riccati, mut band) = (Riccati::new(n), KktBand::new(n));
    for seed in 0..8 {
        let place = format!("{NX}/{NU}, {n} intervals, {kind:?}, damping {damping}, seed {seed}");
        let e = expansion::<NX, NU>(&mut StdRng::seed_from_u64(seed), n, kind);
        let dense = Dense::new(&e, damping, 0.0);
        right.take(&e);

        let (negative, least) = dense.negative();
        let negative = negative - n * NX;
        assert!(least > 1e-13, "{place}: no inertia to compare");
        riccati.factor(&e, damping, true).unwrap_or_else(|wrong| panic!("{place}: {wrong}"));
        band.factor(&e, damping, 0.0, true).unwrap_or_else(|wrong| panic!("{place}: {wrong}"));
        assert_eq!((riccati.negative(), band.negative()), (negative, negative), "{place}");
        assert_eq!(riccati.gain(0).shape(), (NU, NX));

        riccati.solve(&e, &right, &mut step);
        let error = dense.backward_error(&flat(&step));
        let allowed = if kind.growth > 1.0 { 1e-11 } else { 1e-13 };
        assert!(error <= allowed, "{place}: Riccati {error:e}");
        // One refinement, and not even a unit can hide an error.
        riccati.solve_refined(&e, &right, &mut step);
        let error = dense.rowwise_error(&flat(&step));
        assert!(error <= 1e-14, "{place}: Riccati, refined, by rows {error:e}");
        // The residual is that of the dense matrix.
        let left = right.residual(&e, damping, 0.0, &KktStep::zeros(n));
        assert_eq!(left.largest(), dense.b.amax(), "{place}");

        band.solve(&right, &mut step);
        let error = dense.rowwise_error(&flat(&step));
        assert!(error <= 1e-13, "{place}: band, by rows {error:e}");
        let oracle = dense.k.clone().full_piv_lu().solve(&dense.b).expect("a regular matrix");
        let error = dense.backward_error(&oracle);
        assert!(error <= 1e-13, "{place}: dense {error:e}");

        // Not convex is refused by both, and the same system is a minimum for both.
        let convex = (riccati.factor(&e, damping, false).is_ok(), band.factor(&e, damping, 0.0, false).is_ok());
        assert_eq!(convex, (negative == 0, negative == 0), "{place}");
    }
}

fn every_size(kind: Kind, damping: f64) {
    laws::<1, 1>(1, kind, damping);
    laws::<2, 1>(5, kind, damping);
    laws::<4, 1>(12, kind, damping);
    laws::<3, 4>(8, kind, damping);
    laws::<6, 2>(6, kind, damping);
}

#[test]
fn solutions_and_inertia_are_those_of_the_dense_matrix() {
    for (explicit, convexity) in [(true, 3.0), (true, 1.0), (true, 0.0), (false, 3.0), (false, 1.0), (false, 0.0)] {
        every_size(Kind { explicit, convexity, decades: 0.0, growth: 1.0 }, 0.0);
        every_size(Kind { explicit, convexity, decades: 0.0, growth: 1.0 }, 0.1);
        every_size(Kind { explicit, convexity, decades: 12.0, growth: 1.0 }, 0.0);
    }
}

/// Uncontrolled, these motions would grow a millionfold and more.
#[test]
fn unstable_dynamics_are_no_difficulty() {
    for explicit in [true, false] {
        let kind = Kind { explicit, convexity: 3.0, decades: 0.0, growth: 3.0 };
        laws::<2, 1>(15, kind, 0.0);
        laws::<4, 2>(12, kind, 0.0);
    }
}
