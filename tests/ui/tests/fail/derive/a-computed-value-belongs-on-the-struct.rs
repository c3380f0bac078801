use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span(namespace = self.name.trim())]
    name: String,
    #[span(crate = telemetry)]
    task_uuid: Uuid,
}

fn main() {}
