//! Names of series and titles: what is set in lines, and where.

use super::canvas::width;
use super::layout::{Plot, TEXT, TITLE};
use super::polyline::Px;
use super::{Hue, Style};

/// Height of a line of text in pixels.
pub(super) const LINE: f64 = 24.0;

/// A line of a legend.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) label: &'a str,
    pub(super) style: Style,
    pub(super) hue: Hue,
    /// Whether the line bears a few markers.
    pub(super) marked: bool,
    /// Left end, half-way up.
    pub(super) at: Px,
}

impl Entry<'_> {
    pub(super) fn same(&self, other: &Self) -> bool {
        (self.label, self.style, self.hue) == (other.label, other.style, other.hue)
    }

    /// Length of the piece of line before the name.
    pub(super) fn swatch(&self) -> f64 {
        if self.style == Style::Markers { 12.0 } else { 36.0 }
    }

    fn width(&self) -> f64 {
        self.swatch() + 8.0 + width(self.label, TEXT, false)
    }
}

/// The entries of one legend for all panels, if some name recurs and none means two things.
pub(super) fn common<'a>(plots: &[Plot<'a>]) -> Option<Vec<Entry<'a>>> {
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
pub(super) fn flow<'a>(entries: &[Entry<'a>], (left, top): Px, room: f64) -> Vec<Entry<'a>> {
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

pub(super) fn rows(legend: &[Entry<'_>]) -> f64 {
    legend.chunk_by(|a, b| a.at.1 == b.at.1).count() as f64
}

/// Places at least `gap` apart inside `0..=room`, as near to the ascending `wanted` as possible (least squares).
pub(super) fn spread(wanted: &[f64], gap: f64, room: f64) -> Vec<f64> {
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
pub(super) fn wrap(text: &str, room: f64) -> Vec<String> {
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
