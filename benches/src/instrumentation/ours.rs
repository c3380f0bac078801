//! `#[step_span]` and `#[task_span]`.

use std::hint::black_box;

use tasker_span_runtime::{step_span, task_span};

use super::{Instrumentation, keep_pending, reply, reply_after};
use crate::calls::{Call, Reply};

/// This project's macros.
#[derive(Debug)]
pub struct Ours;

impl Instrumentation for Ours {
    fn step(call: &Call) -> Reply {
        execute(call)
    }

    fn around<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        execute_around(call, work)
    }

    fn handler(call: &Call) -> Reply {
        handle(call)
    }

    fn inheriting_handler(call: &Call) -> Reply {
        handle_inheriting(call)
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

#[step_span("step.execution", step = call)]
fn execute(call: &Call) -> Reply {
    reply(call)
}

#[step_span("step.execution", step = call)]
fn execute_around<R>(call: &Call, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution", step = call)]
fn handle(call: &Call) -> Reply {
    reply(call)
}

#[step_span("handler.execution", inherit)]
fn handle_inheriting(call: &Call) -> Reply {
    reply(call)
}

#[step_span("step.execution", step = call)]
fn execute_nested(call: &Call, depth: u32) -> Reply {
    if depth > 1 {
        work_nested(call, depth - 1)
    } else {
        reply(call)
    }
}

// Spans of one's own carry no `handler_name`, so that theirs is one of their own as well.
#[step_span("step.work", within = "step.execution", step = call, fields(handler = call.handler_name))]
fn work_nested(call: &Call, depth: u32) -> Reply {
    if depth > 1 {
        work_nested(call, depth - 1)
    } else {
        reply(call)
    }
}

#[step_span("step.execution", step = call)]
async fn execute_polled(call: &Call, polls: u32) -> Reply {
    reply_after(call, polls).await
}

#[step_span(
    "step.execution",
    step = call,
    fields(
        a = call.correlation_id,
        b = call.task_uuid,
        c = call.step_uuid,
        d = call.correlation_id,
        e = call.task_uuid,
        f = call.step_uuid,
    )
)]
fn execute_with_uuids(call: &Call) -> Reply {
    reply(call)
}

#[step_span(
    "step.execution",
    step = call,
    fields(a = "stripe", b = "eu-west-1", c = "card", d = "order_fulfillment", e = "EUR", f = "v2")
)]
fn execute_with_strs(call: &Call) -> Reply {
    reply(call)
}

#[step_span(
    "step.execution",
    step = call,
    fields(
        a = call.handler_name,
        b = call.namespace,
        c = call.handler_name,
        d = call.namespace,
        e = call.handler_name,
        f = call.namespace,
    )
)]
fn execute_with_strings(call: &Call) -> Reply {
    reply(call)
}

#[step_span(
    "step.execution",
    step = call,
    fields(
        a = call.attempt_number,
        b = call.attempt_number,
        c = call.attempt_number,
        d = call.attempt_number,
        e = call.attempt_number,
        f = call.attempt_number,
    )
)]
fn execute_with_integers(call: &Call) -> Reply {
    reply(call)
}

#[task_span("task.orchestration", task = call)]
fn orchestrate<R>(call: &Call, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution", step = call)]
async fn execute_carrying(call: &Call, payload: [u8; 512]) -> Reply {
    keep_pending().await;
    black_box(&payload);
    reply(call)
}
