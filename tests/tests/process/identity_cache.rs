//! The identity cache: what it holds is bounded, and what it evicted is not needed for a task to have one root.

use peak_alloc::PeakAlloc;
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{Telemetry, Uuid, identity, span_record, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;

use crate::under;

#[task_span("task.orchestration")]
fn drive(task: &Task, work: impl FnOnce()) {
    work();
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition(task: &Task, from: &str, to: &str) {}

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

/// A driver that holds its root open, and an error that is resolved hours later or in another process.
#[test]
fn a_task_that_was_evicted_has_one_root() {
    process::alone(|| {
        let capture = Capture::start();
        let [driven, failed] = [(); 2].map(|()| Task::default());
        transition(&failed, "evaluating_results", "error");
        drive(&driven, || {
            evict(&failed, &capture);
            transition(&driven, "evaluating_results", "complete");
        });
        transition(&failed, "error", "resolved_manually");
        let spans = capture.spans();
        for task in [driven, failed] {
            let root = identity::root_span_id(task.task_uuid);
            assert_eq!(spans.iter().filter(|span| span.span_id() == root).count(), 1);
            assert_eq!(spans.of_task(task.task_uuid).named("task.orchestration").len(), 1);
        }
    });
}

/// By how many bytes `work` has the process's memory grow.
fn grown(work: impl FnOnce()) -> usize {
    let before = PeakAlloc.current_usage();
    work();
    PeakAlloc.current_usage().saturating_sub(before)
}

#[test]
fn spans_that_have_ended_or_were_cancelled_leave_nothing_behind() {
    #[step_span("step.execution")]
    fn execute(task: &Task, step: &Step, work: &dyn Fn()) {
        work();
    }
    #[step_span("handler.execution", inherit)]
    async fn handle() {
        std::future::pending().await
    }
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        under(&telemetry, || {
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
            rounds(100);
            let grown = grown(|| rounds(2_000));
            assert!(grown < 16_000, "{grown} bytes more after 4,000 spans");
        });
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
            let grown = grown(|| (0..50).for_each(|_| all()));
            assert!(
                grown < 10 * text.len(),
                "{grown} bytes after 250 texts of {} bytes",
                text.len()
            );
        });
    });
}
