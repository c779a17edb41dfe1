//! The dense front of a frontal elimination, and the pivots in it.

use alloc::vec::Vec;

use crate::Real;

/// A pivot is as large as this share of what it eliminates, so that no entry of L is larger than its inverse.
///
/// Below 0.36 a front in which every variable may be a pivot always has one: the test of Bunch and Parlett, with the
/// largest of all its entries, would find it.
const THRESHOLD: f64 = 0.1;

/// The variables that a sweep has met and not yet eliminated, and their dense symmetric matrix.
///
/// A variable lives in one slot for all of its time in the front; a free slot is a row and a column of zeros. Both
/// triangles are held, so that the row of a slot is contiguous and is also its column.
#[derive(Clone, Debug, Default)]
pub(super) struct Front<R> {
    /// Number of slots, and of entries in a row.
    size: usize,
    entries: Vec<R>,
    /// The variable in each slot.
    variables: Vec<usize>,
    free: Vec<usize>,
    /// Slots of variables that are fully summed: no later column of the matrix adds to their rows, so they may be
    /// pivots.
    candidates: Vec<usize>,
    /// Where a larger front is built.
    spare: Vec<R>,
    /// The rows of the pivots that are being eliminated.
    rows: [Vec<R>; 2],
}

/// What to eliminate next, by slots.
#[derive(Clone, Copy, Debug)]
pub(super) enum Pivot<R> {
    /// One variable, with its inverse.
    One(usize, R),
    /// Two variables, with the inverse of their block: first diagonal, off the diagonal, second diagonal.
    Two([usize; 2], [R; 3]),
    /// A variable whose row is zero but for rounding.
    Null(usize),
}

impl<R: Real> Front<R> {
    /// Empties the front, which then has room for `size` variables or somewhat more.
    pub(super) fn clear(&mut self, size: usize) {
        // Whole registers of four.
        self.size = size.next_multiple_of(4);
        self.entries.clear();
        self.entries.resize(self.size * self.size, R::zero());
        self.variables.clear();
        self.variables.resize(self.size, 0);
        self.candidates.clear();
        self.free.clear();
        self.free.extend((0..self.size).rev());
    }

    /// A slot for `variable`.
    pub(super) fn enter(&mut self, variable: usize) -> usize {
        let slot = loop {
            match self.free.pop() {
                Some(slot) => break slot,
                None => self.grow(),
            }
        };
        self.variables[slot] = variable;
        slot
    }

    /// More slots, because variables that found no pivot stay in theirs.
    fn grow(&mut self) {
        let (old, new) = (self.size, self.size + (self.size / 4).next_multiple_of(4).max(4));
        self.spare.clear();
        self.spare.resize(new * new, R::zero());
        for (row, wider) in self.entries.chunks_exact(old.max(1)).zip(self.spare.chunks_exact_mut(new)) {
            wider[..old].copy_from_slice(row);
        }
        core::mem::swap(&mut self.entries, &mut self.spare);
        self.variables.resize(new, 0);
        self.free.extend((old..new).rev());
        self.size = new;
    }

    /// Adds `v` to the entry of two slots.
    pub(super) fn add(&mut self, i: usize, j: usize, v: R) {
        self.entries[i * self.size + j] += v;
        if i != j {
            self.entries[j * self.size + i] += v;
        }
    }

    /// From now on the variable in `slot` may be a pivot.
    pub(super) fn fully_summed(&mut self, slot: usize) {
        self.candidates.push(slot);
    }

    /// Variables in the front that may be pivots.
    pub(super) fn candidates(&self) -> impl Iterator<Item = usize> {
        self.candidates.iter().map(|&slot| self.variables[slot])
    }

    /// The variable in `slot`.
    pub(super) fn variable(&self, slot: usize) -> usize {
        self.variables[slot]
    }

    fn row(&self, slot: usize) -> &[R] {
        &self.entries[slot * self.size..][..self.size]
    }

    /// A pivot among the candidates that is large beside its row, or a row of nothing larger than `null`.
    pub(super) fn pivot(&self, null: R) -> Option<Pivot<R>> {
        self.candidates.iter().rev().find_map(|&slot| self.pivot_at(slot, null))
    }

