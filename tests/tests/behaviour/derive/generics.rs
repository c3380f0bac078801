//! Structs with parameters: the impl of an attribute has the bounds that it needs, and no other.

use std::borrow::Cow;
use std::fmt::Debug;

use super::prelude::*;

#[derive(SpanFields, Debug)]
struct Task {
    task_uuid: Uuid,
}

#[derive(SpanFields)]
struct Envelope<T> {
    #[span(nested(task_uuid))]
    inner: T,
    namespace: &'static str,
}

fn envelope<T>(inner: T) -> Envelope<T> {
    Envelope {
        inner,
        namespace: "payments",
    }
}

#[test]
fn a_parameter_is_bounded_where_it_is_read() {
    /// Supplies nothing, and is no subject.
    struct Opaque;

    let task = Task { task_uuid: ID };
    assert_supplies!(envelope(Some(&task)); task_uuid: Some(ID), namespace: Some("payments"));
    let opaque = envelope(Opaque);
    assert_supplies!(opaque; namespace: Some("payments"));
    let Opaque = opaque.inner;
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

    let step: Step<'_, '_, &Uuid, str> = Step {
        id: Some(&ID),
        name: Cow::Borrowed("payments"),
        attempts: &Attempts::<3>(OTHER),
    };
    assert_supplies!(step; task_uuid: Some(ID), namespace: Some("payments"), step_uuid: Some(OTHER));
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
    let step = Some(OTHER);
    assert_supplies!(Reference::<Task> { id: ID, step }; task_uuid: Some(ID), step_uuid: Some(OTHER));
}

#[test]
fn unsized_structs_and_trait_objects_are_subjects() {
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
    assert_supplies!(named; task_uuid: Some(ID), namespace: Some("payments"));
    assert_eq!(named.span_source().and_then(Named::task_uuid), Some(ID));
    let subject: Box<dyn SpanFields<Source = Task>> = Box::new(Task { task_uuid: ID });
    assert_supplies!(envelope(subject); task_uuid: Some(ID));
}

/// The bounds of an attribute follow from the struct's own if they say enough.
#[test]
fn functions_over_generic_envelopes() {
    fn uuid_of<T: SpanFields<Source = Task> + Debug>(envelope: &Envelope<T>) -> Option<Uuid> {
        envelope.task_uuid()
    }
    assert_eq!(uuid_of(&envelope(&Task { task_uuid: ID })), Some(ID));
}

#[test]
fn structs_link_to_themselves() {
    #[derive(SpanFields)]
    struct Node<T> {
        #[span(task_uuid)]
        id: T,
        #[span(nested(correlation_id))]
        parent: Option<Box<Parent>>,
        next: Option<Box<Node<T>>>,
    }
    #[derive(SpanFields)]
    struct Parent {
        #[span(nested(correlation_id))]
        parent: Option<Box<Self>>,
        #[span(nested(task_uuid))]
        task: Option<Task>,
    }
    let task = Some(Task { task_uuid: OTHER });
    let last = Node {
        id: OTHER,
        parent: None,
        next: None,
    };
    let node = Node {
        id: ID,
        parent: Some(Box::new(Parent { parent: None, task })),
        next: Some(Box::new(last)),
    };
    assert_supplies!(node; task_uuid: Some(ID), correlation_id: None);
    assert_supplies!(node.parent.unwrap(); task_uuid: Some(OTHER), correlation_id: None);
    assert_supplies!(node.next.unwrap(); task_uuid: Some(OTHER));
}
