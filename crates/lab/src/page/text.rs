//! Texts and numbers as HTML.

use super::markdown::{MarkdownError, to_html};
use super::{Entry, PageError};

/// A text that stands for itself between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// A Markdown text of an entry; `place` names it in the error.
pub(crate) fn prose(entry: &Entry, place: &str, markdown: &str) -> Result<String, PageError> {
    to_html(markdown).map_err(|source| error(entry, place, source))
}

/// The title, whose Markdown is one line.
pub(crate) fn title(entry: &Entry) -> Result<String, PageError> {
    let html = prose(entry, "title", &entry.story.title)?;
    let line = html.trim().strip_prefix("<p>").and_then(|html| html.strip_suffix("</p>"));
    Ok(line.map_or_else(|| escape(&entry.story.title), str::to_owned))
}

fn error(entry: &Entry, place: &str, source: MarkdownError) -> PageError {
    let experiment = entry.record.experiment.clone();
    PageError::Markdown { experiment, place: place.to_owned(), source }
}

/// `3 figures`, with the number set apart.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("<b>{n}</b> {}", if n == 1 { one } else { many })
}

/// A number to six digits, in groups of three, with a power of ten where the point is far away.
pub(crate) fn number(value: f64) -> String {
    let size = value.abs();
    let text = if value == value.trunc() && size < 1e12 {
        format!("{value:.0}")
    } else if (1e-4..1e6).contains(&size) {
        // Digits before the point; below 0.1 it is minus the zeros after it.
        let before = size.log10().floor() as i32 + 1;
        trimmed(&format!("{value:.decimals$}", decimals = usize::try_from(6 - before).unwrap_or(0)))
    } else {
        let text = format!("{value:.5e}");
        let (mantissa, power) = text.split_once('e').unwrap_or((&text, ""));
        format!("{} × 10<sup>{}</sup>", trimmed(mantissa), power.replace('-', "−"))
    };
    grouped(&text.replacen('-', "−", 1))
}

/// Without the zeros that end a fraction.
fn trimmed(text: &str) -> String {
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    }
}

/// Groups of three before the point.
fn grouped(text: &str) -> String {
    let start = text.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let whole = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    if whole < 4 {
        return text.to_owned();
    }
    let mut out = text[..start].to_owned();
    for (i, c) in text[start..].char_indices() {
        if i > 0 && i < whole && (whole - i) % 3 == 0 {
            out.push('\u{202f}');
        }
        out.push(c);
    }
    out
}
