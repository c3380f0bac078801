//! `OTEL_TRACES_EXPORTER=console`: writes a line per span to standard output. Logs go to `console`.

use std::fmt::Write as _;
use std::io::Write as _;

use opentelemetry::Value;
use opentelemetry::trace::{SpanId, Status};
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use crate::printable::printable;

#[derive(Debug)]
pub(crate) struct StandardOutput;

impl SpanExporter for StandardOutput {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let lines: String = batch.iter().map(line).collect();
        // `println!` would panic if the reader is gone.
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
    let mut line = format!("{name} trace_id={trace_id} span_id={span_id}");
    if *parent_span_id != SpanId::INVALID {
        let _ = write!(line, " parent_id={parent_span_id}");
    }
    let _ = write!(line, " duration={duration:?}");
    match status {
        Status::Unset => {}
        Status::Ok => line.push_str(" status=ok"),
        Status::Error { description } => {
            let _ = write!(line, " status=error description={description:?}");
        }
    }
    for attribute in &span.attributes {
        let _ = match &attribute.value {
            Value::String(text) => write!(line, " {}={:?}", attribute.key, text.as_str()),
            other => write!(line, " {}={other}", attribute.key),
        };
    }
    // Names, keys and lists are not quoted, and quoted text may have letters of no width.
    format!("{}\n", printable(&line))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use opentelemetry::trace::{SpanContext, SpanKind, TraceFlags, TraceId, TraceState};
    use opentelemetry::{InstrumentationScope, KeyValue};
    use opentelemetry_sdk::trace::{SpanEvents, SpanLinks};

    use super::*;

    #[test]
    fn a_span_is_one_line() {
        let (trace_id, span_id, flags) = (TraceId::from(1), SpanId::from(2), TraceFlags::SAMPLED);
        let span = SpanData {
            span_context: SpanContext::new(trace_id, span_id, flags, false, TraceState::NONE),
            parent_span_id: SpanId::INVALID,
            parent_span_is_remote: false,
            span_kind: SpanKind::Internal,
            name: "step.execution pay\u{202e}".into(),
            start_time: SystemTime::UNIX_EPOCH,
            end_time: SystemTime::UNIX_EPOCH + Duration::from_millis(5),
            attributes: vec![
                KeyValue::new("namespace", "pay\nments\u{3164}"),
                KeyValue::new("k\u{1b}ey", true),
                KeyValue::new("attempt_number", 2),
            ],
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::error("declined"),
            instrumentation_scope: InstrumentationScope::default(),
        };
        let expected = "step.execution pay\\u{202e} trace_id=00000000000000000000000000000001 span_id=0000000000000002 \
             duration=5ms status=error description=\"declined\" namespace=\"pay\\nments\\u{3164}\" k\\u{1b}ey=true attempt_number=2\n";
        assert_eq!(line(&span), expected);
    }
}
