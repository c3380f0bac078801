//! `Public`: what a message may show of a file that is broken TOML. Other tables, and the endpoint, may hold passwords.

use std::ops::Range;

use crate::setup::config::mistakes::quoted;

/// The text of a file, and where our tables are in it.
pub(super) struct Public<'t> {
    text: &'t str,
    /// The lines that begin a table, and whether it is one of ours.
    tables: Vec<(usize, bool)>,
}

impl<'t> Public<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut tables = Vec::new();
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            if let Some(name) = line.trim_start().strip_prefix('[') {
                tables.push((start, is_telemetry(name.trim_start_matches('['))));
            }
            start += line.len();
        }
        Self { text, tables }
    }

    /// The text that the parser marked, or the next character.
    pub(super) fn found(&self, span: &Range<usize>) -> String {
        let marked = self.text.get(span.clone()).filter(|marked| !marked.is_empty());
        let next = || {
            let rest = self.text.get(span.start..)?;
            rest.get(..rest.chars().next()?.len_utf8())
        };
        match marked.or_else(next) {
            None => "the end of the file".to_owned(),
            Some("\n" | "\r") if marked.is_none() => "the end of the line".to_owned(),
            Some(text) if self.may_show(text, span.start) => format!("`{}`", quoted(text)),
            Some(_) => "a text (not shown)".to_owned(),
        }
    }

    fn may_show(&self, text: &str, offset: usize) -> bool {
        if matches!(text.as_bytes(), [byte] if byte.is_ascii_punctuation()) {
            return true;
        }
        let start = self.text[..offset].rfind('\n').map_or(0, |end| end + 1);
        let line = self.text[start..].lines().next().unwrap_or_default();
        let tables = self.tables.partition_point(|(table, _)| *table <= start);
        let is_ours = match self.tables[..tables].last() {
            Some((_, is_ours)) => *is_ours,
            None => is_telemetry(line),
        };
        let may_be_endpoint = line.contains("exporter_endpoint") || text.contains('@') || text.contains("://");
        is_ours && !may_be_endpoint
    }
}

/// Whether a key or the name of a table begins with `telemetry`.
fn is_telemetry(name: &str) -> bool {
    let rest = name.trim_start().strip_prefix("telemetry");
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || "-_".contains(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text at `CANARY`.
    fn found(text: &str) -> String {
        let start = text.find("CANARY").unwrap();
        Public::new(text).found(&(start..start + "CANARY".len()))
    }

    #[test]
    fn the_text_of_our_tables_is_shown() {
        for text in [
            "[telemetry]\nenabled = CANARY",
            "[other]\n[[ telemetry.tracing ]]\na = 1\nenabled = CANARY",
            "telemetry.enabled = CANARY",
        ] {
            assert_eq!(found(text), "`CANARY`", "{text}");
        }
    }

    #[test]
    fn other_text_is_not() {
        for text in [
            "password = CANARY",
            "[database]\npassword = CANARY",
            "[telemetry]\n[telemetry2]\npassword = CANARY",
            "[telemetry]\nexporter_endpoint = CANARY",
            "telemetry = { exporter_endpoint = CANARY",
            "telemetry.enabled = true\npassword = CANARY",
        ] {
            assert_eq!(found(text), "a text (not shown)", "{text}");
        }
    }

    #[test]
    fn ends_and_marks_are_shown() {
        let public = Public::new("a\n=");
        assert_eq!(public.found(&(1..1)), "the end of the line");
        assert_eq!(public.found(&(2..2)), "`=`");
        assert_eq!(public.found(&(3..3)), "the end of the file");
    }
}
