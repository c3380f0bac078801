use tasker_span_runtime::{SpanFields, Uuid, span_record, step_span, task_scope, task_span};

use calls::{advance, archive, create, handle, query, serve, store};

/// The functions that the annotated ones call: the compiler resolves names before it prints.
mod calls {
    use super::{Request, Step, StepMessage, Task, Uuid};

    pub fn advance(_: &Task) {}

    pub fn archive(_: &Task) {}

    pub fn handle(_: StepMessage) -> Result<(), String> {
        Ok(())
    }

    pub async fn store(_: &Task, _: String) -> Result<(), String> {
        Ok(())
    }

    pub async fn query(_: Uuid) -> Result<Vec<Step>, String> {
        Ok(Vec::new())
    }

    pub async fn create(_: Request) -> Result<Task, String> {
        Err(String::new())
    }

    pub async fn serve() -> ! {
        std::future::pending().await
    }
}

#[derive(SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: String,
}

#[derive(SpanFields)]
struct Step {
    step_uuid: Uuid,
    handler_name: String,
}

struct StepMessage {
    task: Task,
    step: Step,
}

struct Request {
    namespace: String,
    region: String,
}

#[task_span("task.orchestration")]
fn a_sync_function_without_a_result(task: &Task) {
    advance(task)
}

#[step_span("step.execution", step = message.step, task = message.task)]
fn a_sync_function_with_two_subjects_and_a_result(message: StepMessage) -> Result<(), String> {
    handle(message)
}

#[task_span("task.state_transition", from = from_state, to = to_state)]
async fn an_async_function_with_a_result(task: &Task, from_state: Option<String>, to_state: String) -> Result<(), String> {
    store(task, to_state).await
}

#[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
async fn a_value_and_inherit(task_uuid: Uuid) -> Result<Vec<Step>, String> {
    query(task_uuid).await
}

#[task_span(
    "task.initialization",
    within = "task.orchestration",
    namespace = request.namespace,
    inherit(correlation_id),
    late(task_uuid = |created| created.task_uuid),
    fields(request.region, attempt = 1),
    err(Debug),
    ret,
)]
async fn late_attributes_fields_err_and_ret(request: Request) -> Result<Task, String> {
    create(request).await
}

#[task_span("task.orchestration", inherit)]
async fn a_function_that_never_returns() -> ! {
    serve().await
}

fn a_block(task: &Task) {
    task_scope!("task.archival", within = "task.orchestration", task = task).in_scope(|| archive(task))
}

fn a_subject_recorded_late(task: &Task) {
    span_record!(subject = task);
}

fn a_value_recorded_late(namespace: &str) {
    span_record!(namespace);
}
