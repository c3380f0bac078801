use tasker_span_runtime::SpanFields;

struct Namespace {
    id: i64,
}

#[derive(SpanFields)]
struct Task {
    task_uuid: String,
    namespace: Namespace,
    priority: Option<String>,
}

fn main() {}
