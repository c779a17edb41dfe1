//! Words to whoever listens: a reader that has gone away, as `| head` does, is no reason to lose a run.

use std::fmt::Arguments;
use std::io::{Write, stderr, stdout};

/// A line on standard output.
pub(crate) fn say(line: Arguments<'_>) {
    let _ = writeln!(stdout(), "{line}");
}

/// A line on standard error.
pub(crate) fn complain(line: Arguments<'_>) {
    let _ = writeln!(stderr(), "{line}");
}
