//! A row of a recorded transition supplies the `task_uuid`; what else it lacks is looked up.

use std::time::SystemTime;

use tasker_span_runtime::{SpanFields, Uuid, record_transition};

#[derive(SpanFields)]
struct StaleStep {
    step_uuid: Uuid,
    namespace: String,
}

fn main() {
    let row = StaleStep {
        step_uuid: Uuid::nil(),
        namespace: String::new(),
    };
    record_transition(&row, "in_progress", "error", SystemTime::now());
}
