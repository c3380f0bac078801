use tasker_span_runtime::step_span;

#[step_span("result.processing", within = ["task.orchestration", "step.exection", "task.orchestration", 7], inherit)]
fn process() {}

#[step_span("result.checking", within = [], inherit)]
fn check() {}

fn main() {}
