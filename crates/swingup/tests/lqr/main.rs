//! The regulator and its Riccati equations, against references of hundreds of bits, laws, and brute force.

#[path = "../common/mod.rs"]
mod common;

mod cart_pole;
mod horizon;
mod latency;
mod laws;
mod plain;
mod random;
mod references;
