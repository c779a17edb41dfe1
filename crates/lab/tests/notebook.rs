//! A notebook has every line of its experiment, in order, and no text whatever stops it from being made.

use lab::notebook::{Cell, cells};

/// A small generator of numbers that look random (splitmix64).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }

    /// Up to `most` of these, in any order.
    fn some(&mut self, from: &[&'static str], most: usize) -> Vec<&'static str> {
        (0..self.below(most + 1)).map(|_| from[self.below(from.len())]).collect()
    }
}

/// Lines that are not blank, without the spaces around them.
fn words<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    texts.into_iter().flat_map(str::lines).map(str::trim).filter(|line| !line.is_empty()).collect()
}

fn code(cells: &[Cell]) -> Vec<&str> {
    let code = cells.iter().filter_map(|cell| if let Cell::Code(text) = cell { Some(text.as_str()) } else { None });
    words(code)
}

fn markdown(cells: &[Cell]) -> Vec<&str> {
    let text = cells.iter().filter_map(|cell| if let Cell::Markdown(text) = cell { Some(text.as_str()) } else { None });
    words(text)
}

const ITEMS: [&str; 6] = [
    "use lab::Lab;\nuse std::fmt;\n\n",
    "/// Flags.\n#[derive(Debug)]\npub struct Args {\n    a: u8,\n\n    b: u8,\n}\n\n",
    "// About the next one.\nfn f() -> u8 {\n    1\n}\n\n",
    "const TEXT: &str = \"//! not the head\";\n",
    "/// A law.\nfn g() {}\n",
    "\n",
];

/// What may be said before `pub fn run`, and is said about it.
const ABOUT_RUN: [&str; 4] =
    ["", "/// Runs the experiment.\n", "\n/// Runs.\n/// Errors.\n", "/// Runs.\n#[allow(dead_code)]\n"];

const BODY: [&str; 9] = [
    "    // ## A heading\n",
    "    // ## Another, with $x^2$ and é\n",
    "    // said below a heading, or beside code\n",
    "    //\n",
    "    let x = 1.0;\n",
    "    let f = |x: f64| {\n        x\n    };\n",
    "        // ## indented: no heading\n",
    "    if x > 0.0 {\n        return Ok(());\n    }\n",
    "\n",
];

#[test]
fn every_line_of_an_experiment_is_in_its_notebook_in_order() {
    let mut random = Random(1);
    for _ in 0..2000 {
        let items = random.some(&ITEMS, 5);
        let about = ABOUT_RUN[random.below(ABOUT_RUN.len())];
        let body = random.some(&BODY, 12).concat();
        let source = format!(
            "//! # Title\n//!\n//! Story.\n\n{}{about}\npub fn run(args: Args, lab: &mut Lab) -> lab::Result {{\n{body}\n    \
             Ok(())\n}}\n\nfn main() {{}}\n",
            items.concat()
        );
        let cells = cells("exp_x", &source).unwrap_or_else(|error| panic!("{error}: {source}"));

        // A heading takes the comment below it along; all else of the body is code.
        let (mut said, mut done, mut below_heading) = (vec!["# Title", "Story."], Vec::new(), false);
        for line in body.lines() {
            below_heading = line.starts_with("    // ## ") || (below_heading && line.starts_with("    //"));
            if below_heading { said.push(line[6..].trim()) } else { done.push(line) }
        }
        assert_eq!(markdown(&cells), words(said), "{source}");
        let code = code(&cells);
        let starts = code.iter().position(|line| line.starts_with("let args: Args")).unwrap();
        assert_eq!(code[starts + 2..], words(done), "{source}");
        let items = words(items);
        assert!(code[..starts].ends_with(&items), "{source}\n{code:?}");
        assert!(code[..starts - items.len()].iter().all(|line| line.starts_with(':')), "{source}\n{code:?}");
    }
}

#[test]
fn an_item_is_one_cell() {
    let source = format!("//! # T\n\n{}/// Runs.\npub fn run() {{\n    f();\n\n    Ok(())\n}}\n", ITEMS[..3].concat());
    let cells = cells("exp_x", &source).unwrap();
    for item in &ITEMS[..3] {
        assert!(cells.contains(&Cell::Code(item.trim_end().into())), "{cells:?}");
    }
}

#[test]
fn no_text_stops_it() {
    let pieces = [
        "\npub fn run(",
        "{\n",
        "\n    Ok(())\n}",
        "//! # T\n",
        "//!",
        "///",
        "// ## ",
        "    ",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "}",
        "é",
        "\u{feff}",
        "\u{2028}",
        "🤖",
        "\"",
        "#[x]\n",
        "//",
        "/",
        "\0",
    ];
    let mut random = Random(2);
    let mut made = 0;
    for _ in 0..50_000 {
        made += usize::from(cells("exp_x", &random.some(&pieces, 16).concat()).is_ok());
    }
    assert!(made > 100, "only {made} texts had all the parts");
}
