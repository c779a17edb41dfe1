//! What can go wrong in a run, and what the shell hears of it.

use std::fmt;

/// Any error of an experiment; `?` takes all kinds, argmin's included.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Outcome of an experiment, or of a step in one.
pub type Result<T = ()> = std::result::Result<T, Error>;

/// A mistake in what the user typed: one line that names the field and the value. Exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Usage(pub String);

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

/// What a run can complain of by itself.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RunError {
    #[error("not true any more: {0}")]
    Claim(String),
    #[error("not true any more: {} (see {kept})", .sentences.join("; "))]
    Claims { sentences: Vec<String>, kept: String },
    #[error("{place}: {source}; the results are in {kept}")]
    Place { place: String, source: std::io::Error, kept: String },
    #[error("`{0}` is used twice in one run")]
    Twice(String),
    #[error("the number `{name}` is {value}: only finite numbers are recorded")]
    NotFinite { name: String, value: f64 },
    #[error("internal error at {place}: {said}")]
    Panic { place: String, said: String },
    #[error("{path}: {source}")]
    File { path: String, source: std::io::Error },
}

/// Says which file it was.
pub(crate) fn file(path: &std::path::Path) -> impl FnOnce(std::io::Error) -> RunError + '_ {
    |source| RunError::File { path: path.display().to_string(), source }
}

/// Exit code of an error: 2 for a mistake of the user, 1 for everything else.
pub(crate) fn exit_code(error: &Error) -> u8 {
    if error.is::<Usage>() { 2 } else { 1 }
}

/// An error and its causes in one line.
pub(crate) fn one_line(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = error.source();
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
