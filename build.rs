//! Finds the experiments: every `experiments/exp_*.rs` is one, and `all` and `notebook` include them all.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=experiments");
    println!("cargo:rerun-if-changed=Cargo.toml");
    let root = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    let manifest = fs::read_to_string("Cargo.toml").expect("the manifest being built");
    let files = fs::read_dir("experiments").expect("the folder of experiments");
    let mut names: Vec<String> = files
        .filter_map(|file| file.ok()?.file_name().to_str()?.strip_suffix(".rs").map(String::from))
        .filter(|name| name.starts_with("exp_"))
        .collect();
    names.sort();

    let (mut modules, mut list, mut sources) = (String::new(), String::new(), String::new());
    for name in &names {
        if !manifest.contains(&format!("\"experiments/{name}.rs\"")) {
            println!(
                "cargo:error=experiments/{name}.rs has no line in Cargo.toml: \
                 {{ name = \"{name}\", path = \"experiments/{name}.rs\" }},"
            );
        }
        let path = format!("{root}/experiments/{name}.rs");
        // Each file is a program too: its `main` is not called from here.
        writeln!(modules, "#[allow(dead_code)]\n#[path = {path:?}]\nmod {name};").unwrap();
        writeln!(list, "lab::Experiment::new({name:?}, include_str!({path:?}), {name}::run),").unwrap();
        writeln!(sources, "({name:?}, include_str!({path:?})),").unwrap();
    }
    let list = format!("{modules}\nfn experiments() -> Vec<lab::Experiment> {{\nvec![{list}]\n}}\n");
    let out = env::var("OUT_DIR").expect("cargo sets it");
    fs::write(Path::new(&out).join("experiments.rs"), list).expect("a writable build folder");
    fs::write(Path::new(&out).join("sources.rs"), format!("&[{sources}]")).expect("the same");
}
