//! Lines that are logged inside of spans of this crate, in the formats of a program.

mod by_sampling;
mod console;
mod ended;
mod promoted;
mod records;

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tasker_span_runtime::LogFormat;
use tasker_span_tests::prelude::*;
use tracing_subscriber::fmt::format::{Format, Full};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, MakeWriter, format};
use tracing_subscriber::{Layer, Registry};

/// The target of the lines here.
const HERE: &str = module_path!();

/// The output of a layer.
#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(text)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    /// Removes the lines so far.
    fn take(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    fn line(&self) -> String {
        let lines = self.take();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        lines.into_iter().next().unwrap()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }
}

/// A clock that stands still.
#[derive(Clone, Copy, Debug, Default)]
struct Noon;

impl FormatTime for Noon {
    fn format_time(&self, w: &mut format::Writer<'_>) -> std::fmt::Result {
        w.write_str("12:00")
    }
}

type Text = Format<Full, ()>;

fn text() -> LogFormat<Full, Noon> {
    LogFormat::full().timer(Noon)
}

/// A capture with a layer that logs.
fn logging<L: Layer<Registry> + Send + Sync>(sampling: Sampling, layer: impl FnOnce(Log) -> L) -> (Log, Capture) {
    let log = Log::default();
    let layer = layer(log.clone());
    (log, Capture::builder().sampling(sampling).layer(layer).start())
}

/// Logs in `fmt`'s own format, with changes.
fn full(sampling: Sampling, change: impl FnOnce(Text) -> Text) -> (Log, Capture) {
    logging(sampling, |log| {
        let layer = fmt::layer().with_ansi(false).with_writer(log);
        layer.event_format(text().map(change))
    })
}

fn no_steps() -> Sampling {
    Sampling::new().step_rate(0.0)
}

/// The ids behind the time of a line that is logged here.
fn ids() -> String {
    let current = TraceContext::current();
    format!(
        "trace_id={} span_id={}",
        current.trace_id().unwrap(),
        current.span_id().unwrap()
    )
}

fn shown(task: &Task, step: &Step) -> String {
    let max_attempts = step.max_attempts.unwrap();
    let attempts = format!(" attempt_number={} max_attempts={max_attempts}", step.attempts);
    span("step.execution", task, step, &attempts)
}

fn span(name: &str, task: &Task, step: &Step, more: &str) -> String {
    format!(
        "{name}{{correlation_id={} task_uuid={} step_uuid={} namespace={} handler_name={}{more}}}",
        task.correlation_id, task.task_uuid, step.workflow_step_uuid, task.namespace_name, step.handler,
    )
}

#[test]
fn a_line_in_an_unsampled_step_looks_as_in_a_sampled_one() {
    let task = Task::default();
    let step = task.step();
    let [sampled, unsampled] = [Sampling::new(), no_steps()].map(|sampling| {
        let (log, _capture) = full(sampling, |format| format);
        execute(&task, &step, || tracing::info!(amount = 7, "charging"));
        log.line()
    });
    assert_eq!(unsampled, sampled);
    let (trace_id, span_id) = (task.trace_id(), step.execution_id());
    let span = shown(&task, &step);
    let expected = format!("12:00 trace_id={trace_id} span_id={span_id}  INFO {span}: {HERE}: charging amount=7");
    assert_eq!(unsampled, expected);
}

#[test]
fn the_ids_are_those_of_the_trace_context() {
    let (log, _capture) = full(no_steps(), |format| format);
    let task = Task::default();
    orchestrate(&task, || {
        tracing::info!("in the driver");
        let driver = log.line();
        assert!(
            driver.starts_with(&format!("12:00 {}  INFO task.orchestration{{", ids())),
            "{driver}"
        );
        execute(&task, &task.step(), || {
            let outer = ids();
            tracing::info!("in the step");
            let line = log.line();
            assert!(line.starts_with(&format!("12:00 {outer} ")), "{line}");
            handle(|| {
                assert_ne!(ids(), outer);
                tracing::info!("in the handler");
                let line = log.line();
                assert!(line.starts_with(&format!("12:00 {} ", ids())), "{line}");
            });
        });
        tracing::info!("in the driver");
        assert_eq!(log.line(), driver);
    });
}

#[test]
fn unsampled_spans_follow_the_sampled_ones_that_enclose_them() {
    let (log, _capture) = full(no_steps(), |format| format);
    let task = Task::default();
    let step = task.step();
    orchestrate(&task, || execute(&task, &step, || handle(|| tracing::warn!("careful"))));
    let line = log.line();
    assert!(line.contains(" WARN task.orchestration{"), "{line}");
    let handler = span("handler.execution", &task, &step, "");
    let end = format!("}}:{}:{handler}: {HERE}: careful", shown(&task, &step));
    assert!(line.ends_with(&end), "{line}");
}

