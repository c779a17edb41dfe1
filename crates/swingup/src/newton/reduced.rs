//! The cost as a function of the controls alone.

use alloc::vec;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt;

use nalgebra::SVector;

use crate::cost::Cost;
use crate::expansion::{Expansion, Hessian, Nlp};
use crate::inspect::Pattern;
use crate::linear::Lu;
use crate::transcription::{Scheme, Transcribed};
use crate::{Dynamics, Trajectory};

/// `J(u) = J(x(u), u)`: the cost of the motion that the controls lead to, every defect zero.
///
/// ```text
/// rollout      d(x_k, u_k, x_{k+1}) = 0, each by Newton's method:  x₊ ← x₊ - E⁻¹ d
/// adjoint      E' λ_k = -g_x,k+1 + A' λ_{k+1},   λ_N = 0           backwards from the last interval
/// gradient     ∇J_k   = g_u,k - B' λ_k
/// ```
/// with A, B, E and g of the [`Block`](crate::expansion::Block)s; λ are the multipliers that make the Lagrangian's gradient in the states vanish.
#[derive(Clone, Debug)]
pub struct ReducedCost<D, C, T, const NX: usize, const NU: usize, const NP: usize = 0> {
    nlp: Transcribed<D, C, T, NX, NU, NP>,
    room: RefCell<Room<NX, NU>>,
}

#[derive(Clone, Debug)]
struct Room<const NX: usize, const NU: usize> {
    plan: Trajectory<NX, NU>,
    /// Are the states those that the controls lead to?
    rolled: bool,
    defects: Vec<[f64; NX]>,
    expansion: Expansion<NX, NU>,
}

/// The controls lead nowhere: over this interval Newton's method finds no next state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NoRollout {
    /// The interval.
    pub interval: usize,
}

impl fmt::Display for NoRollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no state follows over interval {}: the controls are too large for its length", self.interval)
    }
}

impl core::error::Error for NoRollout {}

impl<D, C, T, const NX: usize, const NU: usize, const NP: usize> ReducedCost<D, C, T, NX, NU, NP>
where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
    T: Scheme<D, NX, NU, NP>,
{
    /// The reduced cost of `nlp`.
    pub fn new(nlp: Transcribed<D, C, T, NX, NU, NP>) -> Self {
        let n = nlp.ocp().intervals();
        let plan = Trajectory::constant(n, nlp.ocp().start(), [0.0; NU]);
        let room = Room { plan, rolled: false, defects: vec![[0.0; NX]; n], expansion: Expansion::new(n) };
        ReducedCost { nlp, room: RefCell::new(room) }
    }

    /// The motion that the controls lead to.
    ///
    /// # Errors
    /// When over some interval there is none that Newton's method finds.
    ///
    /// # Panics
    /// When there are not `N NU` controls.
    pub fn rollout(&self, controls: &[f64]) -> Result<Trajectory<NX, NU>, NoRollout> {
        self.roll(controls)?;
        Ok(self.room.borrow().plan.clone())
    }

    /// J; NaN where no motion follows.
    ///
    /// # Panics
    /// When there are not `N NU` controls.
    pub fn value(&self, controls: &[f64]) -> f64 {
        if self.roll(controls).is_err() {
            return f64::NAN;
        }
        let Room { plan, defects, .. } = &mut *self.room.borrow_mut();
        self.nlp.evaluate(plan, defects)
    }

    /// ∇J, one rollout and one sweep back; NaN where no motion follows.
    ///
    /// # Panics
    /// When there are not `N NU` controls.
    pub fn slope(&self, controls: &[f64]) -> Vec<f64> {
        let mut gradient = vec![f64::NAN; controls.len()];
        if self.roll(controls).is_err() {
            return gradient;
        }
        let Room { plan, defects, expansion, .. } = &mut *self.room.borrow_mut();
        // Gauss-Newton's Hessian has no multipliers in it: any will do.
        self.nlp.expand(plan, defects, Hessian::GaussNewton, expansion);
        // g_x - A'λ of the knot after the interval.
        let mut pull = expansion.x;
        for (k, block) in expansion.blocks.iter().enumerate().rev() {
            let Some(e) = Lu::new(block.e) else { return vec![f64::NAN; controls.len()] };
            let multiplier = e.solve_transposed(-pull);
            gradient[k * NU..][..NU].copy_from_slice((block.u - block.b.tr_mul(&multiplier)).as_slice());
            pull = block.x - block.a.tr_mul(&multiplier);
        }
        gradient
    }

    /// Rolls out, unless these are the controls of the last time: a method asks for the value and then the gradient.
    fn roll(&self, controls: &[f64]) -> Result<(), NoRollout> {
        let (ocp, scheme) = (self.nlp.ocp(), self.nlp.scheme());
        let Room { plan, rolled, .. } = &mut *self.room.borrow_mut();
        assert!(controls.len() == plan.controls.len() * NU, "{} controls", controls.len());
        if *rolled && plan.controls.as_flattened() == controls {
            return Ok(());
        }
        *rolled = false;
        let bends = Pattern::full(0);
        for k in 0..plan.controls.len() {
            plan.controls[k].copy_from_slice(&controls[k * NU..][..NU]);
            let (x, u, at) = (plan.states[k], plan.controls[k], ocp.at(k));
            let (mut next, mut last) = (SVector::from(x), f64::INFINITY);
            // Explicit schemes are done after one correction; the others when corrections are rounding and shrink no more.
            for trial in 0.. {
                let ends = [&x, &next.into()];
                let interval = scheme.expand(ocp.dynamics(), &bends, &at, ocp.step(), ends, &u, None);
                let Some(e) = Lu::new(interval.e) else { return Err(NoRollout { interval: k }) };
                let correction = e.solve(interval.defect);
                next -= correction;
                if !next.iter().all(|v| v.is_finite()) {
                    return Err(NoRollout { interval: k });
                }
                let (size, scale) = (correction.amax(), next.amax());
                if scheme.explicit() && trial == 0 || size <= 1e-13 * (1.0 + scale) || size <= 1e-8 && size >= last {
                    break;
                }
                if trial == 50 {
                    return Err(NoRollout { interval: k });
                }
                last = size;
            }
            plan.states[k + 1] = next.into();
        }
        *rolled = true;
        Ok(())
    }
}
