//! The same command writes the same bytes, whoever types it.

mod common;

use std::collections::BTreeMap;
use std::path::PathBuf;

use common::{Folder, program, record, succeed};
use serde_json::Value;

/// What a quick run of every experiment writes; of `run.json` what does not belong to the machine.
fn written(name: &str, seed: &str, prepare: impl Fn(&mut std::process::Command)) -> BTreeMap<PathBuf, Vec<u8>> {
    let out = Folder::new(name);
    for (experiment, _) in common::experiments() {
        let mut run = program(&experiment);
        prepare(&mut run);
        succeed(run.args(["--quick", "--seed", seed, "--out"]).arg(&out));
    }
    contents(&out)
}

fn contents(out: &Folder) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut contents = out.contents();
    // A figure of speeds is of the machine, as the speeds in the record are.
    let of_speeds = ["exp_riccati/time", "exp_race/time"];
    contents.retain(|path, _| !of_speeds.iter().any(|name| path.to_string_lossy().contains(name)));
    for (_, bytes) in contents.iter_mut().filter(|(path, _)| path.ends_with("run.json")) {
        let mut record: Value = serde_json::from_slice(bytes).unwrap();
        for machines in ["speeds", "machine"] {
            assert!(record.as_object_mut().unwrap().remove(machines).is_some());
        }
        *bytes = record.to_string().into_bytes();
    }
    assert!(contents.len() > 1);
    contents
}

/// Compares without printing megabytes.
fn assert_same(one: &BTreeMap<PathBuf, Vec<u8>>, other: &BTreeMap<PathBuf, Vec<u8>>) {
    assert!(one.keys().eq(other.keys()), "{:?}\n{:?}", one.keys(), other.keys());
    let different: Vec<_> = one.keys().filter(|path| one[*path] != other[*path]).collect();
    assert!(different.is_empty(), "{different:?}");
}

#[test]
fn the_same_command_writes_the_same_bytes() {
    let usual = written("usual", "1", |_| ());
    assert_same(&usual, &written("again", "1", |_| ()));

    // No home, no fonts, no search path, another language: nothing of the system's is in a figure.
    let bare = written("bare", "1", |run| {
        run.env_clear().env("LC_ALL", "tr_TR.UTF-8");
        run.env("FONTCONFIG_PATH", "/nowhere").env("FONTCONFIG_FILE", "/nowhere/fonts.conf");
    });
    assert_same(&usual, &bare);

    let out = Folder::new("side_by_side");
    succeed(program("all").args(["--quick", "--out"]).arg(&out));
    std::fs::remove_file(out.join("index.html")).unwrap();
    assert_same(&usual, &contents(&out));
}

#[test]
fn another_seed_gives_other_numbers() {
    let numbers = |seed: &str| {
        let out = Folder::new(&format!("seed_{seed}"));
        succeed(program("exp_polyak").args(["--quick", "--seed", seed, "--out"]).arg(&out));
        let record = record(&out.join("exp_polyak"));
        assert_eq!(record.seed.to_string(), seed);
        record.numbers
    };
    assert_ne!(numbers("1"), numbers("18446744073709551615"));
}
