//! Lines of work that outlives the spans that it was started in.

use std::pin::Pin;
use std::sync::mpsc;

use serde_json::Value;
use tasker_span_runtime::Telemetry;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::{Instrument, Span, info_span, instrument};
use tracing_subscriber::{Layer, fmt};

use super::promoted::{Program, in_each_format};
use super::{HERE, full, no_steps, shown, span, text};

/// Work that starts in a handler and logs later, e.g. as a spawned task.
type Started = Pin<Box<dyn Future<Output = ()>>>;

fn log() -> Started {
    Box::pin(async { tracing::info!("later") })
}

#[instrument]
fn other() {
    tracing::info!("later");
}

/// A way to start work, and the spans that its line shows inside of the step's and the handler's.
type Way = (fn() -> Started, &'static [&'static str]);

const WAYS: [Way; 9] = [
    (|| Box::pin(log().in_current_span()), &[]),
    (|| Box::pin(log().in_current_scope()), &[]),
    (|| Box::pin(log().instrument(info_span!("other"))), &["other"]),
    (
        || {
            let handler = Span::current();
            Box::pin(async move { handler.in_scope(|| info_span!("other").in_scope(|| tracing::info!("later"))) })
        },
        &["other"],
    ),
    (|| Box::pin(async { other() }.in_current_scope()), &["other"]),
    (|| Box::pin(async { other() }.in_current_span()), &["other"]),
    // The handler is entered twice, and promoted again after its end.
    (
        || Box::pin(async { other() }.in_current_scope().in_current_span()),
        &["other"],
    ),
    (
        || Box::pin(async { submit(|| tracing::info!("later")) }.in_current_scope()),
        &["result.submission"],
    ),
    (
        || Box::pin(async { submit(other) }.in_current_span()),
        &["result.submission", "other"],
    ),
];

/// Starts the work in a handler. Both spans have ended when it runs.
fn run(task: &Task, step: &Step, start: fn() -> Started) {
    finish(execute(task, step, || handle(start)));
}

/// The names of the spans of a line.
fn names(line: &str) -> Vec<&str> {
    let (_, spans) = line.split_once(" INFO ").unwrap();
    let (spans, _) = spans.rsplit_once(HERE).unwrap();
    let mut depth = 0;
    let outside = spans.split(move |letter| {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        matches!(letter, '{' | ':') || depth > 0
    });
    outside.filter(|name| !matches!(*name, "" | "}" | " ")).collect()
}

#[test]
fn spans_that_have_ended_are_shown_once_and_outermost_first() {
    let (log, _capture) = full(Sampling::new(), |format| format);
    let task = Task::default();
    for (index, (start, inside)) in WAYS.into_iter().enumerate() {
        run(&task, &task.step(), start);
        let expected = [&["step.execution", "handler.execution"], inside].concat();
        let line = log.line();
        assert_eq!(names(&line), expected, "{index}: {line}");
    }
}

/// Sets the process's rates.
fn sample(sampling: Sampling) -> Telemetry {
    Telemetry::builder().sampling(sampling).console_only().build().unwrap()
}

/// Alone: with another subscriber in the process, spans are promoted at their start.
#[test]
fn spans_that_have_ended_are_shown_once_in_each_format() {
    process::alone_each([Sampling::new(), no_steps()], |sampling| {
        let _telemetry = sample(sampling);
        in_each_format(|program| {
            let task = Task::default();
            for (index, (start, inside)) in WAYS.into_iter().enumerate() {
                program.run(|| run(&task, &task.step(), start));
                let expected = [&["step.execution", "handler.execution"], inside].concat();
                let line = program.log.line();
                let Ok(object) = serde_json::from_str::<Value>(&line) else {
                    let shown: Vec<_> = expected.iter().map(|name| line.match_indices(name)).collect();
                    let positions: Vec<_> = shown.into_iter().flatten().map(|(position, _)| position).collect();
                    assert!(positions.is_sorted(), "{index}: {line}");
                    assert_eq!(positions.len(), expected.len(), "{index}: {line}");
                    continue;
                };
                let name = |span: &Value| span["name"].as_str().unwrap().to_owned();
                if let Some(spans) = object["spans"].as_array() {
                    assert_eq!(spans.iter().map(name).collect::<Vec<_>>(), expected, "{index}: {line}");
                }
                if let Some(span) = object.get("span") {
                    assert_eq!(name(span), *expected.last().unwrap(), "{index}: {line}");
                }
            }
        });
    });
}

