//! Expansions use no name of the scope that they are in.

/// No prelude, and every name that an expansion could use is taken.
mod bare {
    #![no_implicit_prelude]
    #![allow(dead_code, non_camel_case_types, reason = "traps for unqualified names")]

    struct Option;
    struct Some;
    struct None;
    struct str;
    struct i64;
    struct Uuid;
    struct SystemTime;
    mod core {}
    mod std {}
    mod tasker_span_runtime {}
    trait SpanFields {}
    trait HasTaskUuid {}
    trait AsUuid {}

    #[derive(::tasker_span_runtime::SpanFields)]
    #[span(handler_name = self.namespace_name.as_str())]
    pub(super) struct Task<T> {
        pub(super) task_uuid: ::tasker_span_runtime::Uuid,
        pub(super) priority: ::core::primitive::i64,
        #[span(namespace)]
        pub(super) namespace_name: ::std::string::String,
        #[span(nested(correlation_id))]
        pub(super) inner: T,
        #[span(started_at)]
        pub(super) created_at: ::std::time::SystemTime,
    }

    #[derive(::tasker_span_runtime::SpanFields)]
    pub(super) struct Inner {
        pub(super) correlation_id: ::tasker_span_runtime::Uuid,
    }
}

/// The runtime under another name, as a façade crate re-exports it.
mod facade {
    pub(super) mod telemetry {
        pub(crate) use tasker_span_runtime::*;
    }

    #[derive(tasker_span_runtime::SpanFields)]
    #[span(crate = telemetry, namespace = "payments")]
    pub(super) struct Relative {
        pub(super) task_uuid: telemetry::Uuid,
    }

    #[derive(tasker_span_runtime::SpanFields)]
    #[span(crate = crate::derive::hygiene::facade::telemetry)]
    pub(super) struct Absolute<T>(#[span(nested(task_uuid))] pub(super) T);
}

use std::time::SystemTime;

use super::prelude::*;

#[test]
fn no_prelude_and_shadowed_names() {
    let task = bare::Task {
        task_uuid: ID,
        priority: 1,
        namespace_name: "payments".into(),
        inner: bare::Inner { correlation_id: OTHER },
        created_at: SystemTime::UNIX_EPOCH,
    };
    assert_supplies!(task; task_uuid: Some(ID), correlation_id: Some(OTHER), priority: Some(1));
    assert_supplies!(task; namespace: Some("payments"), handler_name: Some("payments"));
    assert_supplies!(task; started_at: Some(SystemTime::UNIX_EPOCH));
}

#[test]
fn a_re_exported_runtime() {
    let absolute = facade::Absolute(facade::Relative { task_uuid: ID });
    assert_supplies!(absolute; task_uuid: Some(ID));
    assert_supplies!(absolute.0; namespace: Some("payments"));
}
