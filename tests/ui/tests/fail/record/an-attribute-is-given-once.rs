use tasker_span_runtime::{Uuid, span_record};

fn record(id: Uuid) {
    span_record!(task_uuid = id, namespace = "payments", task_uuid = id);
    span_record!(namespace = );
}

fn main() {}
