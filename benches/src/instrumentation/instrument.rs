//! `#[tracing::instrument]`, as it is written by hand: ids by `Display`, nothing of the arguments that is not named.

use std::hint::black_box;

use tracing::instrument;

use super::{Instrumentation, keep_pending, reply, reply_after};
use crate::calls::{Call, Reply};

/// `tracing`'s own macro.
#[derive(Debug)]
pub struct Instrument;

impl Instrumentation for Instrument {
    fn step(call: &Call) -> Reply {
        execute(call)
    }

    fn around<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        execute_around(call, work)
    }

    fn handler(call: &Call) -> Reply {
        handle(call)
    }

    fn nested(call: &Call, depth: u32) -> Reply {
        execute_nested(call, depth)
    }

    fn polled(call: &Call, polls: u32) -> impl Future<Output = Reply> {
        execute_polled(call, polls)
    }

    fn carrying(call: &Call, payload: [u8; 512]) -> impl Future<Output = Reply> {
        execute_carrying(call, payload)
    }

    fn with_uuids(call: &Call) -> Reply {
        execute_with_uuids(call)
    }

    fn with_strs(call: &Call) -> Reply {
        execute_with_strs(call)
    }

    fn with_strings(call: &Call) -> Reply {
        execute_with_strings(call)
    }

    fn with_integers(call: &Call) -> Reply {
        execute_with_integers(call)
    }

    fn task<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        orchestrate(call, work)
    }
}

/// A function with the six attributes, and more of them.
macro_rules! instrumented {
    ($($name:literal { $($more:tt)* } [$($function:tt)*] $call:ident $body:block)*) => {$(
        #[instrument(name = $name, skip_all, fields(
            correlation_id = %$call.correlation_id,
            task_uuid = %$call.task_uuid,
            step_uuid = %$call.step_uuid,
            handler_name = $call.handler_name,
            namespace = $call.namespace,
            attempt_number = $call.attempt_number,
            $($more)*
        ))]
        $($function)* $body
    )*};
}

instrumented! {
    "step.execution" {} [fn execute(call: &Call) -> Reply] call { reply(call) }

    "step.execution" {} [fn execute_around<R>(call: &Call, work: impl FnOnce() -> R) -> R] call { work() }

    "handler.execution" {} [fn handle(call: &Call) -> Reply] call { reply(call) }

    "step.execution" {} [fn execute_nested(call: &Call, depth: u32) -> Reply] call {
        if depth > 1 { work_nested(call, depth - 1) } else { reply(call) }
    }

    "step.work" {} [fn work_nested(call: &Call, depth: u32) -> Reply] call {
        if depth > 1 { work_nested(call, depth - 1) } else { reply(call) }
    }

    "step.execution" {} [async fn execute_polled(call: &Call, polls: u32) -> Reply] call {
        reply_after(call, polls).await
    }

    "step.execution" {} [async fn execute_carrying(call: &Call, payload: [u8; 512]) -> Reply] call {
        keep_pending().await;
        black_box(&payload);
        reply(call)
    }

    "step.execution" {
        a = %call.correlation_id,
        b = %call.task_uuid,
        c = %call.step_uuid,
        d = %call.correlation_id,
        e = %call.task_uuid,
        f = %call.step_uuid,
    } [fn execute_with_uuids(call: &Call) -> Reply] call { reply(call) }

    "step.execution" {
        a = "stripe", b = "eu-west-1", c = "card", d = "order_fulfillment", e = "EUR", f = "v2",
    } [fn execute_with_strs(call: &Call) -> Reply] call { reply(call) }

    "step.execution" {
        a = call.handler_name,
        b = call.namespace,
        c = call.handler_name,
        d = call.namespace,
        e = call.handler_name,
        f = call.namespace,
    } [fn execute_with_strings(call: &Call) -> Reply] call { reply(call) }

    "step.execution" {
        a = call.attempt_number,
        b = call.attempt_number,
        c = call.attempt_number,
        d = call.attempt_number,
        e = call.attempt_number,
        f = call.attempt_number,
    } [fn execute_with_integers(call: &Call) -> Reply] call { reply(call) }

    "task.orchestration" {} [fn orchestrate<R>(call: &Call, work: impl FnOnce() -> R) -> R] call { work() }
}
