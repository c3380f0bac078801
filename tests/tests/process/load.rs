//! Very many spans: each task is a whole tree in the end, and what is open or left takes so many
//! bytes. The figures for `docs/operations.md` are measured by the benches, with more of them.

use std::collections::HashMap;
use std::num::NonZero;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter};
use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{Console, Sampling, Telemetry, stats};
use tasker_span_tests::load::{Blocks, Tasks};
use tasker_span_tests::process;

use crate::{DEADLINE, under};

const TASKS: Tasks = Tasks {
    tasks: 1_000,
    cancelled: NonZero::new(10).unwrap(),
};
const CANCELLED: usize = 100;

/// The spans of a task that was cancelled in the middle, and those of a task that came to its end.
const OPEN: [&str; 4] = [
    "handler.execution",
    "payment.authorization",
    "step.execution",
    "task.orchestration",
];
const BEFORE: [&str; 2] = ["step.discovery", "task.state_transition"];
const AFTER: [&str; 2] = ["result.submission", "task.state_transition"];

/// Traces by the sorted names of their spans and how many of these are cancelled.
type Shapes = HashMap<(Vec<String>, usize), usize>;

fn shapes<const N: usize>(shapes: [(&[&[&'static str]], usize, usize); N]) -> Shapes {
    let shapes = shapes.into_iter().map(|(names, cancelled, count)| {
        let mut names: Vec<String> = names.concat().into_iter().map(Into::into).collect();
        names.sort();
        ((names, cancelled), count)
    });
    shapes.collect()
}

fn shapes_of(store: &SpanStore) -> Shapes {
    let spans = store.spans();
    spans.assert_complete();
    let mut traces = HashMap::<_, (Vec<String>, usize)>::new();
    for span in &spans {
        let (names, cancelled) = traces.entry(span.trace_id()).or_default();
        names.push(span.name().to_owned());
        *cancelled += usize::from(span.attribute("tasker.cancelled").is_some());
    }
    let mut shapes = Shapes::new();
    for (_, (mut names, cancelled)) in traces {
        names.sort();
        *shapes.entry((names, cancelled)).or_default() += 1;
    }
    store.clear();
    shapes
}

#[test]
fn a_thousand_tasks_at_once_are_as_many_trees() {
    // The store gets what the queue has room for.
    process::alone_in(&[("OTEL_BSP_MAX_QUEUE_SIZE", "100000")], || {
        let store = SpanStore::new();
        let builder = Telemetry::builder().console_only().console(Console::Off);
        let telemetry = builder.span_processor(store.clone()).install().unwrap();
        TASKS.run();
        let completed = TASKS.tasks - CANCELLED;
        let sampled: [(&[&[&str]], _, _); 2] = [
            (&[&OPEN, &BEFORE, &AFTER], 0, completed),
            (&[&OPEN, &BEFORE], OPEN.len(), CANCELLED),
        ];
        assert_eq!(shapes_of(&store), shapes(sampled));

        telemetry.sampling().set(Sampling::new().task_rate(0.0)).unwrap();
        TASKS.run();
        assert_eq!(shapes_of(&store), shapes([(&[&OPEN], OPEN.len(), CANCELLED)]));
    });
}

#[test]
fn an_open_span_takes_few_bytes_and_leaves_fewer() {
    process::alone(|| {
        let without = TASKS.run();
        let builder = Telemetry::builder().console_only().console(Console::Off);
        let telemetry = builder.install().unwrap();
        let sampled = TASKS.per_span(TASKS.run(), without);
        assert!(sampled.open < 1_000 && sampled.left < 1_500, "{sampled:?}");

        telemetry.sampling().set(Sampling::new().task_rate(0.0)).unwrap();
        let unsampled = TASKS.per_span(TASKS.run(), without);
        assert!(unsampled.open < 1_000 && unsampled.left < 100, "{unsampled:?}");
    });
}

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

const SPANS: usize = 20_000;

#[test]
fn spans_that_are_opened_and_dropped_leave_nothing_behind() {
    // Few records are kept for reuse.
    process::alone_in(&[("OTEL_BSP_MAX_QUEUE_SIZE", "64")], || {
        let queue = BatchConfigBuilder::default()
            .with_max_queue_size(256)
            .with_max_export_batch_size(64);
        let queue = BatchSpanProcessor::builder(Nowhere)
            .with_batch_config(queue.build())
            .build();
        let telemetry = Telemetry::builder()
            .console_only()
            .span_processor(queue)
            .build()
            .unwrap();
        under(&telemetry, || {
            for sampling in [Sampling::new(), Sampling::new().task_rate(0.0)] {
                telemetry.sampling().set(sampling.clone()).unwrap();
                for blocks in Blocks::ALL {
                    let before = stats().spans_ended;
                    let left = blocks.measure(SPANS, || drop(telemetry.flush(DEADLINE)));
                    // Less than any allocation for each span would take.
                    assert!(left.grown < 4 * SPANS, "{SPANS} {blocks}: {left:?}");
                    // The queue, and a thousand open spans.
                    assert!(left.peak < 8_000_000, "{SPANS} {blocks}: {left:?}");
                    // A cancelled future is exported, sampled or not.
                    let is_exported = sampling == Sampling::new() || blocks == Blocks::Cancelled;
                    assert_eq!(stats().spans_ended > before, is_exported);
                }
            }
        });
    });
}
