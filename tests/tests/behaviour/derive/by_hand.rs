//! Implementations by hand, alone and together with the derive.

use super::prelude::*;

#[test]
fn derived_structs_nest_what_is_written_by_hand() {
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

    #[derive(SpanFields)]
    struct Message(#[span(nested(task_uuid))] LegacyTask);
    assert_supplies!(Message(LegacyTask(ID.as_u128())); task_uuid: Some(ID));
}

#[test]
fn the_derive_leaves_an_attribute_to_an_implementation_by_hand() {
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
    let parts = ["payments", "eu"];
    assert_supplies!(Task { task_uuid: ID, parts }; task_uuid: Some(ID), namespace: Some("payments"));
}

#[test]
fn enums_point_at_the_subject_of_each_variant() {
    #[derive(SpanFields)]
    struct Task {
        task_uuid: Uuid,
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
    struct Envelope(#[span(nested(task_uuid))] Message);

    let task = Box::new(Task { task_uuid: OTHER });
    assert_supplies!(Envelope(Message::Created(Task { task_uuid: ID })); task_uuid: Some(ID));
    assert_supplies!(Envelope(Message::Retried { task }); task_uuid: Some(OTHER));
    assert_supplies!(Envelope(Message::Shutdown); task_uuid: None);
}
