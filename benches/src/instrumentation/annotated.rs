//! The functions that an attribute instruments: ours, `#[tracing::instrument]`, and no attribute.

use std::hint::black_box;

use tasker_span_runtime::{step_span, task_span};
use tracing::instrument;

use super::{Instrumentation, pending_once, reply, reply_after};
use crate::calls::{Call, Reply};

/// `#[step_span]` and `#[task_span]`.
pub(crate) struct Ours;

/// `#[tracing::instrument]`, as one writes it by hand: ids by `Display`, and no argument that is
/// not named.
pub(crate) struct Instrument;

/// Functions as they are.
pub(crate) struct Plain;

/// Implements [`Instrumentation`] by functions that have these attributes. That of a step with six
/// more attributes is split at its list of fields; `$uuid` is written before a UUID in it.
macro_rules! annotate {
    (
        $instrumentation:ident($call:ident)
        $(
            step: #[$step:meta]
            task: #[$task:meta]
            handler: #[$handler:meta]
            inherit: #[$inherit:meta]
            work: #[$work:meta]
            more: #[$more:ident($($arguments:tt)*)] fields($($fields:tt)*) uuid($($uuid:tt)?)
        )?
    ) => {
        impl $instrumentation {
            $(#[$work])?
            fn work($call: &Call, depth: u32) -> Reply {
                if depth > 1 { Self::work($call, depth - 1) } else { reply($call) }
            }
        }

        #[allow(unused_variables, reason = "without an attribute, some functions do not use their argument")]
        impl Instrumentation for $instrumentation {
            $(#[$step])?
            fn step($call: &Call) -> Reply { reply($call) }

            $(#[$step])?
            fn enclosing_step<R>($call: &Call, work: impl FnOnce() -> R) -> R { work() }

            $(#[$task])?
            fn enclosing_task<R>($call: &Call, work: impl FnOnce() -> R) -> R { work() }

            $(#[$step])?
            fn running($call: &Call, work: fn(&Call) -> Reply) -> Reply { work($call) }

            $(#[$handler])?
            fn handler($call: &Call) -> Reply { reply($call) }

            $(#[$inherit])?
            fn inheriting_handler($call: &Call) -> Reply { reply($call) }

            $(#[$step])?
            fn nested($call: &Call, depth: u32) -> Reply {
                if depth > 1 { Self::work($call, depth - 1) } else { reply($call) }
            }

            $(#[$step])?
            async fn polled($call: &Call, polls: u32) -> Reply { reply_after($call, polls).await }

            $(#[$step])?
            async fn carrying($call: &Call, payload: [u8; 512]) -> Reply {
                pending_once().await;
                black_box(&payload);
                reply($call)
            }

            $(#[$more($($arguments)*, fields(
                $($fields)*
                a = $($uuid)? $call.correlation_id, b = $($uuid)? $call.task_uuid, c = $($uuid)? $call.step_uuid,
                d = $($uuid)? $call.correlation_id, e = $($uuid)? $call.task_uuid, f = $($uuid)? $call.step_uuid,
            ))])?
            fn with_uuids($call: &Call) -> Reply { reply($call) }

            $(#[$more($($arguments)*, fields(
                $($fields)*
                a = "stripe", b = "eu-west-1", c = "card", d = "order_fulfillment", e = "EUR", f = "v2",
            ))])?
            fn with_strs($call: &Call) -> Reply { reply($call) }

            $(#[$more($($arguments)*, fields(
                $($fields)*
                a = $call.handler_name, b = $call.namespace, c = $call.handler_name,
                d = $call.namespace, e = $call.handler_name, f = $call.namespace,
            ))])?
            fn with_strings($call: &Call) -> Reply { reply($call) }

            $(#[$more($($arguments)*, fields(
                $($fields)*
                a = $call.attempt_number, b = $call.attempt_number, c = $call.attempt_number,
                d = $call.attempt_number, e = $call.attempt_number, f = $call.attempt_number,
            ))])?
            fn with_integers($call: &Call) -> Reply { reply($call) }
        }
    };
}

annotate! { Plain(call) }

annotate! {
    Ours(call)
    step: #[step_span("step.execution", step = call)]
    task: #[task_span("task.orchestration", task = call)]
    handler: #[step_span("handler.execution", step = call)]
    inherit: #[step_span("handler.execution", inherit)]
    // A span outside the catalogue has no attribute `handler_name`: it gets an extra one.
    work: #[step_span("step.work", within = "step.execution", step = call, fields(handler = call.handler_name))]
    more: #[step_span("step.execution", step = call)] fields() uuid()
}

/// Adds the six attributes to each `#[instrument]`.
macro_rules! instrument_all {
    ($call:ident: $($fields:tt)*) => {
        annotate! {
            Instrument($call)
            step: #[instrument(name = "step.execution", skip_all, fields($($fields)*))]
            task: #[instrument(name = "task.orchestration", skip_all, fields($($fields)*))]
            handler: #[instrument(name = "handler.execution", skip_all, fields($($fields)*))]
            inherit: #[instrument(name = "handler.execution", skip_all, fields($($fields)*))]
            work: #[instrument(name = "step.work", skip_all, fields($($fields)*))]
            more: #[instrument(name = "step.execution", skip_all)] fields($($fields)*) uuid(%)
        }
    };
}

instrument_all! {
    call:
    correlation_id = %call.correlation_id,
    task_uuid = %call.task_uuid,
    step_uuid = %call.step_uuid,
    handler_name = call.handler_name,
    namespace = call.namespace,
    attempt_number = call.attempt_number,
}
