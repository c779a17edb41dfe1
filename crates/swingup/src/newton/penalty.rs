//! The penalty and multiplier form of a problem on knots: a function of the motion alone, with a banded Hessian.

use alloc::vec;
use alloc::vec::Vec;

use super::measure::{largest, worst};
use crate::expansion::{Block, Expansion, Hessian, Nlp};
use crate::inspect::Pattern;
use crate::linear::SymmetricBand;
use crate::linear::probing::SymmetricPattern;
use crate::{Real, Trajectory};

/// The augmented Lagrangian of a problem on knots, for given multipliers λ and penalty ρ:
///
/// ```text
/// L(z) = J(z) + Σ λ_k'd_k + ρ Σ |d_k/h|²          z = (u_0, x_1, u_1, x_2, ..),  h the step
/// ∇L   = ∇J + A'y,   y = λ + 2ρ d/h²               A the derivative of the defects d
/// ∇²L  = ∇²J + Σ y_i ∇²d_i + 2ρ/h² A'A
/// ```
/// In the order of time the Hessian is a band, as wide as the model couples: 6 on each side for the cart-pole. With λ = 0 it is
/// the penalty form. Defects count as rates, `d/h`, so that ρ does not depend on the number of knots.
#[derive(Clone, Debug)]
pub struct PenaltyForm<P, const NX: usize, const NU: usize, R = f64> {
    pub(super) nlp: P,
    /// Multipliers λ of the defects.
    pub multipliers: Vec<[R; NX]>,
    /// The penalty ρ.
    pub penalty: f64,
    /// Pairs of an interval's arguments that meet, by their places: `x_k` at `-NX..0`, `u_k` and `x_{k+1}` from 0.
    pairs: Vec<Pair>,
    half_bandwidth: usize,
    expansion: Expansion<NX, NU, R>,
    defects: Vec<[R; NX]>,
    slopes: Vec<[R; NX]>,
    plan: Trajectory<NX, NU, R>,
}

/// Two arguments of an interval, states first, then controls, then the next states, and the later one's place in the band.
#[derive(Clone, Copy, Debug)]
struct Pair {
    arguments: (usize, usize),
    /// Place of the earlier one, counted from `u_k`.
    column: isize,
    below: usize,
}

impl<P: Nlp<NX, NU, R>, const NX: usize, const NU: usize, R: Real> PenaltyForm<P, NX, NU, R> {
    /// The form of `nlp` with multipliers zero.
    pub fn new(nlp: P, penalty: f64) -> Self {
        let n = nlp.intervals();
        let pairs = pairs::<NX, NU>(&nlp.pattern());
        let half_bandwidth = pairs.iter().map(|pair| pair.below).max().unwrap_or(0);
        let zero = vec![[R::zero(); NX]; n];
        let mut plan = Trajectory::constant(n, [R::zero(); NX], [R::zero(); NU]);
        plan.states[0] = nlp.start();
        let expansion = Expansion::new(n);
        let (defects, slopes) = (zero.clone(), zero.clone());
        PenaltyForm { nlp, multipliers: zero, penalty, pairs, half_bandwidth, expansion, defects, slopes, plan }
    }

    /// Every motion begins at `start`, instead of where the problem does.
    pub(super) fn start_at(&mut self, start: [R; NX]) {
        self.plan.states[0] = start;
    }

    /// Number of variables, `N (NX + NU)`.
    pub fn variables(&self) -> usize {
        self.defects.len() * (NX + NU)
    }

    /// Half-bandwidth of the Hessian.
    pub fn half_bandwidth(&self) -> usize {
        self.half_bandwidth
    }

    /// Where the Hessian may differ from zero, whatever the motion, the multipliers and the penalty.
    pub fn pattern(&self) -> SymmetricPattern {
        let (n, knot) = (self.variables(), NX + NU);
        // The last state has no interval after it, but what it meets in its own knot is that of all others.
        let place = |k: usize, pair: &Pair| {
            let column = usize::try_from((k * knot) as isize + pair.column).ok()?;
            (column + pair.below < n).then_some((column, column + pair.below))
        };
        let pairs = (0..=self.defects.len()).flat_map(|k| self.pairs.iter().filter_map(move |pair| place(k, pair)));
        SymmetricPattern::from_pairs(n, pairs).expect("what is outside has been left out")
    }

