//! `TraceContext::current`: the trace context of the running code.

use std::sync::Arc;

use super::TraceContext;
use super::trace_context::Header;
use super::traceparent::TraceParent;
use crate::identity::{self, SpanId, TraceId};
use crate::scope::{self, Scope};
use crate::{memory, outcome, recording};

impl TraceContext {
    /// The trace context of the active span, for a message that the code sends.
    ///
    /// In an unsampled span it says so. Its ids are those under which the span is exported if it
    /// fails. Without exported spans, the ids are the [derived ones](crate::identity) of the step's
    /// execution, or of the task's root. Outside of all spans it is [`EMPTY`](Self::EMPTY).
    ///
    /// ```
    /// use opentelemetry::propagation::Injector;
    /// use tasker_span_runtime::TraceContext;
    ///
    /// /// Publishes a message to any queue whose messages have headers.
    /// fn publish(headers: &mut dyn Injector) {
    ///     TraceContext::current().inject_over(headers);
    /// }
    /// # publish(&mut std::collections::HashMap::new());
    /// ```
    pub fn current() -> Self {
        // The thread-locals of the active span may be gone.
        if scope::is_thread_ending() {
            return Self::EMPTY;
        }
        let enclosing = scope::enclosing();
        if let Some(scope) = enclosing.as_ref().filter(|scope| scope.dropped.is_some()) {
            return Self::unsampled(unsampled_ids(scope));
        }
        let derived = enclosing.and_then(|scope| derived_ids(&scope));
        let trace_id = derived.map(|(trace_id, _)| trace_id);
        // OpenTelemetry's thread-locals may be gone before ours, and then it panics.
        let current = outcome::caught(|| recording::current_context(trace_id)).flatten();
        match current {
            Some(context) => Self::of(&context),
            None => Self::unsampled(derived),
        }
    }

    fn unsampled(ids: Option<(TraceId, SpanId)>) -> Self {
        ids.map_or(Self::EMPTY, |(trace_id, span_id)| {
            Self::assemble(Header::Valid(TraceParent::new(trace_id, span_id, 0)), Header::Absent)
        })
    }
}

/// The ids under which an unsampled span is exported if it fails.
fn unsampled_ids(scope: &Arc<Scope>) -> Option<(TraceId, SpanId)> {
    let (task_uuid, _) = scope.identity();
    Some((identity::trace_id(task_uuid?), scope.exported_id()?))
}

/// The derived ids of the step's execution, or else of the task's root.
fn derived_ids(scope: &Scope) -> Option<(TraceId, SpanId)> {
    let (task, step, attempt) = {
        let attributes = scope.attributes();
        (attributes.task_uuid?, attributes.step_uuid, attributes.attempt_number)
    };
    let attempt = attempt.and_then(|attempt| u32::try_from(attempt).ok());
    let execution = step.and_then(|step| match attempt {
        Some(attempt) => Some(identity::execution_span_id(step, attempt)),
        None => memory::step(step)?.execution,
    });
    Some((
        identity::trace_id(task),
        execution.unwrap_or_else(|| identity::root_span_id(task)),
    ))
}
