use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
struct Task {
    #[span(started_at)]
    created_at: String,
}

fn main() {}
