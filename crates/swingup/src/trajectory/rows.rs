//! Arrays of any length for serde, which knows those of up to 32 only.

use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub fn serialize<S: Serializer, R: Serialize, const N: usize>(
    rows: &[[R; N]],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(|row| &row[..]))
}

pub fn deserialize<'de, D: Deserializer<'de>, R: Deserialize<'de>, const N: usize>(
    deserializer: D,
) -> Result<Vec<[R; N]>, D::Error> {
    let wrong = |row: Vec<R>| D::Error::custom(alloc::format!("a row of {} numbers, not {N}", row.len()));
    let rows: Vec<Vec<R>> = Vec::deserialize(deserializer)?;
    rows.into_iter().map(|row| row.try_into().map_err(wrong)).collect()
}
