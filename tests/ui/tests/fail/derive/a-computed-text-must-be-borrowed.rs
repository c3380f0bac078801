use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
#[span(namespace = format!("{}-eu", self.region), handler_name = self.region.to_uppercase())]
struct Task {
    region: String,
}

fn main() {}
