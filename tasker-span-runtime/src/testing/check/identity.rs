//! Checks that a span has the ids derived from its task's and step's UUIDs.

use std::time::Duration;

use super::{Index, Problem, ProblemKind, execution, is_custom, is_without_code, joined_task_late, marked};
use crate::catalogue;
use crate::identity::{self, SpanId};
use crate::testing::CapturedSpan;

pub(super) fn check(span: &CapturedSpan, index: &Index<'_>, problems: &mut Vec<Problem>) {
    let is_ours = catalogue::span(span.name()).is_some() || is_custom(span) || marked(span).is_some();
    let Some(task_uuid) = span.uuid("task_uuid").filter(|_| is_ours && !joined_task_late(span)) else {
        return;
    };
    let trace_id = identity::trace_id(task_uuid);
    if span.trace_id() != trace_id {
        let message = format!("is in trace {} instead of its task's, {trace_id}", span.trace_id());
        problems.push(Problem::of(span, ProblemKind::WrongIdentity, message));
    }
    let derived = match span.name() {
        "task.orchestration" => Some(identity::root_span_id(task_uuid)),
        "step.execution" => {
            let step = span.uuid("step_uuid").zip(execution(span));
            step.map(|(step, execution)| execution.span_id(step))
        }
        "task.state_transition" if is_recorded(span) => {
            let states = span.text("from_state").zip(span.text("to_state"));
            states.map(|(from, to)| identity::transition_span_id(task_uuid, from, to, span.start()))
        }
        _ => None,
    };
    // An id is assigned once: after a redelivery or a restarted driver, it is random.
    let is_free = |id: &SpanId| {
        let key = (span.trace_id(), *id);
        *id != span.span_id() && !index.spans.contains_key(&key) && !index.open.contains(&key)
    };
    if let Some(derived) = derived.filter(is_free) {
        let message = format!("has the id {} instead of the derived one, {derived}", span.span_id());
        problems.push(Problem::of(span, ProblemKind::WrongIdentity, message));
    }
}

/// Whether no code ran the transition: it is a moment. Of a time that is not believed, its id tells, and not its span.
fn is_recorded(span: &CapturedSpan) -> bool {
    is_without_code(span) && span.duration() < Duration::from_micros(1) && span.attribute("tasker.violation").is_none()
}
