//! `OTEL_TRACES_EXPORTER=console`: a line for each span on standard output.

use std::fmt::Write as _;
use std::io::Write as _;

use opentelemetry::trace::Status;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

#[derive(Debug)]
pub(super) struct Exporter;

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let lines: String = batch.iter().map(line).collect();
        // Not `println!`, which panics when nobody reads any more.
        std::io::stdout()
            .write_all(lines.as_bytes())
            .map_err(|error| OTelSdkError::InternalFailure(error.to_string()))
    }
}

fn line(span: &SpanData) -> String {
    let SpanData {
        span_context,
        parent_span_id,
        name,
        start_time,
        end_time,
        status,
        ..
    } = span;
    let (trace_id, span_id) = (span_context.trace_id(), span_context.span_id());
    let duration = end_time.duration_since(*start_time).unwrap_or_default();
    let mut line =
        format!("{name} trace_id={trace_id} span_id={span_id} parent_id={parent_span_id} duration={duration:?}");
    match status {
        Status::Unset => {}
        Status::Ok => line.push_str(" status=ok"),
        Status::Error { description } => {
            let _ = write!(line, " status=error description={description:?}");
        }
    }
    for attribute in &span.attributes {
        let _ = write!(line, " {}={:?}", attribute.key, attribute.value.as_str());
    }
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use opentelemetry::trace::{SpanContext, SpanId, SpanKind, TraceFlags, TraceId, TraceState};
    use opentelemetry::{InstrumentationScope, KeyValue};
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

    use super::*;

    #[test]
    fn a_span_is_one_line() {
        let ids = (
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::SAMPLED,
            false,
            TraceState::NONE,
        );
        let span = SpanData {
            span_context: SpanContext::new(ids.0, ids.1, ids.2, ids.3, ids.4),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "task.orchestration".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH + Duration::from_millis(5),
            attributes: vec![KeyValue::new("namespace", "pay\nments")],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::error("declined"),
            instrumentation_scope: InstrumentationScope::default(),
        };
        let expected = "task.orchestration trace_id=00000000000000000000000000000001 span_id=0000000000000002 \
             parent_id=0000000000000000 duration=5ms status=error description=\"declined\" namespace=\"pay\\nments\"\n";
        assert_eq!(line(&span), expected);
    }
}
