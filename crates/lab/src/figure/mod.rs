//! Figures for a page, a notebook and a paper, from one declaration.
//!
//! A [`Figure`] is data: panels, axes and series of points. [`Figure::save`] writes it as SVG on light and on dark
//! ground, as PNG, and as the CSV of every point. The same data give the same bytes on every machine: the font is
//! embedded and text becomes outlines.
//!
//! ```
//! use lab::figure::{Axis, Figure, Hue, Panel};
//!
//! let halving = (0..30).map(|k| (f64::from(k), 0.5_f64.powi(k)));
//! let figure = Figure::new("halving", "Every step halves the error")
//!     .caption("A straight line on a logarithmic axis: the error falls by the same factor at every step.")
//!     .panel(
//!         Panel::new("")
//!             .x(Axis::linear("step"))
//!             .y(Axis::log("error (m)"))
//!             .line("bisection", halving)
//!             .hue(Hue::Orange)
//!             .horizontal("rounding", 1e-16),
//!     );
//! assert!(figure.csv().starts_with("panel,series,x,y\n,bisection,0.0,1.0\n"));
//! ```

mod canvas;
mod draw;
mod layout;
mod legend;
mod outline;
mod pixels;
mod polyline;
mod render;
mod span;
mod theme;
mod ticks;

use std::path::{Path, PathBuf};

pub use render::Rendered;
pub(crate) use render::escape;
pub use theme::{Hue, Theme};

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The name becomes a file name, so it holds letters, digits, `-` and `_` only, and at least one.
    #[error("figure name `{0}`: only letters, digits, `-` and `_` make a file name")]
    Name(String),
    /// There is nothing to lay out.
    #[error("figure `{0}` has no panel")]
    NoPanel(String),
    /// An axis was given a range that is empty, not finite, or not positive on a logarithmic axis.
    #[error("axis `{axis}`: {from}..{to} is not a range")]
    Range {
        /// Label of the axis.
        axis: String,
        /// Where the range was to start.
        from: f64,
        /// Where the range was to end.
        to: f64,
    },
    /// The font has no such character; another spelling of the text is needed.
    #[error("the font has no `{character}` (U+{:04X}), which `{text}` needs", u32::from(*.character))]
    Glyph {
        /// The character without a glyph.
        character: char,
        /// The text it stands in.
        text: String,
    },
    /// The drawing library refused.
    #[error("drawing: {0}")]
    Draw(String),
    /// A file could not be written.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Outcome of making a figure.
pub type Result<T> = std::result::Result<T, FigureError>;

/// One picture: a title that says what it shows, and panels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figure {
    /// Stem of the files: letters, digits, `-` and `_`.
    pub name: String,
    /// What the figure shows, in one line; drawn above the panels.
    pub title: String,
    /// What to see in it, in one or two sentences; not drawn.
    pub caption: String,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels side by side; by default all of up to three, two of four, and three of more.
    pub columns: Option<usize>,
    /// Height of each plot in pixels, where the default (about two thirds of its width) does not suit.
    pub plot_height: Option<f64>,
}

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

impl Figure {
    /// An empty figure: `name` is the stem of its files, `title` says what it shows in one line.
    pub fn new(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self { name: name.into(), title: title.into(), ..Self::default() }
    }

    /// Says what to see, for the page and the record of the run; not drawn.
    #[must_use]
    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// Adds a panel.
    #[must_use]
    pub fn panel(mut self, panel: Panel) -> Self {
        self.panels.push(panel);
        self
    }

    /// Puts `columns` panels (at least one) side by side.
    #[must_use]
    pub fn columns(mut self, columns: usize) -> Self {
        self.columns = Some(columns.max(1));
        self
    }

    /// Makes every plot `pixels` high (60 to 2000).
    #[must_use]
    pub fn plot_height(mut self, pixels: f64) -> Self {
        self.plot_height = Some(pixels);
        self
    }

    /// Draws the figure.
    ///
    /// # Errors
    /// A name, a range or a character that cannot be drawn, or no panel at all: see [`FigureError`]. Data never are
    /// an error: what is not finite, or not positive on a logarithmic axis, is left out.
    pub fn render(&self, theme: Theme) -> Result<Rendered> {
        render::render(self, theme)
    }

    /// Every point of every series, one a line: `panel,series,x,y`, each number with all its digits.
    ///
    /// Level sets have no name and are called `level 1`, `level 2` and so on.
    pub fn csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let mut rows = vec![["panel", "series", "x", "y"].map(String::from)];
        for panel in &self.panels {
            let mut levels = 0;
            for series in &panel.series {
                let mut label = series.label.clone();
                if label.is_empty() && series.style == Style::Level {
                    levels += 1;
                    label = format!("level {levels}");
                }
                rows.extend(series.points.iter().map(|(x, y)| {
                    [panel.title.clone(), label.clone(), format!("{x:?}"), format!("{y:?}")]
                }));
            }
        }
        for row in rows {
            out.write_record(row).expect("rows of one length, written to memory");
        }
        let bytes = out.into_inner().expect("memory does not fail");
        String::from_utf8(bytes).expect("strings in, string out")
    }

    /// Writes `<name>.svg`, `<name>-dark.svg`, `<name>.png` and `<name>.csv` into `dir`, which is made if missing;
    /// returns the four paths.
    ///
    /// # Errors
    /// Those of [`Figure::render`], and [`FigureError::Write`].
    pub fn save(&self, dir: impl AsRef<Path>) -> Result<[PathBuf; 4]> {
        let dir = dir.as_ref();
        let light = self.render(Theme::Light)?;
        let dark = render::svg(self, Theme::Dark)?;
        let write = |suffix: &str, bytes: &[u8]| {
            let path = dir.join(format!("{}{suffix}", self.name));
            match std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&path, bytes)) {
                Ok(()) => Ok(path),
                Err(source) => Err(FigureError::Write { path, source }),
            }
        };
        Ok([
            write(".svg", light.svg.as_bytes())?,
            write("-dark.svg", dark.as_bytes())?,
            write(".png", &light.png)?,
            write(".csv", self.csv().as_bytes())?,
        ])
    }

    /// Shows the figure below a notebook cell: the Rust kernel calls this on a cell's last value.
    pub fn evcxr_display(&self) {
        match render::svg(self, Theme::Light) {
            Ok(svg) => {
                println!("EVCXR_BEGIN_CONTENT image/svg+xml\n{svg}\nEVCXR_END_CONTENT");
            }
            Err(error) => eprintln!("figure `{}`: {error}", self.name),
        }
    }
}

impl Panel {
    /// An empty panel; `title` may be empty.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
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
    pub fn line(
        self,
        label: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        self.series(Style::Line, label, points)
    }

    /// Adds a finely dashed line: a bound, a prediction.
    #[must_use]
    pub fn dashed(
        self,
        label: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        self.series(Style::Dashed, label, points)
    }

    /// Adds a marker at each point.
    #[must_use]
    pub fn markers(
        self,
        label: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        self.series(Style::Markers, label, points)
    }

    /// Adds a line with a marker at each point.
    #[must_use]
    pub fn line_markers(
        self,
        label: impl Into<String>,
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Self {
        self.series(Style::LineMarkers, label, points)
    }

    /// Adds a thin grey line behind the others, a level set; the axes' ranges do not follow it.
    #[must_use]
    pub fn level(self, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        self.series(Style::Level, "", points)
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
