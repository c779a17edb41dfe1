//! What a run leaves behind beside its figures: `run.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The format of `run.json` that is written here. A new field with a harmless default needs no new one.
pub const FORMAT: u32 = 1;

/// The record of one run of one experiment.
///
/// `parameters`, `numbers` and `claims` must come out the same wherever the same command runs; `speeds`
/// and `machine` belong to the machine.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    /// Which [`FORMAT`] this is; 0 from before it was written down.
    #[serde(default)]
    pub format: u32,
    /// Name of the program, e.g. `exp_polyak`.
    pub experiment: String,
    /// Every flag of the experiment with the value it had.
    #[serde(default)]
    pub parameters: BTreeMap<String, Value>,
    /// Seed of every random number in the run.
    pub seed: u64,
    /// Whether this was the short version (`--quick`).
    pub quick: bool,
    /// Recorded numbers, by name.
    #[serde(default)]
    pub numbers: BTreeMap<String, f64>,
    /// Sentences of the finding that were put to the test.
    #[serde(default)]
    pub claims: Vec<Claim>,
    /// The figures, in the order in which the story shows them.
    #[serde(default)]
    pub figures: Vec<FigureRecord>,
    /// Measured times and rates: true of this machine only.
    #[serde(default)]
    pub speeds: BTreeMap<String, Speed>,
    /// Where and from what the run was made.
    #[serde(default)]
    pub machine: Machine,
}

/// A sentence that a number decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The sentence.
    pub sentence: String,
    /// Whether it held in this run.
    pub holds: bool,
}

/// A figure in the run folder: `<name>.svg`, `<name>-dark.svg`, `<name>.png` and `<name>.csv`; a film is
/// `<name>.svg` and perhaps `<name>-dark.svg`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FigureRecord {
    /// Stem of its files.
    pub name: String,
    /// What it shows, in one line.
    pub title: String,
    /// What to see in it.
    #[serde(default)]
    pub caption: String,
    /// What of a program to read below it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Whether it moves.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub film: bool,
}

/// A measured speed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Speed {
    /// The measured value.
    pub value: f64,
    /// Its unit, e.g. `us`.
    pub unit: String,
}

/// Provenance of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Machine {
    /// Commit of the source, with `-dirty` when the tree had changes; empty outside a checkout.
    pub commit: String,
    /// Version of the program.
    pub version: String,
    /// Compiler that built it.
    pub rustc: String,
    /// How it was compiled, e.g. `release, opt-level 3`: speeds mean little without it.
    pub profile: String,
    /// Operating system and architecture.
    pub platform: String,
    /// Name of the processor, where the system tells it.
    pub processor: String,
    /// Wall time of the run in seconds.
    pub wall_seconds: f64,
}
