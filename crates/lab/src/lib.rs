//! The bench of the experiments.

pub mod animation;
pub mod figure;
pub mod record;
