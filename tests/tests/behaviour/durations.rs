//! Durations of steps, handlers and tasks as histograms: of all spans, sampled or not.

mod bounds;
mod queue_time;
mod tasks;

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use tasker_span_runtime::{Failure, LostAttempt, Telemetry};
use tasker_span_tests::metrics::{Counter, Metrics};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

const STEPS: &str = "tasker.step.duration";
const HANDLERS: &str = "tasker.handler.duration";

#[step_span("step.execution")]
async fn attempt(task: &Task, step: &Step, how: Option<How>) -> Result<(), Failure> {
    let _ = try_attempt(how).await;
    match how {
        Some(How::Fails) => Err(Failure::new("declined")),
        _ => Ok(()),
    }
}

#[step_span("handler.execution", inherit)]
async fn try_attempt(how: Option<How>) -> Result<(), Failure> {
    match how {
        None => Ok(()),
        Some(How::Fails | How::FailsInside) => Err(Failure::new("declined")),
        Some(How::Panics) => std::panic::resume_unwind(Box::new("out of range")),
        Some(How::IsCancelled) => std::future::pending().await,
    }
}

#[derive(Clone, Copy)]
enum How {
    Fails,
    FailsInside,
    Panics,
    IsCancelled,
}

/// Of each way to end, another number of steps.
fn run_all(namespace: &str) {
    let task = Task::of(namespace);
    let ways = [
        None,
        Some(How::Fails),
        Some(How::FailsInside),
        Some(How::Panics),
        Some(How::IsCancelled),
    ];
    for (index, how) in ways.into_iter().enumerate() {
        for _ in 0..50 * (index + 1) {
            let step = task.step();
            let run = || {
                let mut attempt = Box::pin(attempt(&task, &step, how));
                let _ = tasker_span_tests::poll::poll(attempt.as_mut());
            };
            let _ = catch_unwind(AssertUnwindSafe(run));
        }
    }
}

/// A process that is milliseconds old does not know yet how fast the processor's counter is, to the last percent.
#[track_caller]
fn assert_between(seconds: f64, least: f64, most: f64) {
    let is_between = (0.98 * least..=1.02 * most).contains(&seconds);
    assert!(is_between, "{seconds} s are not between {least} and {most}");
}

fn counter<const N: usize>(counts: [(String, u64); N]) -> Counter {
    Counter::from(counts)
}

fn of_steps(namespace: &str) -> Counter {
    let rest = |outcome: &str| format!("handler_name=charge_payment namespace={namespace} outcome={outcome}");
    counter([
        (rest("success"), 50 + 150),
        (format!("error.type=declined {}", rest("error")), 100),
        (format!("error.type=panic {}", rest("error")), 200),
        (rest("cancelled"), 250),
    ])
}

fn of_handlers(namespace: &str) -> Counter {
    let rest = |outcome: &str| format!("handler_name=charge_payment namespace={namespace} outcome={outcome}");
    counter([
        (rest("success"), 50),
        (format!("error.type=declined {}", rest("error")), 100 + 150),
        (format!("error.type=panic {}", rest("error")), 200),
        (rest("cancelled"), 250),
    ])
}

#[test]
fn they_do_not_depend_on_the_rates() {
    let rates = [
        Sampling::new(),
        Sampling::new().step_rate(0.01),
        Sampling::new().step_rate(0.01).discard_errors(),
        Sampling::new().step_rate(0.0),
        Sampling::new().task_rate(0.0),
        Sampling::new().step_rate(0.0).namespace_rate("payments", 1.0),
        Sampling::new().step_rate(0.0).slower_than(Duration::from_nanos(1)),
    ];
    process::alone_each(rates, |sampling| {
        let metrics = Metrics::new();
        let capture = sampling::at(sampling);
        run_all("payments");
        run_all("analytics");
        drop(capture);
        let collected = metrics.collect();
        let both = |of: fn(&str) -> Counter| [of("payments"), of("analytics")].into_iter().flatten().collect();
        assert_eq!(collected.counts(STEPS), both(of_steps));
        assert_eq!(collected.counts(HANDLERS), both(of_handlers));
    });
}

