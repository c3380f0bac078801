use std::collections::HashMap;

use tasker_span_runtime::{Uuid, task_scope};

fn closure(task_uuid: Uuid) -> HashMap<u8, u8> {
    task_scope!("task.orchestration", task_uuid = task_uuid, inherit).try_in_scope(HashMap::new)
}

fn future(task_uuid: Uuid) {
    let future = async { HashMap::<u8, u8>::new() };
    let _ = task_scope!("task.orchestration", task_uuid = task_uuid, inherit).try_instrument(future);
}

fn main() {}
