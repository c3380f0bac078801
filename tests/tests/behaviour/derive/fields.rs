//! Fields that supply attributes, by name or marked.

use super::prelude::*;

/// No source of any attribute.
struct Payload;

#[test]
fn fields_named_like_an_attribute_supply_it() {
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
    assert_supplies!(everything; correlation_id: Some(ID), task_uuid: Some(OTHER), step_uuid: Some(ID));
    assert_supplies!(everything; namespace: Some("payments"), handler_name: Some("charge"), task_name: Some("order"));
    assert_supplies!(everything; parent_correlation_id: None, priority: Some(-3));
    assert_supplies!(everything; attempt_number: Some(2), max_attempts: Some(5));
    assert!(std::ptr::eq(everything.span_source().unwrap(), &raw const everything));
}

#[test]
fn marked_fields_have_any_name_and_no_longer_supply_their_own() {
    #[derive(SpanFields)]
    struct Child {
        #[span(parent_correlation_id)]
        correlation_id: Uuid,
        #[span(correlation_id)]
        own: Uuid,
        #[span(handler_name, task_name)]
        #[span(namespace)]
        name: &'static str,
    }
    let child = Child {
        correlation_id: OTHER,
        own: ID,
        name: "charge",
    };
    assert_supplies!(child; correlation_id: Some(ID), parent_correlation_id: Some(OTHER));
    assert_supplies!(child; handler_name: Some("charge"), task_name: Some("charge"), namespace: Some("charge"));
}

#[test]
fn skipped_and_other_fields_are_ignored() {
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
    let _: [&Payload; 3] = [&task.namespace, &task.started_at, &task.context];
    assert_supplies!(task; task_uuid: Some(ID));
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
    assert_supplies!(value; priority: Some(1), task_uuid: Some(ID));
}

#[test]
fn tuple_structs_mark_their_fields() {
    #[derive(SpanFields)]
    struct Pair(#[span(task_uuid)] Uuid, Payload, #[span(namespace)] String);
    let pair = Pair(ID, Payload, "payments".into());
    let Payload = pair.1;
    assert_supplies!(pair; task_uuid: Some(ID), namespace: Some("payments"));
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
    assert_eq!(row.version, 1);
    assert_supplies!(row; task_uuid: Some(ID), priority: Some(9));
}
