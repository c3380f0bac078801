use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
struct Task {
    #[span(owner)]
    owner: String,
}

fn main() {}
