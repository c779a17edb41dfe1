//! The bench of the experiments.

pub mod page;
pub mod record;
pub mod story;
