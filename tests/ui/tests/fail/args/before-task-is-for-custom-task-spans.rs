use tasker_span_runtime::{Uuid, step_span, task_span};

#[step_span("step.validation", within = "step.execution", before_task)]
fn of_step() {}

#[task_span("task.orchestration", before_task)]
fn of_catalogue() {}

#[task_span("task.validation", within = "task.orchestration", inherit, before_task)]
fn inherits() {}

#[task_span("task.validation", within = "task.orchestration", task_uuid = _id, before_task)]
fn knows(_id: Uuid) {}

#[task_span("task.validation", within = "task.orchestration", before_task = true)]
fn valued() {}

fn main() {}
