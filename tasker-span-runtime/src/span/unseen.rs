//! Spans that nothing records, because no layer of this crate sees them: they are counted, and the cause is said once.
//!
//! A program that has no telemetry is right to have no layer. So spans are counted only while a `Telemetry` waits for the first
//! span in its layer, or if an OpenTelemetry layer exports the spans of other code.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock};

use opentelemetry::Context;
use tracing::Dispatch;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing_opentelemetry::{OpenTelemetrySpanExt, SetParentError};

use super::local::LocalSpan;
use super::settings::Settings;
use crate::catalogue::copies;
use crate::catalogue::site::Site;
use crate::lock;
use crate::notice;
use crate::outcome::caught;
use crate::stats;

/// A `Telemetry` waits for the first span in its layer.
static IS_AWAITED: AtomicBool = AtomicBool::new(false);
/// A `Telemetry` has ended.
static HAS_ENDED: AtomicBool = AtomicBool::new(false);
/// Where the first span was that nothing records.
static FIRST: OnceLock<&'static Site> = OnceLock::new();

static MISSING_LAYER: notice::Once = notice::Once::new();
static FOREIGN_LAYER: notice::Once = notice::Once::new();
static ENDED: notice::Once = notice::Once::new();

/// So many spans are said to be lost before the shutdown: a program may open spans before it adds the layer, and may never end.
const MANY: u64 = 100;

/// A `Telemetry` that is not disabled was built.
pub(crate) fn await_layer() {
    IS_AWAITED.store(true, Ordering::Relaxed);
    notice::set_due();
}

/// A `Telemetry` ends. `before` is the count when it was built.
pub(crate) fn note_end(before: u64) {
    HAS_ENDED.store(true, Ordering::Relaxed);
    notice::set_due();
    let unseen = stats::SPANS_WITHOUT_LAYER.get().saturating_sub(before);
    if IS_AWAITED.swap(false, Ordering::Relaxed) && unseen > 0 {
        say_missing(unseen);
    }
}

/// The call site of a span is disabled. That is right if a filter does it.
#[inline]
pub(super) fn note_disabled(site: &'static Site) {
    if IS_AWAITED.load(Ordering::Relaxed) {
        disabled(site);
    }
}

#[cold]
fn disabled(site: &'static Site) {
    // Compiled out with all other spans, which the setup has said.
    if STATIC_MAX_LEVEL < LevelFilter::INFO {
        return stats::SPANS_WITHOUT_LAYER.add_one();
    }
    let is_filtered = *site.callsite().metadata.level() > STATIC_MAX_LEVEL;
    if !is_filtered && Settings::with_current(|_, _| ()).is_none() {
        note(site);
    }
}

/// A span has started under a subscriber without our layer.
#[cold]
pub(super) fn note_without_layer(site: &'static Site) {
    if IS_AWAITED.load(Ordering::Relaxed) {
        note(site);
    } else if is_exported_otherwise(site) {
        stats::SPANS_WITHOUT_LAYER.add_one();
        FOREIGN_LAYER.print(format_args!(
            "tasker-span: WARN: the spans of this crate are not recorded: the subscriber has a `tracing-opentelemetry` layer \
             without ours; add `otel::layer(&provider)` in its place, or `otel::SpanLayer` after it (first span: {})",
            At(site)
        ));
    }
}

fn note(site: &'static Site) {
    static NOTING: Mutex<()> = Mutex::new(());
    let _ = lock::get_or_make(&FIRST, &NOTING, || site);
    stats::SPANS_WITHOUT_LAYER.add_one();
    let unseen = stats::SPANS_WITHOUT_LAYER.get();
    if unseen >= MANY && !MISSING_LAYER.is_said() {
        say_missing(unseen);
    }
}

fn say_missing(unseen: u64) {
    // The setup has said that the spans are compiled out.
    let Some(first) = FIRST.get() else { return };
    MISSING_LAYER.print(format_args!(
        "tasker-span: WARN: {unseen} spans have started and none was recorded: no current subscriber has the layer of the \
         telemetry, or it is inside a `reload::Layer`; add `telemetry.layer()` to the subscriber, and make that the global \
         default (first span: {})",
        At(first)
    ));
}

/// What a span that has started under our layer has to say.
#[cold]
pub(super) fn look(span: &LocalSpan, settings: &Settings) {
    notice::set_done();
    copies::report();
    IS_AWAITED.store(false, Ordering::Relaxed);
    if HAS_ENDED.load(Ordering::Relaxed) && !ENDED.is_said() {
        // That of another `Telemetry` may still come.
        notice::set_due();
        if settings.recorder.has_ended() && span.is_exported() {
            ENDED.warn(format_args!(
                "the telemetry has ended, and spans that start now are not exported: its handle was dropped, or shut down; keep \
                 it in a variable until all work has ended: `let _ = …` drops it at once (first span: {})",
                At(span.site)
            ));
        }
    }
}

const UNKNOWN: u8 = 0;
const IS_FOREIGN: u8 = 1;
const IS_NOT: u8 = 2;

/// Whether an OpenTelemetry layer gets the spans of the subscriber. The process is asked once.
fn is_exported_otherwise(site: &'static Site) -> bool {
    static ANSWER: AtomicU8 = AtomicU8::new(UNKNOWN);
    match ANSWER.load(Ordering::Relaxed) {
        UNKNOWN => {
            // The subscriber is called outside of `get_default`, inside of which it would be none.
            let has_layer = caught(|| has_foreign_layer(site, &tracing::dispatcher::get_default(Dispatch::clone)));
            let answer = if has_layer == Some(true) { IS_FOREIGN } else { IS_NOT };
            ANSWER.store(answer, Ordering::Relaxed);
            answer == IS_FOREIGN
        }
        answer => answer == IS_FOREIGN,
    }
}

/// Only a span of the subscriber's tells. It stays open, so that no layer exports it.
fn has_foreign_layer(site: &'static Site, dispatch: &Dispatch) -> bool {
    let metadata = site.callsite().metadata;
    if !dispatch.enabled(metadata) {
        return false;
    }
    let values = vec![None; metadata.fields().len()];
    let span = tracing::Span::new_root(metadata, &metadata.fields().value_set_all(&values));
    let is_found = !matches!(
        span.set_parent(Context::new()),
        Err(SetParentError::LayerNotFound | SetParentError::SpanDisabled)
    );
    if is_found && let Some(id) = span.id() {
        dispatch.clone_span(&id);
    }
    is_found
}

/// Where a span of a call site starts.
pub(super) struct At(pub(super) &'static Site);

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metadata = self.0.callsite().metadata;
        let (file, line) = (metadata.file().unwrap_or_default(), metadata.line().unwrap_or_default());
        write!(f, "{} in `{}`, {file}:{line}", self.0.name(), self.0.function())
    }
}
