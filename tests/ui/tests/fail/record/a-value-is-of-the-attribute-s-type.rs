use tasker_span_runtime::span_record;

fn record(id: &str) {
    span_record!(task_uuid = id, namespace = "payments");
}

fn main() {}
