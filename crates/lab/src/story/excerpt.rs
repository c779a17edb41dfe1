//! A function out of a program's text.

/// The first function of this name in `source`, from its `fn` to the brace below it, without the indentation that both have;
/// empty when there is none.
///
/// ```
/// let source = "impl Model {\n    #[inline]\n    fn xdot(x: f64) -> f64 {\n        -x\n    }\n}\n";
/// assert_eq!(lab::story::excerpt(source, "xdot"), "fn xdot(x: f64) -> f64 {\n    -x\n}");
/// assert_eq!(lab::story::excerpt(source, "energy"), "");
/// ```
///
/// The text is read as rustfmt leaves it: the last line of a function is a brace as far to the right as its first line.
pub fn excerpt(source: &str, function: &str) -> String {
    let begins = |line: &str| {
        let name =
            line.trim_start().trim_start_matches("pub ").strip_prefix("fn ").and_then(|l| l.strip_prefix(function));
        name.is_some_and(|rest| rest.starts_with(['(', '<']))
    };
    let lines: Vec<&str> = source.lines().skip_while(|line| !begins(line)).collect();
    let indent = lines.first().map_or(0, |line| line.len() - line.trim_start().len());
    let ends = |line: &&str| line.get(indent..) == Some("}");
    let length = lines.iter().position(ends).map_or(0, |last| last + 1);
    lines[..length].iter().map(|line| line.get(indent..).unwrap_or("")).collect::<Vec<_>>().join("\n")
}
