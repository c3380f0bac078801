use tasker_span_runtime::step_span;

#[step_span(
    "step.execution",
    level = "verbose",
    skip_all,
    within = "task.orchestration",
    from = "pending",
    inherit(correlation_id, correlaton_id, namespace),
    late(namespace, namespace),
    fields(order, order, task_uuid = 1),
    err,
    failed = |returned| *returned,
)]
fn run() -> bool {
    true
}

fn main() {}
