//! The ratios as bars: on a linear scale, or on a logarithmic one where they differ by orders of magnitude.

use std::error::Error;
use std::ops::Range;
use std::path::Path;

use plotters::coord::Shift;
use plotters::coord::ranged1d::{AsRangedCoord, ValueFormatter};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::number::factor;
use crate::comparison::Spread;
use crate::failure::Failure;

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What it is, as plain text.
    pub label: String,
    /// How many times the baseline it is.
    pub ratio: Spread,
    /// Whether it is ours.
    pub is_ours: bool,
}

const OURS: RGBColor = RGBColor(0x2a, 0x6f, 0xbb);
const OTHERS: RGBColor = RGBColor(0xa8, 0xb0, 0xb8);
const FONT: (&str, u32) = ("sans-serif", 15);
const WIDTH: u32 = 960;
const ROW: u32 = 34;
const LABELS: u32 = 330;
const AXIS: u32 = 60;
const TITLE: u32 = 40;

/// Draws bars, the first at the top, and writes them as an SVG.
pub fn draw(path: &Path, title: &str, axis: &str, bars: &[Bar]) -> Result<(), Failure> {
    let lowest = bars.iter().map(|bar| bar.ratio.low).fold(1.0, f64::min);
    let highest = bars.iter().map(|bar| bar.ratio.high).fold(1.0, f64::max);
    let drawn = if highest / lowest > 20.0 {
        // Whole powers of ten to the left, and room for the numbers to the right.
        let range = 10f64.powf(lowest.log10().floor())..highest * 3.0;
        drawn(path, title, axis, bars, &range, range.clone().log_scale())
    } else {
        let range = 0.0..highest * 1.15;
        drawn(path, title, axis, bars, &range, range.clone())
    };
    drawn.map_err(|error| Failure::new(format!("drawing the chart: {error}")))
}

fn drawn<X>(
    path: &Path,
    title: &str,
    axis: &str,
    bars: &[Bar],
    range: &Range<f64>,
    scale: X,
) -> Result<(), Box<dyn Error>>
where
    X: AsRangedCoord<Value = f64>,
    X::CoordDescType: ValueFormatter<f64>,
{
    let rows = u32::try_from(bars.len())?;
    let area: DrawingArea<_, Shift> = SVGBackend::new(path, (WIDTH, rows * ROW + AXIS + TITLE)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin_right(20)
        .x_label_area_size(AXIS)
        .y_label_area_size(LABELS)
        .build_cartesian_2d(scale, (0..rows.saturating_sub(1)).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(axis)
        .x_label_formatter(&|ratio| format!("{} ×", (ratio * 1e6).round() / 1e6))
        .y_labels(bars.len())
        .y_label_formatter(&|row| label(bars, row))
        .label_style(FONT)
        .axis_desc_style(FONT)
        .draw()?;

    for (row, bar) in (0..rows).zip(bars.iter().rev()) {
        let colour = if bar.is_ours { OURS } else { OTHERS };
        let (bottom, middle) = (SegmentValue::Exact(row), SegmentValue::CenterOf(row));
        // The upper edge of the last row is no row's lower edge.
        let top = if row + 1 < rows {
            SegmentValue::Exact(row + 1)
        } else {
            SegmentValue::Last
        };
        let mut rectangle = Rectangle::new([(range.start, bottom), (bar.ratio.median, top)], colour.filled());
        rectangle.set_margin(6, 6, 0, 0);
        chart.draw_series(std::iter::once(rectangle))?;
        let quartiles = vec![(bar.ratio.low, middle.clone()), (bar.ratio.high, middle.clone())];
        chart.draw_series(std::iter::once(PathElement::new(quartiles, BLACK.stroke_width(2))))?;
        let number = EmptyElement::at((bar.ratio.high.max(bar.ratio.median), middle))
            + Text::new(
                format!("{} ×", factor(bar.ratio.median)),
                (6, 0),
                TextStyle::from(FONT).pos(Pos::new(HPos::Left, VPos::Center)),
            );
        chart.draw_series(std::iter::once(number))?;
    }
    area.present()?;
    Ok(())
}

/// The first bar is at the top, where the last row is.
fn label(bars: &[Bar], row: &SegmentValue<u32>) -> String {
    let (SegmentValue::CenterOf(row) | SegmentValue::Exact(row)) = row else {
        return String::new();
    };
    let bar = usize::try_from(*row).ok().and_then(|row| bars.iter().rev().nth(row));
    bar.map_or_else(String::new, |bar| bar.label.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_a_row_for_each_bar() {
        let bar = |label: &str, median| Bar {
            label: label.to_owned(),
            ratio: Spread {
                low: median,
                median,
                high: median,
            },
            is_ours: false,
        };
        let path = std::env::temp_dir().join(format!("tasker-span-chart-{}.svg", std::process::id()));
        for smallest in [0.001, 0.5] {
            draw(&path, "title", "axis", &[bar("first", smallest), bar("second", 1.0)]).unwrap();
            let svg = std::fs::read_to_string(&path).unwrap();
            assert!(
                ["title", "axis", "first", "second", "1.00 ×"]
                    .iter()
                    .all(|text| svg.contains(text)),
                "{svg}"
            );
        }
        std::fs::remove_file(path).unwrap();
    }
}
