//! A quadrotor seen from the side.

use super::{Animation, Shape};

/// Pixels for a metre.
const SCALE: f64 = 135.0;

/// The film of a quadrotor seen from the side, for light ground and for dark: what its centre stays out of, its way, its goal,
/// the body, and at each propeller the thrust.
///
/// A frame's `states` are its place (m, m), its angle (rad, counter-clockwise) and what else there is; `thrusts` (N; left, right) are held
/// until the next frame, and drawn 1 N to 0.06 m. The propellers are `arm` (m) from the centre; `circle` is a centre (m, m) and a radius
/// (m). The last frame is the goal, held for `hold` frames.
pub fn planar_quadrotor<const N: usize>(
    title: &str,
    (states, thrusts): (&[[f64; N]], &[[f64; 2]]),
    arm: f64,
    ([cx, cz], radius): ([f64; 2], f64),
    rate: f64,
    hold: usize,
) -> Animation {
    let held = thrusts.iter().chain(std::iter::repeat(thrusts.last().unwrap_or(&[0.0; 2])));
    let mut motion: Vec<([f64; 3], [f64; 2])> = states.iter().map(|x| [x[0], x[1], x[2]]).zip(held.copied()).collect();
    motion.extend(motion.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, hold)));
    let corners =
        motion.iter().map(|(x, _)| [x[0], x[1]]).chain([[cx - radius, cz - radius], [cx + radius, cz + radius]]);
    let start = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    let [low, high] =
        corners.fold(start, |[low, high], x| [[0, 1].map(|i| low[i].min(x[i])), [0, 1].map(|i| high[i].max(x[i]))]);
    let size = [0, 1].map(|i| SCALE * (high[i] - low[i] + 0.8));
    let pixel = |x: f64, z: f64| [SCALE * (x - low[0] + 0.4), size[1] - SCALE * (z - low[1] + 0.4)];
    let film = |[ink, blue, orange, faint]: [&str; 4]| {
        let places: Vec<[f64; 2]> = motion.iter().map(|([x, z, _], _)| pixel(*x, *z)).collect();
        let way = places.iter().map(|[x, y]| format!("{x:.0} {y:.0}")).collect::<Vec<_>>().join("L");
        let goal = places.last().copied().unwrap_or_default();
        let mut film = Animation::new(title, size, rate)
            .shape(Shape::circle("not here", pixel(cx, cz), SCALE * radius).fill(faint))
            .shape(Shape::path("way of the centre", format!("M{way}")).stroke(faint, 2.0))
            .shape(Shape::circle("goal", goal, 9.0).stroke(ink, 2.0));
        for (side, name) in [(-1.0, "thrust on the left"), (1.0, "thrust on the right")] {
            let turned = |x: f64, angle: f64| [SCALE * x * angle.cos(), -SCALE * x * angle.sin()];
            let props =
                motion.iter().zip(&places).map(|((x, _), at)| [0, 1].map(|i| at[i] + turned(side * arm, x[2])[i]));
            // Air is pushed down along the body: the length of a jet is its thrust.
            let jets = motion.iter().map(|(x, t)| {
                let long = 0.06 * SCALE * t[usize::from(side > 0.0)];
                [long * x[2].sin(), long * x[2].cos()]
            });
            film = film.shape(Shape::reaching(name, jets).stroke(orange, 5.0).moved(props));
        }
        let tilt = || motion.iter().map(|(x, _)| x[2]);
        let bar = Shape::line("body", [-SCALE * arm, 0.0], [SCALE * arm, 0.0]).stroke(blue, 7.0);
        film.shape(bar.moved(places.clone()).turn(tilt()))
            .shape(Shape::circle("centre", [0.0, 0.0], 5.0).fill(ink).moved(places))
    };
    film(["#57606a", "#2068d8", "#de6e1a", "#d5dae0"]).dark(film(["#a3acb7", "#4b98ff", "#f07028", "#39414b"]))
}
