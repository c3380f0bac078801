use tasker_span_runtime::task_span;

#[task_span("event.publish", within = "task.orchestration", kind = producr, inherit)]
fn publish() {}

#[task_span("event.route", within = "task.orchestration", kind = "queue", inherit)]
fn route() {}

#[task_span("event.count", within = "task.orchestration", kind = 3, inherit)]
fn count() {}

#[task_span("event.store", within = "task.orchestration", kind(client), inherit)]
fn store() {}

fn main() {}
