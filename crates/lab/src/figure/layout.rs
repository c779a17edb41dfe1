//! Where everything goes, in pixels.

use super::canvas::width;
use super::polyline::{Frame, Px};
use super::span::{Span, Which, span};
use super::ticks::{Ticks, ticks};
use super::{Figure, Hue, Panel, Result, Scale, Series, Style};

pub(super) const TEXT: f64 = 16.0;
pub(super) const TITLE: f64 = 20.0;
/// Length of the piece of line in a legend.
pub(super) const SWATCH: f64 = 34.0;
const MARGIN: f64 = 18.0;
const LINE: f64 = 24.0;
const TITLE_LINE: f64 = 27.0;
const COLUMN_GAP: f64 = 30.0;
const ROW_GAP: f64 = 26.0;

/// A figure with everything in its place.
pub(super) struct Layout<'a> {
    pub(super) width: f64,
    pub(super) height: f64,
    /// Lines of the title with the left end of their baselines.
    pub(super) title: Vec<(String, Px)>,
    pub(super) legend: Vec<Entry<'a>>,
    pub(super) plots: Vec<Plot<'a>>,
}

/// A line of a legend.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) label: &'a str,
    pub(super) style: Style,
    pub(super) hue: Hue,
    /// Left end, half-way up.
    pub(super) at: Px,
}

/// A panel in its place.
pub(super) struct Plot<'a> {
    pub(super) panel: &'a Panel,
    pub(super) hues: Vec<Hue>,
    pub(super) x: Span,
    pub(super) y: Span,
    pub(super) x_ticks: Ticks,
    pub(super) y_ticks: Ticks,
    pub(super) frame: Frame,
    /// Left end of the baseline of the panel's title.
    pub(super) title: Px,
    /// Left end of the baseline of the vertical axis' label.
    pub(super) y_label: Px,
    /// Names beside the ends of the lines: name, colour, left end half-way up.
    pub(super) direct: Vec<(&'a str, Hue, Px)>,
    legend: Vec<Entry<'a>>,
}

impl<'a> Layout<'a> {
    pub(super) fn new(figure: &'a Figure) -> Result<Self> {
        let columns = figure.columns.unwrap_or(match figure.panels.len() {
            n @ 1..=3 => n,
            4 => 2,
            _ => 3,
        });
        let columns = columns.clamp(1, figure.panels.len());
        let (total, tall) = match columns {
            1 => (800.0, 330.0),
            2 => (960.0, 300.0),
            _ => (380.0 * columns as f64, 270.0),
        };
        let height = figure.plot_height.map(|h| h.clamp(60.0, 2000.0));
        let mut plots = plots(figure)?;
        let cell = (total - 2.0 * MARGIN - COLUMN_GAP * (columns - 1) as f64) / columns as f64;

        let mut bottom = MARGIN - 4.0;
        let mut title = Vec::new();
        for line in wrap(&figure.title, total - 2.0 * MARGIN) {
            bottom += TITLE_LINE;
            title.push((line, (MARGIN, bottom - 6.0)));
        }
        bottom += 6.0;
        let mut legend = Vec::new();
        let shared = shared(&plots);
        if let Some(entries) = &shared {
            legend = flow(entries, (MARGIN, bottom), total - 2.0 * MARGIN);
            bottom += LINE * rows(&legend) + 6.0;
        }

        for row in plots.chunks_mut(columns) {
            let height = height.unwrap_or(tall);
            // Before the frame: title, legend, label of the vertical axis; as much for the whole row.
            let titled = row.iter().any(|p| !p.panel.title.is_empty());
            let labelled = row.iter().any(|p| !p.panel.y.label.is_empty());
            let mut legends = 0.0_f64;
            for plot in row.iter_mut() {
                plot.y_ticks = ticks(&plot.y, most(height, 46.0));
                if shared.is_none() {
                    plot.name(height, 0.3 * cell);
                }
                if shared.is_none() && plot.direct.is_empty() {
                    plot.legend = flow(&plot.entries(), (0.0, 0.0), cell);
                    legends = legends.max(rows(&plot.legend));
                }
            }
            let top = bottom + if titled { LINE + 2.0 } else { 0.0 };
            let frame_top = top + LINE * legends + if labelled { LINE + 4.0 } else { 10.0 };
            let mut lowest = 0.0_f64;
            for (k, plot) in row.iter_mut().enumerate() {
                let left = MARGIN + k as f64 * (cell + COLUMN_GAP);
                plot.place(left, frame_top, cell, height, figure.plot_height.is_none());
                plot.title = (left, bottom + 17.0);
                plot.y_label = (left, frame_top - 14.0);
                for entry in &plot.legend {
                    legend.push(Entry { at: (entry.at.0 + left, entry.at.1 + top), ..*entry });
                }
                let x_label = if plot.panel.x.label.is_empty() { 0.0 } else { LINE };
                lowest = lowest.max(plot.frame.bottom + 26.0 + x_label);
            }
            bottom = lowest + ROW_GAP;
        }
        let height = (bottom - ROW_GAP + 10.0).ceil();
        Ok(Self { width: total, height, title, legend, plots })
    }
}

