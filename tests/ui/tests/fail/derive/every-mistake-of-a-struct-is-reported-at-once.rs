use tasker_span_runtime::{SpanFields, Uuid};

#[derive(SpanFields)]
#[span(namespaces = self.a, crate = 5)]
struct Task {
    #[span(task_id)]
    a: Uuid,
    #[span]
    b: Uuid,
    #[span(nested())]
    c: Uuid,
    task_uuid: Uuid,
    #[span(task_uuid)]
    d: Uuid,
}

fn main() {}
