//! `Promoting`: tells the layer and the tracer of this crate which local span the next `tracing`
//! span stands for. Making that span is in `promote`.

use std::cell::RefCell;

use tracing::Metadata;
use triomphe::Arc;

use crate::span::LocalSpan;

thread_local! {
    static PROMOTING: RefCell<Option<Promoting>> = const { RefCell::new(None) };
}

/// The promotion that runs on this thread.
#[derive(Debug)]
struct Promoting {
    span: Arc<LocalSpan>,
    /// The layer has inserted the local span into the `tracing` span.
    is_inserted: bool,
    /// The OpenTelemetry layer has our tracer.
    has_own_tracer: bool,
    /// The tracer has made the local span the exported side.
    is_started: bool,
}

/// Runs `promote`, and returns with its result whether our tracer has started the span.
pub(super) fn run<R>(span: &Arc<LocalSpan>, promote: impl FnOnce() -> R) -> (R, bool) {
    /// Layers may open spans of ours while one is promoted, or panic.
    struct Reset(Option<Promoting>);
    impl Drop for Reset {
        fn drop(&mut self) {
            replace(self.0.take());
        }
    }
    let promoting = Promoting {
        span: Arc::clone(span),
        is_inserted: false,
        has_own_tracer: false,
        is_started: false,
    };
    let reset = Reset(replace(Some(promoting)));
    let result = promote();
    let is_started = with(|promoting| promoting.is_started).unwrap_or(false);
    drop(reset);
    (result, is_started)
}

/// The local span of a `tracing` span that is new at this call site, once.
pub(super) fn insert(metadata: &'static Metadata<'static>) -> Option<Arc<LocalSpan>> {
    with(|promoting| {
        let is_its = promoting.span.site.callsite().metadata.callsite() == metadata.callsite();
        (is_its && !std::mem::replace(&mut promoting.is_inserted, true)).then(|| Arc::clone(&promoting.span))
    })?
}

/// Our tracer builds a span for the OpenTelemetry layer.
pub(super) fn note_own_tracer() {
    with(|promoting| promoting.has_own_tracer = true);
}

/// Whether our tracer has built the span that is promoted.
pub(super) fn has_own_tracer() -> bool {
    with(|promoting| promoting.has_own_tracer).unwrap_or(false)
}

/// The local span whose exported side is starting under this name, once.
pub(super) fn start(name: &str) -> Option<Arc<LocalSpan>> {
    with(|promoting| {
        let site = promoting.span.site;
        // The field `otel.name` renames the span on its way to the tracer.
        let is_its = site.name() == name || site.callsite().metadata.fields().field("otel.name").is_some();
        (is_its && !std::mem::replace(&mut promoting.is_started, true)).then(|| Arc::clone(&promoting.span))
    })?
}

fn with<R>(look: impl FnOnce(&mut Promoting) -> R) -> Option<R> {
    let look = |promoting: &RefCell<Option<Promoting>>| promoting.borrow_mut().as_mut().map(look);
    PROMOTING.try_with(look).ok().flatten()
}

fn replace(promoting: Option<Promoting>) -> Option<Promoting> {
    PROMOTING.try_with(|cell| cell.replace(promoting)).ok().flatten()
}
