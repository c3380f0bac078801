//! The crate `fastrace`: a root for each trace, local spans inside it, properties by closure.

use std::borrow::Cow;

use fastrace::future::FutureExt;
use fastrace::local::LocalSpan;
use fastrace::prelude::{Span, SpanContext};

use super::api::{Api, NAMES};
use crate::calls::Call;

pub(crate) struct Fastrace;

impl Api for Fastrace {
    type Value = Cow<'static, str>;

    fn integer(number: i32) -> Self::Value {
        number.to_string().into()
    }

    fn root<const N: usize, R>(
        name: &'static str,
        call: &Call,
        more: impl FnOnce() -> [Self::Value; N],
        work: impl FnOnce() -> R,
    ) -> R {
        let root = Span::root(name, SpanContext::random());
        let root = if N == 0 {
            root.with_properties(|| properties(call))
        } else {
            root.with_properties(|| properties(call).into_iter().chain(NAMES.into_iter().zip(more())))
        };
        let _local = root.set_local_parent();
        work()
    }

    fn child<R>(name: &'static str, call: &Call, work: impl FnOnce() -> R) -> R {
        let _span = LocalSpan::enter_with_local_parent(name).with_properties(|| properties(call));
        work()
    }

    fn future<F: Future>(name: &'static str, call: &Call, future: F) -> impl Future<Output = F::Output> {
        let root = Span::root(name, SpanContext::random()).with_properties(|| properties(call));
        future.in_span(root)
    }
}

fn properties(call: &Call) -> [(&'static str, Cow<'static, str>); 6] {
    [
        ("correlation_id", call.correlation_id.to_string().into()),
        ("task_uuid", call.task_uuid.to_string().into()),
        ("step_uuid", call.step_uuid.to_string().into()),
        ("handler_name", call.handler_name.clone().into()),
        ("namespace", call.namespace.clone().into()),
        ("attempt_number", call.attempt_number.to_string().into()),
    ]
}
