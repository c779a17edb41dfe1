//! Flags: those that every experiment has, ranges for those of its own, and errors in one line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{ArgAction, ArgMatches, Command};
use serde_json::Value;

use crate::error::{Error, Usage};

/// The flags that every experiment has.
#[derive(Clone, Debug, clap::Args)]
pub struct Common {
    /// Run the short version: seconds, the same code
    #[arg(long)]
    pub quick: bool,
    /// Seed of every random number
    #[arg(long, default_value_t = 1, allow_negative_numbers = true)]
    pub seed: u64,
    /// Folder that gets the results
    #[arg(long, default_value = "results", value_name = "FOLDER", allow_negative_numbers = true)]
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
    // A negative number is a value, and a complaint about it names its flag.
    let signed = |arg: clap::Arg| {
        let takes_value = arg.get_action().takes_values();
        arg.allow_negative_numbers(takes_value)
    };
    <Common as clap::Args>::augment_args(A::augment_args(Command::new(name)).mut_args(signed))
        .about(about.to_owned())
        .version(env!("CARGO_PKG_VERSION"))
        .max_term_width(100)
}

/// Every flag of `A` with its value, and whether these and the seed are the story's own.
pub(crate) fn parameters<A: clap::Args>(matches: &ArgMatches) -> (BTreeMap<String, Value>, bool) {
    let story = command::<A>("defaults", "").get_matches_from(["defaults"]);
    let values = own_values::<A>(matches);
    let same_seed = matches.get_one::<u64>("seed") == story.get_one("seed");
    let untouched = same_seed && values == own_values::<A>(&story);
    (values, untouched)
}

fn own_values<A: clap::Args>(matches: &ArgMatches) -> BTreeMap<String, Value> {
    let mut values = BTreeMap::new();
    for arg in A::augment_args(Command::new("own")).get_arguments() {
        let id = arg.get_id().as_str();
        let Ok(Some(raw)) = matches.try_get_raw(id) else { continue };
        let is_switch = matches!(arg.get_action(), ArgAction::SetTrue | ArgAction::SetFalse);
        let mut raw: Vec<Value> = raw
            .map(|text| text.to_string_lossy().into_owned())
            // The words `null` or `true` are words, unless a switch says them.
            .map(|text| match serde_json::from_str(&text) {
                Ok(value @ Value::Number(_)) => value,
                Ok(value @ Value::Bool(_)) if is_switch => value,
                _ => Value::String(text),
            })
            .collect();
        let value = if raw.len() == 1 { raw.remove(0) } else { Value::Array(raw) };
        values.insert(id.to_owned(), value);
    }
    values
}

/// What clap has to say: help and version on standard output as `Ok`, a mistake as one line.
pub(crate) fn complain(error: clap::Error) -> Result<(), Error> {
    if !error.use_stderr() {
        // A closed pipe is no reason to complain about help that nobody reads.
        let _ = error.print();
        return Ok(());
    }
    let text = error.to_string();
    // The first paragraph: possible values, or the flags that are missing, have lines of their own.
    let lines = text.lines().take_while(|line| !line.is_empty());
    let line = lines.map(str::trim).collect::<Vec<_>>().join(" ");
    Err(Usage(line.trim_start_matches("error: ").to_owned()).into())
}
