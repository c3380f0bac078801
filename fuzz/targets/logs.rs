//! JSON log lines with hostile values of spans and of events, on separate lines of the input.

#![no_main]

use std::io::{self, Write};
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

const TASK: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
const STEP: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0002);

fuzz_target!(|text: &str| {
    let mut parts = text.split('\n');
    let mut part = || parts.next().unwrap_or_default();
    let (namespace, name, handler, span, message, field) = (part(), part(), part(), part(), part(), part());
    let attempt = i32::try_from(text.len()).unwrap_or_default().wrapping_mul(0x1357_9bdf);
    tracing::dispatcher::with_default(&DISPATCH, || {
        let task = task_scope!(
            "task.orchestration",
            task_uuid = TASK,
            correlation_id = TASK,
            namespace = namespace,
            fields(own = name)
        );
        let _task = task.enter();
        let step = step_scope!(
            "step.execution",
            task_uuid = TASK,
            step_uuid = STEP,
            correlation_id = TASK,
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
        assert_eq!(spans[1]["step_name"], name);
        assert_eq!(spans[2]["value"], span);
    });
});
