//! `Summary`: the table of all tasks, at the end.

use std::fmt;

use tasker_span_demo::tasker::postgres::TaskProgress;

use super::Placed;

/// The tasks of the orders and their child tasks.
pub(crate) struct Summary<'a> {
    placed: &'a [Placed],
    tasks: &'a [TaskProgress],
}

impl<'a> Summary<'a> {
    pub(crate) fn new(placed: &'a [Placed], tasks: &'a [TaskProgress]) -> Self {
        Self { placed, tasks }
    }

    /// `order 1004`, or `child of order 1004` for its child task.
    fn name(&self, task: &TaskProgress) -> String {
        let task = &task.task;
        if let Some(placed) = self
            .placed
            .iter()
            .find(|placed| placed.task.task_uuid == task.task_uuid)
        {
            return format!("order {}", placed.order.number);
        }
        let mut others = self.tasks.iter();
        let parent = others.find(|other| Some(other.task.correlation_id) == task.parent_correlation_id);
        parent.map_or_else(
            || "child".to_owned(),
            |parent| format!("child of {}", self.name(parent)),
        )
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:<19}  {:<27}  {:<9}  {:>5}  {:>8}  {:>9}",
            "", "workflow", "state", "steps", "attempts", "time"
        )?;
        for task in self.tasks {
            writeln!(
                f,
                "{:<19}  {:<27}  {:<9}  {:>5}  {:>8}  {:>9}",
                self.name(task),
                format!("{}/{}", task.task.namespace_name, task.task.task_name),
                task.state.as_str(),
                format!("{}/{}", task.complete, task.steps),
                task.attempts,
                format!("{:.1?}", task.duration().unwrap_or_default()),
            )?;
        }
        writeln!(f)
    }
}
