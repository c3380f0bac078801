//! `tell`: the kind of a promoted span, for a `tracing-opentelemetry` layer with the SDK's own tracer. Our tracer has it from
//! the record.

use tracing::callsite::DefaultCallsite;
use tracing::metadata::Kind;
use tracing::span::{Id, Record};
use tracing::{Dispatch, Level, Metadata, Value};
use tracing_subscriber::Registry;
use tracing_subscriber::fmt::FormattedFields;
#[cfg(feature = "json")]
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::format::{DefaultFields, Pretty};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::catalogue::SpanKind;
use crate::catalogue::callsite::metadata;

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
static METADATA: Metadata<'static> = metadata(
    "kind",
    "tasker_span",
    Level::INFO,
    module_path!(),
    &["otel.kind"],
    &CALLSITE,
    Kind::SPAN,
);

/// Records the kind, unless it is the default of `tracing-opentelemetry`. The layer has not started the span in the SDK.
pub(super) fn tell(kind: SpanKind, id: &Id, dispatch: &Dispatch) {
    let kind = match kind {
        SpanKind::Internal => return,
        SpanKind::Server => "server",
        SpanKind::Client => "client",
        SpanKind::Producer => "producer",
        SpanKind::Consumer => "consumer",
    };
    let kind: &dyn Value = &kind;
    let values = [Some(kind)];
    let values = METADATA.fields().value_set_all(&values);
    unseen(id, dispatch, || dispatch.record(id, &Record::new(&values)));
}

/// Keeps what `record` adds out of the log lines of `fmt`, which formats fields once and keeps their text.
fn unseen(id: &Id, dispatch: &Dispatch, record: impl FnOnce()) {
    let registry = dispatch.downcast_ref::<Registry>();
    let Some(span) = registry.and_then(|registry| registry.span(id)) else {
        return record();
    };
    let (full, pretty) = (text::<DefaultFields>(&span), text::<Pretty>(&span));
    #[cfg(feature = "json")]
    let json = text::<JsonFields>(&span);
    record();
    restore::<DefaultFields>(&span, full);
    restore::<Pretty>(&span, pretty);
    #[cfg(feature = "json")]
    restore::<JsonFields>(&span, json);
}

fn text<F: 'static>(span: &SpanRef<'_, Registry>) -> Option<String> {
    let extensions = span.extensions();
    let formatted = extensions.get::<FormattedFields<F>>();
    formatted.map(|formatted| formatted.fields.clone())
}

fn restore<F: 'static>(span: &SpanRef<'_, Registry>, text: Option<String>) {
    if let Some(text) = text
        && let Some(formatted) = span.extensions_mut().get_mut::<FormattedFields<F>>()
    {
        formatted.fields = text;
    }
}
