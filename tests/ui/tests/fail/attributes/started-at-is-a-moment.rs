use tasker_span_runtime::task_span;

#[task_span("task.orchestration", started_at = 1_700_000_000, inherit(correlation_id, task_uuid, namespace))]
fn run() {}

fn main() {}
