//! Lines before and after the promotion of the spans that they are in.

use std::sync::mpsc;
use std::thread;

use tasker_span_runtime::{LogFormat, SpanSubscriber, otel};
use tasker_span_tests::composed::{self, Opened};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::{Dispatch, dispatcher};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

use super::{Log, Noon, text};

/// A program's subscriber that promotes on demand, and what it logs.
pub(super) struct Program {
    pub(super) log: Log,
    opened: Opened,
    dispatch: Dispatch,
}

type Format = fn(Log) -> Box<dyn Layer<Registry> + Send + Sync>;

const FORMATS: [Format; 11] = [
    |log| {
        fmt::layer()
            .with_ansi(false)
            .with_writer(log)
            .event_format(text())
            .boxed()
    },
    |log| {
        fmt::layer()
            .with_ansi(true)
            .with_writer(log)
            .event_format(text())
            .boxed()
    },
    |log| {
        let format = text().map(|format| format.with_target(false).with_thread_names(true));
        fmt::layer()
            .with_ansi(false)
            .with_writer(log)
            .event_format(format)
            .boxed()
    },
    |log| {
        let format = text().map(|format| format.with_target(false).with_level(false).with_thread_ids(true));
        fmt::layer()
            .with_ansi(true)
            .with_writer(log)
            .event_format(format)
            .boxed()
    },
    |log| {
        let format = text().map(|format| format.with_target(false).with_level(false));
        fmt::layer()
            .with_ansi(false)
            .with_writer(log)
            .event_format(format)
            .boxed()
    },
    |log| {
        let format = text().map(|format| {
            format
                .with_target(false)
                .with_file(true)
                .with_thread_names(true)
                .with_thread_ids(true)
        });
        fmt::layer()
            .with_ansi(false)
            .with_writer(log)
            .event_format(format)
            .boxed()
    },
    |log| compact(log, false),
    |log| compact(log, true),
    |log| {
        let format = LogFormat::json().timer(Noon);
        fmt::layer().json().with_writer(log).event_format(format).boxed()
    },
    |log| {
        let format = LogFormat::json().timer(Noon);
        let format = format.map(|format| format.flatten_event(true).with_span_list(false).with_thread_names(true));
        fmt::layer().json().with_writer(log).event_format(format).boxed()
    },
    |log| {
        let format = LogFormat::json().timer(Noon);
        let format = format.map(|format| format.with_current_span(false).with_thread_ids(true));
        fmt::layer().json().with_writer(log).event_format(format).boxed()
    },
];

fn compact(log: Log, is_ansi: bool) -> Box<dyn Layer<Registry> + Send + Sync> {
    let format = LogFormat::compact().timer(Noon);
    let layer = fmt::layer().compact().with_ansi(is_ansi).with_writer(log);
    layer.event_format(format).boxed()
}

impl Program {
    pub(super) fn new(format: Format) -> Self {
        let (log, opened) = (Log::default(), Opened::default());
        let layers = format(log.clone()).and_then(opened.clone());
        let provider = otel::provider(composed::builder());
        let registry = tracing_subscriber::registry().with(layers).with(otel::layer(&provider));
        let dispatch = Dispatch::new(SpanSubscriber::new(registry));
        Self { log, opened, dispatch }
    }

    /// Runs the code with this subscriber.
    pub(super) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        dispatcher::with_default(&self.dispatch, work)
    }

    /// Logs the same before and after the promotion of so many spans.
    #[track_caller]
    fn promotes(&self, count: usize, log: impl Fn()) -> Vec<String> {
        let opened = self.opened.count();
        log();
        let before = self.log.take();
        assert_eq!(self.opened.count(), opened, "a line promotes nothing");
        drop(tracing::Span::current());
        assert_eq!(self.opened.count(), opened + count);
        log();
        assert_eq!(self.log.take(), before);
        before
    }
}

pub(super) fn in_each_format(test: impl Fn(Program)) {
    FORMATS.into_iter().map(Program::new).for_each(test);
}

/// Alone, as the next ones: with another subscriber in the process, spans are promoted at their start.
#[test]
fn promotion_changes_no_line() {
    process::alone(|| {
        in_each_format(|program| {
            let task = Task::default();
            let [line] = &program.run(|| {
                orchestrate(&task, || {
                    execute(&task, &task.step(), || {
                        handle(|| program.promotes(3, || tracing::info!(amount = 7, "charging {}", "step.execution")))
                    })
                })
            })[..] else {
                panic!("one line")
            };
            assert!(line.contains("trace_id"), "{line}");
            let names = ["task.orchestration", "step.execution", "handler.execution"];
            let is_shown = |name: &&str| line.contains(*name);
            assert!(line.starts_with('{') || names.iter().all(is_shown), "{line}");
        });
    });
}

#[test]
fn promotion_changes_no_line_between_spans_of_other_code() {
    process::alone(|| {
        in_each_format(|program| {
            let task = Task::default();
            program.run(|| {
                // The name of other code's span is that of a span of ours.
                let _outer = tracing::info_span!("step.execution", depth = 1).entered();
                orchestrate(&task, || {
                    program.promotes(1, || tracing::info!("in the driver"));
                    let _inner = tracing::info_span!("inner", depth = 2).entered();
                    execute(&task, &task.step(), || {
                        program.promotes(1, || tracing::info!("in the step"));
                        let _innermost = tracing::info_span!("innermost").entered();
                        program.promotes(0, || tracing::info!("in the span"));
                    });
                });
            });
        });
    });
}

#[test]
fn promotion_changes_no_line_of_an_event_with_an_explicit_parent() {
    process::alone(|| {
        in_each_format(|program| {
            let task = Task::default();
            let lines = program.run(|| {
                let other = tracing::info_span!("elsewhere", depth = 1);
                execute(&task, &task.step(), || {
                    program.promotes(1, || {
                        tracing::info!(parent: &other, "there");
                        tracing::info!(parent: None, "nowhere");
                    })
                })
            });
            for line in &lines {
                assert!(!line.contains("trace_id") && !line.contains("step.execution"), "{line}");
            }
            assert!(
                lines[0].contains("elsewhere") && !lines[1].contains("elsewhere"),
                "{lines:?}"
            );
        });
    });
}

#[test]
fn promotion_changes_no_line_of_carried_work() {
    process::alone(|| {
        in_each_format(|program| {
            let program = &program;
            let task = Task::default();
            let (send, receive) = mpsc::channel::<()>();
            let (answer, answered) = mpsc::channel::<()>();
            let lines = program.run(|| {
                orchestrate(&task, || {
                    execute(&task, &task.step(), || {
                        let work = in_current_scope(move || {
                            // The thread knows the step alone, whose task is elsewhere.
                            let before = program.promotes(1, || tracing::info!("carried"));
                            answer.send(()).unwrap();
                            receive.recv().unwrap();
                            tracing::info!("carried");
                            assert_eq!(program.log.take(), before);
                            before
                        });
                        thread::scope(|threads| {
                            let name = thread::Builder::new().name("carried".to_owned());
                            let thread = name.spawn_scoped(threads, || program.run(work)).unwrap();
                            answered.recv().unwrap();
                            let opened = program.opened.count();
                            drop(tracing::Span::current());
                            assert_eq!(program.opened.count(), opened + 1, "the task's");
                            send.send(()).unwrap();
                            thread.join().unwrap()
                        })
                    })
                })
            });
            let line = &lines[0];
            let (driver, step) = (line.find("task.orchestration"), line.rfind("step.execution"));
            assert!(step > driver || line.starts_with('{'), "{line}");
        });
    });
}
