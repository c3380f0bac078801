//! Lines that are logged inside of dropped scopes, as the console and formats of a program's own show them.

use std::io;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{
    FutureExt, LogIds, LogScopes, Sampling, Telemetry, TraceContext, identity, in_current_scope, step_span, task_span,
};
use tasker_span_tests::fixture::{Step, Task};
use tracing_subscriber::fmt::format::{Format, Full};
use tracing_subscriber::fmt::time::FormatTime;
use tracing_subscriber::fmt::{self, MakeWriter, format};
use tracing_subscriber::{Layer, Registry};

#[task_span("task.orchestration")]
fn drive<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[task_span("task.state_transition", from = from, to = to)]
fn transition<R>(task: &Task, from: &str, to: &str, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
async fn execute_later<F: Future>(task: &Task, step: &Step, work: F) -> F::Output {
    work.await
}

#[step_span("handler.execution", inherit)]
fn handle<R>(work: impl FnOnce() -> R) -> R {
    work()
}

#[tracing::instrument(skip_all)]
fn helper(work: impl FnOnce()) {
    work();
}

/// Where a layer writes.
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
    /// The lines so far, which then are forgotten.
    fn take(&self) -> Vec<String> {
        let text = std::mem::take(&mut *self.0.lock().unwrap());
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    fn line(&self) -> String {
        let lines = self.take();
        assert_eq!(lines.len(), 1, "{lines:#?}");
        lines.into_iter().next().unwrap()
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

type Text = Format<Full, LogIds<Noon>>;

fn formatted() -> Text {
    fmt::format().with_timer(LogIds::new(Noon))
}

fn capture(sampling: Sampling, layer: impl Layer<Registry> + Send + Sync) -> Capture {
    Capture::builder().sampling(sampling).layer(layer).start()
}

/// A layer in `fmt`'s own format, and a capture that drops every step.
fn full(format: impl FnOnce(Text) -> Text) -> (Log, Capture) {
    let log = Log::default();
    let layer = fmt::layer()
        .with_ansi(false)
        .with_writer(log.clone())
        .event_format(LogScopes::full(format(formatted())));
    (log, capture(Sampling::new().step_rate(0.0), layer))
}

fn json() -> (Log, Capture) {
    let log = Log::default();
    let format = LogScopes::json(fmt::format().json().with_timer(Noon));
    let layer = fmt::layer().json().with_writer(log.clone()).event_format(format);
    (log, capture(Sampling::new().step_rate(0.0), layer))
}

/// What stands behind the time for the running code.
fn ids() -> String {
    let traceparent = TraceContext::current().traceparent().unwrap();
    let ids: Vec<_> = traceparent.split('-').collect();
    format!("trace_id={} span_id={}", ids[1], ids[2])
}

fn shown(task: &Task, step: &Step) -> String {
    let max_attempts = step.max_attempts.unwrap();
    let attempts = format!(" attempt_number={} max_attempts={max_attempts}", step.attempts);
    scope("step.execution", task, step, &attempts)
}

fn scope(name: &str, task: &Task, step: &Step, more: &str) -> String {
    format!(
        "{name}{{correlation_id=\"{}\" task_uuid=\"{}\" step_uuid=\"{}\" namespace=\"{}\" handler_name=\"{}\"{more}}}",
        task.correlation_id, task.task_uuid, step.workflow_step_uuid, task.namespace_name, step.handler,
    )
}

#[test]
fn a_line_in_a_dropped_step_looks_as_in_a_kept_one() {
    let log = Log::default();
    let task = Task::default();
    let step = task.step();
    let run = || {
        execute(&task, &step, || tracing::info!(amount = 7, "charging"));
        log.line()
    };
    let layer = || {
        let format = LogScopes::full(formatted());
        fmt::layer()
            .with_writer(log.clone())
            .with_ansi(false)
            .event_format(format)
    };
    let kept = {
        let _capture = capture(Sampling::new(), layer());
        run()
    };
    let _capture = capture(Sampling::new().step_rate(0.0), layer());
    let dropped = run();
    // The kind is no attribute of the catalogue.
    assert_eq!(dropped, kept.replace(" otel.kind=\"consumer\"", ""));
    let trace_id = identity::trace_id(task.task_uuid);
    let span_id = identity::execution_span_id(step.workflow_step_uuid, 1);
    let expected = format!(
        "12:00 trace_id={trace_id} span_id={span_id}  INFO {}: console_dropped: charging amount=7",
        shown(&task, &step)
    );
    assert_eq!(dropped, expected);
}

#[test]
fn the_ids_are_those_that_messages_carry() {
    let (log, _capture) = full(|format| format);
    let task = Task::default();
    drive(&task, || {
        tracing::info!("around");
        let kept = log.line();
        assert!(
            kept.starts_with(&format!("12:00 {}  INFO task.orchestration{{", ids())),
            "{kept}"
        );
        execute(&task, &task.step(), || {
            let outer = ids();
            tracing::info!("inside");
            let line = log.line();
            assert!(line.starts_with(&format!("12:00 {outer} ")), "{line}");
            handle(|| {
                assert_ne!(ids(), outer);
                tracing::info!("in the handler");
                let line = log.line();
                assert!(line.starts_with(&format!("12:00 {} ", ids())), "{line}");
            });
        });
        tracing::info!("around");
        assert_eq!(log.line(), kept);
    });
}

#[test]
fn scopes_stand_behind_the_spans_around_them() {
    let (log, _capture) = full(|format| format);
    let task = Task::default();
    let step = task.step();
    drive(&task, || {
        execute(&task, &step, || handle(|| tracing::warn!("careful")));
    });
    let line = log.line();
    let (_, spans) = line.split_once(" WARN ").unwrap();
    let names: Vec<_> = spans.split('{').map(|part| part.rsplit(':').next().unwrap()).collect();
    assert_eq!(
        names[..3],
        ["task.orchestration", "step.execution", "handler.execution"]
    );
    let handler = scope("handler.execution", &task, &step, "");
    let handler = format!(":{}:{handler}: console_dropped: careful", shown(&task, &step));
    assert!(line.ends_with(&handler), "{line}");
}

#[tokio::test]
async fn scopes_go_along_with_futures_and_threads() {
    let (log, capture) = full(|format| format);
    let task = Task::default();
    let step = task.step();
    let expected = format!("{}: console_dropped: later", shown(&task, &step));
    execute_later(&task, &step, async {
        tokio::task::yield_now().await;
        tracing::info!("later");
        assert!(log.line().ends_with(&expected));
        let spawned = async { tracing::info!("later") }.in_current_scope();
        tokio::spawn(capture.instrument(spawned)).await.unwrap();
        assert!(log.line().ends_with(&expected));
        let work = in_current_scope(|| tracing::info!("later"));
        std::thread::scope(|threads| {
            threads.spawn(|| capture.run(work));
        });
        assert!(log.line().ends_with(&expected));
    })
    .await;
    tracing::info!("outside");
    assert_eq!(log.line(), "12:00  INFO console_dropped: outside");
}

#[test]
fn whatever_the_format_shows_the_scopes_have_their_place() {
    let task = Task::default();
    let step = task.step();
    let shown = shown(&task, &step);
    let run = |drive_too: bool, format: fn(Text) -> Text| {
        let (log, _capture) = full(format);
        // The message and a field have the letters of the landmarks.
        let work = || {
            execute(&task, &step, || {
                tracing::info!(
                    target_too = "console_dropped",
                    "task.orchestration: INFO console_dropped: {}",
                    1
                );
            });
        };
        if drive_too {
            drive(&task, work);
        } else {
            work();
        }
        log.line()
    };
    let message = "task.orchestration: INFO console_dropped: 1 target_too=\"console_dropped\"";
    let ends = |line: String, end: &str| assert!(line.ends_with(end), "{line}\n{end}");
    ends(
        run(false, |format| format.with_target(false)),
        &format!("  INFO {shown}: {message}"),
    );
    ends(
        run(true, |format| format.with_target(false)),
        &format!("priority=3}}:{shown}: {message}"),
    );
    ends(
        run(true, |format| format.with_level(false)),
        &format!("priority=3}}:{shown}: console_dropped: {message}"),
    );
    let with_line = run(false, |format| format.with_file(true).with_line_number(true));
    assert!(
        with_line.contains(&format!(
            "INFO {shown}: console_dropped: tests/tests/console_dropped.rs:"
        )),
        "{with_line}"
    );
    let with_thread = run(false, |format| format.with_thread_names(true));
    assert!(
        with_thread.contains(&format!(" {shown}: console_dropped: ")),
        "{with_thread}"
    );
    assert!(with_thread.contains(" INFO whatever_the_format"), "{with_thread}");
}

#[test]
fn a_line_changes_nothing_of_what_is_exported_later() {
    let (log, capture) = full(|format| format);
    let task = Task::default();
    let step = task.step();
    transition(&task, "enqueuing_steps", "steps_in_process", || {
        let around = tracing::Span::current();
        let work = || {
            // Only `tracing` knows here what is around.
            let _around = around.enter();
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
    let [transition, execution] =
        ["task.state_transition", "step.execution"].map(|name| spans.named(name).one().clone());
    assert_eq!(execution.parent_span_id(), Some(transition.span_id()));
}

#[test]
fn an_event_under_a_span_of_its_own_stays_there() {
    let (log, _capture) = full(|format| format);
    let task = Task::default();
    let other = tracing::info_span!("elsewhere");
    execute(&task, &task.step(), || {
        tracing::info!(parent: &other, "there");
        tracing::info!(parent: None, "nowhere");
    });
    let lines = log.take();
    assert!(
        lines[0].ends_with("INFO elsewhere: console_dropped: there"),
        "{lines:?}"
    );
    assert!(lines[1].ends_with("INFO console_dropped: nowhere"), "{lines:?}");
}

#[test]
fn a_step_that_is_kept_inside_of_a_dropped_one_speaks_for_itself() {
    let log = Log::default();
    let layer = fmt::layer()
        .with_ansi(false)
        .with_writer(log.clone())
        .event_format(LogScopes::full(formatted()));
    let _capture = capture(Sampling::new().step_rate(0.0).namespace_rate("kept", 1.0), layer);
    let (task, mut inner) = (Task::default(), Task::default());
    inner.namespace_name = "kept".to_owned();
    execute(&task, &task.step(), || {
        execute(&inner, &inner.step(), || tracing::info!("inside"));
    });
    let line = log.line();
    assert!(line.contains(&inner.task_uuid.to_string()), "{line}");
    assert!(!line.contains(&task.task_uuid.to_string()), "{line}");
    assert!(
        line.contains(&identity::trace_id(inner.task_uuid).to_string()),
        "{line}"
    );
}

#[test]
fn compact_lines_have_the_attributes_at_their_end() {
    let log = Log::default();
    let format = LogScopes::compact(formatted().compact());
    let layer = fmt::layer()
        .compact()
        .with_ansi(false)
        .with_writer(log.clone())
        .event_format(format);
    let _capture = capture(Sampling::new().step_rate(0.0), layer);
    let task = Task::default();
    let step = task.step();
    drive(&task, || execute(&task, &step, || tracing::info!("charging")));
    let line = log.line();
    assert!(
        line.contains(" INFO task.orchestration:step.execution: console_dropped: charging correlation_id="),
        "{line}"
    );
    let shown = shown(&task, &step);
    let fields = &shown["step.execution{".len()..shown.len() - 1];
    assert!(line.ends_with(&format!(" {fields}")), "{line}");
}

#[test]
fn colours_are_those_of_spans() {
    let task = Task::default();
    let step = task.step();
    let run = |sampling| {
        let log = Log::default();
        let layer = fmt::layer().with_ansi(true).with_writer(log.clone());
        let _capture = capture(sampling, layer.event_format(LogScopes::full(formatted())));
        drive(&task, || execute(&task, &step, || tracing::info!("charging")));
        log.line()
    };
    let [kept, dropped] = [Sampling::new(), Sampling::new().step_rate(0.0)].map(run);
    let kind = "otel.kind";
    let start = kept.find(kind).unwrap_or_else(|| panic!("{kept}"));
    let start = kept[..start].rfind(' ').unwrap();
    let end = start + kept[start..].find("\x1b[1m}").unwrap();
    assert_eq!(dropped, format!("{}{}", &kept[..start], &kept[end..]));
}

#[test]
fn json_has_the_scopes_among_the_spans() {
    let (log, _capture) = json();
    let task = Task::default();
    let step = task.step();
    drive(&task, || {
        execute(&task, &step, || {
            handle(|| tracing::info!(quote = "\"},{\\", "charging"));
            let line: Value = serde_json::from_str(&log.line()).unwrap();
            let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
            let names: Vec<_> = line["spans"].as_array().unwrap().iter().map(name).collect();
            assert_eq!(names, ["task.orchestration", "step.execution", "handler.execution"]);
            assert_eq!(line["span"], line["spans"][2]);
            assert_eq!(line["span"]["correlation_id"], task.correlation_id.to_string());
            assert_eq!(line["spans"][1]["step_uuid"], step.workflow_step_uuid.to_string());
            assert_eq!(line["spans"][1]["attempt_number"], 1);
            assert_eq!(line["fields"]["quote"], "\"},{\\");
            assert_eq!(line["timestamp"], "12:00");

            tracing::info!("here");
            let line: Value = serde_json::from_str(&log.line()).unwrap();
            let [trace_id, span_id] = ["trace_id", "span_id"].map(|key| line[key].as_str().unwrap());
            assert_eq!(format!("trace_id={trace_id} span_id={span_id}"), ids());
        });
        tracing::info!("around");
        let line: Value = serde_json::from_str(&log.line()).unwrap();
        assert_eq!(line["trace_id"], identity::trace_id(task.task_uuid).to_string());
        assert_eq!(line["span"]["name"], "task.orchestration");
    });
    execute(&task, &step, || tracing::info!("alone"));
    let line: Value = serde_json::from_str(&log.line()).unwrap();
    assert_eq!(line["span"]["name"], "step.execution");
    assert_eq!(line["spans"].as_array().unwrap().len(), 1);
    tracing::info!("outside");
    let line: Value = serde_json::from_str(&log.line()).unwrap();
    assert_eq!(line.get("trace_id").or(line.get("span")), None);
}

/// The program whose console the test below reads.
#[test]
#[ignore = "run by another test, in a process of its own"]
fn program() {
    let telemetry = Telemetry::builder()
        .sampling(Sampling::new().step_rate(0.0))
        .console_only();
    let telemetry = match std::env::var_os("LOG_DROPPED") {
        Some(_) => telemetry.log_sampled_only(),
        None => telemetry,
    };
    let telemetry = telemetry.install().unwrap();
    let task = Task::default();
    drive(&task, || {
        execute(&task, &task.step(), || {
            tracing::info!("IDS={}", ids());
            helper(|| tracing::info!("helped"));
        });
    });
    drop(telemetry);
}

fn console(variables: &[(&str, &str)]) -> Vec<String> {
    let mut program = Command::new(std::env::current_exe().unwrap());
    program.args(["--exact", "program", "--ignored", "--nocapture"]);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("OTEL_") || name == "RUST_LOG") {
        program.env_remove(name);
    }
    let output = program.envs(variables.iter().copied()).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{log}");
    let lines = log.lines().filter(|line| line.contains(" INFO "));
    lines.map(str::to_owned).collect()
}

#[test]
fn the_console_of_a_program_shows_dropped_scopes() {
    let lines = console(&[]);
    let [inside, helped] = &lines[..] else {
        panic!("{lines:#?}")
    };
    let (_, ids) = inside.split_once("IDS=").unwrap();
    for line in [inside, helped] {
        assert!(line.contains(&format!("Z {ids}  INFO task.orchestration{{")), "{line}");
    }
    assert!(inside.contains("}:step.execution{correlation_id="), "{inside}");
    assert!(inside.contains("}: console_dropped: IDS="), "{inside}");
    // What the step calls stands inside of it.
    assert!(helped.contains("}:step.execution{correlation_id="), "{helped}");
    assert!(helped.contains("}:helper"), "{helped}");
}

#[test]
fn the_console_leaves_dropped_scopes_out_if_asked() {
    for line in console(&[("LOG_DROPPED", "no")]) {
        assert!(
            !line.contains("step.execution{") && line.contains("task.orchestration{"),
            "{line}"
        );
        assert!(!line.split(" INFO ").next().unwrap().contains("trace_id="), "{line}");
    }
}
