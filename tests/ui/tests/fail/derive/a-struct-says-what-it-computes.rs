use tasker_span_runtime::SpanFields;

#[derive(SpanFields)]
#[span(namespace, skip, nested(task_uuid), priority(self.priority), name = 1)]
struct Task {
    name: String,
}

fn main() {}
