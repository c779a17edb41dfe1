//! All ways side by side, and all orders: what a comparison asks.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use super::{Acyclic, Gaussian, OneHot, Probing, Substitution, SymmetricPattern, Undetermined, UnitModulus};
use crate::linear::SymmetricBand;

/// A way with its name.
pub type Way = (&'static str, Box<dyn Probing>);

/// Every way there is, with its name: three on the full band of `pattern`, three on the pattern itself, and Gaussian
/// ones with each of these numbers of products.
///
/// # Errors
/// When one of these numbers is too small for the pattern.
pub fn every_way(
    pattern: &SymmetricPattern,
    gaussian: impl IntoIterator<Item = usize>,
    mut draw: impl FnMut() -> f64,
) -> Result<Vec<Way>, Undetermined> {
    let band = SymmetricPattern::banded(pattern.n(), pattern.half_bandwidth());
    let forwards: Vec<usize> = (0..pattern.n()).collect();
    let backwards: Vec<usize> = (0..pattern.n()).rev().collect();
    let mut ways: Vec<Way> = vec![
        ("one-hot", Box::new(OneHot::new(band.clone()))),
        ("unit modulus", Box::new(UnitModulus::new(band.clone()))),
        ("substitution", Box::new(Substitution::new(band))),
        ("one-hot, with holes", Box::new(OneHot::new(pattern.clone()))),
        ("acyclic, forwards", Box::new(Acyclic::in_order(pattern.clone(), &forwards))),
        ("acyclic, backwards", Box::new(Acyclic::in_order(pattern.clone(), &backwards))),
    ];
    for probes in gaussian {
        ways.push(("Gaussian", Box::new(Gaussian::new(pattern.clone(), probes, &mut draw)?)));
    }
    Ok(ways)
}

/// The root mean square error of the entries of `h`, in units of the largest, when each element of a product is
/// `disturb`ed before `way` takes it; over `draws` recoveries.
///
/// # Panics
/// When `h` has another number of rows than the pattern.
pub fn deviation(way: &dyn Probing, h: &SymmetricBand, draws: usize, mut disturb: impl FnMut(f64) -> f64) -> f64 {
    let mut noisy = |v: &[f64]| h.times(v).into_iter().map(&mut disturb).collect();
    let errors: Vec<f64> = (0..draws).flat_map(|_| way.recover(&mut noisy).errors(h)).collect();
    libm::sqrt(errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64)
}

/// What an order of the variables makes of a pattern.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reordered {
    /// Half-bandwidth in that order.
    pub half_bandwidth: usize,
    /// The place of each variable among those of its knot.
    pub places: Vec<usize>,
    /// Products of [`Acyclic`] on the pattern.
    pub acyclic: usize,
}

/// The pattern of knots of `m` variables each in all m! orders of these, in the order of time or, not `by_knot`, one
/// variable after the other, each at all times. The first is the order given.
///
/// # Panics
/// When the number of variables is not a multiple of `m`.
pub fn every_order(pattern: &SymmetricPattern, m: usize, by_knot: bool) -> Vec<Reordered> {
    assert!(pattern.n().is_multiple_of(m), "{} variables in knots of {m}", pattern.n());
    let (inner, outer) = if by_knot { (1, m) } else { (pattern.n() / m, 1) };
    let reordered = |places: Vec<usize>| {
        let moved = pattern.pairs().iter().map(|&(i, j)| {
            let place = |i: usize| inner * places[i % m] + outer * (i / m);
            (place(i), place(j))
        });
        let moved = SymmetricPattern::from_pairs(pattern.n(), moved).expect("places are below n");
        Reordered { half_bandwidth: moved.half_bandwidth(), places, acyclic: Acyclic::new(moved).probes() }
    };
    permutations(m).into_iter().map(reordered).collect()
}

/// All orders of `0..m`, sorted.
fn permutations(m: usize) -> Vec<Vec<usize>> {
    let mut all = vec![Vec::new()];
    for _ in 0..m {
        let longer = |start: Vec<usize>| {
            let free: Vec<usize> = (0..m).filter(|i| !start.contains(i)).collect();
            free.into_iter().map(move |i| [&start[..], &[i]].concat())
        };
        all = all.into_iter().flat_map(longer).collect();
    }
    all
}
