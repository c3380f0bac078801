use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
async fn asynchronous(early: bool) -> String {
    if early {
        return 7;
    }
    8
}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
fn synchronous(early: bool) -> String {
    if early {
        return 7;
    }
    8
}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
fn returns_nothing() {
    8
}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
async fn moves(text: String) -> usize {
    drop(text);
    text.len()
}

fn main() {}
