//! From plotters' SVG to the final SVG and PNG.

use std::fmt::Write as _;
use std::sync::Arc;

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use super::canvas::{FACES, FAMILY, UNIT};
use super::outline::outline;
use super::pixels::png;
use super::{Figure, FigureError, Result, Theme, draw};

/// A figure as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The figure as SVG, text as outlines: it needs no font.
    pub svg: String,
    /// The figure as PNG with two pixels for each of the SVG's.
    pub png: Vec<u8>,
}

pub(super) fn render(figure: &Figure, theme: Theme) -> Result<Rendered> {
    let Drawing { svg, tree, width, height } = drawing(figure, theme)?;
    let density = 2.0;
    let (columns, rows) = ((density * width) as u32, (density * height) as u32);
    let mut pixmap = Pixmap::new(columns, rows)
        .ok_or_else(|| FigureError::Draw(format!("{columns} x {rows} pixels are too many")))?;
    let scale = (density / UNIT) as f32;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixmap.as_mut());
    let png = png(&pixmap).map_err(|e| FigureError::Draw(e.to_string()))?;
    Ok(Rendered { svg, png })
}

/// The SVG alone.
pub(super) fn svg(figure: &Figure, theme: Theme) -> Result<String> {
    drawing(figure, theme).map(|drawing| drawing.svg)
}

struct Drawing {
    svg: String,
    tree: usvg::Tree,
    width: f64,
    height: f64,
}

fn drawing(figure: &Figure, theme: Theme) -> Result<Drawing> {
    super::check_name(&figure.name)?;
    if figure.panels.is_empty() {
        return Err(FigureError::NoPanel(figure.name.clone()));
    }
    let (drawn, width, height) = draw::draw(figure, theme)?;
    let tree = usvg::Tree::from_str(&drawn, &options()).map_err(|e| FigureError::Draw(e.to_string()))?;

    let (w, h) = (width * UNIT, height * UNIT);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {w} {h}\" role=\"img\">\n"
    );
    for (tag, text) in [("title", &figure.title), ("desc", &figure.caption)] {
        if !text.is_empty() {
            writeln!(svg, "<{tag}>{}</{tag}>", escape(text)).expect("memory does not fail");
        }
    }
    outline(&tree, &mut svg);
    svg.push_str("</svg>\n");
    Ok(Drawing { svg, tree, width, height })
}

/// Text is set in the embedded faces; no other font is known.
fn options() -> usvg::Options<'static> {
    let mut db = fontdb::Database::new();
    for face in FACES {
        db.load_font_data(face.to_vec());
    }
    db.set_sans_serif_family(FAMILY);
    usvg::Options { fontdb: Arc::new(db), font_family: FAMILY.to_string(), ..usvg::Options::default() }
}

/// Text inside an element; what XML does not allow at all becomes a space.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_only_fonts_are_the_embedded_ones() {
        let options = options();
        let families: Vec<_> = options.fontdb.faces().map(|f| f.families[0].0.clone()).collect();
        assert_eq!(families, [FAMILY, FAMILY]);
        let weights: Vec<_> = options.fontdb.faces().map(|f| f.weight.0).collect();
        assert_eq!(weights, [400, 600]);
    }
}
