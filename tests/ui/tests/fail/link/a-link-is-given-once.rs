use tasker_span_runtime::{TraceContext, step_span};

#[step_span("step.execution", link = first, link = second, inherit)]
fn execute(first: TraceContext, second: TraceContext) {
    drop((first, second));
}

fn main() {}
