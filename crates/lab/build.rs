//! Remembers which compiler built the bench, and how, for the record of a run.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
    let version = Command::new(rustc).arg("--version").output().map(|out| out.stdout);
    let version = String::from_utf8(version.unwrap_or_default()).unwrap_or_default();
    println!("cargo:rustc-env=LAB_RUSTC={}", version.trim());
    for what in ["PROFILE", "OPT_LEVEL"] {
        println!("cargo:rustc-env=LAB_{what}={}", std::env::var(what).expect("cargo sets it"));
    }
    println!("cargo:rerun-if-changed=build.rs");
}