impl<'a> Plot<'a> {
    fn named(&self) -> impl Iterator<Item = (&'a Series, Hue)> {
        let panel = self.panel;
        panel.series.iter().zip(self.hues.clone()).filter(|(s, _)| !s.label.is_empty())
    }

    fn entries(&self) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (series, hue) in self.named() {
            let entry = Entry { label: &series.label, style: series.style, hue, at: (0.0, 0.0) };
            if !entries.iter().any(|e| e.same(&entry)) {
                entries.push(entry);
            }
        }
        entries
    }

    /// Names the series at the ends of their lines, in `direct`, if that leaves no doubt: each ends at the right edge,
    /// and no name has to move far from its line. `x` of the places is yet to be added, `y` is from the frame's top.
    fn name(&mut self, height: f64, widest: f64) {
        const GAP: f64 = 21.0;
        let mut ends: Vec<(&'a str, Hue, f64)> = Vec::new();
        for (series, hue) in self.named() {
            let coordinates = |&(x, y): &(f64, f64)| {
                let x = self.x.fraction(Span::coordinate(self.x.scale, x)?);
                Some((x, self.y.fraction(Span::coordinate(self.y.scale, y)?)))
            };
            let last = series.points.iter().rev().find_map(coordinates);
            let Some((x, y)) = last else { return };
            if series.style == Style::Markers || width(&series.label, TEXT, false) > widest {
                return;
            }
            if !(0.96..=1.001).contains(&x) || !(0.0..=1.0).contains(&y) {
                return;
            }
            ends.push((&series.label, hue, height * (1.0 - y)));
        }
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let places = spread(&ends.iter().map(|e| e.2).collect::<Vec<_>>(), GAP, height);
        if ends.iter().zip(&places).all(|(end, place)| (end.2 - place).abs() < 1.2 * GAP) {
            let name = |(end, y): (&(&'a str, Hue, f64), f64)| (end.0, end.1, (0.0, y));
            self.direct = ends.iter().zip(places).map(name).collect();
        }
    }

    /// Puts the frame into the cell.
    fn place(&mut self, left: f64, top: f64, cell: f64, height: f64, free: bool) {
        let labels = self.y_ticks.labelled.iter().map(|(_, l)| width(l, TEXT, false));
        let left_room = labels.fold(0.0, f64::max) + 10.0;
        let names = self.direct.iter().map(|d| width(d.0, TEXT, false) + 10.0);
        let right_room = names.fold(14.0, f64::max);
        let w = (cell - left_room - right_room).max(40.0);
        let mut frame = Frame {
            left: left + left_room,
            top,
            right: left + left_room + w,
            bottom: top + height,
        };
        let linear = self.x.scale == Scale::Linear && self.y.scale == Scale::Linear;
        if self.panel.equal && linear {
            self.equalize(&mut frame, free);
            self.y_ticks = ticks(&self.y, most(frame.height(), 46.0));
        }
        for (_, _, at) in &mut self.direct {
            *at = (frame.right + 8.0, at.1 + frame.top);
        }
        self.frame = frame;
        // Fewer labels until they stand apart.
        for count in (2..=most(frame.width(), 64.0)).rev() {
            self.x_ticks = ticks(&self.x, count);
            let at = |(c, l): &(f64, String)| (frame.x(&self.x, *c), 0.5 * width(l, TEXT, false));
            let places: Vec<_> = self.x_ticks.labelled.iter().map(at).collect();
            if places.windows(2).all(|p| p[0].0 + p[0].1 + 14.0 <= p[1].0 - p[1].1) {
                break;
            }
        }
    }

    /// Gives both axes the same number of pixels per unit: by more height if that is free, then by a longer range, and
    /// where the range is prescribed by a smaller frame.
    fn equalize(&mut self, frame: &mut Frame, free: bool) {
        let length = |s: &Span| 0.5 * s.hi - 0.5 * s.lo;
        if free {
            let height = frame.width() * length(&self.y) / length(&self.x);
            let height = height.clamp(0.8 * frame.height(), 1.35 * frame.height());
            frame.bottom = frame.top + height;
        }
        let ratio = (length(&self.y) / frame.height()) / (length(&self.x) / frame.width());
        if !ratio.is_finite() || ratio <= 0.0 {
            return;
        }
        match (ratio > 1.0, self.panel.x.range, self.panel.y.range) {
            (true, None, _) => self.x = self.x.widened(ratio),
            (true, Some(_), _) => frame.right = frame.left + frame.width() / ratio,
            (false, _, None) => self.y = self.y.widened(1.0 / ratio),
            (false, _, Some(_)) => frame.bottom = frame.top + frame.height() * ratio,
        }
    }
}

impl Entry<'_> {
    fn same(&self, other: &Self) -> bool {
        (self.label, self.style, self.hue) == (other.label, other.style, other.hue)
    }

    fn width(&self) -> f64 {
        SWATCH + 8.0 + width(self.label, TEXT, false)
    }
}

/// The panels with their ranges and with a hue for each series: its own, that of the same name in an earlier panel, or
/// the next one.
fn plots(figure: &Figure) -> Result<Vec<Plot<'_>>> {
    let mut known: Vec<(&str, Hue)> = Vec::new();
    let mut plots = Vec::new();
    for panel in &figure.panels {
        let mut hues = Vec::new();
        for series in &panel.series {
            let same = known.iter().find(|(label, _)| *label == series.label && !label.is_empty());
            let free = || Hue::ORDER.into_iter().find(|h| known.iter().all(|k| k.1 != *h));
            let next = || free().unwrap_or(Hue::ORDER[known.len() % Hue::ORDER.len()]);
            let hue = series.hue.or(same.map(|s| s.1)).unwrap_or_else(next);
            if series.style != Style::Level {
                known.push((&series.label, hue));
            }
            hues.push(hue);
        }
        plots.push(Plot {
            panel,
            hues,
            x: span(panel, Which::X)?,
            y: span(panel, Which::Y)?,
            x_ticks: Ticks::default(),
            y_ticks: Ticks::default(),
            frame: Frame::default(),
            title: (0.0, 0.0),
            y_label: (0.0, 0.0),
            direct: Vec::new(),
            legend: Vec::new(),
        });
    }
    Ok(plots)
}

