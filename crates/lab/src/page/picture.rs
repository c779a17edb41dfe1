//! Figures inside the page: as they are, and small ones for the cards.

use std::fmt::Write as _;
use std::path::PathBuf;

use resvg::{tiny_skia, usvg};

use super::markdown::to_text;
use super::text::{escape, prose};
use super::{Entry, PageError};
use crate::record::FigureRecord;

/// Width of a thumbnail in pixels: twice the width of a card's picture on a plain screen.
const WIDTH: f32 = 560.0;

/// A figure with its two drawings; a film without a dark version has one.
pub(crate) struct Picture<'a> {
    record: &'a FigureRecord,
    drawings: Vec<Drawing>,
}

/// The drawing of a figure for one theme, or for `both`.
struct Drawing {
    theme: &'static str,
    path: PathBuf,
    svg: String,
    tree: usvg::Tree,
}

/// The figures of an entry, read from its folder.
pub(crate) fn pictures(entry: &Entry) -> Result<Vec<Picture<'_>>, PageError> {
    entry.record.figures.iter().map(|record| picture(entry, record)).collect()
}

fn picture<'a>(entry: &Entry, record: &'a FigureRecord) -> Result<Picture<'a>, PageError> {
    let dark = entry.folder.join(format!("{}-dark.svg", record.name));
    let themes = match record.film && !dark.exists() {
        true => vec![("both", "")],
        false => vec![("light", ""), ("dark", "-dark")],
    };
    let drawings = themes.into_iter().map(|(theme, suffix)| drawing(entry, record, theme, suffix));
    Ok(Picture { record, drawings: drawings.collect::<Result<_, _>>()? })
}

fn drawing(entry: &Entry, record: &FigureRecord, theme: &'static str, suffix: &str) -> Result<Drawing, PageError> {
    let path = entry.folder.join(format!("{}{suffix}.svg", record.name));
    let svg = match std::fs::read_to_string(&path) {
        Ok(svg) => svg,
        Err(source) => return Err(PageError::Read { path, source }),
    };
    // Without fonts: a thumbnail's labels could not be read anyway, and the lines stand out.
    match usvg::Tree::from_str(&svg, &usvg::Options::default()) {
        Ok(tree) => Ok(Drawing { theme, path, svg, tree }),
        Err(source) => Err(PageError::Svg { path, source }),
    }
}

impl Picture<'_> {
    /// The figure with its caption and its files.
    pub(crate) fn figure(&self, entry: &Entry) -> Result<String, PageError> {
        let FigureRecord { name, title, caption, source, .. } = self.record;
        let alt = escape(&format!("{title}. {}", to_text(caption)));
        let mut out = format!("<figure id=\"{}.{name}\">\n<div class=\"plot\">", entry.record.experiment);
        for Drawing { theme, svg, tree, .. } in &self.drawings {
            let (width, height) = (tree.size().width().round(), tree.size().height().round());
            let _ = write!(
                out,
                "<img class=\"{theme}\" width=\"{width}\" height=\"{height}\" alt=\"{alt}\" src=\"{}\">",
                svg_uri(svg)
            );
        }
        let _ = write!(
            out,
            "</div>\n<figcaption><div class=\"prose\">{}</div>\n<div class=\"files\">",
            prose(entry, &format!("caption of {name}"), caption)?
        );
        for extension in ["csv", "svg", "png"] {
            let file = format!("{name}.{extension}");
            if entry.folder.join(&file).exists() {
                let href = Self::href(entry, &file);
                let label = extension.to_uppercase();
                let _ = write!(out, "<a href=\"{href}\">{label}</a>");
            }
        }
        out.push_str("<label class=\"enlarge\"><input type=\"checkbox\">Larger</label>");
        out.push_str("</div></figcaption>\n");
        if !source.is_empty() {
            let _ = writeln!(out, "<pre class=\"source\"><code>{}</code></pre>", escape(source));
        }
        out.push_str("</figure>\n");
        Ok(out)
    }

    /// Address of a file of the run, as seen from the page.
    pub(crate) fn href(entry: &Entry, file: &str) -> String {
        let folder = entry.folder.file_name().unwrap_or_default().to_string_lossy();
        let mut out = String::new();
        for byte in folder.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' => {
                    out.push(char::from(byte));
                }
                _ => {
                    let _ = write!(out, "%{byte:02X}");
                }
            }
        }
        format!("{out}/{file}")
    }

    /// The figure as a small picture, one for each theme. The card's title says what it is.
    pub(crate) fn thumbnail(&self) -> Result<String, PageError> {
        let mut out = String::new();
        for Drawing { theme, path, tree, .. } in &self.drawings {
            let uri = thumbnail_uri(tree)
                .ok_or_else(|| PageError::Svg { path: path.clone(), source: usvg::Error::InvalidSize })?;
            let _ = write!(out, "<img class=\"{theme}\" alt=\"\" src=\"{uri}\">");
        }
        Ok(out)
    }
}

/// An SVG as the address of an image.
///
/// As an image it keeps its ids and styles to itself and runs no script.
fn svg_uri(svg: &str) -> String {
    let mut uri = String::with_capacity(svg.len() * 9 / 8);
    uri.push_str("data:image/svg+xml,");
    for byte in svg.trim().bytes() {
        match byte {
            // What ends an address or an attribute, and what would look like a tag or an address of the web.
            b'%' | b'#' | b'"' | b'\'' | b'&' | b'<' | b'>' | b':' | 0..0x20 | 0x7f.. => {
                let _ = write!(uri, "%{byte:02X}");
            }
            _ => uri.push(char::from(byte)),
        }
    }
    uri
}

/// A small PNG of a drawing as the address of an image; nothing if it has no extent.
fn thumbnail_uri(tree: &usvg::Tree) -> Option<String> {
    let scale = WIDTH / tree.size().width();
    let height = (tree.size().height() * scale).round().clamp(1.0, 4.0 * WIDTH);
    let mut pixels = tiny_skia::Pixmap::new(WIDTH as u32, height as u32)?;
    resvg::render(tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    let png = pixels.encode_png().ok()?;
    Some(format!("data:image/png;base64,{}", base64(&png)))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let at = |i: usize| u32::from(chunk.get(i).copied().unwrap_or(0));
        let word = at(0) << 16 | at(1) << 8 | at(2);
        for i in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * i)) as usize & 63];
            out.push(if i <= chunk.len() { char::from(letter) } else { '=' });
        }
    }
    out
}
