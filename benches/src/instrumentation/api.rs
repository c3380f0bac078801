//! The functions that call an API, which has a guard for each span.

use std::hint::black_box;

use super::{Instrumentation, pending_once, reply, reply_after};
use crate::calls::{Call, Reply};

/// An API for spans, used as its documentation does.
pub(super) trait Api {
    /// The value of an attribute.
    type Value: From<String> + From<&'static str>;

    fn integer(number: i32) -> Self::Value;

    /// A span without parent, with more attributes named `a` to `f`.
    fn root<const N: usize, R>(
        name: &'static str,
        call: &Call,
        more: impl FnOnce() -> [Self::Value; N],
        work: impl FnOnce() -> R,
    ) -> R;

    /// A child of the active span.
    fn child<R>(name: &'static str, call: &Call, work: impl FnOnce() -> R) -> R;

    /// A span without parent, active during each poll.
    fn future<F: Future>(name: &'static str, call: &Call, future: F) -> impl Future<Output = F::Output>;
}

/// The names of the six more attributes.
pub(super) const NAMES: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

impl<A: Api> Instrumentation for A {
    fn step(call: &Call) -> Reply {
        A::root("step.execution", call, || [], || reply(call))
    }

    fn enclosing_step<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        A::root("step.execution", call, || [], work)
    }

    fn enclosing_task<R>(call: &Call, work: impl FnOnce() -> R) -> R {
        A::root("task.orchestration", call, || [], work)
    }

    fn running(call: &Call, work: fn(&Call) -> Reply) -> Reply {
        A::root("step.execution", call, || [], || work(call))
    }

    fn handler(call: &Call) -> Reply {
        A::child("handler.execution", call, || reply(call))
    }

    fn nested(call: &Call, depth: u32) -> Reply {
        A::root("step.execution", call, || [], || work::<A>(call, depth - 1))
    }

    async fn polled(call: &Call, polls: u32) -> Reply {
        A::future("step.execution", call, reply_after(call, polls)).await
    }

    async fn carrying(call: &Call, payload: [u8; 512]) -> Reply {
        let carry = async move {
            pending_once().await;
            black_box(&payload);
            reply(call)
        };
        A::future("step.execution", call, carry).await
    }

    fn with_uuids(call: &Call) -> Reply {
        let [a, b, c] = [call.correlation_id, call.task_uuid, call.step_uuid];
        let more = || [a, b, c, a, b, c].map(|id| id.to_string().into());
        A::root("step.execution", call, more, || reply(call))
    }

    fn with_strs(call: &Call) -> Reply {
        let more = || ["stripe", "eu-west-1", "card", "order_fulfillment", "EUR", "v2"].map(A::Value::from);
        A::root("step.execution", call, more, || reply(call))
    }

    fn with_strings(call: &Call) -> Reply {
        let [a, b] = [&call.handler_name, &call.namespace];
        let more = || [a, b, a, b, a, b].map(|text| text.clone().into());
        A::root("step.execution", call, more, || reply(call))
    }

    fn with_integers(call: &Call) -> Reply {
        let more = || [call.attempt_number; 6].map(A::integer);
        A::root("step.execution", call, more, || reply(call))
    }
}

fn work<A: Api>(call: &Call, depth: u32) -> Reply {
    if depth == 0 {
        return reply(call);
    }
    A::child("step.work", call, || work::<A>(call, depth - 1))
}