#[test]
fn spans_of_other_code_are_between_the_unsampled_ones() {
    let (log, _capture) = full(no_steps(), |format| format);
    let task = Task::default();
    let step = task.step();
    execute(&task, &step, || {
        let _other = tracing::info_span!("other", depth = 1).entered();
        handle(|| tracing::info!("inside"));
    });
    let handler = span("handler.execution", &task, &step, "");
    let end = format!(
        "INFO {}:other{{depth=1}}:{handler}: {HERE}: inside",
        shown(&task, &step)
    );
    let line = log.line();
    assert!(line.ends_with(&end), "{line}");
}

#[tokio::test]
async fn unsampled_spans_go_along_with_futures_and_threads() {
    let (log, capture) = full(no_steps(), |format| format);
    let task = Task::default();
    let step = task.step();
    let expected = format!("{}: {HERE}: later", shown(&task, &step));
    execute_async(&task, &step, async {
        tokio::task::yield_now().await;
        tracing::info!("later");
        assert!(log.line().ends_with(&expected));
        let spawned = async { tracing::info!("later") }.in_current_scope();
        tokio::spawn(capture.run_async(spawned)).await.unwrap();
        assert!(log.line().ends_with(&expected));
        let work = in_current_scope(|| tracing::info!("later"));
        std::thread::scope(|threads| {
            threads.spawn(|| capture.run(work));
        });
        assert!(log.line().ends_with(&expected));
    })
    .await;
    tracing::info!("outside");
    assert_eq!(log.line(), format!("12:00  INFO {HERE}: outside"));
}

#[test]
fn unsampled_spans_have_their_position_in_every_format() {
    let task = Task::default();
    let step = task.step();
    let shown = shown(&task, &step);
    let run = |is_driven: bool, change: fn(Text) -> Text| {
        let (log, _capture) = full(no_steps(), change);
        // The message and a field have the letters of the landmarks.
        let work = || {
            execute(&task, &step, || {
                tracing::info!(target_too = HERE, "task.orchestration: INFO {HERE}: {}", 1);
            });
        };
        if is_driven {
            orchestrate(&task, work);
        } else {
            work();
        }
        log.line()
    };
    let message = format!("task.orchestration: INFO {HERE}: 1 target_too=\"{HERE}\"");
    for (line, end) in [
        (
            run(false, |format| format.with_target(false)),
            format!("  INFO {shown}: {message}"),
        ),
        (
            run(true, |format| format.with_target(false)),
            format!("priority=3}}:{shown}: {message}"),
        ),
        (
            run(true, |format| format.with_level(false)),
            format!("priority=3}}:{shown}: {HERE}: {message}"),
        ),
    ] {
        assert!(line.ends_with(&end), "{line}\n{end}");
    }
    let with_line = run(false, |format| format.with_file(true).with_line_number(true));
    let location = format!("INFO {shown}: {HERE}: {}:", file!());
    assert!(with_line.contains(&location), "{with_line}");
    let with_thread = run(false, |format| format.with_thread_names(true));
    assert!(with_thread.contains(&format!(" {shown}: {HERE}: ")), "{with_thread}");
    let thread = format!(" INFO {}", std::thread::current().name().unwrap());
    assert!(with_thread.contains(&thread), "{with_thread}");
}

#[test]
fn a_line_changes_nothing_of_what_is_exported_later() {
    let (log, capture) = full(no_steps(), |format| format);
    let task = Task::default();
    let step = task.step();
    enqueue(&task, || {
        let outer = tracing::Span::current();
        let work = || {
            // Only `tracing` knows here which span encloses the step.
            let _outer = outer.enter();
            execute(&task, &step, || {
                tracing::info!("about to fail");
                handle(|| panic!("failed"));
            });
        };
        std::thread::scope(|threads| {
            let thread = threads.spawn(|| capture.run(work));
            assert!(thread.join().is_err());
        });
    });
    assert!(log.line().contains(&shown(&task, &step)));
    let spans = capture.spans();
    let [transition, execution] = ["task.state_transition", "step.execution"].map(|name| spans.named(name).one());
    assert_eq!(execution.parent_span_id(), Some(transition.span_id()));
}

#[test]
fn an_event_with_an_explicit_parent_stays_there() {
    let (log, _capture) = full(no_steps(), |format| format);
    let task = Task::default();
    let other = tracing::info_span!("elsewhere");
    execute(&task, &task.step(), || {
        tracing::info!(parent: &other, "there");
        tracing::info!(parent: None, "nowhere");
    });
    let lines = log.take();
    assert!(!lines.iter().any(|line| line.contains("trace_id=")), "{lines:?}");
    assert!(
        lines[0].ends_with(&format!("INFO elsewhere: {HERE}: there")),
        "{lines:?}"
    );
    assert!(lines[1].ends_with(&format!("INFO {HERE}: nowhere")), "{lines:?}");
}

