//! Every experiment in one process, side by side, and the page about them.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::error::{Error, Result, Usage, file, one_line};
use crate::experiment::{Experiment, exit};
use crate::flags::{Common, complain, count};
use crate::page::{Entry, Failure, page_of_the_rest};
use crate::record::{FORMAT, Record};
use crate::run_folder::write_whole;
use crate::terminal::say;

/// Runs every experiment, several at a time, and writes one page about all of them.
#[derive(Debug, Parser)]
#[command(name = "swingup", version, max_term_width = 100)]
struct Options {
    /// Only these experiments, with or without `exp_`; all when none is named
    #[arg(value_name = "EXPERIMENT")]
    names: Vec<String>,
    /// List the experiments with their questions and do nothing
    #[arg(long)]
    list: bool,
    /// Experiments that run at the same time [default: one for each processor]
    #[arg(long, value_parser = count, allow_negative_numbers = true)]
    jobs: Option<usize>,
    #[command(flatten)]
    common: Common,
}

/// The main function of the program that runs them all.
pub fn main(experiments: Vec<Experiment>) -> ExitCode {
    exit("swingup", || match Options::try_parse() {
        Ok(options) => run(&experiments, &options),
        Err(error) => complain(error),
    })
}

fn run(experiments: &[Experiment], options: &Options) -> Result {
    if options.list {
        for experiment in experiments {
            say(format_args!("{:<22} {}", experiment.name, experiment.story()?.title));
        }
        return Ok(());
    }
    let chosen = choose(experiments, &options.names)?;
    let since = Instant::now();
    let failures = side_by_side(&chosen, options);
    let (entries, unread) = last_results(experiments, &options.common.out);
    let mut shown: Vec<Failure> = failures.iter().map(|(name, error)| failure(name, &**error)).collect();
    shown.extend(unread);
    let html = page_of_the_rest(&entries, &mut shown);
    for Failure { experiment, error } in &shown[failures.len()..] {
        say(format_args!("✗ {experiment:<22} {error}"));
    }
    let index = options.common.out.join("index.html");
    let written = write_whole(&index, &html);
    if written.is_ok() {
        say(format_args!("{:.1} s; wrote {}", since.elapsed().as_secs_f64(), index.display()));
    }
    verdict(&failures, chosen.len(), &shown[failures.len()..], written)
}

/// What the program says at its end; a mistake of the user if everything that went wrong is one.
fn verdict(failures: &[(&str, Error)], chosen: usize, not_shown: &[Failure], written: Result) -> Result {
    if failures.is_empty() && not_shown.is_empty() {
        return written;
    }
    if not_shown.is_empty() && failures.iter().all(|(_, error)| error.is::<Usage>()) {
        // Without a folder there is no page either: the reason is the same.
        let lines: BTreeSet<String> = failures.iter().map(|(_, error)| one_line(&**error)).collect();
        return Err(Usage(lines.into_iter().collect::<Vec<_>>().join("; ")).into());
    }
    let mut parts = Vec::new();
    if !failures.is_empty() {
        let names: Vec<&str> = failures.iter().map(|(name, _)| *name).collect();
        parts.push(format!("{} of {chosen} failed: {}", names.len(), names.join(", ")));
    }
    if !not_shown.is_empty() {
        let names: Vec<&str> = not_shown.iter().map(|failure| failure.experiment.as_str()).collect();
        parts.push(format!("not on the page: {}", names.join(", ")));
    }
    parts.extend(written.err().map(|error| one_line(&*error)));
    Err(parts.join("; ").into())
}

/// The experiments that are named, each once; all when none is.
fn choose<'a>(experiments: &'a [Experiment], names: &[String]) -> Result<Vec<&'a Experiment>> {
    if names.is_empty() {
        return Ok(experiments.iter().collect());
    }
    let mut chosen: Vec<&Experiment> = Vec::new();
    for name in names {
        let is = |e: &&Experiment| e.name == name || e.name.strip_prefix("exp_") == Some(name);
        let found = experiments.iter().find(is).ok_or_else(|| {
            let all: Vec<&str> = experiments.iter().map(|e| e.name).collect();
            Usage(format!("no experiment `{name}`; there are {}", all.join(", ")))
        })?;
        if chosen.iter().all(|other| other.name != found.name) {
            chosen.push(found);
        }
    }
    Ok(chosen)
}

/// Runs them, a few at a time, with a line each; returns those that failed.
fn side_by_side<'a>(chosen: &[&'a Experiment], options: &Options) -> Vec<(&'a str, Error)> {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = options.jobs.unwrap_or(processors).min(chosen.len());
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let lines = MultiProgress::new();
    let work = || {
        while let Some(experiment) = chosen.get(next.fetch_add(1, Ordering::Relaxed)) {
            let line = lines.add(ProgressBar::new_spinner());
            let style = ProgressStyle::with_template("{spinner} {msg:<22} {elapsed}");
            line.set_style(style.expect("a fixed template"));
            line.set_message(experiment.name);
            line.enable_steady_tick(Duration::from_millis(120));
            let outcome = experiment.run_silently(&options.common);
            line.finish_and_clear();
            let report = match &outcome {
                Ok((record, _)) => done(record),
                Err(error) => format!("✗ {:<22} {}", experiment.name, one_line(&**error)),
            };
            lines.suspend(|| say(format_args!("{report}")));
            if let Err(error) = outcome {
                let mut failures = failures.lock().unwrap_or_else(PoisonError::into_inner);
                failures.push((experiment.name, error));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(work);
        }
    });
    failures.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn done(record: &Record) -> String {
    format!(
        "✓ {:<22} {:.1} s, {} of {} claims hold, {} figures",
        record.experiment,
        record.machine.wall_seconds,
        record.claims.iter().filter(|claim| claim.holds).count(),
        record.claims.len(),
        record.figures.len()
    )
}

/// The last complete run of each experiment that has one, and those whose results cannot be read.
fn last_results(experiments: &[Experiment], out: &Path) -> (Vec<Entry>, Vec<Failure>) {
    let (mut entries, mut failures) = (Vec::new(), Vec::new());
    for experiment in experiments {
        let folder = out.join(experiment.name);
        let entry = last_record(&folder, experiment.name).and_then(|record| {
            let Some(record) = record else { return Ok(None) };
            Ok(Some(Entry { story: experiment.story()?, record, folder }))
        });
        match entry {
            Ok(entry) => entries.extend(entry),
            Err(error) => failures.push(failure(experiment.name, &*error)),
        }
    }
    (entries, failures)
}

fn failure(experiment: &str, error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure { experiment: experiment.to_owned(), error: one_line(error) }
}

/// The record of the last complete run, if there is one.
fn last_record(folder: &Path, name: &str) -> Result<Option<Record>> {
    let path = folder.join("run.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(file(&path))?;
    let record: Record = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    if record.format > FORMAT {
        let Record { format, .. } = record;
        return Err(format!("{}: format {format} is newer than this program's, {FORMAT}", path.display()).into());
    }
    if record.experiment != name {
        return Err(format!("{}: results of `{}`", path.display(), record.experiment).into());
    }
    Ok(Some(record))
}
