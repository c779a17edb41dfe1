//! `results/index.html`: every experiment on one page that needs no network and no script.

mod article;
pub mod markdown;
mod picture;
mod text;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

pub use markdown::MarkdownError;
use picture::Picture;
use text::{count, escape};

use crate::error::one_line;
use crate::record::Record;
use crate::story::Story;

/// An experiment as the page shows it.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What the experiment says about itself.
    pub story: Story,
    /// What its run recorded.
    pub record: Record,
    /// Where the run left its files. The page stands beside this folder and links into it.
    pub folder: PathBuf,
}

/// An experiment that did not finish, or whose results cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Name of the program, e.g. `exp_polyak`.
    pub experiment: String,
    /// Why, in a line.
    pub error: String,
}

/// What keeps an experiment off the page.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A Markdown text cannot be shown.
    #[error("{experiment}, {place}: {source}")]
    Markdown {
        /// Name of the experiment.
        experiment: String,
        /// Which text: the question, the maths, a figure's caption.
        place: String,
        /// What is wrong with it.
        source: MarkdownError,
    },
    /// A figure's SVG cannot be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// A figure's SVG cannot be drawn.
    #[error("{path} is not a picture: {source}", path = path.display())]
    Svg {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: resvg::usvg::Error,
    },
    /// The name of an experiment or figure is not made of ASCII letters, digits, `_` and (figures) `-`.
    #[error("{name:?} names an experiment or figure: ASCII letters, digits and `_` only")]
    Name {
        /// The name.
        name: String,
    },
    /// Two experiments, or two figures of one, have the same name.
    #[error("{name:?} names two experiments, or two figures of one")]
    Repeated {
        /// The name.
        name: String,
    },
}

/// The page as HTML: `entries` in their order, `failures` named at the top.
///
/// The figures are inside, both light and dark; only the links to data and files lead out of the page, as
/// addresses relative to the folder in which the entries' folders lie.
///
/// # Errors
/// [`PageError`] names the text or the figure that cannot be shown.
pub fn page(entries: &[Entry], failures: &[Failure]) -> Result<String, PageError> {
    let mut names = BTreeSet::new();
    let chapters = entries.iter().map(|entry| chapter(entry, &mut names)).collect::<Result<Vec<_>, _>>()?;
    Ok(whole(&chapters, failures))
}

/// As [`page()`], but an entry that cannot be shown becomes one more of the failures.
pub(crate) fn page_of_the_rest(entries: &[Entry], failures: &mut Vec<Failure>) -> String {
    let mut names = BTreeSet::new();
    let mut chapters = Vec::new();
    for entry in entries {
        match chapter(entry, &mut names) {
            Ok(chapter) => chapters.push(chapter),
            Err(error) => {
                failures.push(Failure { experiment: entry.record.experiment.clone(), error: one_line(&error) });
            }
        }
    }
    whole(&chapters, failures)
}

/// What the page has of one experiment.
struct Chapter<'a> {
    entry: &'a Entry,
    card: String,
    article: String,
}

fn chapter<'a>(entry: &'a Entry, names: &mut BTreeSet<String>) -> Result<Chapter<'a>, PageError> {
    check_names(entry, names)?;
    let pictures = picture::pictures(entry)?;
    let (card, article) = (card(entry, pictures.first())?, article::article(entry, &pictures)?);
    Ok(Chapter { entry, card, article })
}

fn whole(chapters: &[Chapter<'_>], failures: &[Failure]) -> String {
    let (mut cards, mut articles) = (String::new(), String::new());
    for chapter in chapters {
        cards.push_str(&chapter.card);
        articles.push_str(&chapter.article);
    }
    cards = match chapters {
        [] | [_] => String::new(),
        _ => format!("<nav class=\"cards\" aria-label=\"Experiments\">\n<ol>\n{cards}</ol>\n</nav>\n"),
    };
    let entries: Vec<&Entry> = chapters.iter().map(|chapter| chapter.entry).collect();
    format!(
        include_str!("page/page.html"),
        style = include_str!("page/page.css"),
        script = include_str!("page/page.js"),
        mark = include_str!("page/masthead.svg"),
        sums = sums(&entries),
        failures = failed(failures),
        cards = cards,
        articles = articles,
    )
}

/// Names become ids, file names and addresses: they are plain, and each stands for one thing.
fn check_names(entry: &Entry, seen: &mut BTreeSet<String>) -> Result<(), PageError> {
    let mut check = |id: String, name: &str, also: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || also.contains(c);
        if name.is_empty() || !name.chars().all(plain) {
            return Err(PageError::Name { name: name.to_owned() });
        }
        if !seen.insert(id) {
            return Err(PageError::Repeated { name: name.to_owned() });
        }
        Ok(())
    };
    let experiment = &entry.record.experiment;
    check(experiment.clone(), experiment, "_")?;
    for figure in &entry.record.figures {
        check(format!("{experiment}.{}", figure.name), &figure.name, "_-")?;
    }
    Ok(())
}

/// How much there is, and whether it holds.
fn sums(entries: &[&Entry]) -> String {
    let figures = entries.iter().map(|e| e.record.figures.len()).sum();
    let claims: Vec<_> = entries.iter().flat_map(|e| &e.record.claims).collect();
    let failing = claims.iter().filter(|claim| !claim.holds).count();
    let mut out = format!(
        "<span>{}</span> <span>{}</span>",
        count(entries.len(), "experiment", "experiments"),
        count(figures, "figure", "figures")
    );
    if failing > 0 {
        let claims = count(claims.len(), "claim", "claims");
        let do_not = if failing == 1 { "does not hold" } else { "do not hold" };
        let _ = write!(out, " <span class=\"bad\"><b>{failing}</b> of {claims} {do_not}</span>");
    } else if !claims.is_empty() {
        let _ = write!(
            out,
            " <span>{}</span>",
            match claims.len() {
                1 => "<b>1</b> checked claim, and it holds".to_owned(),
                n => format!("<b>{n}</b> checked claims, and all hold"),
            }
        );
    }
    out
}

fn failed(failures: &[Failure]) -> String {
    if failures.is_empty() {
        return String::new();
    }
    let names: BTreeSet<&str> = failures.iter().map(|failure| failure.experiment.as_str()).collect();
    let mut out = format!(
        "<section class=\"failures\"><div>\n<h2>{} did not finish, or cannot be shown</h2>\n<dl>\n",
        count(names.len(), "experiment", "experiments")
    );
    for Failure { experiment, error } in failures {
        let _ = writeln!(out, "<dt>{}</dt><dd>{}</dd>", escape(experiment), escape(error));
    }
    out.push_str("</dl>\n</div></section>\n");
    out
}

/// The entry in the table of contents.
fn card(entry: &Entry, picture: Option<&Picture<'_>>) -> Result<String, PageError> {
    let name = &entry.record.experiment;
    let thumb = match picture {
        Some(picture) => format!("<div class=\"thumb\">{}</div>\n", picture.thumbnail()?),
        None => String::new(),
    };
    Ok(format!(
        "<li class=\"card\">\n{thumb}<div class=\"words\"><a class=\"to\" href=\"#{name}\">{title}</a>\n\
         <div class=\"question\">{question}</div></div>\n</li>\n",
        title = text::title(entry)?,
        question = text::prose(entry, "question", &entry.story.question)?,
    ))
}
