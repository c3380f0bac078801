//! `OpenWork`: a task or step that is open, for a program's own list. It is a snapshot.

use std::fmt;
use std::time::{Duration, SystemTime};

use triomphe::Arc;
use uuid::Uuid;

use super::open_task::OpenTask;
use crate::catalogue::attributes::{Attributes, Text};
use crate::catalogue::site::Role;
use crate::clock::{Wall, system_time};
use crate::identity;
use crate::span::decide;
use crate::span::local::LocalSpan;

/// Whether open work is a task or a step.
///
/// ```
/// use tasker_span_runtime::OpenWorkKind;
///
/// assert_eq!(OpenWorkKind::Step.to_string(), "step");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OpenWorkKind {
    /// A task between its creation and its terminal state.
    Task,
    /// An execution of a step.
    Step,
}

impl fmt::Display for OpenWorkKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Task => "task",
            Self::Step => "step",
        })
    }
}

/// A task or step that this process has begun and not ended, as
/// [`Telemetry::open_work`](crate::Telemetry::open_work) found it.
///
/// Its values are those of the program: the hook of [`redact`](crate::redact) does not see them.
///
/// With the feature `serde` it is an object with the names of the methods, and the `trace_id` of the task. `age_ms` is in
/// milliseconds, `started_at_ms` in milliseconds since the Unix epoch. What is unknown is left out.
///
/// ```
/// use tasker_span_runtime::OpenWork;
///
/// fn line(work: &OpenWork) -> String {
///     let name = work.handler_name().or(work.task_name()).unwrap_or("unknown");
///     format!("{} {name} for {} s", work.kind(), work.age().as_secs())
/// }
/// ```
#[derive(Clone)]
pub struct OpenWork {
    kind: OpenWorkKind,
    attributes: Attributes,
    state: Option<Text>,
    started: u64,
    age: Duration,
    is_sampled: bool,
}

impl OpenWork {
    pub(super) fn of_span(span: &Arc<LocalSpan>, state: Option<Text>, wall: &Wall, now: u64) -> Self {
        let started = wall.at(span.started);
        Self {
            kind: if span.site.role() == Role::Execution {
                OpenWorkKind::Step
            } else {
                OpenWorkKind::Task
            },
            attributes: span.known(),
            state,
            started,
            age: Duration::from_nanos(now.saturating_sub(started)),
            is_sampled: span.sampling.is_sampled,
        }
    }

    pub(super) fn of_task(task: &OpenTask, wall: &Wall, now: u64) -> Self {
        if let Some(driver) = &task.driver {
            return Self::of_span(driver, task.state(), wall, now);
        }
        let own = &task.attributes;
        let sampling = own.task_uuid.map(|task_uuid| decide::of_open_task(task_uuid, own));
        Self {
            kind: OpenWorkKind::Task,
            attributes: own.clone(),
            state: task.state(),
            started: task.started,
            age: Duration::from_nanos(now.saturating_sub(task.started)),
            is_sampled: sampling.is_none_or(|sampling| sampling.is_sampled),
        }
    }

    /// Whether it is a task or a step.
    pub fn kind(&self) -> OpenWorkKind {
        self.kind
    }

    /// The task, or that of the step.
    pub fn task_uuid(&self) -> Option<Uuid> {
        self.attributes.task_uuid
    }

    /// The step. `None` for a task.
    pub fn step_uuid(&self) -> Option<Uuid> {
        self.attributes.step_uuid
    }

    /// The correlation id of the task.
    pub fn correlation_id(&self) -> Option<Uuid> {
        self.attributes.correlation_id
    }

    /// The namespace of the task.
    pub fn namespace(&self) -> Option<&str> {
        self.attributes.namespace.as_deref()
    }

    /// The name of the task, if a span of it had it.
    pub fn task_name(&self) -> Option<&str> {
        self.attributes.task_name.as_deref()
    }

    /// The name of the step, if its span has it.
    pub fn step_name(&self) -> Option<&str> {
        self.attributes.step_name.as_deref()
    }

    /// The handler of the step. `None` for a task.
    pub fn handler_name(&self) -> Option<&str> {
        self.attributes.handler_name.as_deref()
    }

    /// The number of the step's attempt: the first is 1. `None` for a task.
    pub fn attempt_number(&self) -> Option<i64> {
        self.attributes.attempt_number
    }

    /// The state that its latest transition in this process led to. Of a step, the transition was inside of its
    /// `step.execution`.
    pub fn state(&self) -> Option<&str> {
        self.state.as_deref()
    }

    /// When it began: a step with its `step.execution`; a task at the `started_at` of its subject, or else when this process
    /// first saw it.
    pub fn started_at(&self) -> SystemTime {
        system_time(self.started)
    }

    /// How long it had been open when the list was made.
    pub fn age(&self) -> Duration {
        self.age
    }

    /// Whether its spans are sampled. An unsampled span is exported if it fails, or after a marker.
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// The address of the trace of its task, by a template as for [`trace_url`](crate::identity::trace_url).
    pub fn trace_url(&self, template: &str) -> Option<String> {
        Some(identity::trace_url(template, self.task_uuid()?))
    }
}

/// What tells it from others, without the names of the program.
impl fmt::Debug for OpenWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenWork")
            .field("kind", &self.kind)
            .field("task_uuid", &self.task_uuid())
            .field("step_uuid", &self.step_uuid())
            .field("age", &self.age)
            .finish_non_exhaustive()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for OpenWork {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeMap;

        let millis = |duration: Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", &self.kind.to_string())?;
        if let Some(task_uuid) = self.task_uuid() {
            map.serialize_entry("trace_id", &identity::trace_id(task_uuid).to_string())?;
        }
        for (name, id) in [
            ("task_uuid", self.task_uuid()),
            ("step_uuid", self.step_uuid()),
            ("correlation_id", self.correlation_id()),
        ] {
            if let Some(id) = id {
                map.serialize_entry(name, &id.hyphenated().to_string())?;
            }
        }
        for (name, text) in [
            ("namespace", self.namespace()),
            ("task_name", self.task_name()),
            ("step_name", self.step_name()),
            ("handler_name", self.handler_name()),
            ("state", self.state()),
        ] {
            if let Some(text) = text {
                map.serialize_entry(name, text)?;
            }
        }
        if let Some(number) = self.attempt_number() {
            map.serialize_entry("attempt_number", &number)?;
        }
        map.serialize_entry("started_at_ms", &millis(Duration::from_nanos(self.started)))?;
        map.serialize_entry("age_ms", &millis(self.age))?;
        map.serialize_entry("is_sampled", &self.is_sampled)?;
        map.end()
    }
}
