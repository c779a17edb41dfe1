//! Trajectories as tables of numbers.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{self, Write as _};

use crate::{Quantity, Trajectory};

/// What is wrong with a table, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct CsvError {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl core::error::Error for CsvError {}

impl<const NX: usize, const NU: usize> Trajectory<NX, NU> {
    /// One row for each knot, time first, then states, then controls; the last row has no controls.
    ///
    /// Numbers are written so that [`from_csv`](Self::from_csv) reads back the same ones, to the last bit.
    ///
    /// ```
    /// use swingup::{Quantity, Trajectory};
    ///
    /// let plan = Trajectory { states: vec![[0.0, 1.0], [0.1, 0.9]], controls: vec![[-1.0]] };
    /// let [x, v, a] = [("x", "m"), ("v", "m/s"), ("a", "m/s²")].map(|(name, unit)| Quantity::new(name, unit));
    /// let table = plan.to_csv(0.1, &[x, v], &[a]);
    /// assert_eq!(table, "t,x,v,a\n0,0,1,-1\n0.1,0.1,0.9,\n");
    /// assert_eq!(Trajectory::from_csv(&table)?, plan);
    /// # Ok::<(), swingup::trajectory::CsvError>(())
    /// ```
    pub fn to_csv(&self, step: f64, states: &[Quantity; NX], controls: &[Quantity; NU]) -> String {
        let mut table = String::from("t");
        for quantity in states.iter().chain(controls) {
            table.push(',');
            table.push_str(quantity.name);
        }
        for (k, x) in self.states.iter().enumerate() {
            // Writing to a string cannot fail.
            let _ = write!(table, "\n{}", k as f64 * step);
            for value in x {
                let _ = write!(table, ",{value}");
            }
            for j in 0..NU {
                let _ = match self.controls.get(k) {
                    Some(u) => write!(table, ",{}", u[j]),
                    None => write!(table, ","),
                };
            }
        }
        table.push('\n');
        table
    }

    /// Reads such a table: a line of names, then rows of `1 + NX + NU` numbers, the controls of the last one empty or left
    /// unused. The times are not kept.
    ///
    /// # Errors
    /// At the first line that has another number of columns, or a number that is missing, malformed or not finite.
    pub fn from_csv(table: &str) -> Result<Self, CsvError> {
        let error = |line: usize, what: String| CsvError { line: line + 1, what };
        let mut rows = table.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).skip(1).peekable();
        let (mut states, mut controls) = (Vec::new(), Vec::new());
        while let Some((line, row)) = rows.next() {
            let last = rows.peek().is_none();
            let columns = row.split(',').count();
            if columns != 1 + NX + NU {
                return Err(error(line, alloc::format!("{columns} columns, not {}", 1 + NX + NU)));
            }
            let mut state = [0.0; NX];
            let mut control = [0.0; NU];
            for (column, text) in row.split(',').map(str::trim).enumerate() {
                if last && column > NX && text.is_empty() {
                    continue;
                }
                let value: f64 = match text.parse() {
                    Ok(value) if f64::is_finite(value) => value,
                    _ => {
                        return Err(error(
                            line,
                            alloc::format!("`{text}` in column {} is no finite number", column + 1),
                        ));
                    }
                };
                match column {
                    0 => (),
                    c if c <= NX => state[c - 1] = value,
                    c => control[c - 1 - NX] = value,
                }
            }
            states.push(state);
            if !last {
                controls.push(control);
            }
        }
        if states.is_empty() { Err(error(0, "no rows".into())) } else { Ok(Trajectory { states, controls }) }
    }
}
