use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherits(correlation_id), task_uid = id, leve = "debug")]
fn run(id: u128) {
    let _ = id;
}

fn main() {}
