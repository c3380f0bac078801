use tasker_span_runtime::{HasCorrelationId, HasNamespace, HasTaskUuid, task_span};

#[task_span("task.orchestration")]
fn run<T: HasCorrelationId + HasTaskUuid>(task: &T) {}

#[task_span("task.orchestration")]
fn opaque(task: &impl HasNamespace) {}

fn main() {}
