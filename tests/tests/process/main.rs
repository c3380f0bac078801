//! What concerns a whole process: setup, global subscribers, exact counts, collectors, memory, and
//! how a program ends. What a `Capture` can show is tested in `behaviour`.

#[cfg(target_os = "linux")]
mod clock;
mod cold;
mod collector;
#[cfg(unix)]
mod console;
mod copies;
mod counts;
mod detached;
#[cfg(unix)]
mod ending;
#[cfg(unix)]
mod exit;
#[cfg(target_os = "linux")]
mod forks;
mod identity_cache;
mod layers;
mod limits;
mod load;
#[cfg(target_os = "linux")]
mod loaded;
mod meters;
mod mute;
mod network;
mod no_subscriber;
mod off;
mod other_code;
mod own_provider;
#[cfg(target_os = "linux")]
mod redaction;
mod running;
mod setup;
#[cfg(target_os = "linux")]
mod start;

use std::time::Duration;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{Telemetry, task_span};
use tasker_span_tests::calls::execute;
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process::Program;
use tracing_subscriber::layer::SubscriberExt;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// Longer than anything takes that is waited for.
const DEADLINE: Duration = Duration::from_secs(30);

#[task_span("step.discovery")]
fn discover(task: &Task) {
    tracing::info!("discovering");
    tracing::debug!("hidden by the filter");
}

/// The program, exporting to the collector: only when the queue is full or flushed, however long
/// the program runs.
#[cfg(unix)]
fn exporting_to(collector: &Collector, program: Program) -> Program {
    let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url());
    program.envs(&[endpoint, ("OTEL_BSP_SCHEDULE_DELAY", "600000")])
}

/// Runs `work` under the telemetry's layer, on this thread.
fn under<R>(telemetry: &Telemetry, work: impl FnOnce() -> R) -> R {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), work)
}

/// Ends a number of spans under the telemetry's layer.
fn end_spans(telemetry: &Telemetry, spans: u64) {
    under(telemetry, || {
        let task = Task::default();
        (0..spans).for_each(|_| execute(&task, &task.step(), || ()));
    });
}
