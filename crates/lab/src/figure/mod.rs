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
pub mod motion;
mod outline;
mod panel;
mod pixels;
mod polyline;
mod render;
mod span;
mod theme;
mod ticks;

use std::path::{Path, PathBuf};

pub use panel::{At, Axis, Guide, Panel, Scale, Series, Style};
pub use render::Rendered;
pub(crate) use render::escape;
pub use theme::{Hue, Theme};

/// Why a figure could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The name becomes a file name, so it holds letters, digits, `-` and `_` only, and at least one; `-dark` at its end
    /// would be another figure's dark version.
    #[error("figure name `{0}`: only letters, digits, `-` and `_` make a file name, without `-dark` at its end")]
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
    /// What of a program to read below it, e.g. by [`excerpt`](crate::story::excerpt); not drawn.
    pub source: String,
    /// The panels, row by row.
    pub panels: Vec<Panel>,
    /// Panels side by side; by default all of up to three, two of four, and three of more.
    pub columns: Option<usize>,
    /// Height of each plot in pixels, where the default (about two thirds of its width) does not suit.
    pub plot_height: Option<f64>,
}

/// The points `(k, y_k)`, k = 0, 1, ..: all of the first hundred, then one for every percent of k, and the last.
///
/// A figure's CSV holds these points, not those that were left out.
pub fn by_step(values: &[f64]) -> Vec<(f64, f64)> {
    let mut points = Vec::new();
    let mut k = 0;
    while let Some(&value) = values.get(k) {
        points.push((k as f64, value));
        k += 1 + k / 100;
    }
    if let Some(last) = values.len().checked_sub(1).map(|k| (k as f64, values[k]))
        && points.last().is_some_and(|point| point.0 != last.0)
    {
        points.push(last);
    }
    points
}

/// Whether a figure may have this name: see [`FigureError::Name`].
pub(crate) fn check_name(name: &str) -> Result<()> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let is_name = !name.is_empty() && name.chars().all(plain) && !name.ends_with("-dark");
    if is_name { Ok(()) } else { Err(FigureError::Name(name.to_owned())) }
}

/// Shows a picture below a notebook's cell.
pub(crate) fn show_in_notebook(svg: &str) {
    println!("EVCXR_BEGIN_CONTENT image/svg+xml\n{svg}\nEVCXR_END_CONTENT");
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

    /// Shows the text of a program below the figure, on the page and in a notebook.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
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
                rows.extend(
                    series
                        .points
                        .iter()
                        .map(|(x, y)| [panel.title.clone(), label.clone(), format!("{x:?}"), format!("{y:?}")]),
                );
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
        std::fs::create_dir_all(dir).map_err(|source| FigureError::Write { path: dir.to_owned(), source })?;
        self.save_into(dir)
    }

    /// As [`save`](Figure::save), into a folder that is there.
    pub(crate) fn save_into(&self, dir: &Path) -> Result<[PathBuf; 4]> {
        let light = self.render(Theme::Light)?;
        let dark = render::svg(self, Theme::Dark)?;
        let write = |suffix: &str, bytes: &[u8]| {
            let path = dir.join(format!("{}{suffix}", self.name));
            match std::fs::write(&path, bytes) {
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

    /// Shows the figure, and what of a program belongs to it, below a notebook cell: the Rust kernel calls this on a cell's last value.
    pub fn evcxr_display(&self) {
        if !self.source.is_empty() {
            println!("{}", self.source);
        }
        match render::svg(self, Theme::Light) {
            Ok(svg) => show_in_notebook(&svg),
            Err(error) => eprintln!("figure `{}`: {error}", self.name),
        }
    }
}
