use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
struct Task {
    #[span(taskuuid)]
    id: Uuid,
    #[span(namespace_name)]
    name: String,
}

fn main() {}
