use tasker_span_runtime::step_scope;

fn run() {
    let _ = step_scope!("handler.execution", inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace), ret);
    let _ = step_scope!("handler.execution", inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace), failed = |r| !r);
}

fn main() {}