#[test]
fn they_are_those_of_the_spans() {
    process::alone(|| {
        let metrics = Metrics::new();
        let capture = Capture::strict();
        let (task, began) = (Task::default(), Instant::now());
        for millis in 1..=20 {
            execute(&task, &task.step(), || {
                handle(|| thread::sleep(Duration::from_millis(millis)));
            });
        }
        let (around, spans) = (began.elapsed().as_secs_f64(), capture.spans());
        for (histogram, name) in [(STEPS, "step.execution"), (HANDLERS, "handler.execution")] {
            let exported = spans.iter().filter(|span| span.name() == name);
            let exported: Duration = exported.map(CapturedSpan::duration).sum();
            let series = metrics.histogram(histogram).into_values().next().unwrap();
            assert_between(series.sum, exported.as_secs_f64(), exported.as_secs_f64());
            assert_between(series.sum, 0.21, around);
            let in_buckets: u64 = series.buckets.iter().map(|(_, count)| count).sum();
            assert_eq!((series.count, in_buckets), (20, 20), "{series:?}");
        }
    });
}

#[test]
fn no_thread_and_no_full_buffer_loses_one() {
    /// Several times as many as a thread keeps.
    const OF_THREAD: u64 = 10_000;
    process::alone(|| {
        let metrics = Metrics::new();
        let telemetry = Telemetry::builder()
            .sampling(Sampling::new().step_rate(0.0))
            .console_only()
            .install()
            .unwrap();
        let threads = |number: u64| {
            let run = |index| {
                move || {
                    let task = Task::of(&format!("namespace_{index}"));
                    for _ in 0..OF_THREAD {
                        execute(&task, &task.step(), || ());
                    }
                }
            };
            let threads: Vec<_> = (0..number).map(|index| thread::spawn(run(index))).collect();
            // A reader may come at any time.
            while !threads.iter().all(thread::JoinHandle::is_finished) {
                metrics.collect();
            }
            for thread in threads {
                thread.join().unwrap();
            }
        };
        threads(4);
        // They take over what the others have left.
        threads(3);
        let counts = metrics.collect().counts(STEPS);
        let expected: Counter = (0..4)
            .map(|index| {
                let attributes = format!("handler_name=charge_payment namespace=namespace_{index} outcome=success");
                (attributes, if index < 3 { 2 * OF_THREAD } else { OF_THREAD })
            })
            .collect();
        assert_eq!(counts, expected);
        telemetry.shutdown(Duration::from_secs(10)).unwrap();
    });
}

