use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
#[span(namespace = "payments")]
#[span(namespace = "default")]
struct Task;

fn main() {}
