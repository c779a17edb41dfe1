//! Panels that show a body at several times.

use super::{Axis, Panel};

/// Two links on a cart at every second knot, in grey, and the ways of their lower ends.
///
/// A row of `states` begins with the cart's place (m), its speed, and the angles of the upper and the lower link (rad), each from hanging,
/// counter-clockwise, as the room sees them; links are `length` (m) long.
pub fn double_pole<const N: usize>(title: &str, states: &[[f64; N]], length: f64) -> Panel {
    let links = states.iter().map(|x| {
        let joint = (x[0] + length * x[2].sin(), -length * x[2].cos());
        [(x[0], 0.0), joint, (joint.0 + length * x[3].sin(), joint.1 - length * x[3].cos())]
    });
    let panel = Panel::new(title).x(Axis::linear("x (m)")).y(Axis::linear("z (m)")).equal();
    let panel = panel.levels(links.clone().step_by(2)).line("upper link", links.clone().map(|link| link[1]));
    panel.line("lower link", links.map(|link| link[2]))
}

/// A body seen from the side at every second knot, in grey, and the way of its centre.
///
/// A row of `states` begins with its place (m, m) and angle (rad, counter-clockwise); it reaches `arm` (m) to either side.
pub fn body<const N: usize>(states: &[[f64; N]], arm: f64) -> Panel {
    let panel = Panel::new("").x(Axis::linear("x (m)")).y(Axis::linear("z (m)")).equal();
    let bodies = states.iter().step_by(2).map(|x| [-arm, arm].map(|r| (x[0] + r * x[2].cos(), x[1] + r * x[2].sin())));
    panel.levels(bodies).line("centre", states.iter().map(|x| (x[0], x[1])))
}
