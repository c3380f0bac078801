use tasker_span_runtime::{span_record, task_span};

#[task_span("task.state_transition", from = "pending", late(to_state), inherit(correlation_id, task_uuid, namespace))]
fn late() {
    span_record!(to_state = "complete");
}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace), fields(from_state = 1))]
fn field() {}

fn main() {}
