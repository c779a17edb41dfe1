//! Finds the experiments: each `experiments/exp_*.rs` has a line in `Cargo.toml`, and `all` and `notebook` include them
//! in the order of these lines.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// The experiment of a line of the manifest, e.g. `{ name = "exp_x", path = "experiments/exp_x.rs" },`.
fn experiment(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let (_, path) = line.split_once("path = \"experiments/").filter(|_| !line.starts_with('#'))?;
    Some(path.split_once(".rs\"")?.0).filter(|name| name.starts_with("exp_"))
}

/// `#[cfg(all(feature = "a", ..))]` for the `required-features = ["a", ..]` of the line; nothing when there are none.
fn condition(line: &str) -> String {
    let list = line.split_once("required-features = [").and_then(|(_, rest)| rest.split_once(']'));
    let features: Vec<_> = list.iter().flat_map(|(list, _)| list.split(',')).map(str::trim).collect();
    let features: Vec<_> = features.iter().filter(|f| !f.is_empty()).map(|f| format!("feature = {f}")).collect();
    if features.is_empty() { String::new() } else { format!("#[cfg(all({}))]\n", features.join(", ")) }
}

fn main() {
    println!("cargo::rerun-if-changed=experiments");
    println!("cargo::rerun-if-changed=Cargo.toml");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let manifest = fs::read_to_string("Cargo.toml").expect("the manifest being built");
    let lines: Vec<(&str, String)> =
        manifest.lines().filter_map(|line| Some((experiment(line)?, condition(line)))).collect();

    for file in fs::read_dir("experiments").expect("the folder of experiments") {
        let file = file.expect("a readable folder").file_name();
        let Some(name) = file.to_str().and_then(|file| file.strip_suffix(".rs")) else { continue };
        if name.starts_with("exp_") && lines.iter().all(|line| line.0 != name) {
            println!(
                "cargo::error=experiments/{name}.rs has no line in Cargo.toml: \
                 {{ name = \"{name}\", path = \"experiments/{name}.rs\", test = false }},"
            );
        }
    }

    let (mut modules, mut list, mut sources) = (String::new(), String::new(), String::new());
    for (name, condition) in &lines {
        let path = format!("{root}/experiments/{name}.rs");
        // Each file is a program too: its `main` is not called from here.
        writeln!(modules, "{condition}#[allow(dead_code)]\n#[path = {path:?}]\nmod {name};").unwrap();
        writeln!(list, "{condition}lab::Experiment::new({name:?}, include_str!({path:?}), {name}::run),").unwrap();
        // A notebook is made of text: what the experiment needs to run does not matter.
        writeln!(sources, "({name:?}, include_str!({path:?})),").unwrap();
    }
    let list = format!("{modules}\nfn experiments() -> Vec<lab::Experiment> {{\nVec::from([{list}])\n}}\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("experiments.rs"), list).expect("a writable build folder");
    fs::write(Path::new(&out).join("sources.rs"), format!("&[{sources}]")).expect("the same");
}
