//! The limits of a span's attributes, which the program's own attributes may use up.

use opentelemetry::{KeyValue, Value};
use tasker_span_tests::prelude::*;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::sampled_and_unsampled;

/// Sets as many attributes as a span may have by default, and fails.
fn fail_with_attributes(count: usize) {
    let failed = try_handle(|| {
        let span = tracing::Span::current();
        (0..count).for_each(|number| span.set_attribute(format!("own.{number}"), Value::from(1)));
        Err("declined")
    });
    failed.unwrap_err();
}

#[test]
fn a_failed_span_with_too_many_attributes_is_still_an_error() {
    for count in [100, 128, 1_000] {
        sampled_and_unsampled(|capture, _| {
            capture.clear();
            let task = Task::default();
            execute(&task, &task.step(), || fail_with_attributes(count));
            let handler = capture.spans().named("handler.execution").one();
            assert!(handler.is_error());
            assert!(handler.error_type().is_some(), "{count}: {:?}", handler.attributes());
            assert_eq!(handler.uuid("task_uuid"), Some(task.task_uuid));
            assert!(handler.text("code.function.name").is_some());
            assert!(handler.attributes().len() <= 128);
        });
    }
}

#[test]
fn an_event_keeps_its_first_attributes_and_counts_no_others() {
    let capture = Capture::start();
    let task = Task::default();
    execute(&task, &task.step(), || {
        let attributes = (0..1_000).map(|number| KeyValue::new(format!("own.{number}"), 1));
        tracing::Span::current().add_event("full", attributes.collect());
    });
    let execution = capture.spans().one();
    let [event] = execution.events() else {
        panic!("one event: {:?}", execution.events())
    };
    assert_eq!(event.attributes().len(), 128);
}
