//! Span processors and exporters of the program that panic.

use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor};
use tasker_span_runtime::{Telemetry, otel};
use tasker_span_tests::prelude::*;
use tasker_span_tests::{composed, process};
use tracing_subscriber::layer::SubscriberExt;

use super::{SPANS, assert_unimpressed, assert_unimpressed_by_panics};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Explosive {
    OnStart,
    OnEnd,
}

impl SpanProcessor for Explosive {
    fn on_start(&self, _: &mut Span, _: &Context) {
        assert!(*self != Self::OnStart, "a processor");
    }
    fn on_end(&self, _: SpanData) {
        assert!(*self != Self::OnEnd, "a processor");
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// A processor is not shown the start of a span that is no span of the SDK.
fn assert_unimpressed_by(explosive: Explosive) {
    match explosive {
        Explosive::OnStart => assert_unimpressed(),
        Explosive::OnEnd => assert_unimpressed_by_panics(),
    }
}

#[test]
fn a_processor_panics_at_a_span_s_start_or_end() {
    for explosive in [Explosive::OnStart, Explosive::OnEnd] {
        for rate in [1.0, 0.0] {
            let capture = Capture::builder().span_processor(explosive);
            let _capture = capture.sampling(Sampling::new().task_rate(rate)).start();
            assert_unimpressed_by(explosive);
        }
    }
}

#[test]
fn a_processor_at_the_program_s_own_provider_panics() {
    for explosive in [Explosive::OnStart, Explosive::OnEnd] {
        let provider = otel::provider(composed::builder().with_span_processor(explosive));
        let subscriber = tracing_subscriber::registry().with(otel::layer(&provider));
        tracing::subscriber::with_default(subscriber, assert_unimpressed_by_panics);
    }
}

/// The telemetry of a program with this processor, and what another one gets.
fn telemetry(processor: impl SpanProcessor + 'static) -> (Telemetry, SpanStore) {
    let store = SpanStore::new();
    let builder = Telemetry::builder().console_only().span_processor(processor);
    (builder.span_processor(store.clone()).build().unwrap(), store)
}

fn under(telemetry: &Telemetry, work: impl FnOnce()) {
    tracing::subscriber::with_default(tracing_subscriber::registry().with(telemetry.layer()), work);
}

#[test]
fn a_processor_that_panics_leaves_the_spans_to_all_others() {
    process::alone(|| {
        for explosive in [Explosive::OnStart, Explosive::OnEnd] {
            let (telemetry, store) = telemetry(explosive);
            let before = stats().panics_caught;
            under(&telemetry, assert_unimpressed);
            assert_eq!(store.spans().len(), SPANS, "{explosive:?}");
            // A processor is not shown the start of a span that is no span of the SDK.
            assert_eq!(
                stats().panics_caught > before,
                explosive == Explosive::OnEnd,
                "what is lost is counted"
            );
        }
    });
}

/// It panics on its queue's thread, which nothing waits for.
#[test]
fn an_exporter_that_panics_leaves_the_spans_to_all_others() {
    #[derive(Debug)]
    struct Explosive;
    impl SpanExporter for Explosive {
        async fn export(&self, _: Vec<SpanData>) -> OTelSdkResult {
            panic!("an exporter")
        }
    }
    process::alone(|| {
        let queue = BatchConfigBuilder::default()
            .with_max_queue_size(64)
            .with_max_export_batch_size(8);
        let queue = BatchSpanProcessor::builder(Explosive).with_batch_config(queue.build());
        let (telemetry, store) = telemetry(queue.build());
        under(&telemetry, || (0..100).for_each(|_| assert_unimpressed()));
        assert_eq!(store.spans().len(), 100 * SPANS);
        // Its thread is gone, so that there is nothing to wait for.
        let deadline = Duration::from_mins(1);
        assert!(!telemetry.flush(deadline).unwrap_err().is_timeout());
        assert!(!telemetry.shutdown(deadline).unwrap_err().is_timeout());
    });
}

/// Does at a span's end what would wait for that end, or have no end.
struct Impatient(std::sync::Weak<Telemetry>);

impl std::fmt::Debug for Impatient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Impatient")
    }
}

impl SpanProcessor for Impatient {
    fn on_start(&self, _: &mut Span, _: &Context) {}
    fn on_end(&self, _: SpanData) {
        let task = Task::default();
        execute(&task, &task.step(), || ());
        if let Some(telemetry) = self.0.upgrade() {
            assert!(telemetry.flush(Duration::MAX).is_err());
            assert!(telemetry.shutdown(Duration::MAX).is_err());
        }
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

#[test]
fn a_processor_that_flushes_waits_for_nothing_and_its_own_spans_do_not_come_back() {
    process::alone(|| {
        let (before, store) = (stats(), SpanStore::new());
        let telemetry = std::sync::Arc::new_cyclic(|telemetry| {
            let builder = Telemetry::builder().console_only();
            let builder = builder.span_processor(Impatient(telemetry.clone()));
            builder.span_processor(store.clone()).install().unwrap()
        });
        let task = Task::default();
        (0..10).for_each(|_| execute(&task, &task.step(), || ()));
        telemetry.flush(Duration::from_secs(30)).unwrap();
        assert_eq!(store.spans().len(), 10);
        let stats = stats().since(&before);
        assert_eq!(
            (stats.spans_ended, stats.spans_refused, stats.panics_caught),
            (20, 10, 0)
        );
    });
}
