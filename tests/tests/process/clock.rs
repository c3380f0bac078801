//! A program whose system's clock is set while its spans run: an hour back, an hour ahead, to 1970
//! and before it, and by a century. The clock is the program's alone, by a preloaded library.

use std::collections::HashMap;
use std::env;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use opentelemetry_proto::tonic::trace::v1::Span;
use tasker_span_runtime::{Console, Sampling, Telemetry, step_span, task_span};
use tasker_span_tests::clock::{self, Clock};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;

use crate::DEADLINE;

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;
const JUMPS: usize = 5;
/// What a span takes before the clock is set, and after: less than the program sleeps in its
/// innermost spans.
const HALF: Duration = Duration::from_millis(5);
/// Less than the smallest jump, and more than any machine needs.
const AT_MOST: Duration = Duration::from_mins(10);

#[task_span("task.orchestration")]
fn drive(task: &Task, work: impl FnOnce()) -> Result<(), String> {
    work();
    Err("of the task".to_owned())
}

#[task_span("task.state_transition", from = "evaluating_results", to = to)]
fn transition(task: &Task, to: &str, work: impl FnOnce()) {
    work();
}

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: impl FnOnce()) -> Result<(), String> {
    work();
    Err("of the step".to_owned())
}

#[step_span("handler.execution", inherit)]
fn handle(work: impl FnOnce()) -> Result<(), String> {
    work();
    Err("of the handler".to_owned())
}

/// For each jump of the clock in `CLOCK_FILE`, a task with a driver around it, with a step that
/// ends before, one around, and one after; and a task without a driver, whose root is emitted after
/// the jump.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let file = env::var_os("CLOCK_FILE").unwrap();
    let set = |seconds| clock::set(Path::new(&file), seconds);
    let rate = env::var("TASK_RATE").unwrap().parse().unwrap();
    let builder = Telemetry::builder()
        .console(Console::Off)
        .sampling(Sampling::new().task_rate(rate));
    let telemetry = builder.install().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let to_1970 = -i64::try_from(now.as_secs()).unwrap();
    for jump in [-HOUR, HOUR, to_1970, to_1970 - HOUR, 100 * YEAR] {
        set(0);
        let (driven, task) = (Task::default(), Task::default());
        // Ids with a time in them are made before, while there is one.
        let [before, around, after] = [(); 3].map(|()| driven.step());
        let wait = |step| drop(execute(&driven, step, || drop(handle(|| sleep(HALF)))));
        let jumping = || {
            sleep(HALF);
            set(jump);
            sleep(HALF);
        };
        let returned = drive(&driven, || {
            wait(&before);
            drop(execute(&driven, &around, || drop(handle(jumping))));
            assert!(telemetry.flush(DEADLINE).is_ok());
            wait(&after);
        });
        assert!(returned.is_err(), "functions return what they return");
        set(0);
        drop(execute(&task, &task.step(), || sleep(HALF)));
        transition(&task, "error", jumping);
    }
    set(0);
    assert_eq!(telemetry.shutdown(DEADLINE).unwrap().lost(), 0);
}

/// What arrives of the program, which itself goes on as if nothing had happened.
fn spans(task_rate: &str) -> Vec<Span> {
    let clock = Clock::new();
    let [preload, folders, file] = clock.variables();
    let collector = Collector::grpc();
    let program = crate::exporting_to(&collector, process::program(program));
    let variables = [preload, folders, file, ("TASK_RATE", task_rate.to_owned())];
    program
        .envs(&variables.each_ref().map(|(name, value)| (*name, value.as_str())))
        .log();
    collector.spans()
}

/// How long a span lasts, if it does not end before it starts.
fn duration(span: &Span) -> Duration {
    let nanos = span.end_time_unix_nano.checked_sub(span.start_time_unix_nano);
    Duration::from_nanos(nanos.unwrap_or_else(|| panic!("{} ends before it starts", span.name)))
}

/// Every span that has a parent, with it.
fn with_parents(spans: &[Span]) -> Vec<(&Span, &Span)> {
    let by_id = spans
        .iter()
        .map(|span| ((&span.trace_id, &span.span_id), span))
        .collect::<HashMap<_, _>>();
    assert_eq!(by_id.len(), spans.len(), "ids are unique");
    let children = spans.iter().filter(|span| !span.parent_span_id.is_empty());
    children
        .map(|span| (span, by_id[&(&span.trace_id, &span.parent_span_id)]))
        .collect()
}

/// Whatever the clock does, every span arrives and has its parent.
fn assert_whole(spans: &[Span], transitions: usize) {
    let count = |name: &str| spans.iter().filter(|span| span.name == name).count();
    assert_eq!(count("task.orchestration"), 2 * JUMPS);
    assert_eq!(count("task.state_transition"), transitions);
    assert_eq!(count("step.execution"), 4 * JUMPS);
    assert_eq!(count("handler.execution"), 3 * JUMPS);
    assert_eq!(with_parents(spans).len(), spans.len() - 2 * JUMPS, "all but the roots");
}

#[test]
fn a_failed_unsampled_span_lasts_as_long_as_it_did_within_its_parent() {
    let spans = spans("0");
    assert_whole(&spans, 0);
    for span in spans.iter().filter(|span| span.name != "task.orchestration") {
        let lasted = duration(span);
        assert!(HALF <= lasted && lasted < AT_MOST, "{} lasts {lasted:?}", span.name);
    }
    for (handler, execution) in with_parents(&spans)
        .into_iter()
        .filter(|(span, _)| span.name == "handler.execution")
    {
        assert!(execution.start_time_unix_nano <= handler.start_time_unix_nano);
        assert!(handler.end_time_unix_nano <= execution.end_time_unix_nano);
    }
}

#[test]
fn no_sampled_span_ends_before_it_starts() {
    let spans = spans("1");
    assert_whole(&spans, JUMPS);
    for span in &spans {
        duration(span);
    }
}
