//! One function, many readings: what else the text of a model says besides its value.
//!
//! | reading | gives | cost |
//! | --- | --- | --- |
//! | [`Dual`] | value and gradient: [`gradient`] | n/8 passes of 9 numbers |
//! | [`Jet`] | value, gradient and Hessian: [`hessian`] | n²/32 passes of 73 numbers |

mod dual;
mod jet;

pub use dual::{Dual, gradient};
pub use jet::{Jet, hessian};
