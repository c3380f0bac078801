//! `Promoted`: the `tracing` side of a local span that was promoted. `subscriber` makes it.

use opentelemetry::Context;
use tracing::Dispatch;
use tracing::span::Id;

use crate::identity::{SpanId, TraceId};

/// A `tracing` span that stands for a local span, and that is open until the local span ends.
#[derive(Clone, Debug)]
pub(crate) struct Promoted {
    pub(crate) dispatch: Dispatch,
    pub(crate) id: Id,
    /// The span of the program's own tracer, if its layer has one: then this span is exported, and no record is queued.
    pub(crate) sdk: Option<Context>,
    /// The ids of that span, if the program's id generator gave others.
    pub(crate) other_ids: Option<(TraceId, SpanId)>,
}
