//! Makes `notebooks/*.ipynb` from the experiments' files.

fn main() -> std::process::ExitCode {
    lab::notebook::main(include!(concat!(env!("OUT_DIR"), "/sources.rs")))
}