#[test]
fn a_sampled_step_inside_an_unsampled_one_follows_it_with_its_own_ids() {
    let (task, inner) = (Task::default(), Task::of("sampled"));
    let (step, inner_step) = (task.step(), inner.step());
    let run = |format: LogFormat<Full, Noon>| {
        let (log, _capture) = logging(no_steps().namespace_rate("sampled", 1.0), |log| {
            fmt::layer().with_ansi(false).with_writer(log).event_format(format)
        });
        execute(&task, &step, || {
            execute(&inner, &inner_step, || tracing::info!("inside"));
        });
        log.line()
    };
    let ids = format!("trace_id={} span_id={}", inner.trace_id(), inner_step.execution_id());
    let (outside, inside) = (shown(&task, &step), shown(&inner, &inner_step));
    assert_eq!(
        run(text()),
        format!("12:00 {ids}  INFO {outside}:{inside}: {HERE}: inside")
    );
    assert_eq!(
        run(text().sampled_only()),
        format!("12:00 {ids}  INFO {inside}: {HERE}: inside")
    );
}

#[test]
fn compact_lines_have_the_attributes_at_their_end() {
    let (log, _capture) = logging(no_steps(), |log| {
        let layer = fmt::layer().compact().with_ansi(false).with_writer(log);
        layer.event_format(LogFormat::compact().timer(Noon))
    });
    let task = Task::default();
    let step = task.step();
    orchestrate(&task, || execute(&task, &step, || tracing::info!("charging")));
    let line = log.line();
    let begin = format!(" INFO task.orchestration:step.execution: {HERE}: charging correlation_id=");
    assert!(line.contains(&begin), "{line}");
    let shown = shown(&task, &step);
    let fields = &shown["step.execution{".len()..shown.len() - 1];
    assert!(line.ends_with(&format!(" {fields}")), "{line}");
}

#[test]
fn colours_are_those_of_sampled_spans() {
    let task = Task::default();
    let step = task.step();
    let [sampled, unsampled] = [Sampling::new(), no_steps()].map(|sampling| {
        let (log, _capture) = logging(sampling, |log| {
            let layer = fmt::layer().with_ansi(true).with_writer(log);
            layer.event_format(text())
        });
        orchestrate(&task, || execute(&task, &step, || tracing::info!("charging")));
        log.line()
    });
    assert!(
        sampled.contains("\x1b[1mstep.execution\x1b[0m\x1b[1m{\x1b[0m\x1b[3m"),
        "{sampled}"
    );
    assert_eq!(unsampled, sampled);
}

#[test]
fn json_has_them_among_the_spans() {
    let (log, _capture) = logging(no_steps(), |log| {
        let format = LogFormat::json().timer(Noon);
        fmt::layer().json().with_writer(log).event_format(format)
    });
    let names = |line: &Value| {
        let spans = line["spans"].as_array().unwrap().iter();
        spans
            .map(|span| span["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let task = Task::default();
    let step = task.step();
    orchestrate(&task, || {
        execute(&task, &step, || {
            handle(|| tracing::info!(quote = "\"},{\\", "charging"));
            let line = log.json();
            assert_eq!(
                names(&line),
                ["task.orchestration", "step.execution", "handler.execution"]
            );
            assert_eq!(line["span"], line["spans"][2]);
            assert_eq!(line["span"]["correlation_id"], task.correlation_id.to_string());
            assert_eq!(line["spans"][1]["step_uuid"], step.workflow_step_uuid.to_string());
            assert_eq!(line["spans"][1]["attempt_number"], 1);
            assert_eq!(line["fields"]["quote"], "\"},{\\");
            assert_eq!(line["timestamp"], "12:00");

            tracing::info!("here");
            let line = log.json();
            let [trace_id, span_id] = ["trace_id", "span_id"].map(|key| line[key].as_str().unwrap());
            assert_eq!(format!("trace_id={trace_id} span_id={span_id}"), ids());
        });
        tracing::info!("in the driver");
        let line = log.json();
        assert_eq!(line["trace_id"], task.trace_id().to_string());
        assert_eq!(line["span"]["name"], "task.orchestration");
    });
    execute(&task, &step, || tracing::info!("alone"));
    let line = log.json();
    assert_eq!(line["span"]["name"], "step.execution");
    assert_eq!(names(&line), ["step.execution"]);
    tracing::info!("outside");
    let line = log.json();
    assert_eq!(line.get("trace_id").or(line.get("span")), None);
}
