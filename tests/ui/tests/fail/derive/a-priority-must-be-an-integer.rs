use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
struct Task {
    #[span(priority)]
    urgency: f64,
}

fn main() {}
