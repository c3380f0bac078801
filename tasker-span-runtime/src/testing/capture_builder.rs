//! How a capture is made, and what takes its spans.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::Registry;

use super::SpanStore;
use super::capture::{Capture, rates_of};
use super::interested;
use crate::identity::{SpanId, TraceId};
use crate::otel::{IdGenerator, Sampler};
use crate::record::{Limits, PanicSafeProcessor, Recorder, Sink, SpanNames};
use crate::redact::{Redact, Redactor, is_redacting};
use crate::subscriber::{self, SpanSubscriber};
use crate::{Sampling, UnknownNamespace};

/// Options of a [`Capture`].
#[derive(Default)]
#[must_use = "a builder captures nothing until `start`"]
pub struct CaptureBuilder {
    strict: bool,
    unknown_namespace: UnknownNamespace,
    names: SpanNames,
    sampling: Option<Sampling>,
    layer: Option<Box<dyn Layer<Registry> + Send + Sync>>,
    processors: Vec<Box<dyn SpanProcessor>>,
    redactor: Option<Redactor>,
    is_visible: bool,
    activates_context: bool,
}

/// The processors of a capture: of the test, then the store.
#[derive(Clone, Debug)]
struct Processors {
    all: Arc<[Box<dyn SpanProcessor>]>,
    redactor: Option<Redactor>,
}

/// Where the spans of this crate start and end.
struct Captured {
    processors: Processors,
    store: SpanStore,
}

impl Sink for Captured {
    fn on_start(&self, name: &'static str, trace_id: TraceId, span_id: SpanId) {
        self.store.open(name.into(), trace_id, span_id);
    }

    fn on_end(&self, span: SpanData) {
        self.processors.on_end(span);
    }
}

impl SpanProcessor for Processors {
    fn on_start(&self, span: &mut Span, context: &Context) {
        if is_redacting() {
            return;
        }
        for processor in &*self.all {
            processor.on_start(span, context);
        }
    }

