//! The ratios as bars. The scale is logarithmic: what is compared differs by three orders of magnitude.

use std::path::Path;

use plotters::prelude::*;

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
const WIDTH: u32 = 960;
const ROW: u32 = 34;
const LABELS: u32 = 330;
const AXIS: u32 = 60;
const TITLE: u32 = 40;

/// Draws bars, the first at the top, and writes them as an SVG.
pub fn draw(path: &Path, title: &str, axis: &str, bars: &[Bar]) -> Result<(), Failure> {
    drawn(path, title, axis, bars).map_err(|error| Failure::new(format!("drawing the chart: {error}")))
}

fn drawn(path: &Path, title: &str, axis: &str, bars: &[Bar]) -> Result<(), Box<dyn std::error::Error>> {
    let rows = u32::try_from(bars.len())?;
    let lowest = bars.iter().map(|bar| bar.ratio.low).fold(1.0, f64::min);
    let highest = bars.iter().map(|bar| bar.ratio.high).fold(1.0, f64::max);
    // Whole powers of ten to the left, and room for the numbers to the right.
    let range = 10f64.powf(lowest.log10().floor())..highest * 3.0;

    let area = SVGBackend::new(path, (WIDTH, rows * ROW + AXIS + TITLE)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 20))
        .margin_right(20)
        .x_label_area_size(AXIS)
        .y_label_area_size(LABELS)
        .build_cartesian_2d(range.clone().log_scale(), (0..rows).into_segmented())?;
    chart
        .configure_mesh()
        .disable_y_mesh()
        .x_desc(axis)
        .x_label_formatter(&|ratio| format!("{ratio} ×"))
        .y_labels(bars.len())
        .y_label_formatter(&|row| label(bars, row))
        .label_style(("sans-serif", 15))
        .axis_desc_style(("sans-serif", 15))
        .draw()?;

    for (row, bar) in (0..rows).zip(bars.iter().rev()) {
        let colour = if bar.is_ours { OURS } else { OTHERS };
        let (bottom, middle, top) = (
            SegmentValue::Exact(row),
            SegmentValue::CenterOf(row),
            SegmentValue::Exact(row + 1),
        );
        let mut rectangle = Rectangle::new([(range.start, bottom), (bar.ratio.median, top)], colour.filled());
        rectangle.set_margin(6, 6, 0, 0);
        chart.draw_series(std::iter::once(rectangle))?;
        let whisker = vec![(bar.ratio.low, middle.clone()), (bar.ratio.high, middle.clone())];
        chart.draw_series(std::iter::once(PathElement::new(whisker, BLACK.stroke_width(2))))?;
        let number = Text::new(
            format!("{} ×", factor(bar.ratio.median)),
            (bar.ratio.high * 1.08, middle),
            ("sans-serif", 15),
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
