use tasker_span_runtime::{Carrier, step_span};

#[step_span("step.execution", link = message?, inherit)]
fn execute(message: Result<Carrier, String>) -> Result<(), String> {
    message.map(drop)
}

#[step_span("step.execution", link = message.await, inherit)]
async fn execute_later(message: impl Future<Output = Carrier>) {
    drop(message);
}

fn main() {}
