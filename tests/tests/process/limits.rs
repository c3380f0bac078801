//! Limits on what spans hold while they run, and while they wait for a collector.

use std::time::Duration;

use peak_alloc::PeakAlloc;
use tasker_span_runtime::{Console, ExportOptions, Telemetry, TelemetryBuilder, task_span};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process::{self, Program};

use crate::DEADLINE;

const SPANS: usize = 300;
const EVENTS: usize = 128;
const TEXT: usize = 100_000;

/// The forms in which a program logs a long text.
#[derive(Clone, Copy, Debug)]
enum Form {
    Message,
    Field,
    Debug,
    Error,
}

const FORMS: [Form; 4] = [Form::Message, Form::Field, Form::Debug, Form::Error];

fn log(form: Form, text: &str) {
    for _ in 0..EVENTS {
        match form {
            Form::Message => tracing::info!("{text}"),
            Form::Field => tracing::info!(text, "charging"),
            Form::Debug => tracing::info!(?text, "charging"),
            Form::Error => {
                let error: Box<dyn std::error::Error> = text.into();
                tracing::info!(error = &*error, "charging");
            }
        }
    }
}

#[task_span("task.audit", within = "task.orchestration")]
fn audit(task: &Task, form: Form, text: &str) {
    log(form, text);
}

#[tracing::instrument(skip_all)]
fn other(form: Form, text: &str) {
    log(form, text);
}

/// A program whose collector is away: all spans wait in the queue.
fn away() -> TelemetryBuilder {
    let nowhere = ExportOptions::new().endpoint("http://127.0.0.1:9");
    Telemetry::builder()
        .console(Console::Off)
        .export(nowhere.timeout(Duration::from_secs(1)))
}

/// Without a limit, 300 spans with 128 events of 100 kB are 3.8 GB.
#[test]
fn spans_with_many_long_events_take_bounded_memory() {
    let cases = FORMS.into_iter().flat_map(|form| [(form, false), (form, true)]);
    process::alone_each(cases, |(form, is_other)| {
        let telemetry = away().install().unwrap();
        let (task, text) = (Task::default(), "x".repeat(TEXT));
        let before = PeakAlloc.current_usage();
        PeakAlloc.reset_peak_usage();
        for _ in 0..SPANS {
            if is_other {
                other(form, &text);
            } else {
                audit(&task, form, &text);
            }
        }
        let (held, peak) = (PeakAlloc.current_usage() - before, PeakAlloc.peak_usage() - before);
        // The texts of 128 events, and as much again for the events themselves.
        let most = SPANS * 256 * 1024;
        assert!(held < most, "{form:?}, other code: {is_other}: {held}");
        // A running span of other code is whole.
        let running = if is_other { 4 * EVENTS * TEXT } else { 0 };
        assert!(peak < most + running, "{form:?}, other code: {is_other}: {peak}");

        PeakAlloc.reset_peak_usage();
        telemetry.flush(DEADLINE).unwrap_err();
        let exporting = PeakAlloc.peak_usage() - before;
        assert!(exporting < most, "{form:?}, other code: {is_other}: {exporting}");
    });
}

#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    #[task_span(
        "task.audit",
        within = "task.orchestration",
        fields(note = "größer als 7", count = 1_234_567_890)
    )]
    fn audit(task: &Task) {
        let span = tracing::Span::current();
        tracing_opentelemetry::OpenTelemetrySpanExt::set_attribute(&span, "set", "größer als 7");
        tracing::info!(note = "größer als 7", "größer als 7");
    }
    let telemetry = Telemetry::builder().console(Console::Off).install().unwrap();
    audit(&Task::default());
    tracing::info_span!("other", note = "größer als 7").in_scope(|| {
        tracing::info!(note = "größer als 7", "größer als 7");
    });
    telemetry.shutdown(DEADLINE).unwrap();
}

fn with(collector: &Collector, variables: &[(&str, &str)]) -> Program {
    let program = process::program(program).env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.url());
    program.envs(variables)
}

#[test]
fn the_variables_cut_texts_of_all_spans() {
    for variables in [
        &[("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "6")][..],
        &[
            ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100"),
            ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "6"),
        ],
    ] {
        let collector = Collector::grpc();
        with(&collector, variables).log();
        let spans = collector.spans();
        for name in ["task.audit", "other"] {
            let span = spans.iter().find(|span| span.name == name).unwrap();
            assert_eq!(text(&span.attributes, "note").as_deref(), Some("größer"), "{name}");
            // A message is no attribute.
            assert_eq!(span.events[0].name, "größer als 7");
            assert_eq!(text(&span.events[0].attributes, "note").as_deref(), Some("größer"));
        }
        let audit = spans.iter().find(|span| span.name == "task.audit").unwrap();
        assert_eq!(text(&audit.attributes, "set").as_deref(), Some("größer"));
        assert_eq!(text(&audit.attributes, "task_uuid").unwrap().len(), 36);
    }
}

#[test]
fn the_variables_bound_counts_of_all_spans() {
    let collector = Collector::grpc();
    let variables = [
        ("OTEL_ATTRIBUTE_COUNT_LIMIT", "2"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"),
    ];
    with(&collector, &variables).log();
    let spans = collector.spans();
    for name in ["task.audit", "other"] {
        let span = spans.iter().find(|span| span.name == name).unwrap();
        assert_eq!(span.attributes.len(), 1, "{name}: {:?}", span.attributes);
        assert!(span.dropped_attributes_count > 0, "{name}");
        let event = &span.events[0];
        assert_eq!(
            (event.attributes.len(), event.dropped_attributes_count),
            (2, 1),
            "{name}"
        );
    }
}
