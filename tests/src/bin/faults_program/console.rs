//! Lines for a console that is gone.

use std::io::{Read, stdin};
use std::time::Duration;

use tasker_span_runtime::{Telemetry, task_span};
use tasker_span_tests::fixture::Task;

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task) -> Result<(), String> {
    tracing::info!("nobody reads this");
    Err("nor this".to_owned())
}

/// Goes on when its own input has ended: by then whoever read its lines is gone.
pub(crate) fn run() {
    let telemetry = Telemetry::builder()
        .service_name("faults")
        .install()
        .expect("settings that are right");
    stdin().read_to_end(&mut Vec::new()).expect("an input");
    for _ in 0..10 {
        audit(&Task::default()).expect_err("functions return what they return");
    }
    telemetry
        .shutdown(Duration::from_secs(30))
        .expect("a collector that answers");
}
