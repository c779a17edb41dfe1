//! Every experiment runs, and the results that stand beside it are those that its story tells.

mod common;

use std::fs;
use std::process::Command;

use common::{Folder, expected_files, program, record, root, succeed};
use lab::notebook::Cell;
use lab::record::Record;
use lab::story::Story;
use serde_json::Value;

/// The results of the last full run, which are committed.
fn committed(name: &str) -> Record {
    record(&root().join("results").join(name))
}

#[test]
fn a_quick_run_keeps_its_claims_and_the_full_one_made_them_too() {
    for (name, _) in common::experiments() {
        let out = Folder::new(&format!("quick_{name}"));
        succeed(program(&name).args(["--quick", "--out"]).arg(&out));
        let (quick, full) = (record(&out.join(&name)), committed(&name));

        assert!(quick.quick && !full.quick, "{name}: the committed results are those of a full run");
        assert!(!full.claims.is_empty() && !full.figures.is_empty(), "{name}");
        assert!(full.claims.iter().all(|claim| claim.holds), "{name}: {:?}", full.claims);
        // The short version may be too short for some of them.
        let mut claims = full.claims.iter();
        for claim in &quick.claims {
            let is_there = claims.any(|other| other == claim);
            assert!(is_there, "{name}: the committed results do not claim, or not here: {}", claim.sentence);
        }
        assert_eq!(full.figures, quick.figures, "{name}: the committed results are older than the figures");
        assert_eq!(
            (&full.experiment, &full.parameters, full.seed),
            (&name, &quick.parameters, quick.seed),
            "{name}: the committed results are not those of its defaults"
        );
    }
}

/// Bit for bit on one instruction set, to nine digits across.
fn assert_same_numbers(name: &str, new: &Record, old: &Record) {
    assert!(new.numbers.keys().eq(old.numbers.keys()), "{name}: other numbers are recorded now");
    let of_old = |word: &str| old.machine.platform.split(' ').any(|other| other == word);
    let tolerance = if of_old(std::env::consts::ARCH) { 0.0 } else { 1e-9 };
    for ((number, new), old) in new.numbers.iter().zip(old.numbers.values()) {
        assert!((new - old).abs() <= tolerance * old.abs(), "{name}: {number} is {new:?} now, and was {old:?}");
    }
}

#[test]
fn a_full_run_gives_the_committed_numbers_again() {
    for (name, _) in common::experiments() {
        let old = committed(&name);
        assert!(!old.machine.commit.ends_with("-dirty"), "{name}: made from sources that nobody has");
        // Longer ones are run when results are published.
        if old.machine.wall_seconds < 20.0 {
            let out = Folder::new(&format!("full_{name}"));
            succeed(program(&name).arg("--out").arg(&out));
            let new = record(&out.join(&name));
            assert_eq!(new.claims, old.claims, "{name}");
            assert_same_numbers(&name, &new, &old);
        }
    }
}

#[test]
fn a_run_names_the_commit_of_its_sources_wherever_it_runs() {
    let git = Command::new("git").arg("-C").arg(root()).args(["rev-parse", "--short=12", "HEAD"]).output();
    let commit = git.map(|output| String::from_utf8(output.stdout).unwrap()).unwrap_or_default();
    let out = Folder::new("elsewhere");
    let short = ["--quick", "--variables", "2", "--steps", "10", "--out"];
    succeed(program("exp_polyak").args(short).arg(&out).current_dir(std::env::temp_dir()));
    let machine = record(&out.join("exp_polyak")).machine;
    assert_eq!(machine.commit.trim_end_matches("-dirty"), commit.trim());
    assert!(machine.profile.contains("opt-level"), "{machine:?}");
}

#[test]
fn every_number_of_a_finding_is_recorded() {
    for (name, source) in common::experiments() {
        let story = Story::parse(&source).unwrap_or_else(|error| panic!("{name}: {error}"));
        let record = committed(&name);
        let parameters = record.parameters.values().filter_map(Value::as_f64);
        let recorded: Vec<f64> = record.numbers.values().copied().chain(parameters).collect();
        let found = |value: &lab::story::Number| recorded.iter().any(|&number| value.matches(number));
        let lost: Vec<_> = story.finding_numbers().into_iter().filter(|n| !found(n)).map(|n| n.text).collect();
        assert!(lost.is_empty(), "{name}: no such number is recorded: {lost:?}");
    }
}

#[test]
fn committed_results_are_complete_and_small() {
    let mut expected = Vec::new();
    for (name, _) in common::experiments() {
        let folder = root().join("results").join(&name);
        let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap());
        let mut names = Vec::new();
        for file in files {
            names.push(file.file_name().into_string().unwrap());
            let size = file.metadata().unwrap().len();
            assert!((1..=1 << 20).contains(&size), "{}: {size} bytes", file.path().display());
        }
        names.sort();
        assert_eq!(names, expected_files(&committed(&name)), "{name}");
        expected.push(name);
    }
    // The page is not committed; of runs that go on right now there may be more, under hidden names.
    let names = fs::read_dir(root().join("results")).unwrap().map(|entry| entry.unwrap().file_name());
    let names = names.map(|name| name.into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('.') && name != "index.html").collect();
    names.sort();
    expected.sort();
    assert_eq!(names, expected, "results of an experiment that is gone, or none of one that is there");
}

#[test]
fn the_page_shows_every_experiment_and_loads_nothing() {
    let out = Folder::new("page");
    succeed(program("all").args(["--quick", "--out"]).arg(&out));
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    for loader in ["<script src", "<link", "@import", "srcset", "<iframe", "<object", "<embed", "fetch(", "://"] {
        assert!(!page.contains(loader), "{loader}");
    }
    assert!(page.match_indices("src=\"").all(|(at, found)| page[at + found.len()..].starts_with("data:image/")));
    assert!(!page.contains("did not finish"), "a page about failures is not for keeping");
    for (name, _) in common::experiments() {
        let record = record(&out.join(&name));
        let links = expected_files(&record).into_iter().filter(|file| !file.ends_with("-dark.svg"));
        for file in links {
            assert!(page.contains(&format!("href=\"{name}/{file}\"")), "{name}/{file}");
        }
    }
}

#[test]
fn notebooks_hold_the_experiments_cells() {
    for (name, source) in common::experiments() {
        let path = root().join("notebooks").join(format!("{name}.ipynb"));
        let notebook = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let notebook: Value = serde_json::from_str(&notebook).unwrap();
        let cells = lab::notebook::cells(&name, &source).unwrap();
        let written: Vec<Cell> = notebook["cells"].as_array().unwrap().iter().map(cell).collect();
        assert!(written == cells, "{} differs from its experiment: cargo run --bin notebook", path.display());
    }
}

fn cell(cell: &Value) -> Cell {
    let text = cell["source"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    match cell["cell_type"].as_str() {
        Some("markdown") => Cell::Markdown(text),
        Some("code") => Cell::Code(text),
        other => panic!("{other:?}"),
    }
}
