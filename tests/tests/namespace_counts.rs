//! What is counted of the steps of each namespace. A process of its own: the counts are the process's.

use std::collections::BTreeMap;
use std::time::Duration;

use tasker_span_runtime::{NamespaceStats, Sampling, Telemetry, stats, step_span};
use tasker_span_tests::fixture::{Step, Task};

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, fail: bool) -> Result<(), &'static str> {
    handle(fail)
}

#[step_span("handler.execution", inherit)]
fn handle(fail: bool) -> Result<(), &'static str> {
    if fail { Err("declined") } else { Ok(()) }
}

const STEPS: u64 = 200;

/// Steps of this namespace, of which every tenth fails.
fn run(namespace: &str) {
    let mut task = Task::default();
    namespace.clone_into(&mut task.namespace_name);
    for n in 0..STEPS {
        let _ = execute(&task, &task.step(), n % 10 == 0);
    }
}

fn counts() -> BTreeMap<Option<&'static str>, NamespaceStats> {
    let mut counts = stats().namespaces;
    counts.retain(|_, counts| *counts != NamespaceStats::default());
    counts
}

#[test]
fn each_namespace_has_its_counts() {
    let telemetry = Telemetry::builder()
        .sampling(Sampling::new())
        .console_only()
        .console(tasker_span_runtime::Console::Off)
        .install()
        .unwrap();
    // As long as all is kept, nothing is decided.
    run("payments");
    assert_eq!(counts(), BTreeMap::new());

    let rates = Sampling::new()
        .step_rate(0.0)
        .namespace_rate("payments", 1.0)
        .namespace_rate("half", 0.5);
    telemetry.sampling().set(rates.clone()).unwrap();
    for namespace in ["payments", "half", "met at run time", ""] {
        run(namespace);
    }
    let counts = counts();
    let names: Vec<_> = counts.keys().copied().collect();
    assert_eq!(names, [None, Some("half"), Some("met at run time"), Some("payments")]);
    let of = |name| {
        let NamespaceStats {
            sampled: kept,
            unsampled: dropped,
            sampled_by_error,
            ..
        } = counts[&name];
        (kept, dropped, sampled_by_error)
    };
    assert_eq!(of(Some("payments")), (STEPS, 0, 0));
    assert_eq!(of(Some("met at run time")), (0, STEPS, STEPS / 10));
    assert_eq!(of(None), (0, STEPS, STEPS / 10));
    let (kept, dropped, sampled_by_error) = of(Some("half"));
    assert_eq!(kept + dropped, STEPS);
    assert!(kept > STEPS / 4 && dropped > STEPS / 4 && sampled_by_error <= STEPS / 10);

    let stats = stats();
    assert_eq!(
        (stats.steps_sampled, stats.steps_unsampled),
        (STEPS + kept, 2 * STEPS + dropped)
    );
    // The handler and its step.
    assert_eq!(stats.spans_sampled_by_error, 2 * (2 * STEPS / 10 + sampled_by_error));

    telemetry.sampling().set(rates.discard_errors()).unwrap();
    run("met at run time");
    let counts = self::counts();
    let counts = counts[&Some("met at run time")];
    assert_eq!((counts.unsampled, counts.sampled_by_error), (2 * STEPS, STEPS / 10));

    // With its task, whose own scope is in another process.
    telemetry.sampling().set(Sampling::new().task_rate(0.0)).unwrap();
    let mut task = Task::default();
    "of a dropped task".clone_into(&mut task.namespace_name);
    execute(&task, &task.step(), false).unwrap();
    assert_eq!(self::counts()[&Some("of a dropped task")].unsampled, 1);

    let report = telemetry.shutdown(Duration::from_secs(30)).unwrap();
    assert_eq!(report.steps_sampled, STEPS + kept);
    assert_eq!(report.steps_unsampled, 3 * STEPS + dropped + 1);
    assert_eq!(report.spans_sampled_by_error, stats.spans_sampled_by_error);
    assert_eq!(report.lost(), 0);
}
