//! The output of the comparison: numbers, tables, and parts of a page.

mod machine;

use std::fmt;

pub(crate) use self::machine::machine;

/// A table in Markdown: rows under a heading. All columns except the first are numbers.
#[derive(Debug)]
pub(crate) struct Table(Vec<Vec<String>>);

impl Table {
    pub(crate) fn new<S: Into<String>>(columns: impl IntoIterator<Item = S>) -> Self {
        let columns: Vec<String> = columns.into_iter().map(Into::into).collect();
        let mut rules = vec!["---:".to_owned(); columns.len()];
        rules[0].truncate(3);
        Self(vec![columns, rules])
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.0.push(cells.into_iter().map(Into::into).collect());
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rows = self.0.iter();
        rows.try_for_each(|cells| writeln!(f, "| {} |", cells.join(" | ")))
    }
}

/// Prints a part of a page, for `scripts/write-parts`.
pub(crate) fn part(name: &str, content: &impl fmt::Display) {
    let content = content.to_string();
    println!(
        "<!-- generated: {name} -->\n\n{}\n\n<!-- end: {name} -->\n",
        content.trim()
    );
}

/// Three significant digits, or a whole number with its thousands apart.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value {
        _ if value.fract() == 0.0 => 0,
        99.95.. => 0,
        9.995.. => 1,
        0.1.. => 2,
        0.01.. => 3,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    let whole = text.split('.').next().map_or(0, str::len);
    let mut grouped = String::new();
    for (index, digit) in text.chars().enumerate() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[expect(clippy::cast_precision_loss, reason = "all numbers here are far below 2^52")]
pub(crate) fn float(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_three_digits() {
        let values = [0.012_34, 1.234, 31.25, 456.7, 1_456.7, 2e6, 17.0, 0.0, f64::NAN];
        let expected = ["0.012", "1.23", "31.2", "457", "1,457", "2,000,000", "17", "0", "NaN"];
        assert_eq!(values.map(number), expected);
    }
}
