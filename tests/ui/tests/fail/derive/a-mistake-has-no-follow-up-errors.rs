use tasker_span_runtime::{HasPriority, SpanFields, Uuid};

#[derive(SpanFields)]
struct Task<'a, T: Clone> {
    #[span(task_id)]
    id: &'a T,
}

#[derive(SpanFields)]
struct Message<'a> {
    #[span(nested(task_uuid, namespace, started_at))]
    task: Option<Task<'a, Uuid>>,
}

fn supplies(_: &impl HasPriority) {}

fn main() {
    supplies(&Task { id: &5_u8 });
}
