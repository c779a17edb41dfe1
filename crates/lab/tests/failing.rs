//! An experiment that fails says so in a line and keeps its earlier results; those beside it are none the worse.
//!
//! This file is a program of experiments as well: it runs itself, with `ROLE` set to the program it is to be.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use std::{env, fs, thread};

use lab::animation::{Animation, Shape};
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
    /// A word of its own
    #[arg(long, default_value = "a", value_parser = ["a", "b"])]
    letter: String,
    /// Any words of its own
    #[arg(long, default_value = "null")]
    text: String,
}

/// Whether experiments are to fail that can.
fn failing() -> bool {
    env::var_os("FAILING").is_some()
}

fn good(args: Args, lab: &mut Lab) -> lab::Result {
    assert!(["a", "b"].contains(&args.letter.as_str()) && !args.text.is_empty());
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

fn measures(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    lab.measure("rate", if failing() { f64::INFINITY } else { 1.0 }, "Hz")
}

fn measures_twice(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    lab.measure("rate", 1.0, "Hz")?;
    if failing() { lab.measure("rate", 2.0, "Hz") } else { Ok(()) }
}

fn refuses(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    if failing() { Err(lab::Usage("--number: odd".into()).into()) } else { Ok(()) }
}

fn films(args: Args, lab: &mut Lab) -> lab::Result {
    good(args, lab)?;
    let film = |color: &str| {
        let bob = Shape::circle("bob", [0.0, 0.0], 9.0).fill(color).moved([[20.0, 20.0], [60.0, 20.0]]);
        Animation::new("A bob", [80.0, 40.0], 25.0).shape(bob)
    };
    lab.film("bob", "It swings", "To and fro.", film("#2068d8"))?;
    lab.film("both", "It swings", "To and fro.", film("#2068d8").dark(film("#4b98ff")))?;
    for name in ["line", "bob", "a/b", "bob-dark"] {
        assert!(lab.film(name, "", "", film("#2068d8")).is_err(), "{name}");
    }
    Ok(())
}

/// Experiments of this process that work right now.
static WORKING: AtomicUsize = AtomicUsize::new(0);

fn work() {
    WORKING.fetch_add(1, Ordering::SeqCst);
    thread::sleep(Duration::from_millis(10));
    WORKING.fetch_sub(1, Ordering::SeqCst);
}

/// Works, and measures twice, when nobody else is to work.
fn alone(_: Args, lab: &mut Lab) -> lab::Result {
    for name in ["first", "second"] {
        work();
        let mut others = 0;
        lab.measure_alone(name, "ms", || {
            for _ in 0..10 {
                others += WORKING.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(1));
                WORKING.fetch_sub(1, Ordering::SeqCst);
            }
            10.0
        })?;
        lab.claim(&format!("nobody else works, {name}"), others == 0)?;
        work();
    }
    Ok(())
}

