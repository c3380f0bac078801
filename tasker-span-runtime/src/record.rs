//! Recording late attributes: `span_record!`.

use std::time::SystemTime;

use compact_str::CompactString;
use uuid::Uuid;

use crate::attributes::{Attributes, for_each_attribute, name};
use crate::fields::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasMaxAttempts, HasNamespace, HasParentCorrelationId,
    HasPriority, HasStartedAt, HasStepUuid, HasTaskName, HasTaskUuid,
};
use crate::late;
use crate::outcome::caught;
use crate::scope;

/// A subject, asked for what it may have: a method call on `&&Subject` answers `None` where its type lacks the attribute.
#[derive(Debug)]
pub struct Subject<'a, T: ?Sized>(pub Option<&'a T>);

macro_rules! optional_attributes {
    ($($has:ident $attribute:ident $value:ty, $convert:expr;)*) => {
        /// One pair of traits for each attribute; the first is chosen where its bound holds. The method's name is not the
        /// attribute's: a program may have a trait of its own for every type.
        pub mod optional_attributes {
            $(
                pub mod $attribute {
                    #[allow(clippy::wildcard_imports, reason = "the trait and the value, for a macro's list")]
                    use super::super::*;

                    pub trait Present {
                        fn __value(&self) -> Option<$value>;
                    }

                    impl<T: $has + ?Sized> Present for &Subject<'_, T> {
                        #[inline]
                        fn __value(&self) -> Option<$value> {
                            let subject = self.0?;
                            caught(|| $has::$attribute(subject)).flatten().map($convert)
                        }
                    }

                    pub trait Absent {
                        #[inline]
                        fn __value(&self) -> Option<$value> {
                            None
                        }
                    }

                    impl<T: ?Sized> Absent for Subject<'_, T> {}
                }
            )*
        }
    };
}

optional_attributes! {
    HasCorrelationId correlation_id Uuid, |id| id;
    HasTaskUuid task_uuid Uuid, |id| id;
    HasStepUuid step_uuid Uuid, |id| id;
    HasNamespace namespace CompactString, name;
    HasHandlerName handler_name CompactString, name;
    HasParentCorrelationId parent_correlation_id Uuid, |id| id;
    HasTaskName task_name CompactString, name;
    HasPriority priority i64, |value| value;
    HasAttemptNumber attempt_number i64, |value| value;
    HasMaxAttempts max_attempts i64, |value| value;
    HasStartedAt started_at SystemTime, |at| at;
}

/// Collects what `span_record!` was given.
#[derive(Debug, Default)]
pub struct Recorder(Attributes);

macro_rules! setters {
    ($($attribute:ident: $value:ty,)*) => {
        impl Recorder {
            $(
                pub fn $attribute(&mut self, value: Option<$value>) {
                    self.0.$attribute = value;
                }
            )*
        }
    };
}

for_each_attribute!(setters);

impl Recorder {
    /// Records it on the innermost scope.
    pub fn record(self) {
        if let Some(scope) = scope::enclosing() {
            late::record(&scope, &self.0);
        }
    }
}

/// Records attributes that the enclosing span declared `late`.
///
/// From a subject, everything that the span still lacks; or by name:
///
/// ```
/// use tasker_span_runtime::{SpanFields, Uuid, span_record, task_span};
///
/// #[derive(SpanFields)]
/// struct Task {
///     correlation_id: Uuid,
///     namespace: String,
/// }
///
/// # fn load(id: Uuid) -> Task { Task { correlation_id: id, namespace: "payments".into() } }
/// #[task_span("task.finalization", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
/// fn finalize(id: Uuid) {
///     let task = load(id);
///     span_record!(task);
/// }
///
/// #[task_span("task.archival", within = "task.orchestration", task_uuid = id, late(correlation_id, namespace))]
/// fn archive(id: Uuid) {
///     let Task { correlation_id, namespace } = load(id);
///     span_record!(correlation_id = correlation_id, namespace = namespace);
/// }
/// # finalize(Uuid::from_u128(1));
/// # archive(Uuid::from_u128(1));
/// ```
///
/// An attribute that the span did not declare `late` is left as it is, and so is one that has been recorded already.
#[macro_export]
macro_rules! span_record {
    ($($attribute:ident = $value:expr),+ $(,)?) => {{
        let mut recorder = <$crate::__private::Recorder as ::core::default::Default>::default();
        $($crate::__record_value!(recorder, $attribute, &$value);)+
        recorder.record();
    }};
    ($subject:expr $(,)?) => {{
        let mut recorder = <$crate::__private::Recorder as ::core::default::Default>::default();
        let subject = &$subject;
        let subject = $crate::__private::subject(subject);
        $crate::__private::optional!(
            recorder,
            subject,
            correlation_id task_uuid step_uuid namespace handler_name parent_correlation_id task_name priority
                attempt_number max_attempts
        );
        recorder.record();
    }};
}

/// Sets one attribute, by the conversion of its type.
#[doc(hidden)]
#[macro_export]
macro_rules! __record_value {
    ($recorder:ident, correlation_id, $value:expr) => {
        (&mut $recorder).correlation_id($crate::__private::uuid($value))
    };
    ($recorder:ident, task_uuid, $value:expr) => {
        (&mut $recorder).task_uuid($crate::__private::uuid($value))
    };
    ($recorder:ident, step_uuid, $value:expr) => {
        (&mut $recorder).step_uuid($crate::__private::uuid($value))
    };
    ($recorder:ident, parent_correlation_id, $value:expr) => {
        (&mut $recorder).parent_correlation_id($crate::__private::uuid($value))
    };
    ($recorder:ident, namespace, $value:expr) => {
        (&mut $recorder).namespace($crate::__private::text($value))
    };
    ($recorder:ident, handler_name, $value:expr) => {
        (&mut $recorder).handler_name($crate::__private::text($value))
    };
    ($recorder:ident, task_name, $value:expr) => {
        (&mut $recorder).task_name($crate::__private::text($value))
    };
    ($recorder:ident, from_state, $value:expr) => {
        (&mut $recorder).from_state($crate::__private::state($value))
    };
    ($recorder:ident, to_state, $value:expr) => {
        (&mut $recorder).to_state($crate::__private::state($value))
    };
    ($recorder:ident, priority, $value:expr) => {
        (&mut $recorder).priority($crate::__private::integer($value))
    };
    ($recorder:ident, attempt_number, $value:expr) => {
        (&mut $recorder).attempt_number($crate::__private::integer($value))
    };
    ($recorder:ident, max_attempts, $value:expr) => {
        (&mut $recorder).max_attempts($crate::__private::integer($value))
    };
    ($recorder:ident, $unknown:ident, $value:expr) => {
        ::core::compile_error!(::core::concat!(
            "`",
            ::core::stringify!($unknown),
            "` is no attribute of the catalogue; for a field of your own write ",
            "`tracing::Span::current().record(\"",
            ::core::stringify!($unknown),
            "\", …)`"
        ))
    };
}
