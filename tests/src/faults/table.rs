//! Outcomes as a table, in Markdown that can be read as it is.

use std::fmt;

use tasker_span_runtime::Protocol;

use super::outcome::Outcome;

/// A line for each outcome.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a>(pub &'a [Outcome]);

const HEADS: [&str; 10] = [
    "fault",
    "over",
    "calls",
    "spans",
    "arrived",
    "rejected",
    "failed",
    "dropped",
    "held at most",
    "median, p99 of a call",
];

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<_> = self.0.iter().map(row).collect();
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count());
            cells.max().unwrap_or_default().max(HEADS[column].chars().count())
        };
        let widths: [_; 10] = std::array::from_fn(width);
        line(f, &HEADS.map(str::to_owned), &widths)?;
        let rule = |column| {
            let dashes = "-".repeat(widths[column] - 1);
            let end = if is_number(column) { ":" } else { "-" };
            format!("{dashes}{end}")
        };
        line(f, &std::array::from_fn(rule), &widths)?;
        rows.iter().try_for_each(|row| line(f, row, &widths))
    }
}

fn line(f: &mut fmt::Formatter<'_>, cells: &[String; 10], widths: &[usize; 10]) -> fmt::Result {
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        if is_number(column) {
            write!(f, "| {cell:>width$} ")?;
        } else {
            write!(f, "| {cell:<width$} ")?;
        }
    }
    writeln!(f, "|")
}

fn is_number(column: usize) -> bool {
    column >= 2
}

fn row(outcome: &Outcome) -> [String; 10] {
    let (median, p99) = outcome.slowdown();
    [
        outcome.fault.to_string(),
        shown(outcome.protocol).to_owned(),
        grouped(outcome.calls),
        grouped(outcome.emitted),
        grouped(outcome.arrived),
        grouped(outcome.rejected),
        grouped(outcome.report.spans_export_failed),
        grouped(outcome.report.lost() - outcome.report.spans_export_failed),
        megabytes(outcome.held),
        format!("{median:.2}, {p99:.2}"),
    ]
}

pub(super) fn shown(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::HttpProtobuf => "HTTP",
        _ => "gRPC",
    }
}

/// `12,345`.
pub(super) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[expect(clippy::cast_precision_loss, reason = "no program holds 2⁵³ bytes")]
pub(super) fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        let counts = [0, 12, 1_000, 12_345, 1_234_567];
        let grouped = counts.map(grouped);
        assert_eq!(grouped, ["0", "12", "1,000", "12,345", "1,234,567"]);
        assert_eq!(megabytes(2_560_000), "2.6 MB");
    }
}
