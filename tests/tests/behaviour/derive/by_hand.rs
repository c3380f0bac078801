//! Implementations by hand, alone and together with the derive.

use tasker_span_runtime::{HasCorrelationId, HasNamespace, HasTaskUuid, SpanFields, Uuid};

use super::{ID, OTHER};

/// A type of another crate, in a wrapper.
struct LegacyTask(u128);

impl SpanFields for LegacyTask {
    type Source = Self;
    fn span_source(&self) -> Option<&Self> {
        Some(self)
    }
}

impl HasTaskUuid for LegacyTask {
    fn task_uuid(&self) -> Option<Uuid> {
        Some(Uuid::from_u128(self.0))
    }
}

#[test]
fn derived_structs_nest_what_is_written_by_hand() {
    #[derive(SpanFields)]
    struct Message {
        #[span(nested(task_uuid))]
        task: LegacyTask,
    }
    assert_eq!(
        Message {
            task: LegacyTask(ID.as_u128())
        }
        .task_uuid(),
        Some(ID)
    );
}

#[test]
fn the_derive_leaves_room_for_an_attribute_by_hand() {
    #[derive(SpanFields)]
    struct Task {
        task_uuid: Uuid,
        parts: [&'static str; 2],
    }
    impl HasNamespace for Task {
        fn namespace(&self) -> Option<&str> {
            self.parts.first().copied()
        }
    }
    let task = Task {
        task_uuid: ID,
        parts: ["payments", "eu"],
    };
    assert_eq!((task.task_uuid(), task.namespace()), (Some(ID), Some("payments")));
}

#[test]
fn enums_point_at_the_subject_of_each_variant() {
    #[derive(SpanFields)]
    struct Task {
        task_uuid: Uuid,
        correlation_id: Uuid,
    }
    enum Message {
        Created(Task),
        Retried { task: Box<Task> },
        Shutdown,
    }
    impl SpanFields for Message {
        type Source = Task;
        fn span_source(&self) -> Option<&Task> {
            match self {
                Self::Created(task) => Some(task),
                Self::Retried { task } => Some(task),
                Self::Shutdown => None,
            }
        }
    }
    #[derive(SpanFields)]
    struct Envelope {
        #[span(nested(task_uuid, correlation_id))]
        message: Message,
    }
    let task = || Task {
        task_uuid: ID,
        correlation_id: OTHER,
    };
    for message in [Message::Created(task()), Message::Retried { task: Box::new(task()) }] {
        let envelope = Envelope { message };
        assert_eq!(
            (envelope.task_uuid(), envelope.correlation_id()),
            (Some(ID), Some(OTHER))
        );
    }
    assert_eq!(
        Envelope {
            message: Message::Shutdown
        }
        .task_uuid(),
        None
    );
}
