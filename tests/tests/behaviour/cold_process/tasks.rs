//! Spans of several tasks, and of none.

use super::*;

/// A function that creates a task for its caller's.
#[task_span(
    "task.initialization",
    within = "task.orchestration",
    late(correlation_id, task_uuid, namespace)
)]
fn create<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[test]
fn a_batch_tells_of_each_task() {
    #[task_span("task.batch", within = "task.orchestration", link = senders, task_uuid = id, inherit(correlation_id, namespace))]
    fn process_batch(id: Uuid, senders: &[TraceContext]) {}

    let tasks = ["payments", "shipping", "billing"].map(Task::of);
    let messages = tasks.each_ref().map(|task| received(&sent_by_worker(task)));
    let capture = Capture::strict();
    process_batch(tasks[2].task_uuid, &messages);
    assert_eq!(known(&capture.spans(), "task.batch"), all_of(&tasks[2]));
    for task in &tasks {
        capture.clear();
        process_result(task.task_uuid, || ());
        assert_eq!(known(&capture.spans(), "task.result"), all_of(task));
    }
}

#[test]
fn a_span_without_a_task_tells_nothing() {
    let _capture = Capture::start();
    assert_eq!(create(TraceContext::current).tracestate(), None);
}

#[test]
fn a_span_of_another_task_tells_of_its_own() {
    let _capture = Capture::strict();
    let (task, other) = (Task::of("payments"), Task::of("shipping"));
    let sent = orchestrate(&task, || initialize(&other, TraceContext::current));
    assert_eq!(sent.tracestate(), Some(&*member(&other)));
}

#[test]
fn a_span_without_a_task_passes_on_what_its_caller_told() {
    let task = Task::default();
    let sent = received(&sent_by_worker(&task));
    let _capture = Capture::start();
    let _attached = sent.context().attach();
    let passed_on = create(TraceContext::current);
    assert_eq!(passed_on.trace_id(), Some(task.trace_id()));
    assert_eq!(passed_on.tracestate(), Some(&*member(&task)));
}

#[test]
fn a_step_span_tells_the_tasks_namespace() {
    let _capture = Capture::start();
    let task = Task::of("payments");
    begin(&task);
    let of_step = Task::of("of the step");
    let of_step = Task {
        task_uuid: task.task_uuid,
        correlation_id: task.correlation_id,
        ..of_step
    };
    let sent = execute(&of_step, &task.step(), TraceContext::current);
    assert_eq!(sent.tracestate(), Some(&*member(&task)));
}
