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

/// The identity of a series: a colour that the colour-blind can tell from the others, with a dash and a marker of its
/// own for print in grey.
///
/// The colours descend from Okabe and Ito's, darkened on white and lightened on dark ground until each has a contrast
/// of at least 3 : 1 there. `Blue` to `Gold` are taken in this order by series without a hue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hue {
    /// Solid, discs.
    Blue,
    /// Long dashes, squares.
    Orange,
    /// Dash and dot, triangles.
    Green,
    /// Dash and two dots, diamonds.
    Pink,
    /// Dots, rings.
    Sky,
    /// Short dashes, hollow squares.
    Red,
    /// Long dash and dot, triangles on their point.
    Gold,
    /// The colour of the text, for a reference; solid, crosses.
    Ink,
}

impl Hue {
    /// The order in which series without a hue take theirs.
    pub const ORDER: [Self; 7] =
        [Self::Blue, Self::Orange, Self::Green, Self::Pink, Self::Sky, Self::Red, Self::Gold];

    pub(super) fn color(self, theme: Theme) -> RGBColor {
        let (light, dark) = match self {
            Self::Blue => (0x0072B2, 0x4BA3E3),
            Self::Orange => (0xD55E00, 0xF08A3C),
            Self::Green => (0x00876A, 0x2FBF9B),
            Self::Pink => (0xB8589A, 0xE08CC2),
            Self::Sky => (0x3C93C9, 0x8CCBF2),
            Self::Red => (0xA0203A, 0xE8647A),
            Self::Gold => (0xA17800, 0xE3B93C),
            Self::Ink => (0x1F2328, 0xE6E9ED),
        };
        rgb(if theme == Theme::Light { light } else { dark })
    }
}

fn rgb(hex: u32) -> RGBColor {
    RGBColor((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}
