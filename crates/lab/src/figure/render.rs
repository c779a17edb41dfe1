//! From plotters' SVG to the final SVG and PNG.

use resvg::{tiny_skia, usvg};

use super::{Figure, FigureError, Result, Theme, draw};

/// A figure as files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The figure as SVG, text as outlines.
    pub svg: String,
    /// The figure as PNG with two pixels for each of the SVG's.
    pub png: Vec<u8>,
}

pub(super) fn render(figure: &Figure, theme: Theme) -> Result<Rendered> {
    let fail = |e: &dyn std::fmt::Display| FigureError::Draw(e.to_string());
    if figure.name.is_empty()
        || !figure.name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    {
        return Err(FigureError::Name(figure.name.clone()));
    }
    if figure.panels.is_empty() {
        return Err(FigureError::NoPanel(figure.name.clone()));
    }
    let svg = draw::draw(figure, theme)?;
    let tree = usvg::Tree::from_str(&svg, &usvg::Options::default()).map_err(|e| fail(&e))?;
    let mut pixmap = tiny_skia::Pixmap::new(1600, 920).expect("not empty");
    resvg::render(&tree, tiny_skia::Transform::from_scale(2.0, 2.0), &mut pixmap.as_mut());
    let png = pixmap.encode_png().map_err(|e| fail(&e))?;
    Ok(Rendered { svg, png })
}
