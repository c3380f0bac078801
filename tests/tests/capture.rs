//! The test kit on real spans: a capture sees its own test and nothing else, wherever the work runs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;
use std::time::Duration;

use tasker_span_runtime::testing::{Capture, Outline, Problem, ProblemKind, TreeText};
use tasker_span_runtime::{FutureExt, in_current_scope, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[task_span("task.state_transition", from = from, to = to)]
fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("step.discovery")]
fn discover(task: &Task) {}

#[step_span("step.execution")]
async fn execute(task: &Task, step: &Step) -> Result<(), String> {
    handle(step).await
}

#[step_span("handler.execution", inherit(correlation_id, namespace))]
async fn handle(step: &Step) -> Result<(), String> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    if step.attempts == 1 {
        Err("declined".to_owned())
    } else {
        Ok(())
    }
}

/// A task from its first state to its last, with a retried step.
async fn run(task: &Task) {
    transition(task, "pending", "initializing", || {});
    transition(task, "initializing", "enqueuing_steps", || discover(task));
    let mut step = task.step();
    execute(task, &step).await.unwrap_err();
    step.attempts = 2;
    execute(task, &step).await.unwrap();
    transition(task, "evaluating_results", "complete", || {});
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
        transition(&task, "pending", "initializing", || {});
        assert_eq!(inner.spans().len(), 1);
    }
    assert!(outer.spans().is_empty());
    transition(&task, "initializing", "enqueuing_steps", || {});
    assert_eq!(outer.spans().len(), 1);
    outer.clear();
    assert!(outer.spans().is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_tasks_join_by_instrument() {
    let capture = Capture::strict();
    let tasks = [Task::default(), Task::default(), Task::default()];
    let running = tasks.clone().map(|task| {
        let work = async move { run(&task).await };
        tokio::spawn(capture.instrument(work))
    });
    for running in running {
        running.await.unwrap();
    }
    // Without it, a spawned task is another thread's business.
    let stranger = Task::default();
    tokio::spawn(async move { run(&stranger).await }).await.unwrap();

    capture.assert_complete();
    assert_eq!(capture.spans().trees().len(), 3);
    for task in &tasks {
        assert_eq!(capture.spans().tree_of(task.task_uuid).to_string(), TREE);
    }
}

#[test]
fn threads_join_by_run_or_dispatch() {
    let capture = Capture::strict();
    let task = Task::default();
    transition(&task, "initializing", "enqueuing_steps", || {
        std::thread::scope(|threads| {
            threads.spawn(in_current_scope(|| capture.run(|| discover(&task))));
        });
    });
    let dispatch = capture.dispatch().clone();
    let moved = task.clone();
    let thread = std::thread::spawn(move || {
        tracing::dispatcher::with_default(&dispatch, || transition(&moved, "steps_in_process", "cancelled", || {}));
    });
    thread.join().unwrap();
    capture.assert_complete();
    assert_eq!(capture.spans().len(), 4);
}

#[tokio::test]
async fn tasks_spawned_on_the_test_s_own_thread_are_captured_as_they_are() {
    let capture = Capture::strict();
    let task = Task::default();
    let step = task.step();
    let work = async move { execute(&task, &step).await }.in_current_scope();
    tokio::spawn(work).await.unwrap().unwrap_err();
    assert_eq!(capture.spans().names(), ["step.execution", "handler.execution"]);
}

#[test]
fn a_span_that_has_not_ended_is_told_from_one_that_never_was() {
    let capture = Capture::start();
    let task = Task::default();
    transition(&task, "initializing", "enqueuing_steps", || {
        discover(&task);
        let spans = capture.spans();
        assert_eq!(
            spans.to_tree_text(),
            "(task.state_transition: not ended)\n  step.discovery order_fulfillment\n"
        );
        let kinds = spans.check_complete().iter().map(Problem::kind).collect::<Vec<_>>();
        assert_eq!(
            kinds,
            [
                ProblemKind::MissingParent,
                ProblemKind::Unfinished,
                ProblemKind::Unfinished
            ]
        );
        let look_up = catch_unwind(AssertUnwindSafe(|| spans.named("task.state_transition").one()));
        let message = look_up.unwrap_err().downcast_ref::<String>().cloned().unwrap();
        assert!(message.contains("not ended yet: task.state_transition"), "{message}");
    });
    capture.spans().assert_valid();
}

#[test]
fn what_the_runtime_tolerates_the_check_reports() {
    let capture = Capture::start();
    let task = Task::default();
    transition(&task, "pending", "initializing", || discover(&task));
    let problems = capture.spans().check();
    let kinds = problems.iter().map(Problem::kind).collect::<Vec<_>>();
    assert_eq!(kinds, [ProblemKind::Violation, ProblemKind::WrongParent]);
    let text = problems[1].to_string();
    assert!(
        text.contains("`step.discovery`") && text.contains("pending → initializing"),
        "{text}"
    );
    let outline = Outline::new(&capture.spans()).to_string();
    assert!(outline.contains("step.discovery VIOLATION ("), "{outline}");
}

#[test]
fn other_layers_stand_beside_the_capture() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tracing::span::{Attributes, Id};
    use tracing_subscriber::layer::{Context, Layer};

    struct Count(Arc<AtomicUsize>);
    impl<S: tracing::Subscriber> Layer<S> for Count {
        fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let counts = [Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0))];
    let builder = Capture::builder().strict();
    let capture = builder
        .layer(Count(Arc::clone(&counts[0])))
        .layer(Count(Arc::clone(&counts[1])))
        .start();
    let task = Task::default();
    transition(&task, "initializing", "enqueuing_steps", || discover(&task));
    assert_eq!(counts.map(|count| count.load(Ordering::Relaxed)), [2, 2]);
    assert_eq!(capture.spans().len(), 2);
}

#[test]
fn the_same_ids_in_another_test_are_another_task() {
    #[tasker_span_runtime::task_span("task.audit", within = "task.orchestration", task_uuid = id, inherit)]
    fn audit(id: tasker_span_runtime::Uuid) {}

    let task = Task::default();
    for _ in 0..2 {
        let capture = Capture::start();
        audit(task.task_uuid);
        let audited = capture.spans().one();
        assert!(
            audited.text("tasker.violation").is_some(),
            "another capture's values are unknown here"
        );
        capture.clear();
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(run(&task));
        capture.assert_complete();
    }
}
