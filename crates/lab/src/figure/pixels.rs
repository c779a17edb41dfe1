//! A drawing as PNG with a palette: a third of the size of one with three bytes a pixel.

use std::collections::BTreeMap;

use resvg::tiny_skia::Pixmap;

/// Encodes an opaque picture with its 256 most frequent colours; others become the nearest of these.
///
/// A figure has few inks; what else there is, edges softened against the ground, comes in some hundred shades that
/// the eye cannot tell from their neighbours.
pub(super) fn png(pixmap: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let colors = pixmap.data().as_chunks::<4>().0;
    let mut counts: BTreeMap<[u8; 4], usize> = BTreeMap::new();
    for color in colors {
        *counts.entry(*color).or_default() += 1;
    }
    let mut frequent: Vec<[u8; 4]> = counts.keys().copied().collect();
    frequent.sort_by_key(|color| std::cmp::Reverse(counts[color]));
    frequent.truncate(256);
    let nearest = |color: &[u8; 4]| {
        let far = |k: &usize| {
            let square = |(a, b): (&u8, &u8)| i32::from(a.abs_diff(*b)).pow(2);
            color.iter().zip(&frequent[*k]).map(square).sum::<i32>()
        };
        (0..frequent.len()).min_by_key(far).unwrap_or(0) as u8
    };
    let index: BTreeMap<[u8; 4], u8> = counts.keys().map(|c| (*c, nearest(c))).collect();
    let pixels: Vec<u8> = colors.iter().map(|color| index[color]).collect();

    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(frequent.iter().flat_map(|c| [c[0], c[1], c[2]]).collect::<Vec<u8>>());
    encoder.set_compression(png::Compression::High);
    encoder.set_filter(png::Filter::NoFilter);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}
