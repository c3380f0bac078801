use tasker_span_runtime::task_span;

#[task_span(
    "task.orchestration",
    inherit(correlation_id, namespace),
    late(task_uuid = |id| id),
    failed = |_| true,
    ret
)]
fn run() -> ! {
    loop {}
}

fn main() {}
