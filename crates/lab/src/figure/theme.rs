//! Colours, dashes and markers, on light and on dark ground.

use plotters::style::RGBColor;

/// The ground a figure is drawn on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// Dark ink on white.
    #[default]
    Light,
    /// Light ink on a dark ground.
    Dark,
}

impl Theme {
    /// Colour of the ground, for the page around the figure: `#rrggbb`.
    pub fn ground_css(self) -> String {
        let RGBColor(r, g, b) = self.ground();
        format!("#{r:02x}{g:02x}{b:02x}")
    }

    fn pick(self, light: u32, dark: u32) -> RGBColor {
        let hex = if self == Self::Light { light } else { dark };
        RGBColor((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
    }

    pub(super) fn ground(self) -> RGBColor {
        self.pick(0xFFFFFF, 0x14171C)
    }

    /// Titles.
    pub(super) fn ink(self) -> RGBColor {
        self.pick(0x1F2328, 0xE6E9ED)
    }

    /// Labels of axes, ticks and guides.
    pub(super) fn muted(self) -> RGBColor {
        self.pick(0x57606A, 0xA3ACB7)
    }

    pub(super) fn axis(self) -> RGBColor {
        self.pick(0x8C959F, 0x69737E)
    }

    pub(super) fn grid(self) -> RGBColor {
        self.pick(0xE9EBEE, 0x262B32)
    }

    pub(super) fn level(self) -> RGBColor {
        self.pick(0xBCC3CB, 0x49525D)
    }
}

/// The identity of a series: a colour that the colour-blind can tell from the others, and a marker for print in grey.
///
/// The colours descend from Okabe and Ito's, darkened on white and lightened on dark ground until each has a contrast
/// of at least 3 : 1 there. `Blue` to `Gold` are taken in this order by series without a hue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hue {
    /// Discs.
    Blue,
    /// Squares.
    Orange,
    /// Triangles.
    Green,
    /// Diamonds.
    Pink,
    /// Rings.
    Sky,
    /// Hollow squares.
    Red,
    /// Triangles on their point.
    Gold,
    /// Crosses, in the colour of the text: for a reference.
    Ink,
}

/// Shape of a marker.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marker {
    Disc,
    Ring,
    /// Corners around the point, in pixels.
    Polygon(&'static [(f64, f64)]),
    Frame(&'static [(f64, f64)]),
    Cross,
}

const SQUARE: &[(f64, f64)] = &[(-4., -4.), (4., -4.), (4., 4.), (-4., 4.)];
const UP: &[(f64, f64)] = &[(0., -5.6), (5.2, 3.6), (-5.2, 3.6)];
const DOWN: &[(f64, f64)] = &[(0., 5.6), (5.2, -3.6), (-5.2, -3.6)];
const DIAMOND: &[(f64, f64)] = &[(0., -5.8), (5.0, 0.), (0., 5.8), (-5.0, 0.)];

impl Hue {
    /// The order in which series without a hue take theirs.
    pub const ORDER: [Self; 7] = [Self::Blue, Self::Orange, Self::Green, Self::Pink, Self::Sky, Self::Red, Self::Gold];

    pub(super) fn color(self, theme: Theme) -> RGBColor {
        match self {
            Self::Blue => theme.pick(0x2068D8, 0x4B98FF),
            Self::Orange => theme.pick(0xDE6E1A, 0xF07028),
            Self::Green => theme.pick(0x0B7556, 0x36D6A0),
            Self::Pink => theme.pick(0xC2559D, 0xCC6AA8),
            Self::Sky => theme.pick(0x3D9DB5, 0x6FD0EC),
            Self::Red => theme.pick(0x8A1C46, 0xF9909A),
            Self::Gold => theme.pick(0x7A6A00, 0xE8C23C),
            Self::Ink => theme.ink(),
        }
    }

    pub(super) fn marker(self) -> Marker {
        match self {
            Self::Blue => Marker::Disc,
            Self::Orange => Marker::Polygon(SQUARE),
            Self::Green => Marker::Polygon(UP),
            Self::Pink => Marker::Polygon(DIAMOND),
            Self::Sky => Marker::Ring,
            Self::Red => Marker::Frame(SQUARE),
            Self::Gold => Marker::Polygon(DOWN),
            Self::Ink => Marker::Cross,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance as WCAG 2 defines it.
    fn luminance(RGBColor(r, g, b): RGBColor) -> f64 {
        let linear = |c: u8| {
            let c = f64::from(c) / 255.0;
            if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
    }

    #[test]
    fn every_hue_stands_out_from_the_ground() {
        for theme in [Theme::Light, Theme::Dark] {
            let contrast = |color: RGBColor| {
                let (a, b) = (luminance(color) + 0.05, luminance(theme.ground()) + 0.05);
                a.max(b) / a.min(b)
            };
            for hue in Hue::ORDER.into_iter().chain([Hue::Ink]) {
                assert!(contrast(hue.color(theme)) >= 3.0, "{hue:?} on {theme:?}");
            }
            assert!(contrast(theme.muted()) >= 4.5);
        }
    }
}
