//! A pole on its cart.

use super::{Animation, Shape};

/// Pixels for a unit of length, and the height of the track.
const SCALE: f64 = 80.0;
const TRACK: f64 = 140.0;

/// The film of a pole on its cart, for light ground and for dark: the track, the way of the pole's tip, cart and pole.
///
/// `motion` has a pair for each frame, the cart's place and the pole's angle (0 hangs, π stands, counter-clockwise positive); the
/// pole has the length 3/2, that of a uniform pole in its own units. The last frame is held for `hold` frames.
pub fn cart_pole(title: &str, motion: impl IntoIterator<Item = (f64, f64)>, rate: f64, hold: usize) -> Animation {
    let mut motion: Vec<(f64, f64)> = motion.into_iter().collect();
    motion.extend(motion.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, hold)));
    let bounds = |ends: (f64, f64), x: f64| (ends.0.min(x), ends.1.max(x));
    let (left, right) = motion.iter().map(|m| m.0).fold((0.0, 0.0), bounds);
    let middle = 240.0 - SCALE * (left + right) / 2.0;
    let film = |[ink, blue, faint]: [&str; 3]| {
        let places: Vec<[f64; 2]> = motion.iter().map(|(x, _)| [middle + SCALE * x, TRACK]).collect();
        let angles = motion.iter().map(|(_, theta)| *theta);
        let tips = places.iter().zip(angles.clone()).map(|(place, theta)| {
            format!("{:.0} {:.0}", place[0] + 1.5 * SCALE * theta.sin(), TRACK + 1.5 * SCALE * theta.cos())
        });
        let way = format!("M{}", tips.collect::<Vec<_>>().join("L"));
        Animation::new(title, [480.0, 285.0], rate)
            .shape(Shape::path("way of the tip", way).stroke(faint, 2.0))
            .shape(Shape::line("track", [20.0, TRACK], [460.0, TRACK]).stroke(faint, 3.0))
            .shape(Shape::rect("cart", [-26.0, -11.0], [26.0, 11.0]).fill(ink).moved(places.clone()))
            .shape(Shape::line("pole", [0.0, 0.0], [0.0, 1.5 * SCALE]).stroke(blue, 7.0).moved(places).turn(angles))
    };
    film(["#57606a", "#2068d8", "#d5dae0"]).dark(film(["#a3acb7", "#4b98ff", "#39414b"]))
}
