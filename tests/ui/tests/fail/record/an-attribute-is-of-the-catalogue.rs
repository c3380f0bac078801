use tasker_span_runtime::{Uuid, span_record};

fn record(id: Uuid) {
    span_record!(task_id = id, namespace = "payments");
    span_record!(region = "eu");
}

fn main() {}
