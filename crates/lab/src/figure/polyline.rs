//! Lines in pixels: broken where a point is missing, cut off at the frame, and without points that nobody can see.

use super::span::Span;

/// A point in pixels, downwards positive.
pub(super) type Px = (f64, f64);

/// A rectangle in pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Frame {
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) right: f64,
    pub(super) bottom: f64,
}

impl Frame {
    pub(super) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(super) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(super) fn contains(&self, (x, y): Px) -> bool {
        let air = 0.01;
        (self.left - air..=self.right + air).contains(&x) && (self.top - air..=self.bottom + air).contains(&y)
    }

    pub(super) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right && other.left < self.right && self.top < other.bottom && other.top < self.bottom
    }

    /// Where a coordinate of the horizontal axis lies. Far outside is as good as infinitely far.
    pub(super) fn x(&self, span: &Span, coordinate: f64) -> f64 {
        self.left + self.width() * span.fraction(coordinate).clamp(-1e4, 1e4)
    }

    /// Where a coordinate of the vertical axis lies.
    pub(super) fn y(&self, span: &Span, coordinate: f64) -> f64 {
        self.bottom - self.height() * span.fraction(coordinate).clamp(-1e4, 1e4)
    }

    /// The part of the segment from `a` to `b` inside the frame (Liang and Barsky).
    pub(super) fn clip(&self, a: Px, b: Px) -> Option<(Px, Px)> {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let (mut from, mut to) = (0.0_f64, 1.0_f64);
        let edges = [(-dx, a.0 - self.left), (dx, self.right - a.0), (-dy, a.1 - self.top), (dy, self.bottom - a.1)];
        for (outward, room) in edges {
            if outward == 0.0 {
                if room < 0.0 {
                    return None;
                }
            } else if outward < 0.0 {
                from = from.max(room / outward);
            } else {
                to = to.min(room / outward);
            }
        }
        let at = |t: f64| (a.0 + t * dx, a.1 + t * dy);
        // The ends themselves, not 0 + 1 * dx, so that pieces join exactly.
        let start = if from == 0.0 { a } else { at(from) };
        let end = if to == 1.0 { b } else { at(to) };
        (from <= to).then_some((start, end))
    }
}

/// The points in pixels; `None` for one that cannot be shown.
pub(super) fn project(points: &[(f64, f64)], x: &Span, y: &Span, frame: &Frame) -> Vec<Option<Px>> {
    let show = |&(vx, vy): &(f64, f64)| {
        let cx = Span::coordinate(x.scale, vx)?;
        let cy = Span::coordinate(y.scale, vy)?;
        Some((frame.x(x, cx), frame.y(y, cy)))
    };
    points.iter().map(show).collect()
}

/// The visible pieces of the line through `points`; a point without neighbours is a piece of two equal points.
pub(super) fn pieces(points: &[Option<Px>], frame: &Frame) -> Vec<Vec<Px>> {
    let mut pieces = Vec::new();
    for run in points.split(Option::is_none) {
        let run: Vec<Px> = run.iter().flatten().copied().collect();
        if let [only] = run[..] {
            if frame.contains(only) {
                pieces.push(vec![only, only]);
            }
            continue;
        }
        let mut piece: Vec<Px> = Vec::new();
        for pair in run.windows(2) {
            let Some((a, b)) = frame.clip(pair[0], pair[1]) else { continue };
            if piece.last() != Some(&a) {
                pieces.push(std::mem::replace(&mut piece, vec![a]));
            }
            piece.push(b);
        }
        pieces.push(piece);
    }
    pieces.retain(|piece| piece.len() > 1);
    for piece in &mut pieces {
        *piece = simplify(&columns(piece), 0.12);
    }
    pieces
}