fn main() -> ExitCode {
    match env::var("ROLE").as_deref() {
        Ok("all") => lab::all::main(vec![
            Experiment::new("exp_claims", SOURCE, claims),
            Experiment::new("exp_good", SOURCE, good),
            Experiment::new("exp_panics", SOURCE, panics),
            Experiment::new("exp_records", SOURCE, records),
        ]),
        Ok("alone") => {
            let names = ["exp_a", "exp_b", "exp_c", "exp_d"];
            lab::all::main(names.map(|name| Experiment::new(name, SOURCE, alone)).into())
        }
        Ok("usage") => lab::all::main(vec![
            Experiment::new("exp_good", SOURCE, good),
            Experiment::new("exp_refuses", SOURCE, refuses),
        ]),
        Ok("exp_films") => lab::main("exp_films", SOURCE, films),
        Ok("exp_measures") => lab::main("exp_measures", SOURCE, measures),
        Ok("exp_measures_twice") => lab::main("exp_measures_twice", SOURCE, measures_twice),
        Ok("exp_claims") => lab::main("exp_claims", SOURCE, claims),
        Ok("exp_panics") => lab::main("exp_panics", SOURCE, panics),
        Ok("exp_records") => lab::main("exp_records", SOURCE, records),
        Ok(other) => panic!("{other}"),
        Err(_) => {
            failing_experiments_spoil_nothing("1");
            failing_experiments_spoil_nothing("4");
            a_failing_program_says_one_line();
            a_claim_binds_the_defaults_only();
            measured_numbers_are_numbers_and_single();
            the_same_name_twice_is_one_run();
            results_that_cannot_be_shown_cost_their_own_chapter_only();
            a_mistake_of_one_costs_its_own_chapter_only();
            nobody_works_while_a_speed_is_measured();
            a_film_is_recorded_like_a_figure();
            a_word_is_refused_with_those_that_are_allowed();
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
        if name == ".lab.lock" {
            continue;
        }
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
fn failures(out: &Path) -> [(&'static str, String); 3] {
    let kept = out.join(".exp_claims.failed");
    let line = include_str!("failing.rs").lines().position(|line| line.contains("assert!(!failing()")).unwrap() + 1;
    [
        ("exp_claims", format!("not true any more: the earth is round (see {})", kept.display())),
        ("exp_panics", format!("internal error at {}:{line}: a defect in two lines", file!())),
        ("exp_records", "the number `ratio` is NaN: only finite numbers are recorded".into()),
    ]
}

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
    for (name, why) in failures(&out) {
        assert!(said.contains(name), "{said}");
        let lines: Vec<&str> = heard.lines().filter(|line| line.split_whitespace().nth(1) == Some(name)).collect();
        assert!(lines.len() == 1 && lines[0].starts_with('✗') && lines[0].ends_with(&why), "{heard}");
        assert!(page.contains(&format!("<dt>{name}</dt><dd>{why}</dd>")), "{name} is not named on the page");
    }
    assert!(page.contains("id=\"exp_good\""), "the good one is not on the page");
    let after = kept(after);

    assert!(before.keys().eq(after.keys()), "{:?}", after.keys());
    for (path, bytes) in &before {
        let is_new = path == "exp_good/run.json" || path == "index.html";
        assert_eq!(after[path] != *bytes, is_new, "{path}");
    }
    fs::remove_dir_all(out).unwrap();
}

/// The rest of the contents beside the complete run that has failed because of its claims.
fn kept(mut contents: BTreeMap<String, Vec<u8>>) -> BTreeMap<String, Vec<u8>> {
    let failed: Vec<_> = contents.extract_if(.., |path, _| path.starts_with(".exp_claims.failed/")).collect();
    assert!(failed.iter().any(|(path, _)| path.ends_with("/line.png")), "{failed:?}");
    let (_, record) = failed.iter().find(|(path, _)| path.ends_with("/run.json")).unwrap();
    let record: Record = serde_json::from_slice(record).unwrap();
    assert!(record.claims.iter().any(|claim| !claim.holds));
    contents
}

fn a_failing_program_says_one_line() {
    let out = folder("failing_alone");
    for (name, why) in failures(&out) {
        assert!(run(name, false, &[], &out).status.success());
        let before = contents(&out);
        let output = run(name, true, &[], &out);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stderr), format!("{name}: {why}\n"));
        let after = if name == "exp_claims" { kept(contents(&out)) } else { contents(&out) };
        assert!(after == before, "{name}: the earlier results have changed");
        fs::remove_dir_all(&out).unwrap();
    }
}

fn measured_numbers_are_numbers_and_single() {
    let whys = [
        ("exp_measures", "the number `rate` is inf: only finite numbers are recorded"),
        ("exp_measures_twice", "`rate` is used twice in one run"),
    ];
    for (name, why) in whys {
        let out = folder("measured");
        assert!(run(name, false, &[], &out).status.success());
        let output = run(name, true, &[], &out);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(text(&output.stderr), format!("{name}: {why}\n"));
        fs::remove_dir_all(out).unwrap();
    }
}

fn the_same_name_twice_is_one_run() {
    let out = folder("twice");
    let output = run("all", false, &["good", "exp_claims", "exp_good", "good", "--jobs", "4"], &out);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    assert_eq!(text(&output.stdout).matches('✓').count(), 2, "{output:?}");
    let folders: Vec<String> = contents(&out).into_keys().filter(|path| path.ends_with("/run.json")).collect();
    assert_eq!(folders, ["exp_claims/run.json", "exp_good/run.json"]);
    fs::remove_dir_all(out).unwrap();
}

fn results_that_cannot_be_shown_cost_their_own_chapter_only() {
    let out = folder("unshown");
    assert!(run("all", false, &[], &out).status.success());
    let record = fs::read_to_string(out.join("exp_good/run.json")).unwrap();
    let newer = record.replace("\"format\": 1", "\"format\": 99");
    assert_ne!(newer, record);
    for (text, why) in [("{", "EOF while parsing"), (newer.as_str(), "format 99"), (record.as_str(), "of `exp_good`")] {
        fs::write(out.join("exp_claims/run.json"), text).unwrap();
        unshown(&out, "exp_claims", why);
    }
    assert!(run("all", false, &["claims"], &out).status.success());
    fs::remove_file(out.join("exp_panics/line.svg")).unwrap();
    unshown(&out, "exp_panics", "line.svg: No such file");
    let record =
        record.replace("exp_good", "exp_panics").replace("\"caption\": \"\"", "\"caption\": \"$\\\\nonsense$\"");
    fs::write(out.join("exp_panics/run.json"), record).unwrap();
    fs::copy(out.join("exp_good/line.svg"), out.join("exp_panics/line.svg")).unwrap();
    unshown(&out, "exp_panics", "caption of line");

    // What an older program has left out is harmless.
    let old = "{ \"experiment\": \"exp_panics\", \"seed\": 1, \"quick\": false }";
    fs::write(out.join("exp_panics/run.json"), old).unwrap();
    assert!(run("all", false, &["good"], &out).status.success());
    fs::remove_dir_all(out).unwrap();
}

/// A run of another experiment writes a page that names this one, and has all the others.
fn unshown(out: &Path, name: &str, why: &str) {
    let output = run("all", false, &["good"], out);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(text(&output.stderr), format!("swingup: not on the page: {name}\n"));
    let line = text(&output.stdout).lines().find(|line| line.starts_with('✗')).unwrap_or_default();
    assert!(line.contains(name) && line.contains(why), "{why}: {output:?}");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains(&format!("<dt>{name}</dt>")) && page.contains(why.split('`').next().unwrap()), "{why}");
    for other in ["exp_claims", "exp_good", "exp_panics", "exp_records"] {
        assert_eq!(page.contains(&format!("<article id=\"{other}\"")), other != name, "{other}");
    }
}

