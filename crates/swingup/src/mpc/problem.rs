//! The problem behind a controller, whose models a controller's type need not name.

use alloc::vec::Vec;

use super::start::First;
use super::work::Work;
use crate::constraints::{Bounds, Kind};
use crate::ocp::ProblemError;

/// A constraint beyond bounds, and whether it exists at knot 0, whose state is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listing {
    pub kind: Kind,
    pub first: bool,
}

pub(super) trait Problem<const NX: usize, const NU: usize>: Send {
    /// N.
    fn intervals(&self) -> usize;
    fn names(&self) -> ([&'static str; NX], [&'static str; NU]);
    fn bounds(&self, k: usize) -> Bounds<NX, NU>;
    fn set_bounds(&mut self, k: usize, bounds: Bounds<NX, NU>) -> Result<(), ProblemError>;
    fn set_parameters(&mut self, k: usize, p: &[f64]) -> Result<(), ProblemError>;
    /// The constraints beyond bounds, of knots with a control and of the last one.
    fn listings(&self) -> [Vec<Listing>; 2];
    /// Does the Gauss-Newton Hessian of the running cost depend on nothing but the parameters?
    fn is_curved_evenly(&self) -> bool;
    /// The unit of the cost: on the plan its largest slope times the size of the variable, or its largest curvature times the square of
    /// that, which is what it is at rest.
    fn unit(&self, first: First<'_, NX, NU>, sizes: &([f64; NX], [f64; NU])) -> f64;
    /// The state after an interval.
    fn roll(&self, k: usize, x: [f64; NX], u: [f64; NU]) -> [f64; NX];
    /// Values and gradients of the constraints beyond bounds.
    fn constrain(&self, work: &mut Work<NX, NU>);
    /// All about the plan but the last knot: the largest entries of the Lagrangian's gradient and of the defects, and the
    /// larger of both free of units.
    fn expand(&self, work: &mut Work<NX, NU>, curved: bool) -> (f64, f64, f64);
    /// The cost to go from the last knot, with its rows; the slope of the cost alone.
    fn end(&self, work: &mut Work<NX, NU>) -> [f64; NX];
    /// The exact Hessian instead of Gauss and Newton's.
    fn bend(&mut self, work: &mut Work<NX, NU>);
    /// Number of parameters of a knot.
    fn parameters(&self) -> usize;
    /// What each parameter of each knot changes in the Lagrangian's gradient and in the defects, along the step and its multipliers:
    /// the response of control `j`, knot by knot.
    fn mix(&self, work: &Work<NX, NU>, j: usize, responses: &mut [[f64; NU]]);
    /// The cost of the trial and the sum of its defects, each against the size of its state; values of its constraints.
    fn try_out(&self, work: &mut Work<NX, NU>) -> (f64, f64);
}