    fn pivot_at(&self, p: usize, null: R) -> Option<Pivot<R>> {
        let row = self.row(p);
        let size = row[p].abs();
        // All entries are looked at: a loop that leaves early would take them one by one.
        let dominates = row.iter().fold(true, |so_far, a| so_far & (a.abs() * THRESHOLD <= size));
        if dominates && size > null {
            return Some(Pivot::One(p, R::one() / row[p]));
        }
        if row.iter().all(|a| a.abs() <= null) {
            return Some(Pivot::Null(p));
        }
        let others = self.candidates.iter().copied().filter(|&q| q != p);
        let q = others.reduce(|best, q| if row[q].abs() > row[best].abs() { q } else { best })?;
        self.pair(p, q, null)
    }

    /// The pivot of two variables, if no entry of L in its columns is larger than 1/[`THRESHOLD`].
    fn pair(&self, p: usize, q: usize, null: R) -> Option<Pivot<R>> {
        let off = self.row(p)[q];
        // All of it in units of the entry off the diagonal, as LAPACK's sytf2 does, so that nothing overflows.
        let (first, second) = (self.row(p)[p] / off, self.row(q)[q] / off);
        let (product, determinant) = (first * second, first * second - 1.0);
        let kept = if product.abs() > R::one() { product.abs() } else { R::one() };
        // Smaller, the determinant is what cancellation has left of it.
        let meaningful = off.abs() > null && determinant.abs() >= kept * 0.5;
        let unit = R::one() / (off * determinant);
        let inverse = [second * unit, -unit, first * unit];
        let [a, b, c] = inverse.map(|v| v * THRESHOLD);
        let rows = self.row(p).iter().zip(self.row(q)).enumerate();
        let dominates = rows.fold(true, |so_far, (i, (&in_p, &in_q))| {
            let (l, m) = ((a * in_p + b * in_q).abs(), (b * in_p + c * in_q).abs());
            so_far & (((l <= R::one()) & (m <= R::one())) | (i == p) | (i == q))
        });
        (meaningful && dominates).then_some(Pivot::Two([p, q], inverse))
    }

    /// Takes the pivot out of the front: `F -= C P^-1 C'`, where C are its columns; `store(k, variable, l)` is given
    /// what is not zero in column k of L = C P^-1.
    pub(super) fn eliminate(&mut self, pivot: Pivot<R>, mut store: impl FnMut(usize, usize, R)) {
        let [first, second] = &mut self.rows;
        match pivot {
            Pivot::One(p, inverse) => {
                take_row(&self.entries, self.size, p, &[p], first);
                for (slot, row) in self.entries.chunks_exact_mut(self.size).enumerate() {
                    if first[slot].is_zero() {
                        continue;
                    }
                    let l = first[slot] * inverse;
                    store(0, self.variables[slot], l);
                    for (a, &c) in row.iter_mut().zip(first.iter()) {
                        *a -= l * c;
                    }
                }
                self.release(p);
            }
            Pivot::Two([p, q], [a, b, c]) => {
                take_row(&self.entries, self.size, p, &[p, q], first);
                take_row(&self.entries, self.size, q, &[p, q], second);
                for (slot, row) in self.entries.chunks_exact_mut(self.size).enumerate() {
                    let (in_p, in_q) = (first[slot], second[slot]);
                    if in_p.is_zero() && in_q.is_zero() {
                        continue;
                    }
                    let (l, m) = (a * in_p + b * in_q, b * in_p + c * in_q);
                    store(0, self.variables[slot], l);
                    store(1, self.variables[slot], m);
                    for ((a, &c), &d) in row.iter_mut().zip(first.iter()).zip(second.iter()) {
                        *a -= l * c + m * d;
                    }
                }
                self.release(p);
                self.release(q);
            }
            Pivot::Null(p) => self.release(p),
        }
    }

    /// Zeroes a slot's row and column and frees it.
    fn release(&mut self, slot: usize) {
        self.entries[slot * self.size..][..self.size].fill(R::zero());
        for row in self.entries.chunks_exact_mut(self.size) {
            row[slot] = R::zero();
        }
        self.candidates.retain(|&candidate| candidate != slot);
        self.free.push(slot);
    }
}

/// Copies a row of the front, with zeros at the pivots.
fn take_row<R: Real>(entries: &[R], size: usize, slot: usize, pivots: &[usize], into: &mut Vec<R>) {
    into.clear();
    into.extend_from_slice(&entries[slot * size..][..size]);
    for &pivot in pivots {
        into[pivot] = R::zero();
    }
}
