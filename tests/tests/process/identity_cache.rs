//! The identity cache: what it holds is bounded, and what it evicted is not needed for a task to
//! have one root.

use peak_alloc::PeakAlloc;
use tasker_span_runtime::Telemetry;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use crate::under;

#[task_span("task.audit", within = "task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
fn audit(id: Uuid) {}

/// Has the cache meet tasks until it has evicted this one.
fn evict(task: &Task, capture: &Capture) {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = "n")]
    fn meet(id: Uuid) {}
    loop {
        let bare = tracing_subscriber::registry();
        tracing::subscriber::with_default(bare, || (0..20_000).for_each(|_| meet(Uuid::new_v4())));
        audit(task.task_uuid);
        let audits = capture.spans().named("task.audit");
        if audits.iter().any(|span| span.uuid("correlation_id").is_none()) {
            return;
        }
    }
}

/// A driver that holds its root open, and an error that is resolved hours later or in another
/// process.
#[test]
fn a_task_that_was_evicted_has_one_root() {
    process::alone(|| {
        let capture = Capture::start();
        let [driven, failed] = [(); 2].map(|()| Task::default());
        transition(&failed, "evaluating_results", "error", || ());
        orchestrate(&driven, || {
            evict(&failed, &capture);
            complete(&driven);
        });
        transition(&failed, "error", "resolved_manually", || ());
        let spans = capture.spans();
        for task in [driven, failed] {
            let root = task.root_id();
            assert_eq!(spans.iter().filter(|span| span.span_id() == root).count(), 1);
            assert_eq!(spans.of_task(task.task_uuid).named("task.orchestration").len(), 1);
        }
    });
}

#[test]
fn hostile_texts_are_not_cached() {
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, namespace = text, task_name = text)]
    fn explicit(id: Uuid, text: &str) {}
    #[step_span("handler.execution", step_uuid = id, task_uuid = id, correlation_id = id, namespace = text, handler_name = text)]
    fn of_step(id: Uuid, text: &str) {}
    #[task_span("task.audit", within = "task.orchestration", task = task)]
    fn of_subject(task: &Task) {}
    #[task_span("task.audit", within = "task.orchestration", task_uuid = id, correlation_id = id, late(namespace))]
    fn late(id: Uuid, text: &str, by_macro: bool) {
        if by_macro {
            span_record!(namespace = text);
        } else {
            tracing::Span::current().record("namespace", text);
        }
    }
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let text = "\u{0}\u{1b}[2J\u{202e}\n".repeat(50_000);
        let all = || {
            explicit(Uuid::now_v7(), &text);
            of_step(Uuid::now_v7(), &text);
            of_subject(&Task {
                namespace_name: text.clone(),
                ..Task::default()
            });
            late(Uuid::now_v7(), &text, true);
            late(Uuid::now_v7(), &text, false);
        };
        under(&telemetry, || {
            all();
            let before = PeakAlloc.current_usage();
            (0..50).for_each(|_| all());
            let grown = PeakAlloc.current_usage().saturating_sub(before);
            assert!(
                grown < 10 * text.len(),
                "{grown} bytes after 250 texts of {} bytes",
                text.len()
            );
        });
    });
}
