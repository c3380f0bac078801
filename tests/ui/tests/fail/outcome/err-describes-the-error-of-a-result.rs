use tasker_span_runtime::task_span;

#[task_span("task.orchestration", err, inherit)]
fn number() -> u32 {
    7
}

#[task_span("task.orchestration", err(type), inherit)]
async fn later() -> Option<String> {
    None
}

#[task_span("task.orchestration", err(Debug), inherit)]
fn nothing() {}

fn main() {}