    /// The variables of a motion; its first state is the problem's and not among them.
    pub fn pack(&self, plan: &Trajectory<NX, NU, R>) -> Vec<R> {
        plan.controls.iter().zip(&plan.states[1..]).flat_map(|(u, x)| u.iter().chain(x).copied()).collect()
    }

    /// The motion of these variables.
    ///
    /// # Panics
    /// When there are not [`variables`](Self::variables) of them.
    pub fn unpack(&self, z: &[R]) -> Trajectory<NX, NU, R> {
        assert_eq!(z.len(), self.variables(), "variables of the penalty form");
        let mut plan = self.plan.clone();
        unpack(z, &mut plan);
        plan
    }

    /// `(L, J)` at `z`; what was expanded before stays as it was.
    ///
    /// # Panics
    /// When there are not [`variables`](Self::variables) numbers in `z`, or not a multiplier for each defect.
    pub fn value(&mut self, z: &[R]) -> (R, R) {
        assert_eq!(z.len(), self.variables(), "variables of the penalty form");
        assert_eq!(self.multipliers.len(), self.defects.len(), "multipliers of the penalty form");
        unpack(z, &mut self.plan);
        let cost = self.nlp.evaluate(&self.plan, &mut self.defects);
        let (mut linear, mut square) = (R::zero(), R::zero());
        for (d, y) in self.defects.iter().zip(&self.multipliers) {
            for i in 0..NX {
                linear += y[i] * d[i];
                square += d[i] * d[i];
            }
        }
        (cost + linear + square * self.scale(), cost)
    }

    /// ρ/h².
    fn scale(&self) -> f64 {
        self.penalty / (self.nlp.step() * self.nlp.step())
    }

    /// Expands about `z`, for [`gradient`](Self::gradient) and [`hessian`](Self::hessian); gives what [`value`](Self::value) does.
    pub fn expand(&mut self, z: &[R], hessian: Hessian) -> (R, R) {
        let values = self.value(z);
        let scale = R::from(2.0 * self.scale());
        for ((slope, d), y) in self.slopes.iter_mut().zip(&self.defects).zip(&self.multipliers) {
            for i in 0..NX {
                slope[i] = y[i] + scale * d[i];
            }
        }
        self.nlp.expand(&self.plan, &self.slopes, hessian, &mut self.expansion);
        values
    }

    /// ∇L where it was expanded.
    pub fn gradient(&self, out: &mut [R]) {
        self.expansion.gradient(&self.slopes, |place, part| out[place..][..part.len()].copy_from_slice(part));
    }

    /// ∇²L where it was expanded; `out` has room for [`variables`](Self::variables) and
    /// [`half_bandwidth`](Self::half_bandwidth).
    pub fn hessian(&self, out: &mut SymmetricBand<R>) {
        out.fill(R::zero());
        let scale = R::from(2.0 * self.scale());
        for (k, block) in self.expansion.blocks.iter().enumerate() {
            let first = (k * (NX + NU)) as isize;
            for pair in &self.pairs {
                let column = first + pair.column;
                if column < 0 {
                    continue;
                }
                let entry = curvature(block, pair.arguments) + scale * product(block, pair.arguments);
                out.column_mut(column as usize)[pair.below] += entry;
            }
        }
        let last = self.variables() - NX;
        for j in 0..NX {
            for i in j..NX.min(j + self.half_bandwidth + 1) {
                out.column_mut(last + j)[i - j] += self.expansion.xx[(i, j)];
            }
        }
    }

    /// The largest defect where the form was last evaluated or expanded, in the states' units.
    pub fn largest_defect(&self) -> f64 {
        largest(self.defects.as_flattened().iter().copied())
    }

