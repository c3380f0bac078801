//! The attributes, one row each. A new row is all that a new attribute takes.

use super::Family::{Step, Task};
use super::{Attribute, ValueType};

macro_rules! attributes {
    ($($constant:ident $name:literal $value:ident $(optional on $family:ident)?, $meaning:literal;)*) => {
        $(pub(crate) const $constant: &Attribute = &Attribute {
            name: $name,
            value: ValueType::$value,
            optional: attributes!(@ $($family)?),
            meaning: $meaning,
        };)*
        /// Every attribute, in the order in which spans carry them.
        pub(crate) static ATTRIBUTES: &[&Attribute] = &[$($constant),*];
    };
    (@) => { None };
    (@ $family:ident) => { Some($family) };
}

attributes! {
    CORRELATION_ID "correlation_id" Uuid, "an id chosen by the task's caller, to search by";
    TASK_UUID "task_uuid" Uuid, "the task's own id; the trace id is derived from it";
    STEP_UUID "step_uuid" Uuid, "the id of one step of a task";
    NAMESPACE "namespace" Text, "the namespace of the task's workflow";
    HANDLER_NAME "handler_name" Text optional on Step, "the handler that executes the step";
    FROM_STATE "from_state" State, "the state that is left";
    TO_STATE "to_state" State, "the state that is entered";
    PARENT_CORRELATION_ID "parent_correlation_id" Uuid optional on Task,
        "the `correlation_id` of the task that created this task";
    TASK_NAME "task_name" Text optional on Task, "the name of the task's workflow";
    PRIORITY "priority" Integer optional on Task, "the task's priority";
    STEP_NAME "step_name" Text optional on Step, "the name of the step in its template";
    ATTEMPT_NUMBER "attempt_number" Integer optional on Step, "the attempt at the step; 1 is the first";
    MAX_ATTEMPTS "max_attempts" Integer optional on Step, "the limit of attempts";
    GENERATION "generation" Integer optional on Step,
        "how often the step was reset: its attempts start at 1 again";
    CONTINUATION "continuation" Integer optional on Step,
        "which execution of the attempt this is: a step that yields at a checkpoint continues it";
}

/// The time that a task's root span starts at. It is supplied like an attribute, and exported as a
/// start time.
pub(crate) const STARTED_AT: &Attribute = &Attribute {
    name: "started_at",
    value: ValueType::Timestamp,
    optional: Some(Task),
    meaning: "when the task started, which is when its root span starts",
};
