//! Log lines of a program's own `fmt` layer inside spans of this crate are those that it had with `#[instrument]`.

use opentelemetry::trace::{SpanKind, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tasker_span_runtime::otel::{self, SpanFilter, SpanLayer, Tracer};
use tasker_span_runtime::{LogFormat, SpanSubscriber, Telemetry, Uuid, span_record, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;
use tracing::field::Empty;
use tracing::{Dispatch, Span};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::{Registry, fmt};

use super::own_registry::Log;

/// What `#[instrument]` shows of an argument.
#[derive(Debug)]
struct Card(#[allow(dead_code, reason = "its `Debug` shows it")] &'static str);

mod before {
    use super::*;

    #[tracing::instrument(
        name = "step.execution",
        skip_all,
        fields(
            correlation_id = %task.correlation_id,
            task_uuid = %task.task_uuid,
            step_uuid = %step.workflow_step_uuid,
            namespace = %task.namespace_name,
            handler_name = %step.handler,
            attempt_number = step.attempts,
            max_attempts = step.max_attempts,
            text = "quoted",
            shown = %"as it is",
            card = ?Card("visa"),
            amount = 7,
            share = 0.5,
            is_new = true,
            rows = Empty,
            never = Empty,
        ),
        ret
    )]
    pub(super) fn execute(task: &Task, step: &Step) -> u32 {
        Span::current().record("rows", 3);
        tracing::info!("charging");
        7
    }

    #[tracing::instrument(
        name = "task.state_transition",
        skip_all,
        fields(
            correlation_id = Empty,
            task_uuid = %task.task_uuid,
            namespace = Empty,
            from_state = %"pending",
            to_state = %"initializing",
        )
    )]
    pub(super) fn transition(task: &Task) {
        let span = Span::current();
        span.record("correlation_id", tracing::field::display(task.correlation_id));
        span.record("namespace", tracing::field::display(&task.namespace_name));
        tracing::info!("begun");
    }
}

mod after {
    use super::*;

    #[step_span(
        "step.execution",
        fields(
            text = "quoted",
            shown = %"as it is",
            card = ?Card("visa"),
            amount = 7,
            share = 0.5,
            is_new = true,
            rows = Empty,
            never = Empty,
        ),
        ret
    )]
    pub(super) fn execute(task: &Task, step: &Step) -> u32 {
        Span::current().record("rows", 3);
        tracing::info!("charging");
        7
    }

    #[task_span(
        "task.state_transition",
        from = "pending",
        to = "initializing",
        task_uuid = task.task_uuid,
        late(correlation_id, namespace)
    )]
    pub(super) fn transition(task: &Task) {
        // A span is promoted when code asks for it: here, before its attributes are known.
        drop(Span::current());
        span_record!(correlation_id = task.correlation_id, namespace = &task.namespace_name);
        tracing::info!("begun");
    }
}

type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// A format of `fmt`, with our ids if it has to be ours.
type Format = fn(&Log, bool) -> Boxed;

const FORMATS: [(&str, Format); 4] = [
    ("full", |log, is_ours| {
        let layer = fmt::layer().with_ansi(false).without_time().with_writer(log.writer());
        if is_ours {
            return layer.event_format(LogFormat::full().timer(())).boxed();
        }
        layer.boxed()
    }),
    ("compact", |log, is_ours| {
        let layer = fmt::layer().with_ansi(false).without_time().with_writer(log.writer());
        if is_ours {
            return layer.event_format(LogFormat::compact().timer(())).boxed();
        }
        layer.compact().boxed()
    }),
    ("json", |log, is_ours| {
        let layer = fmt::layer().json().without_time().with_writer(log.writer());
        if is_ours {
            return layer.event_format(LogFormat::json().timer(())).boxed();
        }
        layer.boxed()
    }),
    ("pretty", |log, _| {
        let layer = fmt::layer().pretty().without_time().with_writer(log.writer());
        layer.with_ansi(false).with_line_number(false).boxed()
    }),
];

/// A program's subscriber, and whether its `fmt` layer needs `LogFormat`.
type Subscribe = fn(&SdkTracerProvider, Boxed) -> Dispatch;

const SUBSCRIBERS: [(&str, bool, Subscribe); 5] = [
    ("the SDK's tracer", false, |provider, log| {
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(tracer.clone());
        Dispatch::new(Registry::default().with(log).with(own).with(SpanLayer::new(tracer)))
    }),
    ("our tracer", false, |provider, log| {
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(Tracer::new(tracer.clone()));
        let own = own.with_filter(SpanFilter);
        Dispatch::new(Registry::default().with(log).with(own).with(SpanLayer::new(tracer)))
    }),
    ("promoted on demand", true, |provider, log| {
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(Tracer::new(tracer.clone()));
        let registry = Registry::default().with(log).with(own.with_filter(SpanFilter));
        Dispatch::new(SpanSubscriber::new(registry.with(SpanLayer::new(tracer))))
    }),
    ("no OpenTelemetry layer", false, |provider, log| {
        let layer = SpanLayer::new(provider.tracer("own"));
        Dispatch::new(Registry::default().with(log).with(layer))
    }),
    ("otel::layer", false, |provider, log| {
        Dispatch::new(Registry::default().with(log).with(otel::layer(provider)))
    }),
];

/// What the program logs, without what only our format adds.
fn lines<R>(dispatch: &Dispatch, log: &Log, program: impl FnOnce() -> R) -> Vec<String> {
    tracing::dispatcher::with_default(dispatch, program);
    log.take().lines().map(without_ids).collect()
}

