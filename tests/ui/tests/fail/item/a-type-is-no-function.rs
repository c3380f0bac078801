use tasker_span_runtime::task_span;

#[task_span("task.orchestration")]
struct Task {
    id: u128,
}

#[task_span("task.orchestration")]
pub enum State {
    Pending,
}

fn uses(task: &Task) -> (u128, State) {
    (task.id, State::Pending)
}

fn main() {}
