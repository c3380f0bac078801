//! fastrace, as its documentation has it: a root for each trace, local spans inside of it, properties made by a closure.

use std::borrow::Cow;
use std::hint::black_box;

use fastrace::future::FutureExt;
use fastrace::local::LocalSpan;
use fastrace::prelude::{Span, SpanContext};

use super::{Instrumentation, keep_pending, reply, reply_after};
use crate::calls::{Call, Reply};

/// The crate `fastrace`.
#[derive(Debug)]
pub struct Fastrace;

type Property = (&'static str, Cow<'static, str>);

impl Instrumentation for Fastrace {
    fn step(call: &Call) -> Reply {
        Self::around(call, || reply(call))
    }

    fn around<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        let root = Span::root("step.execution", SpanContext::random()).with_properties(|| properties(call));
        let _local = root.set_local_parent();
        work()
    }

    fn handler(call: &Call) -> Reply {
        let _span = LocalSpan::enter_with_local_parent("handler.execution").with_properties(|| properties(call));
        reply(call)
    }

    fn nested(call: &Call, depth: u32) -> Reply {
        Self::around(call, || if depth > 1 { work(call, depth - 1) } else { reply(call) })
    }

    async fn polled(call: &Call, polls: u32) -> Reply {
        let root = Span::root("step.execution", SpanContext::random()).with_properties(|| properties(call));
        reply_after(call, polls).in_span(root).await
    }

    async fn carrying(call: &Call, payload: [u8; 512]) -> Reply {
        let root = Span::root("step.execution", SpanContext::random()).with_properties(|| properties(call));
        let carry = async move {
            keep_pending().await;
            black_box(&payload);
            reply(call)
        };
        carry.in_span(root).await
    }

    fn with_uuids(call: &Call) -> Reply {
        with(call, || {
            [
                ("a", call.correlation_id.to_string().into()),
                ("b", call.task_uuid.to_string().into()),
                ("c", call.step_uuid.to_string().into()),
                ("d", call.correlation_id.to_string().into()),
                ("e", call.task_uuid.to_string().into()),
                ("f", call.step_uuid.to_string().into()),
            ]
        })
    }

    fn with_strs(call: &Call) -> Reply {
        with(call, || {
            [
                ("a", "stripe".into()),
                ("b", "eu-west-1".into()),
                ("c", "card".into()),
                ("d", "order_fulfillment".into()),
                ("e", "EUR".into()),
                ("f", "v2".into()),
            ]
        })
    }

    fn with_strings(call: &Call) -> Reply {
        with(call, || {
            [
                ("a", call.handler_name.clone().into()),
                ("b", call.namespace.clone().into()),
                ("c", call.handler_name.clone().into()),
                ("d", call.namespace.clone().into()),
                ("e", call.handler_name.clone().into()),
                ("f", call.namespace.clone().into()),
            ]
        })
    }

    fn with_integers(call: &Call) -> Reply {
        // It has no other properties than texts.
        with(call, || {
            ["a", "b", "c", "d", "e", "f"].map(|name| (name, call.attempt_number.to_string().into()))
        })
    }

    fn task<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        let root = Span::root("task.orchestration", SpanContext::random()).with_properties(|| properties(call));
        let _local = root.set_local_parent();
        work()
    }
}

fn properties(call: &Call) -> [Property; 6] {
    [
        ("correlation_id", call.correlation_id.to_string().into()),
        ("task_uuid", call.task_uuid.to_string().into()),
        ("step_uuid", call.step_uuid.to_string().into()),
        ("handler_name", call.handler_name.clone().into()),
        ("namespace", call.namespace.clone().into()),
        ("attempt_number", call.attempt_number.to_string().into()),
    ]
}

fn with(call: &Call, more: impl FnOnce() -> [Property; 6]) -> Reply {
    let root = Span::root("step.execution", SpanContext::random())
        .with_properties(|| properties(call).into_iter().chain(more()));
    let _local = root.set_local_parent();
    reply(call)
}

fn work(call: &Call, depth: u32) -> Reply {
    let _span = LocalSpan::enter_with_local_parent("step.work").with_properties(|| properties(call));
    if depth > 1 { work(call, depth - 1) } else { reply(call) }
}
