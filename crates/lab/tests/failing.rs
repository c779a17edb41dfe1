//! An experiment that fails says so in a line and keeps its earlier results; those beside it are none the worse.
//!
//! This file is a program of experiments as well: it runs itself, with `ROLE` set to the program it is to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::{env, fs};

use lab::figure::{Figure, Panel};
use lab::record::Record;
use lab::{Experiment, Lab};

const SOURCE: &str = "//! # Does it?\n//! **Question.** Q. **Maths.** M. **Figure.** F. **Finding.** It does.\n";

#[derive(Debug, clap::Args)]
struct Args {
    /// A switch of its own
    #[arg(long)]
    other: bool,
    /// A number of its own
    #[arg(long, default_value_t = -0.5, value_parser = lab::flags::finite)]
    number: f64,
}

/// Whether experiments are to fail that can.
fn failing() -> bool {
    env::var_os("FAILING").is_some()
}

fn good(args: Args, lab: &mut Lab) -> lab::Result {
    lab.record("number", args.number)?;
    lab.record("failing", f64::from(u8::from(failing())))?;
    lab.claim("it does", true)?;
    lab.figure(Figure::new("line", "A line").panel(Panel::new("").line("line", [(0.0, 0.0), (1.0, 1.0)])))
}

fn panics(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    assert!(!failing(), "a defect\nin two lines");
    Ok(())
}

fn claims(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    lab.claim("the earth is round", !failing())
}

fn records(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    lab.record("ratio", if failing() { f64::NAN } else { 1.0 })
}

fn main() -> ExitCode {
    match env::var("ROLE").as_deref() {
        Ok("all") => lab::all::main(vec![
            Experiment::new("exp_claims", SOURCE, claims),
            Experiment::new("exp_good", SOURCE, good),
            Experiment::new("exp_panics", SOURCE, panics),
            Experiment::new("exp_records", SOURCE, records),
        ]),
        Ok("exp_claims") => lab::main("exp_claims", SOURCE, claims),
        Ok("exp_panics") => lab::main("exp_panics", SOURCE, panics),
        Ok("exp_records") => lab::main("exp_records", SOURCE, records),
        Ok(other) => panic!("{other}"),
        Err(_) => {
            failing_experiments_spoil_nothing("1");
            failing_experiments_spoil_nothing("4");
            a_failing_program_says_one_line();
            a_claim_binds_the_defaults_only();
            ExitCode::SUCCESS
        }
    }
}

/// Runs this file as the program `role`.
fn run(role: &str, failing: bool, args: &[&str], out: &Path) -> Output {
    let mut program = Command::new(env::current_exe().unwrap());
    program.env_remove("RUST_BACKTRACE").env_remove("FAILING").env("ROLE", role);
    if failing {
        program.env("FAILING", "yes");
    }
    program.args(args).arg("--out").arg(out).output().unwrap()
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    folder
}

/// Every file of `out`, hidden ones too, by folder and name.
fn contents(out: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut contents = BTreeMap::new();
    for entry in fs::read_dir(out).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_file() {
            contents.insert(name, fs::read(entry.path()).unwrap());
            continue;
        }
        for file in fs::read_dir(entry.path()).unwrap().map(Result::unwrap) {
            let path = format!("{name}/{}", file.file_name().into_string().unwrap());
            contents.insert(path, fs::read(file.path()).unwrap());
        }
    }
    contents
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// What each one says when it fails.
const FAILURES: [(&str, &str); 3] = [
    ("exp_claims", "not true any more: the earth is round"),
    ("exp_panics", "internal error: a defect in two lines"),
    ("exp_records", "the number `ratio` is NaN: only finite numbers are recorded"),
];

fn failing_experiments_spoil_nothing(jobs: &str) {
    let out = folder("failing_all");
    let output = run("all", false, &["--jobs", jobs], &out);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let before = contents(&out);

    let output = run("all", true, &["--jobs", jobs], &out);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let said = text(&output.stderr);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.starts_with("swingup: 3 of 4 failed: "), "{said}");
    let heard = text(&output.stdout);
    assert_eq!(heard.lines().filter(|line| line.starts_with('✓')).count(), 1, "{heard}");
    let after = contents(&out);
    let page = text(&after["index.html"]);
    for (name, why) in FAILURES {
        assert!(said.contains(name), "{said}");
        let lines: Vec<&str> = heard.lines().filter(|line| line.contains(name)).collect();
        assert!(lines.len() == 1 && lines[0].starts_with('✗') && lines[0].ends_with(why), "{heard}");
        assert!(page.contains(&format!("<dt>{name}</dt><dd>{why}</dd>")), "{name} is not named on the page");
    }
    assert!(page.contains("id=\"exp_good\""), "the good one is not on the page");

    assert!(before.keys().eq(after.keys()), "{:?}", after.keys());
    for (path, bytes) in &before {
        let is_new = path == "exp_good/run.json" || path == "index.html";
        assert_eq!(after[path] != *bytes, is_new, "{path}");
    }
    fs::remove_dir_all(out).unwrap();
}

fn a_failing_program_says_one_line() {
    for (name, why) in FAILURES {
        let out = folder("failing_alone");
        assert!(run(name, false, &[], &out).status.success());
        let before = contents(&out);
        let output = run(name, true, &[], &out);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stderr), format!("{name}: {why}\n"));
        assert!(contents(&out) == before, "{name}: the earlier results have changed");
        fs::remove_dir_all(out).unwrap();
    }
}

fn a_claim_binds_the_defaults_only() {
    let cases: [(&[&str], bool); 6] = [
        (&[], true),
        (&["--quick"], true),
        (&["--other"], false),
        (&["--number", "-2"], false),
        (&["--seed", "3"], false),
        (&["--seed", "1", "--number=-5e-1"], true),
    ];
    for (args, binds) in cases {
        let out = folder("binding");
        let output = run("exp_claims", true, args, &out);
        assert_eq!(output.status.code(), Some(i32::from(binds)), "{args:?}: {output:?}");
        if !binds {
            let record = fs::read_to_string(out.join("exp_claims/run.json")).unwrap();
            let record: Record = serde_json::from_str(&record).unwrap();
            assert!(record.claims.iter().any(|claim| !claim.holds));
            assert_eq!(record.parameters["other"], args.contains(&"--other"));
            assert_eq!(record.parameters["number"], if args.contains(&"-2") { -2.0 } else { -0.5 });
        }
        fs::remove_dir_all(out).unwrap();
    }
}
