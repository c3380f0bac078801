//! The test kit on real spans: a capture has the spans of its own test, wherever the work runs.

use std::sync::Arc;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use ProblemKind::{MissingParent, Unfinished};
use tasker_span_runtime::testing::{Problem, ProblemKind, TreeText};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer};

#[step_span("step.execution")]
async fn attempt(task: &Task, step: &Step) -> Result<(), String> {
    try_handle_async(step).await
}

#[step_span("handler.execution", inherit(correlation_id, namespace))]
async fn try_handle_async(step: &Step) -> Result<(), String> {
    tokio::task::yield_now().await;
    let is_declined = step.attempts == 1;
    if is_declined {
        Err("declined".to_owned())
    } else {
        Ok(())
    }
}

/// A task from its first state to its last, with a retried step.
async fn run(task: &Task) {
    begin(task);
    initialize(task, || discover(task));
    let step = task.step();
    attempt(task, &step).await.unwrap_err();
    attempt(task, &step.attempt(2)).await.unwrap();
    complete(task);
}

const TREE: &str = "\
task.orchestration order_fulfillment
  task.state_transition pending → initializing
  task.state_transition initializing → enqueuing_steps
    step.discovery
  step.execution charge_payment attempt=1 ERROR alloc::string::String
    handler.execution ERROR alloc::string::String
  step.execution charge_payment attempt=2
    handler.execution
  task.state_transition evaluating_results → complete
";

fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(Problem::kind).collect()
}

#[tokio::test]
async fn a_task_is_captured_as_one_tree() {
    let capture = Capture::strict();
    let task = Task::default();
    run(&task).await;
    capture.assert_complete();
    let spans = capture.spans();
    assert_eq!(spans.to_tree_text(), TREE);
    assert_eq!(spans.tree_of(task.task_uuid).to_string(), TREE);

    let failed = spans.with("attempt_number", 1).named("handler.execution").one();
    assert!(failed.is_error());
    let path = spans.tree_of(task.task_uuid).path(&failed);
    assert_eq!(path, "task.orchestration › step.execution › handler.execution");
    let text = TreeText::new(&spans).width(100).render();
    assert!(
        text.contains("├─ step.execution  charge_payment  attempt 1/3"),
        "{text}"
    );
}

#[test]
fn tests_in_parallel_do_not_see_each_other() {
    let both = Barrier::new(2);
    std::thread::scope(|threads| {
        for state in ["initializing", "cancelled"] {
            let both = &both;
            threads.spawn(move || {
                let capture = Capture::strict();
                both.wait();
                let task = Task::default();
                transition(&task, "pending", state, || both.wait());
                let spans = capture.spans();
                assert_eq!(spans.named("task.state_transition").one().text("to_state"), Some(state));
                both.wait();
                assert_eq!(spans.of_task(task.task_uuid).len(), capture.spans().len());
            });
        }
    });
}

#[test]
fn a_capture_ends_when_it_is_dropped() {
    let outer = Capture::strict();
    let task = Task::default();
    {
        let inner = Capture::strict();
        begin(&task);
        assert_eq!(inner.spans().len(), 1);
    }
    assert!(outer.spans().is_empty());
    begin(&task);
    assert_eq!(outer.spans().len(), 1);
    outer.clear();
    assert!(outer.spans().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_tasks_join_a_capture() {
    // Its method takes any value, and comes before one of the same name that takes a reference.
    use tracing::Instrument;

    let capture = Capture::strict();
    let tasks = [Task::default(), Task::default(), Task::default()];
    let running = tasks
        .clone()
        .map(|task| tokio::spawn(capture.run_async(async move { run(&task).await }.in_current_span())));
    for running in running {
        running.await.unwrap();
    }
    // Without it, a spawned task is the business of another thread.
    let stranger = Task::default();
    tokio::spawn(async move { run(&stranger).await }).await.unwrap();

    capture.assert_complete();
    assert_eq!(capture.spans().trees().len(), 3);
    for task in &tasks {
        assert_eq!(capture.spans().tree_of(task.task_uuid).to_string(), TREE);
    }
}

#[tokio::test]
async fn tasks_spawned_on_the_thread_of_the_test_are_captured_as_they_are() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let work = async move { attempt(&task, &step).await }.in_current_scope();
    tokio::spawn(work).await.unwrap().unwrap_err();
    assert_eq!(capture.spans().names(), ["step.execution", "handler.execution"]);
}

#[test]
fn a_span_that_has_not_ended_is_told_from_an_absent_one() {
    let capture = Capture::start();
    let task = Task::default();
    initialize(&task, || {
        discover(&task);
        let spans = capture.spans();
        assert_eq!(
            spans.to_tree_text(),
            "(task.state_transition: not ended)\n  step.discovery order_fulfillment\n"
        );
        assert_eq!(kinds(&spans.check_complete()), [MissingParent, Unfinished, Unfinished]);
        let look_up = catch_unwind(AssertUnwindSafe(|| spans.named("task.state_transition").one()));
        let message = *look_up.unwrap_err().downcast::<String>().unwrap();
        assert!(message.contains("not ended yet: task.state_transition"), "{message}");
    });
    capture.spans().assert_valid();
}

#[test]
fn the_check_reports_what_the_runtime_tolerates() {
    let capture = Capture::start();
    let task = Task::default();
    transition(&task, "pending", "initializing", || discover(&task));
    let problems = capture.spans().check();
    assert_eq!(kinds(&problems), [ProblemKind::Violation, ProblemKind::WrongParent]);
    let text = problems[1].to_string();
    assert!(
        text.contains("`step.discovery`") && text.contains("pending → initializing"),
        "{text}"
    );
    let outline = Outline::new(&capture.spans()).to_string();
    assert!(outline.contains("step.discovery VIOLATION ("), "{outline}");
}

#[test]
fn a_capture_has_other_layers_beside_it() {
    struct Count(Arc<AtomicUsize>);
    impl<S: tracing::Subscriber> Layer<S> for Count {
        fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counts = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let [first, second] = counts.each_ref().map(|count| Count(Arc::clone(count)));
    let capture = Capture::builder().strict().layer(first).layer(second).start();
    let task = Task::default();
    initialize(&task, || discover(&task));
    assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [2, 2]);
    assert_eq!(capture.spans().len(), 2);
}

#[test]
fn the_same_ids_in_another_capture_are_another_task() {
    let task = Task::default();
    for _ in 0..2 {
        let capture = Capture::start();
        task_scope!(
            "task.audit",
            within = "task.orchestration",
            task_uuid = task.task_uuid,
            inherit
        )
        .in_scope(|| ());
        let audited = capture.spans().one();
        assert!(
            audited.text("tasker.violation").is_some(),
            "nothing is cached of the other capture"
        );
        capture.clear();
        finish(run(&task));
        capture.assert_complete();
    }
}

#[test]
fn a_function_that_another_thread_calls_first_is_captured() {
    process::alone(|| {
        #[task_span("task.audit", within = "task.orchestration")]
        fn audit(task: &Task) {}
        let capture = Capture::strict();
        let task = Task::default();
        std::thread::scope(|threads| threads.spawn(|| audit(&task)).join()).unwrap();
        audit(&task);
        assert_eq!(capture.spans().len(), 1);
    });
}
