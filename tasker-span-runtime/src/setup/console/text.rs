//! Lines of text: replaces the spans that `fmt` has written.

use std::fmt;

use tracing_subscriber::fmt::format::Writer;

use super::format::Style;
use super::spans::{FormatFields, LineSpan};

/// Writes spans as `fmt` does.
pub(super) struct SpanWriter<'a> {
    pub(super) style: Style,
    pub(super) is_ansi: bool,
    pub(super) format: &'a FormatFields<'a>,
}

const BOLD: u8 = 1;
const DIMMED: u8 = 2;

impl SpanWriter<'_> {
    /// Writes the line from its spans on. `fmt` has written there the spans `before` the
    /// message, and the fields of those `after` it.
    pub(super) fn replace(
        &self,
        writer: &mut Writer<'_>,
        line: &str,
        [before, after]: [&[LineSpan<'_>]; 2],
        spans: &[LineSpan<'_>],
    ) -> fmt::Result {
        let (mut names, mut fields) = (String::new(), String::new());
        self.write_spans(&mut Writer::new(&mut names), before)?;
        self.write_fields(&mut Writer::new(&mut fields), after)?;
        let rest = line.strip_prefix(&*names).and_then(|rest| rest.strip_suffix(&*fields));
        // Another version of `fmt` may write its spans otherwise. They stay, then.
        let local: Vec<_> = spans.iter().copied().filter(LineSpan::is_local).collect();
        let (spans, rest) = rest.map_or((&local[..], line), |rest| (spans, rest));
        self.write_spans(writer, spans)?;
        writer.write_str(rest)?;
        self.write_fields(writer, spans)
    }

    /// Before the message: in full lines also the fields.
    fn write_spans(&self, writer: &mut Writer<'_>, spans: &[LineSpan<'_>]) -> fmt::Result {
        for span in spans {
            writer.write_str(&self.styled(BOLD, span.name()))?;
            if self.style == Style::Compact {
                writer.write_char(':')?;
            } else {
                let braces = ["{", "}"].map(|brace| self.styled(BOLD, brace));
                span.write_fields(writer, self.format, [&braces[0], &braces[1]])?;
                writer.write_str(&self.styled(DIMMED, ":"))?;
            }
        }
        writer.write_str(if spans.is_empty() { "" } else { " " })
    }

    /// After the message.
    fn write_fields(&self, writer: &mut Writer<'_>, spans: &[LineSpan<'_>]) -> fmt::Result {
        if self.style != Style::Compact {
            return Ok(());
        }
        let start = format!(" {}", self.start(DIMMED));
        spans
            .iter()
            .try_for_each(|span| span.write_fields(writer, self.format, [&start, self.end()]))
    }

    fn styled(&self, style: u8, text: &str) -> String {
        format!("{}{text}{}", self.start(style), self.end())
    }

    fn start(&self, style: u8) -> String {
        if self.is_ansi {
            format!("\x1b[{style}m")
        } else {
            String::new()
        }
    }

    fn end(&self) -> &'static str {
        if self.is_ansi { "\x1b[0m" } else { "" }
    }
}
