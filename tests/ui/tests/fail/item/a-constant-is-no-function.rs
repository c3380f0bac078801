use tasker_span_runtime::task_span;

#[task_span("task.orchestration")]
const LIMIT: usize = 3;

#[task_span("task.orchestration")]
static NAME: &str = "worker";

#[task_span("task.orchestration")]
use std::fmt;

fn uses() -> Result<(usize, &'static str), fmt::Error> {
    Ok((LIMIT, NAME))
}

fn main() {}
