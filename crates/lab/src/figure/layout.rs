//! Where everything goes, in pixels.

use super::canvas::width;
use super::legend::{Entry, LINE, common, flow, rows, spread, wrap};
use super::polyline::{Frame, Px};
use super::span::{Span, Which, span};
use super::ticks::{Ticks, ticks};
use super::{Figure, Hue, Panel, Result, Scale, Series, Style};

pub(super) const TEXT: f64 = 16.0;
pub(super) const TITLE: f64 = 20.0;
const MARGIN: f64 = 18.0;
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

/// A panel in its place.
pub(super) struct Plot<'a> {
    pub(super) panel: &'a Panel,
    pub(super) hues: Vec<Hue>,
    /// Whether plain lines bear a few markers, to tell one from the other.
    pub(super) marked: bool,
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
        let height = figure.plot_height.filter(|h| !h.is_nan()).map(|h| h.clamp(60.0, 2000.0));
        let mut plots = plots(figure)?;
        let cell = (total - 2.0 * MARGIN - COLUMN_GAP * (columns - 1) as f64) / columns as f64;

        let standard = height.unwrap_or(tall);
        let shared = name(&mut plots, standard, 0.3 * cell);

        let mut bottom = MARGIN - 4.0;
        let mut title = Vec::new();
        for line in wrap(&figure.title, total - 2.0 * MARGIN) {
            bottom += TITLE_LINE;
            title.push((line, (MARGIN, bottom - 6.0)));
        }
        bottom += 10.0;
        let mut legend = Vec::new();
        if let Some(entries) = &shared {
            legend = flow(entries, (MARGIN, bottom), total - 2.0 * MARGIN);
            bottom += LINE * rows(&legend) + 6.0;
        }

        // As much room for the labels of all panels in a column, so that their frames stand one below the other.
        let mut rooms = vec![(0.0_f64, 0.0_f64); columns];
        for (k, plot) in plots.iter_mut().enumerate() {
            plot.y_ticks = ticks(&plot.y, most(standard, 46.0));
            let (left, right) = plot.room();
            let room = &mut rooms[k % columns];
            *room = (room.0.max(left), room.1.max(right));
        }
        for row in plots.chunks_mut(columns) {
            // Panels with equal axes may have the height of the tallest of them.
            let wanted = |(k, p): (usize, &Plot<'_>)| (cell - rooms[k].0 - rooms[k].1) * p.aspect();
            let equal = row.iter().enumerate().filter(|(_, p)| p.equal()).map(wanted);
            let height = match equal.reduce(f64::max) {
                Some(wanted) if height.is_none() => wanted.clamp(0.8 * tall, 1.35 * tall),
                _ => standard,
            };
            // Before the frame: title, legend, label of the vertical axis; as much for the whole row.
            let titled = row.iter().any(|p| !p.panel.title.is_empty());
            let labelled = row.iter().any(|p| !p.panel.y.label.is_empty());
            let mut legends = 0.0_f64;
            for plot in row.iter_mut() {
                if shared.is_none() && plot.direct.is_empty() {
                    plot.legend = flow(&plot.entries(), (0.0, 0.0), cell);
                    legends = legends.max(rows(&plot.legend));
                }
            }
            let top = bottom + if titled { LINE + 2.0 } else { 0.0 };
            let frame_top = top + LINE * legends + if labelled { LINE + 10.0 } else { 12.0 };
            let mut lowest = 0.0_f64;
            for (k, plot) in row.iter_mut().enumerate() {
                let left = MARGIN + k as f64 * (cell + COLUMN_GAP);
                let (before, after) = rooms[k];
                let right = (left + cell - after).max(left + before + 40.0);
                let frame = Frame { left: left + before, top: frame_top, right, bottom: frame_top + height };
                plot.place(frame);
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

    fn line_hues(&self) -> Vec<Hue> {
        self.named().filter(|(s, _)| s.style == Style::Line).map(|(_, hue)| hue).collect()
    }

    pub(super) fn entries(&self) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for (series, hue) in self.named() {
            let (style, label) = (series.style, series.label.as_str());
            let marked = self.marked && style == Style::Line;
            let entry = Entry { label, style, hue, marked, at: (0.0, 0.0) };
            if !entries.iter().any(|e| e.same(&entry)) {
                entries.push(entry);
            }
        }
        entries
    }

    /// Names the series at the ends of their lines, in `direct`, if that leaves no doubt: each ends at the right edge,
    /// and no name has to move far from its line. `x` of the places is yet to be added, `y` is from the frame's top.
    ///
    /// Returns whether it does.
    fn name(&mut self, height: f64, widest: f64) -> bool {
        const GAP: f64 = 21.0;
        let mut ends: Vec<(&'a str, Hue, f64)> = Vec::new();
        for (series, hue) in self.named() {
            let coordinates = |&(x, y): &(f64, f64)| {
                let x = self.x.fraction(Span::coordinate(self.x.scale, x)?);
                Some((x, self.y.fraction(Span::coordinate(self.y.scale, y)?)))
            };
            let last = series.points.iter().rev().find_map(coordinates);
            let Some((x, y)) = last else { return false };
            if series.style == Style::Markers || width(&series.label, TEXT, false) > widest {
                return false;
            }
            if !(0.96..=1.001).contains(&x) || !(0.0..=1.0).contains(&y) {
                return false;
            }
            ends.push((&series.label, hue, height * (1.0 - y)));
        }
        ends.sort_by(|a, b| a.2.total_cmp(&b.2));
        let places = spread(&ends.iter().map(|e| e.2).collect::<Vec<_>>(), GAP, height);
        let name = |(end, y): (&(&'a str, Hue, f64), &f64)| (end.0, end.1, (0.0, *y));
        self.direct = ends.iter().zip(&places).map(name).collect();
        ends.iter().zip(&places).all(|(end, place)| (end.2 - place).abs() < 1.2 * GAP)
    }

    /// Puts the frame into the cell.
    fn place(&mut self, mut frame: Frame) {
        if self.equal() {
            self.equalize(&mut frame);
            self.y_ticks = ticks(&self.y, most(frame.height(), 46.0));
        }
        for (_, _, at) in &mut self.direct {
            *at = (frame.right + 8.0, at.1 + frame.top);
        }
        self.frame = frame;
        // Fewer labels until they stand apart.
        for count in (2..=most(frame.width(), 48.0)).rev() {
            self.x_ticks = ticks(&self.x, count);
            let at = |(c, l): &(f64, String)| (frame.x(&self.x, *c), 0.5 * width(l, TEXT, false));
            let places: Vec<_> = self.x_ticks.labelled.iter().map(at).collect();
            if places.windows(2).all(|p| p[0].0 + p[0].1 + 14.0 <= p[1].0 - p[1].1) {
                break;
            }
        }
    }

    /// What the labels left and right of the frame need.
    fn room(&self) -> (f64, f64) {
        let labels = self.y_ticks.labelled.iter().map(|(_, l)| width(l, TEXT, false));
        let names = self.direct.iter().map(|d| width(d.0, TEXT, false));
        (labels.fold(0.0, f64::max) + 10.0, names.fold(4.0, f64::max) + 10.0)
    }

    fn equal(&self) -> bool {
        self.panel.equal && self.x.scale == Scale::Linear && self.y.scale == Scale::Linear
    }

    /// Height over width of what an equal panel shows.
    fn aspect(&self) -> f64 {
        (0.5 * self.y.hi - 0.5 * self.y.lo) / (0.5 * self.x.hi - 0.5 * self.x.lo)
    }

    /// Gives both axes the same number of pixels per unit: by a longer range, or where the range is prescribed by a
    /// smaller frame.
    fn equalize(&mut self, frame: &mut Frame) {
        let ratio = self.aspect() * frame.width() / frame.height();
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

/// Decides how the series get their names: at the ends of their lines if that leaves no doubt in any panel, else by a
/// legend for each panel, or by the one that is returned.
fn name<'a>(plots: &mut [Plot<'a>], height: f64, widest: f64) -> Option<Vec<Entry<'a>>> {
    let common = common(plots);
    let direct = common.is_none() && plots.iter_mut().all(|p| p.name(height, widest));
    // A line with its name at the end, or alone in its legend, needs no marker to be told from the others.
    let several = plots.iter().map(Plot::line_hues).collect::<Vec<_>>();
    let all = several.concat();
    for (plot, own) in plots.iter_mut().zip(&several) {
        let known = if common.is_some() { &all } else { own };
        plot.marked = !direct && known.iter().any(|h| *h != known[0]);
        if !direct {
            plot.direct.clear();
        }
    }
    common
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
            marked: false,
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

/// How many labels a distance has room for.
fn most(length: f64, each: f64) -> usize {
    ((length / each) as usize).clamp(2, 7)
}
