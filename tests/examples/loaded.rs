//! A library that a host in C loads and unloads: `tests/process/loaded.c`.

#![expect(unsafe_code, reason = "a host finds functions by their names")]

use std::sync::{Mutex, PoisonError};

use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{Console, Telemetry};
use tasker_span_tests::calls::{complete, execute, orchestrate};
use tasker_span_tests::fixture::Task;

static TELEMETRY: Mutex<Option<Telemetry>> = Mutex::new(None);

/// Begins the telemetry, and its export thread with the first span.
///
/// # Panics
///
/// If it is called twice.
#[unsafe(no_mangle)]
pub extern "C" fn load() {
    let builder = Telemetry::builder().console_only().console(Console::Off);
    let telemetry = builder.span_processor(SpanStore::new()).install().unwrap();
    *TELEMETRY.lock().unwrap_or_else(PoisonError::into_inner) = Some(telemetry);
}

/// Runs spans on the calling thread.
#[unsafe(no_mangle)]
pub extern "C" fn run() {
    let task = Task::default();
    orchestrate(&task, || execute(&task, &task.step(), || tracing::info!("loaded")));
    complete(&task);
}

/// Ends the telemetry. Returns how many spans have ended, or -1 if some are lost.
#[unsafe(no_mangle)]
pub extern "C" fn unload() -> i64 {
    let telemetry = TELEMETRY.lock().unwrap_or_else(PoisonError::into_inner).take();
    let stats = telemetry.and_then(|telemetry| telemetry.shutdown(std::time::Duration::from_secs(30)).ok());
    let ended = stats.filter(|stats| stats.lost() + stats.pending() == 0);
    ended
        .and_then(|stats| i64::try_from(stats.spans_ended).ok())
        .unwrap_or(-1)
}
