//! What several tests need: reference data and numbers that look random.

/// A file of references from other tools.
#[allow(dead_code, reason = "not every test has one")]
pub fn data(name: &str) -> String {
    let path = format!("{}/../../tests/data/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Knuth's linear congruential generator.
#[allow(dead_code, reason = "not every test needs one")]
pub struct Random(pub u64);

#[allow(dead_code, reason = "not every test needs one")]
impl Random {
    /// The next number, in [0, 1).
    pub fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}
