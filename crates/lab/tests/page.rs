//! The page stands alone, lets nothing through unescaped, and names what fails.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lab::animation::{Animation, Shape};
use lab::page::{Entry, Failure, MarkdownError, PageError, markdown, page};
use lab::record::{Claim, FORMAT, FigureRecord, Machine, Record, Speed};
use lab::story::Story;

const EVIL: &str = "<script>alert('1')</script> & \"quoted\" <img src=x onerror=y>";

fn svg(color: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80\" height=\"50\">\
         <defs><clipPath id=\"clip\"><rect width=\"80\" height=\"50\"/></clipPath></defs>\
         <path id=\"line\" d=\"M0 0L80 50\" stroke=\"{color}\" clip-path=\"url(#clip)\"/>\
         <text y=\"20\" font-family='\"A B\"'>100 % é</text></svg>"
    )
}

/// An experiment with two figures in a folder of its own.
fn entry(test: &str, experiment: &str) -> Entry {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test).join(experiment);
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["rates", "work"] {
        std::fs::write(folder.join(format!("{name}.svg")), svg("#123456")).unwrap();
        std::fs::write(folder.join(format!("{name}-dark.svg")), svg("#abcdef")).unwrap();
        std::fs::write(folder.join(format!("{name}.csv")), "x,y\n").unwrap();
    }
    let figure = |name: &str| FigureRecord {
        name: name.into(),
        title: "A & B".into(),
        caption: "Error in $x_k$ over `k`.".into(),
        source: String::new(),
        film: false,
    };
    let claim = |sentence: &str, holds| Claim { sentence: sentence.into(), holds };
    let text = |text: &str| text.to_owned();
    Entry {
        story: Story {
            title: text("Is $a < b$ enough?"),
            question: text("When is *one* $f^*$ enough?"),
            maths: text("Let\n$$\\alpha = \\frac{f(x) - f^*}{\\lVert g \\rVert^2}.$$"),
            figure: text("The error."),
            finding: text("It takes 54 391 steps, 12 % more."),
        },
        record: Record {
            format: FORMAT,
            experiment: experiment.into(),
            parameters: [("kappa".into(), 1e4.into()), ("none".into(), serde_json::Value::Null)].into(),
            seed: 7,
            quick: false,
            numbers: [("steps".into(), 54391.0), ("error".into(), 3.25e-11)].into(),
            claims: vec![claim("it takes long", true), claim("it is short", false)],
            figures: vec![figure("rates"), figure("work")],
            speeds: [("step".into(), Speed { value: 31.5, unit: "ns".into() })].into(),
            machine: Machine {
                commit: "abc-dirty".into(),
                version: "0.1.0".into(),
                rustc: "rustc 1.95.0".into(),
                profile: "release, opt-level 3".into(),
                platform: "linux".into(),
                processor: "P <1>".into(),
                wall_seconds: 1.25,
            },
        },
        folder,
    }
}

fn entries(test: &str) -> [Entry; 2] {
    [entry(test, "exp_a"), entry(test, "exp_b")]
}

#[test]
fn the_page_tells_the_whole_story() {
    let html = page(&entries("whole"), &[]).unwrap();
    for said in [
        "<html lang=\"en\">",
        "href=\"#exp_a\"",
        "When is <em>one</em>",
        "54\u{202f}391 steps, 12\u{a0}%",
        "Holds:",
        "it takes long",
        "Does not hold:",
        "it is short",
        "cargo run --release --bin exp_b",
        "href=\"exp_a/rates.csv\"",
        "href=\"exp_a/rates.svg\"",
        "href=\"exp_b/run.json\"",
        "alt=\"A &amp; B. Error in x_k over k.\"",
        "3.25 × 10<sup>−11</sup>",
        "not set",
        "31.5</td><td class=\"unit\">ns",
        "P &lt;1&gt;",
        "commit abc with changes",
        "seed 7",
        "(P &lt;1&gt;), compiled as release, opt-level 3. Another",
        "<b>2</b> of <b>4</b> claims do not hold",
    ] {
        assert!(html.contains(said), "{said:?} is not on the page");
    }
    assert!(!html.contains(".png\""), "a link to a file that is not there");
    assert!(!page(&entries("whole")[..1], &[]).unwrap().contains("class=\"cards\""));
    assert!(page(&[], &[]).unwrap().contains("<b>0</b> experiments"));
}

#[test]
fn a_program_below_a_figure_is_text() {
    let mut entry = entry("source", "exp_a");
    assert!(!page(&[entry.clone()], &[]).unwrap().contains("class=\"source\""));
    entry.record.figures[0].source = "fn f<S>(x: &S) {}".into();
    let html = page(&[entry], &[]).unwrap();
    assert!(html.contains("<pre class=\"source\"><code>fn f&lt;S&gt;(x: &amp;S) {}</code></pre>\n</figure>"));
}

