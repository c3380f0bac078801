use tasker_span_runtime::task_span;

#[task_span("task.orchestration", fields(order, order.id = 1, r#order = 2, "order.id" = 3), inherit(correlation_id, task_uuid, namespace))]
fn run(order: u64) {
    let _ = order;
}

fn main() {}
