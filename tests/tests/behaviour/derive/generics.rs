//! Structs with parameters: a bound stands on the impl of the attribute that needs it, and nowhere else.

use std::borrow::Cow;
use std::fmt::Debug;

use tasker_span_runtime::{AsText, HasNamespace, HasPriority, HasStepUuid, HasTaskUuid, SpanFields, Uuid};

use super::{ID, OTHER};

#[derive(SpanFields, Debug)]
struct Task {
    task_uuid: Uuid,
}

/// Supplies nothing, and is no subject.
struct Opaque;

#[derive(SpanFields)]
struct Envelope<T> {
    #[span(nested(task_uuid))]
    inner: T,
    namespace: &'static str,
}

#[test]
fn a_parameter_is_bounded_where_it_is_read() {
    let envelope = Envelope {
        inner: Some(&Task { task_uuid: ID }),
        namespace: "payments",
    };
    assert_eq!(
        (envelope.task_uuid(), envelope.namespace()),
        (Some(ID), Some("payments"))
    );
    let envelope = Envelope {
        inner: Opaque,
        namespace: "payments",
    };
    let Opaque = envelope.inner;
    assert_eq!(envelope.namespace(), Some("payments"));
}

#[test]
fn lifetimes_types_and_constants() {
    #[derive(SpanFields)]
    struct Step<'a, 'b: 'a, I, N: ToOwned + ?Sized, const ATTEMPTS: usize = 3>
    where
        N::Owned: Clone,
    {
        #[span(task_uuid)]
        id: Option<I>,
        #[span(namespace)]
        name: Cow<'a, N>,
        #[span(nested(step_uuid))]
        attempts: &'b Attempts<ATTEMPTS>,
    }
    #[derive(SpanFields)]
    struct Attempts<const N: usize>(#[span(step_uuid)] Uuid);

    let attempts = Attempts::<3>(OTHER);
    let step: Step<'_, '_, &Uuid, str> = Step {
        id: Some(&ID),
        name: Cow::Borrowed("payments"),
        attempts: &attempts,
    };
    assert_eq!(
        (step.task_uuid(), step.namespace(), step.step_uuid()),
        (Some(ID), Some("payments"), Some(OTHER))
    );
}

#[test]
fn associated_types_are_bounded_as_well() {
    trait Entity {
        type Id;
    }
    impl Entity for Task {
        type Id = Uuid;
    }
    #[derive(SpanFields)]
    struct Reference<E: Entity> {
        #[span(task_uuid)]
        id: E::Id,
        #[span(step_uuid)]
        step: Option<<E as Entity>::Id>,
    }
    let reference = Reference::<Task> {
        id: ID,
        step: Some(OTHER),
    };
    assert_eq!((reference.task_uuid(), reference.step_uuid()), (Some(ID), Some(OTHER)));
}

#[test]
fn unsized_structs_are_subjects() {
    #[derive(SpanFields)]
    struct Named<T: ?Sized> {
        task_uuid: Uuid,
        #[span(namespace)]
        name: T,
    }
    let named: Box<Named<dyn AsText>> = Box::new(Named {
        task_uuid: ID,
        name: "payments",
    });
    assert_eq!((named.task_uuid(), named.namespace()), (Some(ID), Some("payments")));
    assert_eq!(named.span_source().and_then(Named::task_uuid), Some(ID));
}

#[test]
fn subjects_behind_a_trait_object() {
    let task = Task { task_uuid: ID };
    let subject: Box<dyn SpanFields<Source = Task>> = Box::new(task);
    let envelope = Envelope {
        inner: subject,
        namespace: "payments",
    };
    assert_eq!(envelope.task_uuid(), Some(ID));
}

/// The bounds of an attribute follow from the struct's own where they say enough.
#[test]
fn functions_over_generic_envelopes() {
    fn uuid_of<T>(envelope: &Envelope<T>) -> Option<Uuid>
    where
        T: SpanFields<Source = Task> + Debug,
    {
        envelope.task_uuid()
    }
    assert_eq!(
        uuid_of(&Envelope {
            inner: &Task { task_uuid: ID },
            namespace: "payments"
        }),
        Some(ID)
    );
}

#[test]
fn a_generic_struct_links_to_itself() {
    #[derive(SpanFields)]
    struct Node<T> {
        #[span(task_uuid)]
        id: T,
        #[span(nested(priority))]
        root: Option<Box<Root>>,
        next: Option<Box<Node<T>>>,
    }
    #[derive(SpanFields)]
    struct Root {
        priority: i32,
    }
    let last = Node {
        id: OTHER,
        root: None,
        next: None,
    };
    let node = Node {
        id: ID,
        root: Some(Box::new(Root { priority: 1 })),
        next: Some(Box::new(last)),
    };
    assert_eq!((node.task_uuid(), node.priority()), (Some(ID), Some(1)));
    assert_eq!(node.next.and_then(|next| next.task_uuid()), Some(OTHER));
}
