//! Second derivatives that mix the parameters with the motion, along a step: what the parameters do to a Newton system.

use super::cells::{Cell, There, knots};
use super::linearize::Places;
use super::work::Work;
use crate::constraints::{MarginSink, Price};
use crate::cost::Total;
use crate::inspect::Dual;
use crate::integrate::rk4_step;
use crate::lanes::{LANES, Lanes};
use crate::{At, Cost, Dynamics, Scalar};

/// A number with its change along the step, and their derivatives in the parameters.
type Along<S, const NP: usize> = Dual<Dual<S, 1>, NP>;

/// The constraints' part: `-z ∂²g + stiffness ∂g ∂g`, along the step and in the parameters, over the sides of each.
struct Pulled<'a, S, const NP: usize> {
    /// `Σ sign z` and `Σ stiffness` of each place, and positive where its constraint exists.
    weights: &'a dyn Fn(usize) -> (S, S, S),
    place: usize,
    sum: [S; NP],
}

impl<S: Scalar, const NP: usize> MarginSink<Along<S, NP>> for Pulled<'_, S, NP> {
    #[inline(always)]
    fn hard(&mut self, _: &'static str, margin: Along<S, NP>) {
        let (z, stiffness, there) = (self.weights)(self.place);
        for i in 0..NP {
            let pull = stiffness * margin.v.x[0] * margin.x[i].v - z * margin.x[i].x[0];
            self.sum[i] = self.sum[i] + there.select(pull, S::from(0.0));
        }
        self.place += 1;
    }
    #[inline(always)]
    fn soft(&mut self, name: &'static str, _: Price, margin: Along<S, NP>) {
        self.hard(name, margin);
    }
    #[inline(always)]
    fn equal(&mut self, name: &'static str, value: Along<S, NP>) {
        self.hard(name, value);
    }
}

/// A number that changes along the step.
#[inline(always)]
fn moving<S: Scalar, const NP: usize>(v: S, d: S) -> Along<S, NP> {
    Along::constant(Dual { v, x: [d], u: [] })
}

/// What each parameter of each knot with a control changes in the Lagrangian's gradient along the step, and in the defects along the
/// step's multipliers λ̄:
///
/// ```text
/// ∂/∂p [ d/dε (l - λ'Φ - z'g)(x + ε dx, u + ε du; p) - λ̄'Φ(x, u; p) ]
/// ```
/// It goes to place `j` of the knot's and parameter's response; `moves` says whether Φ depends on p.
#[inline(always)]
pub(super) fn mix_in<L: Lanes, D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &Work<NX, NU>,
    moves: bool,
    j: usize,
    responses: &mut [[f64; NU]],
) where
    D: Dynamics<NX, NU, NP>,
    C: Cost<NX, NU, NP>,
{
    let (n, zero) = (work.intervals, L::from(0.0));
    for c in 0..n.div_ceil(LANES) {
        let (x, u, t, p) = knots::<L, f64, D, C, NX, NU, NP>(places, &work.plan, n, c);
        let (dx, du, _, _) = knots::<L, f64, D, C, NX, NU, NP>(places, &work.step, n, c);
        let (mut at_x, mut at_u, mut at_p) =
            ([moving(zero, zero); NX], [moving(zero, zero); NU], [moving(zero, zero); NP]);
        for i in 0..NX {
            at_x[i] = moving(x[i], dx[i]);
        }
        for i in 0..NU {
            at_u[i] = moving(u[i], du[i]);
        }
        for i in 0..NP {
            at_p[i] = Along::variable(Dual::constant(p[i]), i);
        }
        let at = At { t: moving(t, zero), p: &at_p };
        let mut total = Total(moving::<L, NP>(zero, zero));
        places.cost.running(&at, at_x, at_u, &mut total);
        let mut change = [zero; NP];
        for i in 0..NP {
            change[i] = total.0.x[i].x[0] * places.measure;
        }
        if !work.running.is_empty() {
            let there = There::<L>::new::<f64>(n, c);
            let weights = |place: usize| {
                let (mut z, mut stiffness) = (zero, zero);
                for (_, side) in work.running.iter().filter(|(at, _)| *at == place) {
                    z = z + L::load(&side.z[c]) * side.sign;
                    stiffness = stiffness + L::load(&side.rows[c].stiffness);
                }
                (z, stiffness, there.of(work.constraints[place].first))
            };
            let mut pulled = Pulled { weights: &weights, place: 0, sum: change };
            places.cost.margins(&at, at_x, at_u, &mut pulled);
            change = pulled.sum;
        }
        if moves {
            let next = rk4_step(places.dynamics, &at, places.h, at_x, at_u);
            for m in 0..NX {
                let multiplier = <f64 as Cell>::after::<L>(&work.multipliers[m], c);
                let response = <f64 as Cell>::after::<L>(&work.next_multipliers[m], c);
                for i in 0..NP {
                    change[i] = change[i] - multiplier * next[m].x[i].x[0] - response * next[m].x[i].v;
                }
            }
        }
        for i in 0..NP {
            let change = change[i].store();
            for (l, k) in (LANES * c..n.min(LANES * (c + 1))).enumerate() {
                responses[k * NP + i][j] = change[l];
            }
        }
    }
}

/// The last knot's part.
pub(super) fn mix_end<D, C, const NX: usize, const NU: usize, const NP: usize>(
    places: &Places<'_, D, C, NP>,
    work: &Work<NX, NU>,
    j: usize,
    responses: &mut [[f64; NU]],
) where
    C: Cost<NX, NU, NP>,
{
    let n = work.intervals;
    let (x, dx) = (work.plan.state(n), work.step.state(n));
    let x: [Along<f64, NP>; NX] = core::array::from_fn(|i| moving(x[i], dx[i]));
    let p = core::array::from_fn(|i| Along::variable(Dual::constant(places.parameters[n][i]), i));
    let at = At { t: moving(n as f64 * places.h, 0.0), p: &p };
    let mut total = Total(moving::<f64, NP>(0.0, 0.0));
    places.cost.terminal(&at, x, &mut total);
    let weights = |place: usize| {
        let sides = work.ending.iter().filter(|(at, _)| *at == place).map(|(_, side)| side);
        let (z, stiffness) = sides.fold((0.0, 0.0), |(z, stiffness), side| {
            (z + side.sign * side.z[0][0], stiffness + side.rows[0].stiffness[0])
        });
        (z, stiffness, 1.0)
    };
    let mut pulled = Pulled { weights: &weights, place: 0, sum: [0.0; NP] };
    places.cost.terminal_margins(&at, x, &mut pulled);
    for i in 0..NP {
        responses[n * NP + i][j] = total.0.x[i].x[0] + pulled.sum[i];
    }
}
