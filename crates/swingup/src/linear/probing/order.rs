//! Orders in which to colour the variables.

use alloc::vec;
use alloc::vec::Vec;

use super::SymmetricPattern;

/// The number of colours used.
pub(super) fn count(colours: &[usize]) -> usize {
    colours.iter().max().map_or(0, |most| most + 1)
}

/// The smallest number that is not in `taken`, which is sorted on the way.
pub(super) fn smallest_not_in(taken: &mut [usize]) -> usize {
    taken.sort_unstable();
    taken.iter().fold(0, |free, &colour| if colour == free { free + 1 } else { free })
}

/// Forwards in time and backwards, by smallest last and its reverse, and by degree: a greedy colouring is as good as
/// its order, and no order is best for all patterns.
pub(super) fn orders(pattern: &SymmetricPattern) -> [Vec<usize>; 5] {
    let reversed = |order: &[usize]| order.iter().rev().copied().collect::<Vec<_>>();
    let forwards: Vec<_> = (0..pattern.n()).collect();
    let backwards = reversed(&forwards);
    let smallest_last = smallest_last(pattern);
    let smallest_first = reversed(&smallest_last);
    let mut by_degree = forwards.clone();
    by_degree.sort_by_key(|&i| core::cmp::Reverse(pattern.row(i).len()));
    [forwards, backwards, smallest_last, smallest_first, by_degree]
}

/// Each variable has the fewest neighbours among those before it.
///
/// D. W. Matula, L. L. Beck, Smallest-last ordering and clustering and graph coloring algorithms, J. ACM 30 (1983).
fn smallest_last(pattern: &SymmetricPattern) -> Vec<usize> {
    let n = pattern.n();
    let mut degrees: Vec<usize> = (0..n).map(|i| pattern.row(i).len()).collect();
    let mut of_degree = vec![Vec::new(); n + 2];
    degrees.iter().enumerate().rev().for_each(|(i, &degree)| of_degree[degree].push(i));
    let mut removed = vec![false; n];
    let (mut order, mut degree) = (Vec::with_capacity(n), 0);
    while order.len() < n {
        let Some(i) = of_degree[degree].pop() else {
            degree += 1;
            continue;
        };
        if removed[i] || degrees[i] != degree {
            continue; // It has moved to a lower degree since it was put here.
        }
        removed[i] = true;
        order.push(i);
        for (j, _) in pattern.neighbours(i).filter(|&(j, _)| !removed[j]) {
            degrees[j] -= 1;
            of_degree[degrees[j]].push(j);
        }
        degree = degree.saturating_sub(1);
    }
    order.reverse();
    order
}
