use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
#[span(task_uuid = self.name, namespace = self.id, priority = self.name.len() as f32)]
struct Task {
    name: String,
    id: Uuid,
}

fn main() {}
