//! In a process without any subscriber, an annotated function is the function that it was.

use std::cell::Cell;

use tasker_span_runtime::{TraceContext, Uuid, task_scope, task_span};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

fn read(count: &Cell<u32>) -> Uuid {
    count.set(count.get() + 1);
    Uuid::nil()
}

fn message(count: &Cell<u32>) -> TraceContext {
    read(count);
    TraceContext::EMPTY
}

#[task_span(
    "task.orchestration",
    task_uuid = read(count),
    fields(id = read(count)),
    inherit(correlation_id, namespace),
    link = message(count),
    late(priority = |returned| read(count).get_version_num() + returned),
    ret
)]
fn counted(count: &Cell<u32>) -> usize {
    7
}

#[task_span("task.orchestration", failed = |_| true)]
async fn later(task: &Task) -> &str {
    tokio::task::yield_now().await;
    &task.namespace_name
}

#[test]
fn functions_futures_and_blocks_run_and_no_argument_is_read() {
    process::alone(|| {
        let count = Cell::new(0);
        assert_eq!(counted(&count), 7);
        assert_eq!(count.get(), 0);

        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(later(&Task::default())), "payments");
        let span = task_scope!("task.orchestration", inherit(correlation_id, task_uuid, namespace));
        assert_eq!(span.in_scope(|| 7), 7);
    });
}
