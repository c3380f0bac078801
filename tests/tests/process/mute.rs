//! Setups that record nothing say so, once, and a right one says nothing.

use std::env;

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, TracerProviderBuilder};
use tasker_span_runtime::otel::{self, SpanFilter, SpanLayer, Tracer};
use tasker_span_runtime::{Stats, Telemetry};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{set_global_default, with_default};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{Registry, fmt, reload};

use crate::{DEADLINE, under};

const SETTING: &str = "SETTING";

fn built() -> Telemetry {
    Telemetry::builder().console_only().build().unwrap()
}

#[task_span("task.state_transition", from = "pending", to = "initializing")]
fn first(task: &Task) {}

fn run(times: usize) {
    (0..times).for_each(|_| first(&Task::default()));
}

/// A console, and nothing of ours.
fn console() -> impl tracing::Subscriber + Send + Sync {
    Registry::default().with(fmt::layer().with_writer(std::io::stderr))
}

fn shut_down(telemetry: &Telemetry) -> Stats {
    eprintln!("RAN");
    telemetry.shutdown(DEADLINE).unwrap()
}

#[test]
#[ignore = "a program that the other tests run"]
fn layer_is_missing() {
    let telemetry = built();
    let (spans, expected) = match &*env::var(SETTING).unwrap() {
        "no subscriber" => (3, 3),
        "a console" => {
            set_global_default(console()).unwrap();
            (3, 3)
        }
        "not installed" => {
            drop(Registry::default().with(telemetry.layer()));
            (3, 3)
        }
        "reload" => {
            let (hidden, _handle) = reload::Layer::new(telemetry.layer());
            set_global_default(Registry::default().with(hidden)).unwrap();
            (3, 3)
        }
        "many" => (250, 250),
        setting => panic!("no such setting: {setting}"),
    };
    run(spans);
    let stats = shut_down(&telemetry);
    assert_eq!(stats.spans_without_layer, expected, "{stats:?}");
    assert_eq!(stats.spans_started, 0);
    run(3);
}

#[test]
fn a_layer_that_no_span_reaches_is_named_once() {
    for setting in ["no subscriber", "a console", "not installed", "reload", "many"] {
        let log = process::program(layer_is_missing).env(SETTING, setting).log();
        let warning = "spans have started and none was recorded";
        assert_eq!(log.matches(warning).count(), 1, "{setting}: {log}");
        assert!(log.contains("add `telemetry.layer()` to the subscriber"), "{log}");
        let first = "(first span: task.state_transition in `process::mute::first`, tests/tests/process/mute.rs:";
        assert!(log.contains(first), "{log}");
        // A program that never ends is told, too.
        assert_eq!(log.find(warning) < log.find("RAN"), setting == "many", "{log}");
    }
}

fn spans_only(metadata: &tracing::Metadata<'_>) -> bool {
    metadata.is_span()
}

#[test]
#[ignore = "a program that the other tests run"]
fn handle_has_ended() {
    match &*env::var(SETTING).unwrap() {
        "dropped at once" => {
            let _ = Telemetry::builder().console_only().install();
        }
        "its layer alone" => {
            let layer = Telemetry::builder().console_only().build().unwrap().layer();
            let log = fmt::layer().with_writer(std::io::stderr);
            set_global_default(Registry::default().with(layer).with(log)).unwrap();
        }
        "without a console" => {
            let layer = Telemetry::builder().console_only().build().unwrap().layer();
            let warnings = fmt::layer().with_writer(std::io::sink).with_filter(LevelFilter::OFF);
            let layer = layer.with_filter(tracing_subscriber::filter::filter_fn(spans_only));
            set_global_default(Registry::default().with(layer).with(warnings)).unwrap();
        }
        "shut down" => {
            let telemetry = Telemetry::builder().console_only().install().unwrap();
            run(2);
            shut_down(&telemetry);
        }
        setting => panic!("no such setting: {setting}"),
    }
    run(3);
    assert_eq!(stats().spans_after_shutdown, 3, "{:?}", stats());
}

#[test]
fn spans_after_the_end_of_the_handle_are_named_once() {
    for setting in ["dropped at once", "its layer alone", "without a console", "shut down"] {
        let log = process::program(handle_has_ended).env(SETTING, setting).log();
        let warning = "the telemetry has ended, and spans that start now are not exported";
        assert_eq!(log.matches(warning).count(), 1, "{setting}: {log}");
        assert!(log.contains("`let _ = …` drops it at once"), "{setting}: {log}");
        assert!(log.contains("in `process::mute::first`"), "{setting}: {log}");
    }
}

fn provided(build: fn(TracerProviderBuilder) -> SdkTracerProvider) -> (SdkTracerProvider, InMemorySpanExporter) {
    let exported = InMemorySpanExporter::default();
    let provider = build(SdkTracerProvider::builder().with_simple_exporter(exported.clone()));
    (provider, exported)
}

