//! Log lines of each format with hostile values of spans and of events, on separate lines of the input.

#![no_main]

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tasker_span_fuzz::is_bidi;
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
static JSON: LazyLock<Dispatch> = LazyLock::new(|| {
    let lines = fmt::layer()
        .json()
        .event_format(LogFormat::json())
        .with_writer(|| LINES.clone());
    let registry = tracing_subscriber::registry().with(TELEMETRY.layer()).with(lines);
    Dispatch::new(SpanSubscriber::new(registry))
});
static FULL: LazyLock<Dispatch> = LazyLock::new(|| {
    let lines = fmt::layer()
        .event_format(LogFormat::full())
        .with_ansi(false)
        .with_writer(|| LINES.clone());
    let registry = tracing_subscriber::registry().with(TELEMETRY.layer()).with(lines);
    Dispatch::new(SpanSubscriber::new(registry))
});
static COMPACT: LazyLock<Dispatch> = LazyLock::new(|| {
    let lines = fmt::layer()
        .compact()
        .event_format(LogFormat::compact())
        .with_ansi(false)
        .with_writer(|| LINES.clone());
    let registry = tracing_subscriber::registry().with(TELEMETRY.layer()).with(lines);
    Dispatch::new(SpanSubscriber::new(registry))
});

/// A task and a step of its own for each input: names are looked up by them.
static INPUTS: AtomicU64 = AtomicU64::new(1);

fuzz_target!(|text: &str| {
    line(&JSON, text, assert_json);
    for dispatch in [&FULL, &COMPACT] {
        line(dispatch, text, assert_text);
    }
});

/// The values of an input, and the trace in which its line is written.
struct Values<'a> {
    name: &'a str,
    span: &'a str,
    message: &'a str,
    field: &'a str,
    trace_id: String,
}

/// A name that JSON escapes.
const OTHER: &str = "other \"span\"\\";

fn line(dispatch: &Dispatch, text: &str, check: fn(&str, &Values<'_>)) {
    let mut parts = text.split('\n');
    let mut part = || parts.next().unwrap_or_default();
    let (namespace, name, handler, span, message, field) = (part(), part(), part(), part(), part(), part());
    // `fmt` writes messages as they are.
    let message = if std::ptr::eq(dispatch, &*JSON) {
        message
    } else {
        "an event"
    };
    let input = u128::from(INPUTS.fetch_add(1, Ordering::Relaxed));
    let [task_uuid, step_uuid] = [1, 2].map(|kind| Uuid::from_u128(kind << 64 | input));
    let attempt = i32::try_from(text.len()).unwrap_or_default().wrapping_mul(0x1357_9bdf);
    tracing::dispatcher::with_default(dispatch, || {
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
        let _other = tracing::info_span!("other \"span\"\\", value = span, debug = ?span).entered();
        tracing::info!(span = field, trace_id = field, spans = ?field, number = attempt, "{message}");
        let context = TraceContext::current();
        let line = std::mem::take(&mut *LINES.0.lock().expect("no panic"));
        let line = String::from_utf8(line).expect("UTF-8");
        let line = line.strip_suffix('\n').expect("a line");
        assert!(!line.contains('\n'), "{line}");
        let trace_id = context.trace_id().expect("a span is active").to_string();
        check(
            line,
            &Values {
                name,
                span,
                message,
                field,
                trace_id,
            },
        );
    });
}

fn assert_json(line: &str, values: &Values<'_>) {
    let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    assert_eq!(object["fields"]["message"], values.message);
    assert_eq!(object["fields"]["span"], values.field);
    assert_eq!(object["trace_id"], values.trace_id);
    assert!(object["span_id"].is_string());
    let spans = object["spans"].as_array().expect("a list");
    let names: Vec<_> = spans.iter().map(|span| &span["name"]).collect();
    assert_eq!(names, ["task.orchestration", "step.execution", OTHER]);
    // An empty name is no name.
    assert_eq!(
        spans[1]["step_name"].as_str().unwrap_or_default(),
        values.name,
        "{line}"
    );
    assert_eq!(spans[2]["value"], values.span);
}

/// `fmt` writes texts as Rust does, whose escapes leave none of these.
fn assert_text(line: &str, values: &Values<'_>) {
    assert!(!line.contains(|c: char| c.is_control() || is_bidi(c)), "{line:?}");
    assert!(line.contains(&values.trace_id), "{line}");
    for part in ["task.orchestration", "step.execution", OTHER, "an event"] {
        assert!(line.contains(part), "{line}");
    }
}
