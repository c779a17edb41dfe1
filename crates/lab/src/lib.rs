//! The bench of the experiments.

pub mod record;