#[test]
fn a_film_is_a_picture_without_data() {
    let mut entry = entry("film", "exp_a");
    let film = &mut entry.record.figures[0];
    (film.name, film.film) = ("swing".into(), true);
    let shape = Shape::circle("bob", [0.0, 0.0], 9.0).fill("#2068d8").moved([[20.0, 20.0], [60.0, 20.0]]);
    let svg = Animation::new("Swing", [80.0, 50.0], 25.0).shape(shape).svg().unwrap();
    std::fs::write(entry.folder.join("swing.svg"), &svg).unwrap();
    let _ = std::fs::remove_file(entry.folder.join("swing-dark.svg"));
    let alone = page(std::slice::from_ref(&entry), &[]).unwrap();
    assert_eq!(alone.matches("animateTransform").count(), 1, "one drawing for both grounds");
    assert!(alone.contains("href=\"exp_a/swing.svg\"") && alone.contains("class=\"both\""));
    assert!(!alone.contains("swing.csv") && !alone.contains("swing.png"));

    std::fs::write(entry.folder.join("swing-dark.svg"), &svg).unwrap();
    let both = page(&[entry], &[]).unwrap();
    assert_eq!(both.matches("animateTransform").count(), 2);
    assert!(!both.contains("class=\"both\""));
}

#[test]
fn numbers_are_shown_to_six_digits() {
    let mut entry = entry("numbers", "exp_a");
    let shown = [
        (0.0, "0"),
        (-0.5, "−0.5"),
        (1675.0, "1\u{202f}675"),
        (-54391.0, "−54\u{202f}391"),
        (0.978412345, "0.978412"),
        (0.000123456789, "0.000123457"),
        (12345.678901, "12\u{202f}345.7"),
        (100000.4, "100\u{202f}000"),
        (999999.7, "1\u{202f}000\u{202f}000"),
        (1234567.891, "1.23457 × 10<sup>6</sup>"),
        (1e15, "1 × 10<sup>15</sup>"),
        (-3e-7, "−3 × 10<sup>−7</sup>"),
    ];
    entry.record.numbers = shown.iter().map(|(value, _)| (format!("n{value:e}"), *value)).collect();
    let html = page(&[entry], &[]).unwrap();
    for (value, text) in shown {
        let cell = format!("<td title=\"{value:?}\">{text}</td>");
        assert!(html.contains(&cell), "{cell}");
    }
}

#[test]
fn the_page_loads_nothing() {
    let html = page(&entries("alone"), &[]).unwrap();
    for loader in ["<script src", "<link", "@import", "srcset", "<iframe", "<object", "<embed", "fetch("] {
        assert!(!html.contains(loader), "{loader}");
    }
    for (at, _) in html.match_indices("src=") {
        assert!(html[at + 5..].starts_with("data:image/"), "{}", &html[at..at + 40]);
    }
    // `url(#id)` inside a picture leads to the picture itself.
    assert!(!html.replace("url(%23", "").contains("url("), "a style loads something");
    assert!(!html.contains("://"), "an address of the web");
}

#[test]
fn ids_are_unique_and_links_meet_them() {
    let html = page(&entries("ids"), &[]).unwrap();
    let values = |name: &str| -> Vec<String> {
        let name = format!(" {name}=\"");
        let tags = html.split('<').filter_map(|tag| tag.split_once(&name));
        tags.map(|(_, rest)| rest[..rest.find('"').unwrap()].to_owned()).collect()
    };
    let ids = values("id");
    let unique: BTreeSet<_> = ids.iter().cloned().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    assert!(unique.contains("exp_a") && unique.contains("exp_b.work"), "{ids:?}");
    for target in values("href").iter().filter_map(|href| href.strip_prefix('#')) {
        assert!(unique.contains(target), "#{target} leads nowhere");
    }
    for label in values("aria-labelledby") {
        assert!(unique.contains(&label), "{label}");
    }
}

#[test]
fn hostile_text_stays_text() {
    let mut entry = entry("hostile", "exp_a");
    let story = &mut entry.story;
    for text in [&mut story.title, &mut story.question, &mut story.maths, &mut story.finding] {
        *text = format!("Is {EVIL} $\\text{{{}}}$\n\n<div>\n{EVIL}\n</div>", "<script>");
    }
    let record = &mut entry.record;
    record.claims[0].sentence = EVIL.into();
    record.figures[0].title = EVIL.into();
    record.figures[0].caption = EVIL.into();
    record.numbers.insert(EVIL.into(), 1.0);
    record.parameters.insert(EVIL.into(), EVIL.into());
    record.speeds.insert(EVIL.into(), Speed { value: 1.0, unit: EVIL.into() });
    let Machine { commit, version, rustc, profile, platform, processor, .. } = &mut record.machine;
    for text in [commit, version, rustc, profile, platform, processor] {
        *text = EVIL.into();
    }
    let failures = [Failure { experiment: EVIL.into(), error: EVIL.into() }];
    let html = page(&[entry], &failures).unwrap();
    assert_eq!(html.matches("<script").count(), 1, "the page's own");
    assert!(!html.contains("<img src=x") && !html.contains("onerror=y>"));
    assert!(html.contains("&lt;script&gt;"));
}

