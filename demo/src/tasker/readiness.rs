//! What can happen next to a task: the dependency graph, asked.

use std::collections::HashMap;
use std::time::Duration;

use uuid::Uuid;

use super::{StepEvent, Task, TaskState, TaskerResult, WorkflowStep, WorkflowStepState};

/// A task with everything that its next move depends on, as of one moment.
#[derive(Clone, Debug)]
pub struct TaskContext {
    /// The task.
    pub task: Task,
    /// Its steps, in the template's order.
    pub steps: Vec<WorkflowStep>,
    /// The tasks that its steps requested and that exist by now, by `correlation_id`.
    pub children: HashMap<Uuid, TaskState>,
}

/// What the task's steps amount to.
#[derive(Clone, Debug)]
pub enum ExecutionStatus {
    /// These steps can run.
    HasReadySteps(Vec<WorkflowStep>),
    /// Nothing new before further results come back.
    Processing,
    /// Nothing new before this time has passed.
    WaitingForRetry(Duration),
    /// Nothing new before a child task ends.
    WaitingForDependencies,
    /// Nothing new at all: a step or a child task failed for good.
    BlockedByFailures,
    /// Nothing left to do.
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

    /// The steps whose results wait for the orchestrator.
    pub fn reported_steps(&self) -> impl Iterator<Item = &WorkflowStep> {
        self.in_state(WorkflowStepState::EnqueuedForOrchestration)
    }

    /// The steps of this state.
    pub fn in_state(&self, state: WorkflowStepState) -> impl Iterator<Item = &WorkflowStep> {
        self.steps.iter().filter(move |step| step.state == state)
    }

    /// All attempts at the task's steps until now.
    pub fn attempts(&self) -> u32 {
        self.steps.iter().filter_map(|step| step.attempt).sum()
    }

    /// Whether results of steps are still to come or to be evaluated.
    pub fn is_processing(&self) -> bool {
        self.steps.iter().any(|step| step.state.is_under_way())
    }

    /// What the steps amount to.
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

    /// The context as it will be when the reported results have been evaluated.
    ///
    /// # Errors
    ///
    /// Never, as long as only reported steps are moved.
    pub fn evaluated(&self) -> TaskerResult<Self> {
        let mut next = self.clone();
        for step in &mut next.steps {
            if step.state == WorkflowStepState::EnqueuedForOrchestration {
                step.state = step.state.on(step.verdict())?;
            }
        }
        Ok(next)
    }

    fn has_failed(&self) -> bool {
        let child_failed = |state: &TaskState| state.is_terminal() && !child_is_done(*state);
        self.in_state(WorkflowStepState::Error).next().is_some() || self.children.values().any(child_failed)
    }

    /// Whether the step is complete, and the tasks that it requested too.
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
    /// What the latest result means for the step.
    pub fn verdict(&self) -> StepEvent {
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