    /// The largest curvature of the cost and the multipliers where it was expanded, without the penalty's.
    pub(super) fn largest_curvature(&self) -> f64 {
        largest(self.expansion.curvatures().chain(self.expansion.xx.iter().copied()))
    }

    /// The largest slope of the cost where it was expanded.
    pub(super) fn largest_slope(&self) -> f64 {
        largest(self.expansion.slopes())
    }

    /// The interval with the largest defect.
    pub(super) fn worst_interval(&self) -> usize {
        worst(&self.defects)
    }

    /// The knot that variable `index` belongs to.
    pub(super) fn knot(&self, index: usize) -> usize {
        index / (NX + NU) + usize::from(index % (NX + NU) >= NU)
    }

    /// `λ ← λ + 2ρ d/h²`: the multipliers of the next round, by the defects where the form was last evaluated.
    pub fn update_multipliers(&mut self) {
        self.ascend(2.0 * self.penalty);
    }

    /// `λ ← λ + s d/h²`, by the defects where the form was last evaluated.
    pub(crate) fn ascend(&mut self, s: f64) {
        let scale = R::from(s / (self.nlp.step() * self.nlp.step()));
        for (y, d) in self.multipliers.iter_mut().zip(&self.defects) {
            for i in 0..NX {
                y[i] += scale * d[i];
            }
        }
    }
}

fn unpack<const NX: usize, const NU: usize, R: Real>(z: &[R], plan: &mut Trajectory<NX, NU, R>) {
    for ((z, u), x) in z.chunks_exact(NX + NU).zip(&mut plan.controls).zip(&mut plan.states[1..]) {
        u.copy_from_slice(&z[..NU]);
        x.copy_from_slice(&z[NU..]);
    }
}

/// Which pairs of an interval's arguments meet, with those of one knot counted from both its sides.
fn pairs<const NX: usize, const NU: usize>(pattern: &Pattern) -> Vec<Pair> {
    let place = |argument: usize| argument as isize - NX as isize;
    let mut pairs: Vec<Pair> = Vec::new();
    for &(i, j) in pattern.pairs() {
        let mut put = |i: usize, j: usize| {
            let pair = Pair { arguments: (i, j), column: place(i), below: (place(j) - place(i)) as usize };
            if !pairs.iter().any(|other| other.arguments == (i, j)) {
                pairs.push(pair);
            }
        };
        put(i, j);
        if j < NX {
            put(i + NX + NU, j + NX + NU);
        } else if i >= NX + NU {
            put(i - NX - NU, j - NX - NU);
        }
    }
    pairs
}

/// The Lagrangian's curvature in two arguments of the interval, `i <= j`.
#[inline(always)]
fn curvature<const NX: usize, const NU: usize, R: Real>(block: &Block<NX, NU, R>, (i, j): (usize, usize)) -> R {
    let next = NX + NU;
    match (i < NX, j < NX, i < next, j < next) {
        (_, true, ..) => block.xx[(j, i)],
        (true, _, _, true) => block.ux[(j - NX, i)],
        (true, ..) => block.nx[(j - next, i)],
        (.., true) => block.uu[(j - NX, i - NX)],
        (_, _, true, _) => block.nu[(j - next, i - NX)],
        // That of the next knot is in its own block.
        _ => R::zero(),
    }
}

/// `(A'A)_ij` of the defect's derivative, whose columns are `-A, -B, E`.
#[inline(always)]
fn product<const NX: usize, const NU: usize, R: Real>(block: &Block<NX, NU, R>, (i, j): (usize, usize)) -> R {
    let mut sum = R::zero();
    for row in 0..NX {
        sum += slope(block, row, i) * slope(block, row, j);
    }
    sum
}

/// Derivative of defect `row` in argument `i`.
#[inline(always)]
fn slope<const NX: usize, const NU: usize, R: Real>(block: &Block<NX, NU, R>, row: usize, i: usize) -> R {
    if i < NX {
        -block.a[(row, i)]
    } else if i < NX + NU {
        -block.b[(row, i - NX)]
    } else {
        block.e[(row, i - NX - NU)]
    }
}
