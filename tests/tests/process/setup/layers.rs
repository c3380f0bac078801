//! Layers of the program's own in the subscriber of `install`.

use std::sync::{Arc, Mutex};

use tasker_span_runtime::{Console, LogFormat, Sampling, Telemetry, TelemetryBuilder};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::discover;

/// Lists the spans and events that it sees.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<String>>>);

impl Seen {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    fn add(&self, text: impl Into<String>) {
        self.0.lock().unwrap().push(text.into());
    }
}

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Seen {
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        self.add(attributes.metadata().name());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let span = context.event_span(event).map_or("nothing", |span| span.name());
        self.add(format!("an event in {span}"));
    }
}

fn builder() -> (TelemetryBuilder, SpanStore) {
    let store = SpanStore::new();
    let builder = Telemetry::builder().console_only().console(Console::Off);
    let builder = builder.without_settings_line();
    (builder.span_processor(store.clone()), store)
}

#[test]
fn a_layer_sees_each_sampled_span_and_event() {
    process::alone(|| {
        let (seen, more) = (Seen::default(), Seen::default());
        let (builder, store) = builder();
        let builder = builder
            .layer(seen.clone().with_filter(LevelFilter::INFO))
            .layer(more.clone());
        let telemetry = builder.install().unwrap();
        let task = Task::default();
        discover(&task);
        let expected = ["step.discovery", "an event in step.discovery"];
        assert_eq!(seen.take(), expected);
        // Without a filter it gets the line that the console's and the exporter's filters refuse.
        assert_eq!(more.take(), [&expected[..], &expected[1..]].concat());
        let span = store.spans().one();
        assert_eq!((span.name(), span.events().len()), ("step.discovery", 1));
        assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid));

        telemetry.sampling().set(Sampling::new().task_rate(0.0)).unwrap();
        discover(&task);
        assert_eq!(seen.take(), ["an event in nothing"]);
    });
}

#[test]
fn spans_are_promoted_on_demand_if_the_program_says_so() {
    process::alone(|| {
        let seen = Seen::default();
        let (builder, store) = builder();
        let filter = filter_fn(|metadata| *metadata.level() <= tracing::Level::INFO);
        let layer = seen.clone().with_filter(filter.with_max_level_hint(LevelFilter::INFO));
        let _telemetry = builder.layer(layer).promote_on_demand().install().unwrap();
        // Before, the layer with our tracer is not known.
        discover(&Task::default());
        seen.take();
        store.clear();
        discover(&Task::default());
        assert_eq!(seen.take(), ["an event in nothing"]);
        execute(&Task::default(), &Task::default().step(), || {
            tracing::info_span!("other").in_scope(|| tracing::info!("charging"));
        });
        assert_eq!(seen.take(), ["step.execution", "other", "an event in other"]);
        assert_eq!(store.spans().len(), 3);
    });
}

/// A layer that is a filter itself decides for all.
#[test]
fn the_last_word_of_a_layer_counts_for_the_trace_too() {
    process::alone(|| {
        let (builder, store) = builder();
        let _telemetry = builder.layer(LevelFilter::WARN).install().unwrap();
        discover(&Task::default());
        assert_eq!(store.spans().len(), 0);
    });
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_layer_of_lines_shows_spans_that_are_not_promoted() {
    process::alone(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .event_format(LogFormat::full())
            .with_filter(LevelFilter::INFO);
        let (builder, _) = builder();
        let _telemetry = builder.layer(layer).promote_on_demand().install().unwrap();
        let task = Task::default();
        discover(&task);
        discover(&task);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        for line in lines {
            assert!(line.contains("step.discovery{") && line.contains("trace_id="), "{line}");
        }
    });
}

#[test]
fn a_layer_that_would_not_be_installed_is_an_error() {
    process::alone(|| {
        let error = builder().0.layer(Seen::default()).build().unwrap_err();
        assert!(error.is_invalid_configuration());
        assert!(error.to_string().starts_with("`.layer(…)` is for `install`"), "{error}");
    });
}
