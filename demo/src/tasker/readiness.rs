//! `TaskContext`: which steps of a task are ready, by its dependency graph.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::{StepEvent, Task, TaskState, TaskerResult, WorkflowStep, WorkflowStepState};

/// A snapshot of a task, its steps and its child tasks.
#[derive(Clone, Debug)]
pub struct TaskContext {
    /// The task.
    pub task: Task,
    /// Its steps, in the template's order.
    pub steps: Vec<WorkflowStep>,
    /// The states of the child tasks that exist already, by `correlation_id`.
    pub children: HashMap<Uuid, TaskState>,
}

/// The status of a task's steps.
#[derive(Clone, Debug)]
pub enum ExecutionStatus {
    /// These steps are ready.
    HasReadySteps(Vec<WorkflowStep>),
    /// Results are still to come, or to be evaluated.
    Processing,
    /// Only retries are left, after this time.
    WaitingForRetry(Duration),
    /// A child task has not ended.
    WaitingForDependencies,
    /// A step or a child task failed, without another attempt.
    BlockedByFailures,
    /// All steps are complete.
    AllComplete,
}

impl TaskContext {
    /// The pending steps whose dependencies are complete.
    pub fn viable_steps(&self) -> Vec<WorkflowStep> {
        let viable = |step: &&WorkflowStep| {
            step.state == WorkflowStepState::Pending && step.depends_on.iter().all(|uuid| self.is_done(*uuid))
        };
        self.steps.iter().filter(viable).cloned().collect()
    }

    /// The steps whose results are not evaluated yet.
    pub fn reported_steps(&self) -> impl Iterator<Item = &WorkflowStep> {
        self.in_state(WorkflowStepState::EnqueuedForOrchestration)
    }

    /// The steps in this state.
    pub fn in_state(&self, state: WorkflowStepState) -> impl Iterator<Item = &WorkflowStep> {
        self.steps.iter().filter(move |step| step.state == state)
    }

    /// The number of attempts at all steps.
    pub fn attempts(&self) -> u32 {
        self.steps.iter().filter_map(|step| step.attempt).sum()
    }

    /// Whether results are still to come, or to be evaluated.
    pub fn is_processing(&self) -> bool {
        self.steps.iter().any(|step| step.state.is_under_way())
    }

    /// The status of the steps.
    pub fn execution_status(&self) -> ExecutionStatus {
        let ready = self.viable_steps();
        if !ready.is_empty() {
            return ExecutionStatus::HasReadySteps(ready);
        }
        if self.is_processing() {
            return ExecutionStatus::Processing;
        }
        let retries = self
            .in_state(WorkflowStepState::WaitingForRetry)
            .filter_map(WorkflowStep::retry_delay);
        if let Some(longest) = retries.max() {
            return ExecutionStatus::WaitingForRetry(longest);
        }
        if self.has_failed() {
            return ExecutionStatus::BlockedByFailures;
        }
        if self.steps.iter().all(|step| self.is_done(step.workflow_step_uuid)) {
            ExecutionStatus::AllComplete
        } else {
            ExecutionStatus::WaitingForDependencies
        }
    }

    /// The context after the evaluation of the reported results.
    pub fn evaluated(&self) -> TaskerResult<Self> {
        let mut next = self.clone();
        for step in &mut next.steps {
            if step.state == WorkflowStepState::EnqueuedForOrchestration {
                step.state = step.state.on(step.evaluate())?;
            }
        }
        Ok(next)
    }

    fn has_failed(&self) -> bool {
        let child_failed = |state: &TaskState| state.is_terminal() && !child_is_done(*state);
        self.in_state(WorkflowStepState::Error).next().is_some() || self.children.values().any(child_failed)
    }

    /// Whether the step and its child tasks are complete.
    fn is_done(&self, step_uuid: Uuid) -> bool {
        self.steps
            .iter()
            .filter(|step| step.workflow_step_uuid == step_uuid)
            .all(|step| {
                let requested = step.result.iter().flat_map(|result| &result.child_tasks);
                step.state.satisfies_dependencies()
                    && requested
                        .map(|id| self.children.get(id))
                        .all(|child| child.is_some_and(|state| child_is_done(*state)))
            })
    }
}

impl WorkflowStep {
    /// The event that follows from the latest result.
    pub fn evaluate(&self) -> StepEvent {
        match &self.result {
            Some(result) if result.success => StepEvent::Complete,
            _ if self.retry_delay().is_some() => StepEvent::WaitForRetry,
            _ => StepEvent::Fail,
        }
    }
}

fn child_is_done(state: TaskState) -> bool {
    matches!(state, TaskState::Complete | TaskState::ResolvedManually)
}
