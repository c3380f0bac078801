use tasker_span_runtime::task_span;

struct Order;

#[task_span("task.orchestration", fields(order), inherit(correlation_id, task_uuid, namespace))]
fn plain(order: Order) {}

#[task_span("task.orchestration", fields(%order), inherit(correlation_id, task_uuid, namespace))]
fn display(order: Order) {}

#[task_span("task.orchestration", fields(order = ?order), inherit(correlation_id, task_uuid, namespace))]
fn debug(order: Order) {}

fn main() {}
