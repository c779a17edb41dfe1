//! An experiment's file as a Jupyter notebook for the Rust kernel.

use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use serde_json::{Value, json};

use crate::error::{Result, Usage, file};
use crate::experiment::exit;
use crate::flags::complain;
use crate::run_folder::write_whole;
use crate::terminal::say;

/// What a notebook asks the kernel for before its first cell.
///
/// The cache keeps compiled dependencies from one kernel to the next, in MiB: half a minute instead of three.
const SETUP: &str = "\
:cache 1000
:dep swingup = { path = \"../crates/swingup\" }
:dep lab = { path = \"../crates/lab\" }
:dep rand = { version = \"0.10\", default-features = false }
:dep rand_chacha = { version = \"0.10\", default-features = false }
:dep clap = { version = \"4.6\", features = [\"derive\"] }";

/// A cell: Markdown or code, with its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text.
    Markdown(String),
    /// Rust.
    Code(String),
}

/// Makes the notebooks from the experiments' files.
#[derive(Debug, Parser)]
#[command(name = "notebook", version)]
struct Options {
    /// Folder that gets the notebooks
    #[arg(long, default_value = "notebooks", value_name = "FOLDER")]
    out: std::path::PathBuf,
    /// Write nothing; fail when a notebook's cells differ from its experiment
    #[arg(long)]
    check: bool,
}

/// The main function of the program that makes the notebooks; `sources` are names and source texts.
pub fn main(sources: &[(&str, &str)]) -> ExitCode {
    exit("notebook", || match Options::try_parse() {
        Ok(options) => sources.iter().try_for_each(|(name, source)| make(name, source, &options)),
        Err(error) => complain(error),
    })
}

fn make(name: &str, source: &str, options: &Options) -> Result {
    let path = options.out.join(format!("{name}.ipynb"));
    let old = if path.exists() { read(&path)? } else { Value::Null };
    let new = document(&cells(name, source)?, &old);
    let stale = new != old;
    if options.check {
        let verdict = format!("{} differs from its experiment: cargo run --bin notebook", path.display());
        return if stale { Err(verdict.into()) } else { Ok(()) };
    }
    if stale {
        let refuse = |error| Usage(format!("--out {}: {error}", options.out.display()));
        std::fs::create_dir_all(&options.out).map_err(refuse)?;
        write_whole(&path, &(serde_json::to_string_pretty(&new)? + "\n"))?;
    }
    say(format_args!("{} {}", path.display(), if stale { "written" } else { "is up to date" }));
    Ok(())
}

fn read(path: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(path).map_err(file(path))?;
    serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Splits an experiment's file into cells.
///
/// The `//!` head is the first text; what stands before `pub fn run` is one cell for each item; the body of `run` is
/// split at its `// ## headings`, whose comment lines become text.
///
/// # Errors
/// When there is no `pub fn run(` that ends with `Ok(())` and `}`.
pub fn cells(name: &str, source: &str) -> Result<Vec<Cell>> {
    let (front, rest) = source.split_once("\npub fn run(").ok_or_else(|| format!("{name}: no `pub fn run(`"))?;
    let (_, body) = rest.split_once("{\n").ok_or_else(|| format!("{name}: `run` has no body"))?;
    let (body, _) =
        body.split_once("\n    Ok(())\n}").ok_or_else(|| format!("{name}: `run` does not end with `Ok(())`"))?;

    let head: Vec<&str> = front.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let head = head.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n");
    let mut cells = vec![Cell::Markdown(head), Cell::Code(SETUP.into())];

    let mut items: Vec<&str> = front.lines().filter(|line| !line.starts_with("//!")).collect();
    // What is said about `run` itself belongs to no cell.
    while items.pop_if(|line| line.starts_with("///") || line.starts_with("#[")).is_some() {}
    cells.extend(top_level(&items.join("\n")).into_iter().map(Cell::Code));
    cells.push(Cell::Code(format!("let args: Args = lab::defaults();\nlet mut lab = lab::Lab::notebook(\"{name}\");")));

    let dedent = |line: &str| line.strip_prefix("    ").unwrap_or(line).to_owned();
    let lines: Vec<String> = body.lines().map(dedent).collect();
    let starts = |line: &String| line.starts_with("// ## ");
    for section in sections(&lines, starts) {
        let text: Vec<&str> = match section.first().filter(|line| starts(line)) {
            Some(_) => section.iter().map_while(|line| line.strip_prefix("//")).map(str::trim_start).collect(),
            None => Vec::new(),
        };
        let code = section[text.len()..].join("\n").trim().to_owned();
        if !text.is_empty() {
            cells.push(Cell::Markdown(text.join("\n").replacen('\n', "\n\n", 1)));
        }
        if !code.is_empty() {
            cells.push(Cell::Code(code));
        }
    }
    Ok(cells)
}

/// Splits before each line that starts a section.
fn sections(lines: &[String], starts: impl Fn(&String) -> bool) -> Vec<&[String]> {
    let mut sections = Vec::new();
    let mut rest = lines;
    while let Some(end) = (1..rest.len()).find(|&i| starts(&rest[i])) {
        let (section, more) = rest.split_at(end);
        sections.push(section);
        rest = more;
    }
    sections.push(rest);
    sections
}

/// The items of a text, each with its comments: separated by an empty line before an unindented one.
fn top_level(text: &str) -> Vec<String> {
    let mut items: Vec<String> = Vec::new();
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        let paragraph = paragraph.trim_matches('\n');
        match items.last_mut() {
            Some(item) if paragraph.starts_with([' ', '}']) => {
                item.push_str("\n\n");
                item.push_str(paragraph);
            }
            _ => items.push(paragraph.to_owned()),
        }
    }
    items
}

/// The notebook of these cells. Outputs of `old` are kept up to its first cell of code that has changed.
fn document(cells: &[Cell], old: &Value) -> Value {
    let mut old_code = old["cells"].as_array().into_iter().flatten().filter(|cell| cell["cell_type"] == "code");
    let mut unchanged = true;
    let cell = |(number, cell): (usize, &Cell)| {
        let id = format!("cell-{number}");
        match cell {
            Cell::Markdown(text) => {
                json!({ "cell_type": "markdown", "id": id, "metadata": {}, "source": lines(text) })
            }
            Cell::Code(text) => {
                let before = old_code.next();
                unchanged &= before.is_some_and(|before| before["source"] == lines(text));
                let kept = before.filter(|_| unchanged);
                json!({
                    "cell_type": "code",
                    "execution_count": kept.map_or(Value::Null, |cell| cell["execution_count"].clone()),
                    "id": id,
                    "metadata": {},
                    "outputs": kept.map_or(json!([]), |cell| cell["outputs"].clone()),
                    "source": lines(text),
                })
            }
        }
    };
    json!({
        "cells": cells.iter().enumerate().map(cell).collect::<Vec<_>>(),
        "metadata": {
            "kernelspec": { "display_name": "Rust", "language": "rust", "name": "rust" },
            "language_info": { "file_extension": ".rs", "mimetype": "text/rust", "name": "Rust" },
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    })
}

/// A text as a notebook stores it: lines that keep their ends.
fn lines(text: &str) -> Value {
    text.split_inclusive('\n').collect()
}
