use tasker_span_runtime::{Carrier, step_span};

#[step_span("step.execution", link = first, link = second, inherit)]
fn execute(first: Carrier, second: Carrier) {
    drop((first, second));
}

fn main() {}
