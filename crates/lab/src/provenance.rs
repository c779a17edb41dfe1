//! Where and from what a run was made.

use std::path::Path;
use std::process::Command;

use crate::record::Machine;

/// This machine and this source, for a run that begins.
pub(crate) fn machine() -> Machine {
    Machine {
        commit: commit().unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rustc: env!("LAB_RUSTC").to_owned(),
        profile: profile(),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        processor: processor().unwrap_or_default(),
        wall_seconds: 0.0,
    }
}

/// How this program was compiled.
fn profile() -> String {
    let assertions = if cfg!(debug_assertions) { ", debug assertions" } else { "" };
    format!("{}, opt-level {}{assertions}", env!("LAB_PROFILE"), env!("LAB_OPT_LEVEL"))
}

/// The commit checked out where the sources are, `-dirty` when they differ from it; `None` outside a checkout, or when
/// the sources are gone.
fn commit() -> Option<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let git = |arguments: &[&str]| {
        let out = Command::new("git").arg("-C").arg(sources).args(arguments).output().ok()?;
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