#[test]
fn the_attributes_of_ended_spans_stay() {
    let (log, _capture) = full(Sampling::new(), |format| format);
    let task = Task::default();
    let step = task.step();
    for (start, inside) in [WAYS[0], WAYS[1]] {
        run(&task, &step, start);
        assert!(inside.is_empty());
        let line = log.line();
        let handler = span("handler.execution", &task, &step, "");
        let end = format!("INFO {}:{handler}: {HERE}::ended: later", shown(&task, &step));
        assert!(line.ends_with(&end), "{line}\n{end}");
    }
}

#[test]
fn an_event_that_names_an_ended_span_shows_what_encloses_it() {
    let (log, _capture) = full(Sampling::new(), |format| format);
    let task = Task::default();
    let handler = execute(&task, &task.step(), || handle(Span::current));
    tracing::info!(parent: &handler, "there");
    let line = log.line();
    assert_eq!(names(&line), ["step.execution", "handler.execution"], "{line}");
    assert!(!line.contains("trace_id="), "{line}");
}

#[test]
fn ended_spans_that_are_not_sampled_are_left_out_if_asked() {
    process::alone(|| {
        let _telemetry = sample(no_steps());
        let program = Program::new(|log| {
            let layer = fmt::layer().with_ansi(false).with_writer(log);
            layer.event_format(text().sampled_only()).boxed()
        });
        let task = Task::default();
        for (index, (start, inside)) in WAYS.into_iter().enumerate() {
            program.run(|| run(&task, &task.step(), start));
            let line = program.log.line();
            let others = inside.iter().filter(|name| **name == "other").copied();
            assert_eq!(names(&line), others.collect::<Vec<_>>(), "{index}: {line}");
        }
    });
}

/// The two steps have the task's span in common.
#[test]
fn work_that_runs_in_other_work_shows_their_enclosing_spans_once() {
    process::alone(|| {
        in_each_format(|program| {
            let task = Task::default();
            program.run(|| {
                let work = orchestrate(&task, || {
                    let inner = execute(&task, &task.step(), || in_current_scope(|| tracing::info!("later")));
                    let outer = || {
                        drop(Span::current());
                        inner();
                    };
                    execute(&task, &task.step(), || in_current_scope(outer))
                });
                work();
            });
            let line = program.log.line();
            let count = |name| line.matches(name).count();
            if !line.starts_with('{') {
                assert_eq!([count("task.orchestration"), count("step.execution")], [1, 2], "{line}");
            }
        });
    });
}

/// Work that spawns its own successor: each turn's span has ended when the next one starts.
#[test]
fn a_line_shows_only_the_nearest_of_many_ended_spans() {
    fn turn(left: usize, next: mpsc::Sender<Started>) -> Started {
        let work = async move {
            handle(|| match left {
                0 => tracing::info!("later"),
                left => next.send(turn(left - 1, next.clone())).unwrap(),
            });
        };
        Box::pin(work.in_current_scope())
    }
    let (log, _capture) = full(Sampling::new(), |format| format);
    let task = Task::default();
    let (next, turns) = mpsc::channel();
    execute(&task, &task.step(), || next.send(turn(20, next.clone())).unwrap());
    turns.try_iter().for_each(finish);
    let line = log.line();
    assert_eq!(names(&line), ["handler.execution"; 9], "{line}");
}
