//! Workflow templates: the steps of a task and what they depend on.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::{Task, TaskRequest, TaskerError, TaskerResult, WorkflowStep, WorkflowStepState};

/// A workflow.
#[derive(Clone, Debug)]
pub struct TaskTemplate {
    namespace: String,
    name: String,
    steps: Vec<StepTemplate>,
}

/// A step of a template.
#[derive(Clone, Debug)]
pub struct StepTemplate {
    name: String,
    handler_name: String,
    depends_on: Vec<String>,
    max_attempts: u32,
    backoff: Duration,
}

impl StepTemplate {
    /// A step without dependencies and with one attempt.
    pub fn new(name: impl Into<String>, handler_name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            handler_name: handler_name.into(),
            depends_on: Vec::new(),
            max_attempts: 1,
            backoff: Duration::ZERO,
        }
    }

    /// Makes it wait for these steps.
    #[must_use]
    pub fn after<const N: usize>(mut self, steps: [&str; N]) -> Self {
        self.depends_on.extend(steps.map(str::to_owned));
        self
    }

    /// Sets the number of attempts. `backoff` is the wait before the second, and doubles with each
    /// further attempt.
    #[must_use]
    pub fn attempts(mut self, max_attempts: u32, backoff: Duration) -> Self {
        self.max_attempts = max_attempts;
        self.backoff = backoff;
        self
    }
}

impl TaskTemplate {
    /// A workflow of these steps.
    pub fn new(
        namespace: impl Into<String>,
        name: impl Into<String>,
        steps: impl IntoIterator<Item = StepTemplate>,
    ) -> TaskerResult<Self> {
        let template = Self {
            namespace: namespace.into(),
            name: name.into(),
            steps: steps.into_iter().collect(),
        };
        template.check()?;
        Ok(template)
    }

    /// The namespace of its tasks.
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    fn check(&self) -> TaskerResult<()> {
        let invalid =
            |reason: String| TaskerError::InvalidTemplate(format!("{}/{}: {reason}", self.namespace, self.name));
        let names = self.steps.iter().map(|step| step.name.as_str()).collect::<HashSet<_>>();
        if self.steps.is_empty() {
            return Err(invalid("no steps".to_owned()));
        }
        if names.len() < self.steps.len() {
            return Err(invalid("two steps with one name".to_owned()));
        }
        if let Some(unknown) = self
            .steps
            .iter()
            .flat_map(|step| &step.depends_on)
            .find(|name| !names.contains(name.as_str()))
        {
            return Err(invalid(format!("dependency on the unknown step `{unknown}`")));
        }
        // Each round adds the steps whose dependencies are all there. A round that adds none has
        // found a circle.
        let mut sorted = HashSet::new();
        while sorted.len() < self.steps.len() {
            let before = sorted.len();
            for step in &self.steps {
                if step.depends_on.iter().all(|name| sorted.contains(name.as_str())) {
                    sorted.insert(step.name.as_str());
                }
            }
            if sorted.len() == before {
                return Err(invalid("circular dependencies".to_owned()));
            }
        }
        Ok(())
    }

    /// A task as requested, with its steps.
    pub fn instantiate(&self, request: TaskRequest) -> (Task, Vec<WorkflowStep>) {
        let task_uuid = Uuid::now_v7();
        let uuids = self
            .steps
            .iter()
            .map(|step| (step.name.as_str(), Uuid::now_v7()))
            .collect::<HashMap<_, _>>();
        let steps = self.steps.iter().map(|step| WorkflowStep {
            workflow_step_uuid: uuids[step.name.as_str()],
            task_uuid,
            name: step.name.clone(),
            handler_name: step.handler_name.clone(),
            state: WorkflowStepState::Pending,
            attempt: None,
            max_attempts: step.max_attempts,
            backoff: step.backoff,
            depends_on: step.depends_on.iter().map(|name| uuids[name.as_str()]).collect(),
            result: None,
        });
        let steps = steps.collect();
        let task = Task {
            task_uuid,
            correlation_id: request.correlation_id,
            parent_correlation_id: request.parent_correlation_id,
            namespace_name: self.namespace.clone(),
            task_name: self.name.clone(),
            priority: request.priority,
            context: request.context,
            requested_at: request.requested_at,
        };
        (task, steps)
    }
}

/// All templates.
#[derive(Clone, Debug, Default)]
pub struct TaskTemplateRegistry(Vec<TaskTemplate>);

impl TaskTemplateRegistry {
    /// The template of a request.
    pub fn resolve(&self, request: &TaskRequest) -> TaskerResult<&TaskTemplate> {
        self.0
            .iter()
            .find(|template| template.namespace == request.namespace && template.name == request.name)
            .ok_or_else(|| TaskerError::UnknownTemplate(format!("{}/{}", request.namespace, request.name)))
    }

    /// All namespaces.
    pub fn namespaces(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.0
            .iter()
            .map(TaskTemplate::namespace)
            .filter(move |namespace| seen.insert(*namespace))
    }
}

impl FromIterator<TaskTemplate> for TaskTemplateRegistry {
    fn from_iter<I: IntoIterator<Item = TaskTemplate>>(templates: I) -> Self {
        Self(templates.into_iter().collect())
    }
}
