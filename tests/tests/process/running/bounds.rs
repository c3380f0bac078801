//! Very much open work: it has its markers, and bounds.

use std::collections::BTreeSet;

use tasker_span_runtime::{DetachedSpan, OpenWork, Telemetry};
use tasker_span_tests::calls::begin;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

use super::{HOUR, SOON, hanging, telemetry, until, wait_for};
use crate::{DEADLINE, under};

/// Opens so many steps of a task.
fn open_steps(telemetry: &Telemetry, steps: usize) -> Vec<DetachedSpan> {
    let task = Task::default();
    under(telemetry, || (0..steps).map(|_| hanging(&task, &task.step())).collect())
}

#[test]
fn ten_thousand_open_steps_have_a_marker_each() {
    process::alone(|| {
        const STEPS: usize = 10_000;
        let (telemetry, store) = telemetry(SOON);
        let open = open_steps(&telemetry, STEPS);
        assert_eq!(telemetry.open_work().len(), STEPS);
        until(|| {
            let markers = store.spans().named("step.running");
            let marked: BTreeSet<_> = markers.iter().map(|marker| marker.uuid("step_uuid")).collect();
            (marked.len() == STEPS).then_some(())
        });
        open.into_iter().for_each(DetachedSpan::cancel);
        assert!(telemetry.open_work().is_empty());
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        let counted = (
            stats.open_work_refused,
            stats.pending(),
            stats.spans_ended - stats.running_markers,
        );
        assert_eq!(counted, (0, 0, STEPS as u64));
    });
}

/// What has no room yet waits.
#[test]
fn markers_wait_for_room_in_a_small_queue() {
    let queue = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "64"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16"),
    ];
    process::alone_in(&queue, || {
        let (telemetry, store) = telemetry(SOON);
        let open = open_steps(&telemetry, 1_000);
        wait_for(&store, "step.running", 1_000);
        assert_eq!(telemetry.stats().spans_refused, 0);
        drop((telemetry, open));
    });
}

#[test]
fn open_work_beyond_the_limit_is_counted() {
    process::alone(|| {
        const MOST: usize = 32_768;
        let (telemetry, _) = telemetry(HOUR);
        let open = open_steps(&telemetry, MOST + 100);
        assert_eq!(
            (telemetry.open_work().len(), telemetry.stats().open_work_refused),
            (MOST, 100)
        );
        open.into_iter().for_each(DetachedSpan::cancel);
        assert!(telemetry.open_work().is_empty());
        // There is room again.
        let open = open_steps(&telemetry, 1);
        assert_eq!(
            (telemetry.open_work().len(), telemetry.stats().open_work_refused),
            (1, 100)
        );
        drop(open);
    });
}

/// As if they had ended in another process.
#[test]
fn tasks_that_never_end_here_give_way_to_later_ones() {
    process::alone(|| {
        let (telemetry, _) = telemetry(HOUR);
        let tasks: Vec<_> = (0..20_000).map(|_| Task::default()).collect();
        under(&telemetry, || tasks.iter().for_each(begin));
        let listed: BTreeSet<_> = telemetry.open_work().iter().map(OpenWork::task_uuid).collect();
        let stats = telemetry.stats();
        assert_eq!(listed.len() as u64 + stats.open_work_refused, 20_000);
        assert!(
            listed.len() <= 16_384
                && tasks[19_900..]
                    .iter()
                    .all(|task| listed.contains(&Some(task.task_uuid)))
        );
    });
}
