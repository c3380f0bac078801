//! The root of a task: which span emits it, when it began, and that it is emitted once.

use std::time::SystemTime;

use tasker_span_tests::prelude::*;

#[task_span("task.state_transition", from = from, to = to)]
fn try_transition(task: &Task, from: &str, to: &str, result: Result<(), &'static str>) -> Result<(), &'static str> {
    result
}

fn roots(capture: &Capture) -> Spans {
    capture.spans().named("task.orchestration")
}

#[test]
fn each_terminal_state_emits_the_root_back_dated_to_the_start_of_the_task() {
    for state in ["complete", "error", "cancelled", "resolved_manually"] {
        let capture = Capture::strict();
        let task = Task {
            parent_correlation_id: Some(Uuid::new_v4()),
            ..Task::default()
        };
        begin(&task);
        assert!(roots(&capture).is_empty(), "the task still runs");
        transition(&task, "evaluating_results", state, || ());
        let root = roots(&capture).one();
        assert_eq!((root.span_id(), root.parent_span_id()), (task.root_id(), None));
        assert_eq!(root.start(), task.created_at);
        assert!(capture.spans().iter().all(|span| span.end() <= root.end()));
        assert_eq!(root.text("tasker.final_state"), Some(state));
        assert_eq!(root.uuid("parent_correlation_id"), task.parent_correlation_id);
        assert_eq!(root.text("task_name"), Some("order_fulfillment"));
        assert_eq!(root.integer("priority"), Some(3));
        assert_eq!(root.is_error(), state == "error");
        capture.assert_complete();
    }
}

#[test]
fn the_root_is_emitted_once() {
    let capture = Capture::strict();
    let task = Task::default();
    for (from, to) in [
        ("evaluating_results", "error"),
        ("error", "resolved_manually"),
        ("resolved_manually", "complete"),
    ] {
        transition(&task, from, to, || ());
    }
    assert_eq!(roots(&capture).len(), 1);
}

#[test]
fn a_transition_that_failed_has_not_happened() {
    let capture = Capture::strict();
    let task = Task::default();
    try_transition(&task, "complete", "complete", Err("no transition")).unwrap_err();
    assert!(roots(&capture).is_empty());
    try_transition(&task, "evaluating_results", "complete", Ok(())).unwrap();
    assert_eq!(roots(&capture).one().status(), &Status::Unset);
}

#[test]
fn a_transition_with_a_late_target_ends_the_task_too() {
    #[task_span("task.state_transition", from = "evaluating_results", late(to = |state| *state))]
    fn evaluate(task: &Task) -> Result<&'static str, String> {
        Ok("Complete")
    }
    let capture = Capture::strict();
    evaluate(&Task::default()).unwrap();
    let transition = capture.spans().named("task.state_transition").one();
    assert_eq!(transition.text("to_state"), Some("complete"));
    capture.assert_complete();
}

#[tokio::test]
async fn a_driver_is_the_root_itself() {
    #[task_span("task.orchestration")]
    async fn drive(task: &Task) {
        tokio::task::yield_now().await;
        complete(task);
    }
    let capture = Capture::strict();
    let task = Task::default();
    drive(&task).await;
    let root = roots(&capture).one();
    assert_eq!((root.span_id(), root.parent_span_id()), (task.root_id(), None));
    assert!(root.start() > task.created_at, "a span that ran is not back-dated");
    capture.assert_complete();
}

#[test]
fn without_a_start_the_root_begins_when_this_process_met_the_task() {
    #[task_span("task.state_transition", task_uuid = id, correlation_id = id, namespace = "n", from = from, to = to)]
    fn bare(id: Uuid, from: &str, to: &str) {}
    let capture = Capture::strict();
    let id = Uuid::now_v7();
    let before = SystemTime::now();
    bare(id, "pending", "initializing");
    bare(id, "evaluating_results", "complete");
    let first = capture.spans().with("to_state", "initializing").one();
    let root = roots(&capture).one();
    assert!(before <= root.start() && root.start() <= first.start());
}

/// Whichever span of the task knows it.
#[test]
fn the_start_that_any_span_of_the_task_knows_dates_its_root() {
    #[task_span("task.state_transition", task_uuid = id, correlation_id = id, namespace = "n", from = from, to = to)]
    fn bare<R>(id: Uuid, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
        work()
    }

    #[step_span("step.execution", step_uuid = step, task_uuid = id, handler_name = "h", attempt_number = 1, inherit)]
    fn execute_bare<R>(id: Uuid, step: Uuid, work: impl FnOnce() -> R) -> R {
        work()
    }

    let tell: [fn(&Task); 4] = [
        begin,
        |task| bare(task.task_uuid, "initializing", "enqueuing_steps", || discover(task)),
        |task| bare(task.task_uuid, "pending", "initializing", || begin(task)),
        |task| execute_bare(task.task_uuid, Uuid::now_v7(), || discover(task)),
    ];
    for tell in tell {
        let capture = Capture::start();
        let task = Task::default();
        tell(&task);
        bare(task.task_uuid, "evaluating_results", "complete", || ());
        assert_eq!(roots(&capture).one().start(), task.created_at);
    }
}

/// The function that creates a task may drive it, in its caller's trace.
#[test]
fn a_driver_inside_of_the_function_that_created_its_task_is_the_root() {
    #[task_span(
        "task.creation",
        within = "task.orchestration",
        inherit(correlation_id, namespace),
        late(task_uuid)
    )]
    fn create(task: &Task) {
        span_record!(task_uuid = task.task_uuid);
        orchestrate(task, || complete(task));
    }

    let capture = Capture::start();
    let (caller, task) = (Task::default(), Task::default());
    orchestrate(&caller, || create(&task));
    let spans = capture.spans().filter(|span| span.trace_id() == task.trace_id());
    let root = spans.named("task.orchestration").one();
    assert_eq!((root.span_id(), root.parent_span_id()), (task.root_id(), None));
}

#[test]
fn a_root_begins_with_the_creation_of_its_task() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    fn create(task: &Task) {
        std::thread::sleep(std::time::Duration::from_millis(2));
        span_record!(task_uuid = task.task_uuid);
    }
    let capture = Capture::strict();
    let mut task = Task::default();
    create(&task);
    task.created_at = std::time::SystemTime::now();
    complete(&task);
    let spans = capture.spans();
    let (root, creation) = (
        spans.named("task.orchestration").one(),
        spans.named("task.creation").one(),
    );
    assert!(root.start() <= creation.start());
    spans.assert_complete();
}
