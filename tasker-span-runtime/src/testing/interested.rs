//! A subscriber that is always there. `tracing` asks the only subscriber of a process about a call site on the thread that runs
//! it first, and keeps the answer: of a thread without the capture, it would be never.

use std::sync::LazyLock;

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Dispatch, Event, Metadata, Subscriber};

static INTERESTED: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Interested));

/// From now on, a capture is not the only subscriber.
pub(super) fn keep() {
    LazyLock::force(&INTERESTED);
}

struct Interested;

impl Subscriber for Interested {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::always()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}
