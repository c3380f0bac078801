use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
struct Task {
    #[span(namespace)]
    queue: String,
    #[span(namespace)]
    namespace_name: String,
}

fn main() {}
