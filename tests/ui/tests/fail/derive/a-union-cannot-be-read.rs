use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
union Id {
    task_uuid: Uuid,
    bytes: [u8; 16],
}

fn main() {}
