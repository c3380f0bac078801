use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
struct Task {
    #[span(task_uuid)]
    id: String,
    #[span(correlation_id)]
    correlation: Option<u64>,
}

fn main() {}
