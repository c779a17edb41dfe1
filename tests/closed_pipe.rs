//! A reader that goes away costs neither the results nor a word of complaint.

mod common;

use std::process::{Command, Output};

use common::{Folder, program};

/// Runs with a standard output that nobody reads.
fn unread(program: &mut Command) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = program.stdout(writer).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{program:?}: {output:?}");
    output
}

#[test]
fn a_run_that_nobody_reads_keeps_its_results() {
    for (name, written) in [("exp_polyak", vec!["exp_polyak"]), ("all", vec!["exp_polyak", "index.html"])] {
        let out = Folder::new(&format!("unread_{name}"));
        let mut run = program(name);
        if name == "all" {
            run.arg("polyak");
        }
        unread(run.args(["--quick", "--out"]).arg(&out));
        assert_eq!(out.names(), written);
    }
}

#[test]
fn words_that_nobody_reads_are_no_mistake() {
    for (name, flag) in [("exp_polyak", "--help"), ("exp_polyak", "--version"), ("all", "--help"), ("all", "--list")] {
        unread(program(name).arg(flag));
    }
}

#[test]
fn a_mistake_that_nobody_hears_of_is_one_still() {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = program("exp_polyak").args(["--steps", "0"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}