/// The entries of one legend for all panels, if some name recurs and none means two things.
fn shared<'a>(plots: &[Plot<'a>]) -> Option<Vec<Entry<'a>>> {
    let mut entries: Vec<Entry<'a>> = Vec::new();
    let mut recurs = false;
    for plot in plots {
        let seen = entries.len();
        for entry in plot.entries() {
            match entries.iter().position(|e| e.label == entry.label) {
                Some(k) if !entries[k].same(&entry) => return None,
                Some(k) => recurs |= k < seen,
                None => entries.push(entry),
            }
        }
    }
    recurs.then_some(entries)
}

/// Places entries one after the other, in as many rows as they need.
fn flow<'a>(entries: &[Entry<'a>], (left, top): Px, room: f64) -> Vec<Entry<'a>> {
    let (mut x, mut y) = (left, top + 0.5 * LINE);
    let mut placed = Vec::new();
    for entry in entries {
        if x > left && x + entry.width() > left + room {
            (x, y) = (left, y + LINE);
        }
        placed.push(Entry { at: (x, y), ..*entry });
        x += entry.width() + 24.0;
    }
    placed
}

fn rows(legend: &[Entry<'_>]) -> f64 {
    legend.chunk_by(|a, b| a.at.1 == b.at.1).count() as f64
}

/// How many labels a distance has room for.
fn most(length: f64, each: f64) -> usize {
    ((length / each) as usize).clamp(2, 6)
}

/// Places at least `gap` apart inside `0..=room`, as near to the ascending `wanted` as possible (least squares).
fn spread(wanted: &[f64], gap: f64, room: f64) -> Vec<f64> {
    // Without the gaps the places are the isotonic regression of what is wanted: pool neighbours in the wrong order.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (k, y) in wanted.iter().enumerate() {
        pools.push((y - k as f64 * gap, 1));
        while let [.., (a, m), (b, n)] = pools[..]
            && a >= b
        {
            pools.truncate(pools.len() - 2);
            pools.push(((a * m as f64 + b * n as f64) / (m + n) as f64, m + n));
        }
    }
    let last = wanted.len().saturating_sub(1) as f64 * gap;
    let bases = pools.iter().flat_map(|&(y, n)| std::iter::repeat_n(y, n));
    let inside = |y: f64| y.min(room - last).max(0.0);
    bases.enumerate().map(|(k, y)| inside(y) + k as f64 * gap).collect()
}

/// The text in lines no wider than `room`, if its words allow that.
fn wrap(text: &str, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), TITLE, true) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn names_are_spread_in_order_and_move_no_more_than_they_must() {
        assert_eq!(spread(&[10., 50.], 20., 100.), [10., 50.]);
        assert_eq!(spread(&[50., 50.], 20., 100.), [40., 60.]);
        assert_eq!(spread(&[99., 100.], 20., 100.), [80., 100.]);
        assert_eq!(spread(&[10., 12., 14., 90.], 20., 100.), [0., 20., 40., 90.]);
    }
}
