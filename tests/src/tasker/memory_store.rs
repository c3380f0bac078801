//! State inside one process.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::{
    StepExecutionResult, Store, Task, TaskContext, TaskSequenceStep, TaskState, TaskerError, TaskerResult,
    WorkflowStep, WorkflowStepState,
};

/// Tasks and steps in maps behind a lock that is never held across an `.await`.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    tasks: HashMap<Uuid, (Task, TaskState)>,
    /// In the order in which they were created: a template's order, task by task.
    steps: Vec<WorkflowStep>,
}

impl MemoryStore {
    /// Every task and its state, in the order in which they were requested.
    pub fn tasks(&self) -> Vec<(Task, TaskState)> {
        let mut tasks = self.tables().tasks.values().cloned().collect::<Vec<_>>();
        tasks.sort_by_key(|(task, _)| task.requested_at);
        tasks
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn task(&self, task_uuid: Uuid) -> TaskerResult<&(Task, TaskState)> {
        self.tasks.get(&task_uuid).ok_or(TaskerError::NotFound(task_uuid))
    }

    fn step(&mut self, step_uuid: Uuid) -> TaskerResult<&mut WorkflowStep> {
        let step = self.steps.iter_mut().find(|step| step.workflow_step_uuid == step_uuid);
        step.ok_or(TaskerError::NotFound(step_uuid))
    }

    fn task_of(&self, correlation_id: Uuid) -> Option<&(Task, TaskState)> {
        self.tasks
            .values()
            .find(|(task, _)| task.correlation_id == correlation_id)
    }
}

impl Store for MemoryStore {
    async fn create_task(&self, task: Task, steps: Vec<WorkflowStep>) -> TaskerResult<()> {
        let mut tables = self.tables();
        tables.tasks.insert(task.task_uuid, (task, TaskState::Pending));
        tables.steps.extend(steps);
        Ok(())
    }

    async fn task(&self, task_uuid: Uuid) -> TaskerResult<Task> {
        Ok(self.tables().task(task_uuid)?.0.clone())
    }

    async fn task_of(&self, correlation_id: Uuid) -> TaskerResult<Option<Task>> {
        Ok(self.tables().task_of(correlation_id).map(|(task, _)| task.clone()))
    }

    async fn task_state(&self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        Ok(self.tables().task(task_uuid)?.1)
    }

    async fn task_context(&self, task_uuid: Uuid) -> TaskerResult<TaskContext> {
        let tables = self.tables();
        let task = tables.task(task_uuid)?.0.clone();
        let steps = tables
            .steps
            .iter()
            .filter(|step| step.task_uuid == task_uuid)
            .cloned()
            .collect::<Vec<_>>();
        let requested = steps
            .iter()
            .filter_map(|step| step.result.as_ref())
            .flat_map(|result| &result.child_tasks);
        let children = requested.filter_map(|id| Some((*id, tables.task_of(*id)?.1))).collect();
        Ok(TaskContext { task, steps, children })
    }

    async fn transition_task(&self, task_uuid: Uuid, from: TaskState, to: TaskState) -> TaskerResult<()> {
        let mut tables = self.tables();
        let (_, state) = tables
            .tasks
            .get_mut(&task_uuid)
            .ok_or(TaskerError::NotFound(task_uuid))?;
        if *state != from {
            return Err(TaskerError::StateConflict {
                uuid: task_uuid,
                expected: from.as_str(),
                found: state.as_str(),
            });
        }
        *state = to;
        Ok(())
    }

    async fn transition_step(
        &self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> TaskerResult<()> {
        let mut tables = self.tables();
        let state = &mut tables.step(step_uuid)?.state;
        if *state != from {
            return Err(TaskerError::StateConflict {
                uuid: step_uuid,
                expected: from.as_str(),
                found: state.as_str(),
            });
        }
        *state = to;
        Ok(())
    }

    async fn claim_step(&self, step_uuid: Uuid) -> TaskerResult<Option<TaskSequenceStep>> {
        let mut tables = self.tables();
        let step = tables.step(step_uuid)?;
        if step.state != WorkflowStepState::Enqueued {
            return Ok(None);
        }
        step.attempt = Some(step.attempt.unwrap_or_default() + 1);
        let workflow_step = step.clone();
        let task = tables.task(workflow_step.task_uuid)?.0.clone();
        let dependencies = tables
            .steps
            .iter()
            .filter(|step| workflow_step.depends_on.contains(&step.workflow_step_uuid));
        let dependency_results = dependencies
            .filter_map(|step| Some((step.name.clone(), step.result.as_ref()?.results.clone())))
            .collect();
        Ok(Some(TaskSequenceStep {
            task,
            workflow_step,
            dependency_results,
        }))
    }

    async fn save_result(&self, step_uuid: Uuid, result: StepExecutionResult) -> TaskerResult<()> {
        self.tables().step(step_uuid)?.result = Some(result);
        Ok(())
    }
}
