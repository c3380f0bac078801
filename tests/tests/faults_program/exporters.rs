//! An exporter of the program's own that panics: on its queue's thread, where nobody waits for it.

use std::time::Duration;

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SpanData, SpanExporter};
use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{Telemetry, task_span};
use tasker_span_tests::fixture::Task;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Debug)]
struct Explosive;

impl SpanExporter for Explosive {
    async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
        panic!("an exporter")
    }
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task, number: u32) -> Result<u32, String> {
    Ok(number)
}

#[test]
fn functions_and_other_exporters_go_on() {
    let queue = BatchConfigBuilder::default()
        .with_max_queue_size(64)
        .with_max_export_batch_size(8);
    let explosive = BatchSpanProcessor::builder(Explosive)
        .with_batch_config(queue.build())
        .build();
    let store = SpanStore::new();
    let telemetry = Telemetry::builder()
        .console_only()
        .span_processor(explosive)
        .span_processor(store.clone());
    let telemetry = telemetry.build().unwrap();
    let task = Task::default();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), || {
        for number in 0..1_000 {
            assert_eq!(audit(&task, number), Ok(number));
        }
    });
    assert_eq!(store.spans().len(), 1_000);
    // Its thread is gone, so that there is nothing to wait for.
    let deadline = Duration::from_mins(1);
    assert!(!telemetry.flush(deadline).unwrap_err().is_timeout());
    assert!(!telemetry.shutdown(deadline).unwrap_err().is_timeout());
}
