//! `Progress`: the output of the programs, from their own spans.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::trace::Status;
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use uuid::Uuid;

use super::print;

/// A span processor that prints the end of each attempt, and each state in which a task waits or
/// ends.
///
/// Clones share the names of tasks.
#[derive(Clone, Debug, Default)]
pub struct Progress(Arc<Mutex<HashMap<String, String>>>);

/// The part of a span that lines are made of.
struct Seen<'a> {
    name: &'a str,
    attributes: &'a [KeyValue],
}

impl Progress {
    /// Sets the name of the task with this `correlation_id`.
    pub fn name(&self, correlation_id: Uuid, name: impl Into<String>) {
        self.names().insert(correlation_id.to_string(), name.into());
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self, span: &Seen<'_>, status: &Status, duration: Duration) -> Option<String> {
        // The name in the catalogue, if the exported one says more.
        let name = span.text("tasker.span");
        match (name.as_deref().unwrap_or(span.name), status) {
            ("step.execution", Status::Error { description }) => {
                let error_type = span.text("error.type").unwrap_or_default();
                Some(format!("failed    {}  {error_type}: {description}", self.attempt(span)))
            }
            ("step.execution", _) => Some(format!("finished  {}  {duration:.1?}", self.attempt(span))),
            ("task.state_transition", Status::Unset | Status::Ok) => {
                let state = span.text("to_state").filter(|state| is_shown(state))?;
                Some(format!("{state:<24}  {}", self.task(span)))
            }
            _ => None,
        }
    }

    /// `charge_payment attempt 1  order 1002`
    fn attempt(&self, span: &Seen<'_>) -> String {
        let handler = span.text("handler_name").unwrap_or_default();
        let attempt = span.text("attempt_number").unwrap_or_default();
        format!("{handler:<19}  attempt {attempt}  {}", self.task(span))
    }

    /// The task's name, or its `correlation_id`.
    fn task(&self, span: &Seen<'_>) -> String {
        let correlation_id = span.text("correlation_id").unwrap_or_default();
        let names = self.names();
        if let Some(name) = names.get(&correlation_id) {
            return name.clone();
        }
        let parent = span.text("parent_correlation_id").and_then(|id| names.get(&id));
        parent.map_or_else(
            || format!("correlation_id={correlation_id}"),
            |parent| format!("child of {parent}"),
        )
    }
}

/// Whether the state is printed: the others last for milliseconds.
fn is_shown(state: &str) -> bool {
    !matches!(
        state,
        "initializing" | "enqueuing_steps" | "steps_in_process" | "evaluating_results"
    )
}

impl Seen<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let attribute = self
            .attributes
            .iter()
            .find(|attribute| attribute.key.as_str() == name)?;
        Some(attribute.value.to_string())
    }
}

impl<'a> From<&'a SpanData> for Seen<'a> {
    fn from(span: &'a SpanData) -> Self {
        Self {
            name: &span.name,
            attributes: &span.attributes,
        }
    }
}

impl SpanProcessor for Progress {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let duration = span.end_time.duration_since(span.start_time).unwrap_or_default();
        print_line(self.ended(&(&span).into(), &span.status, duration));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// Traced code does not fail if its lines cannot be written.
fn print_line(line: Option<String>) {
    if let Some(line) = line {
        let _ = print(line + "\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: [(&str, &str); 3] = [
        ("handler_name", "charge_payment"),
        ("attempt_number", "2"),
        ("correlation_id", "c1"),
    ];

    #[test]
    fn attempts_are_shown_as_they_end() {
        let progress = Progress::default();
        let attributes = attributes(ATTEMPT);
        let span = seen("step.execution", &attributes);
        let attempt = "charge_payment       attempt 2  correlation_id=c1";
        let ended = progress.ended(&span, &Status::Unset, Duration::from_millis(15));
        assert_eq!(ended, Some(format!("finished  {attempt}  15.0ms")));
    }

    #[test]
    fn a_lost_attempt_fails_by_whatever_name_it_is_exported() {
        let progress = Progress::default();
        let mut attributes = attributes(ATTEMPT).to_vec();
        attributes.push(KeyValue::new("error.type", "worker_lost"));
        attributes.push(KeyValue::new("tasker.span", "step.execution"));
        let span = seen("step.execution charge_payment", &attributes);
        let line = progress.ended(&span, &Status::error("the worker was lost"), Duration::ZERO);
        assert!(line.is_some_and(|line| line.ends_with("worker_lost: the worker was lost")));
    }

    #[test]
    fn tasks_have_names_and_children_the_names_of_their_parents() {
        let progress = Progress::default();
        let parent = Uuid::now_v7();
        progress.name(parent, "order 1004");
        let shown = |attributes: &[KeyValue]| {
            progress.ended(
                &seen("task.state_transition", attributes),
                &Status::Unset,
                Duration::ZERO,
            )
        };
        let own = [("correlation_id", parent.to_string()), ("to_state", "complete".into())];
        assert_eq!(
            shown(&attributes(own)),
            Some("complete                  order 1004".to_owned())
        );
        let child = [
            ("parent_correlation_id", parent.to_string()),
            ("to_state", "complete".into()),
        ];
        let line = shown(&attributes(child));
        assert_eq!(line, Some("complete                  child of order 1004".to_owned()));
        assert_eq!(shown(&attributes([("to_state", "initializing")])), None);
    }

    fn seen<'a>(name: &'a str, attributes: &'a [KeyValue]) -> Seen<'a> {
        Seen { name, attributes }
    }

    fn attributes<const N: usize, V: Into<opentelemetry::Value>>(attributes: [(&'static str, V); N]) -> [KeyValue; N] {
        attributes.map(|(key, value)| KeyValue::new(key, value))
    }
}
