use tasker_span_runtime::{SpanFields, Uuid, span_record};

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
}

impl Task {
    fn record(&self, task: &Task, message: &(Task, u8), correlation: Uuid) {
        span_record!(task);
        span_record!(task = self);
        span_record!(message.0);
        span_record!(&message.0, correlation);
        span_record!(self, task_uuid == self.task_uuid);
    }
}

fn main() {}
