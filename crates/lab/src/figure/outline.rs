//! A drawing as compact SVG paths.

use std::fmt::Write as _;

use resvg::tiny_skia::{Path, PathSegment, Point, Transform};
use resvg::usvg::{Group, LineCap, LineJoin, Node, Paint, PaintOrder, Path as Shape, Tree};

/// Appends the tree's shapes, text as outlines: relative whole numbers, and neighbours of one look in one path.
pub(super) fn outline(tree: &Tree, svg: &mut String) {
    let mut paths = Vec::new();
    collect(tree.root(), &mut paths);
    for same in paths.chunk_by(|a, b| a.0 == b.0) {
        write!(svg, "<path{} d=\"", same[0].0).expect("memory does not fail");
        same.iter().for_each(|(_, data)| svg.push_str(data));
        svg.push_str("\"/>\n");
    }
}

fn collect(group: &Group, paths: &mut Vec<(String, String)>) {
    for node in group.children() {
        match node {
            Node::Group(group) => collect(group, paths),
            Node::Path(path) if path.is_visible() => {
                paths.push((look(path), data(path.data(), path.abs_transform())));
            }
            Node::Path(_) | Node::Image(_) => {}
            Node::Text(text) => collect(text.flattened(), paths),
        }
    }
}

/// Fill and stroke as attributes.
fn look(path: &Shape) -> String {
    let color = |paint: &Paint| match paint {
        Paint::Color(c) => format!("#{:02x}{:02x}{:02x}", c.red, c.green, c.blue),
        _ => "none".to_string(),
    };
    let mut look = match path.fill().map(|fill| color(fill.paint())) {
        Some(fill) => format!(" fill=\"{fill}\""),
        None => " fill=\"none\"".to_string(),
    };
    if let Some(stroke) = path.stroke() {
        let width = stroke.width().get();
        look += &format!(" stroke=\"{}\" stroke-width=\"{width}\"", color(stroke.paint()));
        if stroke.linejoin() == LineJoin::Round {
            look += " stroke-linejoin=\"round\"";
        }
        if stroke.linecap() == LineCap::Round {
            look += " stroke-linecap=\"round\"";
        }
        if let Some(dash) = stroke.dasharray() {
            let dash: Vec<String> = dash.iter().map(ToString::to_string).collect();
            look += &format!(" stroke-dasharray=\"{}\"", dash.join(" "));
        }
        if path.fill().is_some() && path.paint_order() == PaintOrder::StrokeAndFill {
            look += " paint-order=\"stroke\"";
        }
    }
    look
}

/// The path in whole numbers, each relative to the point before it.
fn data(path: &Path, transform: Transform) -> String {
    let mut out = Data { text: String::new(), command: ' ', at: (0, 0), start: (0, 0) };
    let round = |mut p: Point| {
        transform.map_point(&mut p);
        (p.x.round() as i32, p.y.round() as i32)
    };
    for segment in path.segments() {
        match segment {
            PathSegment::MoveTo(p) => out.move_to(round(p)),
            PathSegment::LineTo(p) => out.line_to(round(p)),
            PathSegment::QuadTo(a, b) => out.curve_to('q', &[round(a), round(b)]),
            PathSegment::CubicTo(a, b, c) => out.curve_to('c', &[round(a), round(b), round(c)]),
            PathSegment::Close => out.close(),
        }
    }
    out.text
}

struct Data {
    text: String,
    command: char,
    at: (i32, i32),
    start: (i32, i32),
}

impl Data {
    /// The first number of a path is absolute, so that paths can be joined.
    fn move_to(&mut self, to: (i32, i32)) {
        let (command, from) = if self.text.is_empty() { ('M', (0, 0)) } else { ('m', self.at) };
        self.command(command);
        self.number(to.0 - from.0);
        self.number(to.1 - from.1);
        (self.at, self.start) = (to, to);
        // Numbers after `m` would be lines; say so, or the saved letter of a second `m` turns into one.
        self.command = ' ';
    }

    fn line_to(&mut self, to: (i32, i32)) {
        let (dx, dy) = (to.0 - self.at.0, to.1 - self.at.1);
        match (dx, dy) {
            (_, 0) => {
                self.command('h');
                self.number(dx);
            }
            (0, _) => {
                self.command('v');
                self.number(dy);
            }
            _ => {
                self.command('l');
                self.number(dx);
                self.number(dy);
            }
        }
        self.at = to;
    }

    fn curve_to(&mut self, command: char, points: &[(i32, i32)]) {
        self.command(command);
        for p in points {
            self.number(p.0 - self.at.0);
            self.number(p.1 - self.at.1);
        }
        self.at = points[points.len() - 1];
    }

    fn close(&mut self) {
        self.text.push('z');
        self.command = 'z';
        self.at = self.start;
    }

    fn command(&mut self, command: char) {
        if self.command != command {
            self.text.push(command);
            self.command = command;
        }
    }

    fn number(&mut self, number: i32) {
        if number >= 0 && self.text.ends_with(|c: char| c.is_ascii_digit()) {
            self.text.push(' ');
        }
        write!(self.text, "{number}").expect("memory does not fail");
    }
}
