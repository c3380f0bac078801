use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
#[span(crate = "tasker_span_runtime")]
struct Quoted {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
#[span(crate = tasker_span_runtime::<u8>)]
struct WithArguments {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
#[span(crate = ::tasker_span_runtime, crate = ::tasker_span_runtime)]
struct Twice {
    task_uuid: Uuid,
}

fn main() {}
