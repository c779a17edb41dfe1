//! Numbers as a text prints them.

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

use crate::page::markdown::OPTIONS;

/// A number in a text, with the precision to which it is printed.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The number as it stands in the text, e.g. `54 391`, `-3.5`, `1e-10` or `12 %`.
    pub text: String,
    /// Its value; `12 %` is 12 here, see [`Number::percent`].
    pub value: f64,
    /// To which place it is printed.
    pub precision: Precision,
    /// Whether a percent sign follows.
    pub percent: bool,
}

/// The place to which a number is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// Digits after the point: 2 for `0.98`, 0 for `54 391`.
    Decimals(usize),
    /// Digits after the first one of a number with a power of ten: 1 for `1.2e-10`.
    Significant(usize),
}

impl Number {
    /// Whether `value`, rounded to the place to which this number is printed, is this number.
    ///
    /// A percentage matches the percentage and the fraction: `12 %` is 12.3 as well as 0.123. A value
    /// half way between two printed numbers matches both. The sign counts.
    pub fn matches(&self, value: f64) -> bool {
        self.prints(value) || (self.percent && self.prints(100.0 * value))
    }

    fn prints(&self, value: f64) -> bool {
        // `{:.n}` rounds the binary fraction exactly: 2.675 is below its half, 0.125 is on it.
        let slack = 1e-12;
        value.is_finite()
            && self.value.is_finite()
            && [value * (1.0 - slack), value, value * (1.0 + slack)].iter().any(|&v| {
                let printed = match self.precision {
                    Precision::Decimals(n) => format!("{v:.n$}"),
                    Precision::Significant(n) => format!("{v:.n$e}"),
                };
                printed.parse() == Ok(self.value)
            })
    }
}

/// The numbers in a Markdown text.
///
/// - `1675`, `0.98`, `.5`, `-3.5` with a hyphen or a minus sign; `12 %` and `12%`.
/// - Groups of three digits: `54 391` with any kind of space, `54,391` and `54_391`.
/// - Powers of ten: `1e-10`, `2.5E6`, `10^-6`, `3 × 10^-6`, `3·10⁻⁶`.
/// - A unit may follow without a space: `5ms`, `10x`.
///
/// Not read: code spans and blocks, formulas, digits of a name (`RK4`, `x_1`, `RK-4`, `4x4`), what is
/// a word (`3D`, `2nd`), versions (`1.2.3`), exponents and powers of another base (`x^2`, `2^10`).
pub fn numbers(markdown: &str) -> Vec<Number> {
    let mut found = Vec::new();
    // One text per paragraph or cell: emphasis may split `**-3.5** %` into several events.
    let mut text = String::new();
    let mut code_blocks = 0;
    for event in Parser::new_ext(markdown, OPTIONS) {
        match event {
            Event::Start(Tag::CodeBlock(_)) => code_blocks += 1,
            Event::End(TagEnd::CodeBlock) => code_blocks -= 1,
            Event::Text(t) if code_blocks == 0 => text.push_str(&t),
            Event::Html(t) | Event::InlineHtml(t) => text.push_str(&t),
            // A letter, so that the digits that touch a formula or code count as part of a name.
            Event::Code(_) | Event::InlineMath(_) | Event::DisplayMath(_) => text.push('x'),
            Event::SoftBreak | Event::HardBreak => text.push('\n'),
            Event::End(tag) if !is_inline(tag) => scan(&std::mem::take(&mut text), &mut found),
            _ => {}
        }
    }
    scan(&text, &mut found);
    found
}

fn is_inline(tag: TagEnd) -> bool {
    matches!(tag, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Link | TagEnd::Image)
}

/// Appends the numbers of a plain text to `found`.
fn scan(text: &str, found: &mut Vec<Number>) {
    let chars: Vec<char> = text.chars().collect();
    let mut at = 0;
    while at < chars.len() {
        let here = Cursor { chars: &chars, at };
        if is_name(chars[at]) || chars[at] == '.' {
            let (number, next) = read(here);
            found.extend(number);
            at = next.max(at + 1);
        } else {
            at += 1;
        }
    }
}

/// What may stand in a name.
fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn is_minus(c: char) -> bool {
    matches!(c, '-' | '\u{2212}')
}

/// A place in a text.
#[derive(Clone, Copy)]
struct Cursor<'a> {
    chars: &'a [char],
    at: usize,
}