/// Of a long line that runs left to right, what each column of pixels shows: first, lowest, highest and last point.
fn columns(piece: &[Px]) -> Vec<Px> {
    const COLUMN: f64 = 0.7;
    let width = piece[piece.len() - 1].0 - piece[0].0;
    let crowded = piece.len() as f64 > 6.0 * width / COLUMN;
    if !crowded || piece.len() < 50 || piece.windows(2).any(|w| w[1].0 < w[0].0) {
        return piece.to_vec();
    }
    let mut kept = Vec::new();
    for column in piece.chunk_by(|a, b| (a.0 / COLUMN).floor() == (b.0 / COLUMN).floor()) {
        let index = |f: fn(f64, f64) -> bool| {
            (0..column.len()).fold(0, |best, k| if f(column[k].1, column[best].1) { k } else { best })
        };
        let mut picks = [0, index(|a, b| a < b), index(|a, b| a > b), column.len() - 1];
        picks.sort_unstable();
        kept.extend(picks.map(|k| column[k]));
    }
    kept.dedup();
    kept
}

/// The fewest points from which the line is nowhere farther than `tolerance` (Douglas and Peucker).
fn simplify(piece: &[Px], tolerance: f64) -> Vec<Px> {
    let mut keep = vec![false; piece.len()];
    keep[0] = true;
    keep[piece.len() - 1] = true;
    let mut open = vec![(0, piece.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let farthest = (first + 1..last)
            .map(|k| (k, distance(piece[k], piece[first], piece[last])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((k, far)) = farthest
            && far > tolerance
        {
            keep[k] = true;
            open.extend([(first, k), (k, last)]);
        }
    }
    piece.iter().zip(keep).filter_map(|(p, keep)| keep.then_some(*p)).collect()
}

/// Distance of `p` from the segment `a` to `b`.
fn distance(p: Px, a: Px, b: Px) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { ((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length } else { 0.0 };
    let t = along.clamp(0.0, 1.0);
    (p.0 - a.0 - t * dx).hypot(p.1 - a.1 - t * dy)
}

/// The visible ones of `points`, each at least `apart` from the one kept before it; the last one in any case.
pub(super) fn spaced(points: &[Option<Px>], frame: &Frame, apart: f64) -> Vec<Px> {
    let mut kept: Vec<Px> = Vec::new();
    let visible = || points.iter().flatten().copied().filter(|p| frame.contains(*p));
    let far = |a: Px, b: Px| (a.0 - b.0).hypot(a.1 - b.1) >= apart;
    for point in visible() {
        if kept.last().is_none_or(|k| far(*k, point)) {
            kept.push(point);
        }
    }
    if let Some(last) = visible().next_back()
        && kept.len() > 1
        && !far(kept[kept.len() - 1], last)
    {
        kept.pop();
        kept.push(last);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { left: 0.0, top: 0.0, right: 100.0, bottom: 50.0 };

    #[test]
    fn a_line_breaks_at_gaps_and_ends_at_the_frame() {
        let points = [Some((10., 10.)), Some((20., 10.)), None, Some((30., 30.)), None]
            .into_iter()
            .chain([Some((90., 25.)), Some((110., 25.)), Some((110., 45.)), Some((90., 45.))])
            .collect::<Vec<_>>();
        let expected: Vec<Vec<Px>> = vec![
            vec![(10., 10.), (20., 10.)],
            vec![(30., 30.), (30., 30.)],
            vec![(90., 25.), (100., 25.)],
            vec![(100., 45.), (90., 45.)],
        ];
        assert_eq!(pieces(&points, &FRAME), expected);
    }

    #[test]
    fn simplifying_stays_within_the_tolerance_and_drops_most() {
        let wave: Vec<Px> =
            (0..20_000).map(|k| f64::from(k) * 0.005).map(|x| (x, 25. + 20. * (x / 5.).sin())).collect();
        let points: Vec<_> = wave.iter().copied().map(Some).collect();
        let piece = &pieces(&points, &FRAME)[0];
        assert!(piece.len() < 150, "{}", piece.len());
        for p in wave.iter().step_by(37) {
            let near = piece.windows(2).map(|w| distance(*p, w[0], w[1])).fold(f64::MAX, f64::min);
            assert!(near < 0.3, "{near}");
        }
    }
}
