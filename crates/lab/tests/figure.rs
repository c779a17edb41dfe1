//! Figures: what is in the files, whatever the data.

use lab::figure::{Axis, Figure, FigureError, Hue, Panel, Style, Theme, by_step};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{
    Options, Tree,
    roxmltree::{Document, Node},
};

fn decay() -> Figure {
    let run = |rate: f64| (0..200).map(move |k| (f64::from(k), rate.powi(k)));
    Figure::new("decay", "Steps until f* < 10⁻¹⁰ & more").caption("The steeper, the better.").panel(
        Panel::new("κ = 100")
            .x(Axis::linear("iteration"))
            .y(Axis::log("‖∇f(xₖ)‖ (N)"))
            .line("gradient descent", run(0.96))
            .line_markers("Polyak", run(0.8))
            .hue(Hue::Orange)
            .dashed("bound", run(0.82))
            .markers("measured", run(0.9))
            .level((0..9).map(|k| (f64::from(k), 1e-3)))
            .horizontal("rounding", 1e-16)
            .vertical("restart", 50.0),
    )
}

#[test]
fn text_is_outlines_and_the_same_data_give_the_same_bytes() {
    for theme in [Theme::Light, Theme::Dark] {
        let (first, second) = (decay().render(theme).unwrap(), decay().render(theme).unwrap());
        assert!(first == second);
        let document = Document::parse(&first.svg).unwrap();
        for element in document.descendants().filter(Node::is_element) {
            let tag = element.tag_name().name();
            assert!(["svg", "title", "desc", "path"].contains(&tag), "{tag}");
        }
        assert!(first.svg.contains("<title>Steps until f* &lt; 10⁻¹⁰ &amp; more</title>"));
        assert!(first.svg.len() < 60_000, "{} bytes", first.svg.len());
    }
}

#[test]
fn the_picture_has_two_pixels_for_each_of_the_svg() {
    let rendered = decay().render(Theme::Light).unwrap();
    let tree = Tree::from_str(&rendered.svg, &Options::default()).unwrap();
    let png = png::Decoder::new(std::io::Cursor::new(&rendered.png)).read_info().unwrap();
    let size = tree.size().to_int_size();
    assert_eq!((png.info().width, png.info().height), (2 * size.width(), 2 * size.height()));
}

#[test]
fn the_svg_shows_what_the_picture_shows() {
    let rendered = decay().render(Theme::Light).unwrap();
    let tree = Tree::from_str(&rendered.svg, &Options::default()).unwrap();
    let size = tree.size().to_int_size();
    let mut pixmap = Pixmap::new(2 * size.width(), 2 * size.height()).unwrap();
    resvg::render(&tree, Transform::from_scale(2.0, 2.0), &mut pixmap.as_mut());
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&rendered.png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut picture = vec![0; reader.output_buffer_size().unwrap()];
    reader.next_frame(&mut picture).unwrap();
    let pairs = pixmap.data().as_chunks::<4>().0.iter().zip(picture.as_chunks::<3>().0);
    let off = pairs.filter(|(a, b)| (0..3).any(|k| a[k].abs_diff(b[k]) > 48)).count();
    assert!(off * 10_000 < picture.len(), "{off} pixels differ");
}

#[test]
fn files_are_written_and_the_numbers_come_back() {
    let dir = std::env::temp_dir().join(format!("figure-{}", std::process::id()));
    let third = 1.0 / 3.0;
    let points = [(third, 5e-324), (f64::MAX, -0.0), (f64::NAN, f64::INFINITY)];
    let panel = Panel::new("a, \"b\"").line("line", points).level([(1.0, 2.0)]).level([(3.0, 4.0)]);
    let figure = Figure::new("numbers", "").panel(panel);
    let paths = figure.save(dir.join("deep")).unwrap();
    let names = paths.each_ref().map(|p| p.file_name().unwrap().to_str().unwrap().to_string());
    assert_eq!(names, ["numbers.svg", "numbers-dark.svg", "numbers.png", "numbers.csv"]);
    let mut reader = csv::Reader::from_path(&paths[3]).unwrap();
    assert_eq!(reader.headers().unwrap(), ["panel", "series", "x", "y"].as_slice());
    let rows: Vec<(String, String, f64, f64)> = reader.deserialize().map(Result::unwrap).collect();
    for (row, (x, y)) in rows.iter().zip(points) {
        assert_eq!((row.0.as_str(), row.1.as_str()), ("a, \"b\"", "line"));
        assert!(row.2.total_cmp(&x).is_eq() && row.3.total_cmp(&y).is_eq(), "{row:?}");
    }
    assert_eq!((rows[3].1.as_str(), rows[4].1.as_str()), ("level 1", "level 2"));
    std::fs::remove_dir_all(dir).unwrap();
}

