//! Values that the struct computes: `#[span(namespace = self.…)]` above it.

use std::time::{Duration, SystemTime};

use super::prelude::*;

struct Meta {
    namespace: String,
    handler: Option<String>,
    ids: Vec<Uuid>,
}

impl Meta {
    fn namespace(&self) -> &str {
        &self.namespace
    }

    fn handler(&self) -> Option<&String> {
        self.handler.as_ref()
    }

    fn id(&self) -> Option<Uuid> {
        self.ids.first().copied()
    }
}

const NAME: &str = "order_fulfillment";

#[derive(SpanFields)]
#[span(namespace = self.meta.namespace(), handler_name = self.meta.handler())]
#[span(task_uuid = self.meta.id(), correlation_id = &self.meta.ids[0], priority = if self.urgent { 9 } else { 1u8 })]
#[span(task_name = NAME, started_at = SystemTime::UNIX_EPOCH + Duration::from_secs(self.started))]
struct Message {
    meta: Meta,
    urgent: bool,
    started: u64,
}

fn meta() -> Meta {
    Meta {
        namespace: "payments".into(),
        handler: Some("charge".into()),
        ids: vec![ID],
    }
}

#[test]
fn calls_and_expressions() {
    let message = Message {
        meta: meta(),
        urgent: true,
        started: 5,
    };
    assert_supplies!(message; namespace: Some("payments"), handler_name: Some("charge"), priority: Some(9));
    assert_supplies!(message; task_uuid: Some(ID), correlation_id: Some(ID), task_name: Some(NAME));
    assert_supplies!(message; started_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(5)));
}

#[test]
fn texts_are_borrowed_from_fields_at_any_depth() {
    #[derive(SpanFields)]
    #[span(namespace = self.meta.namespace, handler_name = *self.names[1], task_name = self.meta.handler)]
    struct Deep {
        meta: Meta,
        names: [&'static str; 2],
    }
    let deep = Deep {
        meta: meta(),
        names: ["one", "two"],
    };
    assert_supplies!(deep; namespace: Some("payments"), handler_name: Some("two"), task_name: Some("charge"));
}

#[test]
fn unit_structs_and_constants() {
    #[derive(SpanFields)]
    #[span(namespace = "default", priority = -1)]
    struct Default;
    assert_supplies!(Default; namespace: Some("default"), priority: Some(-1));
}

#[test]
fn generic_structs_compute_too() {
    trait Named {
        fn name(&self) -> &str;
    }
    impl Named for str {
        fn name(&self) -> &str {
            self
        }
    }
    #[derive(SpanFields)]
    #[span(namespace = self.0.name())]
    struct Of<'a, T: Named + ?Sized>(&'a T);
    assert_supplies!(Of("payments"); namespace: Some("payments"));
}
