//! Groups of variables, any two of which make a forest.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

use super::order::{count, orders};
use super::{Probing, SparseSymmetric, SymmetricPattern, products_with_groups};

const NONE: usize = usize::MAX;

/// Each probe is the sum of unit vectors of one colour, in a colouring of the variables for which no pair of the
/// pattern has one colour, and no cycle of pairs has only two.
///
/// ```text
/// (H v)_i = Σ h_ij over the j of colour c      a leaf i has one j left: h_ij is known, and leaves the sum of j
/// ```
/// So the pairs of each two colours are a forest, and it is recovered from its leaves inwards; the diagonal can be read
/// off. Probes: w + 1 for a full band, and at least as many as the largest set of variables that all meet each other
/// has members. Errors of the products add up along the branches.
///
/// T. F. Coleman, J.-Y. Cai, The cyclic coloring problem and estimation of sparse Hessian matrices, SIAM J. Algebraic
/// Discrete Methods 7 (1986); A. H. Gebremedhin, A. Tarafdar, F. Manne, A. Pothen, New acyclic and star coloring
/// algorithms with application to computing Hessians, SIAM J. Sci. Comput. 29 (2007).
#[derive(Clone, Debug)]
pub struct Acyclic {
    pattern: SymmetricPattern,
    colours: Vec<usize>,
    count: usize,
    /// Leaf, the variable that it hangs on, and the number of their pair, in the order of recovery.
    leaves: Vec<(usize, usize, usize)>,
}

impl Acyclic {
    /// Colours the variables of `pattern`.
    pub fn new(pattern: SymmetricPattern) -> Self {
        let colourings = orders(&pattern).map(|order| colour(&pattern, &order));
        let colours = colourings.into_iter().min_by_key(|colours| count(colours)).unwrap_or_default();
        let leaves = leaves(&pattern, &colours);
        Acyclic { count: count(&colours), pattern, colours, leaves }
    }
}

impl Probing for Acyclic {
    fn pattern(&self) -> &SymmetricPattern {
        &self.pattern
    }

    fn probes(&self) -> usize {
        self.count
    }

    fn recover(&self, mut product: impl FnMut(&[f64]) -> Vec<f64>) -> SparseSymmetric<'_> {
        let mut sums = products_with_groups(&self.colours, self.count, &mut product);
        let diagonal = |&(i, j): &(usize, usize)| if i == j { sums[self.colours[i]][i] } else { 0.0 };
        let mut values: Vec<f64> = self.pattern.pairs().iter().map(diagonal).collect();
        for &(leaf, parent, number) in &self.leaves {
            values[number] = sums[self.colours[parent]][leaf];
            sums[self.colours[leaf]][parent] -= values[number];
        }
        SparseSymmetric::new(&self.pattern, values)
    }
}

/// For each two colours, the trees that their pairs have joined so far: a parent for each variable, itself for a root.
struct Forests {
    parents: BTreeMap<(usize, usize), Vec<usize>>,
    n: usize,
}

impl Forests {
    fn parents(&mut self, a: usize, b: usize) -> &mut Vec<usize> {
        self.parents.entry((a.min(b), a.max(b))).or_insert_with(|| (0..self.n).collect())
    }

    fn root(&mut self, a: usize, b: usize, mut i: usize) -> usize {
        let parents = self.parents(a, b);
        while parents[i] != i {
            parents[i] = parents[parents[i]];
            i = parents[i];
        }
        i
    }
}

/// Gives each variable, in this order, the first colour that closes no cycle of two colours.
fn colour(pattern: &SymmetricPattern, order: &[usize]) -> Vec<usize> {
    let mut colours = vec![NONE; pattern.n()];
    let mut forests = Forests { parents: BTreeMap::new(), n: pattern.n() };
    for &i in order {
        let coloured: Vec<_> = pattern.neighbours(i).map(|(j, _)| (j, colours[j])).filter(|n| n.1 != NONE).collect();
        let mut mine = 0;
        // A cycle closes where two neighbours of one colour are in one tree already.
        let roots = loop {
            let mut roots: Vec<_> = coloured.iter().map(|&(j, other)| (other, forests.root(mine, other, j))).collect();
            roots.sort_unstable();
            let closes = roots.windows(2).any(|pair| pair[0] == pair[1]);
            if !closes && coloured.iter().all(|&(_, other)| other != mine) {
                break roots;
            }
            mine += 1;
        };
        colours[i] = mine;
        for (other, root) in roots {
            forests.parents(mine, other)[root] = i;
        }
    }
    colours
}

/// All pairs, each when one of its ends has become a leaf of the forest of their two colours.
fn leaves(pattern: &SymmetricPattern, colours: &[usize]) -> Vec<(usize, usize, usize)> {
    let colour_count = count(colours);
    // Neighbours left, by variable and colour.
    let mut left = vec![0usize; pattern.n() * colour_count];
    for i in 0..pattern.n() {
        pattern.neighbours(i).for_each(|(j, _)| left[i * colour_count + colours[j]] += 1);
    }
    let mut recovered = vec![false; pattern.pairs().len()];
    let is_leaf = |&(i, colour): &(usize, usize)| left[i * colour_count + colour] == 1;
    let mut ready: Vec<_> =
        (0..pattern.n()).flat_map(|i| (0..colour_count).map(move |colour| (i, colour))).filter(is_leaf).collect();
    let (mut leaves, mut next) = (Vec::new(), 0);
    // From all leaves at once, so that branches stay short.
    while next < ready.len() {
        let (i, colour) = ready[next];
        next += 1;
        let pair = pattern.neighbours(i).find(|&(j, number)| colours[j] == colour && !recovered[number]);
        let Some((j, number)) = pair else { continue };
        recovered[number] = true;
        leaves.push((i, j, number));
        let of_parent = &mut left[j * colour_count + colours[i]];
        *of_parent -= 1;
        if *of_parent == 1 {
            ready.push((j, colours[i]));
        }
    }
    leaves
}
