//! Memory: what a hostile text, a deep recursion or a hundred thousand spans leave behind. One test at a time: they look at
//! the memory of the whole process.

#![cfg(target_os = "linux")]

use std::sync::{Mutex, PoisonError};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{
    Uuid,
    otel::{IdGenerator, SpanLayer},
    span_record, step_span, task_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tracing_subscriber::layer::SubscriberExt;

static ALONE: Mutex<()> = Mutex::new(());

/// The bytes of the process that are in memory now.
fn resident() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    let pages = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse::<u64>().ok());
    pages.expect("a number") * 4096
}

/// A subscriber that keeps no span that has ended.
fn forgetful() -> tracing::Dispatch {
    let provider = SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .build();
    let tracer = provider.tracer("test");
    let layers = tracing_subscriber::registry()
        .with(SpanLayer::new(tracer.clone()))
        .with(tracing_opentelemetry::layer().with_tracer(tracer));
    tracing::Dispatch::new(layers)
}

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: &dyn Fn()) {
    work();
}

#[step_span(
    "handler.execution",
    inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace)
)]
async fn handle() -> Result<(), String> {
    std::future::pending().await
}

#[test]
fn a_hundred_thousand_spans_leave_nothing_behind() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    tracing::dispatcher::with_default(&forgetful(), || {
        let task = Task::default();
        let step = task.step();
        let rounds = |n| {
            for _ in 0..n {
                execute(&task, &step, &|| {
                    let mut future = Box::pin(handle());
                    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                    assert!(future.as_mut().poll(&mut context).is_pending());
                });
            }
        };
        rounds(1_000);
        let before = resident();
        rounds(50_000);
        let grown = resident().saturating_sub(before);
        assert!(grown < 16_000_000, "{grown} bytes more after 100,000 spans");
    });
}

#[test]
fn a_thousand_hostile_texts_are_not_kept() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = text, task_name = text)]
    fn explicit(id: Uuid, text: &str) {}
    #[step_span("handler.execution", step_uuid = id, task_uuid = id, correlation_id = id, namespace = text, handler_name = text)]
    fn of_step(id: Uuid, text: &str) {}
    #[task_span("task.audit", within = "task.orchestration", task = task)]
    fn of_subject(task: &Task) {}
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, late(namespace))]
    fn late(id: Uuid, text: &str, how: bool) {
        if how {
            span_record!(namespace = text);
        } else {
            tracing::Span::current().record("namespace", text);
        }
    }
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let text = "\u{0}\u{1b}[2J\u{202e}\n".repeat(50_000);
    tracing::dispatcher::with_default(&forgetful(), || {
        late(Uuid::now_v7(), &text, true);
        of_step(Uuid::now_v7(), "n");
        let before = resident();
        for _ in 0..200 {
            explicit(Uuid::now_v7(), &text);
            of_step(Uuid::now_v7(), &text);
            of_subject(&Task {
                namespace_name: text.clone(),
                ..Task::default()
            });
            late(Uuid::now_v7(), &text, true);
            late(Uuid::now_v7(), &text, false);
        }
        let grown = resident().saturating_sub(before);
        assert!(
            grown < 40_000_000,
            "{grown} bytes after 1,000 texts of {} bytes",
            text.len()
        );
    });
}

#[test]
fn control_characters_are_recorded_as_they_are_and_an_empty_text_is_missing() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = text)]
    fn audit(id: Uuid, text: &str) {}
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = Capture::start();
    for text in ["\u{0}\n\u{1b}[31m", "名前空間"] {
        capture.clear();
        audit(Uuid::now_v7(), text);
        assert_eq!(capture.spans().one().text("namespace"), Some(text));
    }
    capture.clear();
    audit(Uuid::now_v7(), "");
    let span = capture.spans().one();
    assert_eq!(span.attribute("namespace"), None);
    assert!(
        span.text("tasker.violation")
            .is_some_and(|text| text.contains("no namespace"))
    );
}

#[test]
fn a_text_is_cut_at_a_character() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = text)]
    fn audit(id: Uuid, text: &str) {}
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = Capture::strict();
    audit(Uuid::now_v7(), &"ü".repeat(1_000));
    assert_eq!(capture.spans().one().text("namespace"), Some(&*"ü".repeat(128)));
}

#[test]
fn ten_thousand_levels_of_recursion_are_ten_thousand_spans() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = "n")]
    fn audit(id: Uuid, depth: u32) -> Result<u32, String> {
        if depth == 0 {
            Ok(0)
        } else {
            Ok(audit(id, depth - 1)? + 1)
        }
    }
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let capture = Capture::start();
    let deep = || capture.run(|| audit(Uuid::now_v7(), 10_000));
    std::thread::scope(|threads| {
        let thread = std::thread::Builder::new()
            .stack_size(256 << 20)
            .spawn_scoped(threads, deep)
            .unwrap();
        assert_eq!(thread.join().unwrap(), Ok(10_000));
    });
    assert_eq!(capture.spans().len(), 10_001);
}
