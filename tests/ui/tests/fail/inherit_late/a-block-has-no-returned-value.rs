use tasker_span_runtime::task_scope;

fn run() {
    let _ = task_scope!(
        "task.orchestration",
        inherit(correlation_id, namespace),
        late(task_uuid = |created| created.id),
    );
}

fn main() {}
