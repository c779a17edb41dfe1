//! Where and from what a run was made.

use std::process::Command;

use crate::record::Machine;

/// This machine and this source, for a run of `wall_seconds`.
pub(crate) fn machine(wall_seconds: f64) -> Machine {
    Machine {
        commit: commit().unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rustc: env!("LAB_RUSTC").to_owned(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        processor: processor().unwrap_or_default(),
        wall_seconds,
    }
}

/// The commit checked out here, `-dirty` when sources differ from it; `None` outside a checkout.
fn commit() -> Option<String> {
    let git = |arguments: &[&str]| {
        let out = Command::new("git").args(arguments).output().ok()?;
        out.status.success().then(|| String::from_utf8_lossy(&out.stdout).trim().to_owned())
    };
    let hash = git(&["rev-parse", "--short=12", "HEAD"])?;
    // Results and notebooks are made from the source: they may differ while they are being made.
    let changes = git(&["status", "--porcelain", "--", ":/", ":!/results", ":!/notebooks"])?;
    Some(if changes.is_empty() { hash } else { hash + "-dirty" })
}

/// The processor's name as Linux tells it.
fn processor() -> Option<String> {
    let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = text.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
