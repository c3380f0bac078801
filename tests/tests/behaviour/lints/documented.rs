//! A public module that documents everything public.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    unused_qualifications
)]

/// A module.
pub mod worker {
    use tasker_span_runtime::{Uuid, step_span};

    /// A function.
    ///
    /// # Errors
    ///
    /// Never.
    #[step_span("step.execution", step_uuid = step_uuid, inherit(correlation_id, task_uuid, handler_name, namespace))]
    pub async fn execute(step_uuid: Uuid) -> Result<(), std::io::Error> {
        std::future::ready(Ok(())).await
    }
}

#[test]
fn it_runs() {
    drop(worker::execute(tasker_span_runtime::Uuid::nil()));
}
