use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    id: Uuid,
    started_at: std::time::SystemTime,
}

fn main() {}
