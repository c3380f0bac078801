use tasker_span_runtime::span_record;

fn record(task_uuid: &str) {
    span_record!(task_uuid, namespace);
}

fn main() {}
