use tasker_span_runtime::step_span;

#[step_span("step.discovery", fields(batch = 1))]
fn run() {}

fn main() {}
