use tasker_span_runtime::{SpanFields, Uuid, task_span};

#[task_span("task.orchestration", inherit, => 7, type, within, 'a, { 7 }, type = 3)]
fn arguments() {}

#[task_span("task.orchestration", inherit, late(fn, 7, namespace = type), ret(fn), err(), level = struct)]
fn lists() -> u8 {
    7
}

#[derive(SpanFields)]
#[span(fn = 7, { 7 }, namespace = struct)]
struct Task {
    #[span(type, 'a, task_uuid = =)]
    id: Uuid,
}

fn main() {}
