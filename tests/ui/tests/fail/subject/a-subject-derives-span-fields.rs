use tasker_span_runtime::task_span;

struct Task {
    id: u128,
}

#[task_span("task.orchestration")]
fn by_reference(task: &Task) -> u128 {
    task.id
}

#[task_span("task.orchestration")]
async fn by_value(task: Task) {}

#[task_span("task.orchestration")]
fn behind_a_pointer(task: std::sync::Arc<Task>) {}

fn main() {}
