//! Stories are read whole or refused by name; numbers in a finding are found with their precision.

use lab::story::number::{Precision, numbers};
use lab::story::{Part, Story, StoryError};

const HEAD: &str = "\
//! # Does it fall?
//! **Question.** How long does a stone fall
//! from $h = 10$ m?
//!
//! And from 20 m?
//! **Maths.** $$h = \\tfrac12 g t^2$$
//! **Figure.** Height over time.
//! **Finding.** After 1.43 s.

use lab::Lab;
//! **Finding.** not part of the head
";

fn finding(text: &str) -> Story {
    let source = format!("//! # T\n//! **Question.** q **Maths.** m **Figure.** f **Finding.** {text}");
    Story::parse(&source).unwrap()
}

fn texts(markdown: &str) -> Vec<String> {
    numbers(markdown).into_iter().map(|number| number.text).collect()
}

fn value(markdown: &str) -> f64 {
    let found = numbers(markdown);
    assert_eq!(found.len(), 1, "{markdown:?}: {found:?}");
    found[0].value
}

#[test]
fn the_head_is_read_part_by_part() {
    let story = Story::parse(HEAD).unwrap();
    assert_eq!(story.title, "Does it fall?");
    assert_eq!(story.question, "How long does a stone fall\nfrom $h = 10$ m?\n\nAnd from 20 m?");
    assert_eq!(story.maths, "$$h = \\tfrac12 g t^2$$");
    assert_eq!(story.figure, "Height over time.");
    assert_eq!(story.finding, "After 1.43 s.");
    // What an editor may leave: a byte-order mark, Windows line ends, a licence comment, indentation.
    for source in [
        format!("\u{feff}{HEAD}"),
        HEAD.replace('\n', "\r\n"),
        format!("// Licence\n\n{HEAD}"),
        HEAD.replace("//!", "  //!"),
    ] {
        assert_eq!(Story::parse(&source).as_ref(), Ok(&story), "{source}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let parse = |from: &str, to: &str| Story::parse(&HEAD.replace(from, to)).unwrap_err();
    for part in [Part::Question, Part::Maths, Part::Figure, Part::Finding] {
        let marker = part.marker();
        let error = parse(marker, "");
        assert_eq!(error, StoryError::Missing(part));
        assert!(error.to_string().contains(marker), "{error}");
    }
    assert_eq!(parse("# Does it fall?", "Does it fall?"), StoryError::Missing(Part::Title));
    assert_eq!(parse("# Does it fall?", "## Does it fall?"), StoryError::Missing(Part::Title));
    assert_eq!(parse("# Does it fall?", "# "), StoryError::Empty(Part::Title));
    assert_eq!(parse("Height over time.", ""), StoryError::Empty(Part::Figure));
    assert_eq!(parse("Height", "**Maths.** Height"), StoryError::Repeated(Part::Maths));
    assert_eq!(parse("fall?\n", "fall?\n//! Well\n"), StoryError::Stray { text: "Well".into() });
    assert_eq!(Story::parse("fn main() {}"), Err(StoryError::NoHead));
    assert_eq!(Story::parse(""), Err(StoryError::NoHead));
    let early = HEAD.replace("**Maths.**", "**M**").replace("**Figure.**", "**Maths.**");
    assert_eq!(Story::parse(&early.replace("**M**", "**Figure.**")), Err(StoryError::OutOfOrder(Part::Figure)));
}

#[test]
fn numbers_are_found_as_they_are_printed() {
    let text = "Polyak takes 54 391 gradients, Nesterov 1\u{202f}675 or **2,210**; 12 % and 7% are lost, \
                at 0.98 or .5, down to 1e-10 (2.5E6 calls), -3.5 and \u{2212}4; 3-5 runs, 5ms, 10x.";
    assert_eq!(
        texts(text),
        [
            "54 391",
            "1\u{202f}675",
            "2,210",
            "12 %",
            "7%",
            "0.98",
            ".5",
            "1e-10",
            "2.5E6",
            "-3.5",
            "\u{2212}4",
            "3",
            "5",
            "5",
            "10"
        ]
    );
    assert_eq!(value("54 391 runs"), 54391.0);
    assert_eq!(value("to 1 234 567.25."), 1_234_567.25);
    assert_eq!(value("\u{2212}4"), -4.0);
    assert_eq!(value("(.5)"), 0.5);
    assert_eq!(value("3 × 10^-6"), 3e-6);
    assert_eq!(value("3.1·10⁻⁶"), 3.1e-6);
    assert_eq!(value("10^-6"), 1e-6);
    assert_eq!(value("10⁶"), 1e6);
    assert_eq!(value("12\n%"), 12.0);
    assert_eq!(texts("5 4391, 0 100"), ["5", "4391", "0", "100"]);
    assert_eq!(texts("1000\n200"), ["1000", "200"]);
    assert_eq!(texts("| a | b |\n|---|---|\n| 12 | 345 |"), ["12", "345"]);
}

#[test]
fn what_is_no_number_is_left_alone() {
    for text in [
        "`1e-10` and ``x[3]``",
        "$x_1 = 3$ and $$4$$",
        "RK4, f64, x_1, x1.5, RK-4, v0.1.0, 1.2.3, 4x4",
        "x^2, x^-2, 2^10, 10^k",
        "the 2nd 3D plot",
        "[here](https://a.b/12)",
        "    code 12",
        "```\n12\n```",
        "1. first",
        "$x$-3",
    ] {
        assert_eq!(numbers(text), [], "{text}");
    }
}

#[test]
fn a_value_matches_when_it_rounds_to_the_print() {
    let matches = |text: &str, value: f64| finding(text).finding_numbers()[0].matches(value);
    assert!(matches("0.98", 0.9849) && matches("0.98", 0.975) && matches("0.98", 0.985));
    assert!(!matches("0.98", 0.9851) && !matches("0.98", 0.9749) && !matches("0.98", -0.98));
    assert!(matches("54 391", 54391.4) && !matches("54 391", 54390.4));
    assert!(matches("1e-10", 1.49e-10) && matches("1e-10", 0.96e-10));
    assert!(!matches("1e-10", 0.6e-10) && !matches("1e-10", 1.51e-10));
    assert!(matches("1.2e-10", 1.24e-10) && !matches("1.2e-10", 1.26e-10));
    assert!(matches("12 %", 0.1234) && matches("12 %", 12.34) && !matches("12 %", 0.13));
    assert!(!matches("12", 0.12));
    assert!(matches("-3.5", -3.52) && !matches("-3.5", 3.52));
    assert!(matches("0", -0.1));
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX] {
        assert!(!matches("3", odd) && !matches("1e999", odd));
    }
    assert_eq!(numbers("3.10e5")[0].precision, Precision::Significant(2));
}

/// What is printed to n places matches itself at n places, whatever it is.
#[test]
fn prints_match_their_values() {
    let mut random = Random(7);
    for _ in 0..2000 {
        let value = (random.unit() - 0.5) * 10f64.powi(random.below(12) as i32 - 4);
        let places = random.below(6) as usize;
        for text in [format!("{value:.places$}"), format!("{value:.places$e}")] {
            let found = numbers(&format!("It is {text} m."));
            assert_eq!(found.len(), 1, "{text}");
            assert!(found[0].matches(value), "{text} against {value}: {:?}", found[0]);
        }
    }
}

#[test]
fn no_text_brings_the_readers_down() {
    const PIECES: [&str; 40] = [
        "//!",
        "//! # T\n",
        "**Question.**",
        "**Maths.**",
        "**Figure.**",
        "**Finding.**",
        "\n",
        " ",
        "$",
        "`",
        "12",
        "345",
        "0",
        "1e",
        "-",
        "\u{2212}",
        ".",
        ",",
        "_",
        "^",
        "%",
        "×",
        "10",
        "⁻⁶",
        "é",
        "𝒙",
        "\u{202f}",
        "e-10",
        "(",
        "x",
        "[a](b)",
        "<b>",
        "|",
        "*",
        "\r",
        "\u{0}",
        "999999999999999999999999",
        "#",
        "\\",
        "٣",
    ];
    let mut random = Random(1);
    for _ in 0..20_000 {
        let n = random.below(24);
        let text: String = (0..n).map(|_| PIECES[random.below(40) as usize]).collect();
        let _ = Story::parse(&text);
        for number in finding(&format!("f {}", text.replace("**", "").replace("//!", ""))).finding_numbers() {
            number.matches(number.value);
        }
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }
}
