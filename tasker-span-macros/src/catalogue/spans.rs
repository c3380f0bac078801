//! The spans, one row each, parents before children.

use super::Family::{Step, Task};
use super::Parent::{AnyTaskSpan, Span, Transition};
use super::SpanSpec;
use super::attributes::{CORRELATION_ID, FROM_STATE, HANDLER_NAME, NAMESPACE, STEP_UUID, TASK_UUID, TO_STATE};

pub(crate) static SPANS: &[SpanSpec] = &[
    SpanSpec {
        name: "task.orchestration",
        family: Task,
        kind: "Internal",
        parents: &[],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "task.state_transition",
        family: Task,
        kind: "Internal",
        parents: &[Span("task.orchestration")],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE, FROM_STATE, TO_STATE],
    },
    SpanSpec {
        name: "step.discovery",
        family: Task,
        kind: "Internal",
        parents: &[
            Transition("initializing", "enqueuing_steps"),
            Transition("evaluating_results", "enqueuing_steps"),
            Transition("waiting_for_retry", "enqueuing_steps"),
        ],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "step.enqueuing",
        family: Task,
        kind: "Producer",
        parents: &[Transition("enqueuing_steps", "steps_in_process")],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "result.evaluation",
        family: Task,
        kind: "Internal",
        parents: &[
            Transition("steps_in_process", "evaluating_results"),
            Transition("waiting_for_dependencies", "evaluating_results"),
        ],
        required: &[CORRELATION_ID, TASK_UUID, NAMESPACE],
    },
    SpanSpec {
        name: "step.execution",
        family: Step,
        kind: "Consumer",
        parents: &[Span("task.orchestration")],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, HANDLER_NAME, NAMESPACE],
    },
    SpanSpec {
        name: "step.state_transition",
        family: Step,
        kind: "Internal",
        parents: &[Span("step.execution"), AnyTaskSpan],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, NAMESPACE, FROM_STATE, TO_STATE],
    },
    SpanSpec {
        name: "handler.execution",
        family: Step,
        kind: "Internal",
        parents: &[Span("step.execution")],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, HANDLER_NAME, NAMESPACE],
    },
    SpanSpec {
        name: "result.submission",
        family: Step,
        kind: "Producer",
        parents: &[Span("step.execution")],
        required: &[CORRELATION_ID, TASK_UUID, STEP_UUID, NAMESPACE],
    },
];
