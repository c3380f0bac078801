//! Values that the struct computes: `#[span(namespace = self.…)]` above it.

use std::time::{Duration, SystemTime};

use tasker_span_runtime::{
    HasCorrelationId, HasHandlerName, HasNamespace, HasPriority, HasStartedAt, HasTaskName, HasTaskUuid, SpanFields,
    Uuid,
};

use super::ID;

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

fn message() -> Message {
    let meta = Meta {
        namespace: "payments".into(),
        handler: Some("charge".into()),
        ids: vec![ID],
    };
    Message {
        meta,
        urgent: true,
        started: 5,
    }
}

#[test]
fn calls_and_expressions() {
    let message = message();
    assert_eq!(
        (message.namespace(), message.handler_name()),
        (Some("payments"), Some("charge"))
    );
    assert_eq!((message.task_uuid(), message.correlation_id()), (Some(ID), Some(ID)));
    assert_eq!((message.priority(), message.task_name()), (Some(9), Some(NAME)));
    assert_eq!(
        message.started_at(),
        Some(SystemTime::UNIX_EPOCH + Duration::from_secs(5))
    );
}

#[test]
fn texts_are_lent_from_places_of_any_depth() {
    #[derive(SpanFields)]
    #[span(namespace = self.meta.namespace, handler_name = *self.names[1], task_name = self.meta.handler)]
    struct Deep {
        meta: Meta,
        names: [&'static str; 2],
    }
    let deep = Deep {
        meta: message().meta,
        names: ["one", "two"],
    };
    assert_eq!(
        (deep.namespace(), deep.handler_name(), deep.task_name()),
        (Some("payments"), Some("two"), Some("charge"))
    );
}

#[test]
fn unit_structs_and_constants() {
    #[derive(SpanFields)]
    #[span(namespace = "default", priority = -1)]
    struct Default;
    assert_eq!((Default.namespace(), Default.priority()), (Some("default"), Some(-1)));
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
    assert_eq!(Of("payments").namespace(), Some("payments"));
}
