//! One function, many readings: what else the text of a model says besides its value.
//!
//! | reading | gives | cost |
//! | --- | --- | --- |
//! | [`Dual`] | value and gradient: [`gradient`] | n/8 passes of 9 numbers |
//! | a [`Dual`] of a [`Dual`] | the Hessian times a vector: [`product`] | n/8 passes of 18 numbers |
//! | [`Jet`] | value, gradient and Hessian: [`hessian`] | one pass of 73 numbers for n up to 8, n²/32 beyond |
//! | [`Sparsity`] | which inputs an output depends on, and which pairs of them it bends with: [`sparsity()`] | one pass of 65 words for n up to 64 |

mod dual;
mod jet;
mod sparsity;

pub(crate) use dual::tanh_slope;
pub use dual::{Dual, gradient, product};
pub use jet::{Jet, hessian};
pub(crate) use jet::{functions_by_chain_rule, slopes_of_atan2};
pub use sparsity::{Pattern, Sparsity, sparsity};
