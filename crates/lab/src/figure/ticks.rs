//! Round numbers along an axis, and how they are written.

use super::{Scale, span::Span};

/// The marks along an axis, in the span's own coordinate.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Ticks {
    /// Where a label stands, with the label.
    pub(super) labelled: Vec<(f64, String)>,
    /// Short marks between them.
    pub(super) minor: Vec<f64>,
}

/// At most `most >= 2` labels at round numbers inside the span.
pub(super) fn ticks(span: &Span, most: usize) -> Ticks {
    match span.scale {
        Scale::Linear => {
            let (step, values) = round_numbers(span.lo, span.hi, most);
            let labelled = values.iter().map(|&v| (v, number(v, step, span))).collect();
            Ticks { labelled, minor: Vec::new() }
        }
        Scale::Log => logarithmic(span, most),
    }
}

/// The step 1, 2 or 5 times a power of ten with the most multiples in `lo..=hi` that are not more than `most`.
pub(super) fn round_numbers(lo: f64, hi: f64, most: usize) -> (f64, Vec<f64>) {
    let rough = (0.5 * hi - 0.5 * lo) * (2.0 / most as f64);
    let mut exponent = rough.log10().floor() as i32;
    for mantissa in [1.0, 2.0, 5.0].into_iter().cycle().take(9) {
        // Parsed, because the product of 2 and 10^-1 has rounding where 2e-1 has none.
        let step: f64 = format!("{mantissa}e{exponent}").parse().unwrap_or(f64::INFINITY);
        if mantissa == 5.0 {
            exponent += 1;
        }
        let (first, last) = ((lo / step - 1e-9).ceil(), (hi / step + 1e-9).floor());
        let count = last - first + 1.0;
        if step.is_finite() && step > 0.0 && count <= most as f64 {
            let values = (0..count.max(0.0) as usize).map(|k| (first + k as f64) * step);
            // Adding 0 turns -0 into 0.
            return (step, values.filter(|v| v.is_finite()).map(|v| v + 0.0).collect());
        }
    }
    (1.0, Vec::new())
}

fn logarithmic(span: &Span, most: usize) -> Ticks {
    let (first, last) = (span.lo - 1e-9, span.hi + 1e-9);
    let exponents = |step: i32| {
        let step = f64::from(step);
        let (from, to) = ((first / step).ceil(), (last / step).floor());
        (0..(to - from + 1.0).max(0.0) as usize).map(move |k| ((from + k as f64) * step) as i32)
    };
    let ones = |mantissas: &'static [f64]| {
        let decades = (first.floor() as i32)..=(last.floor() as i32);
        decades
            .flat_map(|e| mantissas.iter().map(move |m| (f64::from(e) + m.log10(), *m, e)))
            .filter(|(c, ..)| (first..=last).contains(c))
    };
    let decades = exponents(1).count();
    if decades < 2 {
        let few: &[f64] = &[1., 2., 5.];
        let many: &[f64] = &[1., 2., 3., 4., 5., 6., 7., 8., 9.];
        for mantissas in [many, few] {
            let marks: Vec<_> = ones(mantissas).collect();
            if (2..=most).contains(&marks.len()) {
                let labelled = marks.into_iter().map(|(c, m, e)| (c, round_value(m, e))).collect();
                return Ticks { labelled, minor: ones(many).map(|(c, ..)| c).collect() };
            }
        }
        let value = Span { scale: Scale::Linear, lo: 10f64.powf(span.lo), hi: 10f64.powf(span.hi) };
        let (step, values) = round_numbers(value.lo, value.hi, most);
        let labelled = values.iter().filter(|v| **v > 0.0);
        return Ticks {
            labelled: labelled.map(|&v| (v.log10(), number(v, step, &value))).collect(),
            minor: Vec::new(),
        };
    }
    let steps = [1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 25, 50, 100, 200, 250];
    let step = steps.into_iter().find(|s| exponents(*s).count() <= most).unwrap_or(500);
    let minor = match step {
        1 if decades <= 6 => ones(&[2., 3., 4., 5., 6., 7., 8., 9.]).map(|(c, ..)| c).collect(),
        2..=10 => exponents(1).map(f64::from).collect(),
        _ => Vec::new(),
    };
    Ticks { labelled: exponents(step).map(|e| (f64::from(e), power(e))).collect(), minor }
}

