//! What a linear system does: its poles, its samples, its responses, and what is left of a loop's stability.

mod crossings;
mod francis;
mod margins;
mod poles;
mod response;
mod sampled;
mod structure;

pub use margins::{GainCrossover, Margins, PhaseCrossover, margins, sampled_margins};
pub use poles::poles;
pub use response::{frequency_response, sampled_frequency_response, sampled_step_response, step_response};
pub(in crate::lqr) use response::{transfer, unit};
pub use sampled::zero_order_hold;
pub(in crate::lqr) use structure::lacks_rank;
pub use structure::{controllability, observability};
