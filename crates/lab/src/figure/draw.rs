//! The drawing with plotters.

use plotters::prelude::*;

use super::{Figure, FigureError, Hue, Result, Scale, Theme};

/// The figure as plotters draws it.
pub(super) fn draw(figure: &Figure, theme: Theme) -> Result<String> {
    let fail = |e: &dyn std::fmt::Display| FigureError::Draw(e.to_string());
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (800, 460)).into_drawing_area();
        root.fill(&WHITE).map_err(|e| fail(&e))?;
        for (area, panel) in root.split_evenly((1, figure.panels.len())).iter().zip(&figure.panels)
        {
            let map = |scale: Scale, v: f64| if scale == Scale::Log { v.log10() } else { v };
            let lines: Vec<Vec<(f64, f64)>> = panel
                .series
                .iter()
                .map(|s| {
                    s.points.iter().map(|&(x, y)| (map(panel.x.scale, x), map(panel.y.scale, y)))
                })
                .map(|s| s.filter(|p| p.0.is_finite() && p.1.is_finite()).collect())
                .collect();
            let all: Vec<(f64, f64)> = lines.iter().flatten().copied().collect();
            let span = |f: fn(&(f64, f64)) -> f64| {
                let lo = all.iter().map(f).fold(f64::INFINITY, f64::min);
                let hi = all.iter().map(f).fold(f64::NEG_INFINITY, f64::max);
                if lo < hi { lo..hi } else { 0.0..1.0 }
            };
            let mut chart = ChartBuilder::on(area)
                .margin(30)
                .build_cartesian_2d(span(|p| p.0), span(|p| p.1))
                .map_err(|e| fail(&e))?;
            for (k, line) in lines.into_iter().enumerate() {
                let color = Hue::ORDER[k % Hue::ORDER.len()].color(theme);
                chart
                    .draw_series(LineSeries::new(line, color.stroke_width(2)))
                    .map_err(|e| fail(&e))?;
            }
        }
        root.present().map_err(|e| fail(&e))?;
    }
    Ok(svg)
}
