//! The arguments of the functions.

use std::cell::RefCell;
use std::collections::BTreeMap;

use uuid::Uuid;

#[cfg_attr(feature = "ours", derive(tasker_span_runtime::SpanFields))]
#[derive(Clone, Debug)]
pub struct Task {
    pub task_uuid: Uuid,
    pub correlation_id: Uuid,
    pub priority: i32,
    #[cfg_attr(feature = "ours", span(namespace))]
    pub namespace_name: String,
    pub state: String,
}

#[cfg_attr(feature = "ours", derive(tasker_span_runtime::SpanFields))]
#[derive(Clone, Debug)]
pub struct Step {
    #[cfg_attr(feature = "ours", span(step_uuid))]
    pub workflow_step_uuid: Uuid,
    #[cfg_attr(feature = "ours", span(handler_name))]
    pub handler: String,
    pub attempt_number: i32,
    pub state: String,
}

#[derive(Clone, Debug)]
pub struct Message {
    pub task: Task,
    pub step: Step,
}

#[derive(Clone, Debug)]
pub struct Reply {
    pub success: bool,
    pub text: String,
}

#[derive(Debug)]
pub enum Error {
    Unknown(Uuid),
    Unchanged(String),
    Exhausted { attempts: i32 },
}

#[derive(Debug, Default)]
pub struct Store(RefCell<BTreeMap<Uuid, Task>>);

impl Store {
    pub async fn load(&self, task_uuid: Uuid) -> Result<Task, Error> {
        let task = self.0.borrow().get(&task_uuid).cloned();
        task.ok_or(Error::Unknown(task_uuid))
    }

    pub async fn save(&self, task: &Task) -> Result<(), Error> {
        self.0.borrow_mut().insert(task.task_uuid, task.clone());
        Ok(())
    }
}
