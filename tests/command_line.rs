//! Every program explains itself, and refuses a mistake in one line that names it, touching nothing.

mod common;

use std::process::Output;

use common::{Folder, program, succeed};

/// The one line of complaint with which a program ends that was used wrongly.
fn complaint(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(!text.contains("panic") && !text.contains("internal error"), "{text}");
    text
}

#[test]
fn help_names_every_flag_with_its_default() {
    for (name, _) in common::experiments() {
        let output = succeed(program(&name).arg("--help"));
        let help = String::from_utf8(output.stdout).unwrap();
        let (_, options) = help.split_once("Options:").unwrap();
        let flags: Vec<&str> = options.lines().filter(|line| line.trim_start().starts_with("--")).collect();
        for common in ["--quick", "--seed", "--out"] {
            assert!(flags.iter().any(|line| line.contains(common)), "{name} {common}: {help}");
        }
        for flag in flags.iter().filter(|line| line.contains(" <")) {
            assert!(flag.contains("[default: "), "{name}: {flag}");
        }
    }
    let help = String::from_utf8(succeed(program("all").arg("--help")).stdout).unwrap();
    for flag in ["--list", "--jobs <JOBS>", "--quick", "--seed <SEED>", "--out <FOLDER>"] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
    assert_eq!(help.matches("[default: ").count(), 3, "{help}");
}

#[test]
fn a_wrong_value_is_refused_by_name_and_changes_nothing() {
    let out = Folder::new("wrong_value").with_earlier_results();
    let before = out.contents();
    let wrong = [
        ("exp_polyak", "--steps", "0"),
        ("exp_polyak", "--steps", "-3"),
        ("exp_polyak", "--steps", "abc"),
        ("exp_polyak", "--steps", "1e3"),
        ("exp_polyak", "--steps", "99999999999999999999999"),
        ("exp_polyak", "--goal", "-1"),
        ("exp_polyak", "--goal", "0"),
        ("exp_polyak", "--goal", "NaN"),
        ("exp_polyak", "--goal", "inf"),
        ("exp_polyak", "--goal", "1e999"),
        ("exp_polyak", "--variables", "1"),
        ("exp_polyak", "--seed", "-1"),
        ("exp_polyak", "--seed", "1.5"),
        ("all", "--seed", "-1"),
        ("all", "--jobs", "0"),
        ("all", "--jobs", "-1"),
    ];
    for (name, flag, value) in wrong {
        let line = complaint(&program(name).args([flag, value]).arg("--out").arg(&out).output().unwrap());
        assert!(line.contains(flag) && line.contains(&format!("'{value}'")), "{flag} {value}: {line}");
    }
    let unknown = [("exp_polyak", "--velocity"), ("exp_polyak", "rosenbrock"), ("all", "--velocity"), ("all", "nope")];
    for (name, word) in unknown {
        let line = complaint(&program(name).arg(word).arg("--out").arg(&out).output().unwrap());
        assert!(line.contains(word), "{line}");
    }
    for flag in ["--steps", "--goal", "--seed"] {
        let line = complaint(&program("exp_polyak").arg("--out").arg(&out).arg(flag).output().unwrap());
        assert!(line.contains(flag), "{line}");
    }
    assert_eq!(out.contents(), before);
}

#[test]
fn a_folder_that_cannot_be_made_is_refused_by_name() {
    let here = Folder::new("no_folder").with_earlier_results();
    let before = here.contents();
    let file = here.join("index.html");
    let mut refused = vec![file.clone(), file.join("below"), file.join("far/below")];
    if cfg!(target_os = "linux") {
        refused.push("/proc/swingup".into());
        refused.push("/dev/null".into());
    }
    for out in refused {
        for name in ["exp_polyak", "all", "notebook"] {
            let line = complaint(&program(name).arg("--out").arg(&out).output().unwrap());
            assert!(line.contains(&format!("--out {}:", out.display())), "{line}");
        }
    }
    let line = complaint(&program("exp_polyak").args(["--out", ""]).output().unwrap());
    assert!(line.contains("--out"), "{line}");
    assert_eq!(here.contents(), before);
}

#[test]
fn all_lists_its_experiments_with_their_questions() {
    let output = succeed(program("all").arg("--list"));
    let list = String::from_utf8(output.stdout).unwrap();
    let experiments = common::experiments();
    assert_eq!(list.lines().count(), experiments.len(), "{list}");
    let mut lines: Vec<&str> = list.lines().collect();
    lines.sort_unstable();
    for (line, (name, source)) in lines.into_iter().zip(&experiments) {
        let story = lab::story::Story::parse(source).unwrap();
        assert_eq!(line.split_whitespace().next(), Some(name.as_str()));
        assert!(line.ends_with(&story.title), "{line}");
    }
}

#[test]
fn an_experiment_is_chosen_with_or_without_its_prefix() {
    for name in ["polyak", "exp_polyak"] {
        let out = Folder::new(&format!("chosen_{name}"));
        succeed(program("all").args([name, "--quick", "--jobs", "1", "--out"]).arg(&out));
        assert_eq!(out.names(), ["exp_polyak", "index.html"]);
    }
    let here = Folder::new("chosen_twice");
    // A folder's name may begin with a dash.
    let twice = ["polyak", "exp_polyak", "polyak", "--quick", "--jobs", "2", "--out=-o2"];
    let output = succeed(program("all").args(twice).current_dir(here.join("")));
    assert_eq!(String::from_utf8(output.stdout).unwrap().matches('✓').count(), 1);
    assert!(here.join("-o2/exp_polyak/run.json").exists() && here.join("-o2/index.html").exists());
    let none = complaint(&program("all").arg("nope").output().unwrap());
    assert!(none.contains("`nope`") && none.contains("exp_polyak"), "{none}");
}
