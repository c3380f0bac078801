//! Exported names that say what a span is about.

use opentelemetry::trace::TraceContextExt;
use tasker_span_runtime::SpanNames;
use tasker_span_tests::prelude::*;
use tracing_opentelemetry::OpenTelemetrySpanExt;

fn detailed() -> Capture {
    Capture::builder().strict().span_names(SpanNames::Detailed).start()
}

fn names(spans: &Spans) -> Vec<String> {
    let mut spans: Vec<_> = spans.iter().collect();
    spans.sort_by_key(|span| span.start());
    spans.iter().map(|span| span.exported_name().to_owned()).collect()
}

#[step_span("step.state_transition", from = from, to = to)]
fn move_step(task: &Task, step: &Step, from: &str, to: &str) {}

#[step_span("payment.authorization", within = "handler.execution", inherit)]
fn authorize() {}

/// A task with a span of each kind that has an object, and of some that have none.
fn run(task: &Task) {
    let step = task.step();
    initialize(task, || discover(task));
    execute(task, &step, || {
        handle_step(task, &step, authorize);
        submit_step(task, &step, || ());
    });
    complete(task);
}

#[test]
fn by_default_they_are_those_of_the_catalogue() {
    let capture = Capture::strict();
    run(&Task::default());
    for span in &capture.spans() {
        assert_eq!(span.exported_name(), span.name());
        assert_eq!(span.attribute("tasker.span"), None);
    }
}

#[test]
fn detailed_ones_have_the_object() {
    let capture = detailed();
    run(&Task::default());
    let spans = capture.spans();
    spans.assert_complete();
    let mut expected = [
        "task.orchestration order_fulfillment",
        "task.state_transition initializing → enqueuing_steps",
        "step.discovery",
        "step.execution charge_payment",
        "handler.execution charge_payment",
        "payment.authorization",
        "result.submission charge_payment",
        "task.state_transition evaluating_results → complete",
    ];
    let mut names = names(&spans);
    names.sort();
    expected.sort_unstable();
    assert_eq!(names, expected);
    for span in &spans {
        let in_catalogue = (span.name() != "payment.authorization").then_some(span.name());
        assert_eq!(span.text("tasker.span"), in_catalogue);
    }
}

#[test]
fn a_step_transition_has_its_states() {
    let capture = detailed();
    let task = Task::default();
    orchestrate(&task, || move_step(&task, &task.step(), "pending", "in_progress"));
    let span = capture.spans().named("step.state_transition").one();
    let name = "step.state_transition pending → in_progress charge_payment";
    assert_eq!(span.exported_name(), name);
}

/// Batch workers share one handler.
#[test]
fn the_name_of_a_step_wins_over_its_handler() {
    let capture = detailed();
    let task = Task::default();
    step_scope!(
        "step.execution",
        task = task,
        step = task.step(),
        step_name = "import_1"
    )
    .in_scope(|| {
        handle(|| ());
        step_scope!("result.submission", inherit).in_scope(|| ());
    });
    let names = names(&capture.spans());
    let expected = ["step.execution", "handler.execution", "result.submission"];
    assert_eq!(names, expected.map(|name| format!("{name} import_1")));
}

#[test]
fn errors_of_unsampled_steps_and_lost_attempts_have_them_too() {
    #[derive(SpanFields)]
    struct Attempt {
        #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
        step: Step,
        #[span(nested(correlation_id, namespace))]
        task: Task,
    }
    let sampling = Sampling::new().step_rate(0.0);
    let capture = Capture::builder()
        .sampling(sampling)
        .span_names(SpanNames::Detailed)
        .start();
    let task = Task::default();
    execute(&task, &task.step(), fail);
    record_lost_attempt(
        &Attempt {
            step: task.step(),
            task,
        },
        std::time::SystemTime::now(),
    );
    let executions = capture.spans().named("step.execution");
    assert_eq!(names(&executions), ["step.execution charge_payment"; 2]);
}

/// With a layer of the program's own, the SDK's span has been started under the name of the catalogue.
#[test]
fn promoted_spans_have_them_too() {
    let layers: [fn() -> Capture; 2] = [
        || Capture::builder().visible().span_names(SpanNames::Detailed).start(),
        || {
            let layer = tracing_subscriber::layer::Identity::new();
            Capture::builder().layer(layer).span_names(SpanNames::Detailed).start()
        },
    ];
    for start in layers {
        let capture = start();
        let task = Task::default();
        execute(&task, &task.step(), || drop(tracing::Span::current()));
        assert_eq!(names(&capture.spans()), ["step.execution charge_payment"]);
    }
}

#[test]
fn a_name_of_the_programs_own_stays() {
    let capture = detailed();
    let task = Task::default();
    execute(&task, &task.step(), || {
        tracing::Span::current().context().span().update_name("nightly audit");
    });
    assert_eq!(names(&capture.spans()), ["nightly audit"]);
}

/// Names are of low cardinality, whatever a program puts into an attribute.
#[test]
fn ids_and_long_texts_are_not_in_them() {
    let capture = detailed();
    let task = Task {
        task_name: Uuid::now_v7().to_string(),
        ..Task::default()
    };
    let step = Step {
        handler: "h".repeat(1_000),
        ..task.step()
    };
    execute(&task, &step, || ());
    complete(&task);
    let spans = capture.spans();
    assert_eq!(names(&spans.named("task.orchestration")), ["task.orchestration"]);
    let expected = format!("step.execution {}…", "h".repeat(100));
    assert_eq!(names(&spans.named("step.execution")), [expected]);
}
