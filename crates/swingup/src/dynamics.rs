//! What moves: a system `x' = f(t, x, u; p)`.

use crate::Scalar;

/// What a number of a model means: its name and its unit, for figures and errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// Name.
    pub name: &'static str,
    /// Unit, as it is printed; `1` when it has none.
    pub unit: &'static str,
}

impl Quantity {
    /// The quantity `name`, measured in `unit`.
    pub const fn new(name: &'static str, unit: &'static str) -> Self {
        Quantity { name, unit }
    }
}

impl core::fmt::Display for Quantity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} ({})", self.name, self.unit)
    }
}

/// Where on the horizon: the time, and what the problem says there.
///
/// References, weights and physical constants that change from knot to knot, or that somebody may want derivatives in, are
/// the parameters `p`.
#[derive(Clone, Copy, Debug)]
pub struct At<'a, S, const NP: usize> {
    /// Time, s.
    pub t: S,
    /// This knot's parameters.
    pub p: &'a [S; NP],
}

/// A constant of a model: a number, or one of the knot's parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Coefficient {
    /// The same number everywhere.
    Number(f64),
    /// Parameter `p[i]` of the knot.
    Parameter(usize),
}

impl Coefficient {
    /// Its value there; NaN for a parameter that the problem does not have.
    #[inline(always)]
    pub fn at<S: Scalar, const NP: usize>(self, at: &At<'_, S, NP>) -> S {
        match self {
            Coefficient::Number(value) => S::from(value),
            Coefficient::Parameter(i) if i < NP => at.p[i],
            Coefficient::Parameter(_) => S::from(f64::NAN),
        }
    }
}

impl From<f64> for Coefficient {
    fn from(value: f64) -> Self {
        Coefficient::Number(value)
    }
}

/// A system of `NX` states and `NU` controls: `x' = f(t, x, u; p)`.
///
/// ```
/// use swingup::{At, Dynamics, Quantity, Scalar};
///
/// /// A pendulum, θ'' = -sin θ + u.
/// struct Pendulum;
/// impl<const NP: usize> Dynamics<2, 1, NP> for Pendulum {
///     const STATES: [Quantity; 2] = [Quantity::new("theta", "rad"), Quantity::new("omega", "rad/s")];
///     const CONTROLS: [Quantity; 1] = [Quantity::new("torque", "rad/s²")];
///     #[inline(always)]
///     fn xdot<S: Scalar>(&self, _: &At<'_, S, NP>, [theta, omega]: [S; 2], [u]: [S; 1]) -> [S; 2] {
///         [omega, -theta.sin() + u]
///     }
/// }
/// ```
///
/// Leave `NP` open, as here, unless the model reads parameters itself: they are those of the cost, too.
pub trait Dynamics<const NX: usize, const NU: usize, const NP: usize = 0> {
    /// Names and units of the states.
    const STATES: [Quantity; NX];
    /// Names and units of the controls.
    const CONTROLS: [Quantity; NU];

    /// `f(t, x, u; p)`: the rate of change of each state, its unit per second.
    ///
    /// Mark it `#[inline(always)]`: it stands inside the loop over knots, which takes four knots at a time where the processor can. What
    /// stays a function of its own there leaves the processor's wide registers at each call, so write rows and sums as `for` loops: the
    /// closure of a [`from_fn`](core::array::from_fn) or `map` may be too long to be inlined. The answers are the same, but in a chain of
    /// four masses a controller took nine times as long for its expansion. Constants stay `f64`, `x * 9.81`: an `S::from(9.81)` carries
    /// derivatives of zero along. What a change of the text does is told by [`Mpc::set_clock`](crate::mpc::Mpc::set_clock) and the
    /// [`expand`](crate::mpc::Times::expand) of its report.
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU]) -> [S; NX];
}

impl<D: Dynamics<NX, NU, NP>, const NX: usize, const NU: usize, const NP: usize> Dynamics<NX, NU, NP> for &D {
    const STATES: [Quantity; NX] = D::STATES;
    const CONTROLS: [Quantity; NU] = D::CONTROLS;
    #[inline(always)]
    fn xdot<S: Scalar>(&self, at: &At<'_, S, NP>, x: [S; NX], u: [S; NU]) -> [S; NX] {
        (**self).xdot(at, x, u)
    }
}
