//! Recording late attributes: `span_record!`.

use std::time::SystemTime;

use smol_str::SmolStr;
use uuid::Uuid;

use crate::attributes::{Attributes, for_each_attribute, name};
use crate::fields::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasMaxAttempts, HasNamespace, HasParentCorrelationId,
    HasPriority, HasStartedAt, HasStepUuid, HasTaskName, HasTaskUuid,
};
use crate::late;
use crate::scope;

/// A subject, asked for what it may have: a method call on `&&Subject` answers `None` where its type lacks the attribute.
#[derive(Debug)]
pub struct Subject<'a, T: ?Sized>(pub Option<&'a T>);

macro_rules! optional_attributes {
    ($($present:ident $absent:ident $has:ident $attribute:ident $value:ty, $convert:expr;)*) => {
        /// One pair of traits for each attribute; the first is chosen where its bound holds.
        pub mod optional_attributes {
            #[allow(clippy::wildcard_imports, reason = "the traits' bounds and values, for a macro's list")]
            use super::*;
            $(
                pub trait $present {
                    fn $attribute(&self) -> Option<$value>;
                }

                impl<T: $has + ?Sized> $present for &Subject<'_, T> {
                    #[inline]
                    fn $attribute(&self) -> Option<$value> {
                        self.0?.$attribute().map($convert)
                    }
                }

                pub trait $absent {
                    #[inline]
                    fn $attribute(&self) -> Option<$value> {
                        None
                    }
                }

                impl<T: ?Sized> $absent for Subject<'_, T> {}
            )*
        }
    };
}

optional_attributes! {
    CorrelationId NoCorrelationId HasCorrelationId correlation_id Uuid, |id| id;
    TaskUuid NoTaskUuid HasTaskUuid task_uuid Uuid, |id| id;
    StepUuid NoStepUuid HasStepUuid step_uuid Uuid, |id| id;
    Namespace NoNamespace HasNamespace namespace SmolStr, name;
    HandlerName NoHandlerName HasHandlerName handler_name SmolStr, name;
    ParentCorrelationId NoParentCorrelationId HasParentCorrelationId parent_correlation_id Uuid, |id| id;
    TaskName NoTaskName HasTaskName task_name SmolStr, name;
    Priority NoPriority HasPriority priority i64, |value| value;
    AttemptNumber NoAttemptNumber HasAttemptNumber attempt_number i64, |value| value;
    MaxAttempts NoMaxAttempts HasMaxAttempts max_attempts i64, |value| value;
    StartedAt NoStartedAt HasStartedAt started_at SystemTime, |at| at;
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
        $(recorder.$attribute($crate::__record_value!($attribute, &$value));)+
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

/// Converts the value of an attribute by the attribute's type.
#[doc(hidden)]
#[macro_export]
macro_rules! __record_value {
    (correlation_id, $value:expr) => {
        $crate::__private::uuid($value)
    };
    (task_uuid, $value:expr) => {
        $crate::__private::uuid($value)
    };
    (step_uuid, $value:expr) => {
        $crate::__private::uuid($value)
    };
    (parent_correlation_id, $value:expr) => {
        $crate::__private::uuid($value)
    };
    (namespace, $value:expr) => {
        $crate::__private::text($value)
    };
    (handler_name, $value:expr) => {
        $crate::__private::text($value)
    };
    (task_name, $value:expr) => {
        $crate::__private::text($value)
    };
    (from_state, $value:expr) => {
        $crate::__private::state($value)
    };
    (to_state, $value:expr) => {
        $crate::__private::state($value)
    };
    (priority, $value:expr) => {
        $crate::__private::integer($value)
    };
    (attempt_number, $value:expr) => {
        $crate::__private::integer($value)
    };
    (max_attempts, $value:expr) => {
        $crate::__private::integer($value)
    };
    ($unknown:ident, $value:expr) => {
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
