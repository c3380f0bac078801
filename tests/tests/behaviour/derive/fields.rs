//! Fields that supply attributes, by name or marked.

use tasker_span_runtime::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasMaxAttempts, HasNamespace, HasParentCorrelationId,
    HasPriority, HasStepUuid, HasTaskName, HasTaskUuid, SpanFields, Uuid,
};

use super::{ID, OTHER};

/// No source of anything.
struct Payload;

#[derive(SpanFields)]
struct Everything {
    correlation_id: Uuid,
    task_uuid: Uuid,
    step_uuid: Uuid,
    namespace: String,
    handler_name: String,
    parent_correlation_id: Option<Uuid>,
    task_name: String,
    priority: i32,
    attempt_number: u32,
    max_attempts: u32,
}

#[test]
fn fields_of_an_attribute_s_name_supply_it() {
    let everything = Everything {
        correlation_id: ID,
        task_uuid: OTHER,
        step_uuid: ID,
        namespace: "payments".into(),
        handler_name: "charge".into(),
        parent_correlation_id: None,
        task_name: "order".into(),
        priority: -3,
        attempt_number: 2,
        max_attempts: 5,
    };
    assert_eq!(everything.correlation_id(), Some(ID));
    assert_eq!(everything.task_uuid(), Some(OTHER));
    assert_eq!(everything.step_uuid(), Some(ID));
    assert_eq!(everything.namespace(), Some("payments"));
    assert_eq!(everything.handler_name(), Some("charge"));
    assert_eq!(everything.parent_correlation_id(), None);
    assert_eq!(everything.task_name(), Some("order"));
    assert_eq!(everything.priority(), Some(-3));
    assert_eq!(everything.attempt_number(), Some(2));
    assert_eq!(everything.max_attempts(), Some(5));
    assert!(std::ptr::eq(everything.span_source().unwrap(), &raw const everything));
}

#[test]
fn marked_fields_have_any_name() {
    #[derive(SpanFields)]
    struct Step {
        #[span(step_uuid)]
        workflow_step_uuid: Uuid,
        #[span(namespace)]
        namespace_name: &'static str,
    }
    let step = Step {
        workflow_step_uuid: ID,
        namespace_name: "payments",
    };
    assert_eq!((step.step_uuid(), step.namespace()), (Some(ID), Some("payments")));
}

#[test]
fn a_marked_field_no_longer_supplies_its_own_name() {
    #[derive(SpanFields)]
    struct Child {
        #[span(parent_correlation_id)]
        correlation_id: Uuid,
        #[span(correlation_id)]
        own: Uuid,
    }
    let child = Child {
        correlation_id: OTHER,
        own: ID,
    };
    assert_eq!(
        (child.correlation_id(), child.parent_correlation_id()),
        (Some(ID), Some(OTHER))
    );
}

#[test]
fn one_field_supplies_several() {
    #[derive(SpanFields)]
    struct Step {
        #[span(handler_name, task_name)]
        #[span(namespace)]
        name: String,
    }
    let step = Step { name: "charge".into() };
    assert_eq!(
        (step.handler_name(), step.task_name(), step.namespace()),
        (Some("charge"), Some("charge"), Some("charge"))
    );
}

#[test]
fn skipped_and_other_fields_are_left_alone() {
    #[derive(SpanFields)]
    struct Task {
        task_uuid: Uuid,
        #[span(skip)]
        namespace: Payload,
        started_at: Payload,
        context: Payload,
    }
    let task = Task {
        task_uuid: ID,
        namespace: Payload,
        started_at: Payload,
        context: Payload,
    };
    let Task {
        namespace: Payload,
        started_at: Payload,
        context: Payload,
        ..
    } = &task;
    assert_eq!(task.task_uuid(), Some(ID));
}

#[test]
fn raw_identifiers_are_names_like_others() {
    #[derive(SpanFields)]
    struct r#Struct {
        r#priority: i32,
        #[span(r#task_uuid)]
        r#type: Uuid,
    }
    let value = r#Struct {
        priority: 1,
        r#type: ID,
    };
    assert_eq!((value.priority(), value.task_uuid()), (Some(1), Some(ID)));
}

#[test]
fn tuple_structs_mark_their_fields() {
    #[derive(SpanFields)]
    struct Pair(#[span(task_uuid)] Uuid, Payload, #[span(namespace)] String);
    let pair = Pair(ID, Payload, "payments".into());
    let Payload = pair.1;
    assert_eq!((pair.task_uuid(), pair.namespace()), (Some(ID), Some("payments")));
}

#[test]
fn packed_fields_are_copied() {
    #[derive(SpanFields)]
    #[repr(C, packed)]
    struct Row {
        version: u8,
        task_uuid: Option<Uuid>,
        priority: u64,
    }
    let row = Row {
        version: 1,
        task_uuid: Some(ID),
        priority: 9,
    };
    assert_eq!((row.version, row.task_uuid(), row.priority()), (1, Some(ID), Some(9)));
}
