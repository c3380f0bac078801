//! The Jaeger of the tests.

use std::time::Duration;

use tasker_span_cli::jaeger::{Jaeger, Trace};
use tasker_span_runtime::identity::TraceId;
use tasker_span_tests::servers::{url, wait_for};

/// Longer than an export takes on a busy machine.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// The Jaeger at `TASKER_SPAN_JAEGER_URL`.
#[track_caller]
pub(crate) fn jaeger() -> Jaeger {
    Jaeger::connect(&url("TASKER_SPAN_JAEGER_URL")).unwrap()
}

/// Polls a trace until `is_met`: Jaeger shows spans some time after their export.
#[track_caller]
pub(crate) fn wait_for_trace(jaeger: &Jaeger, id: TraceId, what: &str, is_met: impl Fn(&Trace) -> bool) -> Trace {
    wait_for(what, || match jaeger.trace(id).unwrap() {
        Some(trace) if is_met(&trace) => Ok(trace),
        Some(trace) => Err(trace.to_string()),
        None => Err(format!("no span of the trace {id}")),
    })
}