#[test]
#[ignore = "a program that the other tests run"]
fn foreign_layer() {
    let (provider, exported) = provided(TracerProviderBuilder::build);
    let own = tracing_opentelemetry::layer().with_tracer(provider.tracer("own"));
    with_default(Registry::default().with(own), || {
        run(3);
        tracing::info_span!("other").in_scope(|| run(2));
    });
    assert_eq!(stats().spans_without_layer, 5);
    let names: Vec<_> = exported.get_finished_spans().unwrap();
    assert_eq!(names.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["other"]);
    provider.shutdown().unwrap();
}

#[test]
fn an_opentelemetry_layer_without_ours_is_named_once() {
    let log = process::program(foreign_layer).log();
    let warning = "the subscriber has a `tracing-opentelemetry` layer without ours; add `otel::layer(&provider)`";
    assert_eq!(log.matches(warning).count(), 1, "{log}");
    assert!(log.contains("in `process::mute::first`"), "{log}");
}

#[test]
#[ignore = "a program that the other tests run"]
fn foreign_ids() {
    let (provider, _) = provided(TracerProviderBuilder::build);
    let tracer = provider.tracer("own");
    let program = || {
        let task = Task::default();
        begin(&task);
        execute(&task, &task.step(), || ());
        complete(&task);
    };
    if env::var(SETTING).unwrap() == "the SDK's tracer" {
        let own = tracing_opentelemetry::layer().with_tracer(tracer.clone());
        let own = own.with_filter(SpanFilter);
        with_default(Registry::default().with(own).with(SpanLayer::new(tracer)), program);
    } else {
        let own = tracing_opentelemetry::layer().with_tracer(Tracer::new(tracer.clone()));
        let own = own.with_filter(SpanFilter);
        with_default(Registry::default().with(own).with(SpanLayer::new(tracer)), program);
    }
    // With the root.
    assert_eq!(stats().spans_with_other_ids, 4, "{:?}", stats());
}

#[test]
fn a_provider_without_our_ids_is_named_once() {
    for setting in ["the SDK's tracer", "our tracer"] {
        let log = process::program(foreign_ids).env(SETTING, setting).log();
        assert_eq!(
            log.matches("the tracer provider lacks our id generator").count(),
            1,
            "{log}"
        );
        assert!(
            log.contains("`.with_id_generator(otel::IdGenerator::default())`"),
            "{log}"
        );
    }
}

#[test]
#[ignore = "a program that the other tests run"]
fn right() {
    match &*env::var(SETTING).unwrap() {
        "no telemetry" => {
            set_global_default(console()).unwrap();
            run(200);
        }
        "no spans" => drop(built()),
        "installed without spans" => drop(Telemetry::builder().console_only().install().unwrap()),
        "layer later" => {
            let telemetry = built();
            run(2);
            under(&telemetry, || run(2));
            assert_eq!(shut_down(&telemetry).spans_without_layer, 2);
        }
        "other threads" => {
            let telemetry = built();
            under(&telemetry, || run(2));
            // They have no subscriber, as beside a test's.
            run(200);
            assert_eq!(shut_down(&telemetry).spans_without_layer, 0);
        }
        "filtered" => {
            let telemetry = built();
            let layer = Registry::default().with(LevelFilter::WARN).with(telemetry.layer());
            with_default(layer, || run(200));
            assert_eq!(shut_down(&telemetry).spans_without_layer, 0);
        }
        "disabled" => {
            let telemetry = Telemetry::builder().build().unwrap();
            run(200);
            shut_down(&telemetry);
            run(200);
        }
        "one after the other" => {
            let telemetry = built();
            under(&telemetry, || run(2));
            shut_down(&telemetry);
            let telemetry = built();
            under(&telemetry, || run(2));
            shut_down(&telemetry);
        }
        "own provider" => {
            let (provider, exported) = provided(otel::provider);
            with_default(Registry::default().with(otel::layer(&provider)), || run(3));
            assert_eq!(exported.get_finished_spans().unwrap().len(), 3);
        }
        setting => panic!("no such setting: {setting}"),
    }
    assert_eq!(stats().spans_with_other_ids, 0);
    eprintln!("END");
}

#[test]
fn a_right_program_is_told_nothing() {
    for setting in [
        "no telemetry",
        "no spans",
        "installed without spans",
        "layer later",
        "other threads",
        "filtered",
        "disabled",
        "one after the other",
        "own provider",
    ] {
        let program = process::program(right).env(SETTING, setting);
        let disabled = if setting == "disabled" { "true" } else { "" };
        let log = program.env("OTEL_SDK_DISABLED", disabled).log();
        assert!(log.contains("END"), "{setting}: {log}");
        assert!(!log.contains("WARN") && !log.contains("ERROR"), "{setting}: {log}");
    }
}
