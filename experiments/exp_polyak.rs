//! # When is knowing the best value worth as much as knowing the curvature?
//!
//! **Question.** x
//!
//! **Maths.** $x$
//!
//! **Figure.** x
//!
//! **Finding.** x

use lab::Lab;

/// Flags of this experiment.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Steps
    #[arg(long, default_value_t = 100, value_parser = lab::flags::count)]
    steps: usize,
}

impl Default for Args {
    fn default() -> Self {
        lab::defaults()
    }
}

/// Runs it.
pub fn run(args: Args, lab: &mut Lab) -> lab::Result {
    // ## A
    lab.record("x", args.steps as f64)?;

    Ok(())
}

fn main() -> std::process::ExitCode {
    lab::main(env!("CARGO_BIN_NAME"), include_str!("exp_polyak.rs"), run)
}
