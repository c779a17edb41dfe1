//! A quadrotor in space.

use super::{Animation, Shape};

/// Pixels for a metre, and the sine and cosine of 30 degrees.
const SCALE: f64 = 110.0;
const SIN: f64 = 0.5;
const COS: f64 = 0.866_025_403_784_438_6;

/// The film of a quadrotor in space, for light ground and for dark: the ground in squares of half a metre, the way of its centre and
/// its shadow, and the arms, the front one in a colour of its own.
///
/// A frame's `states` are its place (m: x, y, z, z up), roll, pitch and yaw (rad), `R = Rz(yaw) Ry(pitch) Rx(roll)`, and what else there is. The view is
/// isometric, from behind and the left, and above: x to the right and up, y to the left and up. Arms are drawn `arm` (m) long. The last frame
/// is held for `hold` frames.
pub fn quadrotor<const N: usize>(title: &str, states: &[[f64; N]], arm: f64, rate: f64, hold: usize) -> Animation {
    let mut motion: Vec<[f64; N]> = states.to_vec();
    motion.extend(motion.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, hold)));
    let around = |i: usize| motion.iter().fold([0.0_f64; 2], |[low, high], x| [low.min(x[i]), high.max(x[i])]);
    // Whole squares below it, and what they and the greatest height take in the picture.
    let squares = |[low, high]: [f64; 2]| [(2.0 * low - 0.5).floor() / 2.0, (2.0 * high + 0.5).ceil() / 2.0];
    let [xs, ys] = [0, 1].map(|i| squares(around(i)));
    let flat = |[x, y, z]: [f64; 3]| [SCALE * COS * (x - y), -SCALE * (z + SIN * (x + y))];
    let (left, right) = (flat([xs[0], ys[1], 0.0])[0], flat([xs[1], ys[0], 0.0])[0]);
    let top = motion.iter().map(|x| flat([x[0], x[1], x[2]])[1] - 40.0).fold(flat([xs[1], ys[1], 0.0])[1], f64::min);
    let size = [right - left + 20.0, flat([xs[0], ys[0], 0.0])[1] - top + 20.0];
    let pixel = |x: [f64; 3]| [flat(x)[0] - left + 10.0, flat(x)[1] - top + 10.0];
    let path = |points: &[[f64; 2]]| {
        let points: Vec<String> = points.iter().map(|[x, y]| format!("{x:.0} {y:.0}")).collect();
        format!("M{}", points.join("L"))
    };
    let film = |[ink, blue, orange, faint]: [&str; 4]| {
        let places: Vec<[f64; 2]> = motion.iter().map(|x| pixel([x[0], x[1], x[2]])).collect();
        let shadows: Vec<[f64; 2]> = motion.iter().map(|x| pixel([x[0], x[1], 0.0])).collect();
        let mut ground = String::new();
        for k in 0..=(2.0 * (xs[1] - xs[0])) as usize {
            let x = xs[0] + 0.5 * k as f64;
            ground += &path(&[pixel([x, ys[0], 0.0]), pixel([x, ys[1], 0.0])]);
        }
        for k in 0..=(2.0 * (ys[1] - ys[0])) as usize {
            let y = ys[0] + 0.5 * k as f64;
            ground += &path(&[pixel([xs[0], y, 0.0]), pixel([xs[1], y, 0.0])]);
        }
        let heights: Vec<[f64; 2]> = motion.iter().map(|x| [0.0, -SCALE * x[2]]).collect();
        let mut film = Animation::new(title, size, rate)
            .shape(Shape::path("ground", ground).stroke(faint, 1.0))
            .shape(Shape::path("way of the shadow", path(&shadows)).stroke(faint, 3.0))
            .shape(Shape::circle("shadow", [0.0, 0.0], 7.0).fill(faint).moved(shadows.clone()))
            .shape(Shape::reaching("height", heights).stroke(faint, 2.0).moved(shadows))
            .shape(Shape::path("way of the centre", path(&places)).stroke(ink, 1.5));
        for (name, along, color) in [
            ("left arm", [0.0, 1.0], blue),
            ("right arm", [0.0, -1.0], blue),
            ("rear arm", [-1.0, 0.0], blue),
            ("front arm", [1.0, 0.0], orange),
        ] {
            let tips = motion.iter().map(|x| flat(turned([x[3], x[4], x[5]], along).map(|end| arm * end)));
            film = film.shape(Shape::reaching(name, tips).stroke(color, 6.0).moved(places.clone()));
        }
        film.shape(Shape::circle("centre", [0.0, 0.0], 6.0).fill(ink).moved(places))
    };
    film(["#57606a", "#2068d8", "#de6e1a", "#d5dae0"]).dark(film(["#a3acb7", "#4b98ff", "#f07028", "#39414b"]))
}

/// The body's direction (x, y, 0) in the world: `Rz(yaw) Ry(pitch) Rx(roll)` times it.
fn turned([roll, pitch, yaw]: [f64; 3], [x, y]: [f64; 2]) -> [f64; 3] {
    let [(sr, cr), (sp, cp), (sy, cy)] = [roll, pitch, yaw].map(f64::sin_cos);
    // Rx, then Ry.
    let (ahead, across, up) = (cp * x + sp * sr * y, cr * y, cp * sr * y - sp * x);
    [cy * ahead - sy * across, sy * ahead + cy * across, up]
}
