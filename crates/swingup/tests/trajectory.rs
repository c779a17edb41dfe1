//! A trajectory that is written and read is the same to the last bit, and a table that is none is refused with its line.

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use swingup::{Quantity, Single, Trajectory};

const STATES: [Quantity; 2] = [Quantity::new("x", "m"), Quantity::new("v", "m/s")];
const CONTROLS: [Quantity; 1] = [Quantity::new("a", "m/s²")];

/// Any finite number, of any size.
fn number(random: &mut StdRng) -> f64 {
    loop {
        let value = f64::from_bits(random.next_u64());
        if value.is_finite() {
            return value;
        }
    }
}

fn any(random: &mut StdRng, intervals: usize) -> Trajectory<2, 1> {
    let states = (0..=intervals).map(|_| [number(random), number(random)]).collect();
    let controls = (0..intervals).map(|_| [number(random)]).collect();
    Trajectory { states, controls }
}

#[test]
fn tables_keep_every_bit() {
    let mut random = StdRng::seed_from_u64(1);
    for intervals in 0..60 {
        let plan = any(&mut random, intervals);
        let table = plan.to_csv(0.1, &STATES, &CONTROLS);
        assert_eq!(Trajectory::from_csv(&table).unwrap(), plan);
        // As other programs write it: another line end, spaces, the last controls repeated.
        let foreign = table.replace('\n', "\r\n").replace(',', ", ");
        assert_eq!(Trajectory::from_csv(&foreign).unwrap(), plan);
    }
}

#[test]
fn serde_keeps_every_bit_and_refuses_other_shapes() {
    let mut random = StdRng::seed_from_u64(2);
    let plan = any(&mut random, 20);
    let text = serde_json::to_string(&plan).unwrap();
    assert_eq!(serde_json::from_str::<Trajectory<2, 1>>(&text).unwrap(), plan);
    let wrong = serde_json::from_str::<Trajectory<3, 1>>(&text).unwrap_err().to_string();
    assert!(wrong.contains("a row of 2 numbers, not 3"), "{wrong}");
}

#[test]
fn a_table_that_is_none_names_its_line() {
    for (table, says) in [
        ("", "line 1: no rows"),
        ("t,x,v,a\n", "line 1: no rows"),
        ("t,x,v,a\n0,1,2\n", "line 2: 3 columns, not 4"),
        ("t,x,v,a\n0,1,2,3\n0.1,1,two,3\n", "line 3: `two` in column 3 is no finite number"),
        ("t,x,v,a\n0,1,NaN,3\n1,1,1,1\n", "line 2: `NaN` in column 3 is no finite number"),
        ("t,x,v,a\n0,1,2,\n1,1,1,\n", "line 2: `` in column 4 is no finite number"),
    ] {
        assert_eq!(Trajectory::<2, 1>::from_csv(table).unwrap_err().to_string(), says);
    }
}

/// Damaged tables and plain noise: an error or a trajectory of finite numbers, never a panic.
#[test]
fn no_bytes_make_it_panic() {
    let mut random = StdRng::seed_from_u64(3);
    for round in 0..20_000 {
        let mut bytes = if round % 2 == 0 {
            any(&mut random, 3).to_csv(0.1, &STATES, &CONTROLS).into_bytes()
        } else {
            (0..random.random_range(0..80))
                .map(|_| b"0123456789.,-+eEinfNa\n\r \t\"\xc3\xa9"[random.random_range(0..28)])
                .collect()
        };
        for _ in 0..random.random_range(0..4) {
            if !bytes.is_empty() {
                let place = random.random_range(0..bytes.len());
                bytes[place] = random.next_u32() as u8;
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Ok(plan) = Trajectory::<2, 1>::from_csv(&text) {
            assert!(plan.states.as_flattened().iter().chain(plan.controls.as_flattened()).all(|v| v.is_finite()));
            assert_eq!(plan.states.len(), plan.controls.len() + 1);
        }
    }
}

#[test]
fn precisions_convert() {
    let plan: Trajectory<1, 1> = Trajectory { states: vec![[0.1], [0.5]], controls: vec![[1e-3]] };
    let single: Trajectory<1, 1, Single> = plan.convert();
    assert_eq!(single.states[0][0], Single(0.1));
    let back: Trajectory<1, 1> = single.convert();
    assert_eq!(back.states, [[f64::from(0.1_f32)], [0.5]]);
}

#[test]
fn serde_refuses_lengths_that_do_not_fit() {
    for text in [
        r#"{"states": [[1.0], [2.0]], "controls": [[1.0], [2.0]]}"#,
        r#"{"states": [[1.0], [2.0]], "controls": []}"#,
        r#"{"states": [], "controls": []}"#,
    ] {
        let wrong = serde_json::from_str::<Trajectory<1, 1>>(text).unwrap_err().to_string();
        assert!(wrong.contains("one state more than controls"), "{wrong}");
    }
}
