//! A film as one animated SVG: shapes that move and turn, a few kilobytes, sharp at every size.
//!
//! Each [`Shape`] is drawn around its own origin and then, at frame `k`, turned by `phi[k]` and moved by `t[k]`:
//! ```text
//! p -> R(phi[k]) p + t[k]        R(phi) (x, y) = (x cos phi + y sin phi, -x sin phi + y cos phi)
//! ```
//! in the picture's coordinates, `x` to the right and `y` down, so that a positive `phi` turns counter-clockwise: a pole
//! drawn from `(0, 0)` to `(0, l)` hangs at 0 and stands at pi. Frame `k` is shown at the time `k / rate`, between two
//! frames everything moves uniformly (angles are not reduced by whole turns), and after the last of `n` frames, at
//! `(n - 1) / rate`, the film starts again. A viewer that knows no animation shows the first frame.
//!
//! ```
//! use lab::animation::{Animation, Shape};
//!
//! let angles = (0..=50).map(|k| 0.5 * (0.1256 * f64::from(k)).cos());
//! let film = Animation::new("A pendulum", [240.0, 200.0], 25.0)
//!     .shape(Shape::line("pole", [0.0, 0.0], [0.0, 120.0]).stroke("#2068d8", 4.0).turn(angles).at([120.0, 40.0]));
//! assert!(film.svg()?.len() < 1_000);
//! # Ok::<(), lab::animation::AnimationError>(())
//! ```

mod cart_pole;
mod double_cart_pole;
mod planar_quadrotor;
mod quadrotor;
mod shape;

use std::fmt::Write as _;

pub use cart_pole::cart_pole;
pub use double_cart_pole::double_cart_pole;
pub use planar_quadrotor::planar_quadrotor;
pub use quadrotor::quadrotor;
pub use shape::Shape;

use crate::figure::escape;

/// Why a film could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum AnimationError {
    /// A number that is not finite, or a size or rate that is not positive.
    #[error("{of} is {value}")]
    Number {
        /// Which number: `rate`, or the shape and what of it.
        of: String,
        /// The number.
        value: f64,
    },
    /// All tracks of a film have the same number of frames, at least two.
    #[error("shape `{shape}` has a track of {found} frames, not {expected}")]
    Frames {
        /// Name of the shape.
        shape: String,
        /// Frames of this track.
        found: usize,
        /// Frames of the tracks before it, or 2.
        expected: usize,
    },
    /// A colour that is not `#rrggbb`, or path data with more than commands and numbers.
    #[error("`{0}` is neither a colour like #2068d8 nor SVG path data")]
    Text(String),
}

/// A looped film.
#[derive(Clone, Debug, PartialEq)]
pub struct Animation {
    title: String,
    size: [f64; 2],
    rate: f64,
    ground: Option<String>,
    shapes: Vec<Shape>,
    dark: Option<Box<Animation>>,
}

impl Animation {
    /// A film of `size` (width and height in pixels) with `rate` frames a second; `title` says what it shows.
    pub fn new(title: impl Into<String>, size: [f64; 2], rate: f64) -> Self {
        Self { title: title.into(), size, rate, ground: None, shapes: Vec::new(), dark: None }
    }

    /// Fills the ground; without it the page shows through.
    #[must_use]
    pub fn ground(mut self, color: impl Into<String>) -> Self {
        self.ground = Some(color.into());
        self
    }

    /// Adds a shape in front of the others.
    #[must_use]
    pub fn shape(mut self, shape: Shape) -> Self {
        self.shapes.push(shape);
        self
    }

    /// Adds the same film in the colours for dark ground.
    #[must_use]
    pub fn dark(mut self, dark: Animation) -> Self {
        self.dark = Some(Box::new(dark));
        self
    }

    /// The film for dark ground, if there is one.
    pub(crate) fn on_dark(&self) -> Option<&Animation> {
        self.dark.as_deref()
    }

    /// The film as SVG; positions to a hundredth of a pixel, angles to a hundredth of a degree.
    ///
    /// # Errors
    /// The first number, text or track that makes no film: see [`AnimationError`].
    pub fn svg(&self) -> Result<String, AnimationError> {
        let [width, height] = self.size;
        for (of, value) in [("width", width), ("height", height), ("rate", self.rate)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(AnimationError::Number { of: of.to_string(), value });
            }
        }
        let mut frames = None;
        for shape in &self.shapes {
            shape.check(&mut frames)?;
        }
        let seconds = frames.map_or(0.0, |n| (n - 1) as f64 / self.rate);
        let (w, h) = (short(width), short(height));
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\">\n<title>{}</title>\n",
            escape(&self.title)
        );
        if let Some(ground) = &self.ground {
            let ground = color(ground)?;
            writeln!(svg, "<rect width=\"{w}\" height=\"{h}\" fill=\"{ground}\"/>").expect("memory");
        }
        for shape in &self.shapes {
            svg.push_str(&shape.svg(seconds)?);
        }
        Ok(svg + "</svg>\n")
    }
}

fn color(text: &str) -> Result<&str, AnimationError> {
    let digits = text.strip_prefix('#').unwrap_or("");
    let fine = digits.len() == 6 && digits.chars().all(|c| c.is_ascii_hexdigit());
    if fine { Ok(text) } else { Err(AnimationError::Text(text.to_string())) }
}

/// A number to a hundredth, without zeros at its end.
fn short(value: f64) -> String {
    let rounded = (100.0 * value).round() / 100.0;
    // Adding 0 turns -0 into 0. What is too large to be rounded is left as it is.
    if rounded.is_finite() { format!("{}", rounded + 0.0) } else { format!("{value}") }
}
