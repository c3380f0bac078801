//! Structs from `macro_rules` macros, whose fragments arrive in invisible groups and with their own hygiene.

use super::prelude::*;

#[derive(SpanFields)]
struct Inner {
    step_uuid: Uuid,
}

macro_rules! entity {
    (
        $vis:vis struct $name:ident<$parameter:ident> {
            $id:ident: $id_type:ty,
            $nested:ident($attribute:ident) $inner:ident: $inner_type:ty,
        }
        $computed:ident = $value:expr, $path:path
    ) => {
        #[derive(SpanFields)]
        #[span(crate = $path, $computed = $value, priority = self.own_priority())]
        $vis struct $name<$parameter> {
            #[span(task_uuid)]
            $id: $id_type,
            #[span($nested($attribute))]
            $inner: $inner_type,
        }

        impl<$parameter> $name<$parameter> {
            fn own_priority(&self) -> i32 {
                3
            }

            fn name(&self) -> &'static str {
                "payments"
            }
        }
    };
}

entity! {
    pub(crate) struct Declared<T> {
        id: Option<T>,
        nested(step_uuid) inner: Option<crate::derive::declared::Inner>,
    }
    namespace = self.name(), ::tasker_span_runtime
}

#[test]
fn every_fragment_is_understood() {
    let declared = Declared {
        id: Some(ID),
        inner: Some(Inner { step_uuid: OTHER }),
    };
    assert_supplies!(declared; task_uuid: Some(ID), step_uuid: Some(OTHER));
    assert_supplies!(declared; namespace: Some("payments"), priority: Some(3));
}

macro_rules! from_the_macro_alone {
    ($name:ident) => {
        #[derive(SpanFields)]
        #[span(namespace = { let local = &self.namespace_name; local.as_str() })]
        struct $name {
            task_uuid: Option<$crate::derive::prelude::Uuid>,
            namespace_name: String,
        }
    };
}

#[test]
fn identifiers_of_the_macro_resolve_as_its_own() {
    from_the_macro_alone!(Task);
    let task = Task {
        task_uuid: Some(ID),
        namespace_name: "payments".into(),
    };
    assert_supplies!(task; task_uuid: Some(ID), namespace: Some("payments"));
}

/// `self` in the value comes from the call, everything else from the macro.
macro_rules! with_value {
    ($($value:tt)*) => {
        #[derive(SpanFields)]
        #[span(namespace = $($value)*)]
        struct WithValue {
            parts: [&'static str; 1],
        }
    };
}

#[test]
fn a_value_may_come_from_elsewhere_than_the_struct() {
    with_value!(self.parts[0]);
    assert_supplies!(WithValue { parts: ["payments"] }; namespace: Some("payments"));
}
