//! Results are the earlier ones or the complete new ones, whatever ends a run.

mod common;

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use common::{Folder, LongRun, expected_files, program, record, run_shortest, succeed};

#[test]
fn a_complete_run_leaves_its_files_and_nothing_else() {
    let out = Folder::new("complete");
    run_shortest("exp_polyak", &out);
    let expected = expected_files(&record(&out.join("exp_polyak")));
    assert!(expected.len() > 1);
    let paths: Vec<PathBuf> = expected.iter().map(|file| format!("exp_polyak/{file}").into()).collect();
    assert_eq!(out.contents().into_keys().collect::<Vec<_>>(), paths);
}

#[test]
fn a_run_takes_the_place_of_the_last() {
    let out = Folder::new("again").with_earlier_results();
    fs::write(out.join("exp_polyak/old.png"), "earlier").unwrap();
    run_shortest("exp_polyak", &out);
    assert_eq!(out.names(), ["exp_polyak", "index.html"]);
    assert!(!out.join("exp_polyak/old.png").exists());
    assert_eq!(record(&out.join("exp_polyak")).experiment, "exp_polyak");
}

/// A run of minutes.
#[cfg(unix)]
fn long() -> Command {
    let mut long = program("exp_polyak");
    long.args(["--variables", "400", "--steps", "1000000"]);
    long
}

#[cfg(unix)]
#[test]
fn ctrl_c_leaves_what_was_there() {
    let mut all = program("all");
    all.arg("polyak");
    for (mut run, signal) in [(long(), "INT"), (long(), "TERM"), (long(), "HUP"), (all, "INT")] {
        let out = Folder::new("interrupted").with_earlier_results();
        let before = out.contents();
        let output = LongRun::start(&mut run, &out).end_by(signal);
        assert_eq!(output.status.code(), Some(130), "{output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.trim(), "interrupted: earlier results are as they were");
        assert_eq!(out.contents(), before);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_run_leaves_is_gone_after_the_next() {
    let out = Folder::new("killed").with_earlier_results();
    let before = out.contents();
    drop(LongRun::start(&mut long(), &out));
    let left = out.partial();
    assert_eq!(left.len(), 1, "{left:?}");
    assert!(before.iter().all(|(path, bytes)| out.contents()[path] == *bytes));

    run_shortest("exp_polyak", &out);
    assert_eq!(out.names(), ["exp_polyak", "index.html"]);
}

#[cfg(target_os = "linux")]
#[test]
fn two_runs_at_a_time_leave_each_other_alone() {
    let out = Folder::new("two");
    let first = LongRun::start(&mut long(), &out);
    let partial = out.partial();
    run_shortest("exp_polyak", &out);
    assert_eq!(out.partial(), partial, "the run that goes on has lost its folder");
    let results = record(&out.join("exp_polyak")).numbers;
    assert_eq!(first.interrupt().status.code(), Some(130));
    assert_eq!(out.names(), ["exp_polyak"]);
    assert_eq!(record(&out.join("exp_polyak")).numbers, results);
}

#[cfg(target_os = "linux")]
#[test]
fn only_folders_of_runs_that_are_gone_are_swept() {
    let out = Folder::new("swept");
    // Above the largest number that a process can have.
    let gone = |name: &str| format!(".{name}.4294967295-0.partial");
    let kept = [".exp_polyak..partial", ".exp_polyak.1-0.partial", ".exp_polyak.notes.partial", &gone("exp_other")];
    for name in kept.iter().copied().chain([gone("exp_polyak").as_str()]) {
        fs::create_dir(out.join(name)).unwrap();
    }
    let writer = fs::File::open(out.join(&gone("exp_polyak"))).unwrap();
    writer.lock().unwrap();
    run_shortest("exp_polyak", &out);
    assert_eq!(out.partial().len(), kept.len() + 1, "somebody out of sight is writing there");
    drop(writer);
    run_shortest("exp_polyak", &out);
    let mut partial = out.partial();
    partial.sort();
    let mut expected = kept.to_vec();
    expected.sort_unstable();
    assert_eq!(partial, expected);
}

#[cfg(unix)]
#[test]
fn a_swap_that_was_cut_in_two_is_undone() {
    let out = Folder::new("swap").with_earlier_results();
    let before = out.contents();
    fs::rename(out.join("exp_polyak"), out.join(".exp_polyak.0.previous")).unwrap();
    LongRun::start(&mut long(), &out).interrupt();
    assert_eq!(out.contents(), before, "the earlier results are back");

    run_shortest("exp_polyak", &out);
    fs::create_dir(out.join(".exp_polyak.0.previous")).unwrap();
    run_shortest("exp_polyak", &out);
    assert_eq!(out.names(), ["exp_polyak", "index.html"], "results that were replaced are gone");
}

#[cfg(target_os = "linux")]
#[test]
fn half_a_page_of_a_run_that_is_gone_is_swept() {
    let out = Folder::new("half_page");
    fs::write(out.join(".index.html.4294967295-3.partial"), "<html>").unwrap();
    succeed(program("all").args(["polyak", "--quick", "--out"]).arg(&out));
    assert_eq!(out.names(), ["exp_polyak", "index.html"]);
}
