//! Writes the lines of a [`LogFormat`]: `fmt`'s own lines, completed with ids and local spans.

use std::cell::OnceCell;
use std::fmt;
use std::thread;

use tracing::span::Record;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::{Format, Writer};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::format::{LogFormat, Style};
use super::line::Line;
use super::spans::{KnownSpan, LineSpan, Running};
use super::text::SpanWriter;
use crate::setup::logs::Ids;
use crate::span::LocalSpan;
use crate::subscriber::{relation, target};

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
    F: Clone + fmt::Debug,
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
        let running = if is_contextual {
            Running::current()
        } else {
            Running::default()
        };
        let known = known(ctx.parent_span().as_ref());
        let spans = running.merge(&known, |id| ctx.span(id).is_some(), |span| self.shows(span));
        let is_known = spans.len() == known.len() && !spans.iter().any(LineSpan::is_local);

        #[cfg(feature = "json")]
        if *style == Style::Json {
            let mut line = String::new();
            format(None).format_event(ctx, Writer::new(&mut line), event)?;
            // Of an event that names its parent, `fmt` lists the spans of the running code.
            let spans = (!is_known || !is_contextual).then(|| {
                read_fields(ctx, &known);
                let spans = spans.iter().map(|span| super::json::span(*span, &fields));
                spans.collect::<Vec<_>>()
            });
            // A line lacks both members if `fmt` knows no span.
            let shown = ["current_span", "span_list"].map(|part| ctx.lookup_current().is_none() && self.has(part));
            return writer.write_str(&super::json::complete(&line, spans.as_deref(), shown, ids));
        }
        // Without a parent, compact lines show the names of the running code's spans.
        let named = match style {
            Style::Compact if known.is_empty() => self::known(ctx.lookup_current().as_ref()),
            _ => Vec::new(),
        };
        if is_known && named.is_empty() {
            return format(ids).format_event(ctx, writer, event);
        }
        read_fields(ctx, &known);
        let known = from_root(&known);
        let named = if named.is_empty() {
            known.clone()
        } else {
            from_root(&named)
        };
        let is_ansi = writer.has_ansi_escapes();
        let mut format = format(ids);
        if is_ansi {
            // The line is written elsewhere first, where `fmt` knows nothing of colours.
            format = format.with_ansi(true);
        }
        let mut line = Line::new(named.first().map(LineSpan::name), target(event));
        format.format_event(ctx, Writer::new(&mut line), event)?;
        let (before, after) = line.split(|| self.texts_before_spans(ids, *event.metadata().level()));
        writer.write_str(before)?;
        let written = [&named[..], &known[..]];
        let text = SpanWriter {
            style: *style,
            is_ansi,
            format: &fields,
        };
        text.replace(&mut writer, after.strip_suffix('\n').unwrap_or(after), written, &spans)?;
        writer.write_char('\n')
    }
}

impl<F, T> LogFormat<F, T> {
    fn shows(&self, span: &LocalSpan) -> bool {
        let levels = self.levels.as_ref();
        (span.sampling.is_sampled || !self.sampled_only)
            && levels.is_none_or(|levels| levels.passes(span.site.callsite().metadata))
    }

    /// What a line of text has before its spans.
    fn texts_before_spans(&self, ids: Option<Ids>, level: Level) -> Vec<String>
    where
        F: fmt::Debug,
    {
        let thread = thread::current();
        let id = || format!("{:0>2?}", thread.id());
        let [has_level, has_name, has_id] = ["level", "thread_name", "thread_id"].map(|option| self.has(option));
        let name = has_name.then(|| thread.name().map_or_else(id, str::to_owned));
        let texts = [
            ids.filter(|_| self.has("timestamp")).map(|ids| ids.to_string()),
            has_level.then(|| level.to_string()),
            name.filter(|name| !has_id || *name != id()),
            has_id.then(id),
        ];
        texts.into_iter().flatten().collect()
    }

    /// Whether lines have a part. The format tells it in this way only.
    fn has(&self, part: &str) -> bool
    where
        F: fmt::Debug,
    {
        !format!("{:?}", self.format).contains(&format!("display_{part}: false"))
    }
}

/// The span and those that enclose it, innermost first.
fn known<S: for<'span> LookupSpan<'span>>(span: Option<&SpanRef<'_, S>>) -> Vec<KnownSpan> {
    let spans = span.into_iter().flat_map(SpanRef::scope);
    let spans = spans.map(|span| KnownSpan {
        id: span.id(),
        name: span.name(),
        relation: relation(&span),
        fields: OnceCell::new(),
    });
    spans.collect()
}

fn from_root(spans: &[KnownSpan]) -> Vec<LineSpan<'_>> {
    spans.iter().rev().map(LineSpan::Known).collect()
}

/// Reads what `fmt` has formatted.
fn read_fields<S, N>(ctx: &FmtContext<'_, S, N>, spans: &[KnownSpan])
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    for known in spans {
        if let Some(span) = ctx.span(&known.id) {
            let fields = span
                .extensions()
                .get::<FormattedFields<N>>()
                .map(|fields| fields.fields.clone());
            let _ = known.fields.set(fields.unwrap_or_default());
        }
    }
}