/// `10⁻⁴`.
fn power(exponent: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let raise = |c: char| c.to_digit(10).map_or('⁻', |d| DIGITS[d as usize]);
    "10".chars().chain(exponent.to_string().chars().map(raise)).collect()
}

/// `mantissa * 10^exponent` with a mantissa of one digit.
fn round_value(mantissa: f64, exponent: i32) -> String {
    match exponent {
        0..=3 => format!("{}", mantissa * 10f64.powi(exponent)),
        -3..0 => {
            format!("{:.*}", exponent.unsigned_abs() as usize, mantissa * 10f64.powi(exponent))
        }
        _ if mantissa == 1.0 => power(exponent),
        _ => format!("{mantissa}×{}", power(exponent)),
    }
}

/// A multiple of `step` with the digits that tell it from its neighbours: `−0.05`, `2.5×10⁻⁷`.
fn number(value: f64, step: f64, span: &Span) -> String {
    let place = (step.log10() + 1e-9).floor() as i32;
    let largest = span.lo.abs().max(span.hi.abs());
    let text = if value == 0.0 {
        "0".to_string()
    } else if largest < 1e5 && place >= -4 {
        format!("{value:.*}", (-place).max(0) as usize)
    } else {
        let own = (value.abs().log10() + 1e-9).floor() as i32;
        let digits = (own - place).clamp(0, 15) as usize;
        let text = format!("{value:.digits$e}");
        match text.split_once('e').map(|(mantissa, e)| (mantissa, e.parse().unwrap_or(0))) {
            Some(("1", e)) => power(e),
            Some(("-1", e)) => format!("-{}", power(e)),
            Some((mantissa, e)) => format!("{mantissa}×{}", power(e)),
            None => text,
        }
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: Scale, lo: f64, hi: f64) -> Vec<String> {
        ticks(&Span { scale, lo, hi }, 6).labelled.into_iter().map(|(_, label)| label).collect()
    }

    #[test]
    fn labels_are_round_and_few() {
        assert_eq!(labels(Scale::Linear, -0.1, 1.05), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(Scale::Linear, -3e-7, 3e-7), ["−2×10⁻⁷", "0", "2×10⁻⁷"]);
        assert_eq!(labels(Scale::Linear, 0.0, 4e5), ["0", "10⁵", "2×10⁵", "3×10⁵", "4×10⁵"]);
        assert_eq!(labels(Scale::Log, -12.2, 0.1), ["10⁻¹²", "10⁻⁹", "10⁻⁶", "10⁻³", "10⁰"]);
        assert_eq!(labels(Scale::Log, 0.2, 0.9), ["2", "3", "4", "5", "6", "7"]);
    }

    #[test]
    fn every_span_has_between_two_and_six_labels() {
        for scale in [Scale::Linear, Scale::Log] {
            for middle in [0.0, 1.0, -7.3, 123.456] {
                for exponent in -6..3 {
                    let reach = 3.7 * 10f64.powi(exponent);
                    let labels = labels(scale, middle - reach, middle + reach);
                    assert!((2..=6).contains(&labels.len()), "{scale:?} {middle}+-{reach}: {labels:?}");
                    let mut unique = labels.clone();
                    unique.dedup();
                    assert_eq!(unique, labels);
                }
            }
        }
        for (lo, hi) in [(f64::MIN, f64::MAX), (-1e300, 1e-300), (0.0, 5e-324), (1e16, 1e16 + 4.0)] {
            assert!(labels(Scale::Linear, lo, hi).len() <= 6);
        }
        assert_eq!(labels(Scale::Log, -300.0, 300.0), ["10⁻²⁰⁰", "10⁰", "10²⁰⁰"]);
    }
}
