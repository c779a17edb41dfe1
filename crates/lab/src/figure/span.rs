//! The range of an axis, and the way from values to pixels.

use super::ticks::round_numbers;
use super::{At, Axis, FigureError, Panel, Result, Scale, Style};

/// What an axis shows: `lo < hi`, exponents of ten on a logarithmic axis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Span {
    pub(super) scale: Scale,
    pub(super) lo: f64,
    pub(super) hi: f64,
}

impl Span {
    /// The value in the span's own coordinate; `None` for what cannot be shown.
    pub(super) fn coordinate(scale: Scale, value: f64) -> Option<f64> {
        match scale {
            Scale::Linear => value.is_finite().then_some(value),
            Scale::Log => (value.is_finite() && value > 0.0).then(|| value.log10()),
        }
    }

    /// Where the coordinate lies: 0 at `lo`, 1 at `hi`.
    pub(super) fn fraction(&self, coordinate: f64) -> f64 {
        // Halves, because hi - lo may overflow.
        (0.5 * coordinate - 0.5 * self.lo) / (0.5 * self.hi - 0.5 * self.lo)
    }

    /// The span longer by `below` and `above` times its length.
    fn padded(self, below: f64, above: f64) -> Self {
        let half = 0.5 * self.hi - 0.5 * self.lo;
        Self {
            lo: (self.lo - 2.0 * below * half).max(f64::MIN),
            hi: (self.hi + 2.0 * above * half).min(f64::MAX),
            ..self
        }
    }

    /// The span `factor >= 1` times as long about its middle.
    pub(super) fn widened(self, factor: f64) -> Self {
        self.padded(0.5 * (factor - 1.0), 0.5 * (factor - 1.0))
    }

    /// The span around one coordinate, or around so few that rounding shows between them.
    fn around(scale: Scale, middle: f64) -> Self {
        let reach = match scale {
            Scale::Log => 1.0,
            Scale::Linear if middle == 0.0 => 1.0,
            Scale::Linear => 0.1 * middle.abs(),
        };
        let (lo, hi) = ((middle - reach).max(f64::MIN), (middle + reach).min(f64::MAX));
        if lo < hi { Self { scale, lo, hi } } else { Self { scale, lo: -1.0, hi: 1.0 } }
    }
}

/// Which axis of a panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    X,
    Y,
}

/// What the axis shows: its own range, or the series and guides of the panel with a little air.
///
/// Level sets count only where nothing else is. Nothing at all gives `0..1`, on a logarithmic axis `1..10`.
pub(super) fn span(panel: &Panel, which: Which) -> Result<Span> {
    let axis = if which == Which::X { &panel.x } else { &panel.y };
    if let Some((from, to)) = axis.range {
        return explicit(axis, from, to);
    }
    let scale = axis.scale;
    let reach = |levels: bool| {
        let (mut lo, mut hi) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut take = |coordinate: Option<f64>| {
            if let Some(c) = coordinate {
                (lo, hi) = (lo.min(c), hi.max(c));
            }
        };
        for series in panel.series.iter().filter(|s| (s.style == Style::Level) == levels) {
            for &(x, y) in &series.points {
                let other = if which == Which::X { (panel.y.scale, y) } else { (panel.x.scale, x) };
                if Span::coordinate(other.0, other.1).is_some() {
                    take(Span::coordinate(scale, if which == Which::X { x } else { y }));
                }
            }
        }
        for guide in &panel.guides {
            match (which, guide.at) {
                (Which::X, At::X(v)) | (Which::Y, At::Y(v)) => take(Span::coordinate(scale, v)),
                _ => {}
            }
        }
        (lo, hi)
    };
    let ((mut lo, mut hi), mut levels) = (reach(false), false);
    if lo > hi {
        ((lo, hi), levels) = (reach(true), true);
    }
    if lo > hi {
        return Ok(Span { scale, lo: 0.0, hi: 1.0 });
    }
    // Closer than this, ticks would show nothing but rounding.
    if 0.5 * hi - 0.5 * lo <= 1e-12 * lo.abs().max(hi.abs()) {
        return Ok(Span::around(scale, 0.5 * lo + 0.5 * hi));
    }
    let zero = scale == Scale::Linear && lo >= 0.0 && lo < 0.3 * hi && !panel.equal;
    if zero && which == Which::Y {
        lo = 0.0;
    }
    let markers = panel.series.iter().any(|s| matches!(s.style, Style::Markers));
    let air = match which {
        _ if panel.equal && levels => 0.0,
        _ if panel.equal => 0.08,
        Which::X if markers => 0.03,
        Which::X => 0.0,
        Which::Y => 0.05,
    };
    if air == 0.0 && which == Which::X && scale == Scale::Linear {
        // 0 to 399 is nearly 0 to 400.
        (lo, hi) = (outwards(lo, lo, hi, f64::floor), outwards(hi, lo, hi, f64::ceil));
    }
    Ok(Span { scale, lo, hi }.padded(if lo == 0.0 && zero { 0.0 } else { air }, air))
}

/// The next round number outside if it is near, else the end itself.
fn outwards(end: f64, lo: f64, hi: f64, round: fn(f64) -> f64) -> f64 {
    let (step, _) = round_numbers(lo, hi, 6);
    let tick = round(end / step) * step;
    if (tick - end).abs() <= 0.025 * (hi - lo) { tick } else { end }
}

fn explicit(axis: &Axis, from: f64, to: f64) -> Result<Span> {
    match (Span::coordinate(axis.scale, from), Span::coordinate(axis.scale, to)) {
        (Some(lo), Some(hi)) if lo < hi => Ok(Span { scale: axis.scale, lo, hi }),
        _ => Err(FigureError::Range { axis: axis.label.clone(), from, to }),
    }
}
