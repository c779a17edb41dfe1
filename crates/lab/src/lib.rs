//! The bench of the experiments.
//!
//! An experiment is one file: a story in its `//!` head, flags with the story's values as defaults, and a function
//! that works at a [`Lab`]. The bench turns it into a program ([`main`]), a folder of figures and data, a line in the
//! program that runs them all ([`all`]), a chapter of a page ([`page`](mod@page)) and a notebook ([`notebook`]).
//!
//! ```no_run
//! //! # Does halving halve?
//! //! **Question.** ..  **Maths.** ..  **Figure.** ..  **Finding.** It does, in 3 steps.
//! use lab::Lab;
//! use lab::figure::{Axis, Figure, Panel};
//!
//! #[derive(Debug, clap::Args)]
//! pub struct Args {
//!     /// Number of halvings
//!     #[arg(long, default_value_t = 3, value_parser = lab::flags::count)]
//!     steps: usize,
//! }
//!
//! pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
//!     // ## Halve
//!     let errors: Vec<f64> = (0..=args.steps).map(|k| 0.5_f64.powi(k as i32)).collect();
//!     lab.record("steps", args.steps as f64)?;
//!     lab.claim("every step halves the error", errors.windows(2).all(|e| e[1] == 0.5 * e[0]))?;
//!
//!     // ## Show
//!     let points = errors.iter().enumerate().map(|(k, &e)| (k as f64, e));
//!     let panel = Panel::new("").x(Axis::linear("step")).y(Axis::log("error")).line("halving", points);
//!     lab.figure(Figure::new("halving", "Every step halves the error").panel(panel))?;
//!     Ok(())
//! }
//!
//! fn main() -> std::process::ExitCode {
//!     lab::main("exp_halving", "the text of this file, by include_str!", run)
//! }
//! ```

pub mod all;
pub mod animation;
mod bench;
mod error;
mod experiment;
pub mod figure;
pub mod flags;
pub mod notebook;
pub mod page;
pub mod peers;
mod progress;
mod provenance;
pub mod record;
pub mod reference;
mod run_folder;
pub mod story;
mod terminal;

pub use bench::Lab;
pub use error::{Error, Result, Usage};
pub use experiment::{Experiment, main};
pub use flags::defaults;
pub use progress::Progress;
