//! Benchmark problems with known solutions, as the tests have them.
//!
//! They are part of the program, because neither an installed program nor a notebook's kernel has the folder of the tests.

use serde_json::Value;

/// A matrix, row by row.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// Number of rows.
    pub rows: usize,
    /// Number of columns.
    pub columns: usize,
    /// The entries, row by row.
    pub entries: Vec<f64>,
}

/// A Riccati equation `A'X + XA - XBR⁻¹B'X + Q = 0` with its stabilizing solution.
#[derive(Clone, Debug, PartialEq)]
pub struct RiccatiExample {
    /// Its number in the collection, e.g. `2.7`.
    pub number: String,
    /// A (n × n), B (n × m), Q (n × n) and R (m × m).
    pub problem: [Matrix; 4],
    /// X to double precision, or its leading block.
    pub solution: Matrix,
    /// Kenney and Hewer's condition in the units of the example; none where no solution stabilizes.
    pub condition: Option<f64>,
    /// Relative error of SciPy 1.17.1's `solve_continuous_are`, Frobenius; none where no solution stabilizes.
    pub scipy: Option<f64>,
}

/// The parametric examples of CAREX 2.0 (Abels, Benner 1999), solved in 400 bits and more.
pub fn carex() -> Vec<RiccatiExample> {
    let text = include_str!("../../../tests/data/lqr_carex.json");
    let scipy: Value = serde_json::from_str(include_str!("../../../tests/data/lqr_scipy.json")).expect("JSON");
    let examples: Vec<Value> = serde_json::from_str(text).expect("JSON");
    let example = |example: &Value| {
        let id = example["id"].as_str().expect("an id");
        RiccatiExample {
            number: id.trim_start_matches("carex-").into(),
            problem: ["A", "B", "Q", "R"].map(|name| matrix(&example[name])),
            solution: matrix(&example["X"]),
            condition: example["cond_kenney_hewer"].as_f64(),
            scipy: scipy["solve_continuous_are"][id].as_f64(),
        }
    };
    examples.iter().map(example).collect()
}

fn matrix(value: &Value) -> Matrix {
    let number = |value: &Value| value.as_f64().expect("a number");
    let [rows, columns] = [0, 1].map(|i| number(&value["shape"][i]) as usize);
    let mut entries = vec![0.0; rows * columns];
    if let Some(data) = value["data"].as_array() {
        entries = data.iter().map(number).collect();
    }
    for entry in value["triplets"].as_array().into_iter().flatten() {
        let [row, column] = [0, 1].map(|i| number(&entry[i]) as usize);
        entries[row * columns + column] = number(&entry[2]);
    }
    Matrix { rows, columns, entries }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_collection_is_whole() {
        let all = super::carex();
        assert_eq!(all.len(), 15);
        for example in all {
            let [a, b, q, r] = &example.problem;
            let shapes = [a, b, q, r].map(|m| (m.rows, m.columns));
            assert_eq!(shapes, [(a.rows, a.rows), (a.rows, b.columns), (a.rows, a.rows), (b.columns, b.columns)]);
            assert!([a, b, q, r, &example.solution].iter().all(|m| m.entries.len() == m.rows * m.columns));
            assert_eq!(example.condition.is_some(), example.number != "2.5");
            assert_eq!(example.scipy.is_some(), example.condition.is_some());
        }
    }
}