fn a_mistake_of_one_costs_its_own_chapter_only() {
    let out = folder("usage");
    let output = run("usage", true, &[], &out);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(text(&output.stderr), "swingup: --number: odd\n");
    let page = fs::read_to_string(out.join("index.html")).unwrap();
    assert!(page.contains("<article id=\"exp_good\"") && page.contains("<dt>exp_refuses</dt><dd>--number: odd</dd>"));
    fs::remove_dir_all(out).unwrap();
}

fn nobody_works_while_a_speed_is_measured() {
    let out = folder("alone");
    let output = run("alone", false, &["--jobs", "4"], &out);
    assert!(output.status.success(), "{output:?}");
    fs::remove_dir_all(out).unwrap();
}

fn a_film_is_recorded_like_a_figure() {
    let out = folder("films");
    let output = run("exp_films", false, &[], &out);
    assert!(output.status.success(), "{output:?}");
    assert!(text(&output.stdout).contains("bob.svg"), "{output:?}");
    let contents = contents(&out);
    let films: Vec<&str> = contents.keys().filter_map(|path| path.strip_prefix("exp_films/bo")).collect();
    assert_eq!(films, ["b.svg", "th-dark.svg", "th.svg"]);
    let record: Record = serde_json::from_slice(&contents["exp_films/run.json"]).unwrap();
    let figures: Vec<_> = record.figures.iter().map(|figure| (figure.name.as_str(), figure.film)).collect();
    assert_eq!(figures, [("line", false), ("bob", true), ("both", true)]);
    assert!(text(&contents["exp_films/both-dark.svg"]).contains("#4b98ff"));
    fs::remove_dir_all(out).unwrap();
}

fn a_word_is_refused_with_those_that_are_allowed() {
    let out = folder("words");
    let output = run("exp_claims", false, &["--letter", "c"], &out);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let said = text(&output.stderr);
    assert!(
        said.lines().count() == 1 && said.contains("--letter") && said.contains("[possible values: a, b]"),
        "{said}"
    );
    assert!(run("exp_claims", false, &["--text", "[1]", "--other"], &out).status.success());
    let record: Record = serde_json::from_slice(&contents(&out)["exp_claims/run.json"]).unwrap();
    assert_eq!(record.parameters["text"], "[1]");
    assert_eq!(record.parameters["letter"], "a");
    assert_eq!(record.parameters["other"], true);
    assert_eq!(record.parameters["number"], -0.5);
    fs::remove_dir_all(out).unwrap();
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
