use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
struct Envelope<T> {
    #[span(nested(task_uuid))]
    inner: T,
}

#[derive(SpanFields)]
struct Message {
    #[span(nested(task_uuid))]
    envelope: Envelope<Vec<u8>>,
}

fn main() {}
