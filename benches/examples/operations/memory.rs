//! What open spans take of the memory, and what spans by the million leave of it.

use std::fmt::Write;
use std::num::NonZero;
use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter};
use tasker_span_runtime::{Console, Sampling, Telemetry};
use tasker_span_tests::load::{Blocks, Left, PerSpan, Tasks};

const TASKS: Tasks = Tasks {
    tasks: 10_000,
    cancelled: NonZero::new(10).unwrap(),
};
const SPANS: usize = 1_000_000;

#[derive(Debug)]
struct Nowhere;

impl SpanExporter for Nowhere {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        Ok(())
    }
}

/// What was measured under one sampling.
struct Measured {
    per_span: PerSpan,
    left: [Left; 3],
}

/// The table.
pub(crate) fn measure() -> String {
    let without = TASKS.run();
    // So small that what is in it does not count.
    let queue = BatchConfigBuilder::default()
        .with_max_queue_size(256)
        .with_max_export_batch_size(64);
    let queue = BatchSpanProcessor::builder(Nowhere)
        .with_batch_config(queue.build())
        .build();
    let builder = Telemetry::builder()
        .console_only()
        .console(Console::Off)
        .span_processor(queue);
    let telemetry = builder.install().expect("the only subscriber");
    let measure = |sampling| {
        telemetry.sampling().set(sampling).expect("rates");
        let per_span = TASKS.per_span(TASKS.run(), without);
        let flush = || drop(telemetry.flush(Duration::from_mins(1)));
        let left = Blocks::ALL.map(|blocks| blocks.measure(SPANS, flush));
        Measured { per_span, left }
    };
    let (sampled, unsampled) = (measure(Sampling::new()), measure(Sampling::new().task_rate(0.0)));

    let mut table = "| bytes | sampled | unsampled |\n| --- | ---: | ---: |\n".to_owned();
    let mut row = |what: &str, of: &dyn Fn(&Measured) -> usize| {
        let _ = writeln!(table, "| {what} | {} | {} |", of(&sampled), of(&unsampled));
    };
    row("of an open span, of 40,000 in 10,000 tasks at once", &|it| {
        it.per_span.open
    });
    row("of these, still there when all tasks have ended", &|it| {
        it.per_span.left
    });
    for (index, blocks) in Blocks::ALL.into_iter().enumerate() {
        row(&format!("left of a million spans, {blocks}"), &|it| {
            it.left[index].grown
        });
    }
    table
}
