//! Detached spans that are still open when the program ends.

use tasker_span_runtime::{Console, DetachedSpan, ExportOptions, Telemetry, step_scope};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

use crate::{DEADLINE, under};

fn exporting_to(collector: &Collector) -> Telemetry {
    let builder = Telemetry::builder().console(Console::Off);
    builder
        .export(ExportOptions::new().endpoint(collector.url()))
        .build()
        .unwrap()
}

/// Also of spans that the program has forgotten.
#[test]
fn a_shutdown_cancels_its_own() {
    process::alone(|| {
        let [collector, other_collector] = [Collector::grpc(), Collector::grpc()];
        let [telemetry, other] = [&collector, &other_collector].map(exporting_to);
        let begin = || {
            let task = Task::default();
            step_scope!("step.execution", task = task, step = task.step()).detach()
        };
        let [held, forgotten] = under(&telemetry, || [begin(), begin()]);
        let of_other = under(&other, begin);
        std::mem::forget(forgotten);

        telemetry.shutdown(DEADLINE).unwrap();
        let spans = collector.spans();
        assert_eq!(spans.len(), 2);
        for span in &spans {
            assert!(
                span.attributes
                    .iter()
                    .any(|attribute| attribute.key == "tasker.cancelled")
            );
            assert_eq!(text(&span.attributes, "namespace").as_deref(), Some("payments"));
        }
        // The second end of a span is none.
        held.end_with(&Err::<(), _>("too late"));

        DetachedSpan::end(of_other);
        other.shutdown(DEADLINE).unwrap();
        let spans = other_collector.spans();
        assert_eq!((spans.len(), collector.spans().len()), (1, 2));
        assert!(
            spans[0]
                .attributes
                .iter()
                .all(|attribute| attribute.key != "tasker.cancelled")
        );
    });
}
