//! Two links on their cart.

use super::{Animation, Shape};

/// Pixels for a metre, and the height of the track.
const SCALE: f64 = 115.0;
const TRACK: f64 = 145.0;

/// The film of two links on their cart, for light ground and for dark: the track with its ends, the way of the lower tip, cart
/// and links.
///
/// `states` has a row for each frame: the cart's place (m) and speed, the angles of the upper and the lower link (rad), each from
/// hanging, counter-clockwise, as the room sees them, and what else there is. Links are `length` (m) long; the cart's middle stays within
/// `track` (m) of the track's. The last frame is held for `hold` frames.
pub fn double_cart_pole<const N: usize>(
    title: &str,
    states: &[[f64; N]],
    [length, track]: [f64; 2],
    rate: f64,
    hold: usize,
) -> Animation {
    let mut motion: Vec<(f64, f64, f64)> = states.iter().map(|x| (x[0], x[2], x[3])).collect();
    motion.extend(motion.last().copied().into_iter().flat_map(|last| std::iter::repeat_n(last, hold)));
    let (reach, half) = (SCALE * length, SCALE * track);
    let width = 2.0 * (half + 2.0 * reach) + 30.0;
    let film = |[ink, blue, orange, faint]: [&str; 4]| {
        let carts: Vec<[f64; 2]> = motion.iter().map(|m| [0.5 * width + SCALE * m.0, TRACK]).collect();
        let along = |[x, y]: [f64; 2], angle: f64| [x + reach * angle.sin(), y + reach * angle.cos()];
        let joints: Vec<[f64; 2]> = carts.iter().zip(&motion).map(|(at, m)| along(*at, m.1)).collect();
        let tips = joints.iter().zip(&motion).map(|(at, m)| along(*at, m.2));
        let way = tips.map(|[x, y]| format!("{x:.0} {y:.0}")).collect::<Vec<_>>().join("L");
        let link = |name: &str, color: &str| Shape::line(name, [0.0, 0.0], [0.0, reach]).stroke(color, 7.0);
        // The cart is 26 pixels to each side of its middle.
        let ends = [0.5 * width - half - 26.0, 0.5 * width + half + 26.0];
        let mut film = Animation::new(title, [width, 290.0], rate)
            .shape(Shape::path("way of the lower tip", format!("M{way}")).stroke(faint, 2.0))
            .shape(Shape::line("track", [ends[0], TRACK], [ends[1], TRACK]).stroke(faint, 3.0));
        for end in ends {
            film =
                film.shape(Shape::line("end of the track", [end, TRACK - 16.0], [end, TRACK + 16.0]).stroke(ink, 3.0));
        }
        film.shape(Shape::rect("cart", [-26.0, -11.0], [26.0, 11.0]).fill(ink).moved(carts.clone()))
            .shape(link("upper link", blue).moved(carts).turn(motion.iter().map(|m| m.1)))
            .shape(link("lower link", orange).moved(joints.clone()).turn(motion.iter().map(|m| m.2)))
            .shape(Shape::circle("joint", [0.0, 0.0], 5.0).fill(ink).moved(joints))
    };
    film(["#57606a", "#2068d8", "#de6e1a", "#d5dae0"]).dark(film(["#a3acb7", "#4b98ff", "#f07028", "#39414b"]))
}
