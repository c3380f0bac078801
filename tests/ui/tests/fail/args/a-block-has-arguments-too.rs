use tasker_span_runtime::task_scope;

fn run() {
    let _ = task_scope!();
    let _ = task_scope!("step.discovery");
    let _ = task_scope!("step.execution");
    let _ = task_scope!("payment", level = "inf");
}

fn main() {}
