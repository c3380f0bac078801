//! How a task comes to exist.

use tasker_span_runtime::{Uuid, task_span};

use crate::model::TaskRequest;
use crate::store::Store;

/// Creates the task and its steps.
#[task_span("task.creation", within = "task.orchestration", task = request, late(task_uuid = |task| *task))]
pub(crate) async fn create_task(store: &Store, request: &TaskRequest) -> Result<Uuid, String> {
    validate(request)?;
    let handlers = look_up_template(request).await?;
    let task = store.insert_task(request).await;
    insert_steps(store, task, handlers).await;
    Ok(task)
}

/// Runs before there is a task.
#[task_span("request.validation", within = "task.orchestration", before_task)]
fn validate(request: &TaskRequest) -> Result<(), String> {
    if request.name.is_empty() {
        return Err("the request has no name".to_owned());
    }
    Ok(())
}

/// Runs before there is a task as well.
#[task_span("template.lookup", within = "task.orchestration", before_task, fields(template = request.name))]
async fn look_up_template(request: &TaskRequest) -> Result<[&'static str; 4], String> {
    if request.name != "process_order" {
        return Err(format!("no template is called {}", request.name));
    }
    Ok(["validate_order", "reserve_inventory", "charge_payment", "ship_order"])
}

#[task_span("step.insertion", within = "task.orchestration", task_uuid = task, inherit)]
async fn insert_steps(store: &Store, task: Uuid, handlers: [&'static str; 4]) {
    for handler in handlers {
        store.insert_step(task, handler).await;
    }
}
