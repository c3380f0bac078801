use tasker_span_runtime::{TraceContext, step_span};

#[step_span("step.execution", link = message?, inherit)]
fn execute(message: Result<TraceContext, String>) -> Result<(), String> {
    message.map(drop)
}

#[step_span("step.execution", link = message.await, inherit)]
async fn execute_later(message: impl Future<Output = TraceContext>) {
    drop(message);
}

fn main() {}
