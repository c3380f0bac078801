//! Processors of the program's own that panic.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider, Span, SpanData, SpanProcessor};
use tasker_span_runtime::testing::{Capture, SpanStore};
use tasker_span_runtime::{
    Sampling, Telemetry,
    otel::{IdGenerator, Sampler, SpanLayer},
    stats, task_span,
};
use tasker_span_tests::fixture::Task;
use tracing_subscriber::layer::SubscriberExt;

use crate::{panic_of, poll};

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

#[task_span("task.orchestration")]
fn drive(task: &Task, work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    audit(task, work)
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task, work: impl FnOnce() -> Result<u8, String>) -> Result<u8, String> {
    work()
}

#[task_span("task.state_transition", from = "evaluating_results", to = "error")]
fn end(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration")]
async fn for_ever(task: &Task) {
    std::future::pending::<()>().await;
}

/// Succeeds, fails, panics, is cancelled, and has the root emitted.
fn assert_unimpressed() {
    let task = Task::default();
    let before = stats().panics_caught;
    assert_eq!(drive(&task, || Ok(7)), Ok(7));
    assert_eq!(drive(&task, || Err("declined".to_owned())), Err("declined".to_owned()));
    assert_eq!(panic_of(|| drive(&task, || panic!("the body"))), "the body");
    let mut future = Box::pin(for_ever(&task));
    assert!(poll(future.as_mut()).is_pending());
    catch_unwind(AssertUnwindSafe(|| drop(future))).unwrap();
    assert_eq!(end(&Task::default()), 7);
    assert!(stats().panics_caught > before);
}

#[test]
fn kept_spans_whose_start_explodes() {
    let _capture = Capture::builder().span_processor(Explosive::OnStart).start();
    assert_unimpressed();
}

#[test]
fn kept_spans_whose_end_explodes() {
    let _capture = Capture::builder().span_processor(Explosive::OnEnd).start();
    assert_unimpressed();
}

#[test]
fn dropped_spans_whose_start_explodes() {
    let capture = Capture::builder().span_processor(Explosive::OnStart);
    let _capture = capture.sampling(Sampling::new().task_rate(0.0)).start();
    assert_unimpressed();
}

#[test]
fn dropped_spans_whose_end_explodes() {
    let capture = Capture::builder().span_processor(Explosive::OnEnd);
    let _capture = capture.sampling(Sampling::new().task_rate(0.0)).start();
    assert_unimpressed();
}

#[test]
fn of_the_telemetry_s_own_builder_with_the_spans_for_all_others() {
    for explosive in [Explosive::OnStart, Explosive::OnEnd] {
        let store = SpanStore::new();
        let telemetry = Telemetry::builder()
            .console_only()
            .span_processor(explosive)
            .span_processor(store.clone());
        let telemetry = telemetry.build().unwrap();
        let subscriber = tracing_subscriber::registry().with(telemetry.layer());
        tracing::subscriber::with_default(subscriber, assert_unimpressed);
        assert_eq!(store.spans().len(), 9, "{explosive:?}");
    }
}

#[test]
fn of_a_provider_of_the_program_s_own() {
    for explosive in [Explosive::OnStart, Explosive::OnEnd] {
        let provider = SdkTracerProvider::builder()
            .with_id_generator(IdGenerator::default())
            .with_sampler(Sampler::new(SdkSampler::AlwaysOn))
            .with_span_processor(explosive);
        let tracer = provider.build().tracer("own");
        let subscriber = tracing_subscriber::registry()
            .with(SpanLayer::new(tracer.clone()))
            .with(tracing_opentelemetry::layer().with_tracer(tracer));
        tracing::subscriber::with_default(subscriber, assert_unimpressed);
    }
}
