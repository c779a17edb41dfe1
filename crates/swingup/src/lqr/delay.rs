//! A control that acts d samples after it was commanded.

use alloc::vec::Vec;

use nalgebra::{DMatrix, DefaultAllocator, Dim, Dyn};

use super::check::{dynamic, fits, shape};
use super::{Lq, Refusal, Regulator, Sizes};

impl<N: Dim, M: Dim> Lq<N, M>
where
    DefaultAllocator: Sizes<N, M>,
{
    /// The discrete problem with `samples` of latency: `x₊ = Ax + B u_{k-d}`. The state is followed by the controls that are
    /// under way, the latest first: `(x, u_{k-1}, .., u_{k-d})`.
    ///
    /// R is paid when a control is commanded, S when it acts.
    ///
    /// # Errors
    /// [`Refusal::Shape`] and [`Refusal::NotFinite`].
    pub fn delayed(&self, samples: usize) -> Result<Lq<Dyn, Dyn>, Refusal> {
        fits(self)?;
        let (n, m) = self.b.shape();
        let all = n + samples * m;
        let mut a = DMatrix::zeros(all, all);
        let mut b = DMatrix::zeros(all, m);
        let mut q = DMatrix::zeros(all, all);
        let mut s = DMatrix::zeros(all, m);
        a.view_mut((0, 0), (n, n)).copy_from(&dynamic(&self.a));
        q.view_mut((0, 0), (n, n)).copy_from(&dynamic(&self.q));
        if samples == 0 {
            b.copy_from(&dynamic(&self.b));
            s.copy_from(&dynamic(&self.s));
        } else {
            let last = all - m;
            a.view_mut((0, last), (n, m)).copy_from(&dynamic(&self.b));
            q.view_mut((0, last), (n, m)).copy_from(&dynamic(&self.s));
            q.view_mut((last, 0), (m, n)).copy_from(&dynamic(&self.s).transpose());
            for older in n + m..all {
                a[(older, older - m)] = 1.0;
            }
            b.view_mut((n, 0), (m, m)).fill_with_identity();
        }
        Ok(Lq::<Dyn, Dyn>::new(a, b, q, dynamic(&self.r)).with_cross(s))
    }

    /// `[Aᵈ, B, AB, .., Aᵈ⁻¹B]`: the state in `samples` samples, of the state now and the controls under way, the latest first.
    ///
    /// # Errors
    /// [`Refusal::Shape`] and [`Refusal::NotFinite`].
    pub fn prediction(&self, samples: usize) -> Result<DMatrix<f64>, Refusal> {
        fits(self)?;
        let (n, m) = self.b.shape();
        let a = dynamic(&self.a);
        let mut prediction = DMatrix::zeros(n, n + samples * m);
        let (mut power, mut effect) = (DMatrix::identity(n, n), dynamic(&self.b));
        for k in 0..samples {
            prediction.view_mut((0, n + k * m), (n, m)).copy_from(&effect);
            (power, effect) = (&a * power, &a * effect);
        }
        prediction.view_mut((0, 0), (n, n)).copy_from(&power);
        Ok(prediction)
    }

    /// The regulator of [`delayed`](Self::delayed) in closed form, from that of the problem itself: the nominal gain on the predicted
    /// state, and the price of latency,
    /// ```text
    /// u = -K x_{k+d}      J = Σ_{i<d} (x'Qx + 2x'Su)_{k+i} + x_{k+d}'X x_{k+d}
    /// ```
    /// where the first d terms are of the motion that nothing can change any more. Gain and cost belong to `(x, u_{k-1}, .., u_{k-d})`.
    /// `regulator` is the one that [`dare`](Self::dare) finds of this very problem.
    ///
    /// # Errors
    /// [`Refusal::Shape`] and [`Refusal::NotFinite`], also of a regulator of another problem.
    pub fn with_latency(&self, regulator: &Regulator<N, M>, samples: usize) -> Result<Latency, Refusal> {
        let (n, m) = self.b.shape();
        shape("K", &regulator.gain, (m, n))?;
        shape("X", &regulator.cost_to_go, (n, n))?;
        let (q, s) = (dynamic(&self.q), dynamic(&self.s));
        let ahead = self.prediction(samples)?;
        let mut cost_to_go = ahead.tr_mul(&(dynamic(&regulator.cost_to_go) * &ahead));
        for i in 0..samples {
            let mut state = DMatrix::zeros(n, ahead.ncols());
            let soon = self.prediction(i)?;
            state.view_mut((0, 0), (n, n)).copy_from(&soon.columns(0, n));
            // What acts within the first i samples was commanded the longest ago.
            state.view_mut((0, n + (samples - i) * m), (n, i * m)).copy_from(&soon.columns(n, i * m));
            let mut control = DMatrix::zeros(m, ahead.ncols());
            control.view_mut((0, n + (samples - 1 - i) * m), (m, m)).fill_with_identity();
            let crossed = state.tr_mul(&(&s * control));
            cost_to_go += state.tr_mul(&(&q * &state)) + &crossed + crossed.transpose();
        }
        Ok(Latency { gain: dynamic(&regulator.gain) * ahead, cost_to_go, under_way: samples * m })
    }
}

/// A regulator that knows how long its controls are under way.
#[derive(Clone, Debug)]
pub struct Latency {
    /// M × (N + dM), of the state and the controls under way, the latest first.
    pub gain: DMatrix<f64>,
    /// The cost from there, a quadratic form in the same.
    pub cost_to_go: DMatrix<f64>,
    under_way: usize,
}

impl Latency {
    /// What latency adds to the cost from `x`, with no control under way; `undelayed` is the regulator without it.
    ///
    /// # Errors
    /// [`Refusal::Shape`] when `x` has not an entry for each state, or `undelayed` is of a problem of another size.
    pub fn price<N: Dim, M: Dim>(&self, undelayed: &Regulator<N, M>, x: &[f64]) -> Result<f64, Refusal>
    where
        DefaultAllocator: Sizes<N, M>,
    {
        let n = self.cost_to_go.nrows() - self.under_way;
        let state = DMatrix::from_column_slice(x.len(), 1, x);
        shape("x", &state, (n, 1))?;
        shape("X", &undelayed.cost_to_go, (n, n))?;
        let mut augmented: Vec<f64> = x.into();
        augmented.resize(x.len() + self.under_way, 0.0);
        let augmented = DMatrix::from_vec(augmented.len(), 1, augmented);
        let cost = |x: &DMatrix<f64>, of: &DMatrix<f64>| x.dot(&(of * x));
        Ok(cost(&augmented, &self.cost_to_go) - cost(&state, &dynamic(&undelayed.cost_to_go)))
    }
}
