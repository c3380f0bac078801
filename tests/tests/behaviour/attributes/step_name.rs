//! The name of a step: batch workers share one handler, and differ by their names alone.

use tasker_span_tests::prelude::*;

#[derive(SpanFields)]
struct Worker {
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    step: Step,
    step_name: Option<&'static str>,
}

#[step_span("step.execution", step = worker, inherit)]
fn execute_worker(worker: &Worker, run: impl FnOnce()) {
    run();
}

fn workers<const N: usize>(task: &Task, names: [Option<&'static str>; N]) -> [Worker; N] {
    names.map(|step_name| Worker {
        step: task.step(),
        step_name,
    })
}

#[test]
fn every_span_of_a_step_has_its_name() {
    let capture = Capture::strict();
    let task = Task::default();
    let workers = workers(&task, [Some("batch_1"), Some("batch_2"), None]);
    initialize(&task, || ());
    for worker in &workers {
        execute_worker(worker, || {
            handle(|| ());
            step_scope!("result.submission", inherit).in_scope(|| ());
        });
    }
    let spans = capture.spans();
    for worker in workers {
        let of_step = spans.with("step_uuid", worker.step.workflow_step_uuid);
        let names: Vec<_> = of_step.iter().map(|span| span.text("step_name")).collect();
        assert_eq!(names, [worker.step_name; 3]);
    }
    spans.assert_valid();
}

#[test]
fn a_step_that_was_seen_has_its_name_without_the_enclosing_span() {
    let capture = Capture::strict();
    let task = Task::default();
    let [worker, other] = workers(&task, [Some("batch_1"), Some("batch_2")]);
    initialize(&task, || ());
    execute_worker(&worker, || ());
    execute_worker(&other, || {
        // The enclosing span is about another step.
        let step_uuid = worker.step.workflow_step_uuid;
        step_scope!("handler.execution", step_uuid = step_uuid, attempt_number = 1, inherit).in_scope(|| ());
    });
    let step_uuid = worker.step.workflow_step_uuid;
    step_scope!("result.submission", step_uuid = step_uuid, inherit).in_scope(|| ());
    step_scope!("result.submission", step_uuid = step_uuid, step_name = "own", inherit).in_scope(|| ());

    let names = |name| {
        let spans = capture.spans().named(name);
        let names = spans.iter().map(|span| span.text("step_name").map(str::to_owned));
        names.collect::<Vec<_>>()
    };
    assert_eq!(names("handler.execution"), [Some("batch_1".to_owned())]);
    assert_eq!(
        names("result.submission"),
        ["batch_1", "own"].map(|name| Some(name.to_owned()))
    );
}
