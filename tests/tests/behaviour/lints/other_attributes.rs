//! Other macros above and below on the same function, without a warning.

#![deny(warnings)]

use tasker_span_runtime::{Uuid, task_span};

mod quiet {
    use tasker_span_runtime::{Uuid, task_span};

    #[tracing::instrument(skip_all)]
    #[task_span("task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
    pub(super) async fn below(id: Uuid) -> Result<Uuid, String> {
        Ok(id)
    }

    #[task_span("task.orchestration", task_uuid = id, inherit(correlation_id, namespace))]
    #[tracing::instrument(err)]
    pub(super) fn above(id: Uuid) -> Result<Uuid, String> {
        Ok(id)
    }
}

#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
#[task_span("step.discovery", inherit(correlation_id, task_uuid, namespace))]
fn twice() -> Result<(), String> {
    quiet::above(Uuid::nil()).map(|_| ())
}

#[tokio::test]
#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
async fn it_runs() -> Result<(), String> {
    quiet::below(Uuid::nil()).await?;
    twice()
}
