//! Spans around the moments at which the system's clock is set.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::{Sampling, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

const HOUR: i64 = 3600;
const YEAR: i64 = 365 * 24 * HOUR;

/// What a span takes before the clock is set, and after.
const HALF: Duration = Duration::from_millis(5);

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

/// Sets the clock by so many seconds from what it truly is: `file` is what the preloaded library reads.
fn set(file: &Path, seconds: i64) {
    // In place and of one length: other threads read the clock at any time.
    let mut file = File::options().write(true).open(file).expect("the clock's file");
    file.write_all(format!("{seconds:+020}").as_bytes()).expect("room");
}

/// For each jump a task that stands around it, with a step that ends before, one around, and one after; and a task without a
/// driver, whose root is emitted after the jump.
pub(crate) fn run(sampling: Sampling, file: &Path) {
    let telemetry = crate::install(sampling);
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .expect("a clock that is right");
    let to_1970 = -i64::try_from(now.as_secs()).expect("seconds");
    for jump in [-HOUR, HOUR, to_1970, to_1970 - HOUR, 100 * YEAR] {
        set(file, 0);
        let (driven, task) = (Task::default(), Task::default());
        // Ids with a time in them are made before, while there is one.
        let [before, around, after] = [(); 3].map(|()| driven.step());
        let wait = |step| drop(execute(&driven, step, || drop(handle(|| sleep(HALF)))));
        let jumping = || {
            sleep(HALF);
            set(file, jump);
            sleep(HALF);
        };
        let returned = drive(&driven, || {
            wait(&before);
            drop(execute(&driven, &around, || drop(handle(jumping))));
            wait(&after);
        });
        assert!(returned.is_err(), "functions return what they return");
        set(file, 0);
        drop(execute(&task, &task.step(), || sleep(HALF)));
        transition(&task, "error", jumping);
    }
    set(file, 0);
    let report = telemetry
        .shutdown(Duration::from_secs(30))
        .expect("a collector that answers");
    assert_eq!(report.lost(), 0);
}
