//! A bar for work that takes longer than a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// How far a loop has come. It shows itself after a second, on a terminal only, and goes away when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    since: Instant,
    waiting: bool,
}

impl Progress {
    /// A bar of `total` steps that stays silent when `visible` is false.
    pub(crate) fn new(what: &str, total: usize, visible: bool) -> Self {
        let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::hidden());
        let style = ProgressStyle::with_template("  {msg} {bar:30} {pos}/{len}, {eta} left");
        bar.set_style(style.expect("a fixed template"));
        bar.set_message(what.to_owned());
        Progress { bar, since: Instant::now(), waiting: visible }
    }

    /// One step done.
    pub fn step(&mut self) {
        if self.waiting && self.since.elapsed() > Duration::from_secs(1) {
            // Hides itself where standard error is not a terminal.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.waiting = false;
        }
        self.bar.inc(1);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
