use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
#[span(namespace = self.queue.as_str())]
struct Task {
    namespace: String,
    queue: String,
}

fn main() {}
