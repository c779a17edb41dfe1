//! The drawing: everything on the canvas, back to front.

use super::canvas::{Canvas, Ink, width};
use super::layout::{Layout, Plot, TEXT, TITLE};
use super::legend::Entry;
use super::polyline::{Frame, Px, pieces, project, spaced};
use super::span::Span;
use super::theme::Marker;
use super::{At, Figure, Guide, Hue, Result, Style, Theme};

const LINE_WIDTH: f64 = 2.4;
const MARKER: f64 = 9.6;

/// The figure as plotters draws it, with its width and height in pixels.
pub(super) fn draw(figure: &Figure, theme: Theme) -> Result<(String, f64, f64)> {
    let layout = Layout::new(figure)?;
    let mut pen = Pen { canvas: Canvas::new(layout.width, layout.height), theme };
    pen.canvas.fill(theme.ground())?;
    for (line, at) in &layout.title {
        pen.canvas.text(line, *at, pen.ink(TITLE, true))?;
    }
    for plot in &layout.plots {
        pen.plot(plot)?;
    }
    for entry in &layout.legend {
        pen.entry(entry)?;
    }
    Ok((pen.canvas.finish(), layout.width, layout.height))
}

struct Pen {
    canvas: Canvas,
    theme: Theme,
}

impl Pen {
    fn ink(&self, size: f64, bold: bool) -> Ink {
        Ink { size, bold, color: self.theme.ink(), anchor: -1, halo: None }
    }

    fn muted(&self, anchor: i8) -> Ink {
        Ink { size: TEXT, bold: false, color: self.theme.muted(), anchor, halo: None }
    }

    fn plot(&mut self, plot: &Plot<'_>) -> Result<()> {
        let panel = plot.panel;
        self.canvas.text(&panel.title, plot.title, self.ink(TEXT, true))?;
        self.axes(plot)?;

        let shown: Vec<Vec<Option<Px>>> =
            panel.series.iter().map(|s| project(&s.points, &plot.x, &plot.y, &plot.frame)).collect();
        let lines: Vec<Vec<Vec<Px>>> = shown.iter().map(|p| pieces(p, &plot.frame)).collect();
        for (series, lines) in panel.series.iter().zip(&lines) {
            if series.style == Style::Level {
                self.canvas.lines(lines, self.theme.level(), 1.2, &[])?;
            }
        }
        let labels = self.guides(plot, &lines)?;
        let visible = panel.series.iter().zip(&plot.hues).zip(shown.iter().zip(&lines));
        for ((series, hue), (points, lines)) in visible {
            self.stroke(series.style, *hue, lines)?;
            if series.style == Style::Line && plot.marked {
                self.marks(*hue, &sparse(lines, *hue), 0.85)?;
            }
            let apart = if series.style == Style::Markers { 1.0 } else { 1.6 * MARKER };
            self.markers(series.style, *hue, &spaced(points, &plot.frame, apart))?;
        }
        for (label, at, anchor) in labels {
            let halo = Some(self.theme.ground());
            self.canvas.text(&label, at, Ink { halo, ..self.muted(anchor) })?;
        }
        for (label, hue, (x, y)) in &plot.direct {
            let color = hue.color(self.theme);
            self.canvas.text(label, (*x, y + 0.36 * TEXT), Ink { color, ..self.muted(-1) })?;
        }
        let empty = shown.iter().flatten().all(Option::is_none);
        if empty && panel.guides.is_empty() {
            let f = &plot.frame;
            let middle = (0.5 * (f.left + f.right), 0.5 * (f.top + f.bottom));
            self.canvas.text("no data", middle, self.muted(0))?;
        }
        Ok(())
    }