#[test]
fn formulas_become_mathml_or_are_refused() {
    let html = markdown::to_html("So $\\mu$, and $$\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}$$").unwrap();
    assert!(html.contains("<math") && html.contains("display=\"block\"") && html.contains("<mtable"));
    assert!(html.contains("\u{3bc}") && !html.contains('\u{b5}') && !html.contains('$'));
    let error = markdown::to_html("a $\\frac{1}{$ b").unwrap_err();
    assert!(error.to_string().contains("\\frac{1}{"), "{error}");
    for wrong in ["$\\nonsense$", "$\\frac{1}$", "$\\begin{bmatrix} a$", "$x_$", "$\\left( x$"] {
        let error = markdown::to_html(wrong).unwrap_err();
        let MarkdownError::Formula { formula, reason } = &error else { panic!("{wrong}: {error}") };
        assert_eq!(formula, wrong.trim_matches('$'));
        assert!(!reason.is_empty());
    }
    assert!(markdown::to_html("$a<b \\&c$").unwrap().contains("<mo>&lt;</mo>"));
    for wrong in ["$\\operatorname{<script>}$", "$\\charé$", "$\\let\\a b$"] {
        assert!(matches!(markdown::to_html(wrong), Err(MarkdownError::Formula { .. })), "{wrong}");
    }
    assert!(matches!(markdown::to_html("so $x is"), Err(MarkdownError::Dollar { .. })));
    assert!(matches!(markdown::to_html("![a](b.png)"), Err(MarkdownError::Image { .. })));
    assert!(matches!(markdown::to_html("[a](javascript:b)"), Err(MarkdownError::Link { .. })));
    assert!(markdown::to_html("[a](https://docs.rs)").unwrap().contains("<a href=\"https://docs.rs\""));

    let mut entry = entry("formula", "exp_a");
    entry.record.figures[1].caption = "see $\\nonsense$".into();
    let error = page(&[entry], &[]).unwrap_err().to_string();
    for part in ["exp_a", "caption of work", "\\nonsense"] {
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn what_fails_is_named() {
    let failure = Failure { experiment: "exp_rig".into(), error: "no motor\nat the port".into() };
    let html = page(&[], &[failure]).unwrap();
    assert!(html.contains("exp_rig") && html.contains("no motor\nat the port"));
    assert!(html.contains("<b>1</b> experiment did not finish"));

    let missing = entry("missing", "exp_a");
    let path = missing.folder.join("work-dark.svg");
    let _ = std::fs::remove_file(&path);
    let is_path = |found: &PathBuf| *found == path;
    assert!(matches!(page(&[missing], &[]), Err(PageError::Read { path, .. }) if is_path(&path)));

    let broken = entry("broken", "exp_a");
    std::fs::write(broken.folder.join("rates.svg"), "<svg").unwrap();
    assert!(matches!(page(&[broken], &[]), Err(PageError::Svg { .. })));
}

#[test]
fn names_are_plain_and_single() {
    let twice = [entry("names", "exp_a"), entry("names", "exp_a")];
    assert!(matches!(page(&twice, &[]), Err(PageError::Repeated { name }) if name == "exp_a"));
    let mut same = entry("names", "exp_a");
    same.record.figures[1].name = "rates".into();
    assert!(matches!(page(&[same], &[]), Err(PageError::Repeated { name }) if name == "rates"));
    for name in ["", "../x", "a b", "a\"", "ä"] {
        let mut odd = entry("names", "exp_a");
        odd.record.figures[0].name = name.into();
        assert!(matches!(page(&[odd], &[]), Err(PageError::Name { .. })), "{name}");
    }
}

#[test]
fn no_markdown_brings_the_page_down_or_gets_out() {
    const PIECES: [&str; 40] = [
        "$",
        "$$",
        "\\",
        "{",
        "}",
        "_",
        "^",
        "&",
        "<",
        ">",
        "\"",
        "'",
        "`",
        "*",
        "[",
        "](",
        ")",
        "!",
        "|",
        "\n",
        " ",
        "a",
        "12",
        "345",
        "é",
        "𝒙",
        "\\frac",
        "\\begin{matrix}",
        "\\end{matrix}",
        "\\left(",
        "\\right)",
        "<script>",
        "<!--",
        "-->",
        "&lt;",
        "\\text{",
        "%",
        "#",
        "\\sqrt",
        "\\\\",
    ];
    let mut state = 1u64;
    let mut below = |n: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    for _ in 0..20_000 {
        let n = below(16);
        let text: String = (0..n).map(|_| PIECES[below(40) as usize]).collect();
        if let Ok(html) = markdown::to_html(&text) {
            assert!(!html.contains("<script") && !html.contains("<!--"), "{text:?}: {html}");
        }
        markdown::to_text(&text);
    }
}
