//! `Promoted`: the `tracing` side of a local span that was promoted. `subscriber` makes it.

use opentelemetry::Context;
use tracing::Dispatch;
use tracing::span::Id;

use super::settings::SpanLayer;
use super::stack;
use crate::identity::{SpanId, TraceId};
use crate::outcome::caught;

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

impl Promoted {
    /// Enters the `tracing` span, and holds it open: a span that a registry leaves last is closed before its layers leave it.
    pub(crate) fn enter(&self) {
        self.tell(|| {
            drop(self.dispatch.clone_span(&self.id));
            self.dispatch.enter(&self.id);
        });
    }

    pub(super) fn exit(&self) {
        self.tell(|| self.dispatch.exit(&self.id));
        self.clone().close();
    }

    /// Gives up the reference that holds the `tracing` span open.
    pub(super) fn close(self) {
        self.tell(|| drop(self.dispatch.try_close(self.id.clone())));
    }

    /// Makes a call of the span's own subscriber, while that is the default one: a registry closes the spans that it leaves in
    /// the default subscriber.
    fn tell(&self, call: impl FnOnce()) {
        stack::telling(|| {
            caught(|| {
                if self.is_other_default() {
                    tracing::dispatcher::with_default(&self.dispatch, call)
                } else {
                    call()
                }
            })
        });
    }

    /// Whether another subscriber with our layer is the default one. Within a call of a subscriber there is no default, and
    /// none can be set.
    fn is_other_default(&self) -> bool {
        let own = self.dispatch.downcast_ref::<SpanLayer>().map(std::ptr::from_ref);
        let default =
            tracing::dispatcher::get_default(|default| default.downcast_ref::<SpanLayer>().map(std::ptr::from_ref));
        default.is_some() && default != own
    }
}