    /// Grid, axes, ticks and their labels.
    fn axes(&mut self, plot: &Plot<'_>) -> Result<()> {
        let Plot { frame, x, y, x_ticks, y_ticks, panel, .. } = plot;
        let Frame { left, top, right, bottom } = *frame;
        let mut grid = Vec::new();
        let mut marks = vec![vec![(left, top), (left, bottom), (right, bottom)]];
        for (c, label) in &x_ticks.labelled {
            let at = frame.x(x, *c);
            grid.push(vec![(at, top), (at, bottom)]);
            marks.push(vec![(at, bottom), (at, bottom + 5.0)]);
            self.canvas.text(label, (at, bottom + 22.0), self.muted(0))?;
        }
        for (c, label) in &y_ticks.labelled {
            let at = frame.y(y, *c);
            grid.push(vec![(left, at), (right, at)]);
            marks.push(vec![(left - 5.0, at), (left, at)]);
            self.canvas.text(label, (left - 9.0, at + 0.36 * TEXT), self.muted(1))?;
        }
        marks.extend(x_ticks.minor.iter().map(|c| frame.x(x, *c)).map(|at| vec![(at, bottom), (at, bottom + 3.0)]));
        marks.extend(y_ticks.minor.iter().map(|c| frame.y(y, *c)).map(|at| vec![(left - 3.0, at), (left, at)]));
        self.canvas.lines(&grid, self.theme.grid(), 1.0, &[])?;
        self.canvas.lines(&marks, self.theme.axis(), 1.0, &[])?;
        self.canvas.text(&panel.y.label, plot.y_label, self.muted(-1))?;
        let below = (0.5 * (left + right), bottom + 46.0);
        self.canvas.text(&panel.x.label, below, self.muted(0))
    }

    /// Draws the guides and finds a place for their labels where few lines pass.
    fn guides(&mut self, plot: &Plot<'_>, lines: &[Vec<Vec<Px>>]) -> Result<Vec<(String, Px, i8)>> {
        let frame = &plot.frame;
        let mut labels = Vec::new();
        let mut taken: Vec<Frame> = Vec::new();
        let across = |guide: &Guide| {
            let span = if matches!(guide.at, At::X(_)) { &plot.x } else { &plot.y };
            let (At::X(value) | At::Y(value)) = guide.at;
            let c = Span::coordinate(span.scale, value)?;
            let line = match guide.at {
                At::X(_) => [(frame.x(span, c), frame.top), (frame.x(span, c), frame.bottom)],
                At::Y(_) => [(frame.left, frame.y(span, c)), (frame.right, frame.y(span, c))],
            };
            line.iter().all(|p| frame.contains(*p)).then_some(line)
        };
        let all: Vec<[Px; 2]> = plot.panel.guides.iter().filter_map(across).collect();
        for guide in &plot.panel.guides {
            let Some(line) = across(guide) else { continue };
            let wide = width(&guide.label, TEXT, false);
            let candidates = match guide.at {
                At::X(_) => {
                    let x = line[0].0;
                    let places = [(x + 7.0, frame.top + 16.0, -1), (x - 7.0, frame.top + 16.0, 1)];
                    let low = places.map(|(x, _, side)| (x, frame.bottom - 10.0, side));
                    [places, low].concat()
                }
                At::Y(_) => {
                    let y = line[0].1;
                    let places = [(frame.right - 4.0, y - 7.0, 1), (frame.left + 8.0, y - 7.0, -1)];
                    let low = places.map(|(x, _, side)| (x, y + 18.0, side));
                    [places, low].concat()
                }
            };
            self.canvas.lines(&[line.to_vec()], self.theme.muted(), 1.3, &[2.0, 3.0])?;
            if guide.label.is_empty() {
                continue;
            }
            let crowd = |&(x, y, side): &(f64, f64, i8)| {
                let left = if side < 0 { x } else { x - wide };
                let area = Frame { left, top: y - 14.0, right: left + wide, bottom: y + 5.0 };
                let outside = area.left < frame.left || area.right > frame.right;
                let outside = outside || area.top < frame.top || area.bottom > frame.bottom;
                let under = taken.iter().filter(|t| t.overlaps(&area)).count();
                let crossing = lines.iter().flatten().flat_map(|piece| piece.windows(2));
                let crossing = crossing.chain(all.iter().map(|line| &line[..]));
                let crossing = crossing.filter(|w| area.clip(w[0], w[1]).is_some()).count();
                (crossing + 1000 * under + 10_000 * usize::from(outside), area)
            };
            let places = candidates.iter().map(|place| (crowd(place), *place));
            if let Some(((_, area), (x, y, side))) = places.min_by_key(|((crowd, _), _)| *crowd) {
                taken.push(area);
                labels.push((guide.label.clone(), (x, y), side));
            }
        }
        Ok(labels)
    }