#[test]
fn whatever_the_data_there_is_a_picture() {
    let mut state = 7_u64;
    let mut random = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let odd = [
        0.0,
        -0.0,
        1.0,
        -1.0,
        1.0 + f64::EPSILON,
        3.7,
        1e-300,
        1e300,
        f64::MAX,
        f64::MIN,
        5e-324,
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        -2e17,
        1e5,
        99_999.0,
        1e-4,
        1e-5,
    ];
    let styles = [Style::Line, Style::Dashed, Style::Markers, Style::LineMarkers, Style::Level];
    for case in 0..60 {
        let mut figure = Figure::new("odd", "Odd").columns(1 + random(4)).plot_height(if case % 10 == 0 {
            odd[random(19)]
        } else {
            100.0
        });
        for _ in 0..=random(3) {
            let mut axis = || if random(2) == 0 { Axis::linear("x (m)") } else { Axis::log("y") };
            let mut panel = Panel::new("").x(axis()).y(axis());
            panel.equal = random(2) == 0;
            for _ in 0..random(4) {
                let points: Vec<_> = (0..random(6)).map(|_| (odd[random(19)], odd[random(19)])).collect();
                panel = panel.series(styles[random(5)], ["", "a", "b"][random(3)], points);
            }
            if random(2) == 0 {
                panel = panel.horizontal("guide", odd[random(19)]).vertical("guide", odd[random(19)]);
            }
            figure = figure.panel(panel);
        }
        let svg = figure.render(Theme::Light).unwrap_or_else(|e| panic!("{case}: {e}: {figure:?}")).svg;
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{case}: {figure:?}");
    }
}

#[test]
fn thinning_keeps_the_first_hundred_and_the_last() {
    for count in [0, 1, 2, 100, 101, 102, 103, 1000, 12_345] {
        let values: Vec<f64> = (0..count).map(|k| (k * k) as f64).collect();
        let points = by_step(&values);
        assert!(points.iter().all(|&(k, value)| values[k as usize] == value));
        assert!(points.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[1].0 <= 1.02 * pair[0].0 + 1.0));
        assert_eq!(points.first().map(|point| point.1), values.first().copied());
        assert_eq!(points.last().map(|point| point.1), values.last().copied(), "{count}");
    }
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let refused = |figure: Figure| figure.render(Theme::Light).unwrap_err();
    let panel = || Panel::new("").line("", [(0.0, 1.0), (1.0, 2.0)]);
    for name in ["", "a/b", "..", "a b", "é", "a-dark"] {
        assert!(matches!(refused(Figure::new(name, "").panel(panel())), FigureError::Name(n) if n == name));
    }
    assert!(matches!(refused(Figure::new("a", "")), FigureError::NoPanel(_)));
    for axis in
        [Axis::linear("x").range(1.0, 1.0), Axis::linear("x").range(0.0, f64::NAN), Axis::log("x").range(0.0, 1.0)]
    {
        let error = refused(Figure::new("a", "").panel(panel().x(axis)));
        assert!(matches!(error, FigureError::Range { .. }), "{error}");
    }
    let error = refused(Figure::new("a", "smile ☺").panel(panel()));
    assert_eq!(error.to_string(), "the font has no `☺` (U+263A), which `smile ☺` needs");
}

#[test]
fn the_font_has_what_formulas_need() {
    let signs = "∂∇√∞≤≥≈≠·×÷±−∈∝‖∥⟨⟩∑∫→←⇒°′* κλμνξπρστφχψωθαβγδεζη ΓΔΘΛΣΦΨΩ x² x³ x⁴ ⁰¹⁵⁶⁷⁸⁹⁺⁻ ₀₁₂₃₄₅₆₇₈₉₊₋ xₖ xᵢ uⱼ Aᵀ rᵏ ẋ ẍ θ̇ θ̈ é ü ñ “” ‘’ – — … ½";
    Figure::new("signs", signs).panel(Panel::new(signs)).render(Theme::Light).unwrap();
}

#[test]
fn a_hue_goes_to_the_last_series_and_an_empty_panel_ignores_it() {
    assert_eq!(Panel::new("").hue(Hue::Red), Panel::new(""));
    let panel = Panel::new("").line("a", []).line("b", []).hue(Hue::Red);
    assert_eq!(panel.series.iter().map(|s| s.hue).collect::<Vec<_>>(), [None, Some(Hue::Red)]);
}

#[test]
fn a_hundred_thousand_points_of_noise_stay_small() {
    let mut state = 1_u32;
    let mut noise = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(state >> 8)
    };
    let points: Vec<_> = (0..100_000).map(|k| (f64::from(k), noise())).collect();
    let figure = Figure::new("noise", "Noise").panel(Panel::new("").line("noise", points));
    assert!(figure.render(Theme::Light).unwrap().svg.len() < 60_000);
}
