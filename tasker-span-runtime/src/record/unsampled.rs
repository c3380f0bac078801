//! The trace of an unsampled span in which other code starts a span. `subscriber` knows it; a
//! function pointer, because this folder does not depend on that one.

use std::sync::OnceLock;

use opentelemetry::trace::TraceId;

use crate::identity;

static ENCLOSING: OnceLock<fn() -> Option<identity::TraceId>> = OnceLock::new();

/// Sets how the unsampled span is found that the running code is in.
pub(crate) fn find_by(enclosing: fn() -> Option<identity::TraceId>) {
    let _ = ENCLOSING.set(enclosing);
}

/// The trace id of the unsampled span that the running code is in, if the subscriber does not know that span.
pub(super) fn trace_id() -> Option<TraceId> {
    let trace_id = ENCLOSING.get()?()?;
    Some(TraceId::from(trace_id.to_u128()))
}
