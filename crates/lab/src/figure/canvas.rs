//! What plotters draws on: layers of one SVG picture, with the embedded font.

use std::sync::LazyLock;

use ab_glyph::{Font, FontRef};
use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::polyline::Px;
use super::{FigureError, Result};

/// Drawn units in one pixel: plotters' SVG has whole numbers only.
pub(super) const UNIT: f64 = 16.0;
/// Name of the embedded family.
pub(super) const FAMILY: &str = "Swingup Sans";
/// The embedded faces, regular and semibold.
pub(super) const FACES: [&[u8]; 2] =
    [include_bytes!("../../assets/SwingupSans-Regular.otf"), include_bytes!("../../assets/SwingupSans-SemiBold.otf")];

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| {
    for (style, face) in [FontStyle::Normal, FontStyle::Bold].into_iter().zip(FACES) {
        let known = plotters::style::register_font(FAMILY, style, face).is_ok();
        assert!(known, "the embedded font is a font");
    }
    FontRef::try_from_slice(FACES[0]).expect("the embedded font is a font")
});

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ink {
    pub(super) size: f64,
    pub(super) bold: bool,
    pub(super) color: RGBColor,
    /// -1 starts at the given point, 0 is centred there, 1 ends there.
    pub(super) anchor: i8,
    /// Colour of a seam around the letters.
    pub(super) halo: Option<RGBColor>,
}

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = std::result::Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// A picture that grows layer by layer, measured in pixels.
pub(super) struct Canvas {
    size: (u32, u32),
    body: String,
}

impl Canvas {
    pub(super) fn new(width: f64, height: f64) -> Self {
        LazyLock::force(&REGULAR);
        Self { size: (units(width) as u32, units(height) as u32), body: String::new() }
    }

    /// The picture as SVG, in drawn units.
    pub(super) fn finish(self) -> String {
        let (w, h) = self.size;
        let head = format!("width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\"");
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {head}>{}</svg>", self.body)
    }

    /// One drawing of plotters, in a group whose attributes say what plotters has no word for: dashes, round ends.
    fn layer(&mut self, attributes: &str, draw: impl FnOnce(&Area<'_>) -> Drawn) -> Result<()> {
        let mut svg = String::new();
        {
            let area = SVGBackend::with_string(&mut svg, self.size).into_drawing_area();
            draw(&area).and_then(|()| area.present()).map_err(|e| FigureError::Draw(e.to_string()))?;
        }
        let inside = svg.split_once('>').and_then(|(_, rest)| rest.rsplit_once("</svg>"));
        let inside = inside.map_or("", |(inside, _)| inside);
        self.body.push_str(&format!("<g {attributes}>{inside}</g>"));
        Ok(())
    }

    /// Fills the whole picture.
    pub(super) fn fill(&mut self, color: RGBColor) -> Result<()> {
        self.layer("", |area| area.fill(&color))
    }

    /// Lines of one look; `dash` in pixels, empty for solid.
    pub(super) fn lines(&mut self, lines: &[Vec<Px>], color: RGBColor, width: f64, dash: &[f64]) -> Result<()> {
        let lengths: Vec<String> = dash.iter().map(|d| units(*d).to_string()).collect();
        let attributes = if dash.is_empty() {
            "stroke-linejoin=\"round\" stroke-linecap=\"round\"".to_string()
        } else {
            format!("stroke-linejoin=\"round\" stroke-dasharray=\"{}\"", lengths.join(" "))
        };
        let style = color.stroke_width(units(width) as u32);
        self.layer(&attributes, |area| {
            let element = |line: &Vec<Px>| PathElement::new(line.iter().map(raster).collect::<Vec<_>>(), style);
            lines.iter().try_for_each(|line| area.draw(&element(line)))
        })
    }

    /// Filled polygons of one colour.
    pub(super) fn polygons(&mut self, polygons: &[Vec<Px>], color: RGBColor) -> Result<()> {
        self.layer("", |area| {
            let element = |p: &Vec<Px>| Polygon::new(p.iter().map(raster).collect::<Vec<_>>(), color.filled());
            polygons.iter().try_for_each(|p| area.draw(&element(p)))
        })
    }

    /// One line of text with its baseline at `at`.
    pub(super) fn text(&mut self, text: &str, at: Px, ink: Ink) -> Result<()> {
        check(text)?;
        let attributes = ink.halo.map_or(String::new(), |RGBColor(r, g, b)| {
            let width = units(4.0);
            format!("stroke=\"#{r:02x}{g:02x}{b:02x}\" stroke-width=\"{width}\" paint-order=\"stroke\" stroke-linejoin=\"round\"")
        });
        let h = match ink.anchor {
            ..0 => HPos::Left,
            0 => HPos::Center,
            1.. => HPos::Right,
        };
        // `Top` puts the baseline 0.76 em below the point.
        let style = font(ink.size, ink.bold).color(&ink.color).pos(Pos::new(h, VPos::Top));
        let at = raster(&(at.0, at.1 - 0.76 * ink.size));
        self.layer(&attributes, |area| area.draw_text(text, &style, at))
    }
}

/// Width of a text in pixels.
pub(super) fn width(text: &str, size: f64, bold: bool) -> f64 {
    LazyLock::force(&REGULAR);
    font(size, bold).box_size(text).map_or(0.0, |(w, _)| f64::from(w) / UNIT)
}

fn font(size: f64, bold: bool) -> FontDesc<'static> {
    let style = if bold { FontStyle::Bold } else { FontStyle::Normal };
    // plotters takes the height of a line, 1.24 em, for the size.
    (FAMILY, 1.24 * size * UNIT, style).into_font()
}

fn check(text: &str) -> Result<()> {
    match text.chars().find(|c| REGULAR.glyph_id(*c).0 == 0) {
        None => Ok(()),
        Some(character) => Err(FigureError::Glyph { character, text: text.to_string() }),
    }
}

fn units(pixels: f64) -> i32 {
    (pixels * UNIT).round() as i32
}

fn raster(&(x, y): &Px) -> (i32, i32) {
    (units(x), units(y))
}
