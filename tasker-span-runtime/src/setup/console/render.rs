//! Writes the lines of a [`LogFormat`]: `fmt`'s own lines, completed with ids and local spans.

use std::fmt;

use tracing::span::{Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::format::{LogFormat, Style};
use super::ids::Ids;
use super::line::Line;
use super::local_spans::{self, LocalSpans, ShownSpan};
use crate::span::LocalSpan;

/// The timer of a line: the time, and after it the ids of text lines.
#[derive(Debug)]
pub struct TimeAndIds<'a, T> {
    timer: &'a T,
    ids: Option<Ids>,
}

impl<T: FormatTime> FormatTime for TimeAndIds<'_, T> {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        self.timer.format_time(w)?;
        self.ids.map_or(Ok(()), |ids| write!(w, " {ids}"))
    }
}

impl<S, N, F, T> FormatEvent<S, N> for LogFormat<F, T>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
    F: Clone,
    T: 'static,
    for<'timer> Format<F, TimeAndIds<'timer, T>>: FormatEvent<S, N>,
{
    fn format_event(&self, ctx: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let Self { style, timer, .. } = self;
        // An event that names its parent does not belong to the running code.
        let is_contextual = event.is_contextual();
        let ids = is_contextual.then(Ids::current).flatten();
        let ids = ids.filter(|ids| ids.is_sampled || !self.sampled_only);
        let format = |ids| self.format.clone().with_timer(TimeAndIds { timer, ids });
        let fields = |writer: Writer<'_>, values: &Record<'_>| ctx.format_fields(writer, values);
        let local = if is_contextual {
            LocalSpans::current()
        } else {
            LocalSpans::default()
        };
        let (spans, shown) = if local.is_empty() {
            Default::default()
        } else {
            spans(ctx)
        };
        let outer = local.outer(&shown);
        let local = local.to_show(&shown, |span| self.shows(span));

        #[cfg(feature = "json")]
        if *style == Style::Json {
            let mut line = String::new();
            format(None).format_event(ctx, Writer::new(&mut line), event)?;
            let local: Vec<_> = local.iter().map(|span| super::json::span(*span, &fields)).collect();
            return writer.write_str(&super::json::complete(&line, &local, outer, spans.len(), ids));
        }
        if local.is_empty() {
            return format(ids).format_event(ctx, writer, event);
        }
        let mut format = format(ids);
        if writer.has_ansi_escapes() {
            // The line is written elsewhere first, where `fmt` knows nothing of colours.
            format = format.with_ansi(true);
        }
        let mut line = Line::new(&spans, outer, event.metadata().target());
        format.format_event(ctx, Writer::new(&mut line), event)?;
        let (before, after) = line.split(event.metadata().level().as_str());
        writer.write_str(before)?;
        for span in &local {
            style.write_span(&mut writer, *span, &fields)?;
        }
        writer.write_str(if spans.is_empty() { " " } else { "" })?;
        writer.write_str(after.strip_suffix('\n').unwrap_or(after))?;
        if *style == Style::Compact {
            for span in &local {
                let written = span.fields(|values| {
                    writer.write_char(' ')?;
                    styled(&mut writer, DIMMED, |writer| fields(writer.by_ref(), values))
                });
                written.unwrap_or(Ok(()))?;
            }
        }
        writer.write_char('\n')
    }
}

impl<F, T> LogFormat<F, T> {
    fn shows(&self, span: &LocalSpan) -> bool {
        let levels = self.levels.as_ref();
        (span.sampling.is_sampled || !self.sampled_only)
            && levels.is_none_or(|levels| levels.passes(span.site.callsite().metadata))
    }
}

/// The names and ids of the line's own spans, outermost first.
fn spans<S, N>(ctx: &FmtContext<'_, S, N>) -> (Vec<&'static str>, Vec<Id>)
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    let spans = ctx.event_scope().into_iter().flat_map(Scope::from_root);
    spans.map(|span| (span.name(), span.id())).unzip()
}

impl Style {
    /// Writes a local span as this style writes spans.
    fn write_span(
        self,
        writer: &mut Writer<'_>,
        span: ShownSpan<'_>,
        fields: &local_spans::FormatFields<'_>,
    ) -> fmt::Result {
        let bold = |writer: &mut Writer<'_>, text| styled(writer, BOLD, |writer| writer.write_str(text));
        bold(writer, span.name())?;
        if self == Self::Compact {
            return writer.write_char(':');
        }
        let written = span.fields(|values| {
            bold(writer, "{")?;
            fields(writer.by_ref(), values)?;
            bold(writer, "}")
        });
        written.unwrap_or(Ok(()))?;
        styled(writer, DIMMED, |writer| writer.write_char(':'))
    }
}

const BOLD: u8 = 1;
const DIMMED: u8 = 2;

fn styled(writer: &mut Writer<'_>, style: u8, write: impl FnOnce(&mut Writer<'_>) -> fmt::Result) -> fmt::Result {
    if !writer.has_ansi_escapes() {
        return write(writer);
    }
    write!(writer, "\x1b[{style}m")?;
    write(writer)?;
    writer.write_str("\x1b[0m")
}