    fn stroke(&mut self, style: Style, hue: Hue, lines: &[Vec<Px>]) -> Result<()> {
        let color = hue.color(self.theme);
        // A point without neighbours.
        let single = |line: &&Vec<Px>| line[0] == line[line.len() - 1] && line.len() == 2;
        let dots: Vec<_> = lines.iter().filter(single).cloned().collect();
        if !matches!(style, Style::Markers | Style::Level) {
            self.canvas.lines(&dots, color, 5.0, &[])?;
        }
        match style {
            Style::Line => {
                // Noise would fill with ink.
                let dense = lines.iter().any(|line| line.len() > 700);
                self.canvas.lines(lines, color, if dense { 1.2 } else { LINE_WIDTH }, &[])
            }
            Style::LineMarkers => self.canvas.lines(lines, color, 1.8, &[]),
            Style::Dashed => self.canvas.lines(lines, color, 1.8, &[5.0, 4.0]),
            Style::Markers | Style::Level => Ok(()),
        }
    }

    fn markers(&mut self, style: Style, hue: Hue, at: &[Px]) -> Result<()> {
        match style {
            Style::Markers | Style::LineMarkers => self.marks(hue, at, 1.0),
            Style::Line | Style::Dashed | Style::Level => Ok(()),
        }
    }

    fn marks(&mut self, hue: Hue, at: &[Px], size: f64) -> Result<()> {
        let (color, ground) = (hue.color(self.theme), self.theme.ground());
        // A line of no length with round ends is a disc.
        let discs: Vec<Vec<Px>> = at.iter().map(|p| vec![*p, *p]).collect();
        let around = |corners: &[(f64, f64)], scale: f64| -> Vec<Vec<Px>> {
            let shape = |p: &Px| {
                let corner = |c: &(f64, f64)| (p.0 + size * scale * c.0, p.1 + size * scale * c.1);
                corners.iter().map(corner).collect()
            };
            at.iter().map(shape).collect()
        };
        match hue.marker() {
            Marker::Disc => self.canvas.lines(&discs, color, size * MARKER, &[]),
            Marker::Ring => {
                self.canvas.lines(&discs, color, size * MARKER + 0.8, &[])?;
                self.canvas.lines(&discs, ground, size * MARKER - 3.6, &[])
            }
            Marker::Polygon(corners) => self.canvas.polygons(&around(corners, 1.0), color),
            Marker::Frame(corners) => {
                self.canvas.polygons(&around(corners, 1.1), color)?;
                self.canvas.polygons(&around(corners, 0.6), ground)
            }
            Marker::Cross => {
                let arm = 3.6 * size;
                let strokes = [(arm, arm), (arm, -arm)];
                let cross = |p: &Px| strokes.map(|s| vec![(p.0 - s.0, p.1 - s.1), (p.0 + s.0, p.1 + s.1)]);
                let crosses: Vec<Vec<Px>> = at.iter().flat_map(cross).collect();
                self.canvas.lines(&crosses, color, 2.2, &[])
            }
        }
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<()> {
        let (x, y) = entry.at;
        let swatch = entry.swatch();
        let line = vec![(x, y), (x + swatch, y)];
        self.stroke(entry.style, entry.hue, &[line])?;
        let middle = [(x + 0.5 * swatch, y)];
        if entry.marked {
            self.marks(entry.hue, &middle, 0.85)?;
        }
        self.markers(entry.style, entry.hue, &middle)?;
        let ink = Ink { size: TEXT, ..self.ink(TEXT, false) };
        self.canvas.text(entry.label, (x + swatch + 8.0, y + 0.36 * TEXT), ink)
    }
}

/// A few places along the lines for markers that tell one line from the other: about 150 pixels apart, and for each
/// hue at another phase, so that lines close together do not hide each other's.
fn sparse(lines: &[Vec<Px>], hue: Hue) -> Vec<Px> {
    let length = |w: &[Px]| (w[1].0 - w[0].0).hypot(w[1].1 - w[0].1);
    let total: f64 = lines.iter().flat_map(|line| line.windows(2)).map(length).sum();
    let apart = (total / 6.0).max(150.0);
    let phase = Hue::ORDER.iter().position(|h| *h == hue).unwrap_or(7) as f64;
    let mut next = apart * (0.3 + 0.4 * (0.618 * phase).fract());
    let mut places = Vec::new();
    let mut along = 0.0;
    for w in lines.iter().flat_map(|line| line.windows(2)) {
        let step = length(w);
        while next <= along + step && step > 0.0 {
            let t = (next - along) / step;
            places.push((w[0].0 + t * (w[1].0 - w[0].0), w[0].1 + t * (w[1].1 - w[0].1)));
            next += apart;
        }
        along += step;
    }
    places
}
