//! What moves in a film.

use super::{AnimationError, color, short};
use crate::figure::escape;

/// A figure that moves as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    name: String,
    form: Form,
    fill: Option<String>,
    stroke: Option<(String, f64)>,
    moves: Vec<[f64; 2]>,
    at: [f64; 2],
    turns: Vec<f64>,
    ends: Vec<[f64; 2]>,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    /// Tag, names and values of its attributes.
    Simple(&'static str, Vec<(&'static str, f64)>),
    Path(String),
}

impl Shape {
    fn new(name: impl Into<String>, form: Form) -> Self {
        let (at, moves, turns, ends) = ([0.0; 2], Vec::new(), Vec::new(), Vec::new());
        Self { name: name.into(), form, fill: None, stroke: None, moves, at, turns, ends }
    }

    /// A rectangle between two opposite corners, the second to the right of and below the first.
    pub fn rect(name: impl Into<String>, [x, y]: [f64; 2], [right, below]: [f64; 2]) -> Self {
        let numbers = vec![("x", x), ("y", y), ("width", right - x), ("height", below - y)];
        Self::new(name, Form::Simple("rect", numbers))
    }

    /// A piece of a straight line.
    pub fn line(name: impl Into<String>, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) -> Self {
        Self::new(name, Form::Simple("line", vec![("x1", x1), ("y1", y1), ("x2", x2), ("y2", y2)]))
    }

    /// A line from its origin to where its end is in each frame: the only shape that becomes longer and shorter.
    pub fn reaching(name: impl Into<String>, ends: impl IntoIterator<Item = [f64; 2]>) -> Self {
        let ends: Vec<[f64; 2]> = ends.into_iter().collect();
        let line = Self::line(name, [0.0; 2], ends.first().copied().unwrap_or_default());
        Self { ends, ..line }
    }

    /// A disc.
    pub fn circle(name: impl Into<String>, [x, y]: [f64; 2], radius: f64) -> Self {
        Self::new(name, Form::Simple("circle", vec![("cx", x), ("cy", y), ("r", radius)]))
    }

    /// Any outline, as SVG path data.
    pub fn path(name: impl Into<String>, data: impl Into<String>) -> Self {
        Self::new(name, Form::Path(data.into()))
    }

    /// Fills it with a colour, `#rrggbb`.
    #[must_use]
    pub fn fill(mut self, color: impl Into<String>) -> Self {
        self.fill = Some(color.into());
        self
    }

    /// Draws its outline in a colour, `#rrggbb`, `width` pixels wide.
    #[must_use]
    pub fn stroke(mut self, color: impl Into<String>, width: f64) -> Self {
        self.stroke = Some((color.into(), width));
        self
    }

    /// Where its origin is in each frame, in pixels.
    #[must_use]
    pub fn moved(mut self, places: impl IntoIterator<Item = [f64; 2]>) -> Self {
        self.moves = places.into_iter().collect();
        self
    }

    /// Where its origin is, if it does not move.
    #[must_use]
    pub fn at(mut self, place: [f64; 2]) -> Self {
        self.at = place;
        self
    }

    /// By how many radians it is turned about its origin in each frame, counter-clockwise positive.
    #[must_use]
    pub fn turn(mut self, angles: impl IntoIterator<Item = f64>) -> Self {
        self.turns = angles.into_iter().collect();
        self
    }

    pub(super) fn check(&self, frames: &mut Option<usize>) -> Result<(), AnimationError> {
        let mut outline: Vec<f64> = self.stroke.iter().map(|s| s.1).collect();
        match &self.form {
            Form::Simple(_, numbers) => outline.extend(numbers.iter().map(|n| n.1)),
            Form::Path(data) => {
                let fine = |c: char| "MmLlHhVvCcSsQqTtAaZz0123456789 ,.-+eE".contains(c);
                if !data.chars().all(fine) {
                    return Err(AnimationError::Text(data.clone()));
                }
            }
        }
        let (places, angles, ends) = (self.moves.as_flattened(), &self.turns, self.ends.as_flattened());
        for (what, numbers) in
            [("outline", &outline[..]), ("place", &self.at), ("place", places), ("angle", angles), ("end", ends)]
        {
            if let Some(&value) = numbers.iter().find(|v| !v.is_finite()) {
                return Err(AnimationError::Number { of: format!("{what} of `{}`", self.name), value });
            }
        }
        for found in [self.moves.len(), angles.len(), self.ends.len()].into_iter().filter(|n| *n > 0) {
            let expected = *frames.get_or_insert(found.max(2));
            if found != expected {
                return Err(AnimationError::Frames { shape: self.name.clone(), found, expected });
            }
        }
        Ok(())
    }

    pub(super) fn svg(&self, seconds: f64) -> Result<String, AnimationError> {
        let animate = |tag: &str, name: &str, kind: &str, values: &[String]| {
            let (values, seconds) = (values.join(";"), short(seconds));
            format!(
                "<{tag} attributeName=\"{name}\"{kind} values=\"{values}\" dur=\"{seconds}s\" repeatCount=\"indefinite\"/>"
            )
        };
        let track = |kind: &str, values: &[String]| {
            animate("animateTransform", "transform", &format!(" type=\"{kind}\""), values)
        };
        let place = |[x, y]: &[f64; 2]| format!("{} {}", short(*x), short(*y));
        let places: Vec<String> = self.moves.iter().map(place).collect();
        // SVG turns clockwise, because y points down.
        let angles: Vec<String> = self.turns.iter().map(|a| short(-a.to_degrees())).collect();
        let first = places.first().cloned().unwrap_or_else(|| place(&self.at));

        let mut out = format!("<g transform=\"translate({first})\">");
        if !places.is_empty() {
            out += &track("translate", &places);
        }
        let fill = self.fill.as_deref().map_or(Ok("none"), color)?;
        let mut look = format!(" fill=\"{fill}\"");
        if let Some((stroke, width)) = &self.stroke {
            let (stroke, width) = (color(stroke)?, short(*width));
            look += &format!(" stroke=\"{stroke}\" stroke-width=\"{width}\" stroke-linecap=\"round\"");
        }
        if let Some(angle) = angles.first() {
            look += &format!(" transform=\"rotate({angle})\"");
        }
        let (tag, numbers) = match &self.form {
            Form::Simple(tag, numbers) => {
                (*tag, numbers.iter().map(|(n, v)| format!(" {n}=\"{}\"", short(*v))).collect())
            }
            Form::Path(data) => ("path", format!(" d=\"{data}\"")),
        };
        out += &format!("<{tag}{numbers}{look}><title>{}</title>", escape(&self.name));
        if !angles.is_empty() {
            out += &track("rotate", &angles);
        }
        for (axis, name) in ["x2", "y2"].into_iter().enumerate().filter(|_| !self.ends.is_empty()) {
            let values: Vec<String> = self.ends.iter().map(|end| short(end[axis])).collect();
            out += &animate("animate", name, "", &values);
        }
        Ok(out + &format!("</{tag}></g>\n"))
    }
}