impl Cursor<'_> {
    /// The character `offset` places on.
    fn peek(&self, offset: isize) -> Option<char> {
        self.at.checked_add_signed(offset).and_then(|i| self.chars.get(i)).copied()
    }

    fn skip(&mut self, what: impl Fn(char) -> bool) -> bool {
        let hit = self.peek(0).is_some_and(what);
        self.at += usize::from(hit);
        hit
    }

    /// Reads a run of digits into `out`; how many.
    fn digits(&mut self, out: &mut String) -> usize {
        let before = out.len();
        while let Some(c) = self.peek(0).filter(char::is_ascii_digit) {
            out.push(c);
            self.at += 1;
        }
        out.len() - before
    }

    /// Whether a separator and three digits, not four, come next.
    fn group_ahead(&self) -> bool {
        let digit = |i| self.peek(i).is_some_and(|c| c.is_ascii_digit());
        let separator = |c: char| (c.is_whitespace() && c != '\n') || matches!(c, ',' | '_');
        self.peek(0).is_some_and(separator) && (1..4).all(digit) && !digit(4)
    }

    /// The exponent of a power of ten that comes next: `e-10`, or `^-6` and `⁻⁶` after a `10`.
    fn exponent(&mut self, letter: bool) -> Option<String> {
        const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
        let start = self.at;
        let mut power = String::new();
        if self.skip(|c| if letter { matches!(c, 'e' | 'E') } else { c == '^' }) {
            if self.skip(is_minus) {
                power.push('-');
            } else {
                self.skip(|c| c == '+');
            }
            if self.digits(&mut power) > 0 {
                return Some(power);
            }
        } else if !letter {
            if self.skip(|c| c == '⁻') {
                power.push('-');
            }
            let before = power.len();
            while let Some(d) = self.peek(0).and_then(|c| RAISED.iter().position(|&r| r == c)) {
                power.push_str(&d.to_string());
                self.at += 1;
            }
            if power.len() > before {
                return Some(power);
            }
        }
        self.at = start;
        None
    }

    /// Reads `× 10` (or `x`, `·`, `*`) when a power follows it; the exponent.
    fn times_power(&mut self) -> Option<String> {
        let start = self.at;
        self.skip(|c| c == ' ' || c == '\u{a0}');
        if self.skip(|c| matches!(c, '×' | '·' | 'x' | '*')) {
            self.skip(|c| c == ' ' || c == '\u{a0}');
            if self.skip(|c| c == '1')
                && self.skip(|c| c == '0')
                && let Some(power) = self.exponent(false)
            {
                return Some(power);
            }
        }
        self.at = start;
        None
    }
}

/// The number or the name that begins at `here`, where a letter, a digit, `_` or `.` stands; and where it ends.
fn read(here: Cursor<'_>) -> (Option<Number>, usize) {
    let mut end = here;
    let before = here.peek(-1);
    let starts_number = match here.peek(0) {
        Some('.') => here.peek(1).is_some_and(|c| c.is_ascii_digit()),
        Some(c) => c.is_ascii_digit(),
        None => false,
    };
    // What hangs on a name or on another number is not a number of its own: `RK-4`, `x^2`, `1.2.3`.
    let hangs = match before {
        Some('^' | '.') => true,
        Some(c) if is_minus(c) => here.peek(-2).is_some_and(|c| c.is_alphabetic() || c == '^'),
        Some(c) => is_name(c),
        None => false,
    };
    if !starts_number || hangs {
        while end.skip(is_name) {}
        return (None, end.at);
    }

    let negative = before.is_some_and(is_minus) && !here.peek(-2).is_some_and(is_name);
    let mut digits = String::from(if negative { "-" } else { "" });
    let whole = end.digits(&mut digits);
    if (1..=3).contains(&whole) && here.peek(0) != Some('0') {
        while end.group_ahead() {
            end.at += 1;
            end.digits(&mut digits);
        }
    }
    let mut decimals = 0;
    if end.peek(0) == Some('.') && end.peek(1).is_some_and(|c| c.is_ascii_digit()) {
        end.at += 1;
        digits.push('.');
        decimals = end.digits(&mut digits);
    }

    let ten = digits.trim_start_matches('-') == "10";
    let power = end.exponent(true).or_else(|| end.times_power());
    let of_ten = if ten && power.is_none() { end.exponent(false) } else { None };
    let precision = match (&power, &of_ten) {
        (None, None) => Precision::Decimals(decimals),
        (None, Some(_)) => Precision::Significant(0),
        _ => {
            let mantissa = digits.chars().filter(char::is_ascii_digit).collect::<String>();
            let significant = mantissa.trim_start_matches('0').len();
            Precision::Significant(significant.saturating_sub(1))
        }
    };
    if of_ten.is_some() {
        digits.truncate(digits.len() - 1); // 10^-6 is 1e-6
    }
    if let Some(power) = power.or(of_ten) {
        digits = format!("{digits}e{power}");
    }

    if !ends(&mut end) {
        return (None, end.at);
    }
    let mut after = end;
    after.skip(char::is_whitespace);
    let percent = after.skip(|c| c == '%');
    let last = if percent { after.at } else { end.at };
    let first = here.at - usize::from(negative);
    let number = digits.parse().ok().map(|value| Number {
        text: here.chars[first..last].iter().collect(),
        value,
        precision,
        percent,
    });
    (number, last)
}

/// Whether a number can end at `end`; moves past the unit, or the rest of the word, that touches it.
fn ends(end: &mut Cursor<'_>) -> bool {
    // A version's next point, or a power of a base that is not ten.
    let digit_after = end.peek(1).is_some_and(|c| c.is_ascii_digit());
    if end.peek(0) == Some('^') || (end.peek(0) == Some('.') && digit_after) {
        while end.skip(|c| is_name(c) || c == '.' || c == '^' || is_minus(c)) {}
        return false;
    }
    let start = end.at;
    let mut unit = *end;
    while unit.skip(is_name) {}
    let word: String = unit.chars[start..unit.at].iter().collect();
    let is_word = matches!(word.as_str(), "st" | "nd" | "rd" | "th" | "D" | "d");
    if is_word || !word.chars().all(char::is_alphabetic) {
        end.at = unit.at;
        return false;
    }
    true
}
