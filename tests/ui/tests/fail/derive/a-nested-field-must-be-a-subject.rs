use tasker_span_runtime::{SpanFields, Uuid};

struct Meta {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
struct Message {
    #[span(nested(task_uuid))]
    meta: Option<Meta>,
}

fn main() {}
