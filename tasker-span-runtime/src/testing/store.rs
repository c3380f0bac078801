//! `SpanStore`: a span processor that stores finished spans in memory. It exports none.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Span as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::link::{span_id, trace_id};
use super::snapshot::OpenSpan;
use super::{CapturedSpan, Spans};
use crate::UnknownNamespace;
use crate::identity::{SpanId, TraceId};
use crate::record::{Recorder, reconcile};

/// A span processor that stores every finished span in memory: beside an exporter, by
/// [`TelemetryBuilder::span_processor`](crate::TelemetryBuilder::span_processor), or in a tracer
/// provider of your own.
///
/// Clones share their spans. Only [`clear`](Self::clear) removes them: it is made for tests and
/// short programs. A [`Capture`] has a store of its own.
///
/// ```
/// use opentelemetry::trace::{Tracer, TracerProvider};
/// use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};
/// use tasker_span_runtime::testing::SpanStore;
///
/// let store = SpanStore::new();
/// let builder = SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOn);
/// let provider = builder.with_span_processor(store.clone()).build();
///
/// drop(provider.tracer("doc").start("charge"));
/// assert_eq!(store.spans().names(), ["charge"]);
/// ```
///
/// [`Capture`]: super::Capture
#[derive(Clone, Debug, Default)]
pub struct SpanStore(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    finished: Vec<CapturedSpan>,
    open: Vec<OpenSpan>,
    unknown_namespace: UnknownNamespace,
}

impl SpanStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// The spans that have ended so far.
    pub fn spans(&self) -> Spans {
        Recorder::deliver_all();
        let state = self.lock();
        Spans::new(state.finished.clone(), state.open.clone(), state.unknown_namespace)
    }

    /// What the checks expect of a span without a namespace.
    pub(super) fn expect_unknown_namespace(&self, unknown: UnknownNamespace) {
        self.lock().unknown_namespace = unknown;
    }

    /// Notes a span that has started.
    pub(super) fn open(&self, name: Cow<'static, str>, trace_id: TraceId, span_id: SpanId) {
        self.lock().open.push(OpenSpan {
            name,
            trace_id,
            span_id,
        });
    }

    /// Removes the finished spans.
    pub fn clear(&self) {
        Recorder::deliver_all();
        self.lock().finished.clear();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SpanProcessor for SpanStore {
    fn on_start(&self, span: &mut Span, _context: &Context) {
        let Some(name) = span.exported_data().map(|data| data.name) else {
            return;
        };
        if let (Some(trace_id), Some(span_id)) = (trace_id(span.span_context()), span_id(span.span_context())) {
            self.open(name, trace_id, span_id);
        }
    }

    fn on_end(&self, data: SpanData) {
        let Some(span) = CapturedSpan::new(reconcile(data)) else {
            return;
        };
        let mut state = self.lock();
        // A span that creates its task changes its trace.
        let is_this = |open: &OpenSpan| open.span_id == span.span_id();
        if let Some(index) = state.open.iter().rposition(is_this) {
            state.open.remove(index);
        }
        state.finished.push(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
