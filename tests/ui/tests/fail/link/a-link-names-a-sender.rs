use tasker_span_runtime::{step_scope, step_span};

struct Message {
    traceparent: String,
}

#[step_span("step.execution", link = message.traceparent, inherit)]
fn execute(message: Message) {}

#[step_span("step.execution", link = &messages, inherit)]
async fn execute_all(messages: Vec<Message>) {}

fn main() {
    let message = Message { traceparent: String::new() };
    step_scope!("step.execution", link = message, inherit).in_scope(|| ());
}
