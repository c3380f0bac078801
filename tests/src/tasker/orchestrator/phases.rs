//! The work that belongs to the transitions.

use std::time::Duration;

use tasker_span_runtime::{span_record, task_span};
use uuid::Uuid;

use super::{Orchestrator, Queue, Store};
use crate::tasker::message::{ORCHESTRATION_QUEUE, OrchestrationMessage, StepMessage, StepResultMessage, worker_queue};
use crate::tasker::{ExecutionStatus, StepEvent, Task, TaskerResult, WorkflowStep, WorkflowStepState};

impl<S: Store, Q: Queue> Orchestrator<S, Q> {
    /// The steps that can run first.
    #[task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace))]
    pub(super) async fn discover_viable_steps(&self, task_uuid: Uuid) -> TaskerResult<Vec<WorkflowStep>> {
        Ok(self.store.task_context(task_uuid).await?.viable_steps())
    }

    /// Sends the steps to the namespace's workers.
    #[task_span("step.enqueuing", fields(steps = steps.len()))]
    pub(super) async fn enqueue_steps(&self, task: &Task, steps: Vec<WorkflowStep>) -> TaskerResult<()> {
        let queue = worker_queue(&task.namespace_name);
        for mut step in steps {
            // First the state, or a quick worker finds a step that nobody enqueued.
            self.steps.apply(&mut step, StepEvent::Enqueue).await?;
            let message = StepMessage {
                task_uuid: task.task_uuid,
                step_uuid: step.workflow_step_uuid,
                correlation_id: task.correlation_id,
            };
            self.queue.send(&queue, &message, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Decides on every result that has come back.
    #[task_span("result.evaluation", task = message, inherit(namespace))]
    pub(super) async fn evaluate_results(&self, message: &StepResultMessage) -> TaskerResult<ExecutionStatus> {
        loop {
            let context = self.store.task_context(message.task_uuid).await?;
            let reported = context.reported_steps().cloned().collect::<Vec<_>>();
            if reported.is_empty() {
                return Ok(context.execution_status());
            }
            for mut step in reported {
                let verdict = step.verdict();
                self.steps.apply(&mut step, verdict).await?;
            }
        }
    }

    /// Has the queue remind the orchestrators of the task.
    pub(super) async fn schedule_retry(&self, task_uuid: Uuid, delay: Duration) -> TaskerResult<()> {
        self.queue
            .send(
                ORCHESTRATION_QUEUE,
                &OrchestrationMessage::RetryReady { task_uuid },
                delay,
            )
            .await
    }

    /// Makes the failed steps ready for another attempt.
    pub(super) async fn release_failed_steps(&self, task_uuid: Uuid) -> TaskerResult<Vec<WorkflowStep>> {
        let context = self.store.task_context(task_uuid).await?;
        let mut steps = context
            .in_state(WorkflowStepState::WaitingForRetry)
            .cloned()
            .collect::<Vec<_>>();
        for step in &mut steps {
            self.steps.apply(step, StepEvent::Retry).await?;
        }
        Ok(steps)
    }

    /// Cancels the steps that will never run. Knows no more of the task than its id, until it has loaded it.
    #[task_span(
        "task.finalization",
        within = "task.state_transition",
        task_uuid = task_uuid,
        late(correlation_id, namespace),
    )]
    pub(super) async fn finalize(&self, task_uuid: Uuid) -> TaskerResult<()> {
        let context = self.store.task_context(task_uuid).await?;
        span_record!(context.task);
        for mut step in context.steps.into_iter().filter(|step| !step.state.is_terminal()) {
            self.steps.apply(&mut step, StepEvent::Cancel).await?;
        }
        Ok(())
    }
}
