//! Controls that cannot jump.

use core::array::from_fn;

use crate::{At, Dynamics, Quantity, Scalar};

/// A model whose controls are states, and its controls their rates: with `NA = NX + NU` states `(x, u)` and controls `w`,
///
/// ```text
/// x' = f(t, x, u; p)    u' = w
/// ```
/// A bound on `w` limits the slew rate of the motor, which ramps over an interval instead of jumping at a knot; limits of the control
/// itself are bounds of a state then, and its start is part of the start.
///
/// ```
/// use swingup::models::{CartPole, Slewed};
/// use swingup::{Bound, Ocp, cost::Tracking};
///
/// let pi = std::f64::consts::PI;
/// let cost = Tracking { q: [0.5, 0.05, 2.5, 0.05, 0.05], r: [1e-6], goal: [0.0, 0.0, pi, 0.0, 0.0], rest: [0.0], terminal: 10.0 };
/// let model = Slewed::<_, 4>(CartPole::new(0.5, 9.81));
/// let free = Bound::FREE;
/// let ocp = Ocp::<_, _, 5, 1>::new(model, cost, [0.0; 5], 50, 0.05)?
///     .bound_states([Bound::symmetric(0.5), free, free, free, Bound::symmetric(10.0)])?
///     .bound_controls([Bound::symmetric(80.0)])?;
/// # Ok::<(), swingup::ocp::ProblemError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slewed<D, const NX: usize>(
    /// The model.
    pub D,
);

impl<D, const NX: usize, const NA: usize, const NU: usize, const NP: usize> Dynamics<NA, NU, NP> for Slewed<D, NX>
where
    D: Dynamics<NX, NU, NP>,
{
    const STATES: [Quantity; NA] = {
        assert!(NA == NX + NU, "as many states as the model has states and controls");
        let mut all = [Quantity::new("", ""); NA];
        let mut i = 0;
        while i < NA {
            all[i] = if i < NX { D::STATES[i] } else { D::CONTROLS[i - NX] };
            i += 1;
        }
        all
    };
    const CONTROLS: [Quantity; NU] = [Quantity::new("slew rate", "its control's unit per s"); NU];

    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NA], w: [S; NU]) -> [S; NA] {
        let rate = self.0.xdot(at, from_fn(|i| x[i]), from_fn(|j| x[NX + j]));
        from_fn(|i| if i < NX { rate[i] } else { w[i - NX] })
    }
}
