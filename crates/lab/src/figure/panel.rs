//! Panels, axes and series: what a figure is made of.

use super::Hue;

/// One pair of axes with what is drawn on them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Panel {
    /// Drawn above the panel; may be empty.
    pub title: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// What is drawn, the first one lowest.
    pub series: Vec<Series>,
    /// Labelled straight lines across the panel.
    pub guides: Vec<Guide>,
    /// Whether a unit is as long on the vertical axis as on the horizontal one.
    pub equal: bool,
}

/// Label, scale and range of an axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Axis {
    /// Quantity and unit, e.g. `speed (m/s)`.
    pub label: String,
    /// How values become lengths.
    pub scale: Scale,
    /// First and last value; by default what the series need.
    pub range: Option<(f64, f64)>,
}

/// How the values on an axis become lengths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equal lengths.
    #[default]
    Linear,
    /// Equal ratios are equal lengths; values that are not positive are left out.
    Log,
}

/// Points with a name and a look.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// Name in the legend; a series without one is not in the legend.
    pub label: String,
    /// The points in drawing order; one that is not finite interrupts the line.
    pub points: Vec<(f64, f64)>,
    /// How they are drawn.
    pub style: Style,
    /// Its colour, dash and marker; by default the next in order, and the same for the same label in every panel.
    pub hue: Option<Hue>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A line through the points.
    Line,
    /// A finely dashed line: a bound, a prediction.
    Dashed,
    /// A marker at each point.
    Markers,
    /// A line with a marker at each point.
    LineMarkers,
    /// A thin grey line behind the others, with no say in the axes' ranges: a level set.
    Level,
}

/// A labelled straight line across a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct Guide {
    /// Written beside the line; may be empty.
    pub label: String,
    /// Where the line is.
    pub at: At,
}

/// Where a guide is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum At {
    /// A vertical line at this value of the horizontal axis.
    X(f64),
    /// A horizontal line at this value of the vertical axis.
    Y(f64),
}

impl Panel {
    /// An empty panel; `title` may be empty.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// An empty panel for a quantity over time (s), with a guide at each limit.
    pub fn over_time(label: impl Into<String>, limits: impl IntoIterator<Item = f64>) -> Self {
        let panel = Self::new("").x(Axis::linear("time (s)")).y(Axis::linear(label));
        limits.into_iter().fold(panel, |panel, limit| panel.horizontal("", limit))
    }

    /// Sets the horizontal axis.
    #[must_use]
    pub fn x(mut self, axis: Axis) -> Self {
        self.x = axis;
        self
    }

    /// Sets the vertical axis.
    #[must_use]
    pub fn y(mut self, axis: Axis) -> Self {
        self.y = axis;
        self
    }

    /// Makes a unit as long vertically as horizontally: for paths in a plane, both axes linear.
    #[must_use]
    pub fn equal(mut self) -> Self {
        self.equal = true;
        self
    }

    /// Adds a line for each named entry of states at knots that are `step` apart: `(k h, x_k[i])`.
    #[must_use]
    pub fn at_knots<const N: usize>(self, step: f64, states: &[[f64; N]], lines: &[(&str, usize)]) -> Self {
        let points = |i: usize| states.iter().enumerate().map(move |(k, x)| (step * k as f64, x[i]));
        lines.iter().fold(self, |panel, (name, i)| panel.line(*name, points(*i)))
    }

    /// Adds steps for each named entry of controls that are held from one knot to the next: `(k h, u_k[i]), (k h + h, u_k[i])`.
    #[must_use]
    pub fn held<const N: usize>(self, step: f64, controls: &[[f64; N]], lines: &[(&str, usize)]) -> Self {
        let at = |k: usize| step * k as f64;
        let points = |i: usize| controls.iter().enumerate().flat_map(move |(k, u)| [(at(k), u[i]), (at(k + 1), u[i])]);
        lines.iter().fold(self, |panel, (name, i)| panel.line(*name, points(*i)))
    }

    /// Adds points in the given style.
    #[must_use]
    pub fn series(
        mut self,
        style: Style,
        label: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        let points = points.into_iter().collect();
        self.series.push(Series { label: label.into(), points, style, hue: None });
        self
    }

    /// Adds a line through the points.
    #[must_use]
    pub fn line(self, label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(Style::Line, label, points)
    }

    /// Adds a finely dashed line: a bound, a prediction.
    #[must_use]
    pub fn dashed(self, label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(Style::Dashed, label, points)
    }

    /// Adds a finely dashed circle: a bound in a plane.
    #[must_use]
    pub fn circle(self, label: impl Into<String>, (x, y): (f64, f64), radius: f64) -> Self {
        let angles = (0..=90).map(|k| f64::from(k) * std::f64::consts::TAU / 90.0);
        self.dashed(label, angles.map(|angle| (x + radius * angle.cos(), y + radius * angle.sin())))
    }

    /// Adds a marker at each point.
    #[must_use]
    pub fn markers(self, label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(Style::Markers, label, points)
    }

    /// Adds a line with a marker at each point.
    #[must_use]
    pub fn line_markers(self, label: impl Into<String>, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(Style::LineMarkers, label, points)
    }

    /// Adds a thin grey line behind the others, a level set; the axes' ranges do not follow it.
    #[must_use]
    pub fn level(self, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(Style::Level, "", points)
    }

    /// Adds thin grey polylines behind the others, like level sets: a body at several times.
    #[must_use]
    pub fn levels<P: IntoIterator<Item = (f64, f64)>>(self, lines: impl IntoIterator<Item = P>) -> Self {
        lines.into_iter().fold(self, Panel::level)
    }

    /// Gives the last series added this colour, dash and marker; a panel without series stays as it is.
    #[must_use]
    pub fn hue(mut self, hue: Hue) -> Self {
        if let Some(series) = self.series.last_mut() {
            series.hue = Some(hue);
        }
        self
    }

    /// Adds a horizontal guide at the height `y`.
    #[must_use]
    pub fn horizontal(mut self, label: impl Into<String>, y: f64) -> Self {
        self.guides.push(Guide { label: label.into(), at: At::Y(y) });
        self
    }

    /// Adds a vertical guide at `x`.
    #[must_use]
    pub fn vertical(mut self, label: impl Into<String>, x: f64) -> Self {
        self.guides.push(Guide { label: label.into(), at: At::X(x) });
        self
    }
}

impl Axis {
    /// An axis on which equal differences are equal lengths.
    pub fn linear(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Linear, range: None }
    }

    /// An axis on which equal ratios are equal lengths.
    pub fn log(label: impl Into<String>) -> Self {
        Self { label: label.into(), scale: Scale::Log, range: None }
    }

    /// Shows exactly `from..to`; what lies outside is cut off.
    #[must_use]
    pub fn range(mut self, from: f64, to: f64) -> Self {
        self.range = Some((from, to));
        self
    }
}