#[test]
fn they_last_over_all_polls() {
    process::alone_each([0.0, 1.0], |rate| {
        let metrics = Metrics::new();
        let _capture = sampling::at(Sampling::new().step_rate(rate));
        let (task, began) = (Task::default(), Instant::now());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let step = task.step();
        let work = async {
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        runtime.block_on(execute_async(&task, &step, work));
        let around = began.elapsed().as_secs_f64();
        let series = metrics.histogram(STEPS).into_values().next().unwrap();
        assert_eq!(series.count, 1);
        assert_between(series.sum, 0.025, around);
    });
}

#[test]
fn a_detached_span_is_measured_where_it_ends() {
    process::alone_each([0.0, 1.0], |rate| {
        let metrics = Metrics::new();
        let telemetry = Telemetry::builder()
            .sampling(Sampling::new().step_rate(rate))
            .console_only()
            .install()
            .unwrap();
        let task = Task::default();
        let detached = || {
            let step = task.step();
            step_scope!("step.execution", task = task, step = step).detach()
        };
        let [ended, failed, dropped, open] = [detached(), detached(), detached(), detached()];
        assert_eq!(metrics.collect().counts(STEPS), Counter::new());
        thread::spawn(move || ended.end()).join().unwrap();
        failed.end_with(&Failure::new("PaymentError"));
        drop(dropped);
        telemetry.shutdown(Duration::from_secs(10)).unwrap();
        let rest = |outcome: &str| format!("handler_name=charge_payment namespace=payments outcome={outcome}");
        let expected = counter([
            (rest("success"), 1),
            (format!("error.type=PaymentError {}", rest("error")), 1),
            (rest("cancelled"), 2),
        ]);
        assert_eq!(metrics.collect().counts(STEPS), expected);
        drop(open);
        assert_eq!(metrics.collect().counts(STEPS), expected);
    });
}

#[test]
fn a_lost_attempt_is_measured_until_it_is_found() {
    #[derive(SpanFields)]
    struct Attempt {
        #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
        step: Step,
        #[span(nested(correlation_id, namespace))]
        task: Task,
    }

    let rates = [
        Sampling::new(),
        Sampling::new().step_rate(0.0),
        Sampling::new().step_rate(0.0).discard_errors(),
    ];
    process::alone_each(rates, |sampling| {
        let metrics = Metrics::new();
        let _capture = sampling::at(sampling);
        let task = Task::default();
        let (step, began) = (task.step(), Instant::now());
        let attempt = Attempt { step, task };
        let claimed_at = SystemTime::now() - Duration::from_mins(1);
        record_lost_attempt(&attempt, claimed_at);
        // Twice found is once lost.
        LostAttempt::since(claimed_at).worker("worker-7").record(&attempt);
        let around = 60.0 + began.elapsed().as_secs_f64();
        let all = metrics.histogram(STEPS);
        let (attributes, series) = all.into_iter().next().unwrap();
        let expected = "error.type=worker_lost handler_name=charge_payment namespace=payments outcome=lost";
        assert_eq!((&*attributes, series.count), (expected, 1));
        assert_between(series.sum, 60.0, around);
    });
}

#[test]
fn names_that_are_known_late_are_attributes() {
    #[step_span("step.execution", task = task, step_uuid = step.workflow_step_uuid, late(handler_name))]
    fn dispatch(task: &Task, step: &Step, handler: &str) {
        span_record!(handler_name = handler);
    }

    process::alone_each([0.0, 1.0], |rate| {
        let metrics = Metrics::new();
        let _capture = sampling::at(Sampling::new().step_rate(rate));
        let task = Task::default();
        dispatch(&task, &task.step(), "refund_payment");
        let expected = counter([(
            "handler_name=refund_payment namespace=payments outcome=success".to_owned(),
            1,
        )]);
        assert_eq!(metrics.collect().counts(STEPS), expected);
    });
}

#[test]
fn a_value_that_cannot_be_judged_has_no_known_outcome() {
    struct Reply;

    impl tasker_span_runtime::Outcome for Reply {
        fn failure(&self) -> Option<Failure> {
            panic!("no judgement")
        }
    }

    #[step_span("step.execution")]
    fn reply(task: &Task, step: &Step) -> Reply {
        Reply
    }

    process::alone_each([0.0, 1.0], |rate| {
        let metrics = Metrics::new();
        let _capture = sampling::at(Sampling::new().step_rate(rate));
        let task = Task::default();
        reply(&task, &task.step());
        let attributes = metrics.collect().counts(STEPS).into_keys().next().unwrap();
        assert_eq!(
            attributes,
            "handler_name=charge_payment namespace=payments outcome=unknown"
        );
    });
}

#[test]
fn every_provider_has_those_since_its_registration() {
    process::alone(|| {
        let _capture = no_steps();
        let task = Task::default();
        execute(&task, &task.step(), || ());
        let first = Metrics::new();
        execute(&task, &task.step(), || ());
        let second = Metrics::new();
        execute(&task, &task.step(), || ());
        let count = |metrics: &Metrics| metrics.collect().counts(STEPS).into_values().sum::<u64>();
        assert_eq!((count(&first), count(&second)), (2, 1));
        assert_eq!((count(&first), count(&second)), (2, 1));
    });
}

#[test]
fn a_span_that_is_in_no_trace_is_not_measured() {
    process::alone(|| {
        let metrics = Metrics::new();
        let task = Task::default();
        execute(&task, &task.step(), || ());
        tracing::subscriber::with_default(tracing_subscriber::registry(), || {
            execute(&task, &task.step(), || ());
        });
        assert_eq!(metrics.collect().counts(STEPS), Counter::new());
    });
}
