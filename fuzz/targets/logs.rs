//! JSON log lines with hostile values of spans and of events, on separate lines of the input.

#![no_main]

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tasker_span_runtime::{LogFormat, SpanSubscriber, Telemetry, TraceContext, Uuid, step_scope, task_scope};
use tracing::Dispatch;
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

static LINES: LazyLock<Lines> = LazyLock::new(Lines::default);
static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(|| {
    Telemetry::builder()
        .console_only()
        .build()
        .expect("no setting is wrong")
});
static DISPATCH: LazyLock<Dispatch> = LazyLock::new(|| {
    let lines = fmt::layer()
        .json()
        .event_format(LogFormat::json())
        .with_writer(|| LINES.clone());
    let registry = tracing_subscriber::registry().with(TELEMETRY.layer()).with(lines);
    Dispatch::new(SpanSubscriber::new(registry))
});

/// A task and a step of its own for each input: names are looked up by them.
static INPUTS: AtomicU64 = AtomicU64::new(1);

fuzz_target!(|text: &str| {
    let mut parts = text.split('\n');
    let mut part = || parts.next().unwrap_or_default();
    let (namespace, name, handler, span, message, field) = (part(), part(), part(), part(), part(), part());
    let input = u128::from(INPUTS.fetch_add(1, Ordering::Relaxed));
    let [task_uuid, step_uuid] = [1, 2].map(|kind| Uuid::from_u128(kind << 64 | input));
    let attempt = i32::try_from(text.len()).unwrap_or_default().wrapping_mul(0x1357_9bdf);
    tracing::dispatcher::with_default(&DISPATCH, || {
        let task = task_scope!(
            "task.orchestration",
            task_uuid = task_uuid,
            correlation_id = task_uuid,
            namespace = namespace,
            fields(own = name)
        );
        let _task = task.enter();
        let step = step_scope!(
            "step.execution",
            task_uuid = task_uuid,
            step_uuid = step_uuid,
            correlation_id = task_uuid,
            namespace = namespace,
            step_name = name,
            handler_name = handler,
            attempt_number = attempt
        );
        let _step = step.enter();
        let _other = tracing::info_span!("other", value = span, debug = ?span).entered();
        tracing::info!(span = field, trace_id = field, spans = ?field, number = attempt, "{message}");
        let context = TraceContext::current();
        let line = std::mem::take(&mut *LINES.0.lock().expect("no panic"));
        let line = String::from_utf8(line).expect("UTF-8");
        let line = line.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "{line}");
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(object["fields"]["message"], message);
        assert_eq!(object["fields"]["span"], field);
        let trace_id = context.trace_id().expect("a span is active");
        assert_eq!(object["trace_id"], trace_id.to_string());
        assert!(object["span_id"].is_string());
        let spans = object["spans"].as_array().expect("a list");
        let names: Vec<_> = spans.iter().map(|span| &span["name"]).collect();
        assert_eq!(names, ["task.orchestration", "step.execution", "other"]);
        // An empty name is no name.
        assert_eq!(spans[1]["step_name"].as_str().unwrap_or_default(), name, "{line}");
        assert_eq!(spans[2]["value"], span);
    });
});
