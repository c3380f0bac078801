//! The markers of work that runs for long.

use std::collections::BTreeSet;
use std::time::Duration;

use tasker_span_runtime::testing::{CapturedSpan, Outline, Spans};
use tasker_span_runtime::{Sampling, SpanNames};
use tasker_span_tests::calls::{begin, complete, execute, orchestrate};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

use super::{HOUR, SOON, builder, hanging, start_step, telemetry, until, wait_for};
use crate::under;

fn parents(spans: &Spans) -> BTreeSet<String> {
    spans
        .iter()
        .map(|span| span.parent_span_id().unwrap().to_string())
        .collect()
}

fn is_sampled_by_slowness(span: &CapturedSpan) -> bool {
    span.text("tasker.sampled_by") == Some("slow")
}

#[test]
fn a_step_that_hangs_is_seen_before_its_end_and_after_it() {
    process::alone(|| {
        let (telemetry, store) = telemetry(SOON);
        let task = Task::default();
        let step = task.step().attempt(2);
        let open = under(&telemetry, || hanging(&task, &step));
        let marker = wait_for(&store, "step.running", 1).iter().next().unwrap().clone();
        assert!(store.spans().named("step.execution").is_empty());
        assert_eq!(marker.parent_span_id(), Some(task.root_id()));
        assert_ne!(marker.span_id(), step.execution_id());
        assert_eq!(
            (marker.text("handler_name"), marker.integer("attempt_number")),
            (Some("charge_payment"), Some(2))
        );
        assert_eq!(marker.uuid("task_uuid"), Some(task.task_uuid));
        let link = &marker.links()[0];
        assert_eq!(
            (link.trace_id(), link.span_id()),
            (task.trace_id(), step.execution_id())
        );
        assert!(!marker.is_error() && marker.integer("tasker.running_for_ms") >= Some(10));
        store.spans().assert_valid();

        under(&telemetry, || {
            open.end_with(&Err::<(), _>("declined"));
            complete(&task);
        });
        let spans = store.spans();
        let execution = spans.named("step.execution").one();
        // The wall clock of a reading may be corrected meanwhile.
        let apart = execution
            .start()
            .duration_since(marker.start())
            .unwrap_or_else(|error| error.duration());
        assert!(apart < Duration::from_secs(1) && execution.is_error());
        assert_eq!(
            parents(&spans.named("step.running")),
            parents(&spans.named("step.execution"))
        );
        spans.assert_complete();
        assert!(telemetry.open_work().is_empty());
    });
}

#[test]
fn the_tree_says_what_runs() {
    process::alone(|| {
        let (builder, store) = builder(SOON);
        let telemetry = builder.span_names(SpanNames::Detailed).build().unwrap();
        let task = Task::default();
        let open = under(&telemetry, || {
            begin(&task);
            hanging(&task, &task.step())
        });
        let text = until(|| {
            let spans = store.spans();
            let both = ["task.running", "step.running"].map(|name| spans.named(name).iter().next().cloned());
            let [Some(_), Some(step)] = both else { return None };
            assert_eq!(step.exported_name(), "step.running charge_payment");
            Some(Outline::new(&spans).attributes(&["tasker.state"]).to_string())
        });
        assert!(
            text.contains("  task.running order_fulfillment tasker.state=initializing\n"),
            "{text}"
        );
        assert!(text.contains("  step.running charge_payment attempt=1\n"), "{text}");
        open.end();
    });
}

#[test]
fn markers_come_at_growing_intervals_and_four_at_most() {
    process::alone(|| {
        let (telemetry, store) = telemetry(SOON);
        let task = Task::default();
        let open = under(&telemetry, || hanging(&task, &task.step()));
        // The last one is due at 64 times the first.
        let ages = until(|| {
            let markers = store.spans().named("step.running");
            let ages = markers
                .iter()
                .map(|marker| marker.integer("tasker.running_for_ms").unwrap());
            let ages: BTreeSet<_> = ages.collect();
            ages.last().is_some_and(|age| *age >= 640).then_some(ages)
        });
        assert!((1..=4).contains(&ages.len()), "{ages:?}");
        assert_eq!(telemetry.stats().running_markers, ages.len() as u64);
        open.end();
    });
}

/// Unsampled with its task, and alone.
#[test]
fn an_unsampled_step_that_hangs_is_seen_as_well() {
    let unsampled = [Sampling::new().task_rate(0.0), Sampling::new().step_rate(0.0)];
    let cases = unsampled
        .into_iter()
        .flat_map(|rates| [rates.clone().discard_errors(), rates]);
    process::alone_each(cases, |rates| {
        let (builder, store) = builder(SOON);
        let telemetry = builder.sampling(rates).build().unwrap();
        let task = Task::default();
        let open = under(&telemetry, || hanging(&task, &task.step()));
        let marker = wait_for(&store, "step.running", 1);
        assert!(marker.iter().all(is_sampled_by_slowness));
        store.spans().assert_valid();
        under(&telemetry, || {
            open.end();
            complete(&task);
        });
        let spans = store.spans();
        assert!(is_sampled_by_slowness(&spans.named("step.execution").one()));
        assert_eq!(
            parents(&spans.named("step.running")),
            parents(&spans.named("step.execution"))
        );
        assert_eq!(spans.named("task.orchestration").one().span_id(), task.root_id());
        spans.assert_complete();
    });
}

#[test]
fn unsampled_work_that_ends_in_time_is_not_exported() {
    process::alone(|| {
        let (builder, store) = builder(HOUR);
        let telemetry = builder.sampling(Sampling::new().task_rate(0.0)).build().unwrap();
        under(&telemetry, || {
            let task = Task::default();
            begin(&task);
            execute(&task, &task.step(), || start_step(&task, &task.step()));
            orchestrate(&Task::default(), || ());
            assert_eq!(telemetry.open_work().len(), 1);
            complete(&task);
        });
        assert!(telemetry.open_work().is_empty() && store.spans().is_empty());
        assert_eq!(telemetry.stats().running_markers, 0);
    });
}

/// Transitions inside of it do not end it.
#[test]
fn a_task_with_a_driver_is_open_until_the_driver_ends() {
    process::alone(|| {
        let (telemetry, store) = telemetry(SOON);
        let task = Task::default();
        under(&telemetry, || {
            orchestrate(&task, || {
                begin(&task);
                complete(&task);
                let list = telemetry.open_work();
                assert_eq!((list.len(), list[0].state()), (1, Some("complete")));
                wait_for(&store, "task.running", 1);
            });
        });
        assert!(telemetry.open_work().is_empty());
        let spans = store.spans();
        let root = spans.named("task.orchestration").one();
        assert!(
            spans
                .named("task.running")
                .iter()
                .all(|marker| marker.parent_span_id() == Some(root.span_id()))
        );
        spans.assert_complete();
    });
}
