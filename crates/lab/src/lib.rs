//! The bench of the experiments.

pub mod figure;
pub mod record;
