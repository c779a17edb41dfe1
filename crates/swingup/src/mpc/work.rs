//! The plan and all room to work in, made once.

use alloc::vec;
use alloc::vec::Vec;
use core::array::from_fn;

use super::recursion::{Stage, ToGo};
use super::rows::{Series, Side};
use crate::lanes::LANES;

/// States and controls, or their steps, or their slopes: one series for each.
#[derive(Clone, Debug)]
pub(super) struct Motion<const NX: usize, const NU: usize> {
    pub x: [Series; NX],
    pub u: [Series; NU],
}

impl<const NX: usize, const NU: usize> Motion<NX, NU> {
    /// The state at knot `k`.
    pub fn state(&self, k: usize) -> [f64; NX] {
        from_fn(|i| self.x[i].as_flattened()[k])
    }

    /// The control of interval `k`.
    pub fn control(&self, k: usize) -> [f64; NU] {
        from_fn(|j| self.u[j].as_flattened()[k])
    }

    pub fn set_state(&mut self, k: usize, x: &[f64; NX]) {
        self.x.iter_mut().zip(x).for_each(|(series, &value)| series.as_flattened_mut()[k] = value);
    }

    pub fn set_control(&mut self, k: usize, u: &[f64; NU]) {
        self.u.iter_mut().zip(u).for_each(|(series, &value)| series.as_flattened_mut()[k] = value);
    }

    pub fn zeros(length: usize) -> Self {
        let zeros = || vec![[0.0; LANES]; length];
        Motion { x: from_fn(|_| zeros()), u: from_fn(|_| zeros()) }
    }
}

/// A constraint beyond bounds: its values, its gradients, and how it changes along the step.
#[derive(Clone, Debug)]
pub(super) struct Constraint<const NX: usize, const NU: usize> {
    /// Does it exist at knot 0, whose state is given?
    pub first: bool,
    pub value: Series,
    pub gradient: Motion<NX, NU>,
    pub step: Series,
}

impl<const NX: usize, const NU: usize> Constraint<NX, NU> {
    pub fn new(length: usize, first: bool) -> Self {
        let zeros = || vec![[0.0; LANES]; length];
        Constraint { first, value: zeros(), gradient: Motion::zeros(length), step: zeros() }
    }
}

/// A problem's iterate and its Newton system, or those of [`LANES`] problems side by side, whose recursion has cells of as many numbers.
#[derive(Clone, Debug)]
pub(super) struct Work<const NX: usize, const NU: usize, T = f64> {
    /// N.
    pub intervals: usize,
    /// What counts as large, in states, in controls and in the cost.
    pub sizes: ([f64; NX], [f64; NU]),
    pub unit: f64,
    pub plan: Motion<NX, NU>,
    /// At knot k the multipliers of the defect before it.
    pub multipliers: [Series; NX],
    pub step: Motion<NX, NU>,
    pub next_multipliers: [Series; NX],
    /// Where a step would lead.
    pub trial: Motion<NX, NU>,
    /// Sides of the bounds of states and of controls, with the variable.
    pub states: Vec<(usize, Side)>,
    pub controls: Vec<(usize, Side)>,
    /// Sides of the constraints beyond bounds, with their place among them: of knots with a control, and of the last one.
    pub running: Vec<(usize, Side)>,
    pub ending: Vec<(usize, Side)>,
    /// These constraints.
    pub constraints: Vec<Constraint<NX, NU>>,
    pub end_constraints: Vec<Constraint<NX, NU>>,
    /// What the rows add to the diagonal of the curvature, to the slope on the path of μ, and to the slope as it stands.
    pub curvature: Motion<NX, NU>,
    pub slope: Motion<NX, NU>,
    pub now: Motion<NX, NU>,
    /// The diagonal of the cost's own curvature.
    pub diagonal: Motion<NX, NU>,
    pub stages: Vec<Stage<T, NX, NU>>,
    pub to_go: Vec<ToGo<T, NX, NU>>,
}

impl<const NX: usize, const NU: usize, T: Copy> Work<NX, NU, T> {
    /// All sides of inequalities.
    pub fn sides(&mut self) -> impl Iterator<Item = &mut Side> {
        let Work { states, controls, running, ending, .. } = self;
        states.iter_mut().chain(controls).chain(running).chain(ending).map(|(_, side)| side)
    }

    /// Room for series of `length` and as many stages; `zero` is a cell's.
    pub fn sized(intervals: usize, length: usize, stages: usize, zero: T) -> Self {
        let motion = || Motion::zeros(length);
        let series = || from_fn(|_| vec![[0.0; LANES]; length]);
        let stage = Stage {
            a: [[zero; NX]; NX],
            b: [[zero; NX]; NU],
            d: [zero; NX],
            x: [zero; NX],
            u: [zero; NU],
            xx: [[zero; NX]; NX],
            ux: [[zero; NX]; NU],
            uu: [[zero; NU]; NU],
        };
        let to_go = ToGo { curvature: [[zero; NX]; NX], slope: [zero; NX], gain: [[zero; NX]; NU], offset: [zero; NU] };
        Work {
            intervals,
            sizes: ([1.0; NX], [1.0; NU]),
            unit: 1.0,
            plan: motion(),
            multipliers: series(),
            step: motion(),
            next_multipliers: series(),
            trial: motion(),
            states: Vec::new(),
            controls: Vec::new(),
            running: Vec::new(),
            ending: Vec::new(),
            constraints: Vec::new(),
            end_constraints: Vec::new(),
            curvature: motion(),
            slope: motion(),
            now: motion(),
            diagonal: motion(),
            stages: vec![stage; stages],
            to_go: vec![to_go; intervals + 1],
        }
    }
}

impl<const NX: usize, const NU: usize> Work<NX, NU> {
    pub fn new(intervals: usize) -> Self {
        // One chunk more, for what reads the knot after.
        let length = intervals / LANES + 2;
        Work::sized(intervals, length, LANES * length, 0.0)
    }

    /// Adds `-sign z` of each constraint beyond bounds to its weight; they come in the order of their knots, and only where they stand.
    pub fn weigh_constraints(&self, weights: &mut [f64]) {
        let mut weights = weights.iter_mut();
        for k in 0..self.intervals {
            for place in 0..self.constraints.len() {
                let mut sides = self.running.iter().filter(|(at, side)| *at == place && side.stands(k)).peekable();
                if sides.peek().is_some()
                    && let Some(weight) = weights.next()
                {
                    sides.for_each(|(_, side)| *weight -= side.sign * side.z.as_flattened()[k]);
                }
            }
        }
        for (place, weight) in weights.enumerate() {
            let sides = self.ending.iter().filter(|(at, _)| *at == place);
            sides.for_each(|(_, side)| *weight -= side.sign * side.z[0][0]);
        }
    }
}
