//! Tells a subscriber that a promoted span is entered, left or closed. Which spans are on the stack
//! is in `stack`.

use std::cell::Cell;

use super::promoted::Promoted;
use super::settings::SpanLayer;
use crate::outcome::caught;

thread_local! {
    /// Whether calls of `enter`, `exit` and `new_span` are our own, for a local span.
    static TELLING: Cell<bool> = const { Cell::new(false) };
}

/// Whether `enter`, `exit` and `new_span` are called by this crate for a local span.
pub(crate) fn is_telling() -> bool {
    TELLING.try_with(Cell::get).unwrap_or(true)
}

/// Runs calls of `enter`, `exit` and `new_span` for a local span.
pub(crate) fn telling<R>(tell: impl FnOnce() -> R) -> R {
    struct Reset(bool);
    impl Drop for Reset {
        fn drop(&mut self) {
            let _ = TELLING.try_with(|telling| telling.set(self.0));
        }
    }
    let _reset = Reset(TELLING.try_with(|telling| telling.replace(true)).unwrap_or(true));
    tell()
}

impl Promoted {
    /// Enters the `tracing` span, and holds it open: a span that a registry leaves last is closed before its layers leave it.
    pub(crate) fn enter(&self) {
        self.tell(|| {
            let _ = self.dispatch.clone_span(&self.id);
            self.dispatch.enter(&self.id);
        });
    }

    pub(super) fn exit(&self) {
        self.tell(|| self.dispatch.exit(&self.id));
        self.clone().close();
    }

    /// Gives up the reference that holds the `tracing` span open.
    pub(crate) fn close(self) {
        self.tell(|| {
            self.dispatch.try_close(self.id.clone());
        });
    }

    /// Makes a call of the span's own subscriber, while that is the default one: a registry closes the spans that it leaves in
    /// the default subscriber.
    fn tell(&self, call: impl FnOnce()) {
        telling(|| {
            caught(|| {
                if self.is_other_default() {
                    tracing::dispatcher::with_default(&self.dispatch, call);
                } else {
                    call();
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
