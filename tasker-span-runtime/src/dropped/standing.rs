//! Where a kept span stands inside of dropped scopes: under the kept spans around them.

use std::sync::Arc;

use super::chain;
use crate::identity::TraceId;
use crate::recording::{self, Parentage};
use crate::sampling::Decision;
use crate::scope::{self, Scope};

/// How a span joins the trace if the running code stands in it; see [`recording::standing_in`].
pub(crate) fn standing_in(trace_id: TraceId, under_remote: bool) -> Option<Parentage> {
    let Some(dropped) = scope::is_dropped().then(scope::innermost_entered).flatten() else {
        return recording::standing_in(trace_id, under_remote);
    };
    // What is current here may be another span that is dropped with the scope.
    let is_sampled = || recording::current_context(Some(trace_id)).is_some_and(|context| context.is_sampled());
    let current = recording::standing_in(trace_id, false).filter(|_| is_sampled());
    current.or_else(|| {
        let mut kept = chain(&dropped).filter_map(|around| around.handle.get());
        let parent = kept.find(|kept| kept.is_sampled() && kept.trace_id() == Some(trace_id))?;
        Some(Parentage::Derived {
            trace_id,
            parent: parent.span_id(),
        })
    })
}

/// What the `tracestate` of the nearest kept span says of its sampling: of this one, or of one around it.
pub(crate) fn sampled_around(scope: &Arc<Scope>) -> Option<Decision> {
    if scope.dropped.is_none() {
        return scope.sampled;
    }
    chain(scope).find(|around| around.dropped.is_none())?.sampled
}
