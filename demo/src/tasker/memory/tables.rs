//! `Tables`: tasks and steps in maps, and the changes to them.

use std::collections::HashMap;
use std::time::SystemTime;

use uuid::Uuid;

use crate::tasker::claim::attempt_to_claim;
use crate::tasker::{
    Claim, LostAttempt, StepExecutionResult, Task, TaskContext, TaskSequenceStep, TaskState, TaskerError, TaskerResult,
    WorkflowStep, WorkflowStepState,
};

#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    tasks: HashMap<Uuid, (Task, TaskState)>,
    /// In the order of their creation, within a task that of the template.
    steps: Vec<WorkflowStep>,
    /// When the steps without a result were claimed.
    claims: HashMap<Uuid, SystemTime>,
}

impl Tables {
    pub(super) fn create(&mut self, task: &Task, steps: &[WorkflowStep]) {
        self.tasks.insert(task.task_uuid, (task.clone(), TaskState::Pending));
        self.steps.extend_from_slice(steps);
    }

    pub(super) fn tasks(&self) -> Vec<(Task, TaskState)> {
        let mut tasks = self.tasks.values().cloned().collect::<Vec<_>>();
        tasks.sort_by_key(|(task, _)| task.requested_at);
        tasks
    }

    pub(super) fn task(&self, task_uuid: Uuid) -> TaskerResult<&(Task, TaskState)> {
        self.tasks.get(&task_uuid).ok_or(TaskerError::NotFound(task_uuid))
    }

    pub(super) fn task_of(&self, correlation_id: Uuid) -> Option<&(Task, TaskState)> {
        let mut tasks = self.tasks.values();
        tasks.find(|(task, _)| task.correlation_id == correlation_id)
    }

    pub(super) fn context(&self, task_uuid: Uuid) -> TaskerResult<TaskContext> {
        let task = self.task(task_uuid)?.0.clone();
        let steps = self.steps.iter().filter(|step| step.task_uuid == task_uuid);
        let steps = steps.cloned().collect::<Vec<_>>();
        let requested = steps
            .iter()
            .filter_map(|step| step.result.as_ref())
            .flat_map(|result| &result.child_tasks);
        let children = requested.filter_map(|id| Some((*id, self.task_of(*id)?.1))).collect();
        Ok(TaskContext { task, steps, children })
    }

    pub(super) fn move_task(&mut self, task_uuid: Uuid, from: TaskState, to: TaskState) -> TaskerResult<()> {
        let (_, state) = self.tasks.get_mut(&task_uuid).ok_or(TaskerError::NotFound(task_uuid))?;
        if *state != from {
            return Err(TaskerError::conflict(task_uuid, from.as_str(), state.as_str()));
        }
        *state = to;
        Ok(())
    }

    pub(super) fn move_step(
        &mut self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> TaskerResult<()> {
        let state = &mut self.step(step_uuid)?.state;
        if *state != from {
            return Err(TaskerError::conflict(step_uuid, from.as_str(), state.as_str()));
        }
        *state = to;
        Ok(())
    }

    pub(super) fn claim(&mut self, step_uuid: Uuid, redelivered: bool) -> TaskerResult<Option<Claim>> {
        let claimed_at = self.claims.get(&step_uuid).copied();
        let step = self.step(step_uuid)?;
        let Some(attempt) = attempt_to_claim(step, claimed_at.is_some(), redelivered) else {
            return Ok(None);
        };
        let latest = step.clone();
        step.attempt = Some(attempt);
        let claimed = step.clone();
        self.claims.insert(step_uuid, SystemTime::now());
        let lost = match claimed_at {
            Some(claimed_at) => Some(LostAttempt {
                step: self.for_worker(latest)?,
                claimed_at,
                claimed_by: None,
            }),
            None => None,
        };
        let step = self.for_worker(claimed)?;
        Ok(Some(Claim { step, lost }))
    }

    pub(super) fn save(&mut self, step_uuid: Uuid, attempt: u32, result: &StepExecutionResult) -> TaskerResult<()> {
        let is_claimed = self.claims.contains_key(&step_uuid);
        let step = self.step(step_uuid)?;
        if !is_claimed || step.attempt != Some(attempt) {
            return Err(TaskerError::conflict(step_uuid, "claimed", step.state.as_str()));
        }
        step.result = Some(result.clone());
        self.claims.remove(&step_uuid);
        Ok(())
    }

    fn step(&mut self, step_uuid: Uuid) -> TaskerResult<&mut WorkflowStep> {
        let step = self.steps.iter_mut().find(|step| step.workflow_step_uuid == step_uuid);
        step.ok_or(TaskerError::NotFound(step_uuid))
    }

    /// The step with the input of its handler.
    fn for_worker(&self, workflow_step: WorkflowStep) -> TaskerResult<TaskSequenceStep> {
        let task = self.task(workflow_step.task_uuid)?.0.clone();
        let dependencies = self
            .steps
            .iter()
            .filter(|step| workflow_step.depends_on.contains(&step.workflow_step_uuid));
        let dependency_results = dependencies
            .filter_map(|step| Some((step.name.clone(), step.result.as_ref()?.results.clone())))
            .collect();
        Ok(TaskSequenceStep {
            task,
            workflow_step,
            dependency_results,
        })
    }
}