fn without_ids(line: &str) -> String {
    let line = match line.find(",\"trace_id\":").filter(|_| line.starts_with('{')) {
        Some(end) => format!("{}}}", &line[..end]),
        None => line.to_owned(),
    };
    // Our format without a time has an empty one.
    let line = line.trim_start().replace("\"timestamp\":\"\",", "");
    let line = line
        .strip_prefix("trace_id=")
        .and_then(|ids| ids.split_once("  "))
        .map_or(&*line, |(_, rest)| rest);
    line.replace("own_logs::before", "own_logs::after")
}

#[test]
fn lines_are_those_of_instrument() {
    process::alone(|| {
        let task = Task::default();
        let step = task.step();
        for (format, layer) in FORMATS {
            let log = Log::default();
            let plain = Dispatch::new(Registry::default().with(layer(&log, false)));
            let expected = [
                lines(&plain, &log, || before::execute(&task, &step)),
                lines(&plain, &log, || before::transition(&task)),
            ];
            assert!(expected[0][0].contains("charging"), "{expected:?}");
            for (name, is_ours, subscribe) in SUBSCRIBERS {
                if is_ours && format == "pretty" {
                    continue;
                }
                let exported = InMemorySpanExporter::default();
                let provider = SdkTracerProvider::builder().with_simple_exporter(exported.clone());
                let provider = otel::provider(provider);
                let dispatch = subscribe(&provider, layer(&log, is_ours));
                let ours = [
                    lines(&dispatch, &log, || after::execute(&task, &step)),
                    lines(&dispatch, &log, || after::transition(&task)),
                ];
                assert_eq!(ours, expected, "{format}, {name}");
                if name == "no OpenTelemetry layer" {
                    continue;
                }
                let spans = exported.get_finished_spans().unwrap();
                let kinds: Vec<_> = spans.iter().map(|span| (&*span.name, &span.span_kind)).collect();
                let expected = [
                    ("step.execution", &SpanKind::Consumer),
                    ("task.state_transition", &SpanKind::Internal),
                ];
                assert_eq!(kinds, expected, "{name}");
                let has_kind = spans
                    .iter()
                    .any(|span| span.attributes.iter().any(|added| added.key.as_str() == "otel.kind"));
                assert!(!has_kind, "{name}");
            }
        }
    });
}

/// A layer after ours, too, and one of `Telemetry`.
#[test]
fn lines_do_not_depend_on_the_order_of_layers() {
    process::alone(|| {
        let task = Task::default();
        let step = task.step();
        let log = Log::default();
        let plain = Dispatch::new(Registry::default().with(log.layer()));
        let expected = lines(&plain, &log, || before::execute(&task, &step));

        let provider = otel::provider(SdkTracerProvider::builder());
        let tracer = provider.tracer("own");
        let own = tracing_opentelemetry::layer().with_tracer(tracer.clone());
        let last = Registry::default()
            .with(own)
            .with(SpanLayer::new(tracer))
            .with(log.layer());
        let last = lines(&Dispatch::new(last), &log, || after::execute(&task, &step));
        assert_eq!(last, expected);

        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let dispatch = Dispatch::new(Registry::default().with(telemetry.layer()).with(log.layer()));
        let ours = lines(&dispatch, &log, || after::execute(&task, &step));
        assert_eq!(ours, expected);
    });
}

/// A span has no more fields than `#[instrument]` would have: a layer may list them.
#[test]
fn a_span_s_fields_are_its_attributes_and_the_program_s_own() {
    process::alone(|| {
        struct Fields(Log);
        impl<S: tracing::Subscriber> Layer<S> for Fields {
            fn on_new_span(
                &self,
                attributes: &tracing::span::Attributes<'_>,
                _: &tracing::span::Id,
                _: tracing_subscriber::layer::Context<'_, S>,
            ) {
                let fields: Vec<_> = attributes
                    .metadata()
                    .fields()
                    .iter()
                    .map(|field| field.name())
                    .collect();
                self.0.push(&fields.join(" "));
            }
        }

        #[task_span("step.enqueuing", fields(rows = 1))]
        fn enqueue(task: &Task) {}

        let provider = otel::provider(SdkTracerProvider::builder());
        let log = Log::default();
        let subscriber = Registry::default()
            .with(otel::layer(&provider))
            .with(Fields(log.clone()));
        tracing::subscriber::with_default(subscriber, || enqueue(&Task::default()));
        let fields = "correlation_id task_uuid namespace parent_correlation_id task_name priority rows";
        assert_eq!(log.take(), fields);
    });
}

/// Names come from other processes.
#[test]
fn a_name_cannot_break_a_line() {
    process::alone(|| {
        let task = Task::of("pay\nINFO forged");
        let step = Step {
            handler: "two words".to_owned(),
            workflow_step_uuid: Uuid::now_v7(),
            ..task.step()
        };
        let log = Log::default();
        let provider = otel::provider(SdkTracerProvider::builder());
        let dispatch = Dispatch::new(Registry::default().with(otel::layer(&provider)).with(log.layer()));
        let lines = lines(&dispatch, &log, || after::execute(&task, &step));
        assert_eq!(lines.len(), 2, "{lines:?}");
        let shown = r#" namespace="pay\nINFO forged" handler_name=two words attempt_number=1 "#;
        assert!(lines[0].contains(shown), "{lines:?}");
    });
}
