//! Markdown with formulas to HTML that needs no script, no network and no trust.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::{Storage, mathml};

/// The Markdown of stories and captions.
pub(crate) const OPTIONS: Options =
    Options::ENABLE_MATH.union(Options::ENABLE_TABLES).union(Options::ENABLE_SMART_PUNCTUATION);

/// Why a Markdown text cannot stand on the page.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MarkdownError {
    /// The LaTeX has no rendering.
    #[error("the formula `{formula}` does not convert: {reason}")]
    Formula {
        /// Its LaTeX.
        formula: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A dollar sign that opens or closes no formula.
    #[error("a `$` without its partner in {text:?} (a formula touches its dollar signs: `$x$`)")]
    Dollar {
        /// The text around it.
        text: String,
    },
    /// An image: pictures are figures, and the page loads nothing.
    #[error("the image `{url}`: the page loads nothing, pictures are figures")]
    Image {
        /// Its address.
        url: String,
    },
    /// A link to something that is neither the web, nor mail, nor a place on the page.
    #[error("the link `{url}` is neither https, http, mailto nor #")]
    Link {
        /// Its address.
        url: String,
    },
}

/// Renders Markdown as HTML blocks; raw HTML in it comes out as text, formulas as MathML.
///
/// # Errors
/// [`MarkdownError`] names the formula, dollar sign, image or link that cannot stand on the page.
pub fn to_html(markdown: &str) -> Result<String, MarkdownError> {
    let mut events = Vec::new();
    for event in events_of(markdown) {
        events.push(allowed(event)?);
    }
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    Ok(out)
}

/// The text of a Markdown text, on one line: for places that hold no markup.
pub fn to_text(markdown: &str) -> String {
    let mut out = String::new();
    for event in events_of(markdown) {
        match event {
            Event::Text(t) | Event::Code(t) | Event::InlineMath(t) | Event::DisplayMath(t) => {
                out.push_str(&t);
            }
            Event::SoftBreak | Event::HardBreak | Event::End(TagEnd::Paragraph) => out.push(' '),
            _ => {}
        }
    }
    out.trim_end().to_owned()
}

/// The events, with runs of text joined and raw HTML turned into text.
fn events_of(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let events = Parser::new_ext(markdown, OPTIONS).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        event => event,
    });
    pulldown_cmark::TextMergeStream::new(events)
}

fn allowed(event: Event<'_>) -> Result<Event<'_>, MarkdownError> {
    match event {
        Event::InlineMath(latex) => Ok(inline(formula(&latex, DisplayMode::Inline)?)),
        Event::DisplayMath(latex) => {
            let math = formula(&latex, DisplayMode::Block)?;
            Ok(inline(format!("<span class=\"formula\" tabindex=\"0\">{math}</span>")))
        }
        Event::Text(text) if text.contains('$') => {
            Err(MarkdownError::Dollar { text: text.into_string() })
        }
        Event::Start(Tag::Image { dest_url, .. }) => {
            Err(MarkdownError::Image { url: dest_url.into_string() })
        }
        Event::Start(Tag::Link { ref dest_url, .. }) if !is_harmless(dest_url) => {
            Err(MarkdownError::Link { url: dest_url.to_string() })
        }
        event => Ok(event),
    }
}

fn inline(html: String) -> Event<'static> {
    Event::InlineHtml(CowStr::from(html))
}

fn is_harmless(url: &str) -> bool {
    ["https://", "http://", "mailto:", "#"].iter().any(|scheme| url.starts_with(scheme))
}

/// Renders a LaTeX formula as MathML.
fn formula(latex: &str, display_mode: DisplayMode) -> Result<String, MarkdownError> {
    let error = |reason: &str| MarkdownError::Formula {
        formula: latex.trim().to_owned(),
        reason: reason.to_owned(),
    };
    let storage = Storage::new();
    let mut events = Vec::new();
    for event in pulldown_latex::Parser::new(latex, &storage) {
        let event = event.map_err(|e| error(first_line(&e.to_string())))?;
        events.push(Ok::<_, std::convert::Infallible>(event));
    }
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    mathml::push_mathml(&mut out, events.into_iter(), config).map_err(|e| error(&e.to_string()))?;
    Ok(out)
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
