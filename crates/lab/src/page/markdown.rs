//! Markdown with formulas to HTML that needs no script, no network and no trust.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use pulldown_latex::config::{DisplayMode, RenderConfig};
use pulldown_latex::event::{Content, Event as LatexEvent};
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
    keep_punctuation(&mut events);
    let mut out = String::new();
    html::push_html(&mut out, events.into_iter());
    Ok(out)
}

/// Keeps a formula on the line of the bracket before it and of the comma after it: a browser may break
/// the line at either side of a formula.
fn keep_punctuation(events: &mut Vec<Event<'_>>) {
    let mut at = 1;
    while at < events.len() {
        if matches!(&events[at], Event::InlineHtml(html) if html.starts_with("<math")) {
            let mut keep = [String::new(), String::new()];
            if let Event::Text(text) = &mut events[at - 1] {
                let rest = text.trim_end_matches(['(', '[', '“', '‘', '—', '–', '-', '/']).len();
                keep[0] = text[rest..].to_owned();
                *text = text[..rest].to_owned().into();
            }
            if let Some(Event::Text(text)) = events.get_mut(at + 1) {
                let rest = text.trim_start_matches(|c: char| !c.is_whitespace() && c != '—');
                keep[1] = text[..text.len() - rest.len()].to_owned();
                *text = rest.to_owned().into();
            }
            if keep.iter().any(|text| !text.is_empty()) {
                let [before, after] = keep.map(|text| Event::Text(text.into()));
                events.insert(at + 1, inline("</span>".to_owned()));
                events.insert(at + 1, after);
                events.insert(at, before);
                events.insert(at, inline("<span class=\"keep\">".to_owned()));
                at += 4;
            }
        }
        at += 1;
    }
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
        Event::Text(text) if text.contains('$') => Err(MarkdownError::Dollar { text: text.into_string() }),
        Event::Text(text) => Ok(Event::Text(unbroken(&text).into())),
        Event::Start(Tag::Image { dest_url, .. }) => Err(MarkdownError::Image { url: dest_url.into_string() }),
        Event::Start(Tag::Link { ref dest_url, .. }) if !is_harmless(dest_url) => {
            Err(MarkdownError::Link { url: dest_url.to_string() })
        }
        event => Ok(event),
    }
}

/// Keeps `54 391` and `12 %` on one line.
fn unbroken(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_digit);
    let mut out = String::with_capacity(text.len());
    for (i, c) in text.char_indices() {
        let after_digit = c == ' ' && i > 0 && digit(i - 1);
        let group = (i + 1..i + 4).all(digit) && !digit(i + 4);
        out.push(match bytes.get(i + 1) {
            _ if after_digit && group => '\u{202f}',
            Some(b'%') if after_digit => '\u{a0}',
            _ => c,
        });
    }
    out
}

fn inline(html: String) -> Event<'static> {
    Event::InlineHtml(CowStr::from(html))
}

fn is_harmless(url: &str) -> bool {
    ["https://", "http://", "mailto:", "#"].iter().any(|scheme| url.starts_with(scheme))
}

/// Renders a LaTeX formula as MathML.
fn formula(latex: &str, display_mode: DisplayMode) -> Result<String, MarkdownError> {
    let error = |reason: &str| MarkdownError::Formula { formula: latex.trim().to_owned(), reason: reason.to_owned() };
    // The converter stumbles over characters by number and over definitions that it only half reads.
    let mut commands = latex.split('\\').skip(1).map(command);
    if let Some(word) = commands.find(|word| matches!(*word, "char" | "def" | "let" | "futurelet")) {
        return Err(error(&format!("`\\{word}` has no place in a formula")));
    }
    let storage = Storage::new();
    let mut events = Vec::new();
    for event in pulldown_latex::Parser::new(latex, &storage) {
        let event = event.map_err(|e| error(first_line(&e.to_string())))?;
        // The converter writes the names of functions as they are.
        if matches!(event, LatexEvent::Content(Content::Function(name)) if name.contains(['<', '&'])) {
            return Err(error("the name of a function holds `<` or `&`"));
        }
        events.push(Ok::<_, std::convert::Infallible>(event));
    }
    let config = RenderConfig { display_mode, ..RenderConfig::default() };
    let mut out = String::new();
    mathml::push_mathml(&mut out, events.into_iter(), config).map_err(|e| error(&e.to_string()))?;
    Ok(tidy(&out))
}

/// The letters with which a text begins: a command, after its backslash.
fn command(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default()
}

/// Escapes what the converter leaves bare, and gives `\mu` the letter that has an italic form.
fn tidy(mathml: &str) -> String {
    let mut out = String::with_capacity(mathml.len());
    for (at, c) in mathml.char_indices() {
        let rest = &mathml[at + c.len_utf8()..];
        match c {
            '<' if !rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/') => {
                out.push_str("&lt;");
            }
            '&' if !["amp;", "lt;", "gt;"].iter().any(|name| rest.starts_with(name)) => {
                out.push_str("&amp;");
            }
            '\u{b5}' => out.push('\u{3bc}'),
            c => out.push(c),
        }
    }
    out
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}
