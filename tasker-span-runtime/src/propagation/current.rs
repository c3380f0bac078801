//! `TraceContext::current`: the trace context of the running code.

use super::TraceContext;
use super::trace_context::Header;
use super::traceparent::TraceParent;
use crate::identity::{self, SpanId, TraceId, cache};
use crate::outcome::caught;
use crate::span::{self, LocalSpan, stack};

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
        if stack::is_thread_ending() {
            return Self::EMPTY;
        }
        let active = stack::enclosing();
        // OpenTelemetry's thread-locals may be gone before ours, and then it panics.
        let foreign = caught(span::foreign).flatten();
        match (active, foreign) {
            // What other code starts in an unsampled span is unsampled with it: the span itself tells more.
            (Some(active), Some(foreign)) if foreign.is_sampled() || active.sampling.is_sampled => Self::of(&foreign),
            (Some(active), _) if active.is_filtered() => Self::unsampled(derived_ids(&active)),
            (Some(active), _) => Self::of(&span::context_of(&active)),
            (None, Some(foreign)) => Self::of(&foreign),
            (None, None) => Self::EMPTY,
        }
    }

    fn unsampled(ids: Option<(TraceId, SpanId)>) -> Self {
        ids.map_or(Self::EMPTY, |(trace_id, span_id)| {
            Self::assemble(Header::Valid(TraceParent::new(trace_id, span_id, 0)), Header::Absent)
        })
    }
}

/// The derived ids of the step's execution, or else of the task's root.
fn derived_ids(span: &LocalSpan) -> Option<(TraceId, SpanId)> {
    let known = span.known();
    let task = known.task_uuid?;
    let attempt = known.attempt();
    let execution = known.step_uuid.and_then(|step| match attempt {
        Some(attempt) => Some(identity::execution_span_id(step, attempt)),
        None => cache::step(span.realm(), step)?.execution,
    });
    Some((
        identity::trace_id(task),
        execution.unwrap_or_else(|| identity::root_span_id(task)),
    ))
}
