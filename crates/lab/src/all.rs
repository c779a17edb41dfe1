//! Every experiment in one process, side by side, and the page about them.

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use clap::Parser;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::error::{Error, Result, Usage, file};
use crate::experiment::{Experiment, exit, one_line};
use crate::flags::{Common, complain, count};
use crate::page::{Entry, Failure, page};
use crate::record::Record;
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
    #[arg(long, value_parser = count)]
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
    let mut entries = Vec::new();
    for experiment in experiments {
        if let Some(record) = last_record(&options.common.out, experiment.name)? {
            let folder = options.common.out.join(experiment.name);
            entries.push(Entry { story: experiment.story()?, record, folder });
        }
    }
    if let Some((_, usage)) = failures.iter().find(|(_, error)| error.is::<Usage>()) {
        return Err(Usage(one_line(usage)).into());
    }
    let failed: Vec<Failure> = failures
        .iter()
        .map(|(name, error)| Failure { experiment: (*name).to_owned(), error: one_line(error) })
        .collect();
    let index = options.common.out.join("index.html");
    write_whole(&index, &page(&entries, &failed)?)?;
    say(format_args!("{:.1} s; wrote {}", since.elapsed().as_secs_f64(), index.display()));
    if failures.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = failures.iter().map(|(name, _)| *name).collect();
    Err(format!("{} of {} failed: {}", names.len(), chosen.len(), names.join(", ")).into())
}

/// The experiments that are named; all when none is.
fn choose<'a>(experiments: &'a [Experiment], names: &[String]) -> Result<Vec<&'a Experiment>> {
    let find = |name: &String| {
        let is = |e: &&Experiment| e.name == name || e.name.strip_prefix("exp_") == Some(name);
        experiments.iter().find(is).ok_or_else(|| {
            let all: Vec<&str> = experiments.iter().map(|e| e.name).collect();
            Usage(format!("no experiment `{name}`; there are {}", all.join(", "))).into()
        })
    };
    if names.is_empty() { Ok(experiments.iter().collect()) } else { names.iter().map(find).collect() }
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
                Err(error) => format!("✗ {:<22} {}", experiment.name, one_line(error)),
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
        "✓ {:<22} {:.1} s, {} claims hold, {} figures",
        record.experiment,
        record.machine.wall_seconds,
        record.claims.iter().filter(|claim| claim.holds).count(),
        record.figures.len()
    )
}

/// The record of the last complete run, if there is one.
fn last_record(out: &Path, name: &str) -> Result<Option<Record>> {
    let path = out.join(name).join("run.json");
    if !path.exists() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(&path).map_err(file(&path))?;
    let record = serde_json::from_str(&text);
    record.map(Some).map_err(|error| format!("{}: {error}", path.display()).into())
}
