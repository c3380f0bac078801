use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
#[repr(C, packed)]
struct Row {
    task_uuid: Uuid,
    namespace: &'static str,
}

fn main() {}