    /// A hook's own spans are left out, as they are in a program.
    fn on_end(&self, mut span: SpanData) {
        if is_redacting() {
            return;
        }
        if let Some(redactor) = &self.redactor {
            redactor.apply(&mut span);
        }
        for processor in &*self.all {
            processor.on_end(span.clone());
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl Capture {
    /// Starts to capture on this thread.
    #[must_use = "the capture ends as soon as it is dropped"]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// As [`start`](Self::start); a violation of the catalogue panics where it happens, with the path of spans to it.
    #[must_use = "the capture ends as soon as it is dropped"]
    pub fn strict() -> Self {
        Self::builder().strict().start()
    }

    /// A capture with options.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    ///
    /// let console = tracing_subscriber::fmt::layer().with_test_writer();
    /// let capture = Capture::builder().strict().layer(console).start();
    /// # drop(capture);
    /// ```
    pub fn builder() -> CaptureBuilder {
        CaptureBuilder::default()
    }
}

impl CaptureBuilder {
    /// Panics at a violation of the catalogue, where it happens.
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// What a span is whose required `namespace` nothing supplies, as in a program with
    /// [`TelemetryBuilder::unknown_namespace`](crate::TelemetryBuilder::unknown_namespace). The checks of the spans follow it.
    pub fn unknown_namespace(mut self, unknown: UnknownNamespace) -> Self {
        self.unknown_namespace = unknown;
        self
    }

    /// The exported names, as by [`TelemetryBuilder::span_names`](crate::TelemetryBuilder::span_names).
    pub fn span_names(mut self, names: SpanNames) -> Self {
        self.names = names;
        self
    }

    /// Samples by these rates. By default every span is sampled, whatever the rates of the process are.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    /// use tasker_span_runtime::{Sampling, Uuid, task_scope};
    ///
    /// let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    /// let task = Uuid::from_u128(7);
    /// let span = task_scope!("task.orchestration", task_uuid = task, correlation_id = task, namespace = "payments");
    /// span.in_scope(|| ());
    /// assert!(capture.spans().is_empty());
    /// ```
    ///
    /// # Panics
    ///
    /// If a rate is not between 0 and 1.
    pub fn sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = Some(sampling);
        self
    }

    /// Opens every sampled span as a `tracing` span at its start, as in a program that composes its own subscriber. A capture
    /// with a [`layer`](Self::layer) does so.
    pub fn visible(mut self) -> Self {
        self.is_visible = true;
        self
    }

    /// Makes each span OpenTelemetry's current one while its code runs, as
    /// [`TelemetryBuilder::activate_context`](crate::TelemetryBuilder::activate_context) does.
    pub fn activate_context(mut self) -> Self {
        self.activates_context = true;
        self
    }

    /// Adds a layer of the test's own. All sampled spans are then [`visible`](Self::visible), unlike under
    /// [`TelemetryBuilder::install`](crate::TelemetryBuilder::install): the layer sees spans that it would not see there.
    pub fn layer(mut self, layer: impl Layer<Registry> + Send + Sync) -> Self {
        self.layer = Some(match self.layer {
            Some(before) => before.and_then(layer).boxed(),
            None => layer.boxed(),
        });
        self
    }

    /// Adds a span processor of the test's own: a [`SpanStore`] that several captures share shows what a collector would
    /// see of as many processes.
    ///
    /// ```
    /// use tasker_span_runtime::testing::{Capture, SpanStore};
    ///
    /// let collector = SpanStore::new();
    /// for process in ["orchestrator", "worker"] {
    ///     let capture = Capture::builder().span_processor(collector.clone()).start();
    ///     capture.run(|| tracing::info_span!("process", name = process).in_scope(|| {}));
    /// }
    /// assert_eq!(collector.spans().len(), 2);
    /// ```
    pub fn span_processor(mut self, processor: impl SpanProcessor + 'static) -> Self {
        self.processors.push(Box::new(PanicSafeProcessor(processor)));
        self
    }

    /// Shows each value to a hook, as [`TelemetryBuilder::redact`](crate::TelemetryBuilder::redact) does. In a capture, it runs
    /// on the thread of the span.
    ///
    /// ```
    /// use tasker_span_runtime::redact::{Field, Redaction};
    /// use tasker_span_runtime::testing::Capture;
    ///
    /// let hook = |field: &Field<'_>| match field.key() {
    ///     "customer_name" => Redaction::Omit,
    ///     _ => Redaction::Keep,
    /// };
    /// let capture = Capture::builder().redact(hook).start();
    /// tracing::info_span!("order", customer_name = "Ada", items = 3).in_scope(|| ());
    /// assert_eq!(capture.spans().one().text("customer_name"), None);
    /// assert_eq!(capture.spans().one().integer("items"), Some(3));
    /// ```
    pub fn redact(mut self, hook: impl Redact) -> Self {
        self.redactor = Some(Redactor::new(hook));
        self
    }

    /// Starts to capture on this thread.
    #[must_use = "the capture ends as soon as it is dropped"]
    pub fn start(self) -> Capture {
        interested::keep();
        let store = SpanStore::new();
        store.expect_unknown_namespace(self.unknown_namespace);
        let mut processors = self.processors;
        processors.push(Box::new(store.clone()));
        let processors = Processors {
            all: processors.into(),
            redactor: self.redactor,
        };
        let provider = SdkTracerProvider::builder()
            .with_id_generator(IdGenerator::default())
            .with_sampler(Sampler::new(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn))))
            .with_span_limits(Limits::DEFAULT.into())
            .with_span_processor(processors.clone())
            .build();
        let captured = Captured {
            processors,
            store: store.clone(),
        };
        let sampling = self.sampling.unwrap_or_default();
        let rates = Arc::new(ArcSwap::from_pointee(rates_of(&sampling)));
        crate::sampling::activate();
        let recorder = Recorder::direct(Arc::new(captured), Limits::DEFAULT, subscriber::scope());
        let layer = subscriber::capture_layer(recorder, Arc::clone(&rates), self.strict, self.activates_context);
        let layer = layer.unknown_namespace(self.unknown_namespace).span_names(self.names);
        // A layer of the test may look for the spans, which it sees only if they are visible.
        let is_lazy = self.layer.is_none() && !self.is_visible;
        let registry = Registry::default()
            .with(self.layer)
            .with(subscriber::layers(layer, &subscriber::tracer(&provider)));
        let dispatch = if is_lazy {
            Dispatch::new(SpanSubscriber::new(registry))
        } else {
            Dispatch::new(registry)
        };
        let default = dispatcher::set_default(&dispatch);
        Capture {
            dispatch,
            store,
            rates,
            _default: default,
            _not_send: PhantomData,
        }
    }
}

impl std::fmt::Debug for CaptureBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CaptureBuilder")
            .field("strict", &self.strict)
            .finish_non_exhaustive()
    }
}
