//! Flags: those that every experiment has, ranges for those of its own, and errors in one line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};
use serde_json::Value;

use crate::error::{Error, Usage};

/// The flags that every experiment has.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// Run the short version: seconds, the same code
    #[arg(long)]
    pub quick: bool,
    /// Seed of every random number
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Folder that gets the results
    #[arg(long, default_value = "results", value_name = "FOLDER")]
    pub out: PathBuf,
}

/// Parses a number that must be positive and finite: `#[arg(value_parser = lab::flags::positive)]`.
///
/// # Errors
/// What the number must be.
pub fn positive(text: &str) -> Result<f64, String> {
    number(text, |x| x > 0.0, "must be a positive number")
}

/// Parses a number that must be finite.
///
/// # Errors
/// What the number must be.
pub fn finite(text: &str) -> Result<f64, String> {
    number(text, |_| true, "must be a finite number")
}

/// Parses a whole number from 1 up.
///
/// # Errors
/// What the number must be.
pub fn count(text: &str) -> Result<usize, String> {
    at_least::<1>(text)
}

/// Parses a whole number from `LEAST` up (and below 2³²).
///
/// # Errors
/// What the number must be.
pub fn at_least<const LEAST: usize>(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|n| (LEAST..=u32::MAX as usize).contains(n));
    number.ok_or_else(|| format!("must be a whole number from {LEAST} up"))
}

fn number(text: &str, allowed: impl Fn(f64) -> bool, must: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|&x: &f64| x.is_finite() && allowed(x));
    number.ok_or_else(|| must.to_owned())
}

/// The values that an experiment's flags have when none is given.
pub fn defaults<A: clap::Args>() -> A {
    let matches = A::augment_args(Command::new("defaults")).get_matches_from(["defaults"]);
    A::from_arg_matches(&matches).expect("every flag of an experiment has a default")
}

/// The command line of the program `name`: flags `A` of its own and the common ones.
pub(crate) fn command<A: clap::Args>(name: &'static str, about: &str) -> Command {
    // A negative number is a value, and the complaint about it names its flag.
    <Common as clap::Args>::augment_args(A::augment_args(Command::new(name)))
        .mut_args(|arg| arg.allow_negative_numbers(true))
        .about(about.to_owned())
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(100)
}

/// Every flag of `A` with its value, and whether all of them are the story's own.
pub(crate) fn parameters<A: clap::Args>(matches: &ArgMatches) -> (BTreeMap<String, Value>, bool) {
    let mut values = BTreeMap::new();
    let mut untouched = matches.value_source("seed") != Some(ValueSource::CommandLine);
    for arg in A::augment_args(Command::new("own")).get_arguments() {
        let id = arg.get_id().as_str();
        untouched &= matches.value_source(id) != Some(ValueSource::CommandLine);
        let Ok(Some(raw)) = matches.try_get_raw(id) else { continue };
        let mut raw: Vec<Value> = raw
            .map(|text| text.to_string_lossy().into_owned())
            .map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)))
            .collect();
        let value = if raw.len() == 1 { raw.remove(0) } else { Value::Array(raw) };
        values.insert(id.to_owned(), value);
    }
    (values, untouched)
}

/// What clap has to say: help and version on standard output as `Ok`, a mistake as one line.
pub(crate) fn complain(error: clap::Error) -> Result<(), Error> {
    if !error.use_stderr() {
        // A closed pipe is no reason to complain about help that nobody reads.
        let _ = error.print();
        return Ok(());
    }
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    Err(Usage(line.trim_start_matches("error: ").to_owned()).into())
}
