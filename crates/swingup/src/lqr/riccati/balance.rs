//! Units in which the entries of a problem are of one size.

use nalgebra::allocator::Allocator;
use nalgebra::{Const, DVector, DefaultAllocator, Dim, Dyn, OMatrix, OVector};

use crate::lqr::{Lq, Sizes, Time};

/// Powers of two, so that nothing is rounded: `x = D z`, `u = E v`, and time in units of 1/γ.
#[derive(Clone, Debug)]
pub(super) struct Units<N: Dim, M: Dim>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The diagonal of D.
    pub states: OVector<f64, N>,
    /// The diagonal of E.
    pub controls: OVector<f64, M>,
    /// γ.
    pub rate: f64,
}

/// The power of two below √x; 1 for a zero.
pub(super) fn binary_root(x: f64) -> f64 {
    const BIAS: i64 = 1023;
    let exponent = (x.to_bits() >> 52) as i64 - BIAS;
    if x <= 0.0 || !x.is_finite() { 1.0 } else { f64::from_bits(((exponent.div_euclid(2) + BIAS) as u64) << 52) }
}

impl<N: Dim, M: Dim> Units<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// Units in which each state's row of the matrix `[A G; Q A']`, G = BR⁻¹B', is as large as its column (Osborne
    /// 1960), every control's weight is near 1, and, for continuous time, no entry is above 1/2.
    pub fn of(lq: &Lq<N, M>, time: Time) -> Self {
        let Lq { a, b, q, r, .. } = lq;
        let (n, m) = b.shape();
        // A control without a weight of its own is measured by what it makes the states cost, or by its effect.
        let weight = |j: usize| match (r[(j, j)], (q * b.column(j)).dot(&b.column(j))) {
            (own, _) if own > 0.0 => own,
            (_, through) if through > 0.0 => through,
            _ => b.column(j).norm_squared(),
        };
        let mut controls = OVector::repeat_generic(b.shape_generic().1, Const::<1>, 1.0);
        let mut reach = OVector::repeat_generic(b.shape_generic().0, Const::<1>, 0.0);
        for j in 0..m {
            controls[j] = 1.0 / binary_root(weight(j));
            for i in 0..n {
                let effect = b[(i, j)] * controls[j];
                reach[i] += effect * effect;
            }
        }
        reach.apply(|effect| *effect = libm::sqrt(*effect));
        let states = osborne(a, q, &reach);
        let mut units = Units { states, controls, rate: 1.0 };
        if time == Time::Continuous {
            let Lq { a, b, q, .. } = units.scaled(lq);
            let largest = a.norm_squared().max(q.norm_squared()).max(b.norm_squared() * b.norm_squared());
            units.rate = 4.0 * binary_root(largest);
        }
        units
    }

    /// The same units with sizes that are known at run time.
    pub fn any_size(&self) -> Units<Dyn, Dyn> {
        let Units { states, controls, rate } = self;
        let vector = |values: &[f64]| DVector::from_column_slice(values);
        Units::<Dyn, Dyn> { states: vector(states.as_slice()), controls: vector(controls.as_slice()), rate: *rate }
    }

    /// The problem in these units.
    pub fn scaled(&self, lq: &Lq<N, M>) -> Lq<N, M> {
        let mut lq = lq.clone();
        let Units { states: d, controls: e, rate } = self;
        let per = 1.0 / rate;
        let (n, m) = lq.b.shape();
        for j in 0..n {
            for i in 0..n {
                lq.a[(i, j)] *= d[j] / d[i] * per;
                lq.q[(i, j)] *= d[i] * d[j] * per;
            }
        }
        for j in 0..m {
            for i in 0..n {
                lq.b[(i, j)] *= e[j] / d[i] * per;
                lq.s[(i, j)] *= d[i] * e[j] * per;
            }
            for i in 0..m {
                lq.r[(i, j)] *= e[i] * e[j] * per;
            }
        }
        lq
    }

    /// `D⁻¹ X D⁻¹`, the cost to go of x from that of z.
    pub fn cost_to_go(&self, x: &OMatrix<f64, N, N>) -> OMatrix<f64, N, N> {
        let mut x = x.clone();
        let d = &self.states;
        for j in 0..d.len() {
            for i in 0..d.len() {
                x[(i, j)] /= d[i] * d[j];
            }
        }
        x
    }

    /// `E K D⁻¹`.
    pub fn gain(&self, mut k: OMatrix<f64, M, N>) -> OMatrix<f64, M, N> {
        for j in 0..self.states.len() {
            for i in 0..self.controls.len() {
                k[(i, j)] *= self.controls[i] / self.states[j];
            }
        }
        k
    }
}

/// Scales D after which `Σ_j |d_i⁻¹ a_ij d_j| + d_i⁻¹ g_i g_j d_j⁻¹` and the sum over the column are within a factor of two.
fn osborne<N: Dim>(a: &OMatrix<f64, N, N>, q: &OMatrix<f64, N, N>, reach: &OVector<f64, N>) -> OVector<f64, N>
where
    DefaultAllocator: Allocator<N, N> + Allocator<N>,
{
    const SWEEPS: usize = 20;
    let n = reach.len();
    let mut d = reach.map(|_| 1.0);
    for _ in 0..SWEEPS {
        let mut settled = true;
        for i in 0..n {
            let (mut row, mut column) = (0.0, 0.0);
            for j in (0..n).filter(|&j| j != i) {
                row += (a[(i, j)].abs() * d[j] + reach[i] * reach[j] / d[j]) / d[i];
                column += (a[(j, i)].abs() / d[j] + q[(i, j)].abs() * d[j]) * d[i];
            }
            // The corners change twice as fast.
            let moved = reach[i] / d[i];
            let (effect, price) = (moved * moved, q[(i, i)].abs() * d[i] * d[i]);
            let (out, back) = (row + effect, column + price);
            if out == 0.0 || back == 0.0 {
                continue;
            }
            let sum = |factor: f64| (row + effect / factor) / factor + (column + price * factor) * factor;
            // A quotient of roots is the root of a quotient that is no number any more.
            let quotient = out / back;
            let whole = if quotient.is_normal() { binary_root(quotient) } else { binary_root(out) / binary_root(back) };
            let half = binary_root(whole);
            let factor = if sum(half) < sum(whole) { half } else { whole };
            if sum(factor) < 0.9 * sum(1.0) {
                d[i] *= factor;
                settled = false;
            }
        }
        if settled {
            break;
        }
    }
    d
}
