//! Runs every experiment in one process, several at a time, and writes `results/index.html`.

include!(concat!(env!("OUT_DIR"), "/experiments.rs"));

fn main() -> std::process::ExitCode {
    lab::all::main(experiments())
}
